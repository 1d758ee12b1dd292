"""When is a provider no longer asked, and when is it asked again?

Pure: a breaker is what its row says. It opens on several faults within a minute that outnumber the
successes among them, so that one country's trouble does not close the way to all others. While it
is open, one try at a time is let through, at growing intervals; a success closes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

FAULTS: Final = 5
WINDOW: Final = timedelta(seconds=60)
PROBE_AFTER: Final = (5, 10, 20, 40, 60)  # seconds, by how many probes have failed
PROBE_TAKES: Final = timedelta(seconds=30)  # longer than any provider's time-out


class Passage(StrEnum):
    """Who may pass a breaker now."""

    ALL = "all"  # closed
    ONE = "one"  # open, and it is time for a probe: whoever takes it
    NOBODY = "nobody"  # open: a probe is under way, or not yet due


@dataclass(frozen=True)
class Tried:
    """One try, and whether it speaks for or against the provider itself."""

    began_at: datetime
    is_fault: bool


@dataclass(frozen=True)
class Breaker:
    """What has been seen of a provider lately; `turned_at` is when it last opened or closed."""

    is_open: bool = False
    turned_at: datetime | None = None
    faults: int = 0
    successes: int = 0
    window_began_at: datetime | None = None
    failed_probes: int = 0
    probe_at: datetime | None = None


def passage(breaker: Breaker, *, now: datetime) -> Passage:
    """Who may pass now."""
    if not breaker.is_open:
        return Passage.ALL
    is_due = breaker.probe_at is not None and breaker.probe_at <= now
    return Passage.ONE if is_due else Passage.NOBODY


def probing(breaker: Breaker, *, now: datetime) -> Breaker:
    """The breaker once somebody has taken the probe; if nothing is heard of it, another follows."""
    return replace(breaker, probe_at=now + PROBE_TAKES)


def after(breaker: Breaker, tries: Iterable[Tried], *, now: datetime) -> Breaker:
    """The breaker after these tries, in whatever order they ended.

    What began before it last opened or closed says nothing about now.
    """
    turned_at = breaker.turned_at
    fresh = [t for t in tries if turned_at is None or t.began_at > turned_at]
    faults = sum(t.is_fault for t in fresh)
    successes = len(fresh) - faults
    if breaker.is_open:
        return _after_probes(breaker, faults, successes, now)
    return _after_traffic(breaker, faults, successes, now)


def _after_probes(breaker: Breaker, faults: int, successes: int, now: datetime) -> Breaker:
    if successes:
        return Breaker(turned_at=now)
    if not faults:
        return breaker
    failed = breaker.failed_probes + 1
    return replace(breaker, failed_probes=failed, probe_at=now + _pause(failed))


def _after_traffic(breaker: Breaker, faults: int, successes: int, now: datetime) -> Breaker:
    seen = _within_window(breaker, now)
    faults += seen.faults
    if not faults:
        return seen
    successes += seen.successes
    if faults >= FAULTS and faults > successes:
        return Breaker(is_open=True, turned_at=now, faults=faults, successes=successes,
                       probe_at=now + _pause(0))  # fmt: skip
    began_at = seen.window_began_at or now
    return replace(seen, faults=faults, successes=successes, window_began_at=began_at)


def _within_window(breaker: Breaker, now: datetime) -> Breaker:
    """The breaker without what was seen too long ago; a window begins with its first fault."""
    began_at = breaker.window_began_at
    if began_at is None or now - began_at <= WINDOW:
        return breaker
    return Breaker(turned_at=breaker.turned_at)


def _pause(failed_probes: int) -> timedelta:
    return timedelta(seconds=PROBE_AFTER[min(failed_probes, len(PROBE_AFTER) - 1)])
