"""How does an e-mail leave by SMTP, and what does the server's answer mean?

Once DATA has begun, a cut or a time-out is unknown: the server may have taken the message. Before
that it surely has not.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

import aiosmtplib

from mechanism.ladder import Channel
from notifications.marks import LENGTH, mark, marked_attempt
from notifications.provider import Accepted, Outcome, Outgoing, Refusal, Rejected, Unknown
from settings import is_loopback

_PURPOSE = "bounce"
_VERP = re.compile(rf"<?bounce\+([0-9]+)-([0-9a-f]{{{LENGTH}}})@[^@]+", re.IGNORECASE)
_IDLE_SECONDS = 30.0  # after this a connection is asked whether it still lives
_PROMPT_SECONDS = 3.0  # within this a living server answers RSET and QUIT
_DETAIL = 200  # characters of a server's text worth keeping

_UNUSABLE = Rejected(Refusal.ADDRESS, "unusable", "not an address that SMTP can carry")
_TEMPORARY, _PERMANENT = range(400, 500), range(500, 600)
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463


def verp(attempt: int, key: bytes, domain: str) -> str:
    """The envelope sender of an attempt: a bounce to it names the attempt by itself."""
    return f"bounce+{attempt}-{mark(attempt, purpose=_PURPOSE, key=key)}@{domain}"


def attempt_of_verp(address: str, key: bytes) -> int | None:
    """The attempt that a bounce to this address is about; None where it is not one of ours."""
    found = _VERP.match(address.strip())
    if found is None:
        return None
    return marked_attempt(found[1], found[2], purpose=_PURPOSE, key=key)


class Tls(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"  # plain at first, then encrypted before anything is said; or nothing is
    IMPLICIT = "implicit"  # encrypted from the first byte, usually at port 465
    NONE = "none"  # on this machine only


@dataclass
class _Progress:
    """How far a try has come, for the meaning of what goes wrong."""

    handed_over: bool = False  # DATA has begun


class Smtp:
    """E-mail through one mail server, over a few connections that stay open."""

    name = "smtp"
    channel = Channel.EMAIL

    def __init__(
        self,
        *,
        host: str,
        port: int,
        mail_domain: str,
        callback_key: bytes,
        in_domain: str | None = None,
        username: str | None = None,
        password: str | None = None,
        tls: Tls | None = None,
        connections: int = 4,
        timeout: float = 15.0,
    ) -> None:
        """`mail_domain` is our name to the server; bounces go to `in_domain`, or else to it too."""
        tls = tls or (Tls.NONE if is_loopback(host) else Tls.STARTTLS)
        if tls is Tls.NONE and not is_loopback(host):
            raise ValueError(
                f"plain SMTP to {host} would show every message on the way: use starttls, or hand "
                "the mail to a server on this machine"
            )
        self._in_domain = in_domain or mail_domain
        self._key = callback_key
        self._timeout = timeout
        self._turns = asyncio.Semaphore(connections)
        self._size = connections
        self._connections = _Connections(
            _Server(host, port, mail_domain, tls, username, password, timeout)
        )

    async def open(self) -> None:
        """Connect; a server that is away now is met again by the first send."""
        await self._connections.warm(self._size)

    async def submit(self, outgoing: Outgoing) -> Outcome:
        """Hand one e-mail over, once; waiting for a free connection is not counted as time."""
        if outgoing.forbidden:
            return Rejected(Refusal.POLICY, "exercise_list", "not on this exercise's list")
        if parseaddr(outgoing.address)[1] != outgoing.address:  # the library would send to a part
            return _UNUSABLE
        progress = _Progress()
        try:
            async with (
                self._turns,
                asyncio.timeout(self._timeout),
                self._connections.one() as connection,
            ):
                return await self._hand_over(connection, outgoing, progress)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return _outcome(error, progress)

    async def reconcile(self, outgoing: Outgoing) -> Unknown:
        """SMTP cannot say; a second try has the same Message-ID and is one message to a reader."""
        return Unknown("a mail server cannot be asked")

    async def close(self) -> None:
        """Take leave of the server on every connection."""
        await self._connections.leave()

    async def _hand_over(
        self, connection: aiosmtplib.SMTP, outgoing: Outgoing, progress: _Progress
    ) -> Accepted:
        sender = verp(outgoing.attempt, self._key, self._in_domain)
        mail_options, rcpt_options = _options(connection, outgoing)
        encoding = "ascii" if outgoing.address.isascii() else "utf-8"
        await connection.mail(sender, options=mail_options, encoding=encoding)
        await connection.rcpt(outgoing.address, options=rcpt_options, encoding=encoding)
        progress.handed_over = True
        answer = await connection.data(outgoing.raw)
        return Accepted(answer.message[:_DETAIL] or outgoing.message_id)


def _options(connection: aiosmtplib.SMTP, outgoing: Outgoing) -> tuple[list[str], list[str]]:
    """What MAIL and RCPT say beside the addresses, as far as the server knows it."""
    mail, rcpt = [], []
    if not outgoing.address.isascii():
        if not connection.supports_extension("smtputf8"):
            raise aiosmtplib.SMTPNotSupported("the server takes no address beyond ASCII")
        mail.append("SMTPUTF8")
    if not outgoing.raw.isascii() and connection.supports_extension("8bitmime"):
        mail.append("BODY=8BITMIME")
    if connection.supports_extension("dsn"):
        mail += ["RET=HDRS", f"ENVID=att{outgoing.attempt}"]
        rcpt.append("NOTIFY=FAILURE,DELAY")
        if outgoing.address.isascii():  # RFC 6533 wants another form beyond it
            rcpt.append(f"ORCPT=rfc822;{_xtext(outgoing.address)}")
    return mail, rcpt


def _xtext(address: str) -> str:
    """The address as a value of ORCPT (RFC 3461, section 4)."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in address)


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


