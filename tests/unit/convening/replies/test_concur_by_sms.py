"""A text with the code agrees or objects for its own government, from its own telephones alone."""

from itertools import count

import pytest
from sqlalchemy import select

from convening import activate
from convening.activate import Wish
from convening.replies import handle
from mechanism.lifecycle import ActivationState, Health, NoticeState, ReplyState
from mechanism.vocabulary import Channel, ConcurrenceAnswer, Door, MessagePurpose, NeedCause
from notifications.inbox import keep
from notifications.twilio.callbacks import text_message
from store.act import Act, Actor
from store.needs import open_needs
from store.tables import (
    Activation,
    AnswerRead,
    ConcurrenceCode,
    ContactPoint,
    LedgerEntry,
    Message,
    Reply,
    ReplyCode,
)
from tests.support import cast
from tests.support.desk import Desk

DUTY, COLLEAGUE, OTHER = "+999100140001", "+999100140009", "+999100240001"
LEMURIA = Actor("person", "2", "co_chair", "LEMURIA")
numbers = count(1)


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """Lemuria has triggered, and Thule is asked whether it agrees."""
    triggers(desk)
    return desk


def triggers(desk: Desk) -> None:
    wish = Wish(cast.facts(playbook="generic"), ("LEMURIA", "MU", "THULE"))
    act = Act(LEMURIA, desk.now, signature="Duty officer", government="LEMURIA")
    with desk.database.transaction() as session:
        plan = activate.draw_up(session, act, wish, settings=desk.settings)
        activation = activate.activate(
            session, act, wish, confirmed=plan.hash, settings=desk.settings
        )
        desk.activation_id = activation.id


def code(desk: Desk) -> str:
    with desk.database.reading() as session:
        row = select(ConcurrenceCode.code).where(
            ConcurrenceCode.activation_id == desk.activation_id
        )
        return session.scalars(row).one()


def texts(desk: Desk, body: str, *, sender: str = DUTY) -> ReplyState:
    form = [
        ("MessageSid", f"SM{next(numbers):032}"), ("From", sender), ("To", "+1"), ("Body", body),
    ]  # fmt: skip
    with desk.database.transaction() as session:
        reply = keep.keep(session, text_message(form), now=desk.now)
        assert reply is not None
        handle.handle(session, reply, now=desk.now, settings=desk.settings)
        return reply.state


def said(desk: Desk) -> list[ConcurrenceAnswer]:
    with desk.database.reading() as session:
        return [c.answer for c in desk.activation(session).concurrences]


def told(desk: Desk) -> list[str]:
    """What senders were told in answer, the oldest first."""
    with desk.database.reading() as session:
        query = select(Message.body).where(Message.purpose == MessagePurpose.CONFIRMATION)
        return list(session.scalars(query.order_by(Message.id)))


def has_phone(desk: Desk, number: str, member: str) -> None:
    """The member's primary office has a telephone of this number too."""
    with desk.database.transaction() as session:
        office = desk.notice(session, member).member.focal_points[0]
        phone = ContactPoint(channel=Channel.SMS, address=number, health=Health.WORKING)
        office.contact_points.append(phone)


def test_only_the_other_co_chairs_telephones_that_can_answer_get_a_code(asked: Desk) -> None:
    with asked.database.reading() as session:
        assert list(session.scalars(select(ConcurrenceCode.address))) == [DUTY]


def test_an_agreement_is_kept_with_its_door_its_assurance_and_its_evidence(asked: Desk) -> None:
    assert texts(asked, f"agree {code(asked)}") is ReplyState.MATCHED

    with asked.database.reading() as session:
        word = asked.activation(session).concurrences[0]
        assert (word.answer, word.door, word.assurance) == ("agreed", Door.SMS, 1)
        assert word.assurance_text == "SMS from the number on file, with its code"
        reply = session.scalars(select(Reply)).one()
        entry = session.scalars(
            select(LedgerEntry).where(LedgerEntry.type == "cm.concurrence.agreed.v1")
        ).one()
        assert f"sha256:{reply.sha256}" in entry.body
        assert '"door":"sms"' in entry.body
        assert asked.notice(session, "THULE").state is NoticeState.ACKNOWLEDGED


def test_saying_it_twice_is_saying_it_once(asked: Desk) -> None:
    for _ in range(2):
        assert texts(asked, f"AGREE {code(asked)}") is ReplyState.MATCHED

    assert said(asked) == [ConcurrenceAnswer.AGREED]
    assert "recorded before" in told(asked)[-1]


