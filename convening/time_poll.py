"""Poll: put times to the members, take what they say of them, and fix the meeting at one.

A time that a member proposes itself is kept beside them. Nothing is fixed by counting: a co-chair
does that, with the counts before her.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import meeting
from convening.meeting import CannotMeetError, Occasion
from convening.messages import compose
from convening.messages.compose import About, Line
from mechanism import poll as rule
from mechanism.lifecycle import ACTIVATION_ENDS, PollEvent, PollState
from mechanism.poll import Availability, Count, NotTaken
from mechanism.vocabulary import Channel, Door, MessagePurpose
from notifications.content import templates
from settings import Settings
from store import capabilities, contacts, directory, ledger
from store.act import Act, Actor
from store.events import Noted
from store.ledger import Because
from store.tables import (
    Activation,
    ContactPoint,
    Convening,
    FocalPoint,
    Notice,
    Poll,
    Reply,
    Slot,
    SlotAnswer,
)


class CannotAskError(Exception):
    """The times cannot be put to the members; the words say why."""


class Took(StrEnum):
    """What became of a time that a member proposed."""

    VOTE = "vote"  # it is one of those that are asked about, and counts as: can
    PROPOSAL = "proposal"  # kept beside them, for a co-chair to see
    TOO_LATE = "too_late"  # it is in the past, or the activation has ended: nothing is kept


@dataclass(frozen=True)
class AnswerOrigin:
    """By whom, by which door and with what evidence a word about times came."""

    door: Door
    actor: Actor
    reply: Reply | None = None


def ask(
    session: Session,
    act: Act,
    activation: Activation,
    occasion: Occasion,
    times: Sequence[datetime],
    *,
    closes_at: datetime,
    settings: Settings,
) -> Poll:
    """Put up to three times to everybody asked; `occasion` is the meeting but for its time.

    CannotAskError says what is wrong with it.
    """
    _check(session, activation, times, closes_at, act.at)
    poll = Poll(
        activation=activation,
        number=1 + len(polls(session, activation)),
        state=PollState.OPEN,
        occasion=_kept(occasion),
        closes_at=closes_at,
        opened_by=act.signature,
        opened_at=act.at,
        slots=[Slot(number=n, starts_at=at) for n, at in enumerate(sorted(times), start=1)],
    )
    session.add(poll)
    session.flush()
    _note_opening(session, act, poll)
    _tell_everybody(session, poll, act.at, settings)
    return poll


def _note_opening(session: Session, act: Act, poll: Poll) -> None:
    ledger.append(
        session,
        act,
        Noted.POLL_OPENED,
        subject=ledger.subject_of(poll),
        data={
            "times": [ledger.instant(slot.starts_at) for slot in poll.slots],
            "closes_at": ledger.instant(poll.closes_at),
            "asked": [notice.member_code for notice in poll.activation.notices],
        },
    )


def _check(
    session: Session,
    activation: Activation,
    times: Sequence[datetime],
    closes_at: datetime,
    now: datetime,
) -> None:
    if activation.state in ACTIVATION_ENDS:
        raise CannotAskError(f"the activation is {activation.state.value.replace('_', ' ')}")
    if open_poll(session, activation) is not None:
        raise CannotAskError("times are asked about already")
    for fault in rule.faults_of(times, closes_at=closes_at, now=now):
        raise CannotAskError(fault)


def _kept(occasion: Occasion) -> dict[str, Any]:
    return {
        "minutes": round((occasion.ends_at - occasion.starts_at).total_seconds() / 60),
        "level": occasion.level,
        "modality": occasion.modality,
        "place": occasion.place,
        "dial_in": occasion.dial_in,
        "agenda": list(occasion.agenda),
    }


def occasion_at(poll: Poll, starts_at: datetime) -> Occasion:
    """The meeting as it would be at this time."""
    kept = poll.occasion
    return Occasion(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=kept["minutes"]),
        level=kept["level"],
        modality=kept["modality"],
        place=kept["place"],
        dial_in=kept["dial_in"],
        agenda=tuple(kept["agenda"]),
    )


def _tell_everybody(session: Session, poll: Poll, now: datetime, settings: Settings) -> None:
    activation = poll.activation
    about = compose.about(
        activation,
        directory.co_chairs(session),
        now=now,
        settings=settings,
        overrides=capabilities.overrides(session),
    )
    for notice in activation.notices:
        for line in _lines(poll, notice, about):
            key = f"poll/{poll.id}/{line.contact.id}"
            compose.queue_line(
                session, activation, notice, line, now=now, settings=settings, key=key
            )


def _lines(poll: Poll, notice: Notice, about: About) -> Iterator[Line]:
    for office in contacts.in_touch(notice):
        for contact in contacts.addresses(office, compose.SENDABLE):
            yield _line(poll, about, office, contact)


def _line(poll: Poll, about: About, office: FocalPoint, contact: ContactPoint) -> Line:
    values = {
        **about.words,
        "office": office.office,
        "member_name": office.member.display_name,
        "zone": office.zone,
        "poll": poll,
        "links": contact.channel is Channel.EMAIL or about.can(office).links,
    }
    words = templates.write("times_asked", contact.channel, values)
    return Line(office.member, office, contact, MessagePurpose.POLL, 0, words, priority=3)


def record_slot_answer(
    session: Session,
    activation: Activation,
    member_code: str,
    answers: Mapping[datetime, bool],
    *,
    heard: AnswerOrigin,
    now: datetime,
) -> NotTaken | None:
    """Keep what a member says of the times that are asked about; why not, where it is not taken."""
    poll = latest(session, activation)
    if poll is None:
        return NotTaken.CLOSED
    refused = rule.refused(
        answers,
        [slot.starts_at for slot in poll.slots],
        is_open=is_answerable(poll),
        closes_at=poll.closes_at,
        now=now,
    )
    if refused is not None:
        return refused
    for at, can in sorted(answers.items()):
        _keep(session, activation, member_code, at, can=can, heard=heard, now=now)
    _write_down(session, poll, Noted.SLOT_ANSWERED, member_code, answers, heard, now)
    return None


def take_proposed_time(
    session: Session,
    activation: Activation,
    member_code: str,
    starts_at: datetime,
    *,
    heard: AnswerOrigin,
    now: datetime,
) -> Took:
    """A member asks for a time, as by its calendar: a yes to one that is asked about, or its own.

    It is asked by nobody whether the member cannot at any other.
    """
    starts_at = starts_at.astimezone(UTC)
    if activation.state in ACTIVATION_ENDS or starts_at <= now:
        return Took.TOO_LATE
    refused = record_slot_answer(
        session, activation, member_code, {starts_at: True}, heard=heard, now=now
    )
    if refused is None:
        return Took.VOTE
    _keep(session, activation, member_code, starts_at, can=True, heard=heard, now=now)
    _write_down(
        session, activation, Noted.SLOT_PROPOSED, member_code, {starts_at: True}, heard, now
    )
    return Took.PROPOSAL


def _keep(
    session: Session,
    activation: Activation,
    member_code: str,
    starts_at: datetime,
    *,
    can: bool,
    heard: AnswerOrigin,
    now: datetime,
) -> None:
    """The last word counts; every word is in the ledger."""
    own = session.scalars(
        select(SlotAnswer).where(
            SlotAnswer.activation_id == activation.id,
            SlotAnswer.member_code == member_code,
            SlotAnswer.starts_at == starts_at,
        )
    ).first()
    if own is None:
        own = SlotAnswer(activation_id=activation.id, member_code=member_code, starts_at=starts_at)
        session.add(own)
    own.can, own.door, own.at = can, heard.door, now
    session.flush()


def _write_down(
    session: Session,
    about: Poll | Activation,
    event: Noted,
    member_code: str,
    answers: Mapping[datetime, bool],
    heard: AnswerOrigin,
    now: datetime,
) -> None:
    ledger.append(
        session,
        Act(heard.actor, now),
        event,
        subject=ledger.subject_of(about),
        evidence=ledger.evidence_of(heard.reply),
        data={
            "member": member_code,
            "door": heard.door.value,
            "can": [ledger.instant(at) for at, can in sorted(answers.items()) if can],
            "cannot": [ledger.instant(at) for at, can in sorted(answers.items()) if not can],
        },
    )


def polls(session: Session, activation: Activation) -> Sequence[Poll]:
    """Every poll of an activation, the first first."""
    query = select(Poll).where(Poll.activation_id == activation.id)
    return session.scalars(query.order_by(Poll.number)).all()


def latest(session: Session, activation: Activation) -> Poll | None:
    """The poll that was opened last, whatever became of it."""
    every = polls(session, activation)
    return every[-1] if every else None


def open_poll(session: Session, activation: Activation) -> Poll | None:
    """The poll that nobody has ended yet, its hour past or not."""
    poll = latest(session, activation)
    return poll if poll is not None and poll.state is PollState.OPEN else None


def is_answerable(poll: Poll) -> bool:
    """Whether members are asked, as far as its state goes; its hour may have passed."""
    return poll.state is PollState.OPEN and poll.activation.state not in ACTIVATION_ENDS


def said_by(session: Session, poll: Poll, member_code: str) -> dict[datetime, bool]:
    """What a member has said of the poll's times."""
    times = {slot.starts_at for slot in poll.slots}
    said = (a for a in _answers(session, poll.activation) if a.member_code == member_code)
    return {answer.starts_at: answer.can for answer in said if answer.starts_at in times}


