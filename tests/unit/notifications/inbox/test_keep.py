"""The doors: whatever comes is committed raw, once, before anybody reads it."""

import json
from dataclasses import replace

from sqlalchemy import select

from mechanism.lifecycle import ReplyState
from mechanism.receipts import DeliveryStatus
from notifications.email.inbound.arrival import Arrival, letters
from notifications.hook import DeliveryReport, Heard
from notifications.inbox import keep
from notifications.twilio.callbacks import text_message
from store.tables import Attempt, LedgerDisclosure, LedgerEntry, Receipt, Reply
from tests.support.desk import Desk

FORM = [("MessageSid", "SM1"), ("From", "+999100310001"), ("To", "+1"), ("Body", "ยืนยัน OK"),
        ("MediaUrl0", "a"), ("MediaUrl0", "b")]  # fmt: skip


def kept(desk: Desk, heard: Heard) -> int | None:
    with desk.database.transaction() as session:
        reply = keep.keep(session, heard, now=desk.now)
        return reply.id if reply is not None else None


def test_a_text_is_kept_exactly_as_it_was_posted(either_desk: Desk) -> None:
    reply_id = kept(either_desk, text_message(FORM))

    with either_desk.database.reading() as session:
        reply = session.get_one(Reply, reply_id)
        assert [tuple(field) for field in json.loads(reply.raw)] == FORM
        assert (reply.sender, reply.state) == ("+999100310001", ReplyState.KEPT)


def test_the_same_text_handed_in_again_is_not_kept_again(either_desk: Desk) -> None:
    assert kept(either_desk, text_message(FORM)) is not None
    assert kept(either_desk, text_message(FORM)) is None

    with either_desk.database.reading() as session:
        assert len(session.scalars(select(Reply)).all()) == 1


def test_after_a_repetition_the_rest_of_the_transaction_still_commits(
    either_desk: Desk,
) -> None:
    kept(either_desk, text_message(FORM))
    with either_desk.database.transaction() as session:
        assert keep.keep(session, text_message(FORM), now=either_desk.now) is None
        other = [("MessageSid", "SM2"), *FORM[1:]]
        assert keep.keep(session, text_message(other), now=either_desk.now)

    with either_desk.database.reading() as session:
        assert len(session.scalars(select(Reply)).all()) == 2


def test_a_sender_stands_in_the_ledger_behind_a_digest_only(desk: Desk) -> None:
    kept(desk, text_message(FORM))

    with desk.database.reading() as session:
        entry = session.scalars(
            select(LedgerEntry).where(LedgerEntry.type == "cm.reply.kept.v1")
        ).one()
        assert "+999" not in entry.body
        assert session.scalars(
            select(LedgerDisclosure).where(LedgerDisclosure.entry_id == entry.id)
        ).one()


def letter(
    body: str = "OK", *, to: str = "ack+aaaa@in.example", message_id: str = "<1@x>"
) -> bytes:
    return f"From: a@x.example\nTo: {to}\nMessage-ID: {message_id}\n\n{body}\n".encode()


def test_a_mail_is_known_again_whatever_the_servers_on_its_way_have_added(
    either_desk: Desk,
) -> None:
    by_lmtp = Arrival(
        letter().replace(b"\n", b"\r\n"), "lmtp", "a@x.example", ("ACK+aaaa@in.example",)
    )
    added = b"Return-Path: <a@x.example>\nDelivered-To: ack+aaaa@in.example\nReceived: by mx\n"

    assert kept(either_desk, *letters(by_lmtp)) is not None
    assert kept(either_desk, *letters(Arrival(added + letter(), "imap"))) is None
    assert kept(either_desk, *letters(Arrival(letter(), "postmark"))) is None


def test_a_copied_message_id_hides_no_other_mail(either_desk: Desk) -> None:
    ours = letter("We do not confirm.")
    automatic = letter("OK").replace(b"\n\n", b"\nAuto-Submitted: auto-replied\n\n", 1)

    ids = [kept(either_desk, *letters(Arrival(raw, "lmtp"))) for raw in (letter(), ours, automatic)]

    assert None not in ids


