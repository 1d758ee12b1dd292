"""How does a database of an older release become one of this release?"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from lazy import lazy
from settings import Settings
from store.installation import Installation
from store.session import Database

if TYPE_CHECKING:
    from alembic import command, config
else:
    command, config = lazy("alembic.command"), lazy("alembic.config")  # most starts need neither

HERE: Final = Path(__file__).parent
VERSIONS: Final = HERE / "versions"  # each file's name begins with its revision


def migrate(database: Database) -> None:
    """Bring the schema up to date; a fresh database gets all of it."""
    if revision_of(database) != head():
        command.upgrade(_config(database), "head")


def open_up_to_date(settings: Settings) -> Installation:
    """The installation that the settings describe, with its database brought up to date."""
    database = Database(settings.database)
    migrate(database)
    database.close()
    return Installation.open(settings)


def head() -> str:
    """The revision of this release."""
    return max(path.name for path in VERSIONS.glob("*.py")).partition("_")[0]


def revision_of(database: Database) -> str | None:
    """The revision that a database is at; None where it holds nothing of ours."""
    with database.reading() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _config(database: Database) -> "config.Config":
    made = config.Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.attributes["database"] = database
    return made
