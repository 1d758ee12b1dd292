from datetime import UTC, datetime

import pytest

from mechanism.slots import Presence, presence

SUNDAY_TO_THURSDAY = ("fri", "sat")


@pytest.mark.parametrize(
    ("utc", "found"),
    [
        ("00:59", Presence.ASLEEP),  # 06:59 in Dhaka
        ("01:00", Presence.AWAKE),
        ("01:59", Presence.AWAKE),
        ("02:00", Presence.IN_OFFICE),
        ("11:59", Presence.IN_OFFICE),
        ("12:00", Presence.AWAKE),
        ("15:59", Presence.AWAKE),
        ("16:00", Presence.ASLEEP),
        ("20:00", Presence.ASLEEP),
    ],
)
def test_an_office_is_judged_by_its_own_clock(utc: str, found: Presence) -> None:
    at = datetime.fromisoformat(f"2026-11-23T{utc}:00+00:00")

    assert presence(at, "Asia/Dhaka", SUNDAY_TO_THURSDAY) is found


def test_a_weekend_is_the_offices_own_and_its_nights_are_nights() -> None:
    friday_noon = datetime(2026, 11, 27, 6, tzinfo=UTC)
    friday_night = datetime(2026, 11, 27, 20, tzinfo=UTC)

    assert presence(friday_noon, "Asia/Dhaka", SUNDAY_TO_THURSDAY) is Presence.WEEKEND
    assert presence(friday_noon, "Asia/Jakarta", ["saturday", "sunday"]) is Presence.IN_OFFICE
    assert presence(friday_night, "Asia/Dhaka", SUNDAY_TO_THURSDAY) is Presence.ASLEEP


def test_a_day_begins_where_the_office_is() -> None:
    thursday_in_greenwich = datetime(2026, 11, 26, 20, tzinfo=UTC)

    assert presence(thursday_in_greenwich, "Pacific/Auckland", ["fri"]) is Presence.WEEKEND
