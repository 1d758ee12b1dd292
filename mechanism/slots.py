"""Is an office at work, awake or asleep at an instant?

Hours are those of the office's own zone; a weekend is the office's own, since it is Friday and
Saturday for some members.
"""

from collections.abc import Collection
from datetime import datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

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
