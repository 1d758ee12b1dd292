"""A length of time in words, the same wherever it is read."""

from datetime import timedelta

import pytest

from mechanism.durations import span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.6, "1 s"),
        (59.6, "1 min 00 s"),
        (148, "2 min 28 s"),
        (3600, "1 h 00 min"),
        (47 * 3600, "1 d 23 h"),
        (72 * 3600, "3 d 0 h"),
    ],
)
def test_a_length_of_time_is_said_in_two_units_at_most(seconds: float, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words
