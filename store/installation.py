"""What does every door of the installation hold?"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from settings import Settings
from store.clock import Clock, clock_of
from store.session import Database


@dataclass(frozen=True)
class Installation:
    """The settings, the database and the clock: one of each for a process."""

    settings: Settings
    database: Database
    clock: Clock

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
        """Let go of the database."""
        self.database.close()
