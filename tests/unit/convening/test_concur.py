"""Concurring: nobody agrees with their own act, and what was said is said once."""

import pytest

from convening import activate, concur
from convening.concur import NotYoursToConcurError
from mechanism.lifecycle import ActivationState, NoticeState
from mechanism.vocabulary import Door, MessagePurpose, NeedCause
from playbooks import schema
from store.act import Act, Actor
from store.needs import open_needs
from tests.support.desk import Desk

LEMURIA = Actor("person", "2", "co_chair", "LEMURIA")


@pytest.fixture
def _both(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> tuple[str, schema.Playbook]:
        text, _ = schema.load(name)
        mode = " {mode: both, time_out: PT20M, then: withdraw}\n"
        text = text.replace("\n  mode: either\n", mode)
        return text, schema.read_playbook(text, source=name)

    monkeypatch.setattr(activate, "load", load)


def said(desk: Desk, what: str, *, government: str = "LEMURIA") -> bool:
    act = Act(LEMURIA, desk.now, signature="Duty officer", government=government)
    with desk.database.transaction() as session:
        activation = desk.activation(session)
        if what == "agree":
            return concur.agree(
                session, act, activation, door=Door.SIGNED_IN, settings=desk.settings
            )
        if what == "object":
            return concur.object_to(session, act, activation, reason="It is over.")
        return concur.resume(session, act, activation, reason="It is not.", settings=desk.settings)


def state(desk: Desk) -> ActivationState:
    with desk.database.reading() as session:
        return desk.activation(session).state


@pytest.mark.parametrize("what", ["agree", "object"])
def test_a_government_does_not_concur_with_its_own_act(desk: Desk, what: str) -> None:
    desk.activates("ATLANTIS")

    with pytest.raises(NotYoursToConcurError):
        said(desk, what, government="THULE")


def test_agreeing_twice_is_agreeing_once(either_desk: Desk) -> None:
    desk = either_desk
    desk.activates("ATLANTIS", "LEMURIA")

    assert [said(desk, "agree"), said(desk, "agree")] == [True, False]

    with desk.database.reading() as session:
        assert len(desk.activation(session).concurrences) == 1
        assert desk.notice(session, "LEMURIA").state is NoticeState.ACKNOWLEDGED


def test_an_objection_pauses_once_and_tells_a_person(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    assert [said(desk, "object"), said(desk, "object")] == [True, False]

    assert state(desk) is ActivationState.PAUSED
    with desk.database.reading() as session:
        assert [need.cause for need in open_needs(session)] == [NeedCause.OBJECTION]


def test_a_resumption_goes_on_and_settles_the_line(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    said(desk, "object")

    assert said(desk, "resume")

    assert state(desk) is ActivationState.ACTIVE
    with desk.database.reading() as session:
        assert open_needs(session) == []


def test_nothing_is_resumed_that_was_not_paused(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    assert not said(desk, "resume")


@pytest.mark.usefixtures("_both")
def test_before_the_other_agrees_there_is_no_message_to_a_member(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.reading() as session:
        assert desk.queued(session, MessagePurpose.FIRST_NOTICE) == []
        assert desk.notice(session, "ATLANTIS").state is NoticeState.WAITING

    assert said(desk, "agree")

    with desk.database.reading() as session:
        assert len(desk.queued(session, MessagePurpose.FIRST_NOTICE)) == 2


@pytest.mark.usefixtures("_both")
def test_what_was_objected_to_before_it_began_begins_when_resumed(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    said(desk, "object")
    desk.clock.passes(minutes=5)

    said(desk, "resume")

    with desk.database.reading() as session:
        assert desk.activation(session).began_at == desk.now
        assert len(desk.queued(session, MessagePurpose.FIRST_NOTICE)) == 2


@pytest.mark.usefixtures("_both")
def test_an_agreement_after_the_time_out_comes_too_late(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    desk.clock.passes(minutes=20)
    with desk.database.transaction() as session:
        assert concur.due_time_outs(session, now=desk.now) == [desk.activation_id]
        activation = desk.activation(session)
        assert concur.time_out(session, activation, now=desk.now, settings=desk.settings)
        assert not concur.time_out(session, activation, now=desk.now, settings=desk.settings)

    said(desk, "agree")

    assert state(desk) is ActivationState.WITHDRAWN
    with desk.database.reading() as session:
        assert desk.queued(session, MessagePurpose.FIRST_NOTICE) == []
