"""How much may a sender send at once, if a network takes only so much a second?

Pure: a token bucket, in parts of a text. What is asked first is served first: nothing small slips
past something large that waits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Rate:
    """So many parts a second; one second's worth may leave at once."""

    per_second: float

    @property
    def burst(self) -> float:
        """What a full bucket holds: at least one part, or nothing would ever leave."""
        return max(self.per_second, 1.0)


@dataclass(frozen=True)
class Bucket:
    """What it held at an instant; below nothing, a text was longer than the bucket is large."""

    tokens: float
    filled_at: datetime


@dataclass(frozen=True)
class Taken:
    """What is left, how many of those who asked may leave now, and how long each other waits."""

    bucket: Bucket
    granted: int
    waits: tuple[timedelta, ...]


def full(rate: Rate, *, now: datetime) -> Bucket:
    """The bucket of a sender that has been silent."""
    return Bucket(rate.burst, now)


def take(bucket: Bucket, rate: Rate, costs: Sequence[int], *, now: datetime) -> Taken:
    """Serve these in their order, as far as it goes; the others wait for whole seconds."""
    tokens, granted = refilled(bucket, rate, now=now), 0
    for cost in costs:
        if tokens < min(cost, rate.burst):
            break
        tokens, granted = tokens - cost, granted + 1
    return Taken(
        Bucket(tokens, max(now, bucket.filled_at)), granted, _waits(tokens, rate, costs[granted:])
    )


def refilled(bucket: Bucket, rate: Rate, *, now: datetime) -> float:
    """What it holds now; a clock that was set back fills nothing."""
    seconds = max((now - bucket.filled_at).total_seconds(), 0.0)
    return min(rate.burst, bucket.tokens + seconds * rate.per_second)


def _waits(tokens: float, rate: Rate, costs: Sequence[int]) -> tuple[timedelta, ...]:
    """Whole seconds, so that those of one second come back together."""
    waits, wanted = [], -tokens
    for cost in costs:
        wanted += cost
        waits.append(timedelta(seconds=max(math.ceil(wanted / rate.per_second), 1)))
    return tuple(waits)
