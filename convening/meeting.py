"""Meet: fix the time, invite everybody asked, change or cancel, take attendance, note what is said.

Attendance is a fact of its own, apart from the acknowledgement. Invitations go by e-mail with a
calendar part, and by SMS.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from convening import activate
from convening.messages import compose
from lazy import lazy
from mechanism import slots
from mechanism.lifecycle import ACTIVATION_ENDS, ConveningEvent, ConveningState
from mechanism.quorum import Quorum, counts
from mechanism.vocabulary import AttendanceAnswer, Channel, MessagePurpose, PointKind
from notifications import tokens
from notifications.content import templates
from notifications.content.templates import Words
from notifications.email.mime import CalendarMethod
from notifications.outbox import queue
from notifications.outbox.queue import To
from settings import Settings
from store import contacts, ledger
from store.act import Act
from store.events import Noted
from store.ledger import Because
from store.meetings import meetings
from store.tables import (
    Activation,
    Attendance,
    ContactPoint,
    Convening,
    FollowUp,
    Notice,
    Point,
)

if TYPE_CHECKING:
    from notifications.email import icalendar
else:
    icalendar = lazy("notifications.email.icalendar")


class CannotMeetError(Exception):
    """The meeting cannot be fixed as asked; the words say why."""


@dataclass(frozen=True)
class Occasion:
    """When, where and on what the members meet."""

    starts_at: datetime
    ends_at: datetime
    level: str
    modality: str
    place: str
    dial_in: str
    agenda: tuple[str, ...]


def suggested(activation: Activation, *, now: datetime) -> Occasion:
    """What the playbook proposes: its lead from now, on the next half hour."""
    meeting = activate.pinned(activation).meeting
    starts_at = slots.next_half_hour(now + meeting.lead)
    return Occasion(
        starts_at=starts_at,
        ends_at=starts_at + meeting.length,
        level=meeting.level,
        modality=meeting.modality,
        place="",
        dial_in="",
        agenda=meeting.agenda,
    )


def quorum_of(activation: Activation) -> Quorum:
    """What it takes of the members asked; a member that has left the directory has no role."""
    asked = {
        notice.member_code: notice.member.roles if notice.member.retired_at is None else ()
        for notice in activation.notices
    }
    return activate.pinned(activation).quorum.of(asked)


def counting(activation: Activation) -> dict[str, datetime]:
    """When each member acknowledged that counts towards the quorum."""
    heard = ((notice.member_code, notice.acknowledgement) for notice in activation.notices)
    return {code: said.at for code, said in heard if said is not None and counts(said.response)}


def fix(
    session: Session, act: Act, activation: Activation, occasion: Occasion, *, settings: Settings
) -> Convening:
    """Fix the meeting and queue every invitation; CannotMeetError says what is wrong with it."""
    _check(activation, occasion, act.at)
    number = 1 + len(meetings(session, activation))
    uid = f"{activation.situation.reference}-A{activation.number}-M{number}@{settings.mail_domain}"
    convening = _fixed(activation, occasion, number=number, uid=uid, by=act.signature, now=act.at)
    session.add(convening)
    session.flush()
    ledger.append(
        session,
        act,
        Noted.CONVENING_FIXED,
        subject=ledger.subject_of(convening),
        data={
            "starts_at": ledger.instant(occasion.starts_at),
            "ends_at": ledger.instant(occasion.ends_at),
            "level": occasion.level,
            "modality": occasion.modality,
            "invited": [notice.member_code for notice in activation.notices],
        },
    )
    _tell_everybody(session, convening, act.at, settings)
    return convening


def _fixed(
    activation: Activation, occasion: Occasion, *, number: int, uid: str, by: str, now: datetime
) -> Convening:
    """The meeting as a row, with everybody asked as invited to it."""
    return Convening(
        activation=activation,
        number=number,
        state=ConveningState.FIXED,
        uid=uid,
        level=occasion.level,
        modality=occasion.modality,
        starts_at=occasion.starts_at,
        ends_at=occasion.ends_at,
        place=occasion.place,
        dial_in=occasion.dial_in,
        agenda=list(occasion.agenda),
        fixed_by=by,
        fixed_at=now,
        attendances=[
            Attendance(member_code=notice.member_code, changed_at=now)
            for notice in activation.notices
        ],
    )


def _check(activation: Activation, occasion: Occasion, now: datetime) -> None:
    if activation.state in ACTIVATION_ENDS:
        raise CannotMeetError(f"the activation is {activation.state.value.replace('_', ' ')}")
    if occasion.starts_at <= now:
        raise CannotMeetError("the meeting would start in the past")
    if occasion.ends_at <= occasion.starts_at:
        raise CannotMeetError("the meeting would end before it starts")
    if not occasion.agenda:
        raise CannotMeetError("the agenda is empty")


def move(
    session: Session, act: Act, convening: Convening, occasion: Occasion, *, settings: Settings
) -> bool:
    """Another time or place: every calendar is told, and who had answered is asked anew.

    False where the meeting was held or cancelled meanwhile; CannotMeetError as for a new one.
    """
    if convening.state is not ConveningState.FIXED:
        return False
    _check(convening.activation, occasion, act.at)
    before = ledger.instant(convening.starts_at)
    for name, value in asdict(occasion).items():
        setattr(convening, name, list(value) if name == "agenda" else value)
    convening.sequence += 1
    ledger.append(
        session,
        act,
        Noted.CONVENING_CHANGED,
        subject=ledger.subject_of(convening),
        data={
            "started_at": before,
            "starts_at": ledger.instant(occasion.starts_at),
            "ends_at": ledger.instant(occasion.ends_at),
            "sequence": convening.sequence,
        },
    )
    _ask_anew(session, act, convening)
    _tell_everybody(session, convening, act.at, settings)
    return True


def cancel(
    session: Session, act: Act, convening: Convening, *, reason: str, settings: Settings
) -> bool:
    """The meeting will not take place: everybody invited is told, and every calendar drops it."""
    if convening.state is not ConveningState.FIXED:
        return False
    convening.sequence += 1
    because = Because(private={"reason": reason})
    if not ledger.move(
        session, act, convening, ConveningEvent.CANCELLED, closed_at=act.at, because=because
    ):
        return False
    _tell_everybody(session, convening, act.at, settings)
    return True


def _ask_anew(session: Session, act: Act, convening: Convening) -> None:
    """An answer was about the old time: it stays in the ledger, and is asked for again."""
    for attendance in convening.attendances:
        if attendance.answer is not AttendanceAnswer.INVITED:
            take_attendance(
                session, act, convening, attendance.member_code, AttendanceAnswer.INVITED
            )


def _tell_everybody(
    session: Session, convening: Convening, now: datetime, settings: Settings
) -> None:
    for notice in convening.activation.notices:
        for contact in _invited(notice):
            _invite(session, convening, notice, contact, now, settings)


def _invited(notice: Notice) -> Iterator[ContactPoint]:
    for office in contacts.in_touch(notice):
        yield from contacts.addresses(office, compose.SENDABLE)


def _invite(
    session: Session,
    convening: Convening,
    notice: Notice,
    contact: ContactPoint,
    now: datetime,
    settings: Settings,
) -> None:
    office = contact.focal_point
    words = _words(convening, contact)
    seed = tokens.seed_for(tokens.TokenPurpose.MAIL, convening.activation, contact)
    tokens.issue(session, seed, key=settings.key, notice=notice, expires_at=None)
    to = To(
        dedupe_key=f"convening/{convening.id}/{convening.sequence}/{contact.id}",
        purpose=MessagePurpose.INVITATION,
        channel=contact.channel,
        address=contact.address,
        addressee=f"{office.office}, {office.member.display_name}",
        activation=convening.activation,
        notice=notice,
        contact_point=contact,
        priority=3,
        calendar=_calendar(convening, contact, words, now, settings),
        not_after=convening.ends_at,
    )
    queue.queue(session, to, words, now=now)


def _words(convening: Convening, contact: ContactPoint) -> Words:
    activation, office = convening.activation, contact.focal_point
    values = {
        "kind": activation.kind.value,
        "reference": activation.situation.reference,
        "title": activation.plan["facts"]["title"],
        "office": office.office,
        "member_name": office.member.display_name,
        "zone": office.zone,
        "convening": convening,
        "news": _news(convening),
        "marking": activate.pinned(activation).wording.marking.value,
    }
    return templates.write("invitation", contact.channel, values)


def _news(convening: Convening) -> str:
    """What the text is: an invitation, a changed one, or its end."""
    if convening.state is ConveningState.CANCELLED:
        return "Cancelled"
    return "Changed" if convening.sequence else "Invitation"


def _calendar(
    convening: Convening, contact: ContactPoint, words: Words, now: datetime, settings: Settings
) -> str:
    if contact.channel is not Channel.EMAIL:
        return ""
    over = convening.state is ConveningState.CANCELLED
    return icalendar.invite(
        method=CalendarMethod.CANCEL if over else CalendarMethod.REQUEST,
        uid=convening.uid,
        sequence=convening.sequence,
        starts_at=convening.starts_at,
        ends_at=convening.ends_at,
        summary=words.subject,
        description=words.body,
        location=convening.place,
        organizer=f"{templates.hole('organizer')}@{settings.reply_domain}",
        attendee=contact.address,
        attendee_name=contact.focal_point.office,
        stamp=now,
    ).decode()


def take_attendance(
    session: Session,
    act: Act,
    convening: Convening,
    member_code: str,
    answer: AttendanceAnswer,
    *,
    delegate: str = "",
) -> None:
    """A member's part in the meeting; the last word counts, every word is in the ledger."""
    attendance = session.get_one(Attendance, (convening.id, member_code))
    attendance.answer, attendance.delegate, attendance.changed_at = answer, delegate[:120], act.at
    ledger.append(
        session,
        act,
        Noted.ATTENDANCE_RECORDED,
        subject=ledger.subject_of(convening),
        data={"member": member_code, "answer": answer.value},
        private={"delegate": delegate} if delegate else None,
    )


