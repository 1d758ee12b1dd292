"""The pages of the reference say what the code says."""

import ast
import re

import pytest

from docs.reference import generate
from mechanism import lifecycle
from mechanism.lifecycle import TRANSITIONS
from settings import Settings
from tests.support.rooms import ROOT, sources

PAGES = generate.pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_as_the_code_is_today(name: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    assert committed == PAGES[name], "run: python -m docs.reference.generate"


def test_every_state_and_event_says_what_is_true_or_who_moves_it() -> None:
    said = generate._comments(ROOT / "mechanism" / "lifecycle.py")
    kinds = [kind for kind in vars(lifecycle).values() if isinstance(kind, type)]

    for kind in kinds:
        if kind.__name__.endswith(("State", "Event")) and kind.__module__ == lifecycle.__name__:
            for member in kind:  # type: ignore[attr-defined]
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
    listed = PAGES["ledger-events.md"]
    types = {*generate.moving_events(), *generate.noted_events()}

    assert len(types) == len(re.findall(r"^\| `cm\.", listed, re.MULTILINE))
    assert {"cm.notice.answered.v1", "cm.attempt.unknown.v1", "cm.reply.kept.v1"} <= types


def test_whoever_reads_events_looks_for_types_that_somebody_writes() -> None:
    [reader] = [source for source in sources() if source.path == generate.READS_EVENTS]
    sought = set(generate._types_in(reader.tree))

    assert sought
    assert sought <= {*generate.moving_events(), *generate.noted_events()}


def test_a_type_that_is_put_together_in_a_new_way_is_not_overlooked() -> None:
    tree = ast.parse('append(session, f"cm.{noun}.made.v1")')

    assert list(generate._types_in(tree)) == ["cm.{noun}.made.v1"]
    assert not any("{" in kind for kind in generate.noted_events())
