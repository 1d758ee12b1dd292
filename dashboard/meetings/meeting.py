"""How is a meeting set up, held and written down?

Set up, checked and sent in two steps; then one page for attendance, points, decisions and
follow-ups; then the record's revisions, until a co-chair adopts one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import meeting, time_poll
from convening.meeting import CannotMeetError, Occasion
from dashboard.meetings.record import (
    back_to_record,
    draft_revision,
)
from dashboard.web import labels
from dashboard.web.address import activation_named
from dashboard.web.errors import RefusedError
from dashboard.web.labels import Sign
from dashboard.web.layout import band_for, page
from dashboard.web.page import DESK, READERS, Page, PageRequest, see_other
from dashboard.web.times import CO_CHAIR_ZONES, place
from mechanism import slots
from mechanism.lifecycle import ACTIVATION_ENDS, ConveningState
from mechanism.slots import Presence, presence
from mechanism.vocabulary import AttendanceAnswer, PointKind, Rank
from store.meetings import latest_meeting, open_meeting
from store.tables import Activation, Convening, FocalPoint, Notice
from validation import Fault, whole_number

PRESENCE: Final = {
    Presence.IN_OFFICE: Sign("ok", "✓", "in office"),
    Presence.AWAKE: Sign("info", "○", "awake"),
    Presence.WEEKEND: Sign("wait", "!", "weekend"),
    Presence.ASLEEP: Sign("bad", "✗", "asleep"),
}
MERITS: Final = {
    slots.Merit.SOONEST: "soonest",
    slots.Merit.ALL_AWAKE: "soonest with everyone awake",
    slots.Merit.KINDEST: "kindest in 48 hours",
}
TAPS: Final = (
    (AttendanceAnswer.ATTENDED, "Joined"),
    (AttendanceAnswer.REGRETS, "Regrets"),
    (AttendanceAnswer.DELEGATED, "Sent someone"),
    (AttendanceAnswer.ABSENT, "Absent"),
)
DONE: Final = {
    "sent": "The meeting is fixed, and the invitations are on their way.",
    "changed": "The meeting is changed, and everybody invited is told.",
    "cancelled": "The meeting is cancelled, and everybody invited is told.",
}
LENGTHS: Final = (30, 60, 90, 120, 180)
LARGEST_AGENDA: Final = 12  # lines
LONGEST_ITEM: Final = 200  # characters
FURTHEST: Final = timedelta(days=366)


@dataclass(frozen=True)
class AttendanceRow:
    """How the hour finds one member: its local time, and in which state."""

    name: str
    office: str
    at: datetime
    zone: str
    sign: Sign


@dataclass(frozen=True)
class Offer:
    """A time that is proposed: why, how many it finds in which state, and who pays for it."""

    starts_at: datetime
    merits: str
    found: tuple[tuple[Sign, int], ...]
    pay: tuple[str, ...]


def show_meeting(request: PageRequest) -> Response:
    """The meeting that is fixed, what members say of its time, or the form to set one up."""
    with request.installation.database.reading() as session:
        activation = activation_named(session, request)
        convening = latest_meeting(session, activation)
        if not request.http.url.query and _is_asked_about(session, activation, convening):
            return see_other(request.path_of("times", reference=request.part("reference")))
        if convening is None or (request.asked("another") and may_meet(activation, convening)):
            return _set_up_page(
                session, request, activation, as_typed(_chosen(activation, request), request)
            )
        if request.asked("change") and convening.state is ConveningState.FIXED:
            typed = as_typed(_at_time_asked(_now_fixed(convening), request), request)
            return _set_up_page(session, request, activation, typed, changes=convening)
        return _meeting_page(session, request, activation, convening)


def _is_asked_about(session: Session, activation: Activation, convening: Convening | None) -> bool:
    """Whether a time is still asked about, and none is fixed."""
    asked = time_poll.open_poll(session, activation)
    return asked is not None and may_meet(activation, convening)


def take_meeting(request: PageRequest) -> Response:
    """One act on the meeting's page, as its form names it."""
    act = request.chosen(ACTS)
    with request.installation.database.transaction() as session:
        return act(session, activation_named(session, request), request)


