"""What does the board show of one activation, and what needs a person?

Every figure is counted from rows at one instant; nothing is kept beside them. Exceptions come
first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from convening import concur, meeting
from convening.activate import pinned
from convening.standstill import Standstill
from dashboard.web import labels
from dashboard.web.labels import Sign
from dashboard.web.links import Link
from dashboard.web.page import DESK
from dashboard.web.sessions import Visitor
from mechanism import wording
from mechanism.concurrence import Verdict
from mechanism.durations import span
from mechanism.ladder import Purpose, milestones
from mechanism.lifecycle import ACTIVATION_ENDS, ActivationState, MessageState, NoticeState
from mechanism.vocabulary import (
    LADDER_PURPOSES,
    AttendanceAnswer,
    Channel,
    ConcurrenceAnswer,
    Door,
    Kind,
    NeedCause,
    Role,
    SetbackKind,
)
from playbooks.schema import Playbook
from playbooks.situation import SituationFacts
from records.charts import ChartMark, Earlier, acknowledgement_curve, minutes
from store import needs
from store.meetings import latest_meeting
from store.tables import (
    Activation,
    Attempt,
    Attendance,
    Concurrence,
    Convening,
    FocalPoint,
    Member,
    Message,
    Need,
    Notice,
    Receipt,
    Situation,
)

WEST, NORTH, SCALE, WIDTH, HEIGHT = 60.0, 35.5, 7.2, 720, 400  # of the drawing of the land
WINDOW: Final = (300, 260)
NOT_SHOWN: Final = frozenset({MessageState.CANCELLED})


@dataclass(frozen=True)
class SentByChannel:
    """The latest message by one channel to the office that was asked."""

    channel: str
    sign: Sign
    at: datetime | None


@dataclass(frozen=True)
class MemberRow:
    """One member on the board."""

    code: str
    name: str
    office: str
    rank: str
    messages: tuple[SentByChannel, ...]
    sign: Sign
    at: datetime | None  # of the acknowledgement
    dots: int
    note: str
    note_at: datetime | None
    meeting: str
    done: bool


@dataclass(frozen=True)
class NeedLine:
    """One thing that needs a person, with its one button."""

    fact: str
    cause: str
    beside: str
    link: Link | None = None
    form: str = ""  # the form outside the fragment that the button sends
    at: datetime | None = None


@dataclass(frozen=True)
class NextStep:
    """What happens by itself next."""

    at: datetime
    sentence: str


@dataclass(frozen=True)
class MeetingFacts:
    """The meeting that is fixed, and who has said what about it."""

    starts_at: datetime
    sentence: str


@dataclass(frozen=True)
class Spot:
    """A place on the map, in the drawing's own units; None of it outside the drawing."""

    x: float
    y: float
    name: str
    position: str

    @property
    def window(self) -> str:
        """The part of the drawing around it, as a view box."""
        left = min(max(self.x - WINDOW[0] * 0.45, 0), WIDTH - WINDOW[0])
        top = min(max(self.y - WINDOW[1] * 0.4, 0), HEIGHT - WINDOW[1])
        return f"{left:.0f} {top:.0f} {WINDOW[0]} {WINDOW[1]}"


@dataclass(frozen=True)
class Heading:
    """What stands above the part of the board that changes."""

    activation: Activation
    situation: Situation
    playbook: Playbook


@dataclass(frozen=True)
class Board:
    """Everything that the board shows at one instant."""

    activation: Activation
    situation: Situation
    playbook: Playbook
    facts: SituationFacts
    state: Sign
    ended: bool
    rows: tuple[MemberRow, ...]
    lines: tuple[NeedLine, ...]
    next_step: NextStep | None
    meeting: MeetingFacts | None
    curve: str
    spot: Spot | None
    agreed: tuple[tuple[str, str, datetime], ...]
    quorum: int
    enough: bool  # so many, and those who must be among them
    lacking: tuple[str, ...]  # who must be among them and is not, where they are so many

    @property
    def acknowledged(self) -> int:
        """How many members have acknowledged."""
        return sum(row.done for row in self.rows)

    @property
    def open_rows(self) -> list[MemberRow]:
        """The members who have not, those who cannot be reached first."""
        return [row for row in self.rows if not row.done]

    @property
    def done_rows(self) -> list[MemberRow]:
        """The members who have, in the order of their names."""
        return [row for row in self.rows if row.done]

    def count(self, state: str) -> int:
        """How many members are in a state."""
        return sum(notice.state == state for notice in self.activation.notices)


