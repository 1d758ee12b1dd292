"""How are times put to the members, counted, and one of them fixed?

Asked and checked in two steps, as the invitations are; then one page of counts, on which one click
fixes a time. What members propose of their own accord stands beside.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import time_poll
from convening.meeting import CannotMeetError, Occasion
from convening.time_poll import CannotAskError
from dashboard.meetings import meeting
from dashboard.web.address import activation_named
from dashboard.web.errors import RefusedError
from dashboard.web.labels import Sign
from dashboard.web.layout import band_for, page
from dashboard.web.page import DESK, READERS, Page, PageRequest, see_other
from dashboard.web.times import place
from mechanism.lifecycle import PollState
from mechanism.poll import AT_MOST, Count, faults_of
from store.meetings import latest_meeting
from store.tables import Activation, Poll
from validation import Fault, whole_number

HOURS: Final = ("1", "2", "6", "12", "24")
USUAL: Final = "2"
CAN, CANNOT, SILENT = (
    Sign("ok", "✓", "can"),
    Sign("bad", "✗", "cannot"),
    Sign("off", "○", "has not said"),
)
ENDED: Final = {
    PollState.FIXED: "The meeting was fixed at one of these times.",
    PollState.CANCELLED: "The poll was ended, and none of its times was fixed.",
}
DONE: Final = {"asked": "The members are asked.", "ended": "The poll is ended."}


@dataclass(frozen=True)
class Question:
    """A poll as it is typed: the meeting but for its time, the times, and how long is waited."""

    occasion: Occasion
    times: tuple[datetime, ...]
    closes_at: datetime


def show_times(request: PageRequest) -> Response:
    """The poll that is open or was last, or the form that opens one."""
    with request.installation.database.reading() as session:
        activation = activation_named(session, request)
        last = time_poll.latest(session, activation)
        is_new = last is None or (request.asked("another") and _may_ask(session, activation))
        if last is None or is_new:
            return _form_page(session, request, activation, _suggested(activation, request))
        return _poll_page(session, request, activation, last)


def take_times(request: PageRequest) -> Response:
    """One act, as its form names it."""
    act = request.chosen(ACTS)
    with request.installation.database.transaction() as session:
        return act(session, activation_named(session, request), request)


def _may_ask(session: Session, activation: Activation) -> bool:
    convening = latest_meeting(session, activation)
    is_free = time_poll.open_poll(session, activation) is None
    return is_free and meeting.may_meet(activation, convening)


def _suggested(activation: Activation, request: PageRequest) -> dict[str, str]:
    typed = meeting.as_typed(meeting.suggested_for(activation, request), request)
    return {**typed, "day": "", "hour": "", "closes": USUAL}


def _form_page(
    session: Session,
    request: PageRequest,
    activation: Activation,
    typed: Mapping[str, str],
    *,
    faults: tuple[Fault, ...] = (),
) -> Response:
    suggested = meeting.suggested_for(activation, request)
    offers = meeting.offers(activation, suggested)
    ticked = set(request.ticked("times")) if request.form else None
    return page(
        request,
        "meetings/ask.html",
        status=400 if faults else 200,
        band=band_for(activation),
        activation=activation,
        typed=typed,
        offers=offers,
        ticked=ticked,
        zones=[(zone, place(zone)) for zone in meeting.zones_offered(request)],
        lengths=[(str(n), f"{n} minutes") for n in _lengths(typed)],
        hours=[(n, f"{n} hour{'s' if n != '1' else ''}") for n in HOURS],
        may_ask=request.who.role in DESK and _may_ask(session, activation),
        faults=faults,
    )


def _lengths(typed: Mapping[str, str]) -> list[int]:
    return sorted({*meeting.LENGTHS, whole_number(typed["length"]) or meeting.LENGTHS[0]})


def _typed(request: PageRequest) -> dict[str, str]:
    return {**meeting.typed_fields(request), "closes": request.typed("closes")}


def _question(request: PageRequest) -> tuple[Question | None, tuple[Fault, ...]]:
    """The form as a poll, or everything that is wrong with it."""
    typed = _typed(request)
    times, faults = _times(typed, request)
    if typed["closes"] not in HOURS:
        faults.append(Fault(None, "closes", "How long you wait is missing", "Choose it."))
    dated = {**typed, **_first_of(times)}
    occasion, wrong = meeting.read_occasion(dated, request)
    faults += [fault for fault in wrong if fault.field not in {f.field for f in faults}]
    if occasion is None or faults:
        return None, tuple(faults)
    closes_at = request.now + timedelta(hours=int(typed["closes"]))
    question = Question(occasion, tuple(times), closes_at)
    refusals = tuple(_refusals(question, request))
    return (None, refusals) if refusals else (question, ())


def _times(typed: Mapping[str, str], request: PageRequest) -> tuple[list[datetime], list[Fault]]:
    """Those that are ticked, and one that may be typed."""
    ticked = [meeting.offered_instant(text, request) for text in request.ticked("times")]
    times = [at for at in ticked if at is not None]
    faults = []
    if len(times) < len(ticked):
        faults.append(Fault(None, "times", "A time has passed, or is none", "Tick others."))
    if typed["day"] or typed["hour"]:
        occasion, wrong = meeting.read_occasion(typed, request)
        faults += [fault for fault in wrong if fault.field == "day"]
        times += [occasion.starts_at] if occasion is not None else []
    if not times and not faults:
        faults.append(Fault(None, "times", "No time is proposed", f"Tick up to {AT_MOST}."))
    return sorted(set(times)), faults


def _first_of(times: Sequence[datetime]) -> dict[str, str]:
    """The first time as the form of a meeting knows it."""
    if not times:
        return {}
    return {"day": f"{times[0]:%Y-%m-%d}", "hour": f"{times[0]:%H:%M}", "zone": "UTC"}


def _check(session: Session, activation: Activation, request: PageRequest) -> Response:
    """What would be asked, with every member's hours; nothing is sent from here."""
    question, faults = _question(request)
    if question is None:
        return _form_page(session, request, activation, _typed(request), faults=faults)
    return page(
        request,
        "meetings/check_times.html",
        band=band_for(activation),
        activation=activation,
        question=question,
        typed=_typed(request),
        columns=[(at, meeting.hours_at(activation, at)) for at in question.times],
    )


