"""The other co-chair agrees, objects, or sleeps."""

from datetime import timedelta

import pytest

from convening import activate
from mechanism.ladder import Channel
from playbooks import schema
from tests.journeys.grammar import Scene

BOTH = "{mode: both, time_out: PT20M, then: %s}"


@pytest.fixture(params=["send", "withdraw"])
def then(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def _both(monkeypatch: pytest.MonkeyPatch, then: str) -> None:
    """The playbooks of an installation where both co-chairs must agree."""

    def load(name: str) -> tuple[str, schema.Playbook]:
        text, _ = schema.load(name)
        text = text.replace("\n  mode: either\n", f" {BOTH % then}\n")
        return text, schema.read_playbook(text, source=name)

    monkeypatch.setattr(activate, "load", load)


def test_an_objection_pauses_the_ladder_and_a_resumption_goes_on(either_house: Scene) -> None:
    house = either_house
    thule, lemuria = house.co_chair("Thule"), house.co_chair("Lemuria")
    thule.activates("generic", affecting=["Atlantis"])
    phone = house.phone("focal point of Atlantis")
    phone.expects_sms("reply OK")

    assert lemuria.objects("The boat has arrived.")
    house.phone("the secretariat").expects_sms("LEMURIA objects")
    house.phone("duty officer of Thule").expects_sms("LEMURIA objects")
    assert house.board.shows("Paused by an objection")
    house.forward(minutes=35)
    phone.expects_nothing()

    assert thule.resumes("It was another boat.")
    phone.expects_sms("REMINDER").replies("OK {code}")
    assert house.ledger.says("Lemuria objected")
    assert house.ledger.says("Thule resumed")


def test_a_member_may_answer_while_the_ladder_is_paused(house: Scene) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    asked = house.phone("focal point of Atlantis").expects_sms("reply OK")
    house.co_chair("Lemuria").objects("The boat has arrived.")

    asked.replies("OK {code}")

    house.phone("focal point of Atlantis").expects_sms("received for Atlantis")
    house.phone("the secretariat").expects_sms("LEMURIA objects")
    house.phone("duty officer of Thule").expects_sms("LEMURIA objects")


def test_the_other_co_chair_agrees_by_its_one_time_link(house: Scene) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Mu"])
    house.phone("focal point of Mu").expects_sms("Confirm receipt")
    house.phone("duty officer of Lemuria").expects_sms("Agree or object")

    page = house.link("duty officer of Lemuria").acknowledges(verdict="agrees")

    assert "Lemuria has agreed" in page
    assert house.board.shows("Lemuria")


@pytest.mark.usefixtures("_both")
@pytest.mark.parametrize("then", ["withdraw"], indirect=True)
@pytest.mark.check(11)
def test_where_both_must_agree_nothing_is_sent_before_and_all_at_once_after(
    house: Scene,
) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    house.phone("focal point of Atlantis").expects_nothing()
    house.mailbox("duty officer of Lemuria").expects_mail("Nothing is sent to the members before")

    house.forward(minutes=19)
    house.phone("focal point of Atlantis").expects_nothing()
    page = house.link("duty officer of Lemuria", by=Channel.EMAIL).acknowledges(verdict="agrees")

    assert "Lemuria has agreed" in page
    house.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    assert house.ledger.says("Lemuria agreed as co-chair")


@pytest.mark.usefixtures("_both")
def test_a_time_out_does_what_the_playbook_says(house: Scene, then: str) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    phone = house.phone("focal point of Atlantis")

    house.forward(minutes=20)

    if then == "send":
        phone.expects_sms("reply OK")
        assert house.ledger.says("sent without the other co-chair")
    else:
        phone.expects_nothing()
        house.phone("the secretariat").expects_sms("nothing was sent")
        house.phone("duty officer of Thule").expects_sms("nothing was sent")
        assert house.ledger.says("withdrawn without sending")


@pytest.mark.usefixtures("_both")
@pytest.mark.parametrize("then", ["send"], indirect=True)
def test_the_deadline_runs_from_the_moment_of_sending(house: Scene) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    house.forward(minutes=20)
    house.phone("focal point of Atlantis").expects_sms("reply OK")

    with house.house.database.reading() as session:
        activation = house.activation(session)
        assert activation.began_at is not None
        assert activation.deadline_at == activation.began_at + timedelta(hours=2)
        assert activation.began_at >= activation.triggered_at + timedelta(minutes=20)
