"""How many events a second does the ledger take, beside a raw INSERT of the same bytes?

One event a transaction, as most acts are; several writers are several processes.
"""

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from multiprocessing import get_context
from threading import Barrier
from typing import Final

import psycopg

from benchmarks.measuring import Benchmark, Measured, in_turns, rate
from benchmarks.places import new_installation, postgres
from store import ledger
from store.act import by_engine
from store.events import Noted
from store.migrations import migrate
from store.session import Database

EVENTS: Final = 100  # by each writer in each round
LOG: Final = "BP-X-2026-001"
SUBJECT: Final = ledger.Subject(LOG, "message", "1")
DATA: Final[dict[str, ledger.Json]] = {
    "purpose": "first_notice",
    "channel": "email",
    "notice": 1,
    "rung": 0,
}
TABLE: Final = "CREATE TABLE bare (id {key} PRIMARY KEY, log TEXT, body TEXT, leaf {bytes})"


def _append(database: Database) -> None:
    """One event, as the code writes it."""
    with database.transaction() as session:
        ledger.append(
            session,
            by_engine(datetime.now(UTC)),
            Noted.MESSAGE_QUEUED,
            subject=SUBJECT,
            data=DATA,
            evidence=(f"sha256:{'0' * 64}",),
        )


A_BODY: Final = "SELECT body FROM ledger_entry LIMIT 1"


def _row(body: str) -> tuple[str, str, bytes]:
    """The bytes of an event of ours, with another hash each time."""
    return LOG, body, secrets.token_bytes(32)


def ledger_append_sqlite() -> Measured:
    """Events a second, each committed to the disk."""
    with new_installation() as installation:
        path = installation.settings.home / "consultation.sqlite3"
        raw = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            raw.execute(f"PRAGMA {pragma}")
        raw.execute(TABLE.format(key="INTEGER", bytes="BLOB"))
        _append(installation.database)
        (body,) = raw.execute(A_BODY).fetchone()
        ours, limit = in_turns(
            lambda: rate(lambda: _append(installation.database), times=EVENTS),
            lambda: rate(lambda: _insert_sqlite(raw, body), times=EVENTS),
            rounds=5,
        )
        raw.close()
    return Measured(ours, "1/s", "raw INSERT, one writer", limit, 5 * EVENTS)


def _insert_sqlite(raw: sqlite3.Connection, body: str) -> None:
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("INSERT INTO bare (log, body, leaf) VALUES (?, ?, ?)", _row(body))
    raw.execute("COMMIT")


def ledger_append_pg(count: int) -> Measured:
    """Events a second by so many processes together."""
    with postgres() as url, _writers(count) as writers:
        database = Database(url)
        migrate(database)
        database.close()
        with psycopg.connect(_plain(url), autocommit=True) as raw:
            raw.execute(TABLE.format(key="SERIAL", bytes="BYTEA"))
        writers.together(_warm, url)
        ours, limit = in_turns(
            lambda: writers.together(_append_many, url),
            lambda: writers.together(_insert_many, url),
            rounds=3,
        )
    return Measured(ours, "1/s", f"raw INSERT, {count} writers", limit, 3 * count * EVENTS)


@dataclass(frozen=True)
class _Writers:
    """So many processes, and the place where all of them begin together."""

    pool: ProcessPoolExecutor
    count: int
    start: Barrier

    def together(self, act: Callable[[str, Barrier], tuple[int, int]], url: str) -> float:
        """Events a second, from the first writer's beginning to the last one's end."""
        spans = list(self.pool.map(act, [url] * self.count, [self.start] * self.count))
        nanoseconds = max(end for _, end in spans) - min(begin for begin, _ in spans)
        return self.count * EVENTS / (nanoseconds / 1e9)


@contextmanager
def _writers(count: int) -> Iterator[_Writers]:
    context = get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(count, context) as pool:
        yield _Writers(pool, count, manager.Barrier(count))


def _span(work: Callable[[], object], start: Barrier) -> tuple[int, int]:
    start.wait()
    began = time.monotonic_ns()
    for _ in range(EVENTS):
        work()
    return began, time.monotonic_ns()


def _warm(url: str, start: Barrier) -> tuple[int, int]:
    """Connect by both ways, so that neither is measured with it."""
    _append(_database(url))
    _body(url)
    return _span(lambda: None, start)


def _append_many(url: str, start: Barrier) -> tuple[int, int]:
    return _span(partial(_append, _database(url)), start)


def _insert_many(url: str, start: Barrier) -> tuple[int, int]:
    return _span(partial(_insert_postgres, _connection(url), _body(url)), start)


def _insert_postgres(raw: psycopg.Connection, body: str) -> None:
    with raw.transaction():
        raw.execute("INSERT INTO bare (log, body, leaf) VALUES (%s, %s, %s)", _row(body))


@cache
def _database(url: str) -> Database:
    return Database(url)


@cache
def _connection(url: str) -> psycopg.Connection:
    return psycopg.connect(_plain(url), autocommit=True)


@cache
def _body(url: str) -> str:
    found = _connection(url).execute(A_BODY).fetchone()
    assert found is not None  # noqa: S101 - every writer has appended before
    return str(found[0])


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


BENCHMARKS: Final = (
    Benchmark("ledger_append_sqlite", ledger_append_sqlite),
    Benchmark("ledger_append_pg4", partial(ledger_append_pg, 4)),
    Benchmark("ledger_append_pg16", partial(ledger_append_pg, 16), long=True),
)
