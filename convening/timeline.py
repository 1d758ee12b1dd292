"""What has happened in an activation, in one sentence an event?

The sentences come from ledger entries alone; the board's timeline and the record's chronology are
these. An event without a sentence here is in neither; the review shows every one.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from mechanism import wording
from mechanism.durations import span
from mechanism.ladder import Purpose, chief_purpose
from mechanism.vocabulary import Door
from store.tables import Activation, LedgerEntry, Member, Message, Notice

_RUNG: Final = {
    Purpose.FIRST_NOTICE: "First messages",
    Purpose.REMINDER: "Reminder",
    Purpose.ESCALATION: "Next office asked: messages",
}

_FACTS: Final = {
    "cm.activation.triggered.v1": "{government} triggered the situation",
    "cm.concurrence.agreed.v1": "{government} agreed as co-chair {how}",
    "cm.activation.proceeded_alone.v1": "The time-out passed: sent without the other co-chair",
    "cm.activation.resumed.v1": "{government} resumed",
    "cm.notice.ladder_ended.v1": "{member}: no step is left, a person is needed",
    "cm.convening.fixed.v1": "A meeting was fixed",
    "cm.convening.held.v1": "The meeting was held",
    "cm.poll.opened.v1": "The members were asked which time suits",
    "cm.poll.cancelled.v1": "The poll of times was ended",
    "cm.slot.answered.v1": "{member} said which times it can {how}",
    "cm.slot.proposed.v1": "{member} proposed a time {how}",
    "cm.notice_text.issued.v1": "A further text was sent to all",
    "cm.call.recorded.v1": "{member}: a call was recorded",
    "cm.call.ended.v1": "{member}: called, {end}",
    "cm.answer.added.v1": "{member}: a further answer was kept",
    "cm.links.taken_back.v1": "{member}: its links were taken back",
    "cm.record.adopted.v1": "The record was adopted",
}
_BAD: Final = {
    "cm.concurrence.objected.v1": "{government} objected {how}: further steps are paused",
    "cm.activation.withdrawn.v1": "The activation was withdrawn",
    "cm.activation.lapsed.v1": "The time-out passed: withdrawn without sending",
    "cm.message.refused.v1": "{member}: {channel} failed",
    "cm.message.undelivered.v1": "{member}: {channel} failed",
    "cm.message.bounced.v1": "{member}: {channel} bounced",
    "cm.message.lost_sight_of.v1": "{member}: not known whether the {channel} was sent",
}
_ENDS: Final = {
    "cm.activation.stood_down.v1": "{government} stood the activation down",
    "cm.activation.closed.v1": "{government} closed the activation",
}
ANSWERED: Final = "cm.notice.answered.v1"
RUNG: Final = "cm.notice.rung_taken.v1"
FIRST_OUT: Final = "cm.message.accepted.v1"
TYPES: Final = frozenset({*_FACTS, *_BAD, *_ENDS, ANSWERED, RUNG})


@dataclass(frozen=True)
class Event:
    """One line of the timeline; `style` is ack, bad or empty."""

    at: datetime
    sentence: str
    style: str


def timeline(session: Session, activation: Activation) -> list[Event]:
    """The events of an activation's log that have a sentence, the oldest first."""
    names = {m.code: m.display_name for m in session.scalars(select(Member))}
    query = (
        select(LedgerEntry)
        .where(LedgerEntry.log == activation.log, LedgerEntry.type.in_(TYPES))
        .order_by(LedgerEntry.id)
    )
    entries = list(session.scalars(query))
    events = list(_told(entries, names, _messages(session, entries)))
    first = first_out(session, activation)
    if first is not None:
        after = span(first - activation.triggered_at)
        sentence = f"First message left {after} after the trigger"
        events.append(Event(first, sentence, ""))
    return sorted(events, key=lambda event: event.at)


def number_of_events(session: Session, log: str) -> int:
    """How many events a log holds."""
    return session.scalar(select(func.count()).where(LedgerEntry.log == log)) or 0


def last_change(session: Session, log: str) -> datetime | None:
    """When the newest event of a log was written."""
    query = select(LedgerEntry.at).where(LedgerEntry.log == log)
    return session.scalar(query.order_by(LedgerEntry.id.desc()).limit(1))


def _told(
    entries: list[LedgerEntry], names: Mapping[str, str], messages: Mapping[str, Message]
) -> Iterator[Event]:
    """One event an entry, but the rungs that were taken together are one."""
    rungs: dict[tuple[datetime, str], int] = {}
    for entry in entries:
        body = json.loads(entry.body)
        data = body["data"]
        if entry.type == RUNG:
            key = (entry.at, _purpose(data))
            rungs[key] = rungs.get(key, 0) + 1
        elif entry.type == ANSWERED:
            yield Event(
                entry.at, f"{names[data['member']]} acknowledged {_how(data)}".strip(), "ack"
            )
        else:
            yield _sentence(entry, data, names, messages.get(body["subject"]))
    for (at, purpose), number in rungs.items():
        yield Event(at, f"{purpose} to {number} member{'s' if number != 1 else ''}", "")


def _how(data: Mapping[str, Any]) -> str:
    return wording.BY_DOOR[Door(data["door"])] if "door" in data else ""


def _purpose(data: Mapping[str, Any]) -> str:
    return _RUNG[chief_purpose([Purpose(one) for one in data.get("purposes", ())])]


def _sentence(
    entry: LedgerEntry, data: Mapping[str, Any], names: Mapping[str, str], message: Message | None
) -> Event:
    shape = {**_FACTS, **_BAD, **_ENDS}[entry.type]
    government = data["actor"]["government"]
    notice: Notice | None = message.notice if message else None
    code = notice.member_code if notice else str(data.get("member", ""))
    sentence = shape.format(
        government=names.get(government, "The system"),
        member=names.get(code, "A duty office"),
        channel=wording.MESSAGE[message.channel] if message else "message",
        end=str(data.get("end", "")).replace("_", " "),
        how=_how(data),
    )
    style = "bad" if entry.type in _BAD else "ack" if entry.type.endswith("agreed.v1") else ""
    return Event(entry.at, sentence, style)


def _messages(session: Session, entries: list[LedgerEntry]) -> dict[str, Message]:
    """The messages that the entries are about, by the entries' own word for them."""
    subjects = {json.loads(entry.body)["subject"] for entry in entries}
    ids = [int(s.partition("/")[2]) for s in subjects if s.startswith("message/")]
    query = select(Message).where(Message.id.in_(ids)).options(joinedload(Message.notice))
    return {f"message/{message.id}": message for message in session.scalars(query)}


def first_out(session: Session, activation: Activation) -> datetime | None:
    """When the first message of an activation was handed over."""
    query = select(LedgerEntry.at).where(
        LedgerEntry.log == activation.log, LedgerEntry.type == FIRST_OUT
    )
    return session.scalar(query.order_by(LedgerEntry.id).limit(1))
