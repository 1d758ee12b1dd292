"""A calendar's answer: attendance beside the receipt, the newest counts, the older is kept."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import count

import pytest
from sqlalchemy import select

from convening import meeting, time_poll
from convening.replies import handle
from mechanism.lifecycle import NoticeState, ReplyState
from mechanism.vocabulary import MessagePurpose
from notifications.email.inbound import arrival
from notifications.inbox import keep
from notifications.outbox import envelope
from store.act import Act, by_engine
from store.needs import open_needs
from store.tables import Attendance, Convening, LedgerEntry, Message, Reply, SlotAnswer
from tests.support.desk import OFFICER, Desk

MAILBOX = "desk@atlantis.example"
OTHER_TIME = datetime(2026, 11, 25, 9, tzinfo=UTC)
numbers = count(1)


@pytest.fixture
def invited(desk: Desk) -> Desk:
    """A meeting is fixed, and Atlantis is invited to it."""
    desk.activates("ATLANTIS")
    with desk.database.transaction() as session:
        activation = desk.activation(session)
        occasion = meeting.suggested(activation, now=desk.now)
        meeting.fix(
            session,
            Act(OFFICER, desk.now, signature="Duty officer, Thule"),
            activation,
            occasion,
            settings=desk.settings,
        )
    return desk


def organizer(desk: Desk) -> str:
    """Where a calendar sends its answer: as it stands in the invitation on the wire."""
    with desk.database.reading() as session:
        message = session.scalars(
            select(Message).where(
                Message.purpose == MessagePurpose.INVITATION, Message.address == MAILBOX
            )
        ).one()
        assert "[[organizer]]" in message.calendar
        sent = envelope._calendar(message, desk.settings).decode()
        return next(x for x in sent.splitlines() if "ORGANIZER" in x).partition("mailto:")[2]


def answers(
    desk: Desk, partstat: str, *, stamp: str = "20261123T040000Z", sequence: int = 0,
    attendee: str = MAILBOX, method: str = "REPLY", uid: str = "", kind: str = "",
    to: str = "", starts: str = "DTSTART:20261125T090000Z", **headers: str,
) -> ReplyState:  # fmt: skip
    """A calendar's answer arrives and is read; what became of it."""
    with desk.database.reading() as session:
        uid = uid or session.scalars(select(Convening.uid)).one()
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", f"METHOD:{method}", "BEGIN:VEVENT",
        f"UID:{uid}", f"SEQUENCE:{sequence}", f"DTSTAMP:{stamp}", starts,
        "DTEND:20261125T100000Z", f"ATTENDEE;{kind}PARTSTAT={partstat}:mailto:{attendee}",
        "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = MAILBOX, to or organizer(desk), "Accepted"
    letter["Message-ID"] = f"<{next(numbers)}@atlantis.example>"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content("")
    letter.add_alternative("\r\n".join(lines), subtype="calendar", params={"method": method})
    given = arrival.mail(
        letter.as_bytes(), sender=MAILBOX, recipients=[letter["To"]], secure=False
    )  # fmt: skip
    with desk.database.transaction() as session:
        reply = keep.keep(session, given, now=desk.now)
        assert reply is not None
        reply_id = reply.id
    handle.read_kept(desk.installation, reply_id)
    with desk.database.reading() as session:
        return session.get_one(Reply, reply_id).state


def attendance(desk: Desk) -> str:
    with desk.database.reading() as session:
        found = select(Attendance).where(Attendance.member_code == "ATLANTIS")
        return session.scalars(found).one().answer.value


def proposed(desk: Desk) -> list[SlotAnswer]:
    with desk.database.reading() as session:
        return time_poll.proposed(session, desk.activation(session), now=desk.now)


