"""What speaks against an answer starts the other channel and the alternate at once."""

from simulator import PlannedFault, Trouble
from tests.support.scene import Scene


def test_a_bounce_brings_the_alternate_at_once(either_installation: Scene) -> None:
    installation = either_installation
    installation.mailbox("focal point of Atlantis").bounces()

    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    installation.phone("alternate of Atlantis").expects_sms("reply OK")
    installation.mailbox("alternate of Atlantis").expects_mail("You are asked next")
    assert installation.ledger.says("Atlantis: e-mail bounced")


def test_a_phone_that_the_network_cannot_reach_brings_the_alternate_at_once(
    installation: Scene,
) -> None:
    installation.phone("focal point of Atlantis").is_dead()

    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    installation.phone("alternate of Atlantis").expects_sms("reply OK")
    assert installation.ledger.says("Atlantis: text failed")


def test_an_out_of_office_never_acknowledges_and_brings_the_alternate(installation: Scene) -> None:
    installation.mailbox("focal point of Mu").is_out_of_office()

    installation.co_chair("Thule").activates("generic", affecting=["Mu"])

    installation.mailbox("alternate of Mu").expects_mail("You are asked next")
    assert not any("Mu acknowledged" in sentence for sentence in installation.ledger.sentences)
    installation.mailbox("focal point of Mu").expects_mail("Acknowledge receipt")
    installation.mailbox("focal point of Mu").expects_nothing()  # a machine is never answered


def test_stop_never_acknowledges_and_alarms_a_person_and_brings_the_alternate(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("STOP")

    installation.phone("alternate of Atlantis").expects_sms("reply OK")
    installation.phone("the secretariat").expects_sms("has opted out of texts")
    installation.phone("duty officer of Thule").expects_sms("has opted out of texts")
    assert not any(
        "Atlantis acknowledged" in sentence for sentence in installation.ledger.sentences
    )
    installation.forward(minutes=30)
    installation.phone("focal point of Atlantis").expects_nothing()
    installation.mailbox("focal point of Atlantis").expects_mail("Reminder")


def test_whoever_is_not_the_right_addressee_is_believed_and_the_next_is_asked(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    mail = installation.mailbox("focal point of Atlantis").expects_mail("Acknowledge receipt")
    mail.replies("We are not the responsible office; please write to somebody else.")

    installation.phone("alternate of Atlantis").expects_sms("reply OK")
    installation.phone("the secretariat").expects_sms("not the right addressee")
    installation.phone("duty officer of Thule").expects_sms("not the right addressee")


def test_a_message_whose_fate_nobody_knows_starts_the_other_way_and_alarms_a_person(
    installation: Scene,
) -> None:
    phone = installation.phone("focal point of Atlantis")
    installation.gateway.faults.add(
        PlannedFault(Trouble.SMS_TAKEN_THEN_CUT, match=phone.address),
        PlannedFault(Trouble.LIST_ERROR, match=phone.address, times=None),
        PlannedFault(Trouble.CALLBACK_LOST, match=phone.address),
    )

    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    for _ in range(4):
        installation.forward(seconds=5)

    installation.phone("alternate of Atlantis").expects_sms("reply OK")
    installation.phone("the secretariat").expects_sms("could not be sent")
    installation.phone("duty officer of Thule").expects_sms("could not be sent")
    assert installation.ledger.says("not known whether the text was sent")