def heading_of(activation: Activation) -> Heading:
    """The title, and the playbook as it was pinned."""
    return Heading(activation, activation.situation, pinned(activation))


def board_of(
    session: Session,
    activation: Activation,
    *,
    visitor: Visitor,
    now: datetime,
    stands: Standstill,
) -> Board:
    """The board for one visitor at one instant."""
    playbook = pinned(activation)
    quorum, counting = meeting.quorum_of(activation), meeting.counting(activation)
    lacking = quorum.lacks_only(counting)
    convening = latest_meeting(session, activation)
    delivered = _receipts(session, activation)
    facts = SituationFacts.model_validate(activation.plan["facts"])
    rows = sorted(
        (_row(notice, convening, delivered) for notice in activation.notices),
        key=lambda row: (row.done, row.sign.style != "bad", row.name),
    )
    return Board(
        activation=activation,
        situation=activation.situation,
        playbook=playbook,
        facts=facts,
        state=labels.ACTIVATION[activation.state],
        ended=activation.state in ACTIVATION_ENDS,
        rows=tuple(rows),
        lines=tuple(_lines(session, activation, visitor, stands)),
        next_step=_next_step(activation, playbook),
        meeting=_meeting(convening, len(activation.notices)),
        curve=_curve(activation, playbook, now, previous=_last_exercise(session, activation)),
        spot=spot_of(facts),
        agreed=tuple(_agreed(session, activation)),
        quorum=quorum.number,
        enough=quorum.is_reached_by(counting),
        lacking=tuple(row.name for row in rows if row.code in lacking),
    )


def _row(notice: Notice, convening: Convening | None, delivered: dict[int, datetime]) -> MemberRow:
    asked = _offices_asked(notice)
    acknowledgement = notice.acknowledgement
    note, note_at = _note(notice)
    return MemberRow(
        code=notice.member_code,
        name=notice.member.display_name,
        office=asked[0].office if asked else _nobody(notice),
        rank=" and ".join(labels.RANK[o.rank] for o in asked).capitalize(),
        messages=tuple(_said(notice, asked, delivered)),
        sign=_sign(notice),
        at=acknowledgement.at if acknowledgement else None,
        dots=acknowledgement.assurance if acknowledgement else 0,
        note=note,
        note_at=note_at,
        meeting=_attendance(notice, convening),
        done=acknowledgement is not None,
    )


def _nobody(notice: Notice) -> str:
    """What stands where no office was written to: who triggers has received."""
    return "Co-chair desk" if notice.acknowledgement else "Nobody yet"


def _sign(notice: Notice) -> Sign:
    sign, acknowledgement = labels.NOTICE[notice.state], notice.acknowledgement
    if acknowledgement is not None and acknowledgement.late:
        return Sign(sign.style, sign.glyph, "Yes, late")
    return sign


def _offices_asked(notice: Notice) -> list[FocalPoint]:
    """The office that acknowledged, else those that the latest rung has told, by rank."""
    if notice.acknowledgement and notice.acknowledgement.focal_point:
        return [notice.acknowledgement.focal_point]
    told = [m for m in notice.messages if m.purpose in LADDER_PURPOSES and m.contact_point]
    latest = max((m.rung or 0 for m in told), default=0)
    offices = {
        m.contact_point.focal_point for m in told if m.contact_point and (m.rung or 0) == latest
    }
    return sorted(offices, key=lambda office: office.rank_order)