def kept_beside(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        query = select(LedgerEntry.body).where(
            LedgerEntry.type == "cm.calendar_reply.kept_beside.v1"
        )
        return list(session.scalars(query))


def lines(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        return [need.sentence for need in open_needs(session)]


def test_it_states_attendance_and_acknowledges_as_two_events(invited: Desk) -> None:
    assert answers(invited, "ACCEPTED") is ReplyState.MATCHED

    assert attendance(invited) == "confirmed"
    with invited.database.reading() as session:
        assert invited.notice(session, "ATLANTIS").state is NoticeState.ACKNOWLEDGED
        types = list(session.scalars(select(LedgerEntry.type)))
        assert types.count("cm.notice.answered.v1") == 2  # who triggered, and Atlantis
        assert types.count("cm.attendance.recorded.v1") == 1


def test_the_newest_counts_and_the_older_is_kept_and_flagged(invited: Desk) -> None:
    answers(invited, "DECLINED", stamp="20261123T050000Z")

    answers(invited, "ACCEPTED", stamp="20261123T040000Z")

    assert attendance(invited) == "regrets"
    assert len(kept_beside(invited)) == 1
    with invited.database.reading() as session:
        last = session.scalars(select(Reply).order_by(Reply.id.desc())).first()
        assert last is not None
        assert last.answer is not None
        assert "a newer answer is known" in last.answer.reason


@pytest.mark.parametrize("stamp", ["20261123T050000Z", "20261123T060000Z", "20261123T050000"])
def test_of_two_that_are_as_new_the_one_that_came_last_counts(invited: Desk, stamp: str) -> None:
    answers(invited, "DECLINED", stamp="20261123T050000Z")

    answers(invited, "ACCEPTED", stamp=stamp)

    assert attendance(invited) == "confirmed"


def test_an_answer_to_the_time_before_the_meeting_was_moved_changes_nothing(
    invited: Desk,
) -> None:
    with invited.database.transaction() as session:
        session.scalars(select(Convening)).one().sequence = 1

    answers(invited, "ACCEPTED", sequence=0)
    assert attendance(invited) == "invited"

    answers(invited, "DECLINED", sequence=1)
    assert attendance(invited) == "regrets"


def test_a_calendar_that_answers_by_itself_is_attendance_at_most(invited: Desk) -> None:
    assert answers(invited, "ACCEPTED", Auto_Submitted="auto-generated") is ReplyState.SET_ASIDE

    assert attendance(invited) == "confirmed"
    with invited.database.reading() as session:
        assert invited.notice(session, "ATLANTIS").state is NoticeState.NOTIFIED


def test_what_a_calendar_says_by_itself_reaches_a_person_where_nothing_says_whose_it_is(
    invited: Desk,
) -> None:
    became = answers(invited, "ACCEPTED", to="meetings@cm.example", Auto_Submitted="auto-generated")

    assert became is ReplyState.WAITING
    assert attendance(invited) == "invited"
    assert "nobody can tell whose they are" in lines(invited)[0]


def test_a_room_that_was_booked_attends_nothing_and_calls_nobody(invited: Desk) -> None:
    became = answers(invited, "ACCEPTED", attendee="room@atlantis.example", kind="CUTYPE=ROOM;")

    assert became is ReplyState.SET_ASIDE
    assert attendance(invited) == "invited"
    assert not lines(invited)
    assert "answers by itself" in kept_beside(invited)[0]


def test_another_time_goes_to_a_person_and_is_no_yes_to_this_one(invited: Desk) -> None:
    answers(invited, "TENTATIVE", method="COUNTER")

    assert attendance(invited) == "invited"
    [line] = lines(invited)
    assert line.endswith(
        "proposes another time for the meeting: 25 Nov 0900 UTC to 25 Nov 1000 UTC; "
        "it stands on the page of the meeting."
    )
    [own] = proposed(invited)
    assert (own.member_code, own.starts_at, own.can) == ("ATLANTIS", OTHER_TIME, True)


def test_another_time_that_the_members_are_asked_about_is_a_yes_to_it(invited: Desk) -> None:
    with invited.database.transaction() as session:
        activation = invited.activation(session)
        time_poll.ask(
            session,
            Act(OFFICER, invited.now, signature="Duty officer, Thule"),
            activation,
            meeting.suggested(activation, now=invited.now),
            [OTHER_TIME],
            closes_at=invited.now + timedelta(hours=2),
            settings=invited.settings,
        )

    answers(invited, "TENTATIVE", method="COUNTER")

    assert not proposed(invited)
    assert any("counts as a yes in the poll" in line for line in lines(invited))
    with invited.database.reading() as session:
        asked = time_poll.latest(session, invited.activation(session))
        assert asked is not None
        assert time_poll.said_by(session, asked, "ATLANTIS") == {OTHER_TIME: True}


@pytest.mark.parametrize(
    ("automatic", "starts"),
    [
        ("auto-generated", "DTSTART:20261125T090000Z"),
        ("no", "DTSTART;TZID=Nowhere:20261125T090000"),
    ],
)
def test_another_time_of_a_machine_or_without_a_known_zone_goes_to_a_person_alone(
    invited: Desk, automatic: str, starts: str
) -> None:
    answers(invited, "TENTATIVE", method="COUNTER", starts=starts, Auto_Submitted=automatic)

    assert not proposed(invited)
    assert "proposes another time" in lines(invited)[0]


def test_a_tentative_that_a_calendar_sends_by_itself_is_nobodys_answer(invited: Desk) -> None:
    became = answers(invited, "TENTATIVE", Auto_Submitted="auto-replied")

    assert became is ReplyState.SET_ASIDE
    assert attendance(invited) == "invited"
    assert not lines(invited)
    with invited.database.reading() as session:
        assert invited.notice(session, "ATLANTIS").state is NoticeState.NOTIFIED


def test_a_tentative_that_a_person_sends_is_receipt_and_no_word_on_attendance(
    invited: Desk,
) -> None:
    assert answers(invited, "TENTATIVE") is ReplyState.MATCHED

    assert attendance(invited) == "invited"
    with invited.database.reading() as session:
        assert invited.notice(session, "ATLANTIS").state is NoticeState.ACKNOWLEDGED


def test_who_declines_and_proposes_another_time_does_both(invited: Desk) -> None:
    answers(invited, "DECLINED", method="COUNTER")

    assert attendance(invited) == "regrets"
    assert len(lines(invited)) == 1


def test_an_invitation_that_was_forwarded_is_answered_for_nobody(invited: Desk) -> None:
    answers(invited, "ACCEPTED", attendee="somebody@else.example")

    assert attendance(invited) == "invited"
    assert "answers for somebody who is not on file" in lines(invited)[0]


def test_another_meeting_is_none_of_ours(invited: Desk) -> None:
    answers(invited, "ACCEPTED", uid="something@else.example")

    assert attendance(invited) == "invited"
    assert len(kept_beside(invited)) == 1


def test_a_meeting_that_was_held_takes_no_more_answers(invited: Desk) -> None:
    with invited.database.transaction() as session:
        meeting.close(
            session,
            by_engine(invited.now + timedelta(days=2)),
            session.scalars(select(Convening)).one(),
        )

    answers(invited, "ACCEPTED")

    assert attendance(invited) == "absent"
