"""The catalogue tells each event once, and nothing of it is left to be guessed."""

import re
from enum import StrEnum
from string import Formatter

import pytest

from mechanism.lifecycle import TRANSITIONS
from store.events import CATALOGUE, ROOM, LedgerEvent, Moved, Noted, moved
from store.tables import Base

EVERY = list(CATALOGUE.values())
SHAPE = re.compile(r"cm\.[a-z_]+\.[a-z_]+\.v[0-9]+")


def transitions() -> set[tuple[str, StrEnum]]:
    """The noun and the event of everything that can befall a row with a state."""
    return {
        (mapper.class_.__tablename__, event)
        for mapper in Base.registry.mappers
        if mapper.class_.state_column in mapper.columns
        for _, event in TRANSITIONS[mapper.columns[mapper.class_.state_column].type.enum_class]
    }


def test_every_transition_has_its_event_and_no_other_event_changes_a_state() -> None:
    assert {moved(noun, event) for noun, event in transitions()} == set(Moved)


def test_what_cannot_befall_a_thing_has_no_event() -> None:
    class Strange(StrEnum):
        MELTED = "melted"

    with pytest.raises(KeyError):
        moved("notice", Strange.MELTED)


def test_a_type_says_noun_participle_and_version_and_the_member_is_called_so() -> None:
    for event in EVERY:
        assert SHAPE.fullmatch(event), event
        assert event.name == f"{event.noun}_{event.participle}".upper(), event


def test_no_type_is_told_twice() -> None:
    assert len(EVERY) == len(Moved.__members__) + len(Noted.__members__)


def room_in(event: LedgerEvent) -> set[str]:
    return {word for _, word, _, _ in Formatter().parse(event.sentence) if word}


def test_every_sentence_leaves_room_for_words_that_are_known_and_ends_without_a_stop() -> None:
    for event in EVERY:
        assert room_in(event) <= set(ROOM), event
        assert event.sentence, event
        assert not event.sentence.endswith("."), event


def test_what_is_filled_into_a_sentence_stands_in_the_event() -> None:
    needs = {"how": "door", "end": "end", "purpose": "purposes"}

    for event in EVERY:
        assert {needs[word] for word in room_in(event) & needs.keys()} <= event.data.keys(), event


def test_every_word_in_an_event_has_its_meaning_and_is_either_open_or_private() -> None:
    for event in EVERY:
        assert all(event.data.values()), event
        assert all(event.private.values()), event
        assert not event.data.keys() & event.private.keys(), event
        assert not {"actor", "evidence"} & {*event.data, *event.private}, event


def test_a_change_of_a_state_says_which_and_is_about_the_thing_itself() -> None:
    for event in Moved:
        assert "change" in event.data, event
        assert event.about == {event.noun}, event


def test_what_is_only_noted_cannot_claim_a_change_of_a_state() -> None:
    assert [event for event in Noted if "change" in event.data] == []
