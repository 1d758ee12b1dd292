"""Which times may be asked about, and what the answers add up to, in whatever order they came."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism import poll
from mechanism.poll import Availability, Count, NotTaken
from mechanism.quorum import Quorum

NOW = datetime(2026, 11, 23, 3, 40, tzinfo=UTC)
TIMES = [NOW + timedelta(hours=hours) for hours in (6, 8, 27)]
CLOSES = NOW + timedelta(hours=2)
ASKED = ("ATLANTIS", "LEMURIA", "MU", "THULE")

words = st.builds(
    Availability,
    member=st.sampled_from([*ASKED, "NOBODY"]),
    starts_at=st.sampled_from([*TIMES, NOW + timedelta(days=9)]),
    can=st.booleans(),
    at=st.integers(0, 3).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)


def counted(*said: Availability, quorum: int = 2) -> tuple[Count, ...]:
    return poll.counts(
        TIMES, said, asked=ASKED, quorum=Quorum(quorum, frozenset({"LEMURIA", "THULE"}))
    )


def says(member: str, *, can: bool, minute: int = 0, time: int = 0) -> Availability:
    return Availability(member, TIMES[time], can, NOW + timedelta(minutes=minute))


@given(st.lists(words, max_size=12).flatmap(lambda w: st.tuples(st.just(w), st.permutations(w))))
def test_the_order_in_which_words_are_read_changes_nothing(
    orders: tuple[list[Availability], list[Availability]],
) -> None:
    one, other = orders

    assert counted(*one) == counted(*other)


@given(st.lists(words, max_size=12))
def test_everybody_asked_is_counted_once_for_each_time(said: list[Availability]) -> None:
    for count in counted(*said):
        assert sorted([*count.can, *count.cannot, *count.silent]) == sorted(ASKED)


@given(st.lists(words, max_size=12), st.integers(1, 4))
def test_a_time_suits_only_if_everybody_needed_and_a_quorum_can(
    said: list[Availability], quorum: int
) -> None:
    for count in counted(*said, quorum=quorum):
        needed = {"LEMURIA", "THULE"}
        assert count.suits == (needed <= set(count.can) and len(count.can) >= quorum)
        assert not (count.suits and count.missing)


def test_the_last_word_of_a_member_counts() -> None:
    first, *_ = counted(says("MU", can=True), says("MU", can=False, minute=1))

    assert (first.can, first.cannot) == ((), ("MU",))


def test_of_a_yes_and_a_no_in_one_instant_the_no_counts() -> None:
    first, *_ = counted(says("MU", can=False), says("MU", can=True))

    assert first.cannot == ("MU",)


def test_whoever_is_needed_and_cannot_is_named() -> None:
    first, *_ = counted(says("LEMURIA", can=False), says("MU", can=False))

    assert first.missing == ("LEMURIA",)


@pytest.mark.parametrize(
    ("times", "fault"),
    [
        ([], "no time is proposed"),
        ([*TIMES, NOW + timedelta(hours=9)], "more than 3 times are proposed"),
        ([TIMES[0], TIMES[0]], "a time is proposed twice"),
        ([NOW], "a time is in the past"),
        ([CLOSES - timedelta(minutes=1)], "answers would be asked for after one of the times"),
    ],
)
def test_times_that_cannot_be_asked_about_are_refused_in_words(
    times: list[datetime], fault: str
) -> None:
    assert fault in list(poll.faults_of(times, closes_at=CLOSES, now=NOW))


def test_nobody_is_asked_to_answer_in_the_past() -> None:
    faults = list(poll.faults_of(TIMES, closes_at=NOW, now=NOW))

    assert faults == ["answers would be asked for until a time in the past"]


def test_three_good_times_have_no_fault() -> None:
    assert list(poll.faults_of(TIMES, closes_at=CLOSES, now=NOW)) == []


@pytest.mark.parametrize(
    ("answers", "state", "minutes", "why"),
    [
        ({TIMES[0]: True}, "open", 120, None),
        ({TIMES[0]: True, TIMES[2]: False}, "open", 0, None),
        ({TIMES[0]: True}, "fixed", 0, NotTaken.CLOSED),
        ({TIMES[0]: True}, "open", 121, NotTaken.LATE),
        ({}, "open", 0, NotTaken.NOTHING_SAID),
        ({NOW: True}, "open", 0, NotTaken.NOT_ASKED),
    ],
)
def test_an_answer_is_taken_in_time_and_for_what_was_asked(
    answers: dict[datetime, bool], state: str, minutes: int, why: NotTaken | None
) -> None:
    now = NOW + timedelta(minutes=minutes)

    taken = poll.refused(answers, TIMES, is_open=state == "open", closes_at=CLOSES, now=now)

    assert taken is why
