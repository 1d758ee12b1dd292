import pytest

from records.spreadsheet import MARK, harmless, table


@pytest.mark.parametrize(
    "cell", ["=1+1", "+9991234", "-2", "@sum", "\t=1", "\r=1", "\n=1", '=HYPERLINK("x")']
)
@pytest.mark.check(1, 5)
def test_nothing_that_a_spreadsheet_would_calculate_leaves_as_it_is(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_other_cells_are_left_alone_and_quoted_where_needed() -> None:
    written = table(("a", "b"), [("plain, with comma", 'say "yes"')])

    assert written == MARK + b'a,b\r\n"plain, with comma","say ""yes"""\r\n'
