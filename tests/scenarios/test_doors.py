"""By whichever door an answer comes in, it is heard once; and no machine's answer counts."""

import asyncio
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy import select

from mechanism.lifecycle import NoticeState
from mechanism.vocabulary import MessagePurpose
from notifications.outbox.envelope import reply_address
from simulator import PlannedFault, Trouble
from simulator.webhooks import signature
from store.tables import AnswerRead, Message, Notice, Reply
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.provider_posts import Post, mailgun, postmark, sendgrid
from tests.support.scene import Scene
from tests.support.servers.dovecot import PASSWORD, dovecot
from tests.support.servers.postfix import DISCARD, lmtp_at, postfix, smtp_at
from tests.support.servers.tls_proxy import tls_proxy

OFFICE = "focal point of Atlantis"
# Dovecot's responder heeds our mark; many of the world's do not, and see nothing of it here either
AS_BY_A_CARELESS_ONE = "regexp:{ { /^(Auto-Submitted|X-Auto-Response-Suppress):/ IGNORE } }"
SECRET = "a secret of the provider's"  # noqa: S105 - of an installation that lives for one test


@contextmanager
def played(home: Path, url: str, **settings: Any) -> Iterator[Scene]:
    """A house with these settings, in which Atlantis and Mu have been asked."""
    scene = Scene(home, url, **settings)
    try:
        scene.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
        yield scene
    finally:
        scene.close()


def answer(scene: Scene) -> tuple[str, str, bytes]:
    """What the office writes back: to which address of ours, from which of its own, and what."""
    sender = scene.mailbox(OFFICE).address
    with scene.installation.database.reading() as session:
        query = select(Message).where(
            Message.address == sender, Message.purpose == MessagePurpose.FIRST_NOTICE
        )
        address = reply_address(session.scalars(query).one(), scene.settings)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, address, "Re: consultation"
    mail["Message-ID"], mail["Date"] = "<1@atlantis.example>", "Mon, 23 Nov 2026 10:00:00 +0600"
    mail.set_content("We acknowledge receipt.")
    return address, sender, mail.as_bytes().replace(b"\n", b"\r\n")


def state_of(scene: Scene, member: str) -> NoticeState:
    with scene.installation.database.reading() as session:
        query = select(Notice).where(
            Notice.activation_id == scene.activation_id, Notice.member_code == member.upper()
        )
        return session.scalars(query).one().state


def until(scene: Scene, so: Callable[[], bool]) -> None:
    """Wait for what comes about by itself, at the bell's pace."""

    async def comes_about() -> None:
        listener = scene.installation.database.bell.listen()
        try:
            async with asyncio.timeout(PATIENCE):
                while not so():
                    await listener.wait(0.05)
        finally:
            await listener.close()

    scene.loop.do(comes_about())


def acknowledged(scene: Scene, member: str = "Atlantis") -> bool:
    return state_of(scene, member) is NoticeState.ACKNOWLEDGED


def ways(scene: Scene) -> list[str]:
    with scene.installation.database.reading() as session:
        return [r.envelope["way"] for r in session.scalars(select(Reply).order_by(Reply.id))]


