"""Enough of those asked, whoever must be among them included, and nobody who declines."""

from datetime import UTC, datetime, timedelta

import pytest

from mechanism.quorum import Quorum, counts, quorum
from mechanism.vocabulary import AcknowledgementResponse

NOW = datetime(2026, 11, 23, 3, 40, tzinfo=UTC)
ASKED = {
    "ATLANTIS": (),
    "LEMURIA": ("co_chair",),
    "MU": ("steering_group",),
    "THULE": ("co_chair",),
}
CO_CHAIRS = frozenset({"LEMURIA", "THULE"})


@pytest.mark.parametrize(
    ("written", "asked", "needed"),
    [
        ("2/3", 6, 4),
        ("2/3", 7, 5),
        ("1/2", 9, 5),
        ("1/3", 9, 3),
        (4, 9, 4),
        (4, 3, 3),
        ("1/1", 5, 5),
    ],
)
def test_a_quorum_is_a_number_or_a_share_rounded_up(
    written: int | str, asked: int, needed: int
) -> None:
    members = {f"M{number}": () for number in range(asked)}

    assert quorum(members, acknowledged=written, must_include=()).number == needed


@pytest.mark.parametrize(
    ("roles", "needed"),
    [((), set()), (("co_chair",), CO_CHAIRS), (("steering_group",), {"MU"})],
)
def test_who_must_be_among_them_follows_from_the_roles_of_those_asked(
    roles: tuple[str, ...], needed: set[str]
) -> None:
    assert quorum(ASKED, acknowledged=2, must_include=roles).must_include == needed


def test_enough_without_a_co_chair_is_not_enough() -> None:
    needed = Quorum(2, CO_CHAIRS)

    assert not needed.is_reached_by(["ATLANTIS", "MU", "THULE"])
    assert needed.lacks_only(["ATLANTIS", "MU", "THULE"]) == {"LEMURIA"}
    assert not needed.is_reached_by(["THULE"])
    assert needed.lacks_only(["THULE"]) == set()
    assert needed.is_reached_by(["LEMURIA", "THULE"])


def test_it_was_reached_when_the_last_of_those_it_takes_spoke() -> None:
    said = {
        "ATLANTIS": NOW,
        "MU": NOW + timedelta(minutes=1),
        "THULE": NOW + timedelta(minutes=2),
        "LEMURIA": NOW + timedelta(minutes=9),
    }

    assert Quorum(2).reached_at(said) == NOW + timedelta(minutes=1)
    assert Quorum(2, CO_CHAIRS).reached_at(said) == NOW + timedelta(minutes=9)
    assert Quorum(5).reached_at(said) is None
    assert Quorum(1).reached_at({"MU": timedelta(seconds=5)}) == timedelta(seconds=5)


def test_who_declines_does_not_count() -> None:
    counting = [response for response in AcknowledgementResponse if counts(response)]

    assert counting == [
        AcknowledgementResponse.RECEIVED,
        AcknowledgementResponse.NEEDS_INSTRUCTIONS,
    ]
