"""How does the simulated mail server take mail in, and how does an office's mail get back to us?"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session

from mechanism.vocabulary import Channel
from simulator.faults import Api, PlannedFault, Trouble
from simulator.outgoing_mail import OutgoingMail, read_mail
from simulator.received import Received
from simulator.world import World

HOSTNAME = "gateway.example"
_LARGEST = 10 * 1024 * 1024
_DSN_WORDS = ("ENVID=", "RET=", "NOTIFY=", "ORCPT=")
_PATIENCE = 30.0


class Mailboxes:
    """What aiosmtpd asks about each message: takes all mail, but for the faults."""

    def __init__(
        self,
        world: World,
        api: Api,
        *,
        on_delivered: Callable[[Received], Coroutine[Any, Any, None]],
    ) -> None:
        """`api` says which of two mail servers it is."""
        self._api = api
        self._clock, self._pace = world.clock, world.pace
        self._faults, self._arrivals = world.faults, world.arrivals
        self._on_delivered = on_delivered
        self._grey_until: dict[str, timedelta] = {}

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        server: "Conversation",
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Offer delivery reports, which aiosmtpd does not by itself."""
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", *responses[-1:]]

    def greets_with(self) -> str:
        """The words of refusal that a connection is greeted with; mostly none."""
        fault = self._faults.strike(Trouble.MAIL_REFUSED_AT_GREETING, "", api=self._api)
        return _refusal(fault, "5.3.2 not in service", otherwise=421) if fault else ""

    def refuses_data(self, addresses: Iterable[str]) -> str:
        """The words of refusal that DATA is answered with; mostly none."""
        strike = partial(self._faults.strike, Trouble.MAIL_REFUSED_AT_DATA, api=self._api)
        fault = next(filter(None, map(strike, addresses)), None)
        return _refusal(fault, "5.7.1 not wanted here") if fault else ""

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self,
        server: "Conversation",
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take the sender, unless a fault says otherwise."""
        if fault := self._faults.strike(Trouble.MAIL_REFUSED_AT_MAIL, address, api=self._api):
            return _refusal(fault, "5.7.1 sender not wanted here")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: "Conversation",
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take the recipient, unless a fault says otherwise."""
        if slow := self._faults.strike(Trouble.MAIL_SLOW, address, api=self._api):
            await asyncio.sleep(slow.seconds)
        if self._is_grey(address):
            await self._keep(server, envelope, address, trouble=Trouble.MAIL_GREYLISTED)
            return "451 4.7.1 greylisted, come back later"
        troubles = Trouble.MAIL_OUTAGE, Trouble.MAIL_REFUSED
        fault = self._faults.first(address, *troubles, api=self._api)
        if fault is None:
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 OK"
        await self._keep(server, envelope, address, trouble=fault.trouble)
        if fault.trouble is Trouble.MAIL_OUTAGE:
            server.cut()
        return _refusal(fault, "5.1.1 no such mailbox")

    def _is_grey(self, address: str) -> bool:
        """Whether this mailbox's server wants to be asked again; from the first try on it waits."""
        if address in self._grey_until:
            return self._pace.elapsed < self._grey_until[address]
        fault = self._faults.strike(Trouble.MAIL_GREYLISTED, address, api=self._api)
        if fault is None:
            return False
        self._grey_until[address] = self._pace.elapsed + timedelta(seconds=fault.seconds)
        return True

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: "Conversation", session: Session, envelope: Envelope
    ) -> str:
        """Put the message into each mailbox."""
        for address in envelope.rcpt_tos:
            fault = self._faults.first(
                address,
                Trouble.MAIL_REFUSED_AFTER_DATA,
                Trouble.MAIL_TAKEN_THEN_CUT,
                Trouble.MAIL_HANG,
                api=self._api,
            )
            refused = fault is not None and fault.trouble is Trouble.MAIL_REFUSED_AFTER_DATA
            received = await self._keep(
                server, envelope, address, trouble=fault.trouble if refused and fault else None
            )
            if not refused:
                await self._on_delivered(received)
            if fault is not None:
                return await _befall(server, fault)
        return "250 2.0.0 kept"

    async def _keep(
        self, server: "Conversation", envelope: Envelope, address: str, *, trouble: Trouble | None
    ) -> Received:
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        received = Received(
            number=self._arrivals.next_number(),
            at=self._clock(),
            channel=Channel.EMAIL,
            to=address,
            sender=envelope.mail_from or "",
            raw=raw,
            dsn=server.dsn,
            arrived=trouble is None,
            trouble=trouble or "",
            api=self._api,
            **read_mail(raw),
        )
        await self._arrivals.add(received)
        return received