def _refusals(question: Question, request: PageRequest) -> Iterator[Fault]:
    """What the rule says of these times."""
    for wrong in faults_of(question.times, closes_at=question.closes_at, now=request.now):
        field = "closes" if "answers" in wrong else "times"
        yield Fault(None, field, wrong.capitalize(), f"Choose others; {AT_MOST} at most.")


def _ask(session: Session, activation: Activation, request: PageRequest) -> Response:
    question, faults = _question(request)
    if question is None:
        return _form_page(session, request, activation, _typed(request), faults=faults)
    if not meeting.may_meet(activation, latest_meeting(session, activation)):
        raise RefusedError(409, "A meeting is fixed already, or the activation has ended.")
    try:
        time_poll.ask(
            session,
            request.act,
            activation,
            question.occasion,
            question.times,
            closes_at=question.closes_at,
            settings=request.settings,
        )
    except CannotAskError as error:
        fault = Fault(None, "times", str(error).capitalize(), "Choose others.")
        return _form_page(session, request, activation, _typed(request), faults=(fault,))
    return _back(request, "asked")


@dataclass(frozen=True)
class Column:
    """One time as the desk sees it: who can, and what speaks against it."""

    count: Count
    missing: tuple[str, ...]  # names of those who are needed and cannot


@dataclass(frozen=True)
class PollRow:
    """One member: what it said of each time."""

    name: str
    said: tuple[Sign, ...]


def _poll_page(
    session: Session,
    request: PageRequest,
    activation: Activation,
    shown: Poll,
    *,
    faults: tuple[Fault, ...] = (),
) -> Response:
    counts = time_poll.counts(session, shown)
    names = {notice.member_code: notice.member.display_name for notice in activation.notices}
    return page(
        request,
        "meetings/times.html",
        status=400 if faults else 200,
        band=band_for(activation),
        activation=activation,
        poll=shown,
        columns=[Column(c, tuple(names[code] for code in c.missing)) for c in counts],
        rows=[PollRow(name, tuple(_sign(c, code) for c in counts)) for code, name in names.items()],
        proposed=time_poll.proposed(session, activation, now=request.now),
        over=ENDED.get(shown.state, ""),
        late=request.now > shown.closes_at,
        acts=request.who.role in DESK and time_poll.is_answerable(shown),
        may_ask=request.who.role in DESK and _may_ask(session, activation),
        done=DONE.get(request.asked("done"), ""),
        faults=faults,
    )


def _sign(count: Count, code: str) -> Sign:
    if code in count.can:
        return CAN
    return CANNOT if code in count.cannot else SILENT


def _fix(session: Session, activation: Activation, request: PageRequest) -> Response:
    """One click: the invitations go out for this time."""
    asked = _open(session, activation)
    wrong = _not_fixed(session, asked, request)
    if wrong:
        fault = Fault(None, "times", wrong.capitalize(), "Choose another of the times.")
        return _poll_page(session, request, activation, asked, faults=(fault,))
    where = request.path_of("meeting", reference=request.part("reference"))
    return see_other(where, done="sent")


def _not_fixed(session: Session, asked: Poll, request: PageRequest) -> str:
    """Fix it at the time that the form names; why that cannot be, or nothing."""
    at = meeting.offered_instant(request.typed("at"), request)
    if at is None:
        return "the time has passed, or is none"
    try:
        time_poll.fix(session, request.act, asked, at, settings=request.settings)
    except CannotMeetError as error:
        return str(error)
    return ""


def _end(session: Session, activation: Activation, request: PageRequest) -> Response:
    """None of the times is wanted."""
    time_poll.cancel(session, request.act, _open(session, activation))
    return _back(request, "ended")


def _open(session: Session, activation: Activation) -> Poll:
    asked = time_poll.open_poll(session, activation)
    if asked is None or not time_poll.is_answerable(asked):
        raise RefusedError(409, "No times are asked about any more.")
    return asked


def _back(request: PageRequest, done: str) -> Response:
    return see_other(request.http.url.path, done=done)


FormAct = Callable[[Session, Activation, PageRequest], Response]
ACTS: Final[Mapping[str, FormAct]] = {"check": _check, "ask": _ask, "fix": _fix, "end": _end}


TIMES: Final = Page(
    "/situation/{reference}/times",
    show_times,
    take_times,
    lets=READERS,
    takes_from=DESK,
    name="times",
)
