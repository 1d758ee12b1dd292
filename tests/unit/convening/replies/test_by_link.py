from datetime import timedelta

import pytest
from sqlalchemy import func, select

from convening import meeting, stand_down
from convening.replies import by_link
from convening.replies.by_link import Came, LinkState, Sent
from mechanism.answers import Meaning
from mechanism.concurrence import Verdict
from mechanism.lifecycle import ActivationState, NoticeState, ReplyState
from mechanism.vocabulary import AttendanceAnswer, Channel, NeedCause, Rank, TextKind
from notifications import tokens
from notifications.tokens import TokenPurpose
from store.act import Act
from store.installation import Installation
from store.meetings import latest_meeting
from store.tables import (
    Activation,
    LedgerEntry,
    Need,
    Reply,
    ReplyCode,
    Token,
)
from tests.support.consultation import (
    DUTY_OFFICER,
    activated,
    answered,
    looked,
    notice_of,
    office_of,
    opened,
    passes,
    sent,
    token_of,
)
from tests.support.five_members import NOW


def test_opening_a_link_notes_where_and_when_and_changes_no_state(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD")
    with installation.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(LedgerEntry))

    opened(installation, token)
    opened(installation, token, "198.51.100.4")

    with installation.database.reading() as session:
        row = session.get_one(Token, tokens.digest_of(token))
        assert (row.opened_at, row.opened_from) == (NOW, "192.0.2.9")
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == before
        assert notice_of(session, activation, "BD").state is NoticeState.NOTIFIED


