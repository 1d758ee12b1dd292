"""When a provider is no longer asked, and when it is asked again."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mechanism.breaker import (
    FAULTS,
    PROBE_AFTER,
    PROBE_TAKES,
    WINDOW,
    Breaker,
    Passage,
    Tried,
    after,
    passage,
    probing,
)

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

batches = st.lists(st.tuples(st.integers(0, 90), st.lists(st.booleans(), max_size=12)), max_size=20)


def fault(at: datetime = NOW) -> Tried:
    return Tried(at, is_fault=True)


def success(at: datetime = NOW) -> Tried:
    return Tried(at, is_fault=False)


def opened(at: datetime = NOW) -> Breaker:
    return after(Breaker(), [fault(at)] * FAULTS, now=at)


def test_fewer_faults_than_the_limit_change_nothing() -> None:
    breaker = after(Breaker(), [fault()] * (FAULTS - 1), now=NOW)

    assert passage(breaker, now=NOW) is Passage.ALL


def test_it_opens_on_the_last_fault_within_the_window() -> None:
    breaker = after(Breaker(), [fault()] * (FAULTS - 1), now=NOW)
    breaker = after(breaker, [fault(NOW + WINDOW)], now=NOW + WINDOW)

    assert passage(breaker, now=NOW + WINDOW) is Passage.NOBODY


def test_faults_of_more_than_a_minute_ago_are_forgotten() -> None:
    later = NOW + WINDOW + SECOND
    breaker = after(Breaker(), [fault()] * (FAULTS - 1), now=NOW)

    breaker = after(breaker, [fault(later)] * (FAULTS - 1), now=later)

    assert passage(breaker, now=later) is Passage.ALL


def test_faults_of_one_country_do_not_close_the_way_to_all_others() -> None:
    breaker = after(Breaker(), [fault()] * 10 + [success()] * 90, now=NOW)

    assert passage(breaker, now=NOW) is Passage.ALL


def test_an_open_one_lets_one_through_when_its_time_has_come_and_nobody_beside_it() -> None:
    breaker, due = opened(), NOW + timedelta(seconds=PROBE_AFTER[0])

    assert passage(breaker, now=due - SECOND) is Passage.NOBODY
    assert passage(breaker, now=due) is Passage.ONE
    assert passage(probing(breaker, now=due), now=due) is Passage.NOBODY


def test_a_probe_of_which_nothing_is_heard_is_followed_by_another() -> None:
    breaker = probing(opened(), now=NOW)

    assert passage(breaker, now=NOW + PROBE_TAKES) is Passage.ONE


def test_a_probe_that_succeeds_closes_it_as_if_nothing_had_been() -> None:
    began, ended = NOW + 5 * SECOND, NOW + 6 * SECOND

    breaker = after(probing(opened(), now=began), [success(began)], now=ended)

    assert breaker == Breaker(turned_at=ended)


def test_probes_that_fail_come_less_and_less_often_and_never_end() -> None:
    breaker, at, pauses = opened(), NOW, []
    for _ in range(7):
        assert breaker.probe_at is not None
        pauses.append((breaker.probe_at - at).total_seconds())
        at = breaker.probe_at
        breaker = after(probing(breaker, now=at), [fault(at)], now=at)

    assert pauses == [*PROBE_AFTER, 60, 60]


def test_what_began_before_it_opened_neither_closes_it_nor_counts_as_a_probe() -> None:
    breaker = opened()

    late = after(breaker, [success(NOW), fault(NOW)], now=NOW + 3 * SECOND)

    assert late == breaker


def test_time_outs_from_before_it_closed_do_not_open_it_again() -> None:
    began = NOW + 5 * SECOND
    closed = after(probing(opened(), now=began), [success(began)], now=began + SECOND)

    late = after(closed, [fault(NOW)] * 50, now=began + 2 * SECOND)

    assert passage(late, now=began + 2 * SECOND) is Passage.ALL


@given(batches)
def test_it_never_opens_without_enough_faults_that_outnumber_the_successes(
    batches: list[tuple[int, list[bool]]],
) -> None:
    breaker, at, seen = Breaker(), NOW, 0
    for seconds, outcomes in batches:
        at += timedelta(seconds=seconds + 1)
        before = breaker
        breaker = after(before, [Tried(at, is_fault=f) for f in outcomes], now=at)
        seen += sum(outcomes)
        if breaker.is_open and not before.is_open:
            assert seen >= FAULTS
            assert breaker.faults > breaker.successes
        if before.is_open and not breaker.is_open:
            assert not all(outcomes)
            seen = 0


@given(batches, st.randoms(use_true_random=False))
def test_the_order_in_which_the_tries_of_a_batch_ended_does_not_matter(
    batches: list[tuple[int, list[bool]]], order: Random
) -> None:
    one = other = Breaker()
    at = NOW
    for seconds, outcomes in batches:
        at += timedelta(seconds=seconds + 1)
        tries = [Tried(at, is_fault=f) for f in outcomes]
        one = after(one, tries, now=at)
        order.shuffle(tries)
        other = after(other, tries, now=at)

    assert one == other


@given(batches)
def test_an_open_one_always_says_when_it_will_be_asked_again(
    batches: list[tuple[int, list[bool]]],
) -> None:
    breaker, at = Breaker(), NOW
    for seconds, outcomes in batches:
        at += timedelta(seconds=seconds + 1)
        breaker = after(breaker, [Tried(at, is_fault=f) for f in outcomes], now=at)

        assert breaker.is_open is (breaker.probe_at is not None)
        if breaker.probe_at is not None:
            assert passage(breaker, now=breaker.probe_at) is Passage.ONE
