"""The carrier's count of a text's parts and ours, each by its own reading, are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.content.gsm_segments import count
from simulator.parts import parts_of

SIGNS = st.sampled_from(["a", "€", "\n", "ł", "မ", "😀", "[", "é", "\x1b"])


@given(st.lists(st.tuples(SIGNS, st.integers(1, 165)), max_size=5))
def test_whatever_a_text_is_made_of_both_count_the_same(runs: list[tuple[str, int]]) -> None:
    text = "".join(sign * times for sign, times in runs)

    assert parts_of(text) == count(text).parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 77, 3),  # an escape that has no room left goes into the next part
        ("ł" * 70, 1),
        ("ł" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
    ],
)
def test_the_limits_are_the_standards(text: str, parts: int) -> None:
    assert parts_of(text) == parts
