"""Engines die around every commit and every call, beside providers that break; nothing is lost."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.support.faults import doomed, summary
from tests.support.faults.matrix import BREAKS, DEATHS, PLACES, Case, Kind, full_product, play
from tests.support.faults.selection import SELECTION

URL = {Kind.SQLITE: "sqlite_url", Kind.POSTGRESQL: "postgres_url"}


def named(case: Case) -> ParameterSet:
    marks = [pytest.mark.postgres] if case.database is Kind.POSTGRESQL else []
    return pytest.param(case, id=str(case), marks=marks)


@pytest.fixture(scope="session", autouse=True)
def _nursery() -> None:
    doomed.prepare()


@pytest.mark.parametrize("case", [named(case) for case in SELECTION.cases])
def test_nobody_is_left_out_and_nothing_surely_taken_is_doubled(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    case: Case,
) -> None:
    url = request.getfixturevalue(URL[case.database])

    counted = play(case, tmp_path, url)

    assert (counted.lost, counted.doubled_though_known) == (0, 0)
    assert (counted.answers, counted.answers_lost) == (2, 0)
    record_property(summary.MATRIX, asdict(counted))


def test_the_full_product_holds_each_death_beside_each_fault_in_each_place() -> None:
    cases = full_product()

    deaths = 1 + sum(len(values) - 1 for values in DEATHS.values())
    breaks = 1 + sum(len(values) - 1 for values in BREAKS.values())
    places = len(PLACES["database"]) * len(PLACES["engines"])
    assert len(set(cases)) == len(cases) == deaths * breaks * places