def counts(session: Session, poll: Poll) -> tuple[Count, ...]:
    """Who can, who cannot and who has not said, time by time."""
    activation = poll.activation
    asked = [notice.member_code for notice in activation.notices]
    return rule.counts(
        [slot.starts_at for slot in poll.slots],
        [
            Availability(a.member_code, a.starts_at, a.can, a.at)
            for a in _answers(session, activation)
        ],
        asked=asked,
        quorum=meeting.quorum_of(activation),
    )


def proposed(session: Session, activation: Activation, *, now: datetime) -> list[SlotAnswer]:
    """Times to come that members have proposed of their own accord, the soonest first."""
    asked = polls(session, activation)
    return [
        answer
        for answer in _answers(session, activation)
        if answer.can and answer.starts_at > now and not _was_asked(answer, asked)
    ]


def _was_asked(answer: SlotAnswer, asked: Sequence[Poll]) -> bool:
    """Whether it answers a poll: the same time named after its end is a proposal again."""
    return any(
        slot.starts_at == answer.starts_at
        for poll in asked
        if poll.ended_at is None or answer.at <= poll.ended_at
        for slot in poll.slots
    )


def _answers(session: Session, activation: Activation) -> Sequence[SlotAnswer]:
    query = select(SlotAnswer).where(SlotAnswer.activation_id == activation.id)
    return session.scalars(query.order_by(SlotAnswer.starts_at, SlotAnswer.member_code)).all()


