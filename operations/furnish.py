"""How is an empty installation furnished, so that invented people can be asked and can answer?"""

from datetime import UTC, datetime
from pathlib import Path

import yaml

from operations import personas
from settings import Settings
from store import directory, roster
from store.clock import set_clock
from store.migrations import migrate
from store.session import Database


def furnish(
    settings: Settings,
    roster_file: Path,
    *,
    seed: int,
    minutes: tuple[float, float],
    rate: float,
) -> Path:
    """Give it this roster and a told clock, at `rate` from now; the file of its personas.

    Those who answer do so within `minutes`; the same seed gives the same cast.
    """
    database = Database(settings.database)
    migrate(database)
    now = datetime.now(UTC)
    with database.transaction() as session:
        read = roster.read_roster(roster_file.read_text("utf-8"), source=roster_file.name)
        directory.import_roster(session, read, now=now)
        played = personas.cast(directory.members(session), seed=seed, minutes=minutes)
    set_clock(database, now=now, rate=rate)
    database.close()
    path = settings.home / "personas.yaml"
    path.write_text(yaml.safe_dump(played), encoding="utf-8")
    return path