def may_meet(activation: Activation, convening: Convening | None) -> bool:
    """Whether a meeting can be fixed now."""
    over = convening is None or convening.state is not ConveningState.FIXED
    return over and activation.state not in ACTIVATION_ENDS


def _meeting_page(
    session: Session,
    request: PageRequest,
    activation: Activation,
    convening: Convening,
    *,
    faults: tuple[Fault, ...] = (),
) -> Response:
    return page(
        request,
        "meetings/meeting.html",
        status=400 if faults else 200,
        band=band_for(activation),
        activation=activation,
        convening=convening,
        proposed=time_poll.proposed(session, activation, now=request.now),
        rows=hours_at(activation, convening.starts_at),
        TAPS=TAPS,
        ATTENDANCE=labels.ATTENDANCE,
        decisions=[p for p in convening.points if p.kind is PointKind.DECISION],
        points=[p for p in convening.points if p.kind is PointKind.POINT],
        acts=request.who.role in DESK and convening.state is ConveningState.FIXED,
        may_meet_again=request.who.role in DESK and may_meet(activation, convening),
        counts=_counts(convening),
        done=DONE.get(request.asked("done"), ""),
        typed={name: request.typed(name) for name in ("text", "action", "owner", "due_on")},
        faults=faults,
    )


def _counts(convening: Convening) -> str:
    said = [a.answer for a in convening.attendances]
    numbers = ((labels.ATTENDANCE[a].lower(), said.count(a)) for a in AttendanceAnswer)
    return " · ".join(f"{number} {word}" for word, number in numbers if number)


def hours_at(activation: Activation, at: datetime) -> list[AttendanceRow]:
    """Every member that was asked, those whom the hour suits least first."""
    order = (Presence.ASLEEP, Presence.WEEKEND, Presence.AWAKE, Presence.IN_OFFICE)
    found = [(_presence(notice, at), notice) for notice in activation.notices]
    found.sort(key=lambda pair: (order.index(pair[0]), pair[1].member.display_name))
    return [_row(notice, at, how) for how, notice in found]


def _row(notice: Notice, at: datetime, how: Presence) -> AttendanceRow:
    office = _office(notice)
    name = notice.member.display_name
    return AttendanceRow(name, office.office, at, office.zone, PRESENCE[how])


def _presence(notice: Notice, at: datetime) -> Presence:
    office = _office(notice)
    return presence(at, office.zone, office.weekend)


def _office(notice: Notice) -> FocalPoint:
    """The office that acknowledged, else the first that stands."""
    told = notice.acknowledgement
    if told is not None and told.focal_point is not None:
        return told.focal_point
    standing = [o for o in notice.member.focal_points if o.retired_at is None]
    primary = [o for o in standing if o.rank is Rank.PRIMARY]
    return (primary or standing or notice.member.focal_points)[0]


def _chosen(activation: Activation, request: PageRequest) -> Occasion:
    """The playbook's proposal, or at the time of the one that was chosen from the three."""
    return _at_time_asked(suggested_for(activation, request), request)


def _at_time_asked(occasion: Occasion, request: PageRequest) -> Occasion:
    """The same at the time that a link of ours has named."""
    at = offered_instant(request.asked("at"), request)
    if at is None:
        return occasion
    length = occasion.ends_at - occasion.starts_at
    return replace(occasion, starts_at=at, ends_at=at + length)


def offered_instant(text: str, request: PageRequest) -> datetime | None:
    """A time to come as our own pages write it; None for whatever else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    is_usable = at.tzinfo is not None and request.now < at < request.now + FURTHEST
    return at.astimezone(UTC) if is_usable else None


def _now_fixed(convening: Convening) -> Occasion:
    """What stands now, so that only what is to change must be typed."""
    return Occasion(
        starts_at=convening.starts_at,
        ends_at=convening.ends_at,
        level=convening.level,
        modality=convening.modality,
        place=convening.place,
        dial_in=convening.dial_in,
        agenda=tuple(convening.agenda),
    )


def suggested_for(activation: Activation, request: PageRequest) -> Occasion:
    """What the playbook proposes now."""
    return meeting.suggested(activation, now=request.now)


def as_typed(occasion: Occasion, request: PageRequest) -> dict[str, str]:
    """An occasion as the form shows it, in the reader's zone."""
    local = occasion.starts_at.astimezone(ZoneInfo(request.times.zone))
    length = round((occasion.ends_at - occasion.starts_at).total_seconds() / 60)
    return {
        "day": f"{local:%Y-%m-%d}",
        "hour": f"{local:%H:%M}",
        "zone": request.times.zone,
        "length": str(length),
        "level": occasion.level,
        "modality": occasion.modality,
        "place": occasion.place,
        "dial_in": occasion.dial_in,
        "agenda": "\n".join(occasion.agenda),
    }


