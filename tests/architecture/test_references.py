"""The pages of the reference say what the code says."""

import re

import pytest

from docs.reference import generate
from mechanism.lifecycle import TRANSITIONS
from settings import Settings
from store.events import CATALOGUE
from tests.support.rooms import ROOT

PAGES = generate.pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_as_the_code_is_today(name: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    assert committed == PAGES[name], "run: python -m docs.reference.generate"


def test_every_state_and_event_says_what_is_true_or_who_moves_it() -> None:
    said = generate._comments(ROOT / "mechanism" / "lifecycle.py")
    kinds = {type(one) for table in TRANSITIONS.values() for pair in table for one in pair}

    assert len(kinds) == 2 * len(TRANSITIONS)
    for kind in kinds:
        for member in kind:
            assert said.get((kind.__name__, member.name)), member


def test_every_state_that_is_no_end_names_who_moves_it_on() -> None:
    said = generate._comments(ROOT / "mechanism" / "lifecycle.py")

    for states in TRANSITIONS:
        for state in states:
            true, moves = generate._true_and_next(said[states.__name__, state.name])
            assert true, state
            assert (moves.startswith("an end")) == all(
                b is not state for b, _ in TRANSITIONS[states]
            )


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_type_of_event_is_listed() -> None:
    listed = re.findall(r"^\| `(cm\.[^`]+)`", PAGES["ledger-events.md"], re.MULTILINE)

    assert listed == list(CATALOGUE)
