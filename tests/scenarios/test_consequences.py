"""What follows from an answer: counted, flagged, asked back, called back, or left to a person."""

from convening.replies.by_call import CodeWord, How
from convening.replies.quarantine import Disposition
from tests.scenarios.grammar import Scene

DUTY = ("the secretariat", "duty officer of Thule")


def acknowledged(house: Scene, member: str) -> bool:
    return any(f"{member} acknowledged" in sentence for sentence in house.ledger.sentences)


def duty_phones_hear(house: Scene, containing: str) -> None:
    for office in DUTY:
        house.phone(office).expects_sms(containing)


def test_a_delay_is_no_bounce_and_the_bounce_that_follows_it_brings_the_alternate(
    house: Scene,
) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    mail = house.mailbox("focal point of Atlantis").expects_mail("Acknowledge receipt")

    mail.comes_back("delayed")
    house.phone("alternate of Atlantis").expects_nothing()

    mail.comes_back("failed")
    house.phone("alternate of Atlantis").expects_sms("reply OK")
    house.mailbox("alternate of Atlantis").expects_mail("You are asked next")
    assert house.ledger.says("Atlantis: e-mail bounced")


def test_an_absence_brings_the_alternate_and_the_board_says_until_when(house: Scene) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Mu"])
    mail = house.mailbox("focal point of Mu").expects_mail("Acknowledge receipt")

    mail.gets_a_note_of_absence("I am out of the office until 4 December.")

    house.mailbox("alternate of Mu").expects_mail("You are asked next")
    assert not acknowledged(house, "Mu")
    assert house.board.shows("Migration desk is away until 4 December")


def test_a_forwarded_notice_that_somebody_else_answers_counts_and_is_shown_to_be_so(
    house: Scene,
) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Mu"])
    mail = house.mailbox("focal point of Mu").expects_mail("Acknowledge receipt")

    mail.is_forwarded_and_answered("Received, thank you.", by="secretary@private.example")

    house.mailbox("focal point of Mu").expects_mail("Received for Mu")
    assert house.board.shows("sent from an address that is not on file")


def test_who_declines_has_acknowledged_is_shown_so_and_is_not_reminded(house: Scene) -> None:
    house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    mail = house.mailbox("focal point of Atlantis").expects_mail("Acknowledge receipt")

    mail.replies("We have received this and decline to participate.")

    house.mailbox("focal point of Atlantis").expects_mail("Received for Atlantis")
    assert acknowledged(house, "Atlantis")
    assert house.board.shows("Does not wish to take part")
    house.phone("focal point of Atlantis").expects_sms("reply OK")
    house.forward(minutes=30)
    house.phone("focal point of Atlantis").expects_nothing()


def test_a_yes_that_may_mean_two_notices_is_asked_back_once_and_never_guessed(
    house: Scene,
) -> None:
    thule, phone = house.co_chair("Thule"), house.phone("focal point of Atlantis")
    thule.activates("generic", affecting=["Atlantis"])
    first = phone.expects_sms("reply OK")
    thule.activates("generic", affecting=["Atlantis"])
    phone.expects_sms("reply OK")

    phone.says("Yes")
    asked = phone.expects_sms("More than one notice is open")
    assert first.received.code in asked.text
    phone.says("Yes")
    phone.expects_nothing()
    assert not acknowledged(house, "Atlantis")

    first.replies("OK {code}")
    phone.expects_sms("BP-2026-001: received for Atlantis")


def test_what_nobody_can_place_waits_and_people_are_told_after_a_while(house: Scene) -> None:
    thule = house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    house.phone("focal point of Atlantis").expects_sms("reply OK")
    house.phone("a stranger").says("Congratulations, you have won")

    house.phone("the secretariat").expects_nothing()
    house.forward(minutes=10)
    house.phone("the secretariat").expects_sms("nobody can tell whose they are")

    thule.says_of_the_reply("Congratulations", Disposition.NO_ANSWER)
    house.forward(minutes=10)
    house.phone("the secretariat").expects_nothing()
    house.phone("a stranger").expects_nothing()


def test_a_person_decides_that_an_unclear_answer_counts_and_whoever_wrote_hears_of_it(
    house: Scene,
) -> None:
    thule = house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    phone = house.phone("focal point of Atlantis")
    phone.expects_sms("reply OK").replies("Will call back")
    phone.expects_sms("was not understood")
    duty_phones_hear(house, "waits to be read")
    assert not acknowledged(house, "Atlantis")

    thule.says_of_the_reply("Will call back", Disposition.ACKNOWLEDGES, member="Atlantis")

    phone.expects_sms("received for Atlantis")
    assert acknowledged(house, "Atlantis")
    house.forward(minutes=30)
    phone.expects_nothing()


def test_less_proof_than_the_playbook_asks_for_counts_and_somebody_calls_back(
    house: Scene,
) -> None:
    thule = house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    thule.asks_for_proof(3)

    house.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")

    house.phone("focal point of Atlantis").expects_sms("received for Atlantis")
    duty_phones_hear(house, "Call Atlantis back on a directory number")
    assert house.board.shows("Call back and record it")

    thule.calls("Atlantis", code_word=CodeWord.GIVEN)

    assert house.board.shows("both words given")
    house.forward(minutes=30)
    house.phone("the secretariat").expects_nothing()


def test_who_calls_us_is_called_back_before_it_counts(house: Scene) -> None:
    thule = house.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    house.phone("focal point of Atlantis").expects_sms("reply OK")

    thule.calls("Atlantis", how=How.INCOMING, number=None)
    duty_phones_hear(house, "Call Atlantis back on a directory number")
    assert not acknowledged(house, "Atlantis")

    thule.calls("Atlantis")
    assert acknowledged(house, "Atlantis")
    assert house.ledger.says("Atlantis acknowledged by telephone")