FIELDS: Final = (
    "day", "hour", "zone", "length", "level", "modality", "place", "dial_in", "agenda",
)  # fmt: skip


def typed_fields(request: PageRequest) -> dict[str, str]:
    """The meeting as it was typed."""
    return {name: request.typed(name) for name in FIELDS}


def _set_up_page(
    session: Session,
    request: PageRequest,
    activation: Activation,
    typed: Mapping[str, str],
    *,
    changes: Convening | None = None,
    faults: tuple[Fault, ...] = (),
) -> Response:
    if activation.state in ACTIVATION_ENDS:
        raise RefusedError(410, "The activation has ended before a meeting was fixed.")
    suggested = suggested_for(activation, request)
    lengths = sorted({*LENGTHS, whole_number(typed["length"]) or LENGTHS[0]})
    return page(
        request,
        "meetings/set_up.html",
        status=400 if faults else 200,
        band=band_for(activation),
        activation=activation,
        typed=typed,
        zones=[(zone, place(zone)) for zone in zones_offered(request)],
        lengths=[(str(n), f"{n} minutes") for n in lengths],
        suggested_at=suggested.starts_at,
        rows=hours_at(activation, suggested.starts_at),
        proposals=offers(activation, suggested),
        merits=MERITS,
        poll=time_poll.open_poll(session, activation),
        proposed=time_poll.proposed(session, activation, now=request.now),
        changes=changes,
        acts=request.who.role in DESK,
        faults=faults,
    )


def offers(activation: Activation, suggested: Occasion) -> list[Offer]:
    """Three times to choose from, each with how many it finds at work, awake and asleep."""
    offices = [_office(notice) for notice in activation.notices]
    found = slots.proposals(
        [slots.Office(office.zone, tuple(office.weekend)) for office in offices],
        earliest=suggested.starts_at,
        length=suggested.ends_at - suggested.starts_at,
    )
    return [_offer(activation, proposal) for proposal in found]


def _offer(activation: Activation, proposal: slots.Proposal) -> Offer:
    pays = (Presence.ASLEEP, Presence.WEEKEND)
    named = zip(proposal.found, activation.notices, strict=True)
    return Offer(
        proposal.starts_at,
        _merits(proposal.merits),
        tuple((PRESENCE[how], proposal.found.count(how)) for how in Presence),
        tuple(notice.member.display_name for how, notice in named if how in pays),
    )


def _merits(merits: Collection[slots.Merit]) -> str:
    """What speaks for a time, the same thing said once."""
    if {slots.Merit.SOONEST, slots.Merit.ALL_AWAKE} <= set(merits):
        merits = [merit for merit in merits if merit is not slots.Merit.SOONEST]
    return ", ".join(MERITS[merit] for merit in merits)


def zones_offered(request: PageRequest) -> list[str]:
    """The zones in which a time may be typed."""
    return list(dict.fromkeys((request.times.zone, "UTC", *CO_CHAIR_ZONES)))


def _check(session: Session, activation: Activation, request: PageRequest) -> Response:
    """What would be sent, with every member's hour; nothing is sent from here."""
    changes = _to_change(session, activation, request)
    occasion, faults = read_occasion(typed_fields(request), request)
    if occasion is None:
        return _set_up_page(
            session, request, activation, typed_fields(request), changes=changes, faults=faults
        )
    return page(
        request,
        "meetings/check.html",
        band=band_for(activation),
        activation=activation,
        occasion=occasion,
        typed=typed_fields(request),
        changes=changes,
        rows=hours_at(activation, occasion.starts_at),
        asleep=sum(
            r.sign is PRESENCE[Presence.ASLEEP] for r in hours_at(activation, occasion.starts_at)
        ),
    )


