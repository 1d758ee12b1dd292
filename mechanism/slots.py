"""When can the offices of many zones meet: who is at work, awake or asleep at an instant?

Hours are those of the office's own zone; a weekend is the office's own, since it is Friday and
Saturday for some members.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

STEP: Final = timedelta(minutes=30)  # meetings begin on the half hour
WITHIN: Final = timedelta(hours=48)
WAKES, OPENS, SHUTS, SLEEPS = time(7), time(8), time(18), time(22)
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Presence(StrEnum):
    """How a meeting at this hour finds an office; holidays are not known here."""

    IN_OFFICE = "in_office"
    AWAKE = "awake"  # before or after work
    WEEKEND = "weekend"  # by day, on a day when the office does not work
    ASLEEP = "asleep"


def presence(at: datetime, zone: str, weekend: Collection[str]) -> Presence:
    """How `at` finds an office; days may be named in full or by three letters."""
    local = at.astimezone(ZoneInfo(zone))
    if not WAKES <= local.time() < SLEEPS:
        return Presence.ASLEEP
    if _DAYS[local.weekday()] in {day.lower()[:3] for day in weekend}:
        return Presence.WEEKEND
    return Presence.IN_OFFICE if OPENS <= local.time() < SHUTS else Presence.AWAKE


COST: Final = {
    Presence.IN_OFFICE: 0,
    Presence.AWAKE: 1,
    Presence.WEEKEND: 2,
    Presence.ASLEEP: 8,  # one who is woken outweighs a room of those who stay late
}


class Merit(StrEnum):
    """What speaks for a proposed time."""

    SOONEST = "soonest"
    ALL_AWAKE = "all_awake"  # the soonest at which nobody is asleep
    KINDEST = "kindest"  # the least hardship for all together within two days


@dataclass(frozen=True)
class Office:
    """Where an office is, and which days it does not work."""

    zone: str
    weekend: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A time to meet, what speaks for it, and how it finds each office, in the order asked."""

    starts_at: datetime
    merits: tuple[Merit, ...]
    found: tuple[Presence, ...]


def proposals(
    offices: Sequence[Office],
    *,
    earliest: datetime,
    length: timedelta,
    within: timedelta = WITHIN,
) -> tuple[Proposal, ...]:
    """At most three times, each once, the soonest first; `all_awake` only where there is one."""
    times = list(_half_hours(earliest, within))
    alike = Counter(offices)  # offices of one zone and weekend are judged once
    found = {at: {office: _throughout(office, at, length) for office in alike} for at in times}
    chosen = {
        Merit.SOONEST: times[0],
        Merit.KINDEST: min(times, key=lambda at: _hardship(found[at], alike)),
    }
    awake = next((at for at in times if Presence.ASLEEP not in found[at].values()), None)
    if awake is not None:
        chosen[Merit.ALL_AWAKE] = awake
    return tuple(
        Proposal(
            starts_at=at,
            merits=tuple(merit for merit in Merit if chosen.get(merit) == at),
            found=tuple(found[at][office] for office in offices),
        )
        for at in sorted(set(chosen.values()))
    )


def next_half_hour(at: datetime) -> datetime:
    """The half hour that begins now or next."""
    past = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return at - past + STEP if past else at


def _half_hours(earliest: datetime, within: timedelta) -> Iterator[datetime]:
    first = next_half_hour(earliest)
    for number in range(within // STEP + 1):
        yield first + number * STEP


def _throughout(office: Office, at: datetime, length: timedelta) -> Presence:
    """The worse of how the first and the last minute find it."""
    ends = (at, at + length - timedelta(minutes=1))
    return max((presence(end, office.zone, office.weekend) for end in ends), key=COST.__getitem__)


def _hardship(found: Mapping[Office, Presence], alike: Mapping[Office, int]) -> int:
    """What a time costs all offices together."""
    return sum(COST[found[office]] * number for office, number in alike.items())
