"""Few cases hold every pair."""

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.support.faults.pairwise import all_pairs, every, number_of, pairs_in, pairwise

ROOT = Path(__file__).parents[2]
sizes = st.lists(st.integers(1, 5), min_size=2, max_size=4)


def factors_of(sizes: list[int]) -> dict[str, list[int]]:
    return {f"factor {n}": list(range(size)) for n, size in enumerate(sizes)}


@given(sizes)
def test_every_pair_is_held_by_some_case_and_every_case_is_one_of_the_product(
    sizes: list[int],
) -> None:
    factors = factors_of(sizes)
    cases = pairwise(factors)

    assert frozenset().union(*map(pairs_in, cases)) == all_pairs(factors)
    lawful = list(every(factors))
    assert all(case in lawful for case in cases)


@given(sizes)
def test_it_takes_no_more_cases_than_the_product_has(sizes: list[int]) -> None:
    factors = factors_of(sizes)
    assert len(pairwise(factors)) <= number_of(factors) == len(list(every(factors)))


def test_it_takes_hardly_more_cases_than_the_two_largest_factors_ask_for() -> None:
    factors = factors_of([22, 2, 3, 8, 7, 7])
    assert 22 * 8 <= len(pairwise(factors)) <= 1.1 * 22 * 8


def test_the_cases_are_the_same_in_every_process() -> None:
    code = (
        "from tests.support.faults.pairwise import pairwise;"
        "factors = {name: [f'{name} {n}' for n in range(7)] for name in 'abcdef'};"
        "print(*pairwise(factors), sep='\\n')"
    )

    said = {
        subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, check=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip

    assert len(said) == 1
