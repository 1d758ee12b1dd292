"""What has happened, in words that can never be taken back; and the one door for every state.

`move()` is the only writer of a state column, and writes the ledger entry in the same breath.
`append()` is the only writer of every other event. Both work inside the caller's transaction: the
change and its entry are committed together or not at all. `move_all()` and `append_all()` are the
same for many at once. What is not in the catalogue of `store.events` is written by none of them.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, Final, Protocol, TypeVar

from sqlalchemy import ColumnElement, insert, inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from mechanism.lifecycle import next_state
from store.act import Act, Actor
from store.events import LedgerEvent, Noted, moved
from store.tables import Base, LedgerDisclosure, LedgerEntry, LedgerPending, Reply

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]

SYSTEM_LOG: Final = "system"
_as_text: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


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


@dataclass(frozen=True)
class Entry:
    """An event that is to be written: which, what it happened to, who did it, and why."""

    event: LedgerEvent
    subject: Subject
    actor: Actor
    because: Because = WITHOUT_MORE


_TABLES: Final = Base.metadata.tables
_ENTRIES: Final = _TABLES[LedgerEntry.__tablename__]
_INSERT_ENTRY: Final = insert(_ENTRIES).returning(_ENTRIES.c.id, sort_by_parameter_order=True)
_INSERT_PENDING: Final = insert(_TABLES[LedgerPending.__tablename__])
_INSERT_DISCLOSURE: Final = insert(_TABLES[LedgerDisclosure.__tablename__])


class StrangeEventError(Exception):
    """The catalogue does not name this event, or something in it: a mistake of ours."""


class Stateful(Protocol):
    """A row whose life is in `mechanism.lifecycle`, and which knows its log."""

    __tablename__: str
    state_column: ClassVar[str]
    id: Any

    @property
    def log(self) -> str:
        """The ledger's log that its events belong to."""


Row = TypeVar("Row", bound=Stateful)


def move(
    session: Session,
    act: Act,
    row: Stateful,
    event: StrEnum,
    *,
    because: Because = WITHOUT_MORE,
    **beside: Any,
) -> bool:
    """Let the event happen to the row; False if somebody else moved it first.

    `beside` are columns that change in the same statement (an instant, a lease). Raises
    MeaninglessEventError if the event has no meaning for the state that the row is known to have.
    """
    moved = move_all(session, act, [row], event, because=because, **beside)
    return bool(moved)


def move_all(
    session: Session,
    act: Act,
    rows: Sequence[Row],
    event: StrEnum,
    *,
    because: Because = WITHOUT_MORE,
    **beside: Any,
) -> list[Row]:
    """Let the event happen to rows of one kind; those of them that nobody else moved first.

    One statement for all that are in the same state, and one for all entries, which say the same
    `because`. As `move()` in everything else.
    """
    of_state: dict[StrEnum, list[Row]] = {}
    for row in rows:
        of_state.setdefault(getattr(row, row.state_column), []).append(row)
    winners: list[Row] = []
    for before, alike in of_state.items():
        after = next_state(before, event)
        won = _swap(session, alike, before, after, beside)
        change: Json = {"before": before.value, "after": after.value}
        told = replace(because, data={**because.data, "change": change})
        kind = moved(alike[0].__tablename__, event)
        _write(session, [Entry(kind, _moved_subject(row), act.actor, told) for row in won], act.at)
        winners += won
    return winners


def _swap(
    session: Session, rows: list[Row], before: StrEnum, after: StrEnum, beside: Mapping[str, Any]
) -> list[Row]:
    """Compare and swap: every row now shows what the database holds."""
    table = type(rows[0])
    changed = {table.state_column: after, **beside}
    found = session.scalars(
        update(table)
        .where(table.id.in_([row.id for row in rows]), _state(table) == before)
        .values(**changed)
        .returning(table.id)
        .execution_options(synchronize_session=False)
    )
    ids, won = set(found), []
    for row in rows:
        if row.id not in ids:
            session.expire(row, list(changed))
            continue
        won.append(row)
        for name, value in changed.items():
            set_committed_value(row, name, value)
    return won


def _state(table: type[Stateful]) -> ColumnElement[StrEnum]:
    """The column that holds the state."""
    column: ColumnElement[StrEnum] = getattr(table, table.state_column)
    return column


def _moved_subject(row: Stateful) -> Subject:
    return Subject(row.log, row.__tablename__, str(row.id))