def _to_change(session: Session, activation: Activation, request: PageRequest) -> Convening | None:
    """The meeting that the form would change; None where it sets one up."""
    return _open_convening(session, activation) if request.typed("changes") else None


def _change(session: Session, activation: Activation, request: PageRequest) -> Response:
    """Another time or place, told to everybody invited."""
    convening = _open_convening(session, activation)
    occasion, faults = read_occasion(typed_fields(request), request)
    if occasion is None:
        return _set_up_page(
            session, request, activation, typed_fields(request), changes=convening, faults=faults
        )
    meeting.move(session, request.act, convening, occasion, settings=request.settings)
    return _back(request, "changed")


def _cancel(session: Session, activation: Activation, request: PageRequest) -> Response:
    """The meeting will not take place; everybody invited is told."""
    convening, reason = _open_convening(session, activation), request.typed("reason")
    if not reason:
        fault = Fault(None, "reason", "The reason is missing", "Write one sentence.")
        return _meeting_page(session, request, activation, convening, faults=(fault,))
    meeting.cancel(session, request.act, convening, reason=reason, settings=request.settings)
    return _back(request, "cancelled")


def _send(session: Session, activation: Activation, request: PageRequest) -> Response:
    occasion, faults = read_occasion(typed_fields(request), request)
    if occasion is None:
        return _set_up_page(session, request, activation, typed_fields(request), faults=faults)
    if not may_meet(activation, latest_meeting(session, activation)):
        raise RefusedError(409, "A meeting is fixed already, or the activation has ended.")
    try:
        meeting.fix(session, request.act, activation, occasion, settings=request.settings)
    except CannotMeetError as error:
        fault = Fault(None, "day", str(error).capitalize(), "Choose another time.")
        return _set_up_page(session, request, activation, typed_fields(request), faults=(fault,))
    asked = time_poll.open_poll(session, activation)
    if asked is not None:
        time_poll.cancel(session, request.act, asked)
    return _back(request, "sent")


def read_occasion(
    typed: Mapping[str, str], request: PageRequest
) -> tuple[Occasion | None, tuple[Fault, ...]]:
    """The form as an occasion, or everything that is wrong with it."""
    starts_at = _instant(typed, request)
    agenda = tuple(line.strip() for line in typed["agenda"].splitlines() if line.strip())
    length = whole_number(typed["length"]) or 0
    faults = tuple(_faults(typed, starts_at, length, agenda, request.now))
    if faults or starts_at is None:
        return None, faults
    return Occasion(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=length),
        level=typed["level"],
        modality=typed["modality"],
        place=typed["place"],
        dial_in=typed["dial_in"],
        agenda=agenda,
    ), ()


def _instant(typed: Mapping[str, str], request: PageRequest) -> datetime | None:
    """The start; None where day, hour or zone cannot be read, or the clock skips that hour."""
    if typed["zone"] not in zones_offered(request):
        return None
    zone = ZoneInfo(typed["zone"])
    try:
        local = datetime.fromisoformat(f"{typed['day']}T{typed['hour']}")
        at = local.replace(tzinfo=zone).astimezone(UTC)
        return at if at.astimezone(zone).replace(tzinfo=None) == local else None
    except (ValueError, OverflowError):
        return None


def _faults(
    typed: Mapping[str, str],
    starts_at: datetime | None,
    length: int,
    agenda: Sequence[str],
    now: datetime,
) -> Iterator[Fault]:
    if starts_at is None:
        yield Fault(None, "day", "The start cannot be read", "Type day and time, as 16:30.")
    elif starts_at <= now:
        yield Fault(None, "day", "The start is in the past", "Choose a later time.")
    elif starts_at > now + FURTHEST:
        yield Fault(None, "day", "The start is more than a year away", "Choose an earlier time.")
    if not 0 < length <= 24 * 60:
        yield Fault(None, "length", "The length is missing", "Choose it from the list.")
    if not typed["level"]:
        yield Fault(None, "level", "The level is missing", "Such as: senior officials.")
    if not typed["modality"]:
        yield Fault(None, "modality", "How you meet is missing", "Such as: video conference.")
    if not typed["place"]:
        yield Fault(None, "place", "The place is missing", "Give the link, or the address.")
    if not 0 < len(agenda) <= LARGEST_AGENDA:
        yield Fault(None, "agenda", "The agenda is empty or too long", "Type 1 to 12 lines.")
    elif max(map(len, agenda)) > LONGEST_ITEM:
        mend = f"Keep each to {LONGEST_ITEM} characters."
        yield Fault(None, "agenda", "A line of the agenda is too long", mend)


