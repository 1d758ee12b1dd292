"""A mailbox is emptied: whatever lies in it is kept first, and moved away afterwards."""

import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue

import pytest
from imap_tools import MailBoxUnencrypted
from pydantic import SecretStr
from sqlalchemy import select

from notifications.email.inbound import imap
from notifications.email.inbound.imap import MailboxDoor
from notifications.inbox.batch import Batcher
from settings import Settings
from store.tables import Reply
from tests.support.desk import Desk
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.servers.dovecot import PASSWORD, Dovecot, dovecot

pytestmark = pytest.mark.servers

ACCOUNT = "ack"


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


def deliver(server: Dovecot, token: str, text: str = "OK") -> None:
    address = f"{ACCOUNT}+{token}@in.cm.example"
    raw = (
        f"From: desk@atlantis.example\r\nTo: {address}\r\nMessage-ID: <{token}@x>\r\n\r\n{text}\r\n"
    )
    with smtplib.LMTP("127.0.0.1", server.lmtp_port) as client:
        client.sendmail("desk@atlantis.example", [address], raw.encode())


@contextmanager
def emptying(desk: Desk, server: Dovecot) -> Iterator["Queue[str]"]:
    """The door at work; what it keeps comes out of the queue by the address that it went to."""
    settings = Settings(
        home=Path("unused"), imap_host="localhost", imap_port=server.imaps_port or server.imap_port,
        imap_user=ACCOUNT, imap_password=SecretStr(PASSWORD),
    )  # fmt: skip
    told: Queue[str] = Queue()
    batcher = Batcher(desk.database, desk.installation.now)

    def kept(ids: Sequence[int]) -> None:
        with desk.database.reading() as session:
            replies = session.scalars(select(Reply).where(Reply.id.in_(ids)))
            for reply in replies:
                told.put(reply.recipient)

    close = MailboxDoor(settings, batcher, kept, told.put).open()
    try:
        yield told
    finally:
        close()
        batcher.close()


def lying(server: Dovecot, folder: str) -> int:
    with MailBoxUnencrypted("127.0.0.1", server.imap_port) as box:
        box.login(ACCOUNT, PASSWORD, initial_folder=folder)
        return len(box.uids())


def replies(desk: Desk) -> list[Reply]:
    with desk.database.reading() as session:
        return list(session.scalars(select(Reply).order_by(Reply.id)))


def test_what_lies_there_and_what_comes_in_is_kept_with_the_address_that_it_went_to(
    either_desk: Desk, server: Dovecot
) -> None:
    deliver(server, "before")
    with emptying(either_desk, server) as told:
        assert told.get(timeout=PATIENCE) == "ack+before@in.cm.example"

        deliver(server, "after")
        assert told.get(timeout=PATIENCE) == "ack+after@in.cm.example"

    first, _ = replies(either_desk)
    assert (first.envelope["way"], first.envelope["mail_from"]) == ("imap", "desk@atlantis.example")
    assert first.envelope["tls_before"] is False
    assert (lying(server, "INBOX"), lying(server, "Kept")) == (0, 2)


def test_what_comes_in_is_told_by_the_server_and_waits_for_no_look(
    desk: Desk, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LOOK", 600.0)
    monkeypatch.setattr(imap, "SOON", 600.0)
    heard: list[str] = []
    with emptying(desk, server) as told:
        for number in range(60):  # what came before the server was asked to tell, it does not
            deliver(server, str(number))
            with suppress(Empty):
                heard.append(told.get(timeout=1))
            if len(heard) >= 2:
                break

    assert len(heard) >= 2
    assert len(replies(desk)) >= 2


@pytest.fixture
def tls_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    """A server that counts as one beyond this machine."""
    monkeypatch.setattr(imap, "is_loopback", lambda _: False)
    monkeypatch.setattr(imap, "FIRST_PAUSE", 0.001)
    with dovecot(tls="yes") as running:
        yield running


def test_a_server_beyond_this_machine_is_asked_over_tls(
    desk: Desk, tls_server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_server.certificate))
    deliver(tls_server, "one")

    with emptying(desk, tls_server) as told:
        assert told.get(timeout=PATIENCE) == "ack+one@in.cm.example"

    assert replies(desk)[0].envelope["tls"] is True


def test_a_server_whose_certificate_nobody_vouches_for_is_not_told_the_password(
    desk: Desk, tls_server: Dovecot
) -> None:
    deliver(tls_server, "one")

    with emptying(desk, tls_server) as told:
        assert "CM_IMAP_HOST" in told.get(timeout=PATIENCE)

    assert not replies(desk)
    assert "Login" not in tls_server.log


def test_a_server_without_idle_is_asked_again_and_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LOOK", 0.05)
    with (
        dovecot(capability="IMAP4rev1 UIDPLUS") as server,  # nor can it move by itself
        emptying(desk, server) as told,
    ):
        deliver(server, "one")
        assert told.get(timeout=PATIENCE) == "ack+one@in.cm.example"
        deliver(server, "two")
        assert told.get(timeout=PATIENCE) == "ack+two@in.cm.example"


def test_who_is_cut_off_signs_in_again(
    desk: Desk, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "FIRST_PAUSE", 0.01)
    with emptying(desk, server) as told:
        deliver(server, "one")
        assert told.get(timeout=PATIENCE)
        server.told("kick", ACCOUNT)
        deliver(server, "two")
        assert told.get(timeout=PATIENCE) == "ack+two@in.cm.example"


def test_a_mailbox_that_is_made_anew_loses_nothing_and_doubles_nothing(
    desk: Desk, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "FIRST_PAUSE", 0.01)
    with emptying(desk, server) as told:
        deliver(server, "one")
        assert told.get(timeout=PATIENCE)
        server.make_anew(ACCOUNT)
        deliver(server, "one")  # the same mail, under a number that another had
        deliver(server, "two")
        assert told.get(timeout=PATIENCE) == "ack+two@in.cm.example"

    assert [reply.recipient for reply in replies(desk)] == [
        "ack+one@in.cm.example", "ack+two@in.cm.example",
    ]  # fmt: skip


def test_what_was_kept_and_not_moved_is_found_again_and_known(desk: Desk, server: Dovecot) -> None:
    deliver(server, "one")
    with emptying(desk, server) as told:
        assert told.get(timeout=PATIENCE)
    with MailBoxUnencrypted("127.0.0.1", server.imap_port) as box:
        box.login(ACCOUNT, PASSWORD, initial_folder="Kept")
        box.move(box.uids(), "INBOX")  # as if the process had died before it could move it

    with emptying(desk, server) as told:
        deliver(server, "two")
        assert told.get(timeout=PATIENCE) == "ack+two@in.cm.example"

    assert len(replies(desk)) == 2


def test_a_mailbox_that_cannot_be_reached_is_told_to_a_person(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "FIRST_PAUSE", 0.001)
    nowhere = Dovecot(free_port(), free_port(), Path("unused"))

    with emptying(desk, nowhere) as told:
        assert "CM_IMAP_HOST" in told.get(timeout=PATIENCE)
