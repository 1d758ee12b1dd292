"""How does an e-mail leave by SMTP?

Where the server offers PIPELINING, many share a connection without waiting for each other; else
each command waits for its answer. What an answer means is the same in both.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import aiosmtplib

from mechanism.vocabulary import Channel
from notifications.email import addresses, dkim
from notifications.email.smtp.commands import Submission, can_be_carried
from notifications.email.smtp.pool import Pool
from notifications.email.smtp.responses import UNUSABLE
from notifications.provider import Outcome, Outgoing, Unknown
from settings import Settings, is_loopback


class Tls(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"  # plain at first, then encrypted before anything is said; or nothing is
    IMPLICIT = "implicit"  # encrypted from the first byte, usually at port 465
    NONE = "none"  # on this machine only


class Smtp:
    """E-mail through one mail server, over a few connections that stay open."""

    channel = Channel.EMAIL

    def __init__(
        self,
        *,
        host: str,
        port: int,
        mail_domain: str,
        callback_key: bytes,
        name: str = "smtp",
        in_domain: str | None = None,
        username: str | None = None,
        password: str | None = None,
        tls: Tls | None = None,
        connections: int = 4,
        timeout: float = 15.0,
    ) -> None:
        """`mail_domain` is our name to the server; bounces go to `in_domain`, or else to it too.

        `name` tells this server from another one.
        """
        self.name = name
        tls = tls or (Tls.NONE if is_loopback(host) else Tls.STARTTLS)
        if tls is Tls.NONE and not is_loopback(host):
            raise ValueError(
                f"plain SMTP to {host} would show every message on the way: use starttls, or hand "
                "the mail to a server on this machine"
            )
        self._in_domain = in_domain or mail_domain
        self._key = callback_key
        server = _Server(host, port, mail_domain, tls, username, password, timeout)
        self._pool = Pool(server.connect, size=connections, timeout=timeout)

    @classmethod
    def from_settings(cls, settings: Settings, name: str) -> Self:
        """The mail server of this name; a key that cannot sign is met here, not by a message."""
        dkim.signers(settings)
        server = settings.mail_servers[name]
        return cls(
            name=name,
            host=server.host,
            port=server.port,
            mail_domain=settings.mail_domain,
            in_domain=settings.reply_domain,
            callback_key=settings.key,
            username=server.user or None,
            password=server.password.get_secret_value() or None,
            tls=Tls.STARTTLS if server.starttls else None,
            connections=settings.smtp_connections,
        )

    @staticmethod
    def met_at(settings: Settings, name: str) -> tuple[str, int]:
        """Host and port of the mail server of this name."""
        server = settings.mail_servers[name]
        return server.host, server.port

    @staticmethod
    def sender(settings: Settings, address: str) -> str:
        """What every mail comes from."""
        return addresses.office(settings.mail_domain)

    async def open(self) -> None:
        """Connect; a server that is away now is met again by the first send."""
        await self._pool.warm()

    async def submit(self, outgoing: Outgoing) -> Outcome:
        """Hand one e-mail over, once; waiting for a free connection is not counted as time."""
        if not can_be_carried(outgoing.address):
            return UNUSABLE
        submission = Submission(outgoing, self._comes_back_to(outgoing))
        self._pool.carry(submission)
        return await submission.outcome

    def _comes_back_to(self, outgoing: Outgoing) -> str:
        return addresses.bounces_of(outgoing.attempt, self._key, self._in_domain)

    async def reconcile(self, outgoing: Outgoing) -> Unknown:
        """SMTP cannot say; a second try has the same Message-ID and is one message to a reader."""
        return Unknown("a mail server cannot be asked")

    async def close(self) -> None:
        """Take leave of the server on every connection."""
        await self._pool.leave()


@dataclass(frozen=True)
class _Server:
    """Whom to connect to, and as whom."""

    host: str
    port: int
    own_name: str
    tls: Tls
    username: str | None
    password: str | None
    timeout: float

    async def connect(self) -> aiosmtplib.SMTP:
        """A new connection, encrypted and signed in as configured."""
        connection = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            local_hostname=self.own_name,
            username=self.username,
            password=self.password,
            timeout=self.timeout,
            use_tls=self.tls is Tls.IMPLICIT,
            start_tls=self.tls is Tls.STARTTLS,
        )
        try:
            await connection.connect()
            if connection.is_ehlo_or_helo_needed:
                await connection.ehlo()
        except BaseException:
            connection.close()
            raise
        return connection
