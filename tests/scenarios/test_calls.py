"""What is called after it was written to: a key acknowledges, and nothing else does."""

from simulator import OnCall, PlannedFault, Trouble
from tests.support.scene import Scene


def called(installation: Scene, office: str, habit: OnCall) -> None:
    """Let the ladder come to its first call, with this behind the telephone."""
    installation.telephone(office).is_answered_by(habit)
    installation.co_chair("Thule").activates("maritime-distress", affecting=["Avalon"])
    installation.forward(minutes=15)
    installation.forward(minutes=5)


def nobody_acknowledged(installation: Scene) -> bool:
    return not any("Avalon acknowledged" in said for said in installation.ledger.sentences)


def test_an_unanswered_text_is_followed_by_a_call_and_a_key_acknowledges(
    either_installation: Scene,
) -> None:
    installation = either_installation
    called(installation, "focal point of Avalon", OnCall.PRESSES_1)

    call = installation.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert call.pressed == ["1"]
    assert "B P, 2 0 2 6, 0 0 1" in call.words
    assert installation.ledger.says("Avalon acknowledged by a key on a call")
    assert installation.ledger.says("Avalon: called, acknowledged")
    assert installation.board.shows("2 of 2")
    installation.phone("focal point of Avalon").expects_sms("reply OK")
    installation.phone("focal point of Avalon").expects_sms("REMINDER")
    installation.forward(minutes=60)
    installation.phone("focal point of Avalon").expects_nothing()
    installation.telephone("alternate of Avalon").expects_no_call()


def test_an_answering_machine_is_no_acknowledgement_and_hears_how_to_call_back_alone(
    installation: Scene,
) -> None:
    called(installation, "focal point of Avalon", OnCall.MACHINE)

    call = installation.telephone("focal point of Avalon").expects_a_call(saying="urgent message")
    assert "plus, 9 9 9 9 0 2 0 0 0" in call.words
    assert not {"2 0 2 6", "Boat", "press"} & set(call.words.split())
    assert "B P" not in call.words
    assert nobody_acknowledged(installation)
    assert installation.ledger.says("Avalon: called, answering machine")
    installation.mailbox("alternate of Avalon").expects_mail("You are asked next")
    installation.phone("focal point of Avalon").expects_sms("reply OK")


def test_who_listens_and_presses_nothing_has_acknowledged_nothing(installation: Scene) -> None:
    called(installation, "focal point of Avalon", OnCall.LISTENS)

    installation.telephone("focal point of Avalon").expects_a_call(saying="No key was pressed")
    assert nobody_acknowledged(installation)
    assert installation.ledger.says("Avalon: called, reached not acknowledged")
    installation.mailbox("alternate of Avalon").expects_nothing()
    installation.forward(minutes=10)
    installation.mailbox("alternate of Avalon").expects_mail("You are asked next")
    installation.phone("focal point of Avalon").expects_sms("reply OK")


def test_who_hangs_up_has_acknowledged_nothing(installation: Scene) -> None:
    called(installation, "focal point of Avalon", OnCall.HANGS_UP)

    assert nobody_acknowledged(installation)
    assert installation.ledger.says("Avalon: called, reached not acknowledged")
    installation.phone("focal point of Avalon").expects_sms("reply OK")


def test_a_key_that_is_not_on_the_menu_is_answered_by_the_menu(installation: Scene) -> None:
    called(installation, "focal point of Avalon", OnCall.PRESSES_ANOTHER_FIRST)

    call = installation.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert "The menu has changed" in call.words
    assert call.pressed == ["7", "1"]
    assert installation.ledger.says("Avalon acknowledged by a key on a call")
    installation.phone("focal point of Avalon").expects_sms("reply OK")


