"""Who of a member is told, reminded and told next, until somebody answers."""

from tests.scenarios.grammar import Scene


def test_an_unanswered_notice_reaches_the_alternate(either_house: Scene) -> None:
    house = either_house
    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    house.phone("focal point of Atlantis").expects_sms("reply OK")

    house.forward(minutes=60)

    house.phone("alternate of Atlantis").expects_sms("reply OK").replies("ok {code}")
    assert house.ledger.says("Atlantis acknowledged by SMS")
    assert house.board.shows("2 of 2")


def test_the_first_answer_of_one_member_does_not_silence_another(house: Scene) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    house.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    house.phone("focal point of Mu").expects_sms("Confirm receipt")

    house.forward(minutes=30)

    house.phone("focal point of Mu").expects_sms("REMINDER")
    house.phone("focal point of Atlantis").expects_sms("received for Atlantis")
    house.phone("focal point of Atlantis").expects_nothing()


def test_reminders_stop_at_once_on_an_answer(house: Scene) -> None:
    house.co_chair("Thule").activates("maritime-distress", affecting=["Atlantis"])
    house.forward(minutes=15)
    house.mailbox("focal point of Atlantis").expects_mail("Reminder")
    house.phone("focal point of Atlantis").expects_sms("REMINDER").replies("{code}")
    house.phone("focal point of Atlantis").expects_sms("No more reminders will come")

    house.forward(minutes=120)

    house.phone("focal point of Atlantis").expects_nothing()
    house.mailbox("focal point of Atlantis").expects_nothing()
    house.phone("alternate of Atlantis").expects_nothing()


def test_a_stop_of_the_machine_costs_one_text_and_not_a_heap_of_reminders(house: Scene) -> None:
    house.co_chair("Thule").activates("maritime-distress", affecting=["Atlantis"])
    phone = house.phone("focal point of Atlantis")
    phone.expects_sms("reply OK")

    house.forward(minutes=60)

    phone.expects_sms("REMINDER").replies("OK {code}")
    house.phone("alternate of Atlantis").expects_sms("reply OK")
    phone.expects_sms("received")
    phone.expects_nothing()
    house.phone("alternate of Atlantis").expects_nothing()


def test_a_member_that_nobody_can_reach_is_handed_to_a_person(house: Scene) -> None:
    house.phone("focal point of Ys").is_dead()
    house.mailbox("focal point of Ys").bounces()

    house.co_chair("Thule").activates("generic", affecting=["Ys"])

    house.phone("the secretariat").expects_sms("Ys has not been reached")
    house.mailbox("the secretariat").expects_mail("telephone")
    house.phone("duty officer of Thule").expects_sms("Ys has not been reached")
    house.mailbox("duty officer of Thule").expects_mail("Ys has not been reached")
    assert house.board.shows("1 thing needs a person now")