def test_an_objection_may_follow_an_agreement_and_keeps_the_reason(asked: Desk) -> None:
    texts(asked, f"AGREE {code(asked)}")

    texts(asked, f"OBJECT {code(asked)}: the boat has arrived")

    assert said(asked) == [ConcurrenceAnswer.AGREED, ConcurrenceAnswer.OBJECTED]
    with asked.database.reading() as session:
        activation = asked.activation(session)
        assert activation.state is ActivationState.PAUSED
        assert activation.concurrences[1].reason == "the boat has arrived"


def test_an_agreement_after_an_objection_waits_for_a_person(asked: Desk) -> None:
    texts(asked, f"OBJECT {code(asked)}")

    assert texts(asked, f"AGREE {code(asked)}") is ReplyState.WAITING

    assert said(asked) == [ConcurrenceAnswer.OBJECTED]
    with asked.database.reading() as session:
        causes = [need.cause for need in open_needs(session)]
        assert causes == [NeedCause.OBJECTION, NeedCause.UNCLEAR_REPLY]


@pytest.mark.parametrize("body", ["OK {}", "{}", "I would agree {}", "AGREE OBJECT {}", "AGREE"])
def test_what_is_not_plain_or_bears_no_code_waits_and_is_told_how_to_answer(
    asked: Desk, body: str
) -> None:
    assert texts(asked, body.format(code(asked))) is ReplyState.WAITING

    assert said(asked) == []
    assert f"Reply only AGREE {code(asked)}" in told(asked)[-1]


def test_a_machine_is_not_answered(asked: Desk) -> None:
    texts(asked, f"Auto-reply: I am driving. AGREE {code(asked)}")

    assert (said(asked), told(asked)) == ([], [])
    with asked.database.reading() as session:
        assert session.scalars(select(AnswerRead)).one().automatic


@pytest.mark.parametrize("sender", ["+999900000009", OTHER])
def test_the_code_counts_from_no_other_number(asked: Desk, sender: str) -> None:
    assert texts(asked, f"AGREE {code(asked)}", sender=sender) is ReplyState.WAITING

    assert (said(asked), told(asked)) == ([], [])


def test_a_colleagues_telephone_on_the_same_roster_counts_until_it_is_retired(asked: Desk) -> None:
    has_phone(asked, COLLEAGUE, "THULE")
    with asked.database.transaction() as session:
        phone = session.scalars(select(ContactPoint).where(ContactPoint.address == COLLEAGUE)).one()
        phone.retired_at = asked.now
    assert texts(asked, f"AGREE {code(asked)}", sender=COLLEAGUE) is ReplyState.WAITING
    with asked.database.transaction() as session:
        session.get_one(ContactPoint, phone.id).retired_at = None

    assert texts(asked, f"AGREE {code(asked)}", sender=COLLEAGUE) is ReplyState.MATCHED

    assert said(asked) == [ConcurrenceAnswer.AGREED]


def test_a_code_of_a_notice_at_the_same_number_acknowledges_and_agrees_to_nothing(
    asked: Desk,
) -> None:
    with asked.database.transaction() as session:
        phone = session.scalars(select(ContactPoint).where(ContactPoint.address == DUTY)).one()
        own = asked.notice(session, "THULE")
        session.add(
            ReplyCode(
                address=DUTY, code="00000", notice_id=own.id, contact_point_id=phone.id,
                issued_at=asked.now,
            )
        )  # fmt: skip

    assert texts(asked, "OK 00000") is ReplyState.MATCHED

    assert said(asked) == []
    with asked.database.reading() as session:
        assert asked.notice(session, "THULE").state is NoticeState.ACKNOWLEDGED


def test_codes_of_two_activations_in_one_text_are_not_guessed(asked: Desk) -> None:
    first = code(asked)
    triggers(asked)
    assert code(asked) != first

    assert texts(asked, f"AGREE {first} {code(asked)}") is ReplyState.WAITING

    with asked.database.reading() as session:
        every = session.scalars(select(Activation)).all()
        assert [activation.concurrences for activation in every] == [[], []]


def test_the_word_that_stops_texts_is_no_answer_to_the_question(asked: Desk) -> None:
    texts(asked, "STOP")

    assert (said(asked), told(asked)) == ([], [])
