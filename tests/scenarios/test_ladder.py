"""Who of a member is told, reminded and told next, until somebody answers."""

from tests.support.scene import Scene


def test_an_unanswered_notice_reaches_the_alternate(either_installation: Scene) -> None:
    installation = either_installation
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK")

    installation.forward(minutes=60)

    installation.phone("alternate of Atlantis").expects_sms("reply OK").replies("ok {code}")
    assert installation.ledger.says("Atlantis acknowledged by SMS")
    assert installation.board.shows("2 of 2")


def test_the_first_answer_of_one_member_does_not_silence_another(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    installation.phone("focal point of Mu").expects_sms("Confirm receipt")

    installation.forward(minutes=30)

    installation.phone("focal point of Mu").expects_sms("REMINDER")
    installation.phone("focal point of Atlantis").expects_sms("received for Atlantis")
    installation.phone("focal point of Atlantis").expects_nothing()


def test_reminders_stop_at_once_on_an_answer(installation: Scene) -> None:
    installation.co_chair("Thule").activates("maritime-distress", affecting=["Atlantis"])
    installation.forward(minutes=15)
    installation.mailbox("focal point of Atlantis").expects_mail("Reminder")
    installation.phone("focal point of Atlantis").expects_sms("REMINDER").replies("{code}")
    installation.phone("focal point of Atlantis").expects_sms("No more reminders will come")

    installation.forward(minutes=120)

    installation.phone("focal point of Atlantis").expects_nothing()
    installation.mailbox("focal point of Atlantis").expects_nothing()
    installation.phone("alternate of Atlantis").expects_nothing()


def test_a_stop_of_the_machine_costs_one_text_and_not_a_heap_of_reminders(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates("maritime-distress", affecting=["Atlantis"])
    phone = installation.phone("focal point of Atlantis")
    phone.expects_sms("reply OK")

    installation.forward(minutes=60)

    phone.expects_sms("REMINDER").replies("OK {code}")
    installation.phone("alternate of Atlantis").expects_sms("reply OK")
    phone.expects_sms("received")
    phone.expects_nothing()
    installation.phone("alternate of Atlantis").expects_nothing()


def test_a_member_that_nobody_can_reach_is_handed_to_a_person(installation: Scene) -> None:
    installation.phone("focal point of Ys").is_dead()
    installation.mailbox("focal point of Ys").bounces()

    installation.co_chair("Thule").activates("generic", affecting=["Ys"])

    installation.phone("the secretariat").expects_sms("Ys has not been reached")
    installation.mailbox("the secretariat").expects_mail("telephone")
    installation.phone("duty officer of Thule").expects_sms("Ys has not been reached")
    installation.mailbox("duty officer of Thule").expects_mail("Ys has not been reached")
    assert installation.board.shows("1 thing needs a person now")
