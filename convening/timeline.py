"""What has happened in an activation, in one sentence an event?

The sentences are those of `store.events`, filled with what the entries say; the board's timeline
and the record's chronology are these. An event without a tone is in neither; the review shows
every one.
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
from mechanism.vocabulary import Channel, Door
from store.events import CATALOGUE, LedgerEvent, Moved
from store.tables import Activation, LedgerEntry, Member, Message, Notice

_RUNG: Final = {
    Purpose.FIRST_NOTICE: "First messages",
    Purpose.REMINDER: "Reminder",
    Purpose.ESCALATION: "Next office asked: messages",
}

TYPES: Final = frozenset(event for event in CATALOGUE.values() if event.tone is not None)


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
        if entry.type == Moved.NOTICE_RUNG_TAKEN:
            key = (entry.at, _purpose(body["data"]))
            rungs[key] = rungs.get(key, 0) + 1
        else:
            yield _line(entry, body["data"], names, messages.get(body["subject"]))
    for (at, purpose), number in rungs.items():
        members = f"{number} member{'s' if number != 1 else ''}"
        told = Moved.NOTICE_RUNG_TAKEN.sentence.format(purpose=purpose, member=members)
        yield Event(at, told, "")


def _line(
    entry: LedgerEntry, data: Mapping[str, Any], names: Mapping[str, str], message: Message | None
) -> Event:
    event = CATALOGUE[entry.type]
    notice: Notice | None = message.notice if message else None
    code = notice.member_code if notice else str(data.get("member", ""))
    told = sentence(
        event,
        data,
        names,
        member=names.get(code, "A duty office"),
        channel=message.channel if message else None,
    )
    return Event(entry.at, told, str(event.tone or ""))


def sentence(
    event: LedgerEvent,
    data: Mapping[str, Any],
    names: Mapping[str, str],
    *,
    member: str,
    channel: Channel | None,
) -> str:
    """What a person reads of an event; `names` are those of the members by their codes.

    Where no member is known, `member` is empty and the sentence begins without it.
    """
    said = event.sentence.format(
        government=names.get(data["actor"]["government"], "The system"),
        member=member,
        channel=wording.MESSAGE[channel] if channel else "message",
        end=str(data.get("end", "")).replace("_", " "),
        how=wording.BY_DOOR[Door(data["door"])] if "door" in data else "",
        purpose=_purpose(data),
    ).strip()
    if member:
        return said
    begun = said.removeprefix(": ")
    return begun[:1].upper() + begun[1:]


def _purpose(data: Mapping[str, Any]) -> str:
    return _RUNG[chief_purpose([Purpose(one) for one in data.get("purposes", ())])]


def _messages(session: Session, entries: list[LedgerEntry]) -> dict[str, Message]:
    """The messages that the entries are about, by the entries' own word for them."""
    subjects = {json.loads(entry.body)["subject"] for entry in entries}
    ids = [int(s.partition("/")[2]) for s in subjects if s.startswith("message/")]
    query = select(Message).where(Message.id.in_(ids)).options(joinedload(Message.notice))
    return {f"message/{message.id}": message for message in session.scalars(query)}


def first_out(session: Session, activation: Activation) -> datetime | None:
    """When the first message of an activation was handed over."""
    query = select(LedgerEntry.at).where(
        LedgerEntry.log == activation.log, LedgerEntry.type == Moved.MESSAGE_ACCEPTED
    )
    return session.scalar(query.order_by(LedgerEntry.id).limit(1))
