"""How is what strangers send kept, before anybody reads it?

Every door does the same: the raw original is committed under an id that makes a second arrival of
the same thing a no-op, and only then is the stranger answered. Reading comes after.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as MailSession
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store import ledger
from store.session import Database
from store.tables import Attempt, Door, Receipt, Reply

LARGEST_MAIL: Final = 10 * 1024 * 1024


@dataclass(frozen=True)
class Heard:
    """Something that came in by a door, raw, with the door's own facts about it."""

    door: Door
    provider_id: str
    sender: str
    recipient: str
    raw: bytes
    envelope: Mapping[str, Any]


def keep(session: Session, heard: Heard, *, now: datetime) -> Reply | None:
    """Commit it raw with the caller's transaction; None if it was kept before."""
    reply = Reply(
        door=heard.door,
        provider_id=heard.provider_id,
        sender=heard.sender[:254],
        recipient=heard.recipient[:998],
        raw=heard.raw,
        sha256=hashlib.sha256(heard.raw).hexdigest(),
        envelope=dict(heard.envelope),
        received_at=now,
    )
    try:
        with session.begin_nested():
            session.add(reply)
    except IntegrityError:
        return None
    ledger.append(
        session,
        "cm.reply.kept.v1",
        subject=ledger.subject_of(reply),
        actor=ledger.Actor("focal_point", "unread"),
        now=now,
        evidence=(f"sha256:{reply.sha256}",),
        data={"door": heard.door.value},
        private={"sender": reply.sender},
    )
    return reply


def text_message(form: Sequence[tuple[str, str]]) -> Heard:
    """An inbound SMS webhook's form, exactly as it was posted."""
    fields = dict(form)
    return Heard(
        door=Door.SMS,
        provider_id=fields["MessageSid"],
        sender=fields.get("From", ""),
        recipient=fields.get("To", ""),
        raw=json.dumps(list(form), ensure_ascii=False).encode(),
        envelope={},
    )


def mail(raw: bytes, *, sender: str, recipients: Sequence[str], secure: bool) -> Heard:
    """A mail as the listener took it, with the envelope that it came in."""
    return Heard(
        door=Door.MAIL,
        provider_id=hashlib.sha256(raw + "\0".join(sorted(recipients)).encode()).hexdigest(),
        sender=sender,
        recipient=", ".join(recipients),
        raw=raw,
        envelope={"mail_from": sender, "rcpt_tos": list(recipients), "tls": secure},
    )


def keep_receipt(
    session: Session, attempt: Attempt | None, form: Mapping[str, str], *, now: datetime
) -> bool:
    """Commit a provider's word, raw; False if the same word was kept before."""
    provider_id, status = form["MessageSid"], form.get("MessageStatus", "")
    known = select(Receipt.id).where(Receipt.provider_id == provider_id, Receipt.status == status)
    if session.scalar(known) is not None:
        return False
    receipt = Receipt(
        attempt_id=attempt.id if attempt is not None else None,
        provider_id=provider_id,
        status=status[:32],
        code=form.get("ErrorCode", "")[:32],
        raw=dict(form),
        received_at=now,
    )
    try:
        with session.begin_nested():
            session.add(receipt)
    except IntegrityError:
        return False
    return True


class MailDoor:
    """The listener for mail to our reply addresses: 250 only after the commit.

    Runs in a thread of its own; `kept` is called afterwards with the reply's id, so that it is read
    at once. If that fails the reply stays KEPT, and the engine's next look reads it.
    """

    def __init__(
        self, database: Database, now: Callable[[], datetime], kept: Callable[[int], None]
    ) -> None:
        self._database, self._now, self._kept = database, now, kept
        self._readings: set[asyncio.Task[None]] = set()

    async def handle_DATA(self, server: SMTP, session: MailSession, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail and say so, once for each recipient where the protocol asks for that."""
        secure = session.ssl is not None
        reply_id = await asyncio.to_thread(self._keep, envelope, secure)
        if reply_id is not None:
            reading = asyncio.create_task(asyncio.to_thread(self._kept, reply_id))
            self._readings.add(reading)  # or it may be collected before it has run
            reading.add_done_callback(self._readings.discard)
        answers = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        return "\r\n".join(["250 kept"] * answers)

    def _keep(self, envelope: Envelope, secure: bool) -> int | None:  # noqa: FBT001
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        heard = mail(
            raw, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos, secure=secure
        )
        with self._database.transaction() as session:
            reply = keep(session, heard, now=self._now())
            return reply.id if reply is not None else None


class _Listener(Controller):
    """aiosmtpd's controller, speaking LMTP where the site's own MTA wants it."""

    def __init__(self, door: MailDoor, *, host: str, port: int, lmtp: bool) -> None:
        self._protocol = _LongLinesLmtp if lmtp else _LongLinesSmtp
        super().__init__(door, hostname=host, port=port)

    def factory(self) -> SMTP:
        return self._protocol(self.handler, data_size_limit=LARGEST_MAIL, ident="kept here")


class _LongLinesSmtp(SMTP):
    line_length_limit = 100_000  # RFC 5321 says 1,000; a longer line is no reason to lose an answer


class _LongLinesLmtp(LMTP):
    line_length_limit = 100_000


def listen_for_mail(door: MailDoor, *, host: str, port: int, lmtp: bool) -> Callable[[], None]:
    """Start the listener; call what comes back to stop it."""
    listener = _Listener(door, host=host, port=port, lmtp=lmtp)
    listener.start()
    return listener.stop
