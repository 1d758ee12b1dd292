"""What speaks against an answer starts the other channel and the alternate at once."""

from simulator import Fault, Trouble
from tests.scenarios.grammar import Scene


def test_a_bounce_brings_the_alternate_at_once(either_house: Scene) -> None:
    house = either_house
    house.mailbox("focal point of Atlantis").bounces()

    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    house.phone("alternate of Atlantis").expects_sms("reply OK")
    house.mailbox("alternate of Atlantis").expects_mail("You are asked next")
    assert house.ledger.says("Atlantis: e-mail bounced")


def test_a_phone_that_the_network_cannot_reach_brings_the_alternate_at_once(house: Scene) -> None:
    house.phone("focal point of Atlantis").is_dead()

    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    house.phone("alternate of Atlantis").expects_sms("reply OK")
    assert house.ledger.says("Atlantis: SMS failed")


def test_an_out_of_office_never_acknowledges_and_brings_the_alternate(house: Scene) -> None:
    house.mailbox("focal point of Mu").is_out_of_office()

    house.co_chair("Thule").activates("generic", affecting=["Mu"])

    house.mailbox("alternate of Mu").expects_mail("You are asked next")
    assert not any("Mu acknowledged" in sentence for sentence in house.ledger.sentences)
    house.mailbox("focal point of Mu").expects_mail("Acknowledge receipt")
    house.mailbox("focal point of Mu").expects_nothing()  # a machine is never answered


def test_stop_never_acknowledges_and_alarms_a_person_and_brings_the_alternate(
    house: Scene,
) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    house.phone("focal point of Atlantis").expects_sms("reply OK").replies("STOP")

    house.phone("alternate of Atlantis").expects_sms("reply OK")
    house.phone("the secretariat").expects_sms("has opted out of texts")
    house.phone("duty officer of Thule").expects_sms("has opted out of texts")
    assert not any("Atlantis acknowledged" in sentence for sentence in house.ledger.sentences)
    house.forward(minutes=30)
    house.phone("focal point of Atlantis").expects_nothing()
    house.mailbox("focal point of Atlantis").expects_mail("Reminder")


def test_whoever_is_not_the_right_addressee_is_believed_and_the_next_is_asked(
    house: Scene,
) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    mail = house.mailbox("focal point of Atlantis").expects_mail("Acknowledge receipt")
    mail.replies("We are not the responsible office; please write to somebody else.")

    house.phone("alternate of Atlantis").expects_sms("reply OK")
    house.phone("the secretariat").expects_sms("not the right addressee")
    house.phone("duty officer of Thule").expects_sms("not the right addressee")


def test_a_message_whose_fate_nobody_knows_starts_the_other_way_and_alarms_a_person(
    house: Scene,
) -> None:
    phone = house.phone("focal point of Atlantis")
    house.gateway.faults.add(
        Fault(Trouble.SMS_TAKEN_THEN_CUT, match=phone.address),
        Fault(Trouble.LIST_ERROR, match=phone.address, times=None),
        Fault(Trouble.CALLBACK_LOST, match=phone.address),
    )

    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    for _ in range(4):
        house.forward(seconds=5)

    house.phone("alternate of Atlantis").expects_sms("reply OK")
    house.phone("the secretariat").expects_sms("could not be sent")
    house.phone("duty officer of Thule").expects_sms("could not be sent")
    assert house.ledger.says("not known whether the SMS was sent")
