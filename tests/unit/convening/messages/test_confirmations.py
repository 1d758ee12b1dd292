"""What whoever answered gets back: once, in local time, and never in a loop."""

from sqlalchemy import func, select

from convening.messages import confirmations
from convening.replies import quarantine
from mechanism.lifecycle import NoticeState, ReplyState
from mechanism.vocabulary import MessagePurpose, NeedCause
from store.needs import open_needs
from store.tables import LedgerEntry, Message, Notice, Reply
from tests.support.desk import Desk
from tests.support.replies import PHONE, causes, code, heard, mail, state, text


def confirmations_sent(desk: Desk) -> list[str]:
    with desk.database.reading() as session:
        query = select(Message.body).where(Message.purpose == MessagePurpose.CONFIRMATION)
        return list(session.scalars(query.order_by(Message.id)))


def test_how_to_answer_is_explained_once_and_then_left_to_a_person(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    for _ in range(3):
        heard(desk, text(desk, "Will call back"))

    assert len(confirmations_sent(desk)) == 1
    assert len(causes(desk)) == 3


def test_a_mail_that_cannot_be_read_is_asked_back_to_its_own_address_only(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    foreign = mail(desk, "We cannot confirm this.")
    with desk.database.transaction() as session:
        reply = session.get_one(Reply, foreign)
        reply.raw = reply.raw.replace(b"From: desk@", b"From: boss@")

    heard(desk, foreign)
    assert confirmations_sent(desk) == []

    heard(desk, mail(desk, "We cannot confirm this."))
    [said] = confirmations_sent(desk)
    assert "could not be read as an acknowledgement" in said


def test_a_plain_yes_that_may_mean_two_notices_is_asked_back_once_and_never_guessed(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    desk.activates("ATLANTIS")

    replies = [text(desk, "Yes"), text(desk, "Yes")]
    for reply_id in replies:
        assert heard(desk, reply_id) is ReplyState.WAITING

    [asked] = confirmations_sent(desk)
    assert "BP-2026-001" in asked
    assert "BP-2026-002" in asked
    with desk.database.reading() as session:
        states = session.scalars(select(Notice.state).where(Notice.member_code == "ATLANTIS"))
        assert set(states) == {NoticeState.NOTIFIED}


def test_when_the_code_was_said_the_plain_yes_waits_on_but_rings_nobody(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.reading() as session:
        said = f"OK {code(session)}"
    desk.activates("ATLANTIS")
    heard(desk, text(desk, "Yes"))

    heard(desk, text(desk, said))

    assert causes(desk) == [NeedCause.UNCLEAR_REPLY]
    with desk.database.reading() as session:
        assert [need.due_at for need in open_needs(session)] == [None]
        assert len(quarantine.waiting(session)) == 1


def test_two_machines_that_answer_each_other_are_stopped_by_the_hour_and_by_the_day(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    hour, day = (most for _, most in confirmations.BUDGET)

    for _ in range(hour + 3):
        heard(desk, text(desk, "OK"))
    assert len(confirmations_sent(desk)) == hour

    for _ in range(day):
        desk.clock.passes(hours=1)
        heard(desk, text(desk, "OK"))
    assert len(confirmations_sent(desk)) == day
    with desk.database.reading() as session:
        withheld = select(func.count()).where(LedgerEntry.type == "cm.confirmation.withheld.v1")
        assert session.scalar(withheld) == 3 + hour
        entry = session.scalars(
            select(LedgerEntry.body).where(LedgerEntry.type == "cm.confirmation.withheld.v1")
        ).first()
        assert PHONE not in str(entry)
    assert state(desk) is NoticeState.ACKNOWLEDGED
