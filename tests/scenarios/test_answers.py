"""What acknowledges for a member, what asks back, and what waits for a person."""

from mechanism.vocabulary import Channel
from simulator import PlannedFault, Trouble
from tests.support.scene import Scene


def test_a_wrong_code_asks_back_and_the_right_one_then_acknowledges(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    phone = installation.phone("focal point of Atlantis")
    asked = phone.expects_sms("reply OK")
    wrong = other_code(asked.received.code)

    phone.says(f"OK {wrong}")
    phone.expects_sms("reply OK and the five digits")
    assert not any(
        "Atlantis acknowledged" in sentence for sentence in installation.ledger.sentences
    )

    asked.replies("OK {code}")
    phone.expects_sms("received for Atlantis")
    assert installation.ledger.says("Atlantis acknowledged by SMS")
    installation.phone("the secretariat").expects_sms("waits to be read")
    installation.phone("duty officer of Thule").expects_sms("waits to be read")


def other_code(code: str) -> str:
    """A code that was never given out."""
    from mechanism.codes import with_check_digit  # noqa: PLC0415 - beside its one use

    return next(c for c in map(with_check_digit, range(9)) if c != code)


def test_a_code_from_an_unknown_number_goes_to_a_person(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    code = installation.phone("focal point of Atlantis").expects_sms("reply OK").received.code

    installation.phone("a stranger").says(f"OK {code}")

    installation.phone("a stranger").expects_nothing()
    installation.phone("the secretariat").expects_sms("a number not on file")
    installation.phone("duty officer of Thule").expects_sms("a number not on file")
    assert not any(
        "Atlantis acknowledged" in sentence for sentence in installation.ledger.sentences
    )


def test_a_plain_yes_acknowledges_where_this_number_has_one_open_notice(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("Yes")

    installation.phone("focal point of Atlantis").expects_sms("received for Atlantis")
    assert installation.ledger.says("Atlantis acknowledged by SMS")


def test_a_mail_acknowledges_by_its_reply_address(either_installation: Scene) -> None:
    installation = either_installation
    installation.co_chair("Thule").activates("generic", affecting=["Mu"])

    installation.mailbox("focal point of Mu").expects_mail("Acknowledge receipt").replies(
        "Received."
    )

    installation.mailbox("focal point of Mu").expects_mail("Received for Mu")
    assert installation.ledger.says("Mu acknowledged by e-mail")


def test_a_mail_that_nobody_can_read_as_an_answer_waits_for_a_person(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Mu"])

    mail = installation.mailbox("focal point of Mu").expects_mail("Acknowledge receipt")
    mail.replies("We cannot confirm this.")

    installation.phone("the secretariat").expects_sms("waits to be read")
    installation.phone("duty officer of Thule").expects_sms("waits to be read")
    installation.forward(minutes=30)
    installation.phone("focal point of Mu").expects_sms("REMINDER")


def test_opening_a_link_changes_nothing_and_its_form_acknowledges_once(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Mu"])
    installation.phone("focal point of Mu").expects_sms("Confirm receipt")
    link = installation.link("focal point of Mu")

    assert "Acknowledge for Mu" in link.opens()
    assert not any("Mu acknowledged" in sentence for sentence in installation.ledger.sentences)

    assert "Mu has acknowledged" in link.sends()
    assert "Mu has acknowledged" in link.sends()
    said = [sentence for sentence in installation.ledger.sentences if "Mu acknowledged" in sentence]
    assert said == ["Mu acknowledged by one-time link"]


def test_a_link_of_an_e_mail_asks_the_one_thing_that_a_machine_does_not_do(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Mu"])
    installation.mailbox("focal point of Mu").expects_mail("Acknowledge receipt")
    link = installation.link("focal point of Mu", by=Channel.EMAIL)

    assert "Your office is missing" in link.acknowledges(office="")
    assert not any("Mu acknowledged" in sentence for sentence in installation.ledger.sentences)

    assert "Mu has acknowledged" in link.acknowledges()


def test_an_answer_after_the_ladder_has_ended_counts_as_late(installation: Scene) -> None:
    installation.co_chair("Thule").activates("maritime-distress", affecting=["Atlantis"])
    phone = installation.phone("focal point of Atlantis")
    asked = phone.expects_sms("reply OK")
    installation.phone("alternate of Atlantis")
    installation.forward(minutes=75)
    installation.phone("the secretariat").expects_sms("Atlantis has not been reached")
    installation.phone("duty officer of Thule").expects_sms("Atlantis has not been reached")

    asked.replies("OK {code}")

    phone.expects_sms("after the deadline")
    assert installation.ledger.says("Atlantis acknowledged by SMS")
    installation.forward(minutes=10)
    installation.phone("the secretariat").expects_nothing()


def test_a_second_answer_is_kept_and_changes_nothing(installation: Scene) -> None:
    installation.co_chair("Thule").activates("maritime-distress", affecting=["Atlantis"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    mail = installation.mailbox("focal point of Atlantis").expects_mail("Acknowledge receipt")

    mail.replies("OK")

    installation.mailbox("focal point of Atlantis").expects_mail("Already acknowledged by Atlantis")
    said = [sentence for sentence in installation.ledger.sentences if "Atlantis ack" in sentence]
    assert said == ["Atlantis acknowledged by SMS"]


def test_a_webhook_that_is_handed_in_twice_is_one_answer(installation: Scene) -> None:
    phone = installation.phone("focal point of Atlantis")
    installation.gateway.faults.add(PlannedFault(Trouble.REPLY_DOUBLED, match=phone.address))
    installation.co_chair("Thule").activates("maritime-distress", affecting=["Atlantis"])

    phone.expects_sms("reply OK").replies("OK {code}")

    phone.expects_sms("received for Atlantis")
    phone.expects_nothing()
