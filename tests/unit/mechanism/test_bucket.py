"""How much a sender may send at once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mechanism.bucket import Bucket, Rate, full, refilled, take

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)

rates = st.floats(0.1, 200).map(Rate)
batches = st.lists(
    st.tuples(st.floats(0, 20), st.lists(st.integers(1, 8), max_size=20)), max_size=20
)


def test_a_silent_sender_may_send_one_seconds_worth_at_once() -> None:
    rate = Rate(10)

    taken = take(full(rate, now=NOW), rate, [1] * 15, now=NOW)

    assert taken.granted == 10
    assert taken.waits == (timedelta(seconds=1),) * 5


def test_a_hundred_and_fifty_parts_at_one_a_second_take_a_hundred_and_fifty_seconds() -> None:
    rate = Rate(1)

    taken = take(full(rate, now=NOW), rate, [1] * 150, now=NOW)

    assert taken.granted == 1
    assert taken.waits[-1] == timedelta(seconds=149)


def test_nothing_small_slips_past_something_large_that_waits() -> None:
    rate = Rate(4)

    taken = take(Bucket(2, NOW), rate, [3, 1, 1], now=NOW)

    assert taken.granted == 0


def test_a_text_longer_than_the_bucket_is_large_leaves_when_it_is_full_and_is_paid_for() -> None:
    rate = Rate(1)

    taken = take(full(rate, now=NOW), rate, [3, 1], now=NOW)

    assert taken.granted == 1
    assert taken.waits == (timedelta(seconds=3),)


def test_a_clock_that_was_set_back_fills_nothing() -> None:
    rate = Rate(1)
    spent = take(full(rate, now=NOW), rate, [1], now=NOW).bucket

    assert refilled(spent, rate, now=NOW - timedelta(hours=1)) == 0


@given(rates, batches)
def test_in_no_stretch_of_time_more_leaves_than_the_rate_and_one_burst(
    rate: Rate, batches: list[tuple[float, list[int]]]
) -> None:
    bucket, at, sent, longest = full(rate, now=NOW), NOW, 0, 0
    for seconds, costs in batches:
        at += timedelta(seconds=seconds)
        taken = take(bucket, rate, costs, now=at)
        sent += sum(costs[: taken.granted])
        longest = max(longest, *costs, 0)
        bucket = taken.bucket

    elapsed = (at - NOW).total_seconds()
    assert sent <= rate.burst + rate.per_second * elapsed + longest + 1e-6


@given(rates, st.lists(st.integers(1, 8), min_size=1, max_size=30))
def test_whoever_comes_back_when_told_is_served(rate: Rate, costs: list[int]) -> None:
    bucket, at, rounds = full(rate, now=NOW), NOW, 0
    while costs:
        taken = take(bucket, rate, costs, now=at)
        costs, bucket = costs[taken.granted :], taken.bucket
        if taken.waits:
            at += taken.waits[0]
        rounds += 1
        assert rounds <= 2 * 30  # a text longer than the bucket may wait for it to be full
    assert not costs
