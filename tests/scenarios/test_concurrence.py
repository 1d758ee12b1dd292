"""The other co-chair agrees, objects, or sleeps."""

from datetime import timedelta

import pytest

from convening import activate
from mechanism.vocabulary import Channel
from playbooks import schema
from tests.support.scene import Got, Scene

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


def test_an_objection_pauses_the_ladder_and_a_resumption_goes_on(
    either_installation: Scene,
) -> None:
    installation = either_installation
    thule, lemuria = installation.co_chair("Thule"), installation.co_chair("Lemuria")
    thule.activates("generic", affecting=["Atlantis"])
    phone = installation.phone("focal point of Atlantis")
    phone.expects_sms("reply OK")

    assert lemuria.objects("The boat has arrived.")
    installation.phone("the secretariat").expects_sms("LEMURIA objects")
    installation.phone("duty officer of Thule").expects_sms("LEMURIA objects")
    assert installation.board.shows("Paused by an objection")
    installation.forward(minutes=35)
    phone.expects_nothing()

    assert thule.resumes("It was another boat.")
    phone.expects_sms("REMINDER").replies("OK {code}")
    assert installation.ledger.says("Lemuria objected")
    assert installation.ledger.says("Thule resumed")


def test_a_member_may_answer_while_the_ladder_is_paused(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    asked = installation.phone("focal point of Atlantis").expects_sms("reply OK")
    installation.co_chair("Lemuria").objects("The boat has arrived.")

    asked.replies("OK {code}")

    installation.phone("focal point of Atlantis").expects_sms("received for Atlantis")
    installation.phone("the secretariat").expects_sms("LEMURIA objects")
    installation.phone("duty officer of Thule").expects_sms("LEMURIA objects")


def test_the_other_co_chair_agrees_by_its_one_time_link(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Mu"])
    installation.phone("focal point of Mu").expects_sms("Confirm receipt")
    installation.phone("duty officer of Lemuria").expects_sms("Agree or object")

    page = installation.link("duty officer of Lemuria").acknowledges(verdict="agrees")

    assert "Lemuria has agreed" in page
    assert installation.board.shows("Lemuria")


def asks_thule(installation: Scene) -> Got:
    """Lemuria triggers; Thule's duty officer can answer a text."""
    installation.co_chair("Lemuria").activates("generic", affecting=["Mu"])
    installation.phone("focal point of Mu").expects_sms("Confirm receipt")
    return installation.phone("duty officer of Thule").expects_sms("Reply AGREE")


def test_the_other_co_chair_agrees_by_a_text_with_its_code(either_installation: Scene) -> None:
    installation = either_installation
    asked = asks_thule(installation)

    asked.replies("Agree {code}")

    installation.phone("duty officer of Thule").expects_sms("Thule agrees. Recorded.")
    assert installation.ledger.says("Thule agreed as co-chair by SMS")
    assert installation.board.shows("Thule, SMS from the number on file, with its code")
    asked.replies("AGREE {code}")
    installation.phone("duty officer of Thule").expects_sms("recorded before")
    assert len(installation.ledger.all_of("Thule agreed")) == 1


def test_an_objection_by_text_stops_the_ladder_and_no_agreement_takes_it_back(
    installation: Scene,
) -> None:
    asked = asks_thule(installation)

    asked.replies("OBJECT {code} the boat has arrived")

    installation.phone("duty officer of Thule").expects_sms(
        "Thule objects. Further messages are stopped."
    )
    installation.phone("the secretariat").expects_sms("THULE objects")
    installation.phone("duty officer of Lemuria").expects_sms("THULE objects")
    assert installation.board.shows("Paused by an objection")
    assert installation.board.shows("the boat has arrived")
    asked.replies("AGREE {code}")
    installation.phone("duty officer of Thule").expects_sms(
        "Nothing is changed; a person will call."
    )
    installation.phone("the secretariat").expects_sms("take back an earlier word")
    installation.phone("duty officer of Lemuria").expects_sms("take back an earlier word")
    assert installation.board.shows("Paused by an objection")


def test_what_is_not_plain_agrees_to_nothing_and_is_told_how_to_answer(installation: Scene) -> None:
    asks_thule(installation).replies("OK {code}")

    installation.phone("duty officer of Thule").expects_sms("Reply only AGREE").replies(
        "AGREE {code}"
    )
    installation.phone("the secretariat").expects_sms("text changes nothing")
    installation.phone("duty officer of Lemuria").expects_sms("text changes nothing")
    installation.phone("duty officer of Thule").expects_sms("Thule agrees")
    assert len(installation.ledger.all_of("Thule agreed")) == 1


def test_a_machine_and_a_stranger_agree_to_nothing(installation: Scene) -> None:
    asked = asks_thule(installation)

    asked.replies("Auto-reply: I am driving. AGREE {code}")
    installation.phone("a stranger").says(f"AGREE {asked.received.code}")

    installation.phone("duty officer of Thule").expects_nothing()
    installation.phone("a stranger").expects_nothing()
    for office in ("the secretariat", "duty officer of Lemuria"):
        installation.phone(office).expects_sms("it may be a machine's")
        installation.phone(office).expects_sms("number not on file")
    assert not installation.ledger.all_of("Thule agreed")


@pytest.mark.usefixtures("_both")
@pytest.mark.parametrize("then", ["withdraw"], indirect=True)
def test_a_text_at_night_lets_the_first_messages_go(installation: Scene) -> None:
    installation.co_chair("Lemuria").activates("generic", affecting=["Atlantis"])
    installation.phone("focal point of Atlantis").expects_nothing()

    installation.phone("duty officer of Thule").expects_sms("Reply AGREE").replies("AGREE {code}")

    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    installation.phone("duty officer of Thule").expects_sms("Thule agrees")


@pytest.mark.usefixtures("_both")
@pytest.mark.parametrize("then", ["withdraw"], indirect=True)
@pytest.mark.check(11)
def test_where_both_must_agree_nothing_is_sent_before_and_all_at_once_after(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    installation.phone("focal point of Atlantis").expects_nothing()
    installation.mailbox("duty officer of Lemuria").expects_mail(
        "Nothing is sent to the members before"
    )

    installation.forward(minutes=19)
    installation.phone("focal point of Atlantis").expects_nothing()
    page = installation.link("duty officer of Lemuria", by=Channel.EMAIL).acknowledges(
        verdict="agrees"
    )

    assert "Lemuria has agreed" in page
    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    assert installation.ledger.says("Lemuria agreed as co-chair")


@pytest.mark.usefixtures("_both")
def test_a_time_out_does_what_the_playbook_says(installation: Scene, then: str) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    phone = installation.phone("focal point of Atlantis")

    installation.forward(minutes=20)

    if then == "send":
        phone.expects_sms("reply OK")
        assert installation.ledger.says("sent without the other co-chair")
    else:
        phone.expects_nothing()
        installation.phone("the secretariat").expects_sms("nothing was sent")
        installation.phone("duty officer of Thule").expects_sms("nothing was sent")
        assert installation.ledger.says("withdrawn without sending")


@pytest.mark.usefixtures("_both")
@pytest.mark.parametrize("then", ["send"], indirect=True)
def test_the_deadline_runs_from_the_moment_of_sending(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    installation.forward(minutes=20)
    installation.phone("focal point of Atlantis").expects_sms("reply OK")

    with installation.installation.database.reading() as session:
        activation = installation.activation(session)
        assert activation.began_at is not None
        assert activation.deadline_at == activation.began_at + timedelta(hours=2)
        assert activation.began_at >= activation.triggered_at + timedelta(minutes=20)
