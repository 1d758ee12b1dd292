"""A file from a stranger is read, or refused with the line and the remedy; it never crashes us."""

import json
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mechanism.vocabulary import Rank
from validation import (
    Fault,
    Form,
    InvalidFileError,
    NotEmpty,
    Once,
    Plain,
    PlainLine,
    PlainText,
    compose,
    line_of,
    published,
    read_yaml,
)


class Office(Form):
    """A short form to be filled in."""

    name: PlainLine
    rank: Rank = Rank.PRIMARY
    text: PlainText = "as agreed"
    note: Plain = ""


class Sheet(Form):
    """A form with a list of forms."""

    offices: tuple[Office, ...]


class Tags(Form):
    """A form with a list of words."""

    words: Annotated[tuple[str, ...], Once, NotEmpty]


def faults(text: str) -> list[Fault]:
    with pytest.raises(InvalidFileError) as refused:
        read_yaml(text, Sheet, source="sheet.yaml")
    return list(refused.value.faults)


def office(line: str) -> str:
    return f"offices:\n  - name: Duty office\n    {line}\n"


def test_what_fits_is_read() -> None:
    sheet = read_yaml(office("rank: duty_officer"), Sheet, source="sheet.yaml")

    assert sheet.offices == (Office(name="Duty office", rank=Rank.DUTY_OFFICER),)


def test_every_fault_comes_at_once_with_its_line_and_its_remedy() -> None:
    text = "offices:\n  - rank: boss\n  - name: x\n    colour: red\n"

    assert [(f.line, f.field, f.mend) for f in faults(text)] == [
        (2, "offices.0.name", "Add this field."),
        (2, "offices.0.rank", "Use one of the words named."),
        (
            4,
            "offices.1.colour",
            "Remove it, or correct its spelling: the field is not known here.",
        ),
    ]


def test_a_remedy_that_nobody_thought_of_shows_what_is_written() -> None:
    [fault] = faults("offices: none\n")

    assert fault.mend == "It now says 'none'; correct it."


def test_a_fault_reads_as_one_sentence_after_the_place() -> None:
    assert str(Fault(3, "rank", "it is not known", "Correct it.")) == (
        "line 3: rank: it is not known. Correct it."
    )
    assert str(Fault(None, "file", "it is empty", "Fill it.")) == "file: it is empty. Fill it."


def test_the_refusal_names_the_file_in_front_of_each_fault() -> None:
    refused = InvalidFileError("a.yaml", [Fault(1, "x", "a", "b."), Fault(2, "y", "c", "d.")])

    assert str(refused) == "a.yaml: line 1: x: a. b.\na.yaml: line 2: y: c. d."


def test_a_field_named_twice_is_refused_and_not_silently_overwritten() -> None:
    [fault] = faults(office("name: Another office"))

    assert (fault.line, fault.field, fault.wrong) == (3, "name", "it is there twice")


def test_a_date_stays_as_it_is_written() -> None:
    sheet = read_yaml(office("note: 2026-02-30"), Sheet, source="sheet.yaml")

    assert sheet.offices[0].note == "2026-02-30"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("offices: [", 1),
        ("offices:\n\t- x", 2),
        ("offices: \x07", 1),
        ("a: &one [1]\noffices: *one", 2),
        ("offices: &all\n  - *all", 2),
        ("offices: [!!python/object:os.system x]", 1),
        ("? [offices]\n: 1", 1),
        ("offices: 0b_", None),
        ("offices: !!bool perhaps", None),
        ("offices: !!timestamp today", None),
        ("offices: !!int ''", None),
        ("[" * 3000, None),
        ("", None),
    ],
)
def test_what_cannot_be_read_is_refused_and_never_crashes(text: str, line: int | None) -> None:
    assert faults(text)[0].line == line


def test_references_that_would_multiply_without_end_are_refused_at_once() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)
    )

    assert "write it out" in faults(bomb)[0].wrong


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fall_over(text: str) -> None:
    with pytest.raises(InvalidFileError):
        read_yaml(text, Sheet, source="sheet.yaml")


@pytest.mark.parametrize(
    ("field", "written", "complaint"),
    [
        ("name", "Duty [[office]]", "mark holes of our own"),
        ("note", "Duty]] office", "mark holes of our own"),
        ("name", "Duty\u202e office", "U\\+202E"),
        ("text", "bell\x07", "U\\+0007"),
        ("note", "tab\there", "U\\+0009"),
        ("name", "Duty\noffice", "more than one line"),
        ("name", "  ", "at least 1"),
        ("text", "", "at least 1"),
    ],
)
def test_text_that_would_do_harm_in_a_message_is_refused(
    field: str, written: str, complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Office.model_validate({"name": "Duty office", field: written})


def test_text_may_have_lines_where_it_is_no_line_and_loses_its_margins() -> None:
    office = Office(name=" Duty office ", text="one\ntwo\n", note=" ")

    assert (office.name, office.text, office.note) == ("Duty office", "one\ntwo", "")


def test_a_list_names_each_thing_once_and_at_least_one() -> None:
    with pytest.raises(ValidationError, match="names something twice"):
        Tags(words=("a", "a"))
    with pytest.raises(ValidationError, match="it is empty"):
        Tags(words=())
    assert Tags(words=("a", "b")).words == ("a", "b")


def test_a_published_schema_names_its_dialect_and_allows_nothing_unknown() -> None:
    schema = json.loads(published(Tags))

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False


def test_a_line_is_found_as_deep_as_the_path_leads() -> None:
    node = compose("a:\n  - b: 1\n    c: 2\n", source="x")

    assert line_of(node, ("a", 0, "c")) == 3
    assert line_of(node, ("a", 0, "z")) == 2
    assert line_of(node, ("a", 7)) == 2
    assert line_of(node, ("a", 0, "c", "deeper")) == 3
    assert line_of(None, ("a",)) is None
