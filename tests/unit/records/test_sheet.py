"""The words of the record, whatever it is printed on."""

from dataclasses import replace

from mechanism.lifecycle import NoticeState, RecordState
from mechanism.vocabulary import Kind, Rank
from records.content import Participation, RecordModel
from records.sheet import OUTCOME, PRESENCE, RANK, STATUS, lay_out


def test_every_state_rank_and_attendance_has_its_word() -> None:
    assert set(OUTCOME) == set(NoticeState)
    assert set(STATUS) == set(RecordState)
    assert set(RANK) == set(Rank)
    assert set(PRESENCE) == {*Participation, None}


def test_what_was_not_reached_is_said_to_be_not_reached(model: RecordModel) -> None:
    sheet = lay_out(model)

    assert ["All after", "not reached"] in sheet["key_figures"]
    assert "all not reached" in sheet["curve_alt"]


def test_an_exercise_says_so_and_that_its_times_are_simulated(model: RecordModel) -> None:
    sheet = lay_out(model)

    assert sheet["banner"].startswith("EXERCISE")
    assert sheet["times_note"] == "Times are simulated. "
    assert any("Times are simulated" in caution for caution in sheet["cautions"])
    assert any("Not leaving this installation" in caution for caution in sheet["cautions"])


def test_a_real_record_on_the_true_clock_carries_none_of_that(model: RecordModel) -> None:
    real = replace(
        model,
        kind=Kind.REAL,
        simulated_clock=False,
        kept_inside=False,
        state=RecordState.ADOPTED,
    )
    sheet = lay_out(real)

    assert (sheet["banner"], sheet["times_note"], sheet["watermark"]) == ("", "", "")
    assert sheet["cautions"] == []


def test_discussion_points_are_numbered_through_so_that_they_can_be_cited(
    model: RecordModel,
) -> None:
    points = [row[0] for item in lay_out(model)["meeting"]["agenda"] for row in item["points"]]

    assert points == ["1.", "2.", "3."]


def test_an_attendance_that_was_not_recorded_is_not_invented(model: RecordModel) -> None:
    assert ["Viet Nam", "\N{EN DASH}", "Not recorded"] in lay_out(model)["meeting"]["participants"]


def test_characters_that_hide_or_turn_text_become_visible(model: RecordModel) -> None:
    title = lay_out(replace(model, title="a\x00b\u202egnp.exe\tc\nd"))["title"]

    assert title == "a[U+0000]b[U+202E]gnp.exe c d"


def test_joiners_that_scripts_need_stay(model: RecordModel) -> None:
    names = [row[1] for row in lay_out(model)["members"]]

    assert "Sri Lanka · ශ්‍රී ලංකාව" in names


def test_many_members_fill_more_than_one_drawing(model: RecordModel) -> None:
    many = replace(model, members=model.members * 4)

    assert len(lay_out(many)["bars"]) == 2


def test_an_almost_empty_record_can_be_laid_out(model: RecordModel) -> None:
    bare = RecordModel(
        reference=model.reference,
        activation=1,
        kind=Kind.REAL,
        title="t",
        marking="TLP:RED",
        playbook=model.playbook,
        triggered=model.triggered,
        generated_at=model.generated_at,
    )

    assert lay_out(bare)["meeting"] is None
    assert ["Ledger", "not sealed when this was made"] in lay_out(bare)["checking"]