def test_a_wrong_number_brings_the_next_office_and_somebody_mends_the_directory(
    installation: Scene,
) -> None:
    called(installation, "focal point of Avalon", OnCall.PRESSES_9)

    installation.telephone("focal point of Avalon").expects_a_call(
        saying="The next office is asked"
    )
    assert nobody_acknowledged(installation)
    installation.mailbox("alternate of Avalon").expects_mail("You are asked next")
    installation.phone("the secretariat").expects_sms("not the right addressee")
    installation.phone("duty officer of Thule").expects_sms("not the right addressee")
    installation.phone("focal point of Avalon").expects_sms("reply OK")


def test_a_call_that_nobody_takes_brings_the_next_office_at_once(installation: Scene) -> None:
    called(installation, "focal point of Avalon", OnCall.NO_ANSWER)

    installation.mailbox("alternate of Avalon").expects_mail("You are asked next")
    assert installation.ledger.says("Avalon: called, no answer")
    installation.phone("focal point of Avalon").expects_sms("reply OK")
    installation.phone("the secretariat").expects_nothing()  # nobody of ours need act for it


def test_where_nothing_in_writing_arrives_the_office_is_called_at_once(installation: Scene) -> None:
    installation.telephone("focal point of Avalon").is_answered_by(OnCall.PRESSES_1)
    installation.mailbox("focal point of Avalon").bounces()
    installation.phone("focal point of Avalon").is_dead()

    installation.co_chair("Thule").activates("maritime-distress", affecting=["Avalon"])

    installation.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert installation.ledger.says("Avalon acknowledged by a key on a call")
    installation.mailbox("alternate of Avalon").expects_mail("You are asked next")


def test_a_playbook_that_does_not_call_calls_nobody(installation: Scene) -> None:
    installation.mailbox("focal point of Avalon").bounces()
    installation.phone("focal point of Avalon").is_dead()

    installation.co_chair("Thule").activates("generic", affecting=["Avalon"])

    installation.telephone("focal point of Avalon").expects_no_call()
    installation.mailbox("alternate of Avalon").expects_mail("You are asked next")


def test_reports_of_a_call_that_come_twice_and_in_disorder_change_nothing(
    installation: Scene,
) -> None:
    telephone = installation.telephone("focal point of Avalon")
    installation.gateway.faults.add(
        PlannedFault(Trouble.CALLBACK_REORDERED, match=telephone.address),
        PlannedFault(Trouble.CALL_TAKEN_THEN_CUT, match=telephone.address),
    )

    called(installation, "focal point of Avalon", OnCall.PRESSES_1)

    telephone.expects_a_call(saying="Thank you")
    assert [said for said in installation.ledger.sentences if "Avalon: called" in said] == [
        "Avalon: called, acknowledged"
    ]
    assert len(installation.gateway.phone(telephone.address).calls) == 1
    installation.phone("focal point of Avalon").expects_sms("reply OK")


def test_who_calls_up_late_still_acknowledges_and_is_said_to_be_late(installation: Scene) -> None:
    installation.telephone("focal point of Avalon").is_answered_by(OnCall.NO_ANSWER)
    installation.co_chair("Thule").activates("maritime-distress", affecting=["Avalon"])
    installation.forward(minutes=20)
    installation.telephone("focal point of Avalon").is_answered_by(OnCall.PRESSES_1)

    installation.forward(minutes=40)

    installation.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert installation.ledger.says("Avalon acknowledged by a key on a call")
    installation.mailbox("alternate of Avalon").expects_mail("You are asked next")
    installation.phone("focal point of Avalon").expects_sms("reply OK")


def test_in_an_exercise_the_call_says_so_first(installation: Scene) -> None:
    installation.telephone("focal point of Avalon").is_answered_by(OnCall.PRESSES_1)
    installation.co_chair("Thule").activates(
        "maritime-distress", affecting=["Avalon"], kind="exercise"
    )
    installation.forward(minutes=20)

    call = installation.telephone("focal point of Avalon").expects_a_call(saying="Thank you")
    assert call.heard[0] == "Exercise, exercise, exercise. This is not a real emergency."
    assert "B P, X, 2 0 2 6" in call.words
    assert "Boat" not in call.words
    installation.phone("focal point of Avalon").expects_sms("EXERCISE")
