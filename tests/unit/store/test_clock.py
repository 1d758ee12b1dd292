"""The machine's clock, or one told clock that every process reads."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.clock import SharedClock, SystemClock, clock_of, set_clock, told
from store.session import Database
from store.tables import ToldClock

TOLD = datetime(2026, 11, 23, 18, tzinfo=UTC)
REAL = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def installation(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.close()


def test_without_a_told_clock_it_is_the_machines(installation: Database) -> None:
    clock = clock_of(installation)

    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert isinstance(clock, SystemClock)
    assert (clock.rate, clock.simulated) == (1.0, False)


def test_a_told_clock_says_so_and_begins_where_it_was_set(installation: Database) -> None:
    set_clock(installation, now=TOLD, rate=60)

    clock = clock_of(installation)

    assert isinstance(clock, SharedClock)
    assert (clock.rate, clock.simulated) == (60, True)
    assert TOLD <= clock.now() < TOLD + timedelta(minutes=30)


def test_a_clock_that_is_set_on_is_read_anew(installation: Database) -> None:
    set_clock(installation, now=TOLD, rate=1)
    clock = SharedClock(installation)

    set_clock(installation, now=TOLD + timedelta(days=3), rate=1)
    clock._read_at -= timedelta(seconds=1)

    assert clock.now() >= TOLD + timedelta(days=3)


def test_between_two_looks_the_database_is_left_alone(installation: Database) -> None:
    set_clock(installation, now=TOLD, rate=1)
    clock = SharedClock(installation)
    set_clock(installation, now=TOLD + timedelta(days=3), rate=1)

    clock._read_at += timedelta(hours=1)  # however slow this machine is, it was read just now

    assert clock.now() < TOLD + timedelta(days=1)


def test_two_processes_read_the_same_instant(sqlite_url: str, installation: Database) -> None:
    set_clock(installation, now=TOLD, rate=1)
    other = Database(sqlite_url)

    apart = SharedClock(other).now() - SharedClock(installation).now()

    assert abs(apart) < timedelta(seconds=5)
    other.close()


@given(st.integers(0, 10_000), st.integers(1, 1000))
def test_a_real_second_is_as_many_told_ones_as_the_rate_says(seconds: int, rate: int) -> None:
    row = ToldClock(real_epoch=REAL, told_epoch=TOLD, rate=rate)

    assert told(row, REAL + timedelta(seconds=seconds)) == TOLD + timedelta(seconds=seconds * rate)
