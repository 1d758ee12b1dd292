"""Quarantine: nothing leaves it by itself, a person is told in time, and decides by one act."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from convening.messages import alerts as telling
from convening.replies import quarantine
from convening.replies.quarantine import PATIENCE, Disposition
from mechanism.lifecycle import NoticeState, ReplyState
from mechanism.vocabulary import MessagePurpose, NeedCause
from store.act import Act
from store.needs import open_needs
from store.tables import LedgerEntry, Message, Reply
from tests.support.desk import OFFICER, Desk
from tests.support.replies import MAILBOX, causes, heard, mail, state, text

STRANGER = "+999900000001"


def decided(desk: Desk, reply_id: int, what: Disposition, member: str = "") -> bool:
    with desk.database.transaction() as session:
        return quarantine.settle(
            session,
            Act(OFFICER, desk.now, signature="Duty officer"),
            session.get_one(Reply, reply_id),
            what,
            notice=desk.notice(session, member) if member else None,
        )


def state_of(desk: Desk, reply_id: int) -> ReplyState:
    with desk.database.reading() as session:
        return session.get_one(Reply, reply_id).state


def alarms(desk: Desk) -> int:
    """How many lines are told to people now."""
    with desk.database.transaction() as session:
        return telling.tell_due(session, now=desk.now, settings=desk.settings)


def purposes(session: Session, purpose: MessagePurpose) -> list[Message]:
    return list(session.scalars(select(Message).where(Message.purpose == purpose)))


def test_what_may_be_a_members_answer_is_told_to_people_at_once(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    heard(desk, text(desk, "Will call back"))

    assert alarms(desk) == 1


def test_what_nobody_can_place_is_told_after_a_while_and_all_of_it_together(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    for _ in range(3):
        heard(desk, text(desk, "Buy now", sender=STRANGER))

    assert alarms(desk) == 0
    desk.clock.passes(seconds=PATIENCE / timedelta(seconds=1))
    assert alarms(desk) == 1


def test_its_line_stands_until_the_last_of_them_is_decided(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    ids = [text(desk, "Buy now", sender=STRANGER) for _ in range(2)]
    for reply_id in ids:
        heard(desk, reply_id)

    decided(desk, ids[0], Disposition.NO_ANSWER)
    with desk.database.reading() as session:
        assert [need.reply_id for need in open_needs(session)] == [ids[1]]

    decided(desk, ids[1], Disposition.NO_ANSWER)
    assert causes(desk) == []


def test_a_new_one_after_that_is_told_of_again(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    first = text(desk, "Buy now", sender=STRANGER)
    heard(desk, first)
    decided(desk, first, Disposition.NO_ANSWER)

    heard(desk, text(desk, "Buy more", sender=STRANGER))

    assert causes(desk) == [NeedCause.UNCLEAR_REPLY]


def test_a_person_says_that_it_counts_and_whoever_wrote_hears_of_it(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    reply_id = text(desk, "Will call back")
    heard(desk, reply_id)

    assert decided(desk, reply_id, Disposition.ACKNOWLEDGES, "ATLANTIS")

    assert state(desk) is NoticeState.ACKNOWLEDGED
    assert causes(desk) == []
    with desk.database.reading() as session:
        told = desk.notice(session, "ATLANTIS").acknowledgement
        assert told is not None
        assert (told.assurance, told.assurance_text) == (1, "unclear reply, read by an officer")
        said = purposes(session, MessagePurpose.CONFIRMATION)
        assert [("not understood" in m.body, "received for" in m.body) for m in said] == [
            (True, False), (False, True),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "left"),
    [(Disposition.NO_ANSWER, []), (Disposition.DIRECTORY, [NeedCause.DIRECTORY])],
)
def test_a_person_says_that_it_is_no_answer_or_what_else_is_to_be_done(
    desk: Desk, what: Disposition, left: list[NeedCause]
) -> None:
    desk.activates("ATLANTIS")
    reply_id = text(desk, "Will call back")
    heard(desk, reply_id)

    decided(desk, reply_id, what, "ATLANTIS")

    assert state(desk) is NoticeState.NOTIFIED
    assert causes(desk) == left
    with desk.database.reading() as session:
        entry = session.scalars(
            select(LedgerEntry).where(LedgerEntry.type == "cm.reply.settled.v1")
        ).one()
        assert what.value in entry.body


def test_nobody_decides_twice(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    reply_id = text(desk, "Will call back")
    heard(desk, reply_id)

    assert decided(desk, reply_id, Disposition.NO_ANSWER)
    assert not decided(desk, reply_id, Disposition.ACKNOWLEDGES, "ATLANTIS")

    assert state(desk) is NoticeState.NOTIFIED


def test_what_was_set_aside_as_a_machines_can_still_be_a_persons(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    reply_id = mail(desk, "I am out of the office. OK", Auto_Submitted="auto-replied")
    heard(desk, reply_id)
    with desk.database.reading() as session:
        assert [reply.id for reply in quarantine.set_aside(session)] == [reply_id]

    decided(desk, reply_id, Disposition.ACKNOWLEDGES, "ATLANTIS")

    assert state(desk) is NoticeState.ACKNOWLEDGED
    with desk.database.reading() as session:
        assert purposes(session, MessagePurpose.CONFIRMATION) == []  # a machine wrote it


def passed_on(desk: Desk, reply_id: int, *, to_member: bool) -> int:
    with desk.database.transaction() as session:
        reply = session.get_one(Reply, reply_id)
        office = desk.notice(session, "ATLANTIS").member.focal_points[0] if to_member else None
        return quarantine.pass_on(
            session,
            Act(OFFICER, desk.now, signature="Duty officer"),
            reply,
            office,
            settings=desk.settings,
        )


def test_it_is_passed_on_to_the_duty_officers_and_goes_on_waiting(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    reply_id = text(desk, "Will call back")
    heard(desk, reply_id)

    assert passed_on(desk, reply_id, to_member=False) == 2

    assert state_of(desk, reply_id) is ReplyState.WAITING
    with desk.database.reading() as session:
        sent = purposes(session, MessagePurpose.PERSON_NEEDED)
        assert {m.address for m in sent} == {"duty@secretariat.example", "duty@thule.example"}
        assert all("Will call back" in m.body for m in sent)


def test_the_member_is_asked_whether_it_is_theirs_and_can_answer_that_mail(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    reply_id = mail(desk, "OK", to="cm@in.cm.example", Subject="Re: [BP-2026-001] OK")
    heard(desk, reply_id)

    assert passed_on(desk, reply_id, to_member=True) == 1

    with desk.database.reading() as session:
        [asked] = purposes(session, MessagePurpose.PERSON_NEEDED)
        assert asked.address == MAILBOX
    heard(desk, mail(desk, "OK"))
    assert state(desk) is NoticeState.ACKNOWLEDGED
    assert state_of(desk, reply_id) is ReplyState.WAITING  # a person still looks at the first