_EVENT: Final = {PointKind.POINT: Noted.POINT_NOTED, PointKind.DECISION: Noted.DECISION_NOTED}


def note_point(
    session: Session, act: Act, convening: Convening, *, item: int, kind: PointKind, text: str
) -> Point:
    """Note what was said or decided under an agenda item, without attribution."""
    point = Point(convening_id=convening.id, item=item, kind=kind, text=text, noted_at=act.at)
    session.add(point)
    session.flush()
    session.expire(convening, ["points"])
    ledger.append(
        session,
        act,
        _EVENT[kind],
        subject=ledger.Subject(convening.log, "point", str(point.id)),
        data={"item": item},
        private={"text": text},
    )
    return point


def note_follow_up(
    session: Session,
    act: Act,
    convening: Convening,
    *,
    action: str,
    owner: str,
    due_on: date | None,
) -> FollowUp:
    """Note what somebody has undertaken to do."""
    follow_up = FollowUp(
        convening_id=convening.id,
        number=len(convening.follow_ups) + 1,
        action=action,
        owner=owner,
        due_on=due_on,
        noted_at=act.at,
    )
    session.add(follow_up)
    session.flush()
    session.expire(convening, ["follow_ups"])
    ledger.append(
        session,
        act,
        Noted.FOLLOW_UP_ASSIGNED,
        subject=ledger.Subject(convening.log, "follow_up", str(follow_up.id)),
        data={"number": follow_up.number, "owner": owner},
        private={"action": action},
    )
    return follow_up


def close(session: Session, act: Act, convening: Convening) -> bool:
    """The meeting was held; who was invited and did not come is absent. False if closed before."""
    if convening.state is not ConveningState.FIXED:
        return False
    if not ledger.move(
        session,
        act,
        convening,
        ConveningEvent.HELD,
        closed_at=act.at,
        because=Because(data={"attended": _present(convening)}),
    ):
        return False
    for attendance in convening.attendances:
        if attendance.answer in {AttendanceAnswer.INVITED, AttendanceAnswer.CONFIRMED}:
            take_attendance(
                session, act, convening, attendance.member_code, AttendanceAnswer.ABSENT
            )
    return True


def _present(convening: Convening) -> list[str]:
    came = {AttendanceAnswer.ATTENDED, AttendanceAnswer.DELEGATED}
    return [a.member_code for a in convening.attendances if a.answer in came]
