"""How is what strangers send kept, before anybody reads it?

Every door does the same: the raw original is committed under an id that makes a second arrival of
the same thing a no-op, and only then is the stranger answered. Reading comes after.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from mechanism.vocabulary import Door
from notifications.hook import CallReport, DeliveryReport, Heard
from store import ledger
from store.act import Actor
from store.events import Noted
from store.ledger import Because, Entry, Subject
from store.tables import Attempt, Base, Receipt, Reply

KEPT_WHOLE: Final = 10 * 1024 * 1024  # of a larger mail the beginning is kept, and that it was cut
LARGEST_MAIL: Final = (
    40 * 1024 * 1024
)  # more than any mail server or provider that we know hands on

_REPLIES: Final = Base.metadata.tables[Reply.__tablename__]
_KNOWN_BY: Final = ("door", "provider", "provider_id")


@dataclass(frozen=True)
class Kept:
    """What has just been kept, and was not known."""

    id: int
    door: Door
    provider: str
    provider_id: str

    @property
    def known_by(self) -> tuple[Door, str, str]:
        """What makes a second arrival a repetition."""
        return self.door, self.provider, self.provider_id


def keep(session: Session, heard: Heard, *, now: datetime) -> Reply | None:
    """Commit it raw with the caller's transaction; None if it was kept before."""
    fresh = keep_all(session, [heard], now=now)
    return session.get_one(Reply, fresh[0].id) if fresh else None


def keep_all(session: Session, heard: Sequence[Heard], *, now: datetime) -> list[Kept]:
    """Commit them raw with the caller's transaction; those that had not been kept before."""
    rows = {tuple(row[name] for name in _KNOWN_BY): row for row in (_row(h, now) for h in heard)}
    if not rows:
        return []
    new = session.connection().execute(_insert_unless_kept(session), list(rows.values()))
    fresh = [Kept(row.id, row.door, row.provider, row.provider_id) for row in new]
    entries = [_entry(kept, rows[kept.known_by]) for kept in fresh]
    ledger.append_all(session, entries, now=now)
    return fresh


def _insert_unless_kept(session: Session) -> ReturningInsert[Any]:
    """Of the table and not of its class, which takes a third of the time more in a storm."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    new = (postgresql.insert if is_postgresql else sqlite.insert)(_REPLIES)
    unless_kept = new.on_conflict_do_nothing(index_elements=_KNOWN_BY)
    return unless_kept.returning(_REPLIES.c.id, *(_REPLIES.c[name] for name in _KNOWN_BY))


def _row(heard: Heard, now: datetime) -> dict[str, Any]:
    return {
        "door": heard.door,
        "provider": heard.provider,
        "provider_id": _storable(heard.provider_id)[:200],
        "sender": _storable(heard.sender)[:254],
        "recipient": _storable(heard.recipient)[:998],
        "text": _storable(heard.text),
        "raw": heard.raw,
        "sha256": hashlib.sha256(heard.raw).hexdigest(),
        "envelope": json.loads(_storable(json.dumps(dict(heard.envelope), ensure_ascii=False))),
        "received_at": now,
    }


def _storable(text: str) -> str:
    """Without what no database takes in a text: NUL, and halves of characters."""
    whole = text.encode("utf-8", "replace").decode()
    return whole.replace("\0", "\ufffd").replace("\\u0000", "\ufffd")


def _entry(kept: Kept, row: Mapping[str, Any]) -> Entry:
    because = Because(
        evidence=(f"sha256:{row['sha256']}",),
        data={"door": kept.door.value},
        private={"sender": row["sender"]},
    )
    subject = Subject(ledger.SYSTEM_LOG, Reply.__tablename__, str(kept.id))
    return Entry(Noted.REPLY_KEPT, subject, Actor("focal_point", "unread"), because)


def keep_receipt(
    session: Session, attempt: Attempt | None, report: DeliveryReport, *, now: datetime
) -> bool:
    """Commit a provider's word, raw; False if the same word was kept before."""
    receipt = Receipt(
        attempt_id=attempt.id if attempt is not None else None,
        provider=report.provider,
        provider_id=_storable(report.provider_id)[:200],
        status=_storable(report.said)[:32],
        code=report.refused.code[:32] if report.refused is not None else "",
        ear=report.ear if isinstance(report, CallReport) else None,
        raw={name: _storable(value) for name, value in report.raw.items()},
        received_at=now,
    )
    if session.scalar(_same(receipt)) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(receipt)
    except IntegrityError:
        return False
    return True


def _same(receipt: Receipt) -> Select[int]:
    return select(Receipt.id).where(
        Receipt.provider == receipt.provider,
        Receipt.provider_id == receipt.provider_id,
        Receipt.status == receipt.status,
    )
