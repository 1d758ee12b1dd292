"""How do the parts of the simulated gateway stand together?"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Self

import aiohttp
from aiohttp import web

from notifications.gateway.admin import Admin
from notifications.gateway.carrier import Carrier
from notifications.gateway.errands import Errands
from notifications.gateway.faults import Fault, FaultPlan
from notifications.gateway.forms import filled_form
from notifications.gateway.letters import (
    Letter,
    answer,
    automatic_answer,
    bounce,
    calendar_answer,
    mistyped_answer,
    read_mail,
)
from notifications.gateway.mail import Mailboxes, MailServer, Postman
from notifications.gateway.messages_api import MessagesApi
from notifications.gateway.pace import Pace
from notifications.gateway.personas import (
    Act,
    Deed,
    Persona,
    acts,
    is_bounced,
    link_of,
    question,
)
from notifications.gateway.received import Arrivals, Received, Said
from notifications.gateway.webhooks import Webhooks
from settings import is_loopback, leads_to_loopback

DEMO_ACCOUNT = f"AC{0:032x}"
DEMO_TOKEN = "no-secret"  # noqa: S105 - it opens nothing but a simulation on this machine
DEMO_NUMBER = "+9990000000"
_PATIENCE = aiohttp.ClientTimeout(total=30)
_MACHINES = {Deed.AUTOMATIC, Deed.BOUNCE}


def wall_clock() -> datetime:
    """The machine's own time, for a gateway that is told no other."""
    return datetime.now(tz=UTC)


class Place:
    """One phone or mailbox: what it got, and what it can say."""

    def __init__(self, gateway: "Gateway", address: str) -> None:
        self._gateway = gateway
        self.address = address

    @property
    def messages(self) -> tuple[Received, ...]:
        """What arrived here, in order."""
        return self._gateway.arrivals.at(self.address)

    async def expect(
        self,
        containing: str = "",
        *,
        after: int = 0,
        timeout: float = 10.0,  # noqa: ASYNC109 - its end is told in words, not by TimeoutError
    ) -> Received:
        """The first message here with that text, now or soon."""
        return await self._gateway.expect(
            self.address, containing=containing, after=after, timeout=timeout
        )

    async def reply(self, text: str, *, subject: str = "Re: {subject}") -> None:
        """Send an SMS, or answer the last mail that arrived here."""
        await self._gateway.reply(self.address, text, subject=subject)


