"""What was lost and doubled in this run? Said after the last test, and written down as JSON.

It is asked in every run, also of a single rule: engine and Prefect come in only where faults were
played.
"""

from pathlib import Path
from typing import Final

import pytest

from tests.support.figures import counted

MATRIX, OTHERS = "matrix", "faults"  # which cases a tally is of
RESULTS: Final = Path(__file__).parents[3] / "var" / "faults" / "results.json"
PACE: Final = RESULTS.with_name("pace")  # seconds a case of the matrix took, the last time


def pytest_report_collectionfinish(items: list[pytest.Item]) -> list[str]:
    """How much is to be played, said before the first test where there is anything."""
    if not any(item.path.name == "test_matrix.py" for item in items):
        return []
    from tests.support.faults.selection import SELECTION  # noqa: PLC0415 - a slow import

    return [SELECTION.beforehand(PACE)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of the matrix in words, those of all cases as JSON."""
    played = list(counted(terminalreporter, MATRIX))
    others = list(counted(terminalreporter, OTHERS))
    if not played and not others:
        return
    from tests.support.faults.selection import SELECTION  # noqa: PLC0415 - a slow import
    from tests.support.faults.tally import Tally  # noqa: PLC0415 - as above

    matrix = Tally.sum(figures for figures, _ in played)
    if played:
        terminalreporter.write_line(SELECTION.afterwards(matrix))
        PACE.parent.mkdir(parents=True, exist_ok=True)
        PACE.write_text(f"{sum(took for _, took in played) / len(played):.2f}\n", encoding="utf-8")
    matrix.add(Tally.sum(figures for figures, _ in others))
    matrix.write(RESULTS)
