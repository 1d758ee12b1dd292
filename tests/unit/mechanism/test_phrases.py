"""How is a phrase found in a text that somebody wrote in a hurry?"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.phrases import Phrases, folded

PHRASES = Phrases(["ok", "ok now", "right", "ใช่"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  O.K.,  Sir! ", "o k sir"),
        ("Don\u2019t", "dont"),
        ("yesss", "yes"),
        ("ok48213", "ok 48213"),
        ("\uff2f\uff2b", "ok"),
        ("\u2705", "ok"),
        ("ALINDI", "alindi"),
        ("al\u0131nd\u0131", "alindi"),
        (unicodedata.normalize("NFD", "Đã nhận"), unicodedata.normalize("NFC", "đã nhận")),
    ],
)
def test_a_text_is_folded(text: str, expected: str) -> None:
    assert folded(text) == expected


def test_a_phrase_in_a_script_without_spaces_is_found_anywhere() -> None:
    assert PHRASES.found_in(folded("ไม่ใช่ครับ"))


def test_a_phrase_in_other_scripts_is_found_between_spaces_only() -> None:
    assert list(PHRASES.spans("a right ok now bright")) == [(2, 7), (8, 14)]
    assert not PHRASES.found_in("bright okay")


def test_the_longest_phrase_is_taken() -> None:
    assert PHRASES.taken_from("well ok now then") == "well then"
    assert PHRASES.parts_of("ok a right") == ["", "a", ""]


def test_a_phrase_can_open_a_text_or_be_all_of_it() -> None:
    assert PHRASES.opens("ok then")
    assert not PHRASES.opens("then ok")
    assert "ok now" in PHRASES
    assert "now" not in PHRASES


@given(st.text())
def test_any_text_can_be_folded_and_folding_again_changes_no_find(text: str) -> None:
    once = folded(text)

    assert folded(once) == once
    assert set(PHRASES.taken_from(once)) <= set(once)