class Gateway:
    """An SMS provider, a mail server and the people behind them, on loopback."""

    def __init__(
        self,
        *,
        account_sid: str = DEMO_ACCOUNT,
        auth_token: str = DEMO_TOKEN,
        number: str = DEMO_NUMBER,
        host: str = "127.0.0.1",
        http_port: int = 0,
        smtp_port: int = 0,
        inbound_sms_url: str | None = None,
        inbound_mail: tuple[str, int] | None = None,
        personas: Iterable[Persona] = (),
        faults: Iterable[Fault] = (),
        rate: float = 1.0,
        seed: int = 0,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        """`rate` is told seconds per real second; ports of 0 are chosen by the machine."""
        if not is_loopback(host):
            raise ValueError(
                f"the simulated gateway has no sign-in and may not listen at {host}: use 127.0.0.1"
            )
        self.account_sid, self.auth_token, self.number = account_sid, auth_token, number
        self.arrivals = Arrivals()
        self.said: list[Said] = []
        self.pace = Pace(rate)
        self.faults = FaultPlan(faults, elapsed=lambda: self.pace.elapsed)
        self.errands = Errands()
        self._listen = (host, http_port, smtp_port)
        self._seed = seed
        self._clock = clock
        self._personas: dict[str, Persona] = {}
        self._answered: set[tuple[Persona, str]] = set()
        self._webhooks = Webhooks(auth_token, self.errands)
        self._carrier = Carrier(
            account_sid=account_sid,
            number=number,
            clock=clock,
            pace=self.pace,
            faults=self.faults,
            arrivals=self.arrivals,
            webhooks=self._webhooks,
            errands=self.errands,
            is_unreachable=lambda phone: is_bounced(self._personas.get(phone)),
            on_delivered=self._react,
        )
        self._postman = Postman(self.faults, self.errands)
        self._mail = MailServer(
            Mailboxes(
                clock=clock,
                faults=self.faults,
                arrivals=self.arrivals,
                on_delivered=self._react,
            )
        )
        self._runner: web.AppRunner | None = None
        self.connect(inbound_sms_url=inbound_sms_url, inbound_mail=inbound_mail)
        self.install(personas)

    @property
    def http_url(self) -> str:
        """The base of the API; `/_gateway/` under it is the page for people."""
        assert self._runner is not None, "the gateway is not started"  # noqa: S101
        host, port, *_ = self._runner.addresses[0]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def smtp_port(self) -> int:
        """Where mail is taken in."""
        return self._mail.port

    @property
    def troubles(self) -> tuple[str, ...]:
        """What went wrong on the gateway's own side, for example a webhook that refused."""
        return tuple(self.errands.troubles)

    def connect(
        self,
        *,
        inbound_sms_url: str | None = None,
        inbound_mail: tuple[str, int] | None = None,
    ) -> None:
        """Say where the project's own doors are; what is left out stays as it was."""
        self._carrier.inbound_url = inbound_sms_url or self._carrier.inbound_url
        self._postman.inbound = inbound_mail or self._postman.inbound

    def install(self, personas: Iterable[Persona]) -> None:
        """Put people behind addresses; an address without anybody is reached and silent."""
        for persona in personas:
            self._personas.update(dict.fromkeys(persona.addresses, persona))

    def phone(self, number: str) -> Place:
        """The phone with this number."""
        return Place(self, number)

    def mailbox(self, address: str) -> Place:
        """The mailbox with this address."""
        return Place(self, address)

    async def expect(
        self,
        address: str,
        *,
        containing: str = "",
        after: int = 0,
        timeout: float = 10.0,  # noqa: ASYNC109 - its end is told in words, not by TimeoutError
    ) -> Received:
        """The first message at the address with that text; AssertionError where none comes."""
        return await self.arrivals.expect(
            address, containing=containing, after=after, timeout=timeout
        )

    async def reply(self, address: str, text: str, *, subject: str = "Re: {subject}") -> None:
        """Let a phone or mailbox say something now."""
        if "@" not in address:
            await self._speak(address, text)
            return
        got = self.arrivals.at(address)
        if not got:
            raise ValueError(f"{address} has received nothing to answer")
        letter = answer(got[-1], text, subject=subject, now=self._clock())
        await self._post(letter, address)

    async def start(self) -> None:
        """Listen."""
        host, http_port, smtp_port = self._listen
        api = MessagesApi(
            account_sid=self.account_sid,
            auth_token=self.auth_token,
            carrier=self._carrier,
            faults=self.faults,
        )
        app = web.Application()
        app.add_routes([*api.routes(), *Admin(self).routes()])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, http_port).start()
        await self._mail.start(host, smtp_port)

    async def close(self) -> None:
        """Stop everything; what was under way does not happen."""
        await self.errands.end()
        await self._mail.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await self._webhooks.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _react(self, received: Received) -> None:
        """Let whoever is behind the address begin what they do about the message."""
        persona = self._personas.get(received.to)
        if persona is None:
            return
        nth = len(self.arrivals.at(received.to))
        planned = acts(persona, received, seed=self._seed, nth=nth)
        if planned and (planned[0].deed in _MACHINES or self._is_new(persona, received)):
            self.errands.start(self._perform(persona, received, planned))

    def _is_new(self, persona: Persona, received: Received) -> bool:
        asked = question(received)
        if not asked or (persona, asked) in self._answered:
            return False
        self._answered.add((persona, asked))
        return True

    async def _perform(
        self, persona: Persona, received: Received, planned: tuple[Act, ...]
    ) -> None:
        for act in planned:
            await self.pace.sleep(act.after)
            if act.deed is Deed.SMS:
                await self._speak(received.to, act.text)
            elif act.deed is Deed.LINK:
                self._note_said(received.to, "(opens the link)")
                await self._use_link(link_of(received))
            else:
                await self._post(self._letter(persona, received, act), received.to)

    async def _speak(self, phone: str, text: str) -> None:
        self._note_said(phone, text)
        await self._carrier.say(phone, text)

    async def _post(self, letter: Letter, mailbox: str) -> None:
        self._note_said(mailbox, read_mail(letter.raw)["text"])
        await self._postman.carry(letter, written_at=mailbox)

    def _note_said(self, address: str, text: str) -> None:
        self.said.append(Said(self._clock(), address, text))

    def _letter(self, persona: Persona, received: Received, act: Act) -> Letter:
        now = self._clock()
        if act.deed is Deed.BOUNCE:
            return bounce(received, now=now)
        if act.deed is Deed.AUTOMATIC:
            own = persona.subject if persona.subject != Persona.subject else None
            return automatic_answer(received, act.text, subject=own, now=now)
        if act.deed is Deed.ATTEND:
            return calendar_answer(received, persona.attends, now=now)
        if act.deed is Deed.WRONG_MAIL:
            return mistyped_answer(received, act.text, now=now)
        return answer(received, act.text, subject=persona.subject, now=now)

    async def _use_link(self, link: str) -> None:
        """Open the page and send its form; a link that leaves the machine is not followed."""
        if not leads_to_loopback(link):
            self.errands.note("a link was not opened: it leads off this machine")
            return
        jar = aiohttp.CookieJar(unsafe=True)  # cookies for an address without a name too
        async with aiohttp.ClientSession(timeout=_PATIENCE, cookie_jar=jar) as browser:
            async with browser.get(link) as page:
                form = filled_form(await page.text(), str(page.url))
            if form is None:
                self.errands.note(f"the page behind a link has no form to send: {page.status}")
                return
            async with browser.post(form.action, data=form.fields) as answered:
                if not answered.ok:
                    self.errands.note(f"the form behind a link was refused: {answered.status}")


async def run_gateway(gateway: Gateway, *, started: Callable[[Gateway], None]) -> None:
    """Serve until cancelled; `started` is told when both doors are open, to say where they are."""
    async with gateway:
        started(gateway)
        await asyncio.Event().wait()
