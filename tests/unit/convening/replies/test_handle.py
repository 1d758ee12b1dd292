"""Hearing: what was kept is read once, and only a person's answer with proof acknowledges."""

from concurrent.futures import ThreadPoolExecutor
from functools import partialmethod
from threading import Event

import pytest
from sqlalchemy import select

from convening.replies import handle
from mechanism.lifecycle import NoticeState, ReplyState
from mechanism.vocabulary import MessagePurpose, NeedCause, SetbackKind
from notifications.email.inbound import arrival
from notifications.email.parse.parsed import ReadMail
from notifications.email.parse.sandbox import Sandbox
from notifications.inbox import keep
from store.needs import open_needs
from store.tables import AnswerRead, Notice, Reply
from tests.support.desk import Desk
from tests.support.patience import PATIENCE
from tests.support.replies import MAILBOX, causes, code, heard, mail, state, text


def test_a_reply_that_two_readers_come_to_at_one_time_is_read_once(either_desk: Desk) -> None:
    desk = either_desk
    desk.activates("ATLANTIS")
    reply_id, looked = text(desk, "yes"), Event()

    def second() -> None:
        with desk.database.transaction() as session:
            reply = session.get_one(Reply, reply_id)
            looked.set()
            handle.handle(session, reply, now=desk.now, settings=desk.settings)

    with ThreadPoolExecutor(1) as pool:
        with desk.database.transaction() as session:
            reply = session.get_one(Reply, reply_id)
            handle.handle(session, reply, now=desk.now, settings=desk.settings)
            other = pool.submit(second)
            looked.wait(0.5)  # on SQLite it cannot even look
        other.result(timeout=PATIENCE)

    with desk.database.reading() as session:
        assert len(session.scalars(select(AnswerRead)).all()) == 1
        assert len(desk.queued(session, MessagePurpose.CONFIRMATION)) == 1


