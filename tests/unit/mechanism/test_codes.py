"""Which five digits are a reply code, and where in a hurried text do they stand?"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.codes import codes_in, is_code, with_check_digit, without_codes

ALL_CODES = [with_check_digit(four) for four in range(10_000)]


def test_the_check_digit_is_the_one_of_the_published_example() -> None:
    assert with_check_digit(572) == "05724"  # 572 → 4, and leading noughts change nothing


def test_every_wrong_digit_is_caught() -> None:
    for code in ALL_CODES[::7]:
        for place in range(5):
            for digit in set("0123456789") - {code[place]}:
                assert not is_code(code[:place] + digit + code[place + 1 :])


def test_every_exchange_of_neighbours_is_caught() -> None:
    for code in ALL_CODES:
        for place in range(4):
            left, right = code[place], code[place + 1]
            swapped = code[:place] + right + left + code[place + 2 :]
            assert left == right or not is_code(swapped)


def test_one_in_ten_numbers_of_five_digits_is_a_code() -> None:
    assert sum(is_code(f"{number:05d}") for number in range(100_000)) == 10_000


@pytest.mark.parametrize("four", [-1, 10_000])
def test_a_code_is_made_of_four_digits_only(four: int) -> None:
    with pytest.raises(ValueError, match="four digits"):
        with_check_digit(four)


@pytest.mark.parametrize(
    "text", ["", "4821", "482130", "4821x", " 48215", "৪৮২১৫", "٤٨٢١٥", "²2222"]
)
def test_only_five_plain_digits_are_a_code_as_it_stands(text: str) -> None:
    assert not is_code(text)


CODE = with_check_digit(4821)
OTHER = with_check_digit(7)
TOLERATED = [
    "{c}",
    "OK {c}",
    "ok{c}",
    "OK-{c}.",
    "{c}OK",
    "Yes, code is {c}, thank you",
    "1 {c}",
    "{c} 14 July",
    "BP-2026-003 {c}",
    "BP-X-2026-003: OK {c}",
    "ok\n{c}\n",
    "\u200f{c}\u200e",
]


@pytest.mark.parametrize("text", TOLERATED)
def test_a_code_is_found_among_words(text: str) -> None:
    assert codes_in(text.format(c=CODE)) == (CODE,)


@pytest.mark.parametrize("gap", [" ", "-", "\u2013", " - ", "\u00a0", "\u3000", "\ufe0f\u20e3"])
def test_a_code_may_be_written_in_groups(gap: str) -> None:
    assert codes_in(f"OK {CODE[:2]}{gap}{CODE[2:]}") == (CODE,)
    assert codes_in(gap.join(CODE)) == (CODE,)
    assert codes_in(f"1 {CODE[:2]} {CODE[2:]}") == (CODE,)


@pytest.mark.parametrize(
    "zero", ["\uff10", "\u09e6", "\u0e50", "\u1040", "\u0660", "\u06f0", "\u0966"]
)
def test_digits_of_every_script_are_read(zero: str) -> None:
    written = "".join(chr(ord(zero) + int(digit)) for digit in CODE)

    assert codes_in(f"OK {written}") == (CODE,)


@pytest.mark.parametrize(
    "text",
    [
        "+999 {c}",
        "+{c}",
        "call 0812 {c}",
        "0{c}",
        "{c}1234567",
        "999-555-{c}",
        "BP-2026-003",
        "meet 14 July 04:00 UTC",
        "",
    ],
)
def test_a_telephone_number_a_reference_or_a_date_is_no_code(text: str) -> None:
    assert codes_in(text.format(c=CODE)) == ()


def test_a_code_with_a_wrong_digit_is_not_found() -> None:
    assert codes_in(f"OK {CODE[:4]}{(int(CODE[4]) + 1) % 10}") == ()


def test_two_codes_are_both_found_and_a_repeated_one_once() -> None:
    assert codes_in(f"{CODE} {OTHER}, {CODE} again") == (CODE, OTHER)


def test_the_words_beside_a_code_are_left() -> None:
    assert without_codes(f"OK {CODE} pak").split() == ["OK", "pak"]
    assert without_codes("no 12345678 here") == "no 12345678 here"


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    assert all(is_code(code) for code in codes_in(text))
    assert codes_in(without_codes(text)) == ()


@given(st.lists(st.sampled_from([*"0123456789+- ٣৪", "BP-2026-"])))
def test_any_heap_of_digits_can_be_searched(pieces: list[str]) -> None:
    text = "".join(pieces)

    assert all(is_code(code) for code in codes_in(text))


@pytest.mark.parametrize("piece", ["1", "1 ", "48213 ", "+", "- ", "BP-", "BP-2026-"])
def test_a_hostile_text_is_searched_within_a_second(
    piece: str, cpu_seconds: Callable[[Callable[[], object]], float]
) -> None:
    text = piece * (4_000_000 // len(piece))

    assert cpu_seconds(lambda: codes_in(text)) < 1
