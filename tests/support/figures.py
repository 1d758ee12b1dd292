"""What did the tests count? Budgets are said after the last test.

A figure travels with its test's report, out of whichever process ran the test.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

BUDGET: Final = "budget"


@pytest.fixture
def budget(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say how much of a budget was taken."""
    return lambda said: record_property(BUDGET, said)


def counted(reporter: pytest.TerminalReporter, name: str) -> Iterator[tuple[Any, float]]:
    """Each figure of this name that a passed test has left, and the seconds which that took."""
    for report in reporter.getreports("passed"):
        yield from (
            (value, report.duration) for key, value in report.user_properties if key == name
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each budget."""
    for said, _ in counted(terminalreporter, BUDGET):
        terminalreporter.write_line(f"budget: {said}")