def _said(
    notice: Notice, offices: Sequence[FocalPoint], delivered: dict[int, datetime]
) -> Iterator[SentByChannel]:
    """How the latest message to each address of these offices stands, by channel and state."""
    latest = {
        message.contact_point_id: message
        for message in notice.messages
        if message.purpose in LADDER_PURPOSES
        and message.state not in NOT_SHOWN
        and message.contact_point is not None
        and message.contact_point.focal_point in offices
    }
    together: dict[tuple[Channel, MessageState], list[Message]] = {}
    for message in latest.values():
        together.setdefault((message.channel, message.state), []).append(message)
    for (channel, state), messages in sorted(together.items(), reverse=True):
        times = [at for at in (_at(message, delivered) for message in messages) if at]
        many = f" ({len(messages)})" if len(messages) > 1 else ""
        sign = labels.said_of(channel, state)
        yield SentByChannel(wording.CHANNEL[channel] + many, sign, max(times, default=None))


def _at(message: Message, delivered: dict[int, datetime]) -> datetime | None:
    """When it came into its state: the provider's word, else the end of the last try."""
    ended = message.attempts[-1].ended_at if message.attempts else None
    return delivered.get(message.id, ended)


def _receipts(session: Session, activation: Activation) -> dict[int, datetime]:
    """When the provider's last word about each message came."""
    rows = session.execute(
        select(Attempt.message_id, func.max(Receipt.received_at))
        .join(Receipt, Receipt.attempt_id == Attempt.id)
        .join(Message, Message.id == Attempt.message_id)
        .where(Message.activation_id == activation.id)
        .group_by(Attempt.message_id)
    )
    return {message: at.replace(tzinfo=at.tzinfo or UTC) for message, at in rows}


def _note(notice: Notice) -> tuple[str, datetime | None]:
    """What stands under the tag: how it was acknowledged, or what was tried last."""
    acknowledgement = notice.acknowledgement
    if acknowledgement is not None:
        said = labels.RESPONSE[acknowledgement.response]
        return "; ".join(filter(None, (acknowledgement.assurance_text, said))), None
    if notice.state is NoticeState.UNREACHED:
        return "No step is left", None
    if away := _away(notice):
        return f"{away}. Last asked", notice.rungs[-1].at if notice.rungs else None
    if len(notice.rungs) > 1:
        return "Last asked", notice.rungs[-1].at
    return ("Asked", notice.rungs[0].at) if notice.rungs else ("", None)


def _away(notice: Notice) -> str:
    """Which office is out, and until when, as its own responder says: a hint for whoever calls."""
    for seen in reversed(notice.setbacks):
        if seen.kind is SetbackKind.OUT_OF_OFFICE and seen.note.startswith("until "):
            return f"{seen.contact_point.focal_point.office} is away {seen.note}"
    return ""


def _attendance(notice: Notice, convening: Convening | None) -> str:
    found = _attendance_of(notice.member_code, convening)
    return labels.ATTENDANCE[found.answer] if found else "Not invited"


def _attendance_of(code: str, convening: Convening | None) -> Attendance | None:
    attendances = convening.attendances if convening else []
    return next((a for a in attendances if a.member_code == code), None)


def _meeting(convening: Convening | None, asked: int) -> MeetingFacts | None:
    if convening is None:
        return None
    said = [a.answer for a in convening.attendances]
    joins = sum(a in {AttendanceAnswer.CONFIRMED, AttendanceAnswer.DELEGATED} for a in said)
    cannot = said.count(AttendanceAnswer.REGRETS)
    open_ = asked - joins - cannot
    sentence = f"{joins} of {asked} will join, {cannot} cannot, {open_} have not said"
    return MeetingFacts(convening.starts_at, sentence)


def _next_step(activation: Activation, playbook: Playbook) -> NextStep | None:
    """The earliest look at the ladder, and what it will do if nothing else happens."""
    if activation.state is ActivationState.AWAITING_CONCURRENCE:
        return _time_out(activation, playbook)
    due = [n for n in activation.notices if n.due_at is not None]
    if activation.state is not ActivationState.ACTIVE or not due or activation.began_at is None:
        return None
    at = min(n.due_at for n in due if n.due_at is not None)
    now_due = [n for n in due if n.due_at == at]
    return NextStep(at, _step_words(now_due, playbook, at - activation.began_at))


def _time_out(activation: Activation, playbook: Playbook) -> NextStep | None:
    at, then = activation.concurrence_due_at, playbook.concurrence.then
    if at is None or then is None:
        return None
    sends = then.value == "send"
    return NextStep(at, "it is sent all the same" if sends else "it is withdrawn without sending")