def test_a_mail_to_two_personal_addresses_speaks_for_each(either_desk: Desk) -> None:
    both = ("ack+aaaa@in.example", "desk@in.example", "ack+bbbb@in.example")
    arrival = Arrival(letter(), "smtp", "a@x.example", both)

    with either_desk.database.transaction() as session:
        kept = keep.keep_all(session, letters(arrival), now=either_desk.now)
        replies = [session.get_one(Reply, one.id) for one in kept]

        assert [r.envelope["rcpt_tos"] for r in replies] == [[both[0]], [both[2]]]


def test_what_the_way_says_of_itself_is_kept_before_the_mail_is_read(desk: Desk) -> None:
    raw = (
        b"Return-Path: <>\nReceived: from a by b with ESMTPS id 1\nReceived: by c with SMTP\n"
        b"Authentication-Results: mx.in.example;\n spf=pass\nSubject: x\n\nOK"
    )
    arrival = Arrival(raw, "lmtp", secure=False, beside={"peer": "192.0.2.1"})

    with desk.database.transaction() as session:
        reply = keep.keep(session, letters(arrival)[0], now=desk.now)

        assert reply is not None
        assert reply.envelope == {
            "mail_from": "", "rcpt_tos": [], "way": "lmtp", "tls": False, "tls_before": True,
            "authentication_results": ["mx.in.example; spf=pass"], "size": len(raw),
            "cut": False, "peer": "192.0.2.1",
        }  # fmt: skip


def test_of_a_mail_beyond_measure_the_beginning_is_kept_and_that_it_was_cut() -> None:
    raw = letter("OK") + b"x" * keep.KEPT_WHOLE

    (heard,) = letters(Arrival(raw, "lmtp"))

    assert (len(heard.raw), heard.envelope["cut"]) == (keep.KEPT_WHOLE, True)
    assert heard.envelope["size"] == len(raw)


def test_what_no_database_takes_is_kept_all_the_same(either_desk: Desk) -> None:
    odd = Arrival(b"\0\xff", "lmtp", "a\0\udcff@x.example", ("\0",), beside={"helo": "\0\ud800"})
    form = [("MessageSid", "SM\0\ud800"), ("From", "\0"), ("Body", "\0")]

    assert kept(either_desk, *letters(odd)) is not None
    assert kept(either_desk, text_message(form)) is not None


def test_the_same_word_of_a_provider_is_kept_once(either_desk: Desk) -> None:
    delivered = DeliveryReport("twilio", "SM1", 7, "delivered", DeliveryStatus.ARRIVED, None, {})
    with either_desk.database.transaction() as session:
        attempt: Attempt | None = None
        assert keep.keep_receipt(session, attempt, delivered, now=either_desk.now)
    with either_desk.database.transaction() as session:
        assert not keep.keep_receipt(session, None, delivered, now=either_desk.now)
        sent = replace(delivered, said="sent", status=DeliveryStatus.TAKEN)
        assert keep.keep_receipt(session, None, sent, now=either_desk.now)
        of_another = replace(delivered, provider="kannel")
        assert keep.keep_receipt(session, None, of_another, now=either_desk.now)

    with either_desk.database.reading() as session:
        assert len(session.scalars(select(Receipt)).all()) == 3


def test_two_providers_that_number_alike_bring_two_texts(either_desk: Desk) -> None:
    first = text_message(FORM)

    assert kept(either_desk, first) is not None
    assert kept(either_desk, replace(first, provider="kannel")) is not None


def test_a_sender_that_no_door_and_no_server_has_noted_is_not_taken_for_nobody() -> None:
    (unknown,) = letters(Arrival(b"From: desk@mu.example\r\n\r\nOK\r\n", "imap"))
    (nobodys,) = letters(Arrival(b"Return-Path: <>\r\n\r\nOK\r\n", "imap"))

    assert (unknown.sender, unknown.envelope["mail_from"]) == ("", None)
    assert (nobodys.sender, nobodys.envelope["mail_from"]) == ("", "")