async def _befall(server: "Conversation", fault: PlannedFault) -> str:
    if fault.trouble is Trouble.MAIL_TAKEN_THEN_CUT:
        server.cut()
    if fault.trouble is Trouble.MAIL_REFUSED_AFTER_DATA:
        return _refusal(fault, "5.7.1 not wanted here")
    await asyncio.sleep(fault.seconds)
    return "250 2.0.0 kept"


def _refusal(fault: PlannedFault, for_ever: str, *, otherwise: int = 550) -> str:
    code = fault.code or otherwise
    words = for_ever if code >= 500 else "4.3.2 come back later"  # noqa: PLR2004 - RFC 5321's 5yz
    return f"{code} {words}"


class Conversation(SMTP):
    """One connection; hears the DSN options that aiosmtpd would refuse."""

    def __init__(self, mailboxes: Mailboxes, open_ones: set["Conversation"]) -> None:
        super().__init__(
            mailboxes,
            hostname=HOSTNAME,
            enable_SMTPUTF8=True,
            data_size_limit=_LARGEST,
            loop=asyncio.get_running_loop(),
        )
        self._mailboxes = mailboxes
        self._open_ones = open_ones
        self._dsn: list[str] = []

    @property
    def dsn(self) -> tuple[str, ...]:
        """What MAIL and RCPT asked of delivery reports."""
        return tuple(self._dsn)

    def cut(self) -> None:
        """Break the connection without a word."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open_ones.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._open_ones.discard(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:  # aiosmtpd's greeting has no hook of its own
        if refusal := self._mailboxes.greets_with():
            await self.push(refusal)
            if self.transport is not None:
                self.transport.close()
            return
        await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """DATA, unless a fault refuses it before the message comes."""
        addresses = self.envelope.rcpt_tos if self.envelope is not None else []
        if refusal := self._mailboxes.refuses_data(addresses):
            await self.push(refusal)
            return
        await super().smtp_DATA(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """MAIL, with ENVID and RET set aside."""
        self._dsn.clear()
        await super().smtp_MAIL(self._without_dsn(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """RCPT, with NOTIFY and ORCPT set aside."""
        await super().smtp_RCPT(self._without_dsn(arg))

    def _without_dsn(self, arg: str | None) -> str | None:
        words = arg.split() if arg else []
        self._dsn += [word for word in words if word.upper().startswith(_DSN_WORDS)]
        rest = [word for word in words if not word.upper().startswith(_DSN_WORDS)]
        return " ".join(rest) if arg else arg


class SimulatedMailServer:
    """The listening socket and its connections; after `start` a door that can be shut."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mailboxes = mailboxes
        self._open_ones: set[Conversation] = set()
        self._server: asyncio.Server | None = None
        self._address = ("", 0)

    @property
    def port(self) -> int:
        assert self._address[1], "the gateway is not started"  # noqa: S101
        return self._address[1]

    async def start(self, host: str, port: int) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd logs addresses at INFO
        self._address = (host, port)
        await self.open()

    async def open(self) -> None:
        """Listen, and remember the port that the machine has chosen."""
        host, port = self._address
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Conversation(self._mailboxes, self._open_ones), host, port
        )
        self._address = (host, int(self._server.sockets[0].getsockname()[1]))

    async def shut(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is None:
            return
        self._server.close()
        tasks = [one._handler_coroutine for one in self._open_ones]  # noqa: SLF001 - no other way to wait for their end
        for one in tuple(self._open_ones):
            one.cut()
        await asyncio.gather(*(t for t in tasks if t is not None), return_exceptions=True)
        await self._server.wait_closed()
        self._server = None


class MailCarrier:
    """Carries mails to the project's own mail door."""

    def __init__(self, world: World) -> None:
        self.inbound: tuple[str, int] | None = None
        self._faults = world.faults
        self._background_tasks = world.background_tasks

    async def carry(self, mail: OutgoingMail, *, written_at: str) -> None:
        """Hand a mail in by SMTP; `written_at` is the mailbox for which faults are looked up."""
        if self._faults.strike(Trouble.REPLY_LOST, written_at):
            return
        if self.inbound is None:
            self._background_tasks.note("a mailbox answered, but no door for mail is configured")
            return
        host, port = self.inbound
        door = aiosmtplib.SMTP(
            hostname=host, port=port, local_hostname=HOSTNAME, start_tls=False, timeout=_PATIENCE
        )
        try:
            await door.connect()
            await door.mail(mail.sender)
            await door.rcpt(mail.to)
            await door.data(mail.raw)
            with suppress(aiosmtplib.SMTPException):
                await door.quit()
        except (aiosmtplib.SMTPException, OSError) as error:
            self._background_tasks.note(f"a mail was not accepted: {type(error).__name__}")
        finally:
            door.close()
