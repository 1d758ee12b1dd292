"""Ending it, and saying more: to everybody who got anything, in order, and once."""

import pytest
from sqlalchemy import select

from convening import stand_down
from convening.stand_down import PURPOSE, Saying, TooLateError
from mechanism.lifecycle import ActivationState, MessageState, NoticeState
from mechanism.vocabulary import WRITTEN, Channel, MessagePurpose, NeedCause, TextKind
from notifications.content.templates import Words
from notifications.outbox import queue
from notifications.outbox.queue import To
from store.act import Act, by_engine
from store.needs import open_needs, raise_need
from store.tables import ContactPoint, Message
from tests.support.desk import OFFICER, Desk

ENDS = [TextKind.WITHDRAWAL, TextKind.STAND_DOWN]


def says(desk: Desk, kind: TextKind, body: str = "New words.") -> int:
    with desk.database.transaction() as session:
        return stand_down.say(
            session,
            Act(OFFICER, desk.now, signature="Duty officer"),
            desk.activation(session),
            Saying(kind, "Boat in distress", body),
            settings=desk.settings,
        ).id


def leave_everything(desk: Desk) -> None:
    """As if an engine had sent all that is queued."""
    with desk.database.transaction() as session:
        for message in session.scalars(select(Message)):
            message.state = MessageState.SENT


@pytest.mark.parametrize("kind", ENDS)
def test_it_ends_every_notice_and_calls_off_the_ladder(either_desk: Desk, kind: TextKind) -> None:
    desk = either_desk
    desk.activates("ATLANTIS", "MU")

    says(desk, kind)

    with desk.database.reading() as session:
        activation = desk.activation(session)
        assert activation.state in {ActivationState.WITHDRAWN, ActivationState.STOOD_DOWN}
        assert {n.state for n in activation.notices} == {
            NoticeState.ACKNOWLEDGED,
            NoticeState.CANCELLED,
        }
        first = desk.queued(session, MessagePurpose.FIRST_NOTICE)
        assert {m.state for m in first} == {MessageState.CANCELLED}


@pytest.mark.parametrize("kind", ENDS)
def test_what_has_ended_cannot_be_ended_again(desk: Desk, kind: TextKind) -> None:
    desk.activates("ATLANTIS")
    says(desk, TextKind.WITHDRAWAL)

    with pytest.raises(TooLateError, match="withdrawn"):
        says(desk, kind)

    with desk.database.reading() as session:
        assert len(desk.activation(session).texts) == 2  # the first notice and the withdrawal


def test_who_got_nothing_is_told_nothing(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    says(desk, TextKind.STAND_DOWN)

    with desk.database.reading() as session:
        told = {m.address for m in desk.queued(session, MessagePurpose.STAND_DOWN)}
        assert "desk@atlantis.example" not in told  # its first notice was called off in time
        assert "consular@atlantis.example" not in told


@pytest.mark.parametrize("kind", PURPOSE)
def test_a_call_that_was_made_keeps_nobody_from_being_written_to(
    desk: Desk, kind: TextKind
) -> None:
    desk.activates("ATLANTIS")
    leave_everything(desk)
    with desk.database.transaction() as session:
        activation = desk.activation(session)
        office = activation.notices[0].member.focal_points[0]
        telephone = ContactPoint(focal_point=office, channel=Channel.VOICE, address="+999144990000")
        session.add(telephone)
        session.flush()
        call = To(
            "call", MessagePurpose.REMINDER, Channel.VOICE, telephone.address, office.office,
            activation=activation, contact_point=telephone,
        )  # fmt: skip
        queue.queue(session, call, Words("", "A consultation is called.", ""), now=desk.now)

    says(desk, kind)

    with desk.database.reading() as session:
        assert {m.channel for m in desk.queued(session, PURPOSE[kind])} == set(WRITTEN)


def test_further_texts_are_numbered_and_supersede_the_one_before(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    leave_everything(desk)

    first, second = says(desk, TextKind.CORRECTION), says(desk, TextKind.CORRECTION, "Newer.")

    with desk.database.reading() as session:
        texts = desk.activation(session).texts
        assert [(t.kind, t.revision) for t in texts[1:]] == [
            (TextKind.CORRECTION, 1),
            (TextKind.CORRECTION, 2),
        ]
        assert [t.supersedes_id for t in texts] == [None, texts[0].id, first]
        assert texts[2].id == second
        sent = desk.queued(session, MessagePurpose.CORRECTION)
        assert len([m for m in sent if m.address == "desk@atlantis.example"]) == 2


def test_the_end_settles_what_needs_a_person_but_not_what_must_still_be_read(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.transaction() as session:
        for cause in (NeedCause.OBJECTION, NeedCause.UNCLEAR_REPLY):
            raise_need(
                session,
                by_engine(desk.now),
                cause,
                "A person is needed.",
                key=cause.value,
                activation=desk.activation(session),
            )

    says(desk, TextKind.STAND_DOWN)

    with desk.database.reading() as session:
        assert [need.cause for need in open_needs(session)] == [NeedCause.UNCLEAR_REPLY]


@pytest.mark.parametrize("kind", [kind for kind in TextKind if kind is not TextKind.FIRST_NOTICE])
def test_a_text_stands_ready_from_the_first_second(desk: Desk, kind: TextKind) -> None:
    desk.activates("ATLANTIS")

    with desk.database.reading() as session:
        ready = stand_down.suggested(desk.activation(session), kind)

    assert ready.title == "Boat in distress, Sunken Sea"
    assert ready.body or kind is TextKind.UPDATE
