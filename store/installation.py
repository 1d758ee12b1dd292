"""What does every door of the installation hold?"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, Self, TypeVar

from settings import Settings
from store.clock import Clock, clock_of
from store.session import Database


class Closable(Protocol):
    """Something with threads or a process of its own."""

    def close(self) -> None:
        """End them."""


Work = TypeVar("Work", bound=Closable)


class Started:
    """What works for an installation beside its callers: one of each kind, made at first use."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._each: dict[type[Any], Any] = {}

    def one(self, kind: type[Work]) -> Work:
        """The one of this kind."""
        with self._lock:
            if kind not in self._each:
                self._each[kind] = kind()
            found: Work = self._each[kind]
            return found

    def close(self) -> None:
        """End them all; whoever asks again gets a new one."""
        with self._lock:
            ended, self._each = list(self._each.values()), {}
        for one in ended:
            one.close()


@dataclass(frozen=True)
class Installation:
    """The settings, the database and the clock: one of each for a process."""

    settings: Settings
    database: Database
    clock: Clock
    started: Started = field(default_factory=Started, compare=False, repr=False)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """The installation that the settings describe; its database must have been migrated."""
        database = Database(settings.database)
        return cls(settings, database, clock_of(database))

    def now(self) -> datetime:
        """The instant that everything below is told."""
        return self.clock.now()

    @property
    def run_dir(self) -> Path:
        """Where sockets and marks of running processes lie."""
        self.settings.run_dir.mkdir(parents=True, exist_ok=True)
        return self.settings.run_dir

    def close(self) -> None:
        """End what was started, and let go of the database."""
        self.started.close()
        self.database.close()
