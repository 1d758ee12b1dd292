"""Houses to which something happens; what was lost and doubled is counted over all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.selection import SELECTION
from tests.faults.tally import Tally
from tests.journeys.grammar import Scene

RESULTS = Path(__file__).parents[2] / "var" / "faults" / "results.json"
PACE = RESULTS.with_name("pace")  # seconds a case of the matrix took, the last time


def pytest_report_collectionfinish() -> str:
    """Said before the first test."""
    return SELECTION.beforehand(PACE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Said after the last."""
    if SELECTION.played:
        terminalreporter.write_line(SELECTION.afterwards())
        SELECTION.keep_pace(PACE)


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
