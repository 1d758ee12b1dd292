"""The doors: whatever comes is committed raw, once, before anybody reads it."""

import json
import smtplib
import threading
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from mechanism.lifecycle import ReplyState
from notifications import inbox
from notifications.inbox import MailDoor, listen_for_mail
from store.tables import Attempt, LedgerDisclosure, LedgerEntry, Receipt, Reply
from tests.convening.conftest import Desk
from tests.journeys.grammar import free_port

FORM = [("MessageSid", "SM1"), ("From", "+999100310001"), ("To", "+1"), ("Body", "ยืนยัน OK"),
        ("MediaUrl0", "a"), ("MediaUrl0", "b")]  # fmt: skip


def kept(desk: Desk, heard: inbox.Heard) -> int | None:
    with desk.database.transaction() as session:
        reply = inbox.keep(session, heard, now=desk.now)
        return reply.id if reply is not None else None


def test_a_text_is_kept_exactly_as_it_was_posted(either_desk: Desk) -> None:
    reply_id = kept(either_desk, inbox.text_message(FORM))

    with either_desk.database.reading() as session:
        reply = session.get_one(Reply, reply_id)
        assert [tuple(field) for field in json.loads(reply.raw)] == FORM
        assert (reply.sender, reply.state) == ("+999100310001", ReplyState.KEPT)


def test_the_same_text_handed_in_again_is_not_kept_again(either_desk: Desk) -> None:
    assert kept(either_desk, inbox.text_message(FORM)) is not None
    assert kept(either_desk, inbox.text_message(FORM)) is None

    with either_desk.database.reading() as session:
        assert len(session.scalars(select(Reply)).all()) == 1


def test_after_a_repetition_the_rest_of_the_transaction_still_commits(
    either_desk: Desk,
) -> None:
    kept(either_desk, inbox.text_message(FORM))
    with either_desk.database.transaction() as session:
        assert inbox.keep(session, inbox.text_message(FORM), now=either_desk.now) is None
        other = [("MessageSid", "SM2"), *FORM[1:]]
        assert inbox.keep(session, inbox.text_message(other), now=either_desk.now)

    with either_desk.database.reading() as session:
        assert len(session.scalars(select(Reply)).all()) == 2


def test_a_sender_stands_in_the_ledger_behind_a_digest_only(desk: Desk) -> None:
    kept(desk, inbox.text_message(FORM))

    with desk.database.reading() as session:
        entry = session.scalars(
            select(LedgerEntry).where(LedgerEntry.type == "cm.reply.kept.v1")
        ).one()
        assert "+999" not in entry.body
        assert session.scalars(
            select(LedgerDisclosure).where(LedgerDisclosure.entry_id == entry.id)
        ).one()


def test_the_same_mail_to_another_address_is_another_reply(desk: Desk) -> None:
    first = inbox.mail(b"OK", sender="a@x.example", recipients=["one@in"], secure=False)
    other = inbox.mail(b"OK", sender="a@x.example", recipients=["two@in"], secure=False)

    assert None not in {kept(desk, first), kept(desk, other)}
    assert kept(desk, first) is None


def test_the_same_word_of_a_provider_is_kept_once(either_desk: Desk) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    with either_desk.database.transaction() as session:
        attempt: Attempt | None = None
        assert inbox.keep_receipt(session, attempt, form, now=either_desk.now)
    with either_desk.database.transaction() as session:
        assert not inbox.keep_receipt(session, None, form, now=either_desk.now)
        sent = form | {"MessageStatus": "sent"}
        assert inbox.keep_receipt(session, None, sent, now=either_desk.now)

    with either_desk.database.reading() as session:
        assert len(session.scalars(select(Receipt)).all()) == 2


@pytest.mark.parametrize("protocol", [smtplib.SMTP, smtplib.LMTP])
def test_a_mail_is_committed_before_it_is_taken_and_read_afterwards(
    desk: Desk, protocol: type[smtplib.SMTP]
) -> None:
    port, read = free_port(), threading.Event()
    ids: list[int] = []

    def kept_one(reply_id: int) -> None:
        ids.append(reply_id)
        read.set()

    stop = listen_for_mail(
        MailDoor(desk.database, desk.house.now, kept_one),
        host="127.0.0.1",
        port=port,
        lmtp=protocol is smtplib.LMTP,
    )
    letter = EmailMessage()
    letter["Subject"] = "OK"
    letter.set_content("x" * 5000)  # a line longer than RFC 5321 allows
    try:
        _hand_in(protocol, port, letter.as_bytes())
        with desk.database.reading() as session:
            reply = session.scalars(select(Reply)).one()
            assert reply.envelope["rcpt_tos"] == ["ack+token@in.cm.example"]
        assert read.wait(5)
    finally:
        stop()
    assert ids == [reply.id]


def _hand_in(protocol: type[smtplib.SMTP], port: int, raw: bytes) -> None:
    with protocol("127.0.0.1", port) as client:
        client.sendmail("desk@atlantis.example", ["ack+token@in.cm.example"], raw)
