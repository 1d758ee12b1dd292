"""Meeting: a time that can be, an invitation each, and attendance apart from receipt."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from convening import acknowledge, meeting, stand_down
from convening.acknowledge import MemberAnswer
from convening.meeting import CannotMeetError, Occasion
from mechanism.assurance import Assurance
from mechanism.vocabulary import (
    AcknowledgementResponse,
    AttendanceAnswer,
    Channel,
    Door,
    MessagePurpose,
    PointKind,
)
from store.act import Act
from store.tables import Convening, Message
from tests.support.desk import OFFICER, Desk


def occasion(desk: Desk) -> Occasion:
    with desk.database.reading() as session:
        return meeting.suggested(desk.activation(session), now=desk.now)


def acknowledges(desk: Desk, member: str, response: AcknowledgementResponse) -> None:
    word = MemberAnswer(Door.CALL, response, Assurance(2, "telephone"), desk.now)
    with desk.database.transaction() as session:
        notice = desk.notice(session, member)
        acknowledge.acknowledge(session, Act(OFFICER, desk.now), notice, word)


def has_quorum(desk: Desk) -> bool:
    with desk.database.reading() as session:
        activation = desk.activation(session)
        return meeting.quorum_of(activation).is_reached_by(meeting.counting(activation))


def test_who_declines_is_counted_towards_no_quorum(desk: Desk) -> None:
    desk.activates("LEMURIA", "ATLANTIS", "MU")  # three of four, both co-chairs among them
    acknowledges(desk, "LEMURIA", AcknowledgementResponse.NEEDS_INSTRUCTIONS)
    acknowledges(desk, "ATLANTIS", AcknowledgementResponse.DECLINES)
    assert not has_quorum(desk)

    acknowledges(desk, "MU", AcknowledgementResponse.RECEIVED)

    assert has_quorum(desk)


def test_who_has_left_the_directory_is_not_waited_for(desk: Desk) -> None:
    desk.activates("LEMURIA", "ATLANTIS", "MU")
    for member in ("ATLANTIS", "MU"):
        acknowledges(desk, member, AcknowledgementResponse.RECEIVED)
    assert not has_quorum(desk)

    with desk.database.transaction() as session:
        desk.notice(session, "LEMURIA").member.retired_at = desk.now

    assert has_quorum(desk)


def fixed(desk: Desk, wanted: Occasion) -> int:
    with desk.database.transaction() as session:
        return meeting.fix(
            session,
            Act(OFFICER, desk.now, signature="Duty officer"),
            desk.activation(session),
            wanted,
            settings=desk.settings,
        ).id


def test_the_playbook_proposes_the_next_half_hour_after_its_lead(desk: Desk) -> None:
    desk.activates("ATLANTIS", playbook="maritime-distress")

    wanted = occasion(desk)

    assert wanted.starts_at - desk.now >= timedelta(hours=3)
    assert wanted.starts_at.minute in {0, 30}
    assert wanted.ends_at - wanted.starts_at == timedelta(hours=1)
    assert len(wanted.agenda) == 3


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"starts_at": timedelta(days=-9)}, "start in the past"),
        ({"ends_at": timedelta(days=-9)}, "end before it starts"),
        ({"agenda": ()}, "agenda is empty"),
    ],
)
def test_a_meeting_that_cannot_be_is_refused_with_the_reason(
    desk: Desk, changes: dict[str, Any], why: str
) -> None:
    desk.activates("ATLANTIS")
    wanted = occasion(desk)
    for name, value in changes.items():
        new = getattr(wanted, name) + value if isinstance(value, timedelta) else value
        wanted = replace(wanted, **{name: new})

    with pytest.raises(CannotMeetError, match=why):
        fixed(desk, wanted)


def test_what_has_ended_meets_no_more(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    wanted = occasion(desk)
    with desk.database.transaction() as session:
        stand_down.close(session, Act(OFFICER, desk.now), desk.activation(session))

    with pytest.raises(CannotMeetError, match="closed"):
        fixed(desk, wanted)


def test_everybody_who_was_asked_is_invited_and_mails_carry_a_calendar(
    either_desk: Desk,
) -> None:
    desk = either_desk
    desk.activates("ATLANTIS", "YS")

    fixed(desk, occasion(desk))

    with desk.database.reading() as session:
        invited = desk.queued(session, MessagePurpose.INVITATION)
        assert {m.address for m in invited} == {
            "desk@atlantis.example", "+999100310001", "liaison@ys.example", "+999100510001",
            "desk@thule.example",
        }  # fmt: skip
        for message in invited:
            assert ("BEGIN:VCALENDAR" in message.calendar) is (message.channel is Channel.EMAIL)


def test_who_was_invited_and_did_not_come_is_absent_and_it_is_held_once(desk: Desk) -> None:
    desk.activates("ATLANTIS", "YS")
    convening_id = fixed(desk, occasion(desk))
    with desk.database.transaction() as session:
        convening = session.get_one(Convening, convening_id)
        meeting.take_attendance(
            session, Act(OFFICER, desk.now), convening, "YS", AttendanceAnswer.ATTENDED
        )
        meeting.take_attendance(
            session, Act(OFFICER, desk.now), convening, "ATLANTIS", AttendanceAnswer.CONFIRMED
        )

    with desk.database.transaction() as session:
        convening = session.get_one(Convening, convening_id)
        assert meeting.close(session, Act(OFFICER, desk.now), convening)
    with desk.database.transaction() as session:
        convening = session.get_one(Convening, convening_id)
        assert not meeting.close(session, Act(OFFICER, desk.now), convening)

    with desk.database.reading() as session:
        came = {
            a.member_code: a.answer for a in session.get_one(Convening, convening_id).attendances
        }
    assert came == {
        "ATLANTIS": AttendanceAnswer.ABSENT,
        "THULE": AttendanceAnswer.ABSENT,
        "YS": AttendanceAnswer.ATTENDED,
    }


def test_points_and_follow_ups_are_noted_in_order(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    convening_id = fixed(desk, occasion(desk))

    with desk.database.transaction() as session:
        convening = session.get_one(Convening, convening_id)
        for text in ("The boat was found.", "It was towed."):
            meeting.note_point(
                session, Act(OFFICER, desk.now), convening, item=1, kind=PointKind.POINT, text=text
            )
            meeting.note_follow_up(
                session,
                Act(OFFICER, desk.now),
                convening,
                action=text,
                owner="Atlantis",
                due_on=None,
            )

    with desk.database.reading() as session:
        convening = session.get_one(Convening, convening_id)
        assert [p.text for p in convening.points] == ["The boat was found.", "It was towed."]
        assert [f.number for f in convening.follow_ups] == [1, 2]


def mails(desk: Desk) -> list[tuple[str, str]]:
    """Subject and calendar part of every invitation by mail, in their order."""
    with desk.database.reading() as session:
        found = session.query(Message).filter_by(
            purpose=MessagePurpose.INVITATION, channel=Channel.EMAIL
        )
        return [(m.subject, m.calendar) for m in found.order_by(Message.id)]


def test_a_change_raises_the_sequence_tells_everybody_and_asks_anew(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    number = fixed(desk, occasion(desk))
    before = len(mails(desk))
    with desk.database.transaction() as session:
        convening = session.get_one(Convening, number)
        code = convening.attendances[0].member_code
        meeting.take_attendance(
            session, Act(OFFICER, desk.now), convening, code, AttendanceAnswer.CONFIRMED
        )

    with desk.database.transaction() as session:
        convening = session.get_one(Convening, number)
        later = replace(occasion(desk), starts_at=convening.starts_at + timedelta(hours=2),
                        ends_at=convening.ends_at + timedelta(hours=2))  # fmt: skip
        assert meeting.move(
            session, Act(OFFICER, desk.now), convening, later, settings=desk.settings
        )

    told = mails(desk)[before:]
    assert len(told) == before
    assert all("Changed:" in subject for subject, _ in told)
    assert all("SEQUENCE:1" in calendar for _, calendar in told)
    assert all("METHOD:REQUEST" in calendar for _, calendar in told)
    with desk.database.reading() as session:
        asked = session.get_one(Convening, number).attendances
        assert {a.answer for a in asked} == {AttendanceAnswer.INVITED}


def test_a_cancelled_meeting_is_dropped_by_every_calendar_and_another_can_be_fixed(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    number = fixed(desk, occasion(desk))
    before = len(mails(desk))

    with desk.database.transaction() as session:
        convening = session.get_one(Convening, number)
        assert meeting.cancel(
            session,
            Act(OFFICER, desk.now),
            convening,
            reason="The boats have landed",
            settings=desk.settings,
        )
        assert not meeting.cancel(
            session, Act(OFFICER, desk.now), convening, reason="Again", settings=desk.settings
        )

    told = mails(desk)[before:]
    assert len(told) == before
    assert all("Cancelled:" in subject for subject, _ in told)
    assert all("METHOD:CANCEL" in calendar for _, calendar in told)
    assert all("SEQUENCE:1" in calendar for _, calendar in told)
    assert fixed(desk, occasion(desk)) != number
