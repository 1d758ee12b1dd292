"""What has happened, in words that can never be taken back; and the one door for every state.

`move()` is the only writer of a state column, and writes the ledger entry in the same breath.
`append()` is the only writer of events. Both work inside the caller's transaction: the change and
its entry are committed together or not at all.
"""

import hashlib
import json
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from sqlalchemy import inspect, update
from sqlalchemy.orm import Session

from mechanism.lifecycle import next_state
from store.tables import LedgerDisclosure, LedgerEntry, LedgerPending

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]

SYSTEM_LOG: Final = "system"
TYPE_SHAPE: Final = re.compile(r"cm\.[a-z_]+\.[a-z_]+\.v[0-9]+")


@dataclass(frozen=True)
class Actor:
    """Who did it: the kind and an opaque id, never a name; the role and government where known."""

    kind: str  # person | focal_point | engine | provider | operator
    id: str
    role: str = ""
    government: str = ""


ENGINE: Final = Actor("engine", "engine")


@dataclass(frozen=True)
class Subject:
    """What it happened to: the log (a situation's reference, or the system's), noun and id."""

    log: str
    noun: str
    id: str


@dataclass(frozen=True)
class Because:
    """Why: the event that caused this one, hashes of what proves it, a reason, private values."""

    cause: str | None = None
    evidence: tuple[str, ...] = ()
    data: Mapping[str, Json] = field(default_factory=dict)
    private: Mapping[str, str] = field(default_factory=dict)
    happened_at: datetime | None = None


WITHOUT_MORE: Final = Because()


class Stateful(Protocol):
    """A row whose life is in `mechanism.lifecycle`, and which knows its log."""

    __tablename__: str
    id: Any
    state: Any

    @property
    def log(self) -> str:
        """The ledger's log that its events belong to."""


def move(
    session: Session,
    row: Stateful,
    event: StrEnum,
    *,
    actor: Actor,
    now: datetime,
    because: Because = WITHOUT_MORE,
    **beside: Any,
) -> bool:
    """Let the event happen to the row; False if somebody else moved it first.

    `beside` are columns that change in the same statement (an instant, a lease). Raises
    MeaninglessEventError if the event has no meaning for the state that the row is known to have.
    """
    before: StrEnum = row.state
    after = next_state(before, event)
    table = type(row)
    moved = session.scalar(
        update(table)
        .where(table.id == row.id, table.state == before)
        .values(state=after, **beside)
        .returning(table.id)
        .execution_options(synchronize_session=False)
    )
    session.expire(row, ["state", *beside])
    if moved is None:
        return False
    change: Json = {"before": before.value, "after": after.value}
    _write(
        session,
        f"cm.{table.__tablename__}.{event.value}.v1",
        Subject(row.log, table.__tablename__, str(row.id)),
        actor,
        now,
        because,
        {"change": change},
    )
    return True


def append(
    session: Session,
    type: str,  # noqa: A002 - CloudEvents' own name
    *,
    subject: Subject,
    actor: Actor,
    now: datetime,
    cause: str | None = None,
    evidence: Iterable[str] = (),
    data: Mapping[str, Json] | None = None,
    private: Mapping[str, str] | None = None,
    happened_at: datetime | None = None,
) -> str:
    """Write an event that changes no state column; its event id, to be named as a cause."""
    because = Because(cause, tuple(evidence), data or {}, private or {}, happened_at)
    return _write(session, type, subject, actor, now, because, {})


def subject_of(row: Any) -> Subject:
    """The subject for a row that knows its log."""
    key = inspect(row).identity
    return Subject(row.log, row.__tablename__, "/".join(str(part) for part in key or ("new",)))


def _write(
    session: Session,
    kind: str,
    subject: Subject,
    actor: Actor,
    now: datetime,
    because: Because,
    change: Mapping[str, Json],
) -> str:
    if not TYPE_SHAPE.fullmatch(kind):
        raise ValueError(f"{kind!r} is no event type: it must read cm.<noun>.<participle>.v<n>")
    commitments = {name: _commit(name, value) for name, value in because.private.items()}
    event_id = secrets.token_hex(16)
    body = canonical(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": "/consultation-mechanism",
            "type": kind,
            "subject": f"{subject.noun}/{subject.id}",
            "time": instant(because.happened_at or now),
            "recordedtime": instant(now),
            "correlationid": subject.log,
            "causationid": because.cause,
            "authtype": actor.kind,
            "authid": actor.id,
            "datacontenttype": "application/json",
            "data": {
                "actor": {"type": actor.kind, "role": actor.role, "government": actor.government},
                "evidence": list(because.evidence),
                **because.data,
                **change,
                **{name: {"...": digest} for name, (digest, _) in commitments.items()},
            },
        }
    )
    leaf = hashlib.sha256(b"\0" + body.encode()).digest()
    entry = LedgerEntry(log=subject.log, event_id=event_id, type=kind, at=now, body=body, leaf=leaf)
    session.add_all((entry, LedgerPending(entry=entry, log=subject.log)))
    session.add_all(
        LedgerDisclosure(digest=digest, entry=entry, disclosure=disclosure)
        for digest, disclosure in commitments.values()
    )
    session.info["ledger_appended"] = True
    return event_id


def canonical(value: Json) -> str:
    """RFC 8785 on the values that the ledger allows: no floats, ASCII keys, |n| < 2**53.

    Raises TypeError or ValueError for anything else; the text is the leaf, and is never made again.
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _check(value: Json) -> None:
    match value:
        case bool() | None:
            return
        case str():
            value.encode()  # a lone surrogate is refused here
        case int():
            if abs(value) >= 2**53:
                raise ValueError(f"{value} is too large for the ledger")
        case list() | tuple():
            for part in value:
                _check(part)
        case dict():
            for key, part in value.items():
                if not (isinstance(key, str) and key.isascii()):
                    raise ValueError(f"{key!r} cannot be a key in the ledger")
                _check(part)
        case _:
            raise TypeError(f"{type(value).__name__} cannot stand in the ledger")


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    if at.tzinfo is None:
        raise ValueError("an instant must carry its zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _commit(name: str, value: str) -> tuple[str, str]:
    """Digest and disclosure of a personal value, as in SD-JWT (RFC 9901): the salt is mandatory."""
    salt = secrets.token_urlsafe(16)
    disclosure = _base64(json.dumps([salt, name, value], ensure_ascii=False).encode())
    return _base64(hashlib.sha256(disclosure.encode("ascii")).digest()), disclosure


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