def test_reading_again_changes_nothing(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    reply_id = text(desk, "yes")

    assert [heard(desk, reply_id), heard(desk, reply_id)] == [ReplyState.MATCHED] * 2

    with desk.database.reading() as session:
        assert len(desk.queued(session, MessagePurpose.CONFIRMATION)) == 1


@pytest.mark.parametrize("body", ["Will call back", "??", "", "no", "not OK"])
def test_what_is_no_answer_goes_to_a_person_and_acknowledges_nothing(desk: Desk, body: str) -> None:
    desk.activates("ATLANTIS")

    assert heard(desk, text(desk, body)) is ReplyState.WAITING

    assert state(desk) is NoticeState.NOTIFIED
    assert causes(desk) == [NeedCause.UNCLEAR_REPLY]


def test_a_text_from_a_number_that_nobody_knows_goes_to_a_person(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    assert heard(desk, text(desk, "OK", sender="+999900000001")) is ReplyState.WAITING

    with desk.database.reading() as session:
        assert desk.queued(session, MessagePurpose.CONFIRMATION) == []


def test_a_mail_to_its_reply_address_acknowledges(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    assert heard(desk, mail(desk, "OK")) is ReplyState.MATCHED

    assert state(desk) is NoticeState.ACKNOWLEDGED


def test_a_mail_from_another_address_counts_and_is_said_to_be_so(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    reply_id = mail(desk, "OK")
    with desk.database.transaction() as session:
        reply = session.get_one(Reply, reply_id)
        reply.raw = reply.raw.replace(b"From: desk@", b"From: boss@")

    heard(desk, reply_id)

    with desk.database.reading() as session:
        told = desk.notice(session, "ATLANTIS").acknowledgement
        assert told is not None
        assert "sent from an address that is not on file" in told.assurance_text


def test_the_reference_in_a_subject_and_a_known_sender_are_a_suggestion_at_most(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    reply_id = mail(desk, "OK", to="cm@in.cm.example", Subject="Re: [BP-2026-001] OK")

    assert heard(desk, reply_id) is ReplyState.WAITING

    assert state(desk) is NoticeState.NOTIFIED
    with desk.database.reading() as session:
        reply = session.get_one(Reply, reply_id)
        assert reply.answer is not None
        assert reply.answer.notice_id == desk.notice(session, "ATLANTIS").id


def test_a_machines_answer_is_set_aside_and_never_answered(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    reply_id = mail(desk, "I am out of the office. OK", Auto_Submitted="auto-replied")

    assert heard(desk, reply_id) is ReplyState.SET_ASIDE
    assert state(desk) is NoticeState.NOTIFIED
    with desk.database.reading() as session:
        assert desk.queued(session, MessagePurpose.CONFIRMATION) == []
        assert len(desk.notice(session, "ATLANTIS").setbacks) == 1


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"From: \n\n" + b"a" * 100_000])
def test_bytes_that_are_no_mail_go_to_a_person(desk: Desk, raw: bytes) -> None:
    desk.activates("ATLANTIS")
    with desk.database.transaction() as session:
        given = arrival.mail(raw, sender="", recipients=["x@in.cm.example"], secure=False)
        reply = keep.keep(session, given, now=desk.now)
        assert reply is not None
        reply_id = reply.id

    assert heard(desk, reply_id) in {ReplyState.WAITING, ReplyState.SET_ASIDE}

    assert state(desk) is NoticeState.NOTIFIED


def test_a_reply_that_cannot_be_read_for_a_fault_of_ours_is_handed_to_a_person(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    reply_id = text(desk, "yes")

    for _ in range(2):
        with desk.database.transaction() as session:
            handle.hand_to_a_person(session, session.get_one(Reply, reply_id), now=desk.now)

    with desk.database.reading() as session:
        assert session.get_one(Reply, reply_id).state is ReplyState.WAITING
        assert len(open_needs(session)) == 1


def test_stop_with_a_code_is_still_an_opt_out(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.reading() as session:
        said = f"STOP {code(session)}"

    heard(desk, text(desk, said))

    assert state(desk) is NoticeState.NOTIFIED
    assert causes(desk) == [NeedCause.OPTED_OUT]


def test_stop_from_a_number_with_two_open_notices_brings_the_alternates_of_both(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    desk.activates("ATLANTIS")

    heard(desk, text(desk, "STOP"))

    with desk.database.reading() as session:
        notices = list(session.scalars(select(Notice).where(Notice.member_code == "ATLANTIS")))
        assert [notice.state for notice in notices] == [NoticeState.NOTIFIED] * 2
        assert [notice.due_at for notice in notices] == [desk.now] * 2
        assert [seen.kind for n in notices for seen in n.setbacks] == [SetbackKind.OPTED_OUT] * 2


def test_a_mail_is_opened_before_any_transaction_and_with_its_envelopes_sender(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.activates("ATLANTIS")
    reply_id, told = mail(desk, "We confirm receipt."), list[str | None]()

    reads = Sandbox.read

    def opens(sandbox: Sandbox, raw: bytes, *, mail_from: str | None) -> ReadMail:
        with desk.database.transaction() as session:  # would wait for ever within another
            session.get_one(Reply, reply_id).recipient = "seen"
        told.append(mail_from)
        return reads(sandbox, raw, mail_from=mail_from)

    monkeypatch.setattr(Sandbox, "read", opens)
    handle.read_kept(desk.installation, reply_id)

    assert told == [MAILBOX]
    assert state(desk) is NoticeState.ACKNOWLEDGED


def test_what_ends_the_process_that_reads_it_is_shown_to_a_person(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.activates("ATLANTIS")
    monkeypatch.setattr(Sandbox, "__init__", partialmethod(Sandbox.__init__, seconds=0))

    handle.read_kept(desk.installation, mail(desk, "We confirm receipt.\n" * 8000))

    assert state(desk) is NoticeState.NOTIFIED
    with desk.database.reading() as session:
        read = session.scalars(select(AnswerRead)).one()
        assert (read.kind, "took longer" in read.reason) == ("unreadable", True)
    assert causes(desk) == [NeedCause.UNCLEAR_REPLY]
