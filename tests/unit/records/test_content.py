"""What the record holds, and that it invents nothing."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
import rfc8785

from mechanism.lifecycle import NoticeState
from records.content import DoneBy, MemberLine, RecordModel, _plain


def test_the_json_is_canonical_and_says_its_schema(model: RecordModel) -> None:
    text = model.to_json()

    assert text.encode() == rfc8785.dumps(json.loads(text))
    assert json.loads(text)["schema"] == "consultation-record/1"
    assert model.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_the_json_is_the_same_in_another_process(
    model: RecordModel, elsewhere: Callable[[str], bytes]
) -> None:
    assert elsewhere("sys.stdout.write(model.sha256)").decode() == model.sha256


def test_an_instant_is_written_in_utc_wherever_it_was_told(model: RecordModel) -> None:
    jakarta = timezone(timedelta(hours=7))
    moved = replace(
        model, triggered=DoneBy(model.triggered.by, model.triggered.at.astimezone(jakarta))
    )

    assert moved.to_json() == model.to_json()
    assert '"2026-05-11T02:14:08.000Z"' in model.to_json()


def test_a_time_without_its_zone_is_refused(model: RecordModel) -> None:
    naive = replace(model, generated_at=model.generated_at.replace(tzinfo=None))

    with pytest.raises(ValueError, match="zone"):
        naive.to_json()


@pytest.mark.parametrize("value", [1.5, object(), {1.5}])
def test_what_json_cannot_say_exactly_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        _plain([value])


def test_key_figures_are_counted_from_the_members(model: RecordModel) -> None:
    figures = model.key_figures

    assert (figures.asked, figures.acknowledged, figures.late, figures.unreached) == (12, 10, 1, 2)
    assert figures.to_first_message == timedelta(seconds=7)
    assert figures.to_half == timedelta(seconds=594)  # the sixth of twelve


def test_what_was_not_reached_is_none(model: RecordModel) -> None:
    assert (model.key_figures.to_nine_tenths, model.key_figures.to_all) == (None, None)


def test_ninety_percent_of_ten_is_the_ninth(model: RecordModel) -> None:
    reached = replace(model, members=model.members[:10])

    assert reached.key_figures.to_nine_tenths == timedelta(seconds=2110)
    assert reached.key_figures.to_all == timedelta(seconds=3911)


def test_a_record_without_members_has_figures_of_nothing(model: RecordModel) -> None:
    figures = replace(model, members=(), first_message_at=None).key_figures

    assert (figures.asked, figures.to_first_message, figures.to_half) == (0, None, None)


def test_the_curve_counts_members_in_the_order_of_their_answers(model: RecordModel) -> None:
    counts = [count for _, count in model.curve]
    times = [since for since, _ in model.curve]

    assert counts == list(range(1, 11))
    assert times == sorted(times)


def test_an_acknowledgement_before_the_trigger_counts_at_the_trigger(model: RecordModel) -> None:
    early = MemberLine(
        "AU",
        "Australia",
        NoticeState.ACKNOWLEDGED,
        acknowledged_at=model.triggered.at - timedelta(seconds=2),
    )

    assert replace(model, members=(early,)).curve == ((timedelta(), 1),)
