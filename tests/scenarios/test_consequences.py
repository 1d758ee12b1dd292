"""What follows from an answer: counted, flagged, asked back, called back, or left to a person."""

from convening.replies.by_call import CodeWord, How
from convening.replies.quarantine import Disposition
from tests.support.scene import Scene

DUTY = ("the secretariat", "duty officer of Thule")


def acknowledged(installation: Scene, member: str) -> bool:
    return any(f"{member} acknowledged" in sentence for sentence in installation.ledger.sentences)


def duty_phones_hear(installation: Scene, containing: str) -> None:
    for office in DUTY:
        installation.phone(office).expects_sms(containing)


def test_a_delay_is_no_bounce_and_the_bounce_that_follows_it_brings_the_alternate(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    mail = installation.mailbox("focal point of Atlantis").expects_mail("Acknowledge receipt")

    mail.comes_back("delayed")
    installation.phone("alternate of Atlantis").expects_nothing()

    mail.comes_back("failed")
    installation.phone("alternate of Atlantis").expects_sms("reply OK")
    installation.mailbox("alternate of Atlantis").expects_mail("You are asked next")
    assert installation.ledger.says("Atlantis: e-mail bounced")


def test_an_absence_brings_the_alternate_and_the_board_says_until_when(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Mu"])
    mail = installation.mailbox("focal point of Mu").expects_mail("Acknowledge receipt")

    mail.gets_a_note_of_absence("I am out of the office until 4 December.")

    installation.mailbox("alternate of Mu").expects_mail("You are asked next")
    assert not acknowledged(installation, "Mu")
    assert installation.board.shows("Migration desk is away until 4 December")


def test_a_forwarded_notice_that_somebody_else_answers_counts_and_is_shown_to_be_so(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Mu"])
    mail = installation.mailbox("focal point of Mu").expects_mail("Acknowledge receipt")

    mail.is_forwarded_and_answered("Received, thank you.", by="secretary@private.example")

    installation.mailbox("focal point of Mu").expects_mail("Received for Mu")
    assert installation.board.shows("sent from an address that is not on file")


def test_who_declines_has_acknowledged_is_shown_so_and_is_not_reminded(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    mail = installation.mailbox("focal point of Atlantis").expects_mail("Acknowledge receipt")

    mail.replies("We have received this and decline to participate.")

    installation.mailbox("focal point of Atlantis").expects_mail("Received for Atlantis")
    assert acknowledged(installation, "Atlantis")
    assert installation.board.shows("Does not wish to take part")
    installation.phone("focal point of Atlantis").expects_sms("reply OK")
    installation.forward(minutes=30)
    installation.phone("focal point of Atlantis").expects_nothing()


def test_a_yes_that_may_mean_two_notices_is_asked_back_once_and_never_guessed(
    installation: Scene,
) -> None:
    thule, phone = installation.co_chair("Thule"), installation.phone("focal point of Atlantis")
    thule.activates("generic", affecting=["Atlantis"])
    first = phone.expects_sms("reply OK")
    thule.activates("generic", affecting=["Atlantis"])
    phone.expects_sms("reply OK")

    phone.says("Yes")
    asked = phone.expects_sms("More than one notice is open")
    assert first.received.code in asked.text
    phone.says("Yes")
    phone.expects_nothing()
    assert not acknowledged(installation, "Atlantis")

    first.replies("OK {code}")
    phone.expects_sms("BP-2026-001: received for Atlantis")


def test_what_nobody_can_place_waits_and_people_are_told_after_a_while(installation: Scene) -> None:
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK")
    installation.phone("a stranger").says("Congratulations, you have won")

    installation.phone("the secretariat").expects_nothing()
    installation.forward(minutes=10)
    installation.phone("the secretariat").expects_sms("nobody can tell whose they are")

    thule.says_of_the_reply("Congratulations", Disposition.NO_ANSWER)
    installation.forward(minutes=10)
    installation.phone("the secretariat").expects_nothing()
    installation.phone("a stranger").expects_nothing()


def test_a_person_decides_that_an_unclear_answer_counts_and_whoever_wrote_hears_of_it(
    installation: Scene,
) -> None:
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    phone = installation.phone("focal point of Atlantis")
    phone.expects_sms("reply OK").replies("Will call back")
    phone.expects_sms("was not understood")
    duty_phones_hear(installation, "waits to be read")
    assert not acknowledged(installation, "Atlantis")

    thule.says_of_the_reply("Will call back", Disposition.ACKNOWLEDGES, member="Atlantis")

    phone.expects_sms("received for Atlantis")
    assert acknowledged(installation, "Atlantis")
    installation.forward(minutes=30)
    phone.expects_nothing()


def test_less_proof_than_the_playbook_asks_for_counts_and_somebody_calls_back(
    installation: Scene,
) -> None:
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    thule.asks_for_proof(3)

    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")

    installation.phone("focal point of Atlantis").expects_sms("received for Atlantis")
    duty_phones_hear(installation, "Call Atlantis back on a directory number")
    assert installation.board.shows("Call back and record it")

    thule.calls("Atlantis", code_word=CodeWord.GIVEN)

    assert installation.board.shows("both words given")
    installation.forward(minutes=30)
    installation.phone("the secretariat").expects_nothing()


def test_who_calls_us_is_called_back_before_it_counts(installation: Scene) -> None:
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK")

    thule.calls("Atlantis", how=How.INCOMING, number=None)
    duty_phones_hear(installation, "Call Atlantis back on a directory number")
    assert not acknowledged(installation, "Atlantis")

    thule.calls("Atlantis")
    assert acknowledged(installation, "Atlantis")
    assert installation.ledger.says("Atlantis acknowledged by telephone")
