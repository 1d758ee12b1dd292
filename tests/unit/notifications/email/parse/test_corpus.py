"""Is every answer heard, and nothing mistaken for one, over the whole corpus?"""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.mutating import mutated
from mechanism.answers import Answer, Proof, acknowledges, read_mail
from notifications.email.parse.message import read_raw
from notifications.email.parse.parsed import in_words
from tests.support.corpus import specimens
from tests.support.corpus.specimen import Specimen

CORPUS = specimens()
BY_NAME = {specimen.name: specimen for specimen in CORPUS}
RAWS = [specimen.raw for specimen in CORPUS]
MACHINES = [specimen for specimen in CORPUS if specimen.automatic]
PERSONS = [specimen for specimen in CORPUS if not specimen.automatic]
RIGHT_AT_LEAST = 0.96


def read(specimen: Specimen) -> Answer:
    return read_mail(read_raw(specimen.raw).heard)


def words(answer: Answer) -> tuple[str, bool, str | None]:
    return answer.kind.value, answer.automatic, answer.answer.value if answer.answer else None


def test_the_corpus_is_large_and_each_mail_has_its_own_name() -> None:
    assert len(CORPUS) >= 300
    assert len({specimen.name for specimen in CORPUS}) == len(CORPUS)
    assert len(MACHINES) >= 150
    assert len(PERSONS) >= 150


def test_no_automatic_message_acknowledges_even_where_it_quotes_the_token() -> None:
    assert [x.name for x in MACHINES if acknowledges(read(x), Proof.STRONG)] == []


def test_every_automatic_message_is_known_as_one_or_has_no_meaning_for_anybody() -> None:
    passed = [x.name for x in MACHINES if not (read(x).automatic or read(x).answer is None)]

    assert passed == []


def test_no_persons_answer_is_lost_to_the_machines() -> None:
    assert [x.name for x in PERSONS if read(x).automatic] == []


def test_whoever_denies_or_is_not_meant_never_acknowledges() -> None:
    denied = [x for x in PERSONS if x.answer in {None, "wrong_addressee"}]

    assert denied
    assert [x.name for x in denied if acknowledges(read(x), Proof.STRONG)] == []


def test_what_is_not_understood_never_acknowledges_by_a_weak_proof() -> None:
    unclear = [x for x in PERSONS if x.answer == "unclear"]

    assert unclear
    assert [x.name for x in unclear if acknowledges(read(x), Proof.WEAK)] == []


def test_nearly_every_mail_is_read_exactly_as_it_was_meant() -> None:
    wrong = [x.name for x in CORPUS if words(read(x)) != (x.kind, x.automatic, x.answer)]

    assert len(wrong) <= len(CORPUS) * (1 - RIGHT_AT_LEAST), wrong


@pytest.mark.parametrize("seed", range(3))
def test_a_mutated_mail_is_read_without_an_exception(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same run every time

    for _ in range(150):
        answer = read_mail(read_raw(mutated(RAWS, chance)).heard)
        assert answer.reason


@given(st.sampled_from(sorted(BY_NAME)), st.text(max_size=40))
def test_reading_twice_gives_the_same_and_its_own_text_reads_without_harm(
    name: str, ours: str
) -> None:
    raw = BY_NAME[name].raw
    once = read_mail(read_raw(raw, ours=ours).heard)
    again = read_mail(read_raw(raw, ours=ours).heard)

    assert once == again
    assert set(in_words(once)) == {"kind", "automatic", "answer", "text", "reason"}