def _attendance(session: Session, activation: Activation, request: PageRequest) -> Response:
    convening = _open_convening(session, activation)
    code, answer = request.typed("member"), request.typed("answer")
    invited = {a.member_code for a in convening.attendances}
    if code not in invited or answer not in {tap.value for tap, _ in TAPS}:
        raise RefusedError(400, "The form names no member who was invited, or no answer.")
    meeting.take_attendance(
        session,
        request.act,
        convening,
        code,
        AttendanceAnswer(answer),
        delegate=request.typed("delegate"),
    )
    return _back(request, anchor=f"member-{code}")


def _point(session: Session, activation: Activation, request: PageRequest) -> Response:
    convening = _open_convening(session, activation)
    text, item, kind = request.typed("text"), request.typed("item"), request.typed("kind")
    if not text or len(text) > 2000:  # noqa: PLR2004 - the column's own limit
        fault = Fault(None, "text", "The text is empty or too long", "Type up to 2000 characters.")
        return _meeting_page(session, request, activation, convening, faults=(fault,))
    numbers = {str(n) for n in range(1, len(convening.agenda) + 1)}
    if item not in numbers or kind not in set(PointKind):
        raise RefusedError(400, "The form names no agenda item, or no kind.")
    meeting.note_point(
        session, request.act, convening, item=int(item), kind=PointKind(kind), text=text
    )
    return _back(request, anchor="points")


def _follow_up(session: Session, activation: Activation, request: PageRequest) -> Response:
    convening = _open_convening(session, activation)
    action, owner = request.typed("action"), request.typed("owner")
    due_on, readable = _day(request.typed("due_on"))
    faults = [
        *([] if action else [Fault(None, "action", "The action is missing", "Say what is done.")]),
        *([] if owner else [Fault(None, "owner", "The owner is missing", "Name an office.")]),
        *([] if readable else [Fault(None, "due_on", "That is no date", "Type it as 2026-12-01.")]),
    ]
    if faults:
        return _meeting_page(session, request, activation, convening, faults=tuple(faults))
    meeting.note_follow_up(
        session, request.act, convening, action=action, owner=owner, due_on=due_on
    )
    return _back(request, anchor="follow-ups")


def _day(typed: str) -> tuple[date | None, bool]:
    """The date, and whether it could be read; nothing typed is no date and no fault."""
    try:
        return (date.fromisoformat(typed) if typed else None), True
    except ValueError:
        return None, False


def _close(session: Session, activation: Activation, request: PageRequest) -> Response:
    """The meeting was held; its record is drafted in the same breath."""
    convening = _open_convening(session, activation)
    meeting.close(session, request.act, convening)
    session.expire(convening)
    draft_revision(session, activation, request)
    return back_to_record(request, "drafted")


def _open_convening(session: Session, activation: Activation) -> Convening:
    convening = open_meeting(session, activation)
    if convening is None:
        raise RefusedError(409, "There is no meeting that is still open.")
    return convening


def _back(request: PageRequest, done: str = "", *, anchor: str = "") -> Response:
    return see_other(request.http.url.path, anchor=anchor, done=done)


FormAct = Callable[[Session, Activation, PageRequest], Response]
ACTS: Final[Mapping[str, FormAct]] = {
    "check": _check,
    "send": _send,
    "change": _change,
    "cancel": _cancel,
    "attendance": _attendance,
    "point": _point,
    "follow_up": _follow_up,
    "close": _close,
}


MEETING: Final = Page(
    "/situation/{reference}/meeting",
    show_meeting,
    take_meeting,
    lets=READERS,
    takes_from=DESK,
    name="meeting",
)