def fix(
    session: Session, act: Act, poll: Poll, starts_at: datetime, *, settings: Settings
) -> Convening:
    """Fix the meeting at one of the poll's times; CannotMeetError where that cannot be."""
    if starts_at not in {slot.starts_at for slot in poll.slots}:
        raise CannotMeetError("this time was not put to the members")
    if poll.state is not PollState.OPEN:
        raise CannotMeetError("the poll has ended already")
    counted = {count.starts_at: count for count in counts(session, poll)}[starts_at]
    data: dict[str, ledger.Json] = {
        "starts_at": ledger.instant(starts_at),
        "can": list(counted.can),
        "cannot": list(counted.cannot),
        "silent": list(counted.silent),
    }
    if not ledger.move(
        session, act, poll, PollEvent.FIXED, ended_at=act.at, because=Because(data=data)
    ):
        raise CannotMeetError("the poll has ended already")
    return meeting.fix(
        session, act, poll.activation, occasion_at(poll, starts_at), settings=settings
    )


def cancel(session: Session, act: Act, poll: Poll) -> bool:
    """None of the times is wanted, or another was fixed; False where it had ended already."""
    if poll.state is not PollState.OPEN:
        return False
    return ledger.move(session, act, poll, PollEvent.CANCELLED, ended_at=act.at)
