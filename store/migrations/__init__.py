"""How does a database of an older release become one of this release?"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

from store.session import Database

HERE: Final = Path(__file__).parent


def migrate(database: Database) -> None:
    """Bring the schema up to date; a fresh database gets all of it."""
    command.upgrade(_config(database), "head")


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["database"] = database
    return config
