"""A person who presses 1 acknowledges; no machine and no other key ever does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.answers import Meaning, Proof, ReplyKind, acknowledges
from mechanism.keypad import CallEnd, how_it_ended, known_by, read_key
from mechanism.vocabulary import Ear


@pytest.mark.parametrize("ear", [Ear.HUMAN, Ear.NOBODY_KNOWS])
def test_the_key_1_acknowledges(ear: Ear) -> None:
    read = read_key("1", ear)

    assert acknowledges(read, Proof.STRONG)
    assert not read.automatic


@given(st.text(max_size=12))
def test_a_machine_never_acknowledges_whatever_it_presses(digits: str) -> None:
    read = read_key(digits, Ear.MACHINE)

    assert read.automatic
    assert read.kind is ReplyKind.AUTO_REPLY
    assert not acknowledges(read, Proof.STRONG)


@given(st.text(max_size=12).filter(lambda digits: digits != "1"))
def test_no_other_key_acknowledges(digits: str) -> None:
    assert not acknowledges(read_key(digits, Ear.HUMAN), Proof.STRONG)


def test_the_key_9_says_that_the_number_is_wrong_and_the_key_2_says_nothing() -> None:
    assert read_key("9", Ear.HUMAN).answer is Meaning.WRONG_ADDRESSEE
    assert read_key("2", Ear.HUMAN).answer is None


@pytest.mark.parametrize("why", [CallEnd.BUSY, CallEnd.NO_ANSWER])
def test_a_call_that_was_not_taken_has_ended_so_whatever_else_is_said(why: CallEnd) -> None:
    assert how_it_ended(why, Ear.HUMAN, frozenset({"1"})) is why


@pytest.mark.parametrize(
    ("ear", "keys", "end"),
    [
        (Ear.HUMAN, {"1"}, CallEnd.ACKNOWLEDGED),
        (Ear.HUMAN, {"1", "9"}, CallEnd.ACKNOWLEDGED),
        (Ear.HUMAN, {"9"}, CallEnd.WRONG_NUMBER),
        (Ear.HUMAN, set(), CallEnd.REACHED),
        (Ear.NOBODY_KNOWS, set(), CallEnd.REACHED),
        (Ear.MACHINE, set(), CallEnd.MACHINE),
    ],
)
def test_a_call_that_was_taken_is_told_by_its_keys(ear: Ear, keys: set[str], end: CallEnd) -> None:
    assert how_it_ended(None, ear, frozenset(keys)) is end


def test_the_same_key_again_in_one_call_is_known_and_another_key_or_call_is_new() -> None:
    assert known_by("CA1", "1") == known_by("CA1", "1")
    assert len({known_by("CA1", "1"), known_by("CA1", "9"), known_by("CA2", "1")}) == 3
