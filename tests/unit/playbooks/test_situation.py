"""A figure is never a bare number, a title is neutral, a time carries its zone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from playbooks.neutral import unneutral_words
from playbooks.schema import load, playbook_names
from playbooks.situation import FigureKind, SituationFacts, SituationKind, read_situation, schemas
from store.roster import read_roster
from validation import Fault, InvalidFileError

ROOT = Path(__file__).parents[3]
ROSTER = (ROOT / "examples" / "roster.yaml").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "examples" / "situations").glob("*.yaml"))
FOUR_FACTS = """\
kind: exercise
title: Persons at sea
short_title: Persons at sea
what_happened: A vessel is adrift.
where: {name: Andaman Sea}
as_of: 2026-11-23T06:00:00Z
"""
FIGURE = """\
figures:
  - label: Persons on board
    kind: observed
    value: 303
    unit: persons
    as_of: 2026-11-23T05:00:00+07:00
    source: Rescue centre
    status: reported
"""


def read(text: str) -> SituationFacts:
    return read_situation(text, source="trial.yaml")


def faults(text: str) -> list[Fault]:
    with pytest.raises(InvalidFileError) as refused:
        read(text)
    return list(refused.value.faults)


def without(text: str, words: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if words not in line)


def test_kind_titles_and_four_facts_suffice() -> None:
    facts = read(FOUR_FACTS)

    assert facts.as_of == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert (facts.playbook, facts.figures) == ("generic", ())


def test_a_single_value_is_a_range_of_one() -> None:
    [figure] = read(FOUR_FACTS + FIGURE).figures

    assert (figure.value.minimum, figure.value.maximum) == (303, 303)
    assert figure.kind is FigureKind.OBSERVED


def test_a_range_goes_upward() -> None:
    [fault] = faults(FOUR_FACTS + FIGURE.replace("303", "{minimum: 9, maximum: 3}"))

    assert (fault.line, fault.field) == (10, "figures.0.value")


@pytest.mark.parametrize("lacking", ["as_of: 2026-11-23T05", "source:", "status:", "unit:"])
def test_a_figure_without_its_date_or_source_is_refused(lacking: str) -> None:
    [fault] = faults(FOUR_FACTS + without(FIGURE, lacking))

    assert fault.field == f"figures.0.{lacking.partition(':')[0]}"
    assert fault.line is not None


def test_a_bare_number_is_refused_with_what_it_lacks() -> None:
    [fault] = faults(FOUR_FACTS + "figures: [8000]\n")

    assert (fault.line, fault.field) == (7, "figures.0")
    assert "source" in fault.mend


@pytest.mark.parametrize("written", ["-1", "8000.5", '"8,000"', "true", "1e12"])
def test_a_value_that_is_no_count_is_refused(written: str) -> None:
    assert faults(FOUR_FACTS + FIGURE.replace("303", written))


@pytest.mark.parametrize(
    "written", ["2026-11-23", "2026-11-23T06:00:00", "20261123", '"1763877600"', "today"]
)
def test_a_time_without_its_zone_is_refused(written: str) -> None:
    [fault] = faults(FOUR_FACTS.replace("2026-11-23T06:00:00Z", written))

    assert (fault.line, fault.field) == (6, "as_of")
    assert "2026-11-23T06:00:00Z" in fault.mend


@pytest.mark.parametrize("sign", ["[[", "]]", "\\u202e", "\\u2066", "\\u0000", "\\u001b"])
def test_forged_holes_and_invisible_signs_are_refused_with_a_remedy(sign: str) -> None:
    [fault] = faults(FOUR_FACTS.replace("A vessel is adrift.", f'"A vessel{sign} is adrift."'))

    assert (fault.line, fault.field) == (4, "what_happened")
    assert fault.mend


def test_a_title_has_one_line_and_60_characters() -> None:
    assert faults(FOUR_FACTS.replace("title: Persons at sea", 'title: "Persons\\nat sea"', 1))
    assert faults(FOUR_FACTS.replace("title: Persons at sea", f"title: {'x' * 61}", 1))
    assert read(FOUR_FACTS.replace("title: Persons at sea", f"title: {'x' * 60}", 1))


def test_a_title_that_names_a_population_is_refused() -> None:
    [fault] = faults(FOUR_FACTS.replace("title: Persons at sea", "title: Rohingya at sea", 1))

    assert "population" in fault.wrong


def test_half_a_position_is_refused() -> None:
    [fault] = faults(FOUR_FACTS.replace("Andaman Sea}", "Andaman Sea, latitude: 9.5}"))

    assert (fault.line, fault.wrong) == (5, "half a position")


def test_a_role_that_is_not_known_is_refused() -> None:
    [fault] = faults(FOUR_FACTS + "states_by_role: {guilty: [TH]}\n")

    assert fault.line == 7


def test_what_is_not_yaml_is_refused_with_its_line() -> None:
    [fault] = faults("kind: exercise\n\ttitle: x\n")

    assert fault.line == 2


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_an_exercise_in_neutral_words(path: Path) -> None:
    facts = read_situation(path.read_text(encoding="utf-8"), source=path.name)

    assert facts.kind is SituationKind.EXERCISE
    assert list(unneutral_words(facts.model_dump_json())) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_knew_nothing_of_its_future(path: Path) -> None:
    facts = read_situation(path.read_text(encoding="utf-8"), source=path.name)

    assert facts.figures
    assert all(figure.as_of <= facts.as_of for figure in facts.figures)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_names_members_of_the_roster_and_a_playbook(path: Path) -> None:
    roster = read_roster(ROSTER, source="roster.yaml")
    facts = read_situation(path.read_text(encoding="utf-8"), source=path.name)

    named = {code for codes in facts.states_by_role.values() for code in codes}
    assert named <= {member.code for member in roster.members}
    assert facts.playbook in playbook_names()


def test_the_members_that_a_playbook_suggests_are_in_the_roster() -> None:
    roster = read_roster(ROSTER, source="roster.yaml")

    for name in playbook_names():
        suggested = load(name)[1].ask.suggested.values()
        assert {c for codes in suggested for c in codes} <= {m.code for m in roster.members}


def test_the_published_schema_is_what_the_code_says() -> None:
    for name, text in schemas().items():
        assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text
