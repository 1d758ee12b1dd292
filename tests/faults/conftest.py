"""Houses to which something happens; what was lost and doubled is counted over all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.tally import Tally
from tests.journeys.grammar import Scene

RESULTS = Path(__file__).parents[2] / "var" / "faults" / "results.json"


@pytest.fixture(scope="session")
def tally() -> Iterator[Tally]:
    """The figures over all cases, written down at the end."""
    tally = Tally()
    yield tally
    tally.write(RESULTS)


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A house with its engine in this process."""
    scene = Scene(tmp_path, sqlite_url)
    yield scene
    scene.close()
