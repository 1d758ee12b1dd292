"""How does one read and write what is remembered, in SQLite and in PostgreSQL alike?

`Database.transaction()` is the way to write: all of it or nothing. On SQLite one process writes at
a time (a file lock around the transaction; measured: `busy_timeout` alone starves writers), on
PostgreSQL the rows' own locks suffice.
"""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TextIO

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from store import doorbell

SQLITE_BUSY_MS: Final = 60_000


READ_ONLY: Final = "25006"  # PostgreSQL's own state for it


def is_read_only(error: DBAPIError) -> bool:
    """Whether the database takes nothing at all now; so nothing was written."""
    state = getattr(error.orig, "sqlstate", None)
    name = getattr(error.orig, "sqlite_errorname", "")
    return state == READ_ONLY or name.startswith("SQLITE_READONLY")


class WriterLock:
    """One writer at a time on one SQLite file, over all processes and threads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._file = self._opened()
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._file.close()

    def _opened(self) -> TextIO:
        """To lock, reading is enough: where nothing can be written, let the database say so."""
        try:
            return self._path.open("a")
        except OSError as error:
            if error.errno != errno.EROFS:
                raise
            return self._path.open()


class Database:
    """One installation's database; safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(
            url,
            pool_pre_ping=not url.startswith("sqlite"),
            hide_parameters=True,  # a traceback in the log must not name an address
        )
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        self._writer = self.engine.execution_options(cm_writes=True)
        self.bell = doorbell.for_engine(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Write: commits at the end, rolls back on any exception, then rings the doorbell."""
        with (
            self._one_writer(),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
            appended = bool(session.info.get("ledger_appended"))
            if appended:
                self.bell.ring_in(session)
        if appended:
            self.bell.ring_after()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read one consistent state; nothing that is changed here is kept.

        What was loaded can be read on afterwards; what was not loaded cannot.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session
            session.expunge_all()
            session.rollback()

    def close(self) -> None:
        """Let go of every connection."""
        self.bell.close()
        self.engine.dispose()

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        path = self.engine.url.database
        if self.is_sqlite and path and path != ":memory:":
            with WriterLock(Path(path + ".lock")):
                yield
        else:
            yield


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, every commit on disk, enforced foreign keys, and BEGIN IMMEDIATE for writers."""
    path = engine.url.database
    if path:
        Path(path).absolute().parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def _connect(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # the driver must not begin by itself
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={SQLITE_BUSY_MS}",
            "foreign_keys=ON",
            "recursive_triggers=ON",  # INSERT OR REPLACE then fires the append-only triggers
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("cm_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
