"""How does a text become a message that will be sent?

Queue in the transaction that causes it: it exists as a committed row before any provider hears of
it, and under one key it is queued once.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from mechanism.lifecycle import (
    MessageEvent,
    MessageState,
)
from mechanism.vocabulary import (
    LADDER_PURPOSES,
    Channel,
    MessagePurpose,
)
from notifications.content.templates import Words
from notifications.provider import (
    Outgoing,
)
from store import ledger
from store.act import ENGINE, by_engine
from store.events import Noted
from store.ledger import Because
from store.tables import Activation, ContactPoint, Message, Need, Notice


@dataclass(frozen=True)
class To:
    """To whom, by what, and why; the dedupe key makes a second queueing of the same a no-op."""

    dedupe_key: str
    purpose: MessagePurpose
    channel: Channel
    address: str
    addressee: str
    activation: Activation | None = None
    notice: Notice | None = None
    contact_point: ContactPoint | None = None
    need: Need | None = None
    rung: int | None = None
    priority: int = 5
    in_reply_to: str = ""
    calendar: str = ""
    not_after: datetime | None = None


@dataclass(frozen=True)
class Claimed:
    """An attempt that is committed and may now be made, by whoever holds this."""

    attempt_id: int
    outgoing: Outgoing
    provider: str


def queue(session: Session, to: To, words: Words, *, now: datetime) -> Message | None:
    """Commit it with the caller's transaction; None where this key was queued before."""
    made = queue_all(session, [(to, words)], now=now)
    return made[0] if made else None


def queue_all(
    session: Session, texts: Iterable[tuple[To, Words]], *, now: datetime
) -> list[Message]:
    """Put many texts into the outbox; the messages of those that were not queued before."""
    by_key = {to.dedupe_key: (to, words) for to, words in texts}
    before = set(session.scalars(_KEYS_QUEUED, {"keys": list(by_key)}))
    fresh = [text for key, text in by_key.items() if key not in before]
    made = [_message(to, words, now) for to, words in fresh]
    session.add_all(made)
    session.flush()
    queued = [_queued(message, to) for message, (to, _) in zip(made, fresh, strict=True)]
    ledger.append_all(session, queued, now=now)
    return made


_KEYS_QUEUED: Final = select(Message.dedupe_key).where(
    Message.dedupe_key.in_(bindparam("keys", expanding=True))
)


def _message(to: To, words: Words, now: datetime) -> Message:
    return Message(
        dedupe_key=to.dedupe_key,
        activation_id=_id(to.activation),
        notice_id=_id(to.notice),
        contact_point_id=_id(to.contact_point),
        need_id=_id(to.need),
        in_reply_to=to.in_reply_to,
        channel=to.channel,
        address=to.address,
        addressee=to.addressee,
        purpose=to.purpose,
        rung=to.rung,
        subject=words.subject,
        body=words.body,
        html=words.html,
        calendar=to.calendar,
        body_hash=_hash_of(words),
        language=words.language,
        priority=to.priority,
        queued_at=now,
        due_at=now,
        not_after=to.not_after,
    )


def _queued(message: Message, to: To) -> ledger.Entry:
    because = Because(
        evidence=(f"sha256:{message.body_hash}",),
        data={
            "purpose": to.purpose.value,
            "channel": to.channel.value,
            "notice": message.notice_id,
            "rung": to.rung,
        },
        private={"address": to.address},
    )
    subject = ledger.Subject(message.log, "message", str(message.id))
    return ledger.Entry(Noted.MESSAGE_QUEUED, subject, ENGINE, because)


def _id(row: Activation | Notice | ContactPoint | Need | None) -> int | None:
    return row.id if row is not None else None


def _hash_of(words: Words) -> str:
    return hashlib.sha256(f"{words.subject}\0{words.body}\0{words.html}".encode()).hexdigest()


def call_off(session: Session, notice: Notice, *, now: datetime) -> int:
    """The member has answered, or the activation has ended: nothing queued by the ladder leaves."""
    query = select(Message).where(
        Message.notice_id == notice.id,
        Message.state == MessageState.QUEUED,
        Message.purpose.in_(LADDER_PURPOSES),
    )
    messages = session.scalars(query).all()
    return len(ledger.move_all(session, by_engine(now), messages, MessageEvent.CALLED_OFF))
