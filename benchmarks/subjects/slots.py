"""How long does it take to find times to meet for 49 members, beside the bare clock arithmetic?"""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from benchmarks.measuring import Benchmark, Measured, in_turns, milliseconds
from mechanism.slots import STEP, WITHIN, Office, proposals

ZONES: Final = (
    "Australia/Canberra", "Asia/Jakarta", "Asia/Dhaka", "Asia/Bangkok", "Asia/Colombo",
    "Pacific/Port_Moresby", "Asia/Kolkata", "Asia/Karachi", "Asia/Tokyo", "Pacific/Auckland",
    "Asia/Tehran", "Europe/Istanbul", "Asia/Riyadh", "Pacific/Apia", "America/New_York",
)  # fmt: skip
MEMBERS: Final = 49
EARLIEST: Final = datetime(2026, 11, 23, 14, 7, tzinfo=UTC)
ROUNDS: Final = 9


def slots_49() -> Measured:
    """Milliseconds for three proposals within two days."""
    offices = [Office(ZONES[n % len(ZONES)], ("sat", "sun")) for n in range(MEMBERS)]
    ours, limit = in_turns(
        lambda: milliseconds(
            lambda: proposals(offices, earliest=EARLIEST, length=timedelta(hours=1))
        ),
        lambda: milliseconds(_bare),
        rounds=ROUNDS,
    )
    return Measured(ours, "ms", "each office's local time at each half hour", limit, ROUNDS)


def _bare() -> list[datetime]:
    zones = [ZoneInfo(ZONES[n % len(ZONES)]) for n in range(MEMBERS)]
    times = [EARLIEST + n * STEP for n in range(WITHIN // STEP + 1)]
    return [at.astimezone(zone) for at in times for zone in zones]


BENCHMARKS: Final = (Benchmark("slots_49", slots_49),)
