"""How does an officer call a member, and write down what was said?

One page to read while phoning. Full numbers are shown by a button, and that is logged. Who calls
us is called back.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import activate
from convening.replies import by_call, by_link
from convening.replies.by_call import Call, CallOutcome, CannotRecordCallError, CodeWord, How
from dashboard.situations import limits
from dashboard.web import labels
from dashboard.web.address import activation_named, back_to_board
from dashboard.web.errors import RefusedError
from dashboard.web.layout import band_of, page
from dashboard.web.page import DESK, Page, PageRequest
from dashboard.web.sessions import note_uncovered
from dashboard.web.times import local_time
from mechanism.lifecycle import NoticeState
from mechanism.vocabulary import Channel
from store import needs
from store.tables import ContactPoint, FocalPoint, Need, Notice
from validation import Fault

CALLED: Final = (Channel.VOICE, Channel.SMS)

OUTCOMES: Final = (
    (CallOutcome.ACKNOWLEDGED.value, "Acknowledged"),
    (CallOutcome.REACHED.value, "Reached, not acknowledged"),
    (CallOutcome.NO_ANSWER.value, "No answer"),
    (CallOutcome.WRONG_NUMBER.value, "Wrong number"),
    (CallOutcome.PASSED_ON.value, "Passed to someone else"),
)
HOWS: Final = (
    (How.PHONE.value, "We telephoned"),
    (How.INCOMING.value, "They telephoned us"),
    (How.IN_PERSON.value, "In person or at an embassy"),
    (How.NOTE_VERBALE.value, "By note verbale"),
)
CODE_WORDS: Final = (
    (CodeWord.GIVEN.value, "Both words given"),
    (CodeWord.NOT_GIVEN.value, "Not given"),
    (CodeWord.NO_MESSAGE.value, "No message came"),
)


@dataclass(frozen=True)
class Number:
    """A number to call, in the order of the offices."""

    contact: ContactPoint
    office: FocalPoint
    rank: str
    shown: str
    there: str  # the local time, and whether the office is at work


def show_sheet(request: PageRequest) -> Response:
    """Everybody who has not acknowledged, those who cannot be reached first."""
    with request.installation.database.reading() as session:
        activation = activation_named(session, request)
        return page(
            request,
            "situations/call_sheet.html",
            band=band_of(activation.kind, activation.situation.reference),
            activation=activation,
            notices=[
                (n, labels.NOTICE[n.state], _first(n, request.now))
                for n in by_call.to_call(activation)
            ],
            done=sum(n.state is NoticeState.ACKNOWLEDGED for n in activation.notices),
        )


def _first(notice: Notice, now: datetime) -> Number | None:
    return next(_numbers(notice, now, uncovered=frozenset()), None)


def show_call(request: PageRequest) -> Response:
    """The page to read while phoning, its numbers masked until they are asked for."""
    with request.installation.database.reading() as session:
        return _call_page(request, session)


def show_numbers(request: PageRequest) -> Response:
    """The same page with the full numbers; who saw them is written down."""
    with request.installation.database.transaction() as session:
        notice = _notice(session, request)
        contacts = [n.contact for n in _numbers(notice, request.now, uncovered=frozenset())]
        note_uncovered(session, request.who, contacts, reason=_reference(request), now=request.now)
        return _call_page(request, session, uncovered=frozenset(c.id for c in contacts))


def record(request: PageRequest) -> Response:
    """Write the call down; what follows from it is decided by the rules, not by the form."""
    with request.installation.database.transaction() as session:
        limits.check_calls(session, request)
        notice = _notice(session, request)
        try:
            call = _typed_call(notice, request)
            by_call.record_call(session, request.act, notice, call)
        except CannotRecordCallError as error:
            fault = Fault(None, error.field, error.why.capitalize(), "Mend it and record it again.")
            return _call_page(request, session, faults=(fault,))
        except RefusedFormError as error:
            return _call_page(request, session, faults=error.faults)
    return back_to_board(request, "recorded")


def take_back_links(request: PageRequest) -> Response:
    """The member's links answer no more, such as after a phone was lost."""
    with request.installation.database.transaction() as session:
        notice = _notice(session, request)
        reason = request.typed("reason")
        if not reason:
            fault = Fault(None, "reason", "The reason is missing", "Say why in a few words.")
            return _call_page(request, session, faults=(fault,))
        by_link.take_back(session, request.act, notice, reason=reason)
    return back_to_board(request, "taken-back")


def see_to(request: PageRequest) -> Response:
    """A person has seen to a line of this member, which is then told to nobody any more."""
    typed = request.typed("need")
    with request.installation.database.transaction() as session:
        need = next(
            (n for n in _lines(session, _notice(session, request)) if str(n.id) == typed), None
        )
        if need is None:
            raise RefusedError(409, "Somebody has seen to it already.")
        needs.settle(session, request.act, need)
    return back_to_board(request, "settled")


def _lines(session: Session, notice: Notice) -> list[Need]:
    """What needs a person for this member; what is about a reply is settled where it is read."""
    lines = needs.open_needs(session, notice.activation)
    return [n for n in lines if n.notice_id == notice.id and n.reply_id is None]