def test_a_text_that_no_webhook_brings_is_found_in_the_providers_list(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    asked = installation.phone(OFFICE).expects_sms("reply OK")
    installation.gateway.faults.add(
        PlannedFault(Trouble.REPLY_LOST, match=installation.phone(OFFICE).address)
    )

    asked.replies("OK {code}")
    assert not acknowledged(installation)
    installation.forward(seconds=31)
    until(installation, lambda: acknowledged(installation))

    installation.phone(OFFICE).expects_sms("received for Atlantis")
    assert ways(installation) == ["list"]


def test_a_text_by_the_webhook_and_by_the_list_is_one_reply(installation: Scene) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    asked = installation.phone(OFFICE).expects_sms("reply OK")

    asked.replies("OK {code}")
    installation.phone(OFFICE).expects_sms("received for Atlantis")
    installation.forward(seconds=31)
    installation.forward(seconds=31)

    assert ways(installation) == ["webhook"]


def test_a_text_comes_in_through_a_proxy_that_ends_tls_before_us(
    tmp_path: Path, sqlite_url: str
) -> None:
    inside = free_port()
    with tls_proxy(inside) as proxy:
        public = f"https://localhost:{proxy.port}"
        with played(tmp_path, sqlite_url, web_port=inside, public_url=public) as scene:
            code = scene.phone(OFFICE).expects_sms("reply OK").received.code
            form = {
                "MessageSid": "SM1", "From": scene.phone(OFFICE).address,
                "To": scene.settings.sms_sender, "Body": f"OK {code}",
            }  # fmt: skip
            seen = f"http://127.0.0.1:{inside}/twilio/sms"  # what a server might think it is

            def post(signed_for: str) -> int:
                signed = signature(scene.gateway.auth_token, signed_for, form)
                return httpx.post(
                    f"{public}/twilio/sms", data=form, headers={"X-Twilio-Signature": signed},
                    verify=proxy.trust,
                ).status_code  # fmt: skip

            assert post(seen) == 403
            assert post(f"{public}/twilio/sms") == 200
            until(scene, lambda: acknowledged(scene))


def test_a_mail_comes_in_by_the_sites_own_mail_server(tmp_path: Path, sqlite_url: str) -> None:
    with (
        played(tmp_path, sqlite_url, inbox_lmtp=True) as scene,
        postfix({"in.cm.example": lmtp_at(scene.settings.inbox_port)}) as server,
    ):
        address, sender, raw = answer(scene)
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.sendmail(sender, [address], raw)

        until(scene, lambda: acknowledged(scene))
        assert ways(scene) == ["lmtp"]


def test_a_mail_comes_in_by_a_mailbox(tmp_path: Path, sqlite_url: str) -> None:
    with dovecot() as server:
        mailbox = {
            "imap_host": "127.0.0.1", "imap_port": server.imap_port, "imap_user": "ack",
            "imap_password": SecretStr(PASSWORD),
        }  # fmt: skip
        with played(tmp_path, sqlite_url, **mailbox) as scene:
            address, sender, raw = answer(scene)
            with smtplib.LMTP("127.0.0.1", server.lmtp_port) as client:
                client.sendmail(sender, [address], raw)

            until(scene, lambda: acknowledged(scene))
            assert ways(scene) == ["imap"]


def by_postmark(scene: Scene) -> tuple[str, Post]:
    address, _, raw = answer(scene)
    return f"postmark/{SECRET}", postmark(raw, address)


def by_sendgrid(scene: Scene) -> tuple[str, Post]:
    address, sender, raw = answer(scene)
    return f"sendgrid/{SECRET}", sendgrid(raw, address, sender=sender)


def by_mailgun(scene: Scene) -> tuple[str, Post]:
    address, _, raw = answer(scene)
    return "mailgun/mime", mailgun(raw, address, secret=SECRET, now=datetime.now(UTC))


@pytest.mark.parametrize("bring", [by_postmark, by_sendgrid, by_mailgun])
def test_a_mail_comes_in_by_a_providers_webhook_and_again_by_the_mail_server(
    tmp_path: Path, sqlite_url: str, bring: Callable[[Scene], tuple[str, Post]]
) -> None:
    secrets = {name: SecretStr(SECRET) for name in ("postmark", "sendgrid", "mailgun")}
    with played(tmp_path, sqlite_url, mail_webhooks=secrets, inbox_lmtp=True) as scene:
        path, (body, kind) = bring(scene)
        url = f"{scene.settings.public_url}/mail/{path}"
        assert httpx.post(url, content=body, headers={"Content-Type": kind}).status_code == 200
        until(scene, lambda: acknowledged(scene))

        address, sender, raw = answer(scene)
        with smtplib.LMTP("127.0.0.1", scene.settings.inbox_port) as client:
            client.sendmail(sender, [address], b"Received: by mx.example with ESMTP\r\n" + raw)

        assert ways(scene) == [path.partition("/")[0]]


class Refuses:
    """The mail server of an office that has moved."""

    async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802 - aiosmtpd's name
        return "550 5.1.1 nobody of that name here"


@contextmanager
def refusing() -> Iterator[int]:
    port = free_port()
    server = Controller(Refuses(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port
    finally:
        server.stop()


def test_neither_a_real_out_of_office_nor_a_real_bounce_acknowledges(
    tmp_path: Path, sqlite_url: str
) -> None:
    inbox = free_port()
    with dovecot(submission=("127.0.0.1", inbox)) as mailboxes, refusing() as moved:
        routes = {
            "in.cm.example": smtp_at(inbox),
            "atlantis.example": lmtp_at(mailboxes.lmtp_port),
            "mu.example": smtp_at(moved),
        }
        for name in ("desk", "consular"):
            mailboxes.vacation(name, subject="Out of office: OK", text="OK. Back on 30 November.")
        with (
            postfix(routes, otherwise=DISCARD, lmtp_header_checks=AS_BY_A_CARELESS_ONE) as server,
            played(tmp_path, sqlite_url, inbox_port=inbox, smtp_port=server.port) as scene,
        ):
            until(scene, lambda: {"auto_reply", "bounce"} <= kinds(scene))

            assert not acknowledged(scene, "Atlantis")
            assert not acknowledged(scene, "Mu")


def kinds(scene: Scene) -> set[str]:
    with scene.installation.database.reading() as session:
        return set(session.scalars(select(AnswerRead.kind)))
