"""What time is it?

Only doors ask; everybody else is told `now`. A rehearsal or a demonstration runs on a told clock:
one row that all processes read, so that a consultation of days can be watched in minutes.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from store.session import Database
from store.tables import ToldClock

RealNow = Callable[[], datetime]  # what is asked where only real time counts, as for a session


class Clock(Protocol):
    """What a door asks."""

    @property
    def rate(self) -> float:
        """Told seconds that pass in one real second."""

    @property
    def simulated(self) -> bool:
        """Whether the times are told; pages and records then say so."""

    def now(self) -> datetime:
        """The instant, in UTC."""


class SystemClock:
    rate = 1.0
    simulated = False

    def now(self) -> datetime:
        return datetime.now(UTC)


class SharedClock:
    """The told clock of the database; read anew twice a second, since a rehearsal may set it on."""

    simulated = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at = datetime.min.replace(tzinfo=UTC)
        self._row = self._read()

    @property
    def rate(self) -> float:
        """Told seconds that pass in one real second."""
        return self._row.rate

    def now(self) -> datetime:
        """The told instant."""
        real = datetime.now(UTC)
        if real - self._read_at > timedelta(seconds=0.5):
            self.refresh()
        return told(self._row, real)

    def refresh(self) -> None:
        """Read it anew at once: for whoever has just set it on."""
        self._row = self._read()

    def _read(self) -> ToldClock:
        self._read_at = datetime.now(UTC)
        with self._database.reading() as session:
            row = session.get_one(ToldClock, 1)
            session.expunge(row)
            return row


def told(row: ToldClock, real: datetime) -> datetime:
    """What the told clock says at a real instant."""
    return row.told_epoch + (real - row.real_epoch) * row.rate


def clock_of(database: Database) -> Clock:
    """The told clock where the database holds one, else the machine's."""
    with database.reading() as session:
        has_row = session.get(ToldClock, 1) is not None
    return SharedClock(database) if has_row else SystemClock()


def set_clock(database: Database, *, now: datetime, rate: float) -> None:
    """From this moment on, the told clock says `now` and runs this fast; whoever listens looks."""
    with database.transaction() as session:
        session.merge(ToldClock(id=1, real_epoch=datetime.now(UTC), told_epoch=now, rate=rate))
        database.bell.ring_in(session)
    database.bell.ring_after()