def _step_words(notices: Sequence[Notice], playbook: Playbook, after: timedelta) -> str:
    number = f"{len(notices)} member{'s' if len(notices) != 1 else ''}"
    are = f"{number} {'are' if len(notices) != 1 else 'is'}"
    due = [
        rung
        for i, rung in enumerate(playbook.ladder.rungs)
        if rung.after <= after and any(i not in _taken(n) for n in notices)
    ]
    if not due:
        return f"{are} handed to a person"
    told = {rank for i in _taken(notices[0]) for rank in playbook.ladder.rungs[i].tell}
    ranks = dict.fromkeys(rank for rung in due for rank in rung.tell)
    new = [rank for rank in ranks if rank not in told]
    if all(rung.by == (Channel.VOICE,) for rung in due):
        return f"{are} called by telephone"
    if not new:
        return f"{are} reminded"
    return f"the {' and '.join(labels.RANKS_TOLD[rank] for rank in new)} of {number} are contacted"


def _taken(notice: Notice) -> frozenset[int]:
    return frozenset(taken.rung for taken in notice.rungs)


def _lines(
    session: Session, activation: Activation, visitor: Visitor, stands: Standstill
) -> Iterator[NeedLine]:
    """What no automatic step will solve, the gravest first."""
    reference = activation.situation.reference
    if activation.state not in ACTIVATION_ENDS:
        yield from _stands(reference, stands)
    yield from _concurrence(activation, visitor)
    for need in needs.open_needs(session, activation):
        yield _line(need, reference, visitor)


def _stands(reference: str, stands: Standstill) -> Iterator[NeedLine]:
    if stands.engine is not None:
        yield _silent(reference, stands.engine)
    for channel, names in stands.closed.items():
        yield NeedLine(
            labels.not_taken(channel, names),
            "none leaves until the provider works again. Call whom no other channel reaches, and "
            "tell the operator.",
            "",
            _call_sheet(reference),
        )


def _silent(reference: str, silence: timedelta) -> NeedLine:
    since = (
        "has not been seen yet"
        if silence == timedelta.max
        else f"was last seen {span(silence)} ago"
    )
    return NeedLine(
        "Messages are not being sent:",
        f"the engine {since}. Call the members meanwhile, and tell the operator.",
        "",
        _call_sheet(reference),
    )


def _call_sheet(reference: str) -> Link:
    return Link("call_sheet", "Open the call sheet", {"reference": reference})


def _concurrence(activation: Activation, visitor: Visitor) -> Iterator[NeedLine]:
    """For the other co-chair alone: agree or object, as long as nothing was said."""
    if visitor.role is Role.CO_CHAIR and concur.may(
        activation, visitor.government or "", Verdict.AGREES
    ):
        waiting = activation.state is ActivationState.AWAITING_CONCURRENCE
        cause = "Nothing is sent before you agree." if waiting else "Sending did not wait."
        trigger = f"{activation.triggered_by} triggered this."
        yield NeedLine(trigger, cause, "", form="agree", at=activation.triggered_at)


def _line(need: Need, reference: str, visitor: Visitor) -> NeedLine:
    return NeedLine(
        need.sentence,
        _reason(need),
        "" if need.reply_id is not None else _number_on_file(need.notice),
        _way_on(need, reference) if visitor.role in DESK else None,
        at=need.opened_at,
    )


def _reason(need: Need) -> str:
    """Why a government objects, in its own words."""
    if need.cause is not NeedCause.OBJECTION or need.activation is None:
        return ""
    said = [c for c in need.activation.concurrences if c.answer is ConcurrenceAnswer.OBJECTED]
    return f"“{said[-1].reason}”" if said and said[-1].reason else ""


def _way_on(need: Need, reference: str) -> Link:
    """The page on which this line is settled."""
    verb, here = labels.NEED_VERB[need.cause], {"reference": reference}
    if need.cause is NeedCause.OBJECTION:
        return Link("resume", verb, here)
    if need.reply_id is not None:
        return Link("reply", verb, {"reply": str(need.reply_id)})
    code = need.notice.member_code if need.notice else ""
    if need.cause is NeedCause.DIRECTORY and code:
        return Link("member", verb, {"member": code})
    return Link("call", verb, here | {"member": code}) if code else Link("call_sheet", verb, here)


