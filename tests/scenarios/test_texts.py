"""What is said to everybody, and what ends a consultation."""

import pytest

from mechanism.vocabulary import TextKind
from tests.support.scene import Scene

ENDS = {TextKind.WITHDRAWAL: "WITHDRAWN", TextKind.STAND_DOWN: "STOOD DOWN"}
GOES_ON = {TextKind.UPDATE: "UPDATE 1", TextKind.CORRECTION: "CORRECTION 1"}


@pytest.mark.parametrize("kind", ENDS)
def test_what_ends_it_reaches_everybody_who_got_anything_and_stops_the_ladder(
    installation: Scene, kind: TextKind
) -> None:
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    installation.phone("focal point of Atlantis").expects_sms("received")
    installation.phone("focal point of Mu").expects_sms("Confirm receipt")

    thule.says(kind)

    for office in ("focal point of Atlantis", "focal point of Mu", "duty officer of Lemuria"):
        installation.phone(office).expects_sms(ENDS[kind])
        installation.mailbox(office).expects_mail(
            "Nothing is asked" if kind == "withdrawal" else "stood"
        )
    installation.phone("duty officer of Thule").expects_sms(ENDS[kind])
    installation.mailbox("focal point of Thule").expects_mail("[BP-2026-001]")
    installation.mailbox("focal point of Lemuria").expects_mail("[BP-2026-001]")
    installation.phone("alternate of Mu").expects_nothing()
    installation.forward(minutes=180)
    installation.phone("focal point of Mu").expects_nothing()
    assert installation.board.shows("This page is read-only")


@pytest.mark.parametrize("kind", GOES_ON)
def test_a_further_text_reaches_everybody_and_the_ladder_goes_on(
    either_installation: Scene, kind: TextKind
) -> None:
    installation = either_installation
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    installation.phone("focal point of Atlantis").expects_sms("received")
    installation.phone("focal point of Mu").expects_sms("Confirm receipt")

    thule.says(kind, "Two boats, not one.")

    for office in ("focal point of Thule", "focal point of Lemuria"):
        assert "Two boats" in installation.mailbox(office).expects_mail("Two boats").text
    for office in (
        "focal point of Atlantis", "focal point of Mu",
        "duty officer of Lemuria", "duty officer of Thule",
    ):  # fmt: skip
        installation.phone(office).expects_sms(GOES_ON[kind])
        assert "Two boats" in installation.mailbox(office).expects_mail("Two boats").text
    installation.forward(minutes=30)
    installation.phone("focal point of Mu").expects_sms("REMINDER")
    installation.phone("focal point of Atlantis").expects_nothing()


def test_an_answer_to_what_has_been_withdrawn_is_kept_and_acknowledges_nothing(
    installation: Scene,
) -> None:
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    asked = installation.phone("focal point of Atlantis").expects_sms("reply OK")
    for office in (
        "focal point of Thule", "duty officer of Thule",
        "focal point of Lemuria", "duty officer of Lemuria",
    ):  # fmt: skip
        installation.mailbox(office)
    thule.withdraws()

    asked.replies("OK {code}")

    installation.phone("focal point of Atlantis").expects_sms("this consultation has ended")
    assert not any("Atlantis ack" in sentence for sentence in installation.ledger.sentences)
