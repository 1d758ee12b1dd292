"""Notifying: rungs are taken once, in time, and never for whom has answered."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from convening import acknowledge, notify
from convening.acknowledge import MemberAnswer
from convening.messages import compose
from mechanism.assurance import Assurance
from mechanism.lifecycle import NoticeState
from mechanism.vocabulary import (
    AcknowledgementResponse,
    Channel,
    Door,
    MessagePurpose,
    NeedCause,
    SetbackKind,
)
from notifications.content.templates import CannotRenderError, Words
from store import setbacks
from store.act import Act
from store.needs import open_needs
from store.tables import ContactPoint, Message, Need
from tests.support.desk import OFFICER, Desk


def look(desk: Desk) -> int:
    with desk.database.transaction() as session:
        return notify.take_due_rungs(
            session, now=desk.now, settings=desk.settings, activation=desk.activation(session)
        )


def test_nothing_is_due_before_its_time(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    desk.clock.passes(minutes=29)

    with desk.database.reading() as session:
        assert notify.due_activations(session, now=desk.now) == []
    assert look(desk) == 0


def test_a_rung_is_taken_once_however_often_it_is_looked_at(either_desk: Desk) -> None:
    desk = either_desk
    desk.activates("ATLANTIS")
    desk.clock.passes(minutes=30)

    assert [look(desk), look(desk)] == [1, 0]

    with desk.database.reading() as session:
        reminders = desk.queued(session, MessagePurpose.REMINDER)
        assert sorted(m.channel.value for m in reminders) == ["email", "sms"]


def test_after_a_stop_each_office_is_told_once_by_its_latest_rung(desk: Desk) -> None:
    desk.activates("ATLANTIS", playbook="maritime-distress")
    desk.clock.passes(minutes=60)

    look(desk)

    with desk.database.reading() as session:
        said = desk.queued(session, MessagePurpose.REMINDER, MessagePurpose.ESCALATION)
        assert sorted(m.address for m in said) == [
            "+999100310001",
            "+999100320001",
            "consular@atlantis.example",
            "desk@atlantis.example",
        ]


def test_whom_has_answered_is_never_told_again(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.transaction() as session:
        word = MemberAnswer(
            Door.CALL, AcknowledgementResponse.RECEIVED, Assurance(2, "telephone"), desk.now
        )  # fmt: skip
        notice = desk.notice(session, "ATLANTIS")
        assert acknowledge.acknowledge(session, Act(OFFICER, desk.now), notice, word)
    desk.clock.passes(hours=3)

    assert look(desk) == 0

    with desk.database.reading() as session:
        assert desk.notice(session, "ATLANTIS").due_at is None


def test_a_setback_brings_the_next_look_to_this_moment(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    desk.clock.passes(minutes=1)
    with desk.database.transaction() as session:
        notice = desk.notice(session, "ATLANTIS")
        contact = session.scalars(
            select(ContactPoint).where(ContactPoint.address == "desk@atlantis.example")
        ).one()
        setbacks.record(session, notice, contact, SetbackKind.BOUNCED, now=desk.now)

    assert look(desk) == 1

    with desk.database.reading() as session:
        asked = desk.queued(session, MessagePurpose.ESCALATION)
        assert {m.address for m in asked} == {"+999100320001", "consular@atlantis.example"}


def test_the_ladders_end_hands_the_member_to_a_person(desk: Desk) -> None:
    desk.activates("YS")
    desk.clock.passes(hours=2)

    look(desk)

    with desk.database.reading() as session:
        assert desk.notice(session, "YS").state is NoticeState.UNREACHED
        (need,) = open_needs(session)
        assert need.cause is NeedCause.UNREACHED
        assert need.due_at == desk.now  # told at once


def test_a_member_whose_every_address_has_failed_does_not_wait_for_the_ladders_end(
    desk: Desk,
) -> None:
    desk.activates("YS")
    with desk.database.transaction() as session:
        notice = desk.notice(session, "YS")
        for contact in notice.member.focal_points[0].contact_points:
            setbacks.record(session, notice, contact, SetbackKind.FAILED, now=desk.now)

    look(desk)

    with desk.database.reading() as session:
        (need,) = open_needs(session)
        assert "has not been reached" in need.sentence


CANNOT_ANSWER = "Ys cannot answer a text, neither by reply nor by link: telephone."


def lines(desk: Desk) -> dict[str, timedelta | None]:
    """What stands on the board, and when people will be told of it, counted from the trigger."""
    with desk.database.reading() as session:
        began = desk.activation(session).triggered_at
        return {
            need.sentence: need.due_at - began if need.due_at is not None else None
            for need in open_needs(session)
        }


def write_off(desk: Desk, channel: Channel) -> None:
    """What speaks against the liaison office's address by this channel."""
    with desk.database.transaction() as session:
        notice = desk.notice(session, "YS")
        for contact in notice.member.focal_points[0].contact_points:
            if contact.channel is channel:
                setbacks.record(session, notice, contact, SetbackKind.BOUNCED, now=desk.now)


def test_where_a_text_leads_to_no_answer_it_is_said_at_once_and_told_with_the_first_reminder(
    desk: Desk,
) -> None:
    desk.activates("YS", "ATLANTIS")

    assert lines(desk) == {CANNOT_ANSWER: timedelta(minutes=30)}


def test_it_is_told_at_once_where_no_email_can_be_answered_either(desk: Desk) -> None:
    with desk.database.transaction() as session:
        for contact in session.scalars(select(ContactPoint)):
            if contact.address == "liaison@ys.example":
                contact.retired_at = desk.now
    desk.activates("YS")

    assert lines(desk) == {CANNOT_ANSWER: timedelta(0)}


def test_it_is_told_as_soon_as_the_email_comes_back(desk: Desk) -> None:
    desk.activates("YS")
    desk.clock.passes(minutes=3)
    write_off(desk, Channel.EMAIL)

    look(desk)

    assert lines(desk) == {CANNOT_ANSWER: timedelta(minutes=3)}


def test_it_gives_way_to_the_line_that_no_step_is_left(desk: Desk) -> None:
    desk.activates("YS")
    desk.clock.passes(hours=2)

    look(desk)

    (line,) = lines(desk)
    assert "has not been reached" in line


def test_a_message_may_not_arrive_after_the_ladders_end(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    with desk.database.reading() as session:
        message = session.scalars(
            select(Message).where(Message.purpose == MessagePurpose.FIRST_NOTICE)
        ).first()
        assert message is not None
        assert message.not_after == desk.now + timedelta(hours=2)


def test_a_text_that_breaks_keeps_no_other_back_and_a_person_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.activates("ATLANTIS", "MU")
    desk.clock.passes(minutes=30)
    write = compose._ladder_words

    def breaks_for_a_mailbox(*about: Any) -> Words:
        if about[2].address == "desk@atlantis.example":
            raise CannotRenderError("first_notice.mail.j2", "a word is missing")
        return write(*about)

    monkeypatch.setattr(compose, "_ladder_words", breaks_for_a_mailbox)
    look(desk)

    with desk.database.reading() as session:
        reminded = {m.address for m in desk.queued(session, MessagePurpose.REMINDER)}
        assert reminded >= {"+999100310001", "desk@mu.example"}
        told = session.scalars(select(Need).where(Need.cause == NeedCause.NOT_SENT)).one()
        assert "first_notice.mail.j2 is broken" in told.sentence
        assert desk.notice(session, "ATLANTIS").due_at == desk.now
