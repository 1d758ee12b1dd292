"""An installation whose five members may be asked, on each kind of database."""

from pathlib import Path

import pytest

from settings import Settings
from store.installation import Installation
from store.session import Database
from tests.support.clock import ToldTime
from tests.support.five_members import NOW, furnish


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Installation:
    installation = Installation(
        Settings(home=tmp_path, public_url="https://cm.example"), database, ToldTime(NOW)
    )
    furnish(installation.database)
    return installation
