"""What is called after it was written to: a key acknowledges, and nothing else does."""

from simulator import Fault, OnCall, Trouble
from tests.scenarios.grammar import Scene


def called(house: Scene, office: str, habit: OnCall) -> None:
    """Let the ladder come to its first call, with this behind the telephone."""
    house.telephone(office).is_answered_by(habit)
    house.co_chair("Thule").activates("maritime-distress", affecting=["Avalon"])
    house.forward(minutes=15)
    house.forward(minutes=5)


def nobody_acknowledged(house: Scene) -> bool:
    return not any("Avalon acknowledged" in said for said in house.ledger.sentences)


def test_an_unanswered_text_is_followed_by_a_call_and_a_key_acknowledges(
    either_house: Scene,
) -> None:
    house = either_house
    called(house, "focal point of Avalon", OnCall.PRESSES_1)

    call = house.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert call.pressed == ["1"]
    assert "B P, 2 0 2 6, 0 0 1" in call.words
    assert house.ledger.says("Avalon acknowledged by a key on a call")
    assert house.ledger.says("Avalon: called, acknowledged")
    assert house.board.shows("2 of 2")
    house.phone("focal point of Avalon").expects_sms("reply OK")
    house.phone("focal point of Avalon").expects_sms("REMINDER")
    house.forward(minutes=60)
    house.phone("focal point of Avalon").expects_nothing()
    house.telephone("alternate of Avalon").expects_no_call()


def test_an_answering_machine_is_no_acknowledgement_and_hears_how_to_call_back_alone(
    house: Scene,
) -> None:
    called(house, "focal point of Avalon", OnCall.MACHINE)

    call = house.telephone("focal point of Avalon").expects_a_call(saying="urgent message")
    assert "plus, 9 9 9 9 0 2 0 0 0" in call.words
    assert not {"2 0 2 6", "Boat", "press"} & set(call.words.split())
    assert "B P" not in call.words
    assert nobody_acknowledged(house)
    assert house.ledger.says("Avalon: called, answering machine")
    house.mailbox("alternate of Avalon").expects_mail("You are asked next")
    house.phone("focal point of Avalon").expects_sms("reply OK")


def test_who_listens_and_presses_nothing_has_acknowledged_nothing(house: Scene) -> None:
    called(house, "focal point of Avalon", OnCall.LISTENS)

    house.telephone("focal point of Avalon").expects_a_call(saying="No key was pressed")
    assert nobody_acknowledged(house)
    assert house.ledger.says("Avalon: called, reached not acknowledged")
    house.mailbox("alternate of Avalon").expects_nothing()
    house.forward(minutes=10)
    house.mailbox("alternate of Avalon").expects_mail("You are asked next")
    house.phone("focal point of Avalon").expects_sms("reply OK")


def test_who_hangs_up_has_acknowledged_nothing(house: Scene) -> None:
    called(house, "focal point of Avalon", OnCall.HANGS_UP)

    assert nobody_acknowledged(house)
    assert house.ledger.says("Avalon: called, reached not acknowledged")
    house.phone("focal point of Avalon").expects_sms("reply OK")


def test_a_key_that_is_not_on_the_menu_is_answered_by_the_menu(house: Scene) -> None:
    called(house, "focal point of Avalon", OnCall.PRESSES_ANOTHER_FIRST)

    call = house.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert "The menu has changed" in call.words
    assert call.pressed == ["7", "1"]
    assert house.ledger.says("Avalon acknowledged by a key on a call")
    house.phone("focal point of Avalon").expects_sms("reply OK")


def test_a_wrong_number_brings_the_next_office_and_somebody_mends_the_directory(
    house: Scene,
) -> None:
    called(house, "focal point of Avalon", OnCall.PRESSES_9)

    house.telephone("focal point of Avalon").expects_a_call(saying="The next office is asked")
    assert nobody_acknowledged(house)
    house.mailbox("alternate of Avalon").expects_mail("You are asked next")
    house.phone("the secretariat").expects_sms("not the right addressee")
    house.phone("duty officer of Thule").expects_sms("not the right addressee")
    house.phone("focal point of Avalon").expects_sms("reply OK")


def test_a_call_that_nobody_takes_brings_the_next_office_at_once(house: Scene) -> None:
    called(house, "focal point of Avalon", OnCall.NO_ANSWER)

    house.mailbox("alternate of Avalon").expects_mail("You are asked next")
    assert house.ledger.says("Avalon: called, no answer")
    house.phone("focal point of Avalon").expects_sms("reply OK")
    house.phone("the secretariat").expects_nothing()  # nobody of ours need act for it


def test_where_nothing_in_writing_arrives_the_office_is_called_at_once(house: Scene) -> None:
    house.telephone("focal point of Avalon").is_answered_by(OnCall.PRESSES_1)
    house.mailbox("focal point of Avalon").bounces()
    house.phone("focal point of Avalon").is_dead()

    house.co_chair("Thule").activates("maritime-distress", affecting=["Avalon"])

    house.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert house.ledger.says("Avalon acknowledged by a key on a call")
    house.mailbox("alternate of Avalon").expects_mail("You are asked next")


def test_a_playbook_that_does_not_call_calls_nobody(house: Scene) -> None:
    house.mailbox("focal point of Avalon").bounces()
    house.phone("focal point of Avalon").is_dead()

    house.co_chair("Thule").activates("generic", affecting=["Avalon"])

    house.telephone("focal point of Avalon").expects_no_call()
    house.mailbox("alternate of Avalon").expects_mail("You are asked next")


def test_reports_of_a_call_that_come_twice_and_in_disorder_change_nothing(house: Scene) -> None:
    telephone = house.telephone("focal point of Avalon")
    house.gateway.faults.add(
        Fault(Trouble.CALLBACK_REORDERED, match=telephone.address),
        Fault(Trouble.CALL_TAKEN_THEN_CUT, match=telephone.address),
    )

    called(house, "focal point of Avalon", OnCall.PRESSES_1)

    telephone.expects_a_call(saying="Thank you")
    assert [said for said in house.ledger.sentences if "Avalon: called" in said] == [
        "Avalon: called, acknowledged"
    ]
    assert len(house.gateway.phone(telephone.address).calls) == 1
    house.phone("focal point of Avalon").expects_sms("reply OK")


def test_who_calls_up_late_still_acknowledges_and_is_said_to_be_late(house: Scene) -> None:
    house.telephone("focal point of Avalon").is_answered_by(OnCall.NO_ANSWER)
    house.co_chair("Thule").activates("maritime-distress", affecting=["Avalon"])
    house.forward(minutes=20)
    house.telephone("focal point of Avalon").is_answered_by(OnCall.PRESSES_1)

    house.forward(minutes=40)

    house.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert house.ledger.says("Avalon acknowledged by a key on a call")
    house.mailbox("alternate of Avalon").expects_mail("You are asked next")
    house.phone("focal point of Avalon").expects_sms("reply OK")


def test_in_an_exercise_the_call_says_so_first(house: Scene) -> None:
    house.telephone("focal point of Avalon").is_answered_by(OnCall.PRESSES_1)
    house.co_chair("Thule").activates("maritime-distress", affecting=["Avalon"], kind="exercise")
    house.forward(minutes=20)

    call = house.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert call.heard[0] == "Exercise, exercise, exercise. This is not a real emergency."
    assert "B P, X, 2 0 2 6" in call.words
    assert "Boat" not in call.words
    house.phone("focal point of Avalon").expects_sms("EXERCISE")
