"""What is said to everybody who got anything, and how does a situation end?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.responses import Response

from convening import stand_down
from dashboard.situations import limits
from dashboard.web.address import activation_named, answered_already, back_to_board
from dashboard.web.errors import RefusedError
from dashboard.web.layout import band_of, page
from dashboard.web.page import CO_CHAIRS, DESK, Page, PageRequest
from dashboard.web.sessions import BREAK_GLASS
from mechanism.lifecycle import ACTIVATION_ENDS, ActivationState
from mechanism.vocabulary import Kind, Role, TextKind
from store.tables import Activation
from validation import Fault

Saying = stand_down.Saying


ENDINGS: Final = (TextKind.CORRECTION, TextKind.WITHDRAWAL, TextKind.STAND_DOWN)
TITLE_LONGEST: Final = 60
BODY_LONGEST: Final = 2000


def show_texts(request: PageRequest) -> Response:
    """Update, correct, withdraw, stand down: each with its text filled in, from second 0."""
    return _texts_page(request)


def send_text(request: PageRequest) -> Response:
    """Send one text to everybody who got anything; an ending stops the ladder first."""
    kind = _kind_of_text(request)
    if request.who.method == BREAK_GLASS and kind is not TextKind.WITHDRAWAL:
        raise RefusedError(403, "Break-glass withdraws, and sends no other text.")
    saying = Saying(kind, request.typed(f"{kind.value}_title"), request.typed(f"{kind.value}_body"))
    faults = tuple(_text_faults(saying))
    if faults:
        return _texts_page(request, typed=saying, faults=faults)
    with request.installation.database.transaction() as session:
        activation = activation_named(session, request)
        if kind is TextKind.UPDATE:
            limits.check_updates(session, request, activation)
        with _still_open(activation):
            stand_down.say(session, request.act, activation, saying, settings=request.settings)
    return back_to_board(request, "said")


def close(request: PageRequest) -> Response:
    """The consultation is done: nothing is said to the members."""
    with request.installation.database.transaction() as session:
        activation = activation_named(session, request)
        with _still_open(activation):
            stand_down.close(session, request.act, activation)
    return back_to_board(request, "closed")


@contextmanager
def _still_open(activation: Activation) -> Iterator[None]:
    """What is sent or closed meanwhile by somebody else is said so, with the way to its board."""
    try:
        yield
    except stand_down.TooLateError:
        raise answered_already(activation) from None


def _kind_of_text(request: PageRequest) -> TextKind:
    kinds = {k.value: k for k in (TextKind.UPDATE, *ENDINGS)}
    try:
        return kinds[request.typed("kind")]
    except KeyError:
        raise RefusedError(400) from None


def _text_faults(saying: Saying) -> list[Fault]:
    field = saying.kind.value
    faults = []
    if not 0 < len(saying.title) <= TITLE_LONGEST:
        mend = f"Write one line of at most {TITLE_LONGEST} characters."
        faults.append(Fault(None, f"{field}_title", "The line does not fit", mend))
    if not 0 < len(saying.body) <= BODY_LONGEST:
        mend = f"Write at most {BODY_LONGEST} characters."
        faults.append(Fault(None, f"{field}_body", "The text is missing or too long", mend))
    return faults


def suspend(request: PageRequest) -> Response:
    """REAL EVENT: the exercise ends at once, in one act, and everybody who got anything is told."""
    with request.installation.database.transaction() as session:
        activation = activation_named(session, request)
        if activation.kind is not Kind.EXERCISE:
            raise RefusedError(409, "This is no exercise. What is real is withdrawn, with a text.")
        with _still_open(activation):
            stand_down.suspend(session, request.act, activation, settings=request.settings)
    return back_to_board(request, "suspended")


def may_suspend(activation: Activation, request: PageRequest) -> bool:
    """Whether the board offers to suspend: a running exercise, to those who run it."""
    runs = activation.kind is Kind.EXERCISE and activation.state not in ACTIVATION_ENDS
    return runs and request.who.role in DESK


def _texts_page(
    request: PageRequest, *, typed: Saying | None = None, faults: tuple[Fault, ...] = ()
) -> Response:
    with request.installation.database.reading() as session:
        activation = activation_named(session, request)
        sayings = {
            kind: typed if typed and typed.kind is kind else stand_down.suggested(activation, kind)
            for kind in (TextKind.UPDATE, *ENDINGS)
        }
        return page(
            request,
            "situations/texts.html",
            status=400 if faults else 200,
            band=band_of(activation.kind, activation.situation.reference),
            activation=activation,
            update=sayings.pop(TextKind.UPDATE),
            endings=list(sayings.values()),
            asked=len(activation.notices),
            may_send=request.who.role is Role.CO_CHAIR,
            ended=activation.state in ACTIVATION_ENDS,
            paused=activation.state is ActivationState.PAUSED,
            VERBS=TEXT_VERBS,
            faults=faults,
        )


TEXT_VERBS: Final = {
    TextKind.UPDATE: ("Send an update", "Send this update to {n} members", "go"),
    TextKind.CORRECTION: ("Correct", "Correct for {n} members", "second"),
    TextKind.WITHDRAWAL: ("Withdraw", "Withdraw from {n} members", "stop"),
    TextKind.STAND_DOWN: ("Stand down", "Stand down with {n} members", "second"),
}


TEXT: Final = Page(
    "/situation/{reference}/text",
    show_texts,
    send_text,
    lets=DESK,
    takes_from=CO_CHAIRS,
    proof="send a text to everybody",
    opened_by_break_glass=True,
)
CLOSE: Final = Page(
    "/situation/{reference}/close", takes=close, lets=CO_CHAIRS, proof="close the consultation"
)
SUSPEND: Final = Page(
    "/situation/{reference}/suspend", takes=suspend, lets=DESK, proof="suspend the exercise"
)
