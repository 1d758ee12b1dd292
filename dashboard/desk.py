"""What do the co-chairs and the secretariat see and do on an open situation?

The start page, the live board, agreement and objection, and the texts that go to everybody. The
board's fragment is drawn once for each version and kind of reader, and kept as bytes.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Final
from xml.etree import ElementTree as ET

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from starlette.responses import RedirectResponse, Response

from convening import concur, stand_down
from convening.chronicle import Event, chronicle, last_change, number_of_events
from convening.letters import details_of
from dashboard import board, boards, health, limits, words
from dashboard.access import BREAK_GLASS, DESK
from dashboard.frame import (
    STATIC,
    band_of,
    fragment,
    page,
    review_band,
    safe_drawing,
)
from dashboard.live import engine_silence, standstill, version_of
from dashboard.refusals import RefusedError
from dashboard.visit import Page, Visit, asked_often
from intake import Fault
from mechanism.lifecycle import ACTIVATION_ENDS, ActivationState
from store import directory, needs
from store.kinds import Door, Kind, Role, TextKind
from store.tables import Activation, Draft

SHOWN_EVENTS: Final = 9
AGAIN: Final = timedelta(minutes=5)
RENEW_EVERY: Final = 20  # seconds, for a browser without scripts
FRESH_FOR: Final = 10  # told seconds during which a rendered board is shown again
RECENT: Final = 10

Saying = stand_down.Saying


# --- the start page ------------------------------------------------------------------------------


def home(visit: Visit) -> Response:
    """What is open now; one open situation is gone to at once. An operator sees no situation."""
    if visit.who.role is Role.OPERATOR:
        return health.show(visit)
    with visit.house.database.reading() as session:
        opened = board.open_situations(session)
        if len(opened) == 1 and not visit.asked("all"):
            return RedirectResponse(f"/situation/{opened[0].situation.reference}", status_code=303)
        today = visit.now.date()
        return page(
            visit,
            "home.html",
            open=opened,
            recent=_recent(session),
            drafts=drafts_of(session, visit.who.account_id),
            needs=needs.open_needs(session),
            silence=engine_silence(session, real_now=visit.real_now),
            members=len(directory.members(session)),
            attention=len({a.member_code for a in directory.attention(session, today=today)}),
            may_begin=visit.who.role in DESK,
            SIGNS=words.ACTIVATION,
        )


def _recent(session: Session) -> list[Activation]:
    query = (
        select(Activation)
        .where(Activation.state.in_(ACTIVATION_ENDS))
        .order_by(Activation.triggered_at.desc())
        .limit(RECENT)
        .options(joinedload(Activation.situation))
    )
    return list(session.scalars(query))


def drafts_of(session: Session, account_id: int) -> list[Draft]:
    """What this account has typed and not sent, the newest first."""
    query = (
        select(Draft)
        .where(Draft.account_id == account_id, Draft.sent_activation_id.is_(None))
        .order_by(Draft.changed_at.desc())
        .limit(3)
    )
    return list(session.scalars(query))


# --- the board -----------------------------------------------------------------------------------


def show_board(visit: Visit) -> Response:
    """The live board."""
    with visit.house.database.reading() as session:
        activation = board.activation_by_reference(session, visit.part("reference"))
        if activation is None:
            raise unknown_situation()
        version = version_of(session, visit.part("reference"), visit.house, real_now=visit.real_now)
        drawing = visit.request.app.state.boards.board(
            _board_key(visit, version), lambda: _draw(session, visit)
        )
        drawn = board.heading_of(activation)
        ended = activation.state in ACTIVATION_ENDS
        reference = activation.situation.reference
        return page(
            visit,
            "board.html",
            band=(review_band if ended else band_of)(activation.kind, reference),
            board=drawn,
            fragment=safe_drawing(drawing.html),
            version=version,
            last_change=_last_change(session, reference),
            done=DONE.get(visit.asked("done"), ""),
            may_suspend=may_suspend(activation, visit),
            refresh=None if ended else RENEW_EVERY,
            script=True,
        )


async def show_fragment(visit: Visit) -> Response:
    """The part of the board that changes, with an ETag; what is drawn already asks no database."""
    state, reference = visit.request.app.state, visit.part("reference")
    version = await state.lookout.version(reference, heard=visit.asked("version"))
    drawn = await state.boards.board_soon(_board_key(visit, version), partial(_draw_now, visit))
    return boards.answer(visit.request, drawn)


def _draw_now(visit: Visit) -> str:
    with visit.house.database.reading() as session:
        return _draw(session, visit)


def activation_named(session: Session, visit: Visit) -> Activation:
    """The newest activation of the situation in the path."""
    activation = board.latest_activation(session, visit.part("reference"))
    if activation is None:
        raise unknown_situation()
    return activation


def unknown_situation() -> RefusedError:
    return RefusedError(404, "There is no situation with this reference.")


def _board_key(visit: Visit, version: str) -> Hashable:
    """All that tells one drawing from another: the situation as it is, and the kind of reader."""
    who = visit.who
    moment = int(visit.now.timestamp()) // FRESH_FOR
    return (visit.part("reference"), version, who.role, who.government, who.zone, moment)


def _draw(session: Session, visit: Visit) -> str:
    activation = activation_named(session, visit)
    reference = activation.situation.reference
    stands = standstill(session, visit.house, real_now=visit.real_now)
    drawn = board.board_of(session, activation, visitor=visit.who, now=visit.now, stands=stands)
    return fragment(
        "board_fragment.html",
        board=drawn,
        now=visit.now,
        times=visit.times,
        acts=visit.who.role in DESK,
        texts=activation.texts,
        details=list(details_of(drawn.facts)),
        curve=safe_drawing(drawn.curve),
        land=LAND,
        events=_newest_events(session, activation),
        number_of_events=number_of_events(session, reference),
        last_change=_last_change(session, reference),
        TEXT_WORDS=words.TEXT,
    )


def _newest_events(session: Session, activation: Activation) -> list[Event]:
    """The newest first; a sentence that comes again within minutes stands once, the newest."""
    shown: list[Event] = []
    for event in reversed(chronicle(session, activation)):
        again = (e for e in shown if e.sentence == event.sentence and e.at - event.at < AGAIN)
        if next(again, None) is None:
            shown.append(event)
        if len(shown) == SHOWN_EVENTS:
            break
    return shown


def _last_change(session: Session, reference: str) -> str:
    at = last_change(session, reference)
    return f"{at:%H:%M:%S} UTC" if at else ""


def _land() -> str:
    """The outline of the land, from the drawing beside the style sheet."""
    path = ET.parse(STATIC / "land.svg").find("{http://www.w3.org/2000/svg}path")  # noqa: S314 - our own file
    return path.attrib["d"] if path is not None else ""


LAND: Final = _land()


# --- agreement and objection ---------------------------------------------------------------------


def agree(visit: Visit) -> Response:
    """The other co-chair agrees, in one click."""
    return _concur(visit, "agreed", _agree)


def _agree(session: Session, activation: Activation, visit: Visit) -> bool:
    return concur.agree(
        session,
        activation,
        government=visit.who.government or "",
        by=visit.who.signature,
        door=Door.SIGNED_IN,
        actor=visit.who.actor,
        now=visit.now,
        settings=visit.settings,
    )


def show_objection(visit: Visit) -> Response:
    """The form for an objection."""
    return _reason_page(visit, "object")


def object_to(visit: Visit) -> Response:
    """The other co-chair objects, with a reason."""
    if not visit.typed("reason"):
        return _reason_page(visit, "object", faults=NO_REASON)
    return _concur(visit, "objected", _object)


def _object(session: Session, activation: Activation, visit: Visit) -> bool:
    return concur.object_to(
        session,
        activation,
        government=visit.who.government or "",
        by=visit.who.signature,
        reason=visit.typed("reason"),
        actor=visit.who.actor,
        now=visit.now,
    )


def show_resumption(visit: Visit) -> Response:
    """The form to resume what an objection has paused."""
    return _reason_page(visit, "resume")


def resume(visit: Visit) -> Response:
    """Either co-chair resumes, with a reason."""
    if not visit.typed("reason"):
        return _reason_page(visit, "resume", faults=NO_REASON)
    return _concur(visit, "resumed", _resume)


def _resume(session: Session, activation: Activation, visit: Visit) -> bool:
    return concur.resume(
        session,
        activation,
        government=visit.who.government or "",
        by=visit.who.signature,
        reason=visit.typed("reason"),
        actor=visit.who.actor,
        now=visit.now,
        settings=visit.settings,
    )


def _concur(visit: Visit, done: str, act: Callable[[Session, Activation, Visit], bool]) -> Response:
    with visit.house.database.transaction() as session:
        activation = activation_named(session, visit)
        try:
            was_first = act(session, activation, visit)
        except concur.NotYoursToConcurError:
            raise RefusedError(403, "A government does not answer for itself.") from None
        if not was_first:
            raise answered_already(activation)
    return back_to_board(visit, done)


def answered_already(activation: Activation) -> RefusedError:
    here = f"/situation/{activation.situation.reference}"
    happened = f"The activation is {words.ACTIVATION[activation.state].word.lower()} already."
    return RefusedError(409, happened, link=(here, "Go to the board"))


def _reason_page(visit: Visit, act: str, *, faults: tuple[Fault, ...] = ()) -> Response:
    with visit.house.database.reading() as session:
        activation = activation_named(session, visit)
        return page(
            visit,
            "reason.html",
            status=400 if faults else 200,
            band=band_of(activation.kind, activation.situation.reference),
            activation=activation,
            act=act,
            reason=visit.typed("reason"),
            faults=faults,
        )


def back_to_board(visit: Visit, done: str) -> Response:
    return RedirectResponse(f"/situation/{visit.part('reference')}?done={done}", status_code=303)


NO_REASON: Final = (Fault(None, "reason", "The reason is missing", "Write one sentence."),)

DONE: Final = {
    "sent": "Sent. The first messages leave within seconds; the board shows each.",
    "asked": "The other co-chair is asked to agree. Nothing was sent to the members.",
    "agreed": "You have agreed.",
    "objected": "Your objection is recorded. No further member is written to until it is resumed.",
    "resumed": "Resumed.",
    "said": "The text is on its way to everybody who got anything.",
    "closed": "Closed.",
    "suspended": "REAL EVENT: the exercise is suspended. Everybody who got anything is being told.",
    "recorded": "Recorded.",
    "settled": "Settled.",
    "taken-back": "The links were taken back.",
}


# --- texts to everybody --------------------------------------------------------------------------

ENDINGS: Final = (TextKind.CORRECTION, TextKind.WITHDRAWAL, TextKind.STAND_DOWN)
TITLE_LONGEST: Final = 60
BODY_LONGEST: Final = 2000


def show_texts(visit: Visit) -> Response:
    """Update, correct, withdraw, stand down: each with its text filled in, from second 0."""
    return _texts_page(visit)


def send_text(visit: Visit) -> Response:
    """Send one text to everybody who got anything; an ending stops the ladder first."""
    kind = _kind_of_text(visit)
    if visit.who.method == BREAK_GLASS and kind is not TextKind.WITHDRAWAL:
        raise RefusedError(403, "Break-glass withdraws, and sends no other text.")
    saying = Saying(kind, visit.typed(f"{kind.value}_title"), visit.typed(f"{kind.value}_body"))
    faults = tuple(_text_faults(saying))
    if faults:
        return _texts_page(visit, typed=saying, faults=faults)
    with visit.house.database.transaction() as session:
        activation = activation_named(session, visit)
        if kind is TextKind.UPDATE:
            limits.check_updates(session, visit, activation)
        with _still_open(activation):
            stand_down.say(
                session,
                activation,
                saying,
                by=visit.who.signature,
                actor=visit.who.actor,
                now=visit.now,
                settings=visit.settings,
            )
    return back_to_board(visit, "said")


def close(visit: Visit) -> Response:
    """The consultation is done: nothing is said to the members."""
    with visit.house.database.transaction() as session:
        activation = activation_named(session, visit)
        with _still_open(activation):
            stand_down.close(session, activation, actor=visit.who.actor, now=visit.now)
    return back_to_board(visit, "closed")


@contextmanager
def _still_open(activation: Activation) -> Iterator[None]:
    """What is sent or closed meanwhile by somebody else is said so, with the way to its board."""
    try:
        yield
    except stand_down.TooLateError:
        raise answered_already(activation) from None


def _kind_of_text(visit: Visit) -> TextKind:
    kinds = {k.value: k for k in (TextKind.UPDATE, *ENDINGS)}
    try:
        return kinds[visit.typed("kind")]
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


def suspend(visit: Visit) -> Response:
    """REAL EVENT: the exercise ends at once, in one act, and everybody who got anything is told."""
    with visit.house.database.transaction() as session:
        activation = activation_named(session, visit)
        if activation.kind is not Kind.EXERCISE:
            raise RefusedError(409, "This is no exercise. What is real is withdrawn, with a text.")
        with _still_open(activation):
            stand_down.suspend(
                session,
                activation,
                by=visit.who.signature,
                actor=visit.who.actor,
                now=visit.now,
                settings=visit.settings,
            )
    return back_to_board(visit, "suspended")


def may_suspend(activation: Activation, visit: Visit) -> bool:
    """Whether the board offers to suspend: a running exercise, to those who run it."""
    runs = activation.kind is Kind.EXERCISE and activation.state not in ACTIVATION_ENDS
    return runs and visit.who.role in DESK


def _texts_page(
    visit: Visit, *, typed: Saying | None = None, faults: tuple[Fault, ...] = ()
) -> Response:
    with visit.house.database.reading() as session:
        activation = activation_named(session, visit)
        sayings = {
            kind: typed if typed and typed.kind is kind else stand_down.suggested(activation, kind)
            for kind in (TextKind.UPDATE, *ENDINGS)
        }
        return page(
            visit,
            "texts.html",
            status=400 if faults else 200,
            band=band_of(activation.kind, activation.situation.reference),
            activation=activation,
            update=sayings.pop(TextKind.UPDATE),
            endings=list(sayings.values()),
            asked=len(activation.notices),
            may_send=visit.who.role is Role.CO_CHAIR,
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


ROUTES: Final = [
    Page("/", home),
    Page("/situation/{reference}", show_board),
    Page("/situation/{reference}/agree", takes=agree),
    Page("/situation/{reference}/object", show_objection, object_to),
    Page("/situation/{reference}/resume", show_resumption, resume),
    Page("/situation/{reference}/text", show_texts, send_text),
    Page("/situation/{reference}/close", takes=close),
    Page("/situation/{reference}/suspend", takes=suspend),
]
FRAGMENTS: Final = [asked_often("/situation/{reference}/board", show_fragment)]
