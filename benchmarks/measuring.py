"""What is one figure beside its limit, and how are the two taken?

Ours and the limit are measured in the same run, in turns, so that a busy machine slows both.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

LESS_IS_BETTER: Final = frozenset({"s", "ms", "MiB"})


@dataclass(frozen=True)
class Measured:
    """Ours and the limit, in one unit; `n` is how often ours was done."""

    value: float
    unit: str
    limit_name: str
    limit: float
    n: int

    @property
    def ratio(self) -> float:
        """Above 1 is better than the limit, whichever way the unit runs."""
        if self.unit in LESS_IS_BETTER:
            return self.limit / self.value
        return self.value / self.limit


@dataclass(frozen=True)
class Benchmark:
    """One name that is promised; a long one is run by its name or with --full only."""

    name: str
    measure: Callable[[], Measured]
    long: bool = False


class SkippedError(Exception):
    """There is nothing to measure here, or nothing to measure it with; the words say which."""


def in_turns(
    ours: Callable[[], float], limit: Callable[[], float], *, rounds: int
) -> tuple[float, float]:
    """The medians of both, taken one after the other so many times."""
    pairs = [(ours(), limit()) for _ in range(rounds)]
    return median(a for a, _ in pairs), median(b for _, b in pairs)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    return seconds(work) * 1000


def rate(work: Callable[[], object], *, times: int) -> float:
    """How often a second, done so many times in a row."""

    def all_of_it() -> None:
        for _ in range(times):
            work()

    return times / seconds(all_of_it)


async def crowd(acts: Sequence[Callable[[], Awaitable[Any]]], *, at_once: int) -> float:
    """How many acts a second, by so many at once, each taking the next that is left."""
    left = iter(acts)

    async def one() -> None:
        for act in left:
            await act()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(at_once)))
    return len(acts) / (time.perf_counter() - began)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many in a hundred do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]
