"""A playbook says what was agreed beforehand, and is refused with line and remedy."""

from datetime import timedelta
from pathlib import Path

import pytest

from mechanism.ladder import Ladder, Rung
from mechanism.quorum import Quorum
from mechanism.vocabulary import Channel, Rank
from playbooks.schema import (
    Playbook,
    QuorumForm,
    StandingRole,
    UnknownPlaybookError,
    fingerprint,
    load,
    playbook_names,
    read_playbook,
    schemas,
)
from validation import Fault, InvalidFileError

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
GENERIC, _ = load("generic")
DIRECTORY = {
    "AU": ["co_chair", "steering_group"],
    "ID": ["co_chair", "steering_group"],
    "NZ": ["steering_group"],
    "BD": ["ad_hoc_group"],
}


def faults(text: str) -> list[Fault]:
    with pytest.raises(InvalidFileError) as refused:
        read_playbook(text, source="trial.yaml")
    return list(refused.value.faults)


def changed(before: str, after: str) -> str:
    assert before in GENERIC
    return GENERIC.replace(before, after, 1)


def line_with(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if words in line)


def test_three_playbooks_come_with_the_product() -> None:
    assert playbook_names() == ("generic", "maritime-distress", "mass-arrivals-by-land")


def test_the_ladder_is_the_one_that_the_rules_know() -> None:
    _, playbook = load("generic")

    assert isinstance(playbook.ladder, Ladder)
    assert playbook.ladder.ends == timedelta(hours=2)
    assert playbook.ladder.rungs[2] == Rung(
        timedelta(hours=1), (Rank.ALTERNATE_1,), (Channel.EMAIL, Channel.SMS)
    )


def test_a_generic_situation_has_the_three_standing_agenda_items() -> None:
    _, playbook = load("generic")

    assert len(playbook.meeting.agenda) == 3


def test_where_lives_are_at_risk_the_duty_office_is_told_with_the_primary() -> None:
    _, playbook = load("maritime-distress")

    assert playbook.life_at_risk
    assert playbook.ladder.rungs[0].tell == (Rank.PRIMARY, Rank.DUTY_OFFICER)


def test_those_asked_are_the_standing_ones_and_those_with_a_role_each_once() -> None:
    _, playbook = load("maritime-distress")

    asked = playbook.members_asked(DIRECTORY, {"origin": ["BD", "MM"], "rescue": ["AU", "MM"]})

    assert asked == ("AU", "BD", "ID", "MM", "NZ")


def test_a_role_that_the_playbook_does_not_ask_adds_nobody() -> None:
    _, playbook = load("mass-arrivals-by-land")

    assert "MV" not in playbook.members_asked(DIRECTORY, {"rescue": ["MV"]})


def test_the_generic_playbook_asks_the_co_chairs_and_whom_they_choose() -> None:
    _, playbook = load("generic")

    assert playbook.members_asked(DIRECTORY, {}) == ("AU", "ID")
    assert playbook.members_asked(DIRECTORY, {"holding": ["BD"]}) == ("AU", "BD", "ID")


@pytest.mark.parametrize(
    ("role", "needed"), [(StandingRole.CO_CHAIRS, "ID"), (StandingRole.STEERING_GROUP, "NZ")]
)
def test_who_must_be_among_a_quorum_is_found_by_the_roles_of_the_directory(
    role: StandingRole, needed: str
) -> None:
    written = QuorumForm(acknowledged="2/3", must_include=(role,))

    quorum = written.of({"BD": (), "ID": ("co_chair",), "NZ": ("steering_group",)})

    assert quorum == Quorum(2, frozenset({needed}))


@pytest.mark.parametrize("written", ["3/2", "0/3", "1/0", "0", "-1", "most", "true", "0.5"])
def test_a_quorum_that_is_no_share_is_refused(written: str) -> None:
    [fault] = faults(changed("acknowledged: 2/3", f"acknowledged: {written}"))

    assert fault.field == "quorum.acknowledged"
    assert "2/3" in fault.mend


@pytest.mark.parametrize("written", ["30", "1:30", "PT", "P", "P1DT", "-PT5M", "30 min", "P1M"])
def test_a_time_that_is_not_an_iso_duration_is_refused_with_its_line(written: str) -> None:
    text = changed("after: PT30M", f"after: {written}")

    [fault] = faults(text)

    assert (fault.line, fault.field) == (
        line_with(text, f"after: {written},"),
        "ladder.rungs.1.after",
    )
    assert "PT30M" in fault.mend


def test_a_field_that_is_not_known_is_refused_with_its_line() -> None:
    text = changed("version: 1", "version: 1\nverison: 2")

    [fault] = faults(text)

    assert (fault.line, fault.field) == (line_with(text, "verison"), "verison")
    assert "spelling" in fault.mend


def test_a_misspelt_field_of_a_rung_is_refused_too() -> None:
    [fault] = faults(changed("after: PT30M, tell:", "after: PT30M, til: PT40M, tell:"))

    assert fault.field == "ladder.rungs.1.til"


