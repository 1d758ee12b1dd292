"""The latest meeting is the one that was fixed last; it is open until it is held or called off."""

from convening import meeting
from convening.meeting import suggested
from store.act import Act
from store.meetings import latest_meeting, meetings, open_meeting
from tests.support.desk import OFFICER, Desk


def fix(desk: Desk) -> int:
    with desk.database.transaction() as session:
        activation = desk.activation(session)
        return meeting.fix(
            session,
            Act(OFFICER, desk.now, signature="Duty officer, Thule"),
            activation,
            suggested(activation, now=desk.now),
            settings=desk.settings,
        ).id


def cancel(desk: Desk) -> None:
    with desk.database.transaction() as session:
        latest = open_meeting(session, desk.activation(session))
        assert latest is not None
        meeting.cancel(
            session,
            Act(OFFICER, desk.now),
            latest,
            reason="the hour does not suit",
            settings=desk.settings,
        )


def test_of_two_the_second_counts_and_a_cancelled_one_is_not_open(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.reading() as session:
        assert latest_meeting(session, desk.activation(session)) is None
        assert open_meeting(session, desk.activation(session)) is None

    first = fix(desk)
    cancel(desk)

    with desk.database.reading() as session:
        activation = desk.activation(session)
        latest = latest_meeting(session, activation)
        assert latest is not None
        assert latest.id == first
        assert open_meeting(session, activation) is None

    second = fix(desk)

    with desk.database.reading() as session:
        activation = desk.activation(session)
        assert [one.id for one in meetings(session, activation)] == [first, second]
        latest = open_meeting(session, activation)
        assert latest is not None
        assert latest.id == second