def test_an_email_link_with_the_office_named_acknowledges_with_two_dots(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD")
    opened(installation, token)

    came = answered(installation, token, sent(office=office_of(installation, "BD")))

    assert came is Came.DONE
    with installation.database.reading() as session:
        notice = notice_of(session, activation, "BD")
        told = notice.acknowledgement
        assert notice.state is NoticeState.ACKNOWLEDGED
        assert told is not None
        assert (told.assurance, told.assurance_text) == (2, "one-time link, office named")
        assert told.focal_point is not None
        assert told.focal_point.office == "Duty desk 1"
        assert session.get_one(Reply, told.reply_id).state is ReplyState.MATCHED
    assert looked(installation, token) is LinkState.ACKNOWLEDGED


def test_an_email_link_without_an_office_asks_again_and_keeps_nothing(
    installation: Installation,
) -> None:
    token = token_of(installation, activated(installation), "BD")
    opened(installation, token)

    assert answered(installation, token, sent()) is Came.OFFICE_MISSING
    foreign = office_of(installation, "TH")
    assert answered(installation, token, sent(office=foreign)) is Came.OFFICE_MISSING

    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 0


@pytest.mark.check(12, 30)
def test_the_sms_code_stands_for_the_office_and_five_wrong_ones_close_that_way(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD")
    opened(installation, token)
    with installation.database.reading() as session:
        notice = notice_of(session, activation, "BD")
        query = select(ReplyCode.code).where(ReplyCode.notice_id == notice.id)
        right = session.scalars(query).first()
    assert right

    for number in range(5):
        came = answered(installation, token, sent(f"try-{number}", code="00001"))
        assert came is Came.CODE_WRONG
    assert answered(installation, token, sent("try-6", code=right)) is Came.NO_TRIES_LEFT

    assert (
        answered(installation, token, sent("by-office", office=office_of(installation, "BD")))
        is Came.DONE
    )


def test_an_sms_link_needs_the_tap_alone_and_proves_no_more_than_the_number(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", Channel.SMS)
    opened(installation, token)

    came = answered(installation, token, sent())

    assert came is Came.DONE
    with installation.database.reading() as session:
        told = notice_of(session, activation, "BD").acknowledgement
        assert told is not None
        assert told.assurance == 1


def test_the_same_form_twice_is_one_answer(installation: Installation) -> None:
    token = token_of(installation, activated(installation), "BD", Channel.SMS)
    opened(installation, token)

    assert answered(installation, token, sent("f1")) is Came.DONE
    assert answered(installation, token, sent("f1")) is Came.REPEATED

    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 1


@pytest.mark.parametrize(
    ("seconds", "address"), [(1.0, "198.51.100.4"), (None, "192.0.2.9")], ids=["elsewhere", "blind"]
)
def test_what_a_mail_scanner_would_send_waits_for_a_person_and_the_ladder_goes_on(
    installation: Installation, seconds: float | None, address: str
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", Channel.SMS)
    opened(installation, token)

    came = answered(installation, token, sent(seconds=seconds, address=address))

    assert came is Came.DOUBTED
    with installation.database.reading() as session:
        notice = notice_of(session, activation, "BD")
        assert notice.state is NoticeState.NOTIFIED
        assert notice.due_at is not None
        assert session.scalars(select(Reply)).one().state is ReplyState.WAITING
        assert session.scalars(select(Need)).one().cause is NeedCause.UNCLEAR_REPLY


def test_a_quick_person_on_one_connection_is_no_machine(installation: Installation) -> None:
    token = token_of(installation, activated(installation), "BD", Channel.SMS)
    opened(installation, token)

    assert answered(installation, token, sent(seconds=1.0)) is Came.DONE


def test_a_second_answer_by_the_same_link_settles_the_doubt(installation: Installation) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", Channel.SMS)
    opened(installation, token)
    answered(installation, token, sent("f1", seconds=1.0, address="198.51.100.4"))

    assert (
        answered(installation, token, sent("f2", seconds=40.0, address="198.51.100.4")) is Came.DONE
    )

    with installation.database.reading() as session:
        states = session.scalars(select(Reply.state).order_by(Reply.id)).all()
        assert states == [ReplyState.SETTLED, ReplyState.MATCHED]
        assert session.scalars(select(Need)).one().settled_at is not None


def test_who_is_not_the_right_person_brings_the_next_office_at_once(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD")
    opened(installation, token)

    came = answered(installation, token, sent(), Meaning.WRONG_ADDRESSEE)

    assert came is Came.DONE
    with installation.database.reading() as session:
        notice = notice_of(session, activation, "BD")
        assert notice.due_at == NOW
        assert [s.contact_point.focal_point.rank for s in notice.setbacks] == [Rank.PRIMARY]
        assert by_link.look(session, token, now=NOW).passed_on


def test_a_late_answer_counts_and_is_marked_late(installation: Installation) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", Channel.SMS)
    opened(installation, token)

    passes(installation, timedelta(minutes=31))

    assert looked(installation, token) is LinkState.LATE
    assert answered(installation, token, sent(seconds=1800.0)) is Came.DONE
    with installation.database.reading() as session:
        told = notice_of(session, activation, "BD").acknowledgement
        assert told is not None
        assert told.late


def test_a_second_office_learns_that_the_first_has_answered_and_its_answer_is_kept(
    installation: Installation,
) -> None:
    activation = activated(installation)
    first = token_of(installation, activation, "BD", Channel.SMS)
    second = token_of(installation, activation, "BD")
    opened(installation, first)
    opened(installation, second)
    answered(installation, first, sent())

    came = answered(
        installation, second, sent(office=office_of(installation, "BD", Rank.ALTERNATE_1))
    )

    assert came is Came.TOO_LATE
    with installation.database.reading() as session:
        assert not by_link.look(session, second, now=NOW).is_own
        assert by_link.look(session, first, now=NOW).is_own
        assert session.scalar(select(func.count()).select_from(Reply)) == 2


def test_a_link_leads_to_nothing_once_its_time_has_passed_or_it_was_taken_back(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", Channel.SMS)

    passes(installation, timedelta(minutes=30, hours=24, seconds=1))
    assert looked(installation, token) is LinkState.EXPIRED
    assert answered(installation, token, sent()) is Came.NO_LINK

    with installation.database.transaction() as session:
        session.get_one(Token, tokens.digest_of(token)).revoked_at = installation.now()
    assert looked(installation, token) is LinkState.REVOKED
    assert looked(installation, "x" * 22) is LinkState.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "standing"),
    [(TextKind.WITHDRAWAL, LinkState.WITHDRAWN), (TextKind.STAND_DOWN, LinkState.ENDED)],
)
def test_an_answer_after_the_end_is_kept_and_changes_nothing(
    installation: Installation, kind: TextKind, standing: LinkState
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", Channel.SMS)
    opened(installation, token)
    with installation.database.transaction() as session:
        row = session.get_one(Activation, activation)
        stand_down.say(
            session,
            Act(DUTY_OFFICER, NOW, signature="Duty officer, Australia"),
            row,
            stand_down.suggested(row, kind),
            settings=installation.settings,
        )

    assert looked(installation, token) is standing
    assert answered(installation, token, sent()) is Came.TOO_LATE

    with installation.database.reading() as session:
        assert notice_of(session, activation, "BD").state is NoticeState.CANCELLED
        assert session.scalars(select(Reply)).one().state is ReplyState.MATCHED


@pytest.mark.check(37)
def test_a_link_of_one_purpose_opens_no_page_of_another(installation: Installation) -> None:
    activation = activated(installation)
    mine = token_of(installation, activation, "BD")
    co_chairs = token_of(installation, activation, "ID", purpose=TokenPurpose.CONCUR)

    with installation.database.reading() as session:
        concurrence = by_link.look_at_concurrence(session, mine, now=NOW)

    assert concurrence.standing is LinkState.UNKNOWN
    assert looked(installation, co_chairs) is LinkState.UNKNOWN


def meeting_said(installation: Installation, token: str, said: Meaning, form: str = "m1") -> Came:
    with installation.database.transaction() as session:
        return by_link.say_of_meeting(
            session, token, said, sent(form), delegate="Deputy desk", now=installation.now()
        )


def test_a_word_about_the_meeting_is_attendance_where_one_is_fixed(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", Channel.SMS)
    opened(installation, token)
    answered(installation, token, sent())
    with installation.database.transaction() as session:
        row = session.get_one(Activation, activation)
        meeting.fix(
            session,
            Act(DUTY_OFFICER, NOW, signature="Duty officer"),
            row,
            meeting.suggested(row, now=NOW),
            settings=installation.settings,
        )

    assert meeting_said(installation, token, Meaning.DELEGATES) is Came.DONE

    with installation.database.reading() as session:
        row = session.get_one(Activation, activation)
        latest = latest_meeting(session, row)
        assert latest is not None
        attendances = latest.attendances
        said = {a.member_code: (a.answer, a.delegate) for a in attendances}
        assert said["BD"] == (AttendanceAnswer.DELEGATED, "Deputy desk")
        assert by_link.look(session, token, now=NOW).said_of_meeting is Meaning.DELEGATES


def test_a_word_about_a_meeting_that_is_not_fixed_is_a_note_and_names_nobody(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", Channel.SMS)
    opened(installation, token)
    assert meeting_said(installation, token, Meaning.REGRETS) is Came.NO_LINK
    answered(installation, token, sent())

    assert meeting_said(installation, token, Meaning.NEEDS_INSTRUCTIONS) is Came.DONE
    assert meeting_said(installation, token, Meaning.WILL_ATTEND, "m2") is Came.DONE

    with installation.database.reading() as session:
        query = select(LedgerEntry.body).where(LedgerEntry.type == "cm.meeting_wish.noted.v1")
        bodies = session.scalars(query.order_by(LedgerEntry.id)).all()
        assert len(bodies) == 2
        assert '"said":"needs_instructions"' in bodies[0]
        assert "Deputy desk" not in "".join(bodies)
        assert by_link.look(session, token, now=NOW).said_of_meeting is Meaning.WILL_ATTEND


def concurred(
    installation: Installation, token: str, verdict: Verdict, form: Sent, reason: str = ""
) -> Came:
    with installation.database.transaction() as session:
        by_link.open_concurrence(session, token, now=installation.now(), address="192.0.2.9")
        return by_link.concur_by_link(
            session,
            token,
            verdict,
            form,
            reason=reason,
            now=installation.now(),
            settings=installation.settings,
        )


def test_the_other_co_chair_agrees_by_a_link_and_has_received_by_it(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "ID", Channel.SMS, purpose=TokenPurpose.CONCUR)

    assert concurred(installation, token, Verdict.AGREES, sent()) is Came.DONE
    assert concurred(installation, token, Verdict.AGREES, sent("f2")) is Came.TOO_LATE

    with installation.database.reading() as session:
        row = session.get_one(Activation, activation)
        assert [c.member_code for c in row.concurrences] == ["ID"]
        assert row.concurrences[0].by == "Duty desk 1, Indonesia"
        assert notice_of(session, activation, "ID").state is NoticeState.ACKNOWLEDGED


def test_an_objection_by_a_link_needs_its_reason_and_pauses(installation: Installation) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "ID", Channel.SMS, purpose=TokenPurpose.CONCUR)

    assert concurred(installation, token, Verdict.OBJECTS, sent()) is Came.REASON_MISSING
    came = concurred(
        installation, token, Verdict.OBJECTS, sent(), "Our rescue centre has ended the case."
    )

    assert came is Came.DONE
    with installation.database.reading() as session:
        row = session.get_one(Activation, activation)
        assert row.state is ActivationState.PAUSED
        assert row.concurrences[0].reason == "Our rescue centre has ended the case."


def test_a_co_chairs_email_link_asks_for_the_office_and_doubts_a_machine(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "ID", purpose=TokenPurpose.CONCUR)
    office = office_of(installation, "ID")

    assert concurred(installation, token, Verdict.AGREES, sent()) is Came.OFFICE_MISSING
    machine = sent("f2", office=office, seconds=0.5, address="198.51.100.4")
    assert concurred(installation, token, Verdict.AGREES, machine) is Came.DOUBTED
    with installation.database.reading() as session:
        assert session.get_one(Activation, activation).concurrences == []

    assert concurred(installation, token, Verdict.AGREES, sent("f3", office=office)) is Came.DONE


def test_nobody_agrees_to_what_their_own_government_has_triggered(
    installation: Installation,
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "AU", Channel.SMS, purpose=TokenPurpose.CONCUR)

    assert concurred(installation, token, Verdict.AGREES, sent()) is Came.TOO_LATE

    with installation.database.reading() as session:
        assert session.get_one(Activation, activation).concurrences == []
