"""A plain AGREE agrees, an OBJECT at the beginning objects, and whatever else is a person's."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.codes import with_check_digit
from mechanism.concurrence import Comes, Verdict, comes_to, may, read_verdict
from mechanism.lifecycle import ACTIVATION_ENDS, ActivationState
from mechanism.vocabulary import ConcurrenceAnswer

CODE = with_check_digit(4821)
OPEN = ActivationState.ACTIVE


@pytest.mark.parametrize(
    "text",
    [
        f"AGREE {CODE}", f"agree{CODE}", f"{CODE} Agree", f"AGREED {CODE}",
        f"  aGrEe   {CODE[:2]} {CODE[2:]} . ", f"We agree. {CODE}",
        f"Yes, I agree {CODE}, thank you", f"Setuju {CODE}",
        f"Kami setuju {CODE} terima kasih", f"We concur {CODE}", f"AGREE\n{CODE}",
    ],
)  # fmt: skip
def test_a_plain_agreement_is_read_in_any_spelling(text: str) -> None:
    assert read_verdict(text).verdict is Verdict.AGREES


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"OBJECT {CODE}", ""),
        (f"{CODE} object", ""),
        (f"We object {CODE}", ""),
        (f"OBJECT {CODE}: the boat has arrived in Lemuria", "the boat has arrived in Lemuria"),
        (f"Object {CODE} - no boat was seen there", "no boat was seen there"),
        (f"Keberatan {CODE} kapal sudah tiba", "kapal sudah tiba"),
        (f"Tidak setuju {CODE}", "Tidak setuju"),
        (f"DISAGREE {CODE}", ""),
    ],
)
def test_an_objection_stands_first_and_the_rest_is_its_reason(text: str, reason: str) -> None:
    reading = read_verdict(text)

    assert reading.verdict is Verdict.OBJECTS
    assert reading.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        f"OK {CODE}", CODE, "", f"YES {CODE}",
        f"AGREE? {CODE}", f"Do we agree {CODE}", f"not agree {CODE}", f"We do not agree {CODE}",
        f"we cannot agree {CODE}", f"agree or object {CODE}", f"AGREE OBJECT {CODE}",
        f"OBJECT, no we agree {CODE}", f"no objection {CODE}", f"OBJECT NOT {CODE}",
        f"We agree to look at it tomorrow {CODE}", f"agree with conditions {CODE}",
        f"Belum setuju {CODE}", f"belum ada keberatan {CODE}", f"I would agree {CODE}",
        f"Auto-reply: I am driving. AGREE {CODE}", "I am out of office until Monday. AGREE",
        f"This is an automatic message. AGREE {CODE}", f"STOP {CODE}", f"Object {CODE}?",
        f"I can't talk now, agree {CODE} later", f"Your message has been received: AGREE {CODE}",
    ],
)  # fmt: skip
def test_whatever_is_not_plain_goes_to_a_person_with_the_cause(text: str) -> None:
    reading = read_verdict(text)

    assert reading.verdict is None
    assert reading.why


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_and_none_agrees_without_the_word(text: str) -> None:
    reading = read_verdict(text)

    if reading.verdict is Verdict.AGREES:
        assert any(word in text.casefold() for word in ("agree", "concur", "setuju", "sepakat"))


@given(st.sampled_from(["not", "never", "cannot", "tomorrow", "if", "unless", "tidak", "no", "?"]))
def test_a_word_more_never_turns_into_an_agreement(word: str) -> None:
    for text in (f"{word} agree {CODE}", f"agree {word} {CODE}", f"agree {CODE} {word}"):
        assert read_verdict(text).verdict is not Verdict.AGREES


def test_a_first_word_counts_as_long_as_the_activation_waits_or_runs() -> None:
    for state in (ActivationState.AWAITING_CONCURRENCE, ActivationState.ACTIVE):
        assert comes_to(Verdict.AGREES, state, []) is Comes.COUNTS
        assert comes_to(Verdict.OBJECTS, state, []) is Comes.COUNTS


def test_an_objection_after_an_agreement_counts() -> None:
    assert comes_to(Verdict.OBJECTS, OPEN, [ConcurrenceAnswer.AGREED]) is Comes.COUNTS


def test_an_agreement_after_an_objection_takes_nothing_back() -> None:
    said = [ConcurrenceAnswer.OBJECTED]

    assert comes_to(Verdict.AGREES, ActivationState.PAUSED, said) is Comes.CONTRADICTS
    assert not may(Verdict.AGREES, OPEN, said)


@pytest.mark.parametrize("state", sorted(ACTIVATION_ENDS))
@pytest.mark.parametrize("verdict", list(Verdict))
def test_after_the_end_no_word_counts(state: ActivationState, verdict: Verdict) -> None:
    assert comes_to(verdict, state, []) is Comes.ENDED
    assert not may(verdict, state, [])


@given(st.lists(st.sampled_from(list(Verdict)), max_size=8))
def test_in_whatever_order_words_come_an_objection_is_never_taken_back(
    verdicts: list[Verdict],
) -> None:
    """As they would be acted upon, one after the other."""
    state, said = OPEN, list[ConcurrenceAnswer]()
    for verdict in verdicts:
        if comes_to(verdict, state, said) is Comes.COUNTS:
            objects = verdict is Verdict.OBJECTS
            said.append(ConcurrenceAnswer.OBJECTED if objects else ConcurrenceAnswer.AGREED)
            state = ActivationState.PAUSED if objects else state

    assert (state is ActivationState.PAUSED) == (Verdict.OBJECTS in verdicts)
    assert all(before is not after for before, after in itertools.pairwise(said))
    assert (
        ConcurrenceAnswer.AGREED not in said[said.index(ConcurrenceAnswer.OBJECTED) :]
        if ConcurrenceAnswer.OBJECTED in said
        else True
    )
