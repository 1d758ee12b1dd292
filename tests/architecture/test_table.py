"""The tests' own table: every cell is tried, and each that fails is named."""

import pytest

from tests.support.table import each


def test_every_cell_is_tried_and_each_that_fails_is_named() -> None:
    tried = []

    @each(one=[1, 2], other=["a", "b"])
    def requirement(one: int, other: str) -> None:
        tried.append((one, other))
        assert one == 1

    with pytest.raises(AssertionError) as failed:
        requirement()

    assert tried == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]
    assert "2 of 4 cells" in str(failed.value)
    assert "{'one': 2, 'other': 'a'}: AssertionError" in str(failed.value)
    assert "{'one': 2, 'other': 'b'}" in str(failed.value)


def test_a_table_without_cells_shows_nothing() -> None:
    @each(one=[])
    def requirement(one: int) -> None:
        assert one

    with pytest.raises(AssertionError, match="without cells"):
        requirement()


@each(number=[1, 2])
def test_what_is_no_axis_is_a_fixture(number: int, request: pytest.FixtureRequest) -> None:
    assert number in {1, 2}
    assert request.node.name == "test_what_is_no_axis_is_a_fixture"
