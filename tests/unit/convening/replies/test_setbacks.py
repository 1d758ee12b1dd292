"""What follows from a reply that is no acknowledgement, each told to whoever must know."""

import pytest
from sqlalchemy import select

from mechanism.lifecycle import Health, MessageState, NoticeState, ReplyState
from mechanism.vocabulary import NeedCause, SetbackKind
from notifications.email import addresses
from notifications.email.inbound import arrival
from notifications.inbox import keep
from notifications.outbox import settle
from notifications.provider import Accepted
from store.tables import Attempt, ContactPoint, Message, Reply, SetbackSeen
from tests.support.desk import Desk
from tests.support.outbox import claimed, of
from tests.support.replies import MAILBOX, PHONE, causes, heard, mail, state, text

COMPLAINT = (
    "From: feedback@mx.example\nSubject: abuse\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nA complaint.\n"
    "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--b--\n"
)


def kept(desk: Desk, raw: str, *recipients: str) -> int:
    """Keep a raw mail; its id."""
    given = arrival.mail(raw.encode(), sender="", recipients=recipients, secure=False)
    with desk.database.transaction() as session:
        reply = keep.keep(session, given, now=desk.now)
        assert reply is not None
        return reply.id


def sent_to(desk: Desk, address: str) -> str:
    """Let the notice to this address be taken; the envelope sender that a report comes back to."""
    claim = of(claimed(desk), address)
    with desk.database.transaction() as session:
        settle.settle(
            session, claim.attempt_id, Accepted("taken"), now=desk.now, settings=desk.settings
        )
    return addresses.bounces_of(claim.attempt_id, desk.settings.key, "in.cm.example")


def report(action: str) -> str:
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: Report\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {MAILBOX}\nAction: {action}\nStatus: 5.1.1\n\n--b--\n"
    )


def setbacks(desk: Desk) -> list[tuple[SetbackKind, str]]:
    with desk.database.reading() as session:
        return [(s.kind, s.note) for s in session.scalars(select(SetbackSeen))]


def health(desk: Desk, address: str) -> tuple[Health, str]:
    with desk.database.reading() as session:
        contact = session.scalars(select(ContactPoint).where(ContactPoint.address == address)).one()
        return contact.health, contact.health_note


def test_a_bounce_marks_the_address_with_a_note_and_starts_the_next_at_once(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    back = sent_to(desk, MAILBOX)

    assert heard(desk, kept(desk, report("failed"), back)) is ReplyState.SET_ASIDE

    assert [kind for kind, _ in setbacks(desk)] == [SetbackKind.BOUNCED]
    assert health(desk, MAILBOX) == (Health.FAILED, "a delivery report of a failure")
    with desk.database.reading() as session:
        assert desk.notice(session, "ATLANTIS").due_at == desk.now
        sent = session.scalars(select(Message).where(Message.address == MAILBOX)).first()
        assert sent is not None
        assert sent.state is MessageState.BOUNCED


@pytest.mark.parametrize("action", ["delayed", "delivered"])
def test_a_delay_and_a_delivery_change_nothing(desk: Desk, action: str) -> None:
    desk.activates("ATLANTIS")
    back = sent_to(desk, MAILBOX)
    before = health(desk, MAILBOX)

    assert heard(desk, kept(desk, report(action), back)) is ReplyState.SET_ASIDE

    assert setbacks(desk) == []
    assert health(desk, MAILBOX) == before
    assert causes(desk) == []


def test_an_absence_says_until_when(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    heard(
        desk, mail(desk, "I am out of the office until 4 December.", Auto_Submitted="auto-replied")
    )

    assert setbacks(desk) == [(SetbackKind.OUT_OF_OFFICE, "until 4 December")]


def test_a_complaint_alarms_a_person_and_acknowledges_nothing(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    assert heard(desk, kept(desk, COMPLAINT, sent_to(desk, MAILBOX))) is ReplyState.WAITING

    assert causes(desk) == [NeedCause.UNCLEAR_REPLY]
    assert state(desk) is NoticeState.NOTIFIED


def test_a_system_that_wants_proof_of_a_person_gets_a_person(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    held = "Your message is being held. Click the link to verify your email address."

    assert heard(desk, mail(desk, held, Auto_Submitted="auto-replied")) is ReplyState.WAITING

    assert state(desk) is NoticeState.NOTIFIED
    assert causes(desk) == [NeedCause.UNCLEAR_REPLY]


def test_what_comes_back_from_a_co_chair_is_for_a_person(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    back = sent_to(desk, "duty@lemuria.example")

    heard(desk, kept(desk, report("failed"), back))

    assert causes(desk) == [NeedCause.NOT_SENT]
    assert health(desk, "duty@lemuria.example")[0] is Health.FAILED


def test_an_answer_by_mail_does_not_undo_an_opt_out_of_texts(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    heard(desk, text(desk, "STOP"))

    heard(desk, text(desk, "OK"))

    assert health(desk, PHONE)[0] is Health.OPTED_OUT


def test_an_attempt_that_nobody_made_brings_nothing(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.reading() as session:
        assert session.scalars(select(Attempt)).all() == []

    forged = "bounce+1-0000000000@in.cm.example"
    assert heard(desk, kept(desk, report("failed"), forged)) is ReplyState.WAITING

    assert setbacks(desk) == []
    with desk.database.reading() as session:
        assert session.scalars(select(Reply)).one().state is ReplyState.WAITING
