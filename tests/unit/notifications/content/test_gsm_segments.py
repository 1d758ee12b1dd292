"""How an SMS is counted and kept to one part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.content.gsm_segments import (
    BASIC,
    ESCAPE,
    EXTENSION,
    Alphabet,
    Segments,
    at_most,
    count,
    signs,
    to_gsm7,
)

ONE_UNIT, TWO_UNITS = "字", "🛟"  # a character of the BMP, and one beyond it


def test_the_tables_hold_what_the_standard_lists() -> None:
    assert (len(BASIC), len(EXTENSION)) == (127, 10)
    assert not BASIC & EXTENSION
    assert ESCAPE not in BASIC | EXTENSION


def test_every_character_of_the_bmp_is_counted_in_its_own_alphabet() -> None:
    for code in range(0x10000):
        char = chr(code)
        if char in BASIC:
            expected = Segments(Alphabet.GSM7, 1, 1)
        elif char in EXTENSION:
            expected = Segments(Alphabet.GSM7, 2, 1)
        else:
            expected = Segments(Alphabet.UCS2, 1, 1)
        assert count(char) == expected, f"U+{code:04X}"


@pytest.mark.parametrize(
    ("text", "units", "parts"),
    [
        ("", 0, 1),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("a" * 158 + "€", 160, 1),
        ("a" * 159 + "€", 161, 2),
        ("€" * 80, 160, 1),
    ],
)
def test_a_text_in_gsm7_is_cut_at_its_boundaries(text: str, units: int, parts: int) -> None:
    assert count(text) == Segments(Alphabet.GSM7, units, parts)


def test_an_escape_pair_never_straddles_two_parts() -> None:
    fits = "a" * 151 + "€" + "a" * 153
    does_not_fit = "a" * 152 + "€" + "a" * 152

    assert count(fits) == Segments(Alphabet.GSM7, 306, 2)
    assert count(does_not_fit) == Segments(Alphabet.GSM7, 306, 3)


@pytest.mark.parametrize(
    ("text", "units", "parts"),
    [
        (ONE_UNIT * 70, 70, 1),
        (ONE_UNIT * 71, 71, 2),
        (ONE_UNIT * 134, 134, 2),
        (ONE_UNIT * 135, 135, 3),
        (ONE_UNIT * 68 + TWO_UNITS, 70, 1),
    ],
)
def test_a_text_in_ucs2_is_cut_at_its_boundaries(text: str, units: int, parts: int) -> None:
    assert count(text) == Segments(Alphabet.UCS2, units, parts)


def test_a_surrogate_pair_never_straddles_two_parts() -> None:
    fits = ONE_UNIT * 65 + TWO_UNITS + ONE_UNIT * 67
    does_not_fit = ONE_UNIT * 66 + TWO_UNITS + ONE_UNIT * 66

    assert count(fits) == Segments(Alphabet.UCS2, 134, 2)
    assert count(does_not_fit) == Segments(Alphabet.UCS2, 134, 3)


def test_one_foreign_character_moves_the_whole_text_to_ucs2() -> None:
    assert count("a" * 70 + ONE_UNIT) == Segments(Alphabet.UCS2, 71, 2)


FAMILY = "👩‍👩‍👧"  # three people bound by joiners: eight code units, read as one sign


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("กำลัง", ["กำ", "ลั", "ง"]),
        ("ক্ষমা", ["ক্ষ", "মা"]),  # two consonants bound by a virama, then a vowel sign
        ("متنِ", ["م", "ت", "نِ"]),
        (f"a{FAMILY}🇧🇩", ["a", FAMILY, "🇧🇩"]),
        ("", []),
    ],
)
def test_a_sign_with_what_is_written_onto_it_is_one(text: str, read_as: list[str]) -> None:
    assert list(signs(text)) == read_as


def test_a_sign_that_is_kept_whole_may_cost_a_part_more() -> None:
    text = ONE_UNIT * 62 + FAMILY + ONE_UNIT * 64

    assert count(text).parts == 2
    assert at_most(text).parts == 3


@given(
    st.lists(st.sampled_from(["a", "ก", "ั", "ক", "্", "া", FAMILY, "👍", "🏽", "🇧" * 3]), max_size=90)
)
def test_the_upper_bound_is_never_below_the_exact_cost(pieces: list[str]) -> None:
    text = "".join(pieces)

    assert at_most(text).parts >= count(text).parts
    assert at_most(text).units == count(text).units
    assert "".join(signs(text)) == text


def test_a_sign_longer_than_a_part_is_cut_like_anything_else() -> None:
    assert at_most("ก" + "ั" * 200).parts == count("ก" + "ั" * 200).parts


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("\u2018urgent\u2019 \u2013 \u201cnow\u201d\u2026", "'urgent' - \"now\"..."),
        ("10\u00a0June\t2026", "10 June 2026"),
        ("São Tomé, Côte, Việt Nam, naïve", "Sao Tomé, Cote, Viet Nam, naive"),
        ("Đà Nẵng", "Dà Nang"),
        ("fac\u0327ade e\u0301te\u0301", "facade été"),
        ("soft\u00adhyphen", "softhyphen"),
        ("N\u00ba 5, 12\u00b0 N, 3\u00d74", "No 5, 12 deg N, 3x4"),
        ("Nuku\u02bbalofa", "Nuku'alofa"),
        ("{[€]}~^|\\", "{[€]}~^|\\"),
    ],
)
def test_what_has_a_twin_in_gsm7_is_replaced_by_it(written: str, sent: str) -> None:
    assert to_gsm7(written) == sent
    assert count(to_gsm7(written)).alphabet is Alphabet.GSM7


@pytest.mark.parametrize("text", ["รับทราบ", "ကျေးဇူး", "확인", "急", "🛟", "ά", "ё", ESCAPE])
def test_what_has_no_twin_stays_as_it_is(text: str) -> None:
    assert to_gsm7(f"a {text} b") == f"a {text} b"


@given(st.text())
def test_replacing_twice_changes_no_more_than_once_and_invents_no_question_mark(text: str) -> None:
    once = to_gsm7(text)

    assert to_gsm7(once) == once
    assert once.count("?") == text.count("?")


@given(st.text(alphabet=sorted(BASIC | EXTENSION)))
def test_a_text_in_gsm7_is_never_touched(text: str) -> None:
    assert to_gsm7(text) == text
