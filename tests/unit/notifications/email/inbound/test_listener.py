"""The listener for mail: its server hears 250 after the commit, and never a no for ever."""

import smtplib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from notifications.email.inbound.listener import MailDoor, listen_for_mail
from notifications.hook import Heard
from notifications.inbox.batch import Batcher
from store.tables import Reply
from tests.support.desk import Desk
from tests.support.ports import free_port

OURS = "ack+token@in.cm.example"


class Broken(Batcher):
    """A batcher whose database is away."""

    def keep(self, heard: Sequence[Heard]) -> "Future[list[int]]":
        never: Future[list[int]] = Future()
        never.set_exception(OSError("the disk is full"))
        return never


def nobody_reads(ids: Sequence[int]) -> None:
    """Left to the engine."""


@contextmanager
def listening(
    batcher: Batcher, *, lmtp: bool = True, kept: Callable[[Sequence[int]], None] = nobody_reads
) -> Iterator[int]:
    port = free_port()
    stop = listen_for_mail(MailDoor(batcher, kept), host="127.0.0.1", port=port, lmtp=lmtp)
    try:
        yield port
    finally:
        stop()
        batcher.close()


def letter(text: str = "OK") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "desk@atlantis.example", OURS, "OK"
    mail.set_content(text, cte="7bit")
    return mail.as_bytes()


def replies(desk: Desk) -> int:
    with desk.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Reply)) or 0


@pytest.mark.parametrize("protocol", [smtplib.SMTP, smtplib.LMTP])
def test_a_mail_is_committed_before_it_is_taken_and_read_afterwards(
    either_desk: Desk, protocol: type[smtplib.SMTP]
) -> None:
    read, ids = threading.Event(), list[int]()

    def kept(new: Sequence[int]) -> None:
        ids.extend(new)
        read.set()

    batcher = Batcher(either_desk.database, either_desk.installation.now)
    with listening(batcher, lmtp=protocol is smtplib.LMTP, kept=kept) as port:
        with protocol("127.0.0.1", port) as client:
            client.sendmail("desk@atlantis.example", [OURS], letter())
            with either_desk.database.reading() as session:
                reply = session.scalars(select(Reply)).one()
        assert read.wait(5)

    assert ids == [reply.id]
    assert reply.envelope["rcpt_tos"] == [OURS]
    assert reply.envelope["way"] == protocol.__name__.lower()
    assert (reply.envelope["tls"], reply.envelope["peer"]) == (False, "127.0.0.1")


@pytest.mark.parametrize("protocol", [smtplib.SMTP, smtplib.LMTP])
def test_what_cannot_be_kept_is_asked_for_again_and_never_refused(
    desk: Desk, protocol: type[smtplib.SMTP]
) -> None:
    batcher = Broken(desk.database, desk.installation.now)
    with (
        listening(batcher, lmtp=protocol is smtplib.LMTP) as port,
        protocol("127.0.0.1", port) as client,
    ):
        client.ehlo_or_helo_if_needed()
        client.mail("desk@atlantis.example")
        client.rcpt(OURS)

        assert client.data(letter())[0] == 451


def test_every_recipient_of_one_mail_gets_an_answer_of_its_own(desk: Desk) -> None:
    batcher = Batcher(desk.database, desk.installation.now)
    with listening(batcher) as port, smtplib.LMTP("127.0.0.1", port) as client:
        client.ehlo()
        client.mail("desk@atlantis.example")
        for address in (OURS, "ack+other@in.cm.example"):
            client.rcpt(address)

        answers = [client.data(letter())[0], client.getreply()[0]]

    assert answers == [250, 250]
    assert replies(desk) == 2


def test_a_long_list_of_recipients_is_taken_in_several_turns(desk: Desk) -> None:
    many = [f"ack+{number}@in.cm.example" for number in range(25)]
    batcher = Batcher(desk.database, desk.installation.now)
    with listening(batcher, lmtp=False) as port, smtplib.SMTP("127.0.0.1", port) as client:
        put_off = client.sendmail("desk@atlantis.example", many, letter())
        assert {code for code, _ in put_off.values()} == {452}
        client.sendmail("desk@atlantis.example", list(put_off), letter())

    assert replies(desk) == 25


def test_the_report_of_a_mail_server_has_no_sender(desk: Desk) -> None:
    batcher = Batcher(desk.database, desk.installation.now)
    with listening(batcher) as port, smtplib.LMTP("127.0.0.1", port) as client:
        client.sendmail("", [OURS], letter())

    with desk.database.reading() as session:
        reply = session.scalars(select(Reply)).one()
        assert (reply.sender, reply.envelope["mail_from"]) == ("", "")


def test_neither_a_line_without_end_nor_a_large_enclosure_is_refused(desk: Desk) -> None:
    batcher = Batcher(desk.database, desk.installation.now)
    with listening(batcher) as port, smtplib.LMTP("127.0.0.1", port) as client:
        client.sendmail("a@atlantis.example", [OURS], letter("x" * 1_000_000))
        client.sendmail("a@atlantis.example", [OURS], letter("line\n" * 3_000_000))

    with desk.database.reading() as session:
        whole, cut = session.scalars(select(Reply).order_by(Reply.id))
        assert (whole.envelope["cut"], cut.envelope["cut"]) == (False, True)


def test_nothing_that_a_stranger_says_comes_into_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    batcher = Batcher(desk.database, desk.installation.now)
    with listening(batcher) as port, smtplib.LMTP("127.0.0.1", port) as client:
        client.docmd("The", "boat is at 6.5 N")
        client.ehlo()
        client.mail("desk@atlantis.example")

    assert "boat" not in caplog.text
    assert "atlantis" not in caplog.text
