"""Acknowledging: once for a member, by whomever, and late is late."""

import pytest

from convening import acknowledge, stand_down
from convening.acknowledge import MemberAnswer
from mechanism.assurance import Assurance
from mechanism.lifecycle import Health, MessageState, NoticeState
from mechanism.vocabulary import AcknowledgementResponse, Door, MessagePurpose, NeedCause
from store.act import Act, by_engine
from store.needs import open_needs, raise_need
from tests.support.desk import OFFICER, Desk


def acknowledged(desk: Desk, member: str = "ATLANTIS", *, door: Door = Door.CALL) -> bool:
    with desk.database.transaction() as session:
        notice = desk.notice(session, member)
        contact = notice.member.focal_points[0].contact_points[0]
        word = MemberAnswer(
            door, AcknowledgementResponse.RECEIVED, Assurance(2, "telephone"), desk.now,
            contact_point=contact,
        )  # fmt: skip
        done = acknowledge.acknowledge(session, Act(OFFICER, desk.now), notice, word)
        return done is not None


def test_the_first_answer_counts_and_a_second_changes_nothing(either_desk: Desk) -> None:
    desk = either_desk
    desk.activates("ATLANTIS")

    assert [acknowledged(desk), acknowledged(desk, door=Door.LINK)] == [True, False]

    with desk.database.reading() as session:
        told = desk.notice(session, "ATLANTIS").acknowledgement
        assert told is not None
        assert told.door is Door.CALL


def test_it_calls_off_what_is_queued_for_this_member_and_for_nobody_else(desk: Desk) -> None:
    desk.activates("ATLANTIS", "MU")

    acknowledged(desk)

    with desk.database.reading() as session:
        for message in desk.queued(session, MessagePurpose.FIRST_NOTICE):
            assert message.notice is not None
            own = message.notice.member_code == "ATLANTIS"
            assert message.state is (MessageState.CANCELLED if own else MessageState.QUEUED)


@pytest.mark.parametrize(("minutes", "late"), [(119, False), (121, True)])
def test_late_is_after_the_deadline(desk: Desk, minutes: int, late: bool) -> None:  # noqa: FBT001
    desk.activates("ATLANTIS")
    desk.clock.passes(minutes=minutes)

    acknowledged(desk)

    with desk.database.reading() as session:
        told = desk.notice(session, "ATLANTIS").acknowledgement
        assert told is not None
        assert told.late is late


def test_the_line_that_the_member_is_unreached_is_settled_by_the_facts(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.transaction() as session:
        notice = desk.notice(session, "ATLANTIS")
        for cause in (NeedCause.UNREACHED, NeedCause.OPTED_OUT):
            raise_need(
                session,
                by_engine(desk.now),
                cause,
                "A person is needed.",
                key=cause.value,
                notice=notice,
                activation=notice.activation,
            )

    acknowledged(desk)

    with desk.database.reading() as session:
        assert [need.cause for need in open_needs(session)] == [NeedCause.OPTED_OUT]


def test_an_answer_proves_that_its_address_works(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    acknowledged(desk)

    with desk.database.reading() as session:
        member = desk.notice(session, "ATLANTIS").member
        health = [c.health for c in member.focal_points[0].contact_points]
        assert health == [Health.WORKING, Health.UNPROVEN]


def test_what_has_ended_cannot_be_acknowledged(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.transaction() as session:
        stand_down.close(session, Act(OFFICER, desk.now), desk.activation(session))

    assert not acknowledged(desk)

    with desk.database.reading() as session:
        assert desk.notice(session, "ATLANTIS").state is NoticeState.CANCELLED