def append(
    session: Session,
    act: Act,
    event: Noted,
    *,
    subject: Subject,
    cause: str | None = None,
    evidence: Iterable[str] = (),
    data: Mapping[str, Json] | None = None,
    private: Mapping[str, str] | None = None,
    happened_at: datetime | None = None,
) -> str:
    """Write an event that changes no state column; its event id, to be named as a cause."""
    because = Because(cause, tuple(evidence), data or {}, private or {}, happened_at)
    return append_all(session, [Entry(event, subject, act.actor, because)], now=act.at)[0]


def append_all(session: Session, entries: Sequence[Entry], *, now: datetime) -> list[str]:
    """Write events that change no state column, in this order and at once; their event ids.

    Raises StrangeEventError for what the catalogue does not name.
    """
    for entry in entries:
        if not isinstance(entry.event, Noted):
            raise StrangeEventError(f"{entry.event!r} is nothing that anybody can note")
    return _write(session, entries, now)


def _write(session: Session, entries: Sequence[Entry], now: datetime) -> list[str]:
    if not entries:
        return []
    written = [_written(entry, now) for entry in entries]
    connection = session.connection()
    ids = connection.scalars(_INSERT_ENTRY, [one.row for one in written]).all()
    numbered = list(zip(ids, written, strict=True))
    pending = [{"entry_id": number, "log": one.row["log"]} for number, one in numbered]
    connection.execute(_INSERT_PENDING, pending)
    disclosures = [
        {"entry_id": number, "digest": digest, "disclosure": disclosure}
        for number, one in numbered
        for digest, disclosure in one.disclosures
    ]
    if disclosures:
        connection.execute(_INSERT_DISCLOSURE, disclosures)
    session.info["ledger_appended"] = True
    return [one.row["event_id"] for one in written]


def subject_of(row: Any) -> Subject:
    """The subject for a row that knows its log."""
    key = inspect(row).identity
    return Subject(row.log, row.__tablename__, "/".join(str(part) for part in key or ("new",)))


def evidence_of(reply: Reply | None) -> tuple[str, ...]:
    """The hash of what was said, exactly as it came; nothing where no reply was kept."""
    return (f"sha256:{reply.sha256}",) if reply is not None else ()


@dataclass(frozen=True)
class _Written:
    """An event as rows: its own, and those of the personal values that it commits to."""

    row: dict[str, Any]
    disclosures: list[tuple[str, str]]


def _written(entry: Entry, now: datetime) -> _Written:
    _refuse_strange(entry)
    commitments = {name: _commit(name, value) for name, value in entry.because.private.items()}
    event_id = secrets.token_hex(16)
    digests = {name: {"...": digest} for name, (digest, _) in commitments.items()}
    body = canonical(_event(entry, event_id, digests, now))
    row = {
        "log": entry.subject.log,
        "event_id": event_id,
        "type": entry.event.value,
        "at": now,
        "body": body,
        "leaf": hashlib.sha256(b"\0" + body.encode()).digest(),
    }
    return _Written(row, list(commitments.values()))


def _refuse_strange(entry: Entry) -> None:
    """Every word that is written has its meaning in the catalogue."""
    event, because = entry.event, entry.because
    if entry.subject.noun not in event.about:
        raise StrangeEventError(f"{event} is about {sorted(event.about)}: {entry.subject.noun!r}")
    if not because.data.keys() <= event.data.keys():
        strange = sorted(because.data.keys() - event.data.keys())
        raise StrangeEventError(f"{event} has nothing called {strange}")
    if not because.private.keys() <= event.private.keys():
        strange = sorted(because.private.keys() - event.private.keys())
        raise StrangeEventError(f"{event} has nothing private called {strange}")


def _event(entry: Entry, event_id: str, digests: Mapping[str, Json], now: datetime) -> Json:
    """The CloudEvent; what it says of the case stands in `data`."""
    subject, actor, because = entry.subject, entry.actor, entry.because
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/consultation-mechanism",
        "type": entry.event.value,
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
            **digests,
        },
    }


def canonical(value: Json) -> str:
    """RFC 8785 on the values that the ledger allows: no floats, ASCII keys, |n| < 2**53.

    Raises TypeError or ValueError for anything else; the text is the leaf, and is never made again.
    """
    _check(value)
    written = _as_text(value)
    written.encode()  # a lone surrogate is refused here
    return written


_PLAIN: Final = frozenset({str, bool, type(None)})


def _check(value: Json) -> None:
    if type(value) in _PLAIN:  # by far the most: every entry of the ledger is checked
        return
    match value:
        case str():
            return
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


@lru_cache(maxsize=64)
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