def test_every_fault_is_named_at_once() -> None:
    text = changed("version: 1", "version: none").replace("PT60M", "soon").replace("[email", "[fax")

    assert {f.field.split(".")[0] for f in faults(text)} == {"version", "ladder"}
    assert len(faults(text)) == 6


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Forty-two characters are one too many here", "42 characters"),
        ("Persons at sea ⚠", "telephone"),
        ("ผู้ประสบภัย", "telephone"),
        ("Alert at sea", "not neutral"),
        ("Rohingya at sea", "population"),
    ],
)
def test_a_short_title_fits_one_text_and_is_neutral(title: str, words: str) -> None:
    text = changed("short_title: Urgent consultation", f"short_title: {title}")

    [fault] = faults(text)

    assert (fault.line, fault.field) == (line_with(text, "short_title"), "wording.short_title")
    assert words in fault.wrong


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Détresse en mer", "Detresse en mer"),
        ("Sao Tomé \u2013 Côte, Việt Nam", "Sao Tome - Cote, Viet Nam"),
        ("Vessel \u2018adrift\u2019\u2026", "Vessel 'adrift'..."),
    ],
)
def test_a_short_title_is_kept_as_every_telephone_shows_it(typed: str, kept: str) -> None:
    text = changed("short_title: Urgent consultation", f"short_title: {typed}")

    assert read_playbook(text, source="trial.yaml").wording.short_title == kept


def test_a_short_title_of_exactly_41_characters_is_accepted() -> None:
    title = "Forty-one characters still fit in one SMS"
    text = changed("short_title: Urgent consultation", f"short_title: {title}")

    assert read_playbook(text, source="trial.yaml").wording.short_title == title


def test_concurrence_of_both_needs_a_time_out_and_what_happens_then() -> None:
    [fault] = faults(changed("mode: either", "mode: both"))
    assert "time_out" in fault.mend

    [fault] = faults(changed("mode: either", "mode: either\n  time_out: PT30M"))
    assert "waits for nobody" in fault.wrong

    text = changed("mode: either", "mode: both\n  time_out: PT30M\n  then: send")
    assert read_playbook(text, source="trial.yaml").concurrence.time_out == timedelta(minutes=30)


def test_a_marking_other_than_the_traffic_light_protocol_is_refused() -> None:
    [fault] = faults(changed("TLP:AMBER+STRICT", "SECRET"))

    assert fault.field == "wording.marking"
    assert "TLP:GREEN" in fault.wrong


@pytest.mark.parametrize("written", ["a [[hole]]", '"a\\u202etrap"', '"a\\u0007bell"'])
def test_forged_holes_and_invisible_signs_are_refused(written: str) -> None:
    [fault] = faults(changed("level: senior officials", f"level: {written}"))

    assert fault.field == "meeting.level"


def test_what_is_not_yaml_is_refused_with_its_line() -> None:
    [fault] = faults("name: generic\ntitle: 'without an end\nversion: 1\n")

    assert fault.line is not None
    assert "YAML" in fault.wrong


def test_the_fingerprint_is_of_the_text_and_not_of_its_line_ends() -> None:
    assert fingerprint(GENERIC.replace("\n", "\r\n")) == fingerprint(GENERIC)
    assert fingerprint("\ufeff" + GENERIC + "\n\n") == fingerprint(GENERIC)
    assert fingerprint(changed("version: 1", "version: 2")) != fingerprint(GENERIC)
    assert fingerprint(changed("  mode:", "    mode:")) != fingerprint(GENERIC)


def test_the_text_that_is_loaded_is_the_text_of_the_file() -> None:
    text, playbook = load("generic")

    assert playbook == read_playbook(text, source="generic.yaml")
    assert isinstance(playbook, Playbook)


def test_an_installation_may_keep_playbooks_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(changed("name: generic", "name: own"))

    assert playbook_names(tmp_path) == ("own",)
    assert load("own", tmp_path)[1].name == "own"


@pytest.mark.parametrize("name", ["volcano", "../pyproject", "generic.yaml", "", "Generic"])
def test_a_name_that_is_not_there_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownPlaybookError, match="maritime-distress"):
        load(name)


def test_a_playbook_under_a_wrong_file_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(GENERIC)

    with pytest.raises(InvalidFileError, match=r"line 1: name"):
        load("other", tmp_path)


def test_the_published_schema_is_what_the_code_says() -> None:
    for name, text in schemas().items():
        assert (REFERENCE / name).read_text(encoding="utf-8") == text


def test_a_playbook_asks_for_any_proof_unless_it_says_more() -> None:
    text, playbook = load("generic")
    more = read_playbook(f"{text}\nproof: {{minimum: 3, second_listener: true}}\n", source="more")

    assert (playbook.proof.minimum, playbook.proof.second_listener) == (1, False)
    assert (more.proof.minimum, more.proof.second_listener) == (3, True)


@pytest.mark.parametrize("minimum", ["0", "4", "'2'"])
def test_a_least_assurance_that_does_not_exist_is_refused(minimum: str) -> None:
    text, _ = load("generic")

    with pytest.raises(InvalidFileError, match="minimum"):
        read_playbook(f"{text}\nproof: {{minimum: {minimum}}}\n", source="odd")
