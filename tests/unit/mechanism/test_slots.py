from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.slots import COST, STEP, WITHIN, Merit, Office, Presence, presence, proposals

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


HOUR = timedelta(hours=1)
CAPITALS = [
    Office("Australia/Canberra", ("sat", "sun")),
    Office("Asia/Jakarta", ("sat", "sun")),
    Office("Asia/Dhaka", SUNDAY_TO_THURSDAY),
]


def test_in_the_asian_morning_the_soonest_time_is_also_the_kindest() -> None:
    monday = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)  # 14:10, 10:10 and 09:10

    (only,) = proposals(CAPITALS, earliest=monday, length=HOUR)

    assert only.starts_at == datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
    assert only.merits == (Merit.SOONEST, Merit.ALL_AWAKE, Merit.KINDEST)
    assert set(only.found) == {Presence.IN_OFFICE}


def test_at_night_the_soonest_wakes_somebody_and_the_others_do_not() -> None:
    night = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 01:00 in Canberra

    soonest, awake, kindest = proposals(CAPITALS, earliest=night, length=HOUR)

    assert soonest.merits == (Merit.SOONEST,)
    assert Presence.ASLEEP in soonest.found
    assert awake.merits == (Merit.ALL_AWAKE,)
    assert Presence.ASLEEP not in awake.found
    assert kindest.merits == (Merit.KINDEST,)
    assert set(kindest.found) == {Presence.IN_OFFICE}


def test_a_meeting_that_would_run_into_the_night_finds_an_office_asleep() -> None:
    evening = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)  # 21:30 in Canberra

    soonest = proposals(CAPITALS, earliest=evening, length=HOUR)[0]

    assert soonest.found[0] is Presence.ASLEEP


def test_where_somebody_always_sleeps_no_time_is_called_all_awake() -> None:
    around = [Office("Pacific/Auckland"), Office("Europe/London"), Office("America/Los_Angeles")]

    found = proposals(
        around, earliest=datetime(2026, 11, 23, tzinfo=UTC), length=timedelta(hours=12)
    )

    assert all(Merit.ALL_AWAKE not in one.merits for one in found)


@given(
    st.lists(st.sampled_from(CAPITALS), min_size=1, max_size=9),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is beside them
    st.integers(1, 6),
)
def test_no_time_within_two_days_is_kinder_than_the_kindest(
    offices: list[Office], earliest: datetime, half_hours: int
) -> None:
    found = proposals(offices, earliest=earliest, length=half_hours * STEP)

    def hardship(at: datetime) -> int:
        ends = (at, at + half_hours * STEP - timedelta(minutes=1))
        return sum(max(COST[presence(end, o.zone, o.weekend)] for end in ends) for o in offices)

    kindest = next(one for one in found if Merit.KINDEST in one.merits)
    first = found[0].starts_at
    every = [first + n * STEP for n in range(WITHIN // STEP + 1)]
    assert hardship(kindest.starts_at) == min(map(hardship, every))
    assert [one.starts_at for one in found] == sorted({one.starts_at for one in found})
    assert earliest <= first < earliest + STEP
