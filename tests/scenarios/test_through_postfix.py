"""The e-mail of a consultation, out and back, through a real mail server."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from notifications.email.addresses import attempt_bounced
from simulator import Gateway, PlannedFault, Received, Trouble
from store.tables import Reply
from tests.support.ports import free_port
from tests.support.scene import PACE, Scene
from tests.support.servers.postfix import Postfix, lmtp_at, postfix, smtp_at


class Town(Scene):
    """A house whose mail, out and in, passes through a Postfix; the offices' mail too."""

    def __init__(self, home: Path, database_url: str, mta: Postfix, office: int, door: int) -> None:
        self.mta = mta
        outside = Gateway(rate=PACE, smtp_port=office, clock=self._now)
        super().__init__(
            home,
            database_url,
            outside=outside,
            smtp_port=mta.port,
            inbox_port=door,
            inbox_lmtp=True,
        )
        self.gateway.connect(
            inbound_sms_url=f"{self.settings.public_url}/twilio/sms",
            inbound_mail=("127.0.0.1", mta.port),
        )

    def settle(self) -> None:
        """Wait until the mail server is empty too."""
        super().settle()
        self.mta.wait_until_empty()
        super().settle()

    def replies(self) -> list[bytes]:
        """What has come in by mail, raw."""
        with self.installation.database.reading() as session:
            return list(session.scalars(select(Reply.raw).order_by(Reply.id)))


def parsed(received: Received) -> EmailMessage:
    return message_from_bytes(received.raw, policy=policy.default)


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Iterator[Town]:
    office, door = free_port(), free_port()
    with postfix({"in.cm.example": lmtp_at(door)}, otherwise=smtp_at(office)) as mta:
        town = Town(tmp_path, sqlite_url, mta, office, door)
        try:
            yield town
            town.ends()
        finally:
            town.close()


def test_a_notice_goes_out_and_a_members_answer_comes_back(town: Town) -> None:
    town.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    mail = town.mailbox("focal point of Atlantis").expects_mail("Acknowledge receipt")
    mail.replies("Received, thank you.")

    assert town.ledger.says("Atlantis acknowledged")
    town.mailbox("focal point of Atlantis").expects_mail("Receipt is recorded")
    town.forward(minutes=30)
    town.mailbox("focal point of Atlantis").expects_nothing()


def test_the_attempt_travels_to_the_last_server_and_comes_back_in_its_report(town: Town) -> None:
    mailbox = town.mailbox("focal point of Atlantis")
    town.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    arrived = mailbox.expects_mail("Acknowledge receipt").received

    attempt = attempt_bounced(arrived.sender, town.settings.key)
    assert f"ENVID=att{attempt}" in arrived.dsn
    assert f"ORCPT=rfc822;{mailbox.address}" in arrived.dsn
    mail = parsed(arrived)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"


def test_a_reminder_answers_the_first_notice_so_that_both_are_shown_as_one_thread(
    town: Town,
) -> None:
    mailbox = town.mailbox("focal point of Atlantis")
    town.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    first = parsed(mailbox.expects_mail("Acknowledge receipt").received)

    town.forward(minutes=30)
    reminder = parsed(mailbox.expects_mail("Reminder").received)

    assert first["In-Reply-To"] is None
    assert reminder["In-Reply-To"] == first["Message-ID"]
    assert reminder["References"] == first["References"]


def test_a_mailbox_that_the_next_server_does_not_know_brings_the_alternate_at_once(
    town: Town,
) -> None:
    gone = town.mailbox("focal point of Atlantis").address
    town.gateway.faults.add(PlannedFault(Trouble.MAIL_REFUSED, match=gone, code=550, times=None))

    town.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    town.settle()

    town.phone("alternate of Atlantis").expects_sms("reply OK")
    town.mailbox("alternate of Atlantis").expects_mail("You are asked next")
    assert town.ledger.says("Atlantis: e-mail bounced")
    (report,) = town.replies()
    assert b"\nOriginal-Envelope-Id: att" in report
    assert b"\nOriginal-Recipient: rfc822;" in report