class RefusedFormError(Exception):
    """The form lacks something that only a person can choose."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("the form is not complete")
        self.faults = tuple(faults)


def _typed_call(notice: Notice, request: PageRequest) -> Call:
    faults = list(_missing(request))
    if faults:
        raise RefusedFormError(faults)
    offices = {str(o.id): o for o in notice.member.focal_points}
    numbers = {str(c.id): c for o in notice.member.focal_points for c in o.contact_points}
    code_word = request.typed("code_word")
    return Call(
        form=request.typed("form")[:64],
        outcome=CallOutcome(request.typed("outcome")),
        how=How(request.typed("how")),
        happened_at=_instant(request.typed("happened_at")) or request.now,
        office=offices.get(request.typed("office")),
        spoke_to=request.typed("spoke_to"),
        number=numbers.get(request.typed("number")),
        code_word=CodeWord(code_word) if code_word in set(CodeWord) else None,
        note_number=request.typed("note_number"),
        second_listener=request.typed("second_listener"),
        note=request.typed("note"),
    )


def _missing(request: PageRequest) -> Iterator[Fault]:
    if request.typed("outcome") not in set(CallOutcome):
        yield Fault(None, "outcome", "How the call ended is not chosen", "Choose one.")
    if request.typed("how") not in set(How):
        yield Fault(None, "how", "How you spoke is not chosen", "Choose one.")
    typed = request.typed("happened_at")
    if typed and _instant(typed) is None:
        yield Fault(None, "happened_at", "The time cannot be read", "Write it as 2026-11-23T03:41.")


def _instant(typed: str) -> datetime | None:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=UTC) if typed else None
    except ValueError:
        return None


def _call_page(
    request: PageRequest,
    session: Session,
    *,
    uncovered: frozenset[int] = frozenset(),
    faults: tuple[Fault, ...] = (),
) -> Response:
    notice = _notice(session, request)
    activation = notice.activation
    numbers = list(_numbers(notice, request.now, uncovered=uncovered))
    return page(
        request,
        "situations/call.html",
        status=400 if faults else 200,
        band=band_of(activation.kind, activation.situation.reference),
        activation=activation,
        notice=notice,
        sign=labels.NOTICE[notice.state],
        numbers=numbers,
        covered=not uncovered,
        offices=[("", "Nobody on file"), *_offices(notice)],
        office=request.typed("office") or (str(numbers[0].office.id) if numbers else ""),
        number_choices=[
            ("", "Another number"),
            *((str(n.contact.id), f"{n.office.office}, {n.shown}") for n in numbers),
        ],
        number=request.typed("number") or (str(numbers[0].contact.id) if numbers else ""),
        typed={name: request.typed(name) for name in TYPED},
        lines=_lines(session, notice),
        asks_listener=activate.pinned(activation).proof.second_listener,
        happened_at=request.typed("happened_at")
        or f"{request.now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        form_mark=request.typed("form") or secrets.token_urlsafe(9),
        OUTCOMES=OUTCOMES,
        HOWS=HOWS,
        CODE_WORDS=CODE_WORDS,
        faults=faults,
    )


TYPED: Final = ("outcome", "how", "spoke_to", "code_word", "note_number", "second_listener", "note")


def _offices(notice: Notice) -> Iterator[tuple[str, str]]:
    for office in notice.member.focal_points:
        if office.retired_at is None:
            yield str(office.id), f"{office.office}, {labels.RANK[office.rank].lower()}"


def _numbers(notice: Notice, now: datetime, *, uncovered: frozenset[int]) -> Iterator[Number]:
    """Landlines before mobiles within an office, the offices in their order."""
    for office in notice.member.focal_points:
        standing = [c for c in office.contact_points if c.retired_at is None]
        for channel in CALLED:
            for contact in standing:
                if office.retired_at is None and contact.channel is channel:
                    covered = labels.masked(channel, contact.address)
                    shown = contact.address if contact.id in uncovered else covered
                    there = local_time(office, now)
                    yield Number(contact, office, labels.RANK[office.rank], shown, there)


def _notice(session: Session, request: PageRequest) -> Notice:
    activation = activation_named(session, request)
    for notice in activation.notices:
        if notice.member_code == request.part("member"):
            return notice
    raise RefusedError(404, "This member was not asked in this situation.")


def _reference(request: PageRequest) -> str:
    return request.part("reference")


CALL_SHEET: Final = Page("/situation/{reference}/call", show_sheet, lets=DESK, name="call_sheet")
CALL: Final = Page(
    "/situation/{reference}/call/{member}", show_call, record, lets=DESK, name="call"
)
NUMBERS: Final = Page("/situation/{reference}/call/{member}/numbers", takes=show_numbers, lets=DESK)
LINKS: Final = Page("/situation/{reference}/call/{member}/links", takes=take_back_links, lets=DESK)
SEEN_TO: Final = Page("/situation/{reference}/call/{member}/seen", takes=see_to, lets=DESK)
