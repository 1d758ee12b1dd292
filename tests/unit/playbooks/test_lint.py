"""A well-formed playbook that would fail members at night is refused beforehand."""

import pytest

from playbooks.lint import check, lint
from playbooks.schema import load, playbook_names
from validation import Fault, InvalidFileError

GENERIC, _ = load("generic")
INTRO = "consult: {{ title }}."


def changed(before: str, after: str) -> str:
    assert before in GENERIC
    return GENERIC.replace(before, after, 1)


def faults(text: str) -> list[Fault]:
    with pytest.raises(InvalidFileError) as refused:
        check(text, source="trial.yaml")
    return list(refused.value.faults)


def line_with(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if words in line)


@pytest.mark.parametrize("name", playbook_names())
def test_the_playbooks_of_the_product_are_without_a_fault(name: str) -> None:
    text, playbook = load(name)

    assert lint(playbook) == ()
    assert check(text, source=name) == playbook


def test_a_rung_after_the_end_is_unreachable() -> None:
    text = changed("PT90M", "PT2H")

    [fault] = faults(text)

    assert (fault.line, fault.field) == (line_with(text, "after: PT2H"), "ladder.rungs.3.after")
    assert "ended before" in fault.wrong


def test_a_rung_that_tells_nobody_new_at_the_same_time_is_refused() -> None:
    [fault] = faults(changed("after: PT30M, tell: [primary]", "after: PT0M, tell: [primary]"))

    assert fault.field == "ladder.rungs.1.after"
    assert "tells nobody" in fault.wrong


def test_two_rungs_at_the_same_time_for_different_offices_are_accepted() -> None:
    text = changed("after: PT90M", "after: PT60M")

    assert check(text, source="trial.yaml")


def test_rungs_out_of_order_are_refused() -> None:
    text = changed("after: PT60M", "after: PT10M")

    [fault] = faults(text)

    assert (fault.line, fault.field) == (line_with(text, "PT10M"), "ladder.rungs.2.after")


def test_a_ladder_that_tells_nobody_at_once_is_refused() -> None:
    [fault] = faults(changed("after: PT0M", "after: PT5M"))

    assert fault.field == "ladder.rungs.0.after"


def test_a_ladder_that_knows_only_the_primary_is_refused() -> None:
    text = changed("[alternate_1]", "[primary]").replace("[alternate_2, duty_officer]", "[primary]")

    [fault] = faults(text)

    assert fault.field == "ladder.rungs"
    assert "alternate_1 or duty_officer" in fault.mend


def test_where_lives_are_at_risk_the_duty_office_must_be_told_at_once() -> None:
    [fault] = faults(changed("life_at_risk: false", "life_at_risk: true"))

    assert fault.field == "ladder.rungs.0.tell"


def test_nobody_is_called_who_was_not_written_to() -> None:
    [fault] = faults(
        changed("tell: [alternate_1], by: [email, sms]", "tell: [alternate_1], by: [voice]")
    )

    assert fault.field == "ladder.rungs.2.by"
    assert fault.wrong.startswith("alternate_1: called without")


def test_the_first_that_anybody_hears_is_never_a_call_alone() -> None:
    [fault] = faults(
        changed("PT0M, tell: [primary], by: [email, sms]", "PT0M, tell: [primary], by: [voice]")
    )

    assert fault.field == "ladder.rungs.0.by"


def test_a_call_leaves_time_to_read_what_it_is_about() -> None:
    [fault] = faults(
        changed("PT30M, tell: [primary], by: [email, sms]", "PT4M, tell: [primary], by: [voice]")
    )

    assert (fault.field, fault.line) == (
        "ladder.rungs.1.after",
        line_with(changed("PT30M", "PT4M"), "PT4M"),
    )
    assert "less than 5 minutes" in fault.wrong


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PT30M, tell: [primary], by: [email, sms]", "PT30M, tell: [primary], by: [voice]"),
        ("tell: [alternate_1], by: [email, sms]", "tell: [alternate_1], by: [email, sms, voice]"),
        ("PT0M, tell: [primary], by: [email, sms]", "PT0M, tell: [primary], by: [sms, voice]"),
    ],
)
def test_a_rung_may_call_after_or_beside_what_is_written(before: str, after: str) -> None:
    assert check(changed(before, after), source="trial.yaml")


def test_a_deadline_after_the_end_of_the_ladder_is_refused() -> None:
    text = changed("deadline: PT2H", "deadline: PT3H")

    [fault] = faults(text)

    assert (fault.line, fault.field) == (line_with(text, "deadline: PT3H"), "deadline")


def test_a_suggestion_for_a_role_that_is_not_asked_is_refused() -> None:
    text = changed("rescue, consular, holding]", "rescue]\n  suggested: {holding: [TH]}")

    [fault] = faults(text)

    assert (fault.line, fault.field) == (line_with(text, "holding: [TH]"), "ask.suggested.holding")


@pytest.mark.parametrize(
    ("intro", "wrong"),
    [
        ("{{ titel }}", "nothing is known as 'titel'"),
        ("{{ title", "not readable as a template"),
        ("{{ title.__class__ }}", "it computes something"),
        ("{% for i in range(9) %}x{% endfor %}", "it computes something"),
        ("{{ title | upper }}", "it computes something"),
    ],
)
@pytest.mark.check(3)
def test_a_text_may_leave_known_words_to_be_filled_in_and_nothing_else(
    intro: str, wrong: str
) -> None:
    found = faults(changed(INTRO, f"consult: {intro}"))

    assert any(wrong in fault.wrong for fault in found)
    assert {fault.field for fault in found} == {"wording.email_intro"}
    assert {fault.line for fault in found} == {line_with(GENERIC, "email_intro")}


@pytest.mark.parametrize(
    "words",
    ["illegal arrivals", "an alert", "Alerts", "the on-call desk", "TOP SECRET", "PROTECTED",
     "Rohingya refugees", "a flood of persons"],
)  # fmt: skip
def test_words_that_take_a_side_are_refused(words: str) -> None:
    [fault] = faults(changed(INTRO, f"consult on {words}."))

    assert fault.field == "wording.email_intro"
    assert fault.mend


@pytest.mark.parametrize(
    "words", ["floods", "Kachin State", "persons protected by law", "restricted"]
)
def test_ordinary_words_are_accepted(words: str) -> None:
    assert check(changed(INTRO, f"consult on {words}."), source="trial.yaml")


def test_every_finding_is_named_at_once() -> None:
    text = changed("deadline: PT2H", "deadline: P1D").replace("PT0M", "PT5M")
    text = text.replace(INTRO, "consult on illegal arrivals.")

    assert [f.field for f in faults(text)] == [
        "ladder.rungs.0.after",
        "deadline",
        "wording.email_intro",
    ]
