"""Times are asked about, answered and fixed; whatever is too late or was not asked is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from convening import meeting, stand_down, time_poll
from convening.meeting import CannotMeetError
from convening.time_poll import AnswerOrigin, CannotAskError, Took
from mechanism.lifecycle import PollState
from mechanism.poll import NotTaken
from mechanism.vocabulary import Door, MessagePurpose, TextKind
from store.act import Act, Actor
from store.tables import Convening, LedgerEntry, Poll, SlotAnswer
from tests.support.desk import OFFICER, Desk

HOURS = (6, 8, 27)
BY_LINK = AnswerOrigin(Door.LINK, Actor("office", "1", "focal_point", "MU"))


def asks(desk: Desk, *hours: int) -> int:
    with desk.database.transaction() as session:
        activation = desk.activation(session)
        opened = time_poll.ask(
            session,
            Act(OFFICER, desk.now, signature="Duty officer"),
            activation,
            meeting.suggested(activation, now=desk.now),
            [desk.now + timedelta(hours=h) for h in hours or HOURS],
            closes_at=desk.now + timedelta(hours=2),
            settings=desk.settings,
        )
    return opened.id


def says(desk: Desk, member: str, **answers: bool) -> NotTaken | None:
    """Such as `h6=True`: can, six hours after the beginning."""
    began = desk.clock.at - desk.clock.at.replace(minute=40, hour=3)
    with desk.database.transaction() as session:
        return time_poll.record_slot_answer(
            session, desk.activation(session), member,
            {desk.now - began + timedelta(hours=int(h[1:])): can for h, can in answers.items()},
            heard=BY_LINK, now=desk.now,
        )  # fmt: skip


def proposes(desk: Desk, member: str, hours: int) -> Took:
    with desk.database.transaction() as session:
        return time_poll.take_proposed_time(
            session, desk.activation(session), member, desk.now + timedelta(hours=hours),
            heard=BY_LINK, now=desk.now,
        )  # fmt: skip


def fixes(desk: Desk, poll_id: int, hours: int) -> None:
    with desk.database.transaction() as session:
        time_poll.fix(
            session,
            Act(OFFICER, desk.now, signature="Duty officer"),
            session.get_one(Poll, poll_id),
            desk.now + timedelta(hours=hours),
            settings=desk.settings,
        )


def types(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        return list(session.scalars(select(LedgerEntry.type).order_by(LedgerEntry.id)))


def test_a_poll_asks_every_members_office_once(desk: Desk) -> None:
    desk.activates("ATLANTIS", "MU")

    asks(desk)

    with desk.database.reading() as session:
        asked = desk.queued(session, MessagePurpose.POLL)
        assert {m.notice.member_code for m in asked if m.notice} == {"ATLANTIS", "MU", "THULE"}
        assert len({m.address for m in asked}) == len(asked)
        assert "23 Nov 0940 UTC" in next(m.body for m in asked if m.subject)


def test_answers_are_counted_and_the_last_word_stands(either_desk: Desk) -> None:
    desk = either_desk
    desk.activates("ATLANTIS", "MU")
    poll_id = asks(desk)

    assert says(desk, "MU", h6=True, h8=False) is None
    desk.clock.passes(minutes=1)
    assert says(desk, "MU", h8=True) is None

    with desk.database.reading() as session:
        counts = time_poll.counts(session, session.get_one(Poll, poll_id))
        assert [count.can for count in counts] == [("MU",), ("MU",), ()]
        assert counts[2].silent == ("ATLANTIS", "MU", "THULE")
        assert len(list(session.scalars(select(SlotAnswer)))) == 2
    assert types(desk).count("cm.slot.answered.v1") == 2


def test_a_time_is_fixed_with_what_was_counted_and_the_poll_is_over(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    poll_id = asks(desk)
    says(desk, "ATLANTIS", h8=True)

    fixes(desk, poll_id, 8)

    with desk.database.reading() as session:
        fixed = session.scalars(select(Convening)).one()
        assert fixed.starts_at == desk.now + timedelta(hours=8)
        assert session.get_one(Poll, poll_id).state is PollState.FIXED
    assert says(desk, "ATLANTIS", h6=True) is NotTaken.CLOSED
    assert types(desk).count("cm.poll.fixed.v1") == 1


def test_a_time_is_fixed_once_and_only_one_that_was_asked_about(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    poll_id = asks(desk)

    with pytest.raises(CannotMeetError, match="was not put to the members"):
        fixes(desk, poll_id, 9)
    fixes(desk, poll_id, 6)
    with pytest.raises(CannotMeetError, match="ended already"):
        fixes(desk, poll_id, 8)


def test_an_answer_after_its_hour_or_to_a_time_not_asked_is_refused(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    assert says(desk, "ATLANTIS", h6=True) is NotTaken.CLOSED
    asks(desk)

    assert says(desk, "ATLANTIS", h7=True) is NotTaken.NOT_ASKED
    assert says(desk, "ATLANTIS") is NotTaken.NOTHING_SAID
    desk.clock.passes(hours=2, minutes=1)
    assert says(desk, "ATLANTIS", h6=True) is NotTaken.LATE


def test_only_one_poll_is_open_and_a_new_one_may_follow_its_end(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    poll_id = asks(desk)
    with pytest.raises(CannotAskError, match="asked about already"):
        asks(desk)

    with desk.database.transaction() as session:
        own = session.get_one(Poll, poll_id)
        assert time_poll.cancel(session, Act(OFFICER, desk.now), own)
        assert not time_poll.cancel(session, Act(OFFICER, desk.now), own)

    assert asks(desk, 5) != poll_id


def test_nothing_is_asked_and_nothing_is_answered_once_the_activation_has_ended(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    asks(desk)
    with desk.database.transaction() as session:
        activation = desk.activation(session)
        saying = stand_down.suggested(activation, TextKind.STAND_DOWN)
        stand_down.say(
            session,
            Act(OFFICER, desk.now, signature="Duty officer"),
            activation,
            saying,
            settings=desk.settings,
        )

    assert says(desk, "ATLANTIS", h6=True) is NotTaken.CLOSED
    assert proposes(desk, "ATLANTIS", 6) is Took.TOO_LATE
    with pytest.raises(CannotAskError, match="stood down"):
        asks(desk)


def test_a_proposed_time_is_a_vote_where_it_is_asked_about_and_else_stands_beside(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS", "MU")
    assert proposes(desk, "MU", 5) is Took.PROPOSAL
    poll_id = asks(desk)

    assert proposes(desk, "MU", 6) is Took.VOTE
    assert proposes(desk, "ATLANTIS", 5) is Took.PROPOSAL
    assert proposes(desk, "ATLANTIS", -1) is Took.TOO_LATE

    with desk.database.reading() as session:
        own = session.get_one(Poll, poll_id)
        beside = time_poll.proposed(session, own.activation, now=desk.now)
        assert [a.member_code for a in beside] == ["ATLANTIS", "MU"]
        assert time_poll.counts(session, own)[0].can == ("MU",)


def test_a_time_that_is_named_again_after_the_poll_is_a_proposal(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    poll_id = asks(desk)
    says(desk, "ATLANTIS", h8=True)
    fixes(desk, poll_id, 6)

    with desk.database.reading() as session:
        assert time_poll.proposed(session, desk.activation(session), now=desk.now) == []
    desk.clock.passes(hours=1)
    assert proposes(desk, "ATLANTIS", 7) is Took.PROPOSAL

    with desk.database.reading() as session:
        beside = time_poll.proposed(session, desk.activation(session), now=desk.now)
        assert [a.member_code for a in beside] == ["ATLANTIS"]
