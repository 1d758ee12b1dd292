"""Attend: what does a calendar's answer say about who comes?

A fact of its own beside the receipt that it proves. The UID names the meeting and ATTENDEE the
address that was invited; of several answers the newest counts, as the sender's calendar numbers
and dates them. An older one is kept, and flagged. Another time that somebody proposes stands beside
those that the members are asked about, or counts as a yes to one of them.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from convening import meeting, time_poll
from convening.time_poll import AnswerOrigin, Took
from mechanism.lifecycle import ConveningState
from mechanism.vocabulary import AttendanceAnswer, NeedCause
from notifications.content.templates import clock_time
from notifications.email.parse.parsed import CalendarReply
from store import ledger, needs
from store.act import Act, by_engine
from store.events import Noted
from store.tables import Attendance, ContactPoint, Convening, FocalPoint, Notice, Reply

COUNTER: Final = "COUNTER"
_PARTSTAT: Final = {
    "ACCEPTED": AttendanceAnswer.CONFIRMED,
    "DECLINED": AttendanceAnswer.REGRETS,
    "DELEGATED": AttendanceAnswer.DELEGATED,
}
_BECAME: Final = {
    Took.VOTE: "; it counts as a yes in the poll of times",
    Took.PROPOSAL: "; it stands on the page of the meeting",
    Took.TOO_LATE: "; it is in the past, or the activation has ended",
}


def by_calendar(
    session: Session, act: Act, calendar: CalendarReply, notice: Notice, reply: Reply
) -> None:
    """Take the attendance that it states, or say why it is not taken."""
    convening = _meeting(session, calendar, notice)
    if convening is None:
        _keep_beside(session, reply, notice, "it is about no meeting of this consultation", act.at)
        return
    if calendar.is_thing:
        _keep_beside(session, reply, notice, "a room or a vehicle answers by itself", act.at)
        return
    if not _was_invited(session, calendar, notice):
        _keep_beside(session, reply, notice, "its attendee is not an address on file", act.at)
        _ask_a_person(session, reply, notice, "answers for somebody who is not on file", act.at)
        return
    attendance = session.get(Attendance, (convening.id, notice.member_code))
    if attendance is None or _is_older(calendar, convening, attendance):
        _keep_beside(session, reply, notice, "a newer answer is known", act.at)
        return
    attendance.calendar_sequence = calendar.sequence
    attendance.calendar_stamp = calendar.stamp or attendance.calendar_stamp
    if calendar.method == COUNTER:
        _take_other_time(session, act, calendar, convening, notice, reply)
    answer = _answer(calendar)
    if answer is not None:
        meeting.take_attendance(session, act, convening, notice.member_code, answer)


def _meeting(session: Session, calendar: CalendarReply, notice: Notice) -> Convening | None:
    found = session.scalars(select(Convening).where(Convening.uid == calendar.uid)).first()
    if found is None or found.activation_id != notice.activation_id:
        return None
    return found if found.state is ConveningState.FIXED else None


def _was_invited(session: Session, calendar: CalendarReply, notice: Notice) -> bool:
    query = (
        select(ContactPoint.id)
        .join(ContactPoint.focal_point)
        .where(
            func.lower(ContactPoint.address) == calendar.attendee.lower(),
            FocalPoint.member_code == notice.member_code,
        )
    )
    return session.scalar(query.limit(1)) is not None


def _is_older(calendar: CalendarReply, convening: Convening, attendance: Attendance) -> bool:
    """Whether it is about an earlier time, or made before the calendar's answer that counts."""
    known = attendance.calendar_sequence
    if calendar.sequence < convening.sequence:
        return True
    if known is None or calendar.sequence != known:
        return known is not None and calendar.sequence < known
    stamp, last = calendar.stamp, attendance.calendar_stamp
    return stamp is not None and last is not None and stamp < last


def _answer(calendar: CalendarReply) -> AttendanceAnswer | None:
    """Who proposes another time has not said yes to this one."""
    answer = _PARTSTAT.get(calendar.partstat)
    if calendar.method == COUNTER and answer is not AttendanceAnswer.REGRETS:
        return None
    return answer


def _take_other_time(
    session: Session,
    act: Act,
    calendar: CalendarReply,
    convening: Convening,
    notice: Notice,
    reply: Reply,
) -> None:
    """Keep it for the co-chairs, who are told; only what a person proposes, and a beginning."""
    became, is_automatic = "", reply.answer is not None and reply.answer.automatic
    if calendar.starts_at and calendar.starts_at != convening.starts_at and not is_automatic:
        took = time_poll.take_proposed_time(
            session, notice.activation, notice.member_code, calendar.starts_at,
            heard=AnswerOrigin(reply.door, act.actor, reply), now=act.at,
        )  # fmt: skip
        became = _BECAME[took]
    _ask_a_person(session, reply, notice, f"proposes {_other_time(calendar)}{became}", act.at)


def _other_time(calendar: CalendarReply) -> str:
    if calendar.starts_at is None:
        return "another time for the meeting, without a zone that is known"
    until = f" to {clock_time(calendar.ends_at)}" if calendar.ends_at else ""
    return f"another time for the meeting: {clock_time(calendar.starts_at)}{until}"


def _keep_beside(session: Session, reply: Reply, notice: Notice, why: str, now: datetime) -> None:
    if reply.answer is not None:
        reply.answer.reason = f"{reply.answer.reason}; attendance unchanged: {why}"[:300]
    ledger.append(
        session,
        by_engine(now),
        Noted.CALENDAR_REPLY_KEPT_BESIDE,
        subject=ledger.subject_of(reply),
        data={"member": notice.member_code, "why": why},
    )


def _ask_a_person(session: Session, reply: Reply, notice: Notice, what: str, now: datetime) -> None:
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.UNCLEAR_REPLY,
        f"A calendar of {notice.member.display_name} {what}.",
        key=f"calendar/{reply.id}",
        activation=notice.activation,
        notice=notice,
        reply=reply,
    )