def _number_on_file(notice: Notice | None) -> str:
    """The telephone number to call, masked, with the date it was verified."""
    for office in notice.member.focal_points if notice else ():
        for contact in office.contact_points:
            if contact.channel is Channel.VOICE and contact.retired_at is None:
                number = labels.masked(contact.channel, contact.address)
                when = (
                    f"verified {contact.verified_on:%-d %B %Y}"
                    if contact.verified_on
                    else "never verified"
                )
                return f"{office.office}, telephone {when}: {number}"
    return ""


def _agreed(session: Session, activation: Activation) -> Iterator[tuple[str, str, datetime]]:
    verbs = {
        ConcurrenceAnswer.AGREED: "Agreed by",
        ConcurrenceAnswer.OBJECTED: "Objected to by",
        ConcurrenceAnswer.RESUMED: "Resumed by",
    }
    for said in activation.concurrences:
        member = session.get(Member, said.member_code)
        reason = f": {said.reason}" if said.reason else ""
        yield (
            verbs[said.answer],
            f"{member.display_name if member else said.member_code}{_by_way(said)}{reason}",
            said.at,
        )


def _by_way(said: Concurrence) -> str:
    return "" if said.door is Door.SIGNED_IN else f", {said.assurance_text}"


def _last_exercise(session: Session, activation: Activation) -> Earlier | None:
    """The curve of the exercise before this activation, if one was carried through."""
    query = (
        select(Activation)
        .where(
            Activation.kind == Kind.EXERCISE,
            Activation.id < activation.id,
            Activation.state.in_(ACTIVATION_ENDS - {ActivationState.WITHDRAWN}),
            Activation.began_at.is_not(None),
        )
        .order_by(Activation.id.desc())
        .limit(1)
    )
    before = session.scalar(query)
    if before is None or before.began_at is None:
        return None
    began = before.began_at
    return Earlier(f"exercise of {began.day} {began:%b}", _points(before, began))


def _points(activation: Activation, began: datetime) -> list[tuple[float, int]]:
    """After how many minutes how many had acknowledged."""
    times = sorted(n.acknowledgement.at for n in activation.notices if n.acknowledgement)
    return [(max(0.0, minutes(at - began)), number) for number, at in enumerate(times, start=1)]


def _curve(
    activation: Activation, playbook: Playbook, now: datetime, *, previous: Earlier | None
) -> str:
    began = activation.began_at
    if began is None:
        return ""
    until = min(now, activation.ended_at or now)
    deadline = minutes(activation.deadline_at - began) if activation.deadline_at else None
    return acknowledgement_curve(
        _points(activation, began),
        asked=len(activation.notices),
        deadline=deadline,
        marks=list(_marks(playbook, deadline)),
        now=max(0.0, minutes(until - began)),
        previous=previous,
    )


def _marks(playbook: Playbook, deadline: float | None) -> Iterator[ChartMark]:
    """Each rung after the first: a reminder, or who is told next."""
    for after, tell in milestones(playbook.ladder):
        if deadline is None or minutes(after) != deadline:
            is_reminder = tell.purpose is Purpose.REMINDER
            yield ChartMark(
                minutes(after), "reminder" if is_reminder else labels.RANKS_TOLD[tell.rank]
            )


def spot_of(facts: SituationFacts) -> Spot | None:
    """Where it is on the map; None where no position is known or it lies outside the drawing."""
    latitude, longitude = facts.where.latitude, facts.where.longitude
    if latitude is None or longitude is None:
        return None
    x, y = (longitude - WEST) * SCALE, (NORTH - latitude) * SCALE
    if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT):
        return None
    position = (
        f"{abs(latitude):.1f}° {'N' if latitude >= 0 else 'S'} "
        f"{abs(longitude):.1f}° {'E' if longitude >= 0 else 'W'}"
    )
    return Spot(round(x, 1), round(y, 1), facts.where.name, position)