@dataclass(frozen=True)
class _Idle:
    """A connection nobody uses; one that heard a refusal must be reset before the next message."""

    connection: aiosmtplib.SMTP
    since: float
    refused: bool


class _Connections:
    """Connections that stay open between messages."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._idle: deque[_Idle] = deque()

    async def warm(self, size: int) -> None:
        """Open as many connections as can be had now."""
        opened = await asyncio.gather(
            *(self._server.connect() for _ in range(size - len(self._idle))),
            return_exceptions=True,
        )
        for connection in opened:
            if isinstance(connection, aiosmtplib.SMTP):
                self._keep(connection)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A living connection for one message; kept afterwards unless its state is in doubt."""
        connection = await self._living() or await self._server.connect()
        try:
            yield connection
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPNotSupported):
            self._keep(connection, refused=True)
            raise
        except BaseException:
            connection.close()
            raise
        self._keep(connection)

    async def leave(self) -> None:
        """Say QUIT everywhere, and hang up on whoever does not answer it."""
        idle, self._idle = self._idle, deque()
        await asyncio.gather(*(_quit(one.connection) for one in idle))

    def _keep(self, connection: aiosmtplib.SMTP, *, refused: bool = False) -> None:
        if connection.is_connected:
            now = asyncio.get_running_loop().time()
            self._idle.append(_Idle(connection, now, refused))

    async def _living(self) -> aiosmtplib.SMTP | None:
        while self._idle:
            idle = self._idle.pop()
            if await _is_fit(idle):
                return idle.connection
            idle.connection.close()
        return None


async def _is_fit(idle: _Idle) -> bool:
    """True where the connection lives and remembers nothing of an earlier message."""
    if not idle.connection.is_connected:
        return False
    aged = asyncio.get_running_loop().time() - idle.since > _IDLE_SECONDS
    if not (aged or idle.refused):
        return True
    try:
        await idle.connection.rset(timeout=_PROMPT_SECONDS)
    except (aiosmtplib.SMTPException, OSError):
        return False
    return True


async def _quit(connection: aiosmtplib.SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        await connection.quit(timeout=_PROMPT_SECONDS)
    connection.close()


def _outcome(error: Exception, progress: _Progress) -> Outcome:
    """What it means that the conversation ended with this error."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and _says_no(error.code):
        return _refused(error)
    if progress.handed_over:
        return Unknown(type(error).__name__)
    if isinstance(error, ValueError) and not isinstance(
        error, OSError
    ):  # a bad certificate is both
        return _UNUSABLE
    if _is_away(error):
        return Rejected(Refusal.TEMPORARY, "not_connected", type(error).__name__)
    return Rejected(Refusal.CONFIGURATION, type(error).__name__, str(error)[:_DETAIL])


def _says_no(code: int) -> bool:
    return code in _TEMPORARY or code in _PERMANENT


def _is_away(error: Exception) -> bool:
    """True for a server that cannot be reached or falls silent; not for one that cannot be trusted.

    A missing STARTTLS and a bad certificate are somebody's mistake, and time does not mend them.
    """
    if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError):
        return False
    if isinstance(error, aiosmtplib.SMTPException):
        return isinstance(error, OSError | aiosmtplib.SMTPResponseException)
    return True


def _refused(error: aiosmtplib.SMTPResponseException) -> Rejected:
    code, text = error.code, error.message[:_DETAIL]
    return Rejected(Refusal.TEMPORARY if code in _TEMPORARY else _refusal(error), str(code), text)


def _refusal(error: aiosmtplib.SMTPResponseException) -> Refusal:
    """Whose matter a 5xx is: the address's, our own, or this message's by this way."""
    if isinstance(
        error,
        aiosmtplib.SMTPConnectResponseError
        | aiosmtplib.SMTPHeloError
        | aiosmtplib.SMTPAuthenticationError,
    ):
        return Refusal.CONFIGURATION
    enhanced = _ENHANCED.match(error.message)
    if enhanced is not None:
        if enhanced[1].startswith("5.1."):
            return Refusal.ADDRESS
        if enhanced[1].startswith("5.7."):  # not the mailbox but a rule: 550 is used for both
            return Refusal.POLICY
    at_recipient = isinstance(error, aiosmtplib.SMTPRecipientRefused)
    unknown = at_recipient and error.code in _NO_SUCH_MAILBOX
    return Refusal.ADDRESS if unknown else Refusal.POLICY
