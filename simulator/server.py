"""How do the parts of the simulated gateway stand together?"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Self

import aiohttp
from aiohttp import web

from settings import is_loopback, leads_to_loopback
from simulator import rest
from simulator.admin import Admin
from simulator.background_tasks import BackgroundTasks
from simulator.calls_api import CallsApi
from simulator.carrier import Carrier
from simulator.exchange import Exchange, SimulatedCall
from simulator.faults import Api, FaultPlan, PlannedFault, Trouble
from simulator.forms import filled_form
from simulator.kannel_api import KannelApi
from simulator.mail import Mailboxes, MailCarrier, SimulatedMailServer
from simulator.messages_api import MessagesApi
from simulator.outages import Outages, ShutSocket, WebDoor
from simulator.outgoing_mail import (
    OutgoingMail,
    answer,
    automatic_answer,
    bounce,
    calendar_answer,
    mistyped_answer,
    read_mail,
)
from simulator.pace import ToldPace
from simulator.personas import (
    Deed,
    Persona,
    PersonaAct,
    acts,
    is_bounced,
    link_of,
    on_call,
    question,
)
from simulator.received import ENOUGH, Arrivals, PersonSaid, Received
from simulator.webhooks import SharedKey, Webhooks
from simulator.world import World

DEMO_ACCOUNT = f"AC{0:032x}"
DEMO_TOKEN = "no-secret"  # noqa: S105 - it opens nothing but a simulation on this machine
DEMO_NUMBER = "+9990000000"
_PATIENCE = aiohttp.ClientTimeout(total=30)
_MACHINES = {Deed.AUTOMATIC, Deed.BOUNCE}


def wall_clock() -> datetime:
    """The machine's own time, for a gateway that is told no other."""
    return datetime.now(tz=UTC)


class Endpoint:
    """One phone or mailbox: what it got, and what it can say."""

    def __init__(self, gateway: "Gateway", address: str) -> None:
        self._gateway = gateway
        self.address = address

    @property
    def messages(self) -> tuple[Received, ...]:
        """What arrived here, in order."""
        return self._gateway.arrivals.at(self.address)

    @property
    def calls(self) -> tuple[SimulatedCall, ...]:
        """The calls to this telephone, also those that are going on."""
        return tuple(call for call in self._gateway.calls if call.to == self.address)

    async def expect(
        self,
        containing: str = "",
        *,
        after: int = 0,
        seconds: float = ENOUGH,
    ) -> Received:
        """The first message here with that text, now or soon."""
        return await self._gateway.expect(
            self.address, containing=containing, after=after, seconds=seconds
        )

    async def expect_call(
        self,
        status: str = "",
        *,
        saying: str = "",
        seconds: float = ENOUGH,
    ) -> SimulatedCall:
        """The first call here in that state in which that was said, now or soon."""

        def found() -> list[SimulatedCall]:
            return [c for c in self.calls if status in {"", c.status} and saying in c.words]

        try:
            await self._gateway.arrivals.until(lambda: bool(found()), seconds=seconds)
        except TimeoutError:
            got = [(call.status, call.words) for call in self.calls]
            raise AssertionError(
                f"no call to {self.address} {status} with {saying!r}: {got}"
            ) from None
        return found()[0]

    async def reply(self, text: str, *, subject: str = "Re: {subject}") -> None:
        """Send an SMS, or answer the last mail that arrived here."""
        await self._gateway.reply(self.address, text, subject=subject)


class Gateway:
    """Two providers of SMS, one of calls, mail servers and the people behind them, on loopback."""

    def __init__(
        self,
        *,
        account_sid: str = DEMO_ACCOUNT,
        auth_token: str = DEMO_TOKEN,
        number: str = DEMO_NUMBER,
        host: str = "127.0.0.1",
        http_port: int = 0,
        smtp_port: int = 0,
        smtp_second_port: int | None = None,
        inbound_sms_url: str | None = None,
        kannel_inbound_url: str | None = None,
        inbound_mail: tuple[str, int] | None = None,
        shared_key: SharedKey | None = None,
        personas: Iterable[Persona] = (),
        faults: Iterable[PlannedFault] = (),
        rate: float = 1.0,
        seed: int = 0,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        """`rate` is told seconds per real second; ports of 0 are chosen by the machine.

        There is a second mail server where it has a port.
        """
        _refuse_strangers(host)
        self.account_sid, self.auth_token, self.number = account_sid, auth_token, number
        self.arrivals = Arrivals()
        self.said: list[PersonSaid] = []
        self.pace = ToldPace(rate)
        self.faults = FaultPlan(faults, elapsed=lambda: self.pace.elapsed, clock=clock)
        self.background_tasks = BackgroundTasks()
        self._web = WebDoor(host, http_port)
        self._smtp_ports = _by_server(smtp_port, smtp_second_port)
        self._seed = seed
        self._clock = clock
        self._personas: dict[str, Persona] = {}
        self._answered: set[tuple[Persona, str]] = set()
        self._webhooks = Webhooks(auth_token, self.background_tasks, shared_key=shared_key)
        world = World(
            account_sid=account_sid, number=number, clock=clock, pace=self.pace,
            faults=self.faults, arrivals=self.arrivals, background_tasks=self.background_tasks,
            webhooks=self._webhooks,
        )  # fmt: skip
        self._carrier = self._carrier_in(world)
        self._exchange = Exchange(world, habit_of=lambda phone: on_call(self._personas.get(phone)))
        self._mail_carrier = MailCarrier(world)
        self._mail = self._mail_servers_in(world)
        self._watch: asyncio.Task[None] | None = None
        self.connect(
            inbound_sms_url=inbound_sms_url,
            kannel_inbound_url=kannel_inbound_url,
            inbound_mail=inbound_mail,
        )
        self.install(personas)

    def _carrier_in(self, world: World) -> Carrier:
        return Carrier(
            world,
            is_unreachable=lambda phone: is_bounced(self._personas.get(phone)),
            on_delivered=self._react,
        )

    def _mail_servers_in(self, world: World) -> dict[Api, SimulatedMailServer]:
        return {
            api: SimulatedMailServer(Mailboxes(world, api, on_delivered=self._react))
            for api in self._smtp_ports
        }

    @property
    def http_url(self) -> str:
        """The base of the API; `/_gateway/` under it is the page for people."""
        host, port = self._web.address
        assert port, "the gateway is not started"  # noqa: S101
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def smtp_port(self) -> int:
        return self._mail[Api.SMTP].port

    @property
    def smtp_second_port(self) -> int:
        """Where the second mail server takes it in."""
        return self._mail[Api.SMTP_SECOND].port

    @property
    def calls(self) -> tuple[SimulatedCall, ...]:
        """Every call that was taken, in order."""
        return tuple(self._exchange.calls.values())

    @property
    def troubles(self) -> tuple[str, ...]:
        """What went wrong on the gateway's own side, for example a webhook that refused."""
        return tuple(self.background_tasks.troubles)

    def connect(
        self,
        *,
        inbound_sms_url: str | None = None,
        kannel_inbound_url: str | None = None,
        inbound_mail: tuple[str, int] | None = None,
    ) -> None:
        """Say where the project's own doors are; what is left out stays as it was."""
        carrier = self._carrier
        carrier.inbound_url = inbound_sms_url or carrier.inbound_url
        carrier.kannel_inbound_url = kannel_inbound_url or carrier.kannel_inbound_url
        for url in filter(None, (inbound_sms_url, kannel_inbound_url)):
            self._webhooks.trust(url)
        self._mail_carrier.inbound = inbound_mail or self._mail_carrier.inbound

    def install(self, personas: Iterable[Persona]) -> None:
        """Put people behind addresses; an address without anybody is reached and silent."""
        for persona in personas:
            self._personas.update(dict.fromkeys(persona.addresses, persona))

    def phone(self, number: str) -> Endpoint:
        return Endpoint(self, number)

    def mailbox(self, address: str) -> Endpoint:
        return Endpoint(self, address)

    async def expect(
        self,
        address: str,
        *,
        containing: str = "",
        after: int = 0,
        seconds: float = ENOUGH,
    ) -> Received:
        """The first message at the address with that text; AssertionError where none comes."""
        return await self.arrivals.expect(
            address, containing=containing, after=after, seconds=seconds
        )

    async def reply(self, address: str, text: str, *, subject: str = "Re: {subject}") -> None:
        """Let a phone or mailbox say something now."""
        if "@" not in address:
            await self._speak(address, text)
            return
        got = self.arrivals.at(address)
        if not got:
            raise ValueError(f"{address} has received nothing to answer")
        mail = answer(got[-1], text, subject=subject, now=self._clock())
        await self._post(mail, address)

    async def start(self) -> None:
        """Listen, wherever the plan lets anybody listen now."""
        app = web.Application()
        app.add_routes([*self._routes(), *Admin(self).routes()])
        await self._web.start(app)
        for api, server in self._mail.items():
            await server.start(self._web.address[0], self._smtp_ports[api])
        servers = [
            ShutSocket(server, Trouble.MAIL_CLOSED, api) for api, server in self._mail.items()
        ]
        doors = [ShutSocket(self._web, Trouble.WEB_CLOSED), *servers]
        batcher = Outages(doors, faults=self.faults, pace=self.pace)
        self.faults.on_change = batcher.call()
        await batcher.heed()
        self._watch = asyncio.create_task(batcher.watch())

    def _routes(self) -> list[web.RouteDef]:
        sign_in = rest.SignIn(self.account_sid, self.auth_token)
        messages = MessagesApi(sign_in=sign_in, carrier=self._carrier, faults=self.faults)
        calls = CallsApi(sign_in=sign_in, exchange=self._exchange, faults=self.faults)
        kannel = KannelApi(carrier=self._carrier, faults=self.faults)
        return [*messages.routes(), *calls.routes(), *kannel.routes()]

    async def close(self) -> None:
        """Stop everything; what was under way does not happen."""
        self.faults.on_change = lambda: None
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self.background_tasks.end()
        await asyncio.gather(*(server.shut() for server in self._mail.values()))
        await self._web.close()
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
            self.background_tasks.start(self._perform(persona, received, planned))

    def _is_new(self, persona: Persona, received: Received) -> bool:
        asked = question(received)
        if not asked or (persona, asked) in self._answered:
            return False
        self._answered.add((persona, asked))
        return True

    async def _perform(
        self, persona: Persona, received: Received, planned: tuple[PersonaAct, ...]
    ) -> None:
        for act in planned:
            await self.pace.sleep(act.after)
            if act.deed is Deed.SMS:
                await self._speak(received.to, act.text)
            elif act.deed is Deed.LINK:
                self._note_said(received.to, "(opens the link)")
                await self._use_link(link_of(received))
            else:
                await self._post(self._composed(persona, received, act), received.to)

    async def _speak(self, phone: str, text: str) -> None:
        self._note_said(phone, text)
        await self._carrier.say(phone, text)

    async def _post(self, mail: OutgoingMail, mailbox: str) -> None:
        self._note_said(mailbox, read_mail(mail.raw)["text"])
        await self._mail_carrier.carry(mail, written_at=mailbox)

    def _note_said(self, address: str, text: str) -> None:
        self.said.append(PersonSaid(self._clock(), address, text))

    def _composed(self, persona: Persona, received: Received, act: PersonaAct) -> OutgoingMail:
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
            self.background_tasks.note("a link was not opened: it leads off this machine")
            return
        jar = aiohttp.CookieJar(unsafe=True)  # cookies for an address without a name too
        async with aiohttp.ClientSession(timeout=_PATIENCE, cookie_jar=jar) as browser:
            async with browser.get(link) as page:
                form = filled_form(await page.text(), str(page.url))
            if form is None:
                self.background_tasks.note(
                    f"the page behind a link has no form to send: {page.status}"
                )
                return
            async with browser.post(form.action, data=form.fields) as answered:
                if not answered.ok:
                    self.background_tasks.note(
                        f"the form behind a link was refused: {answered.status}"
                    )


def _refuse_strangers(host: str) -> None:
    """Whoever could reach it could read and write in everybody's name."""
    if not is_loopback(host):
        raise ValueError(
            f"the simulated gateway has no sign-in and may not listen at {host}: use 127.0.0.1"
        )


def _by_server(first: int, second: int | None) -> dict[Api, int]:
    """Each mail server's port; the second stands only where it has one."""
    ports = {Api.SMTP: first, Api.SMTP_SECOND: second}
    return {api: port for api, port in ports.items() if port is not None}


async def run_gateway(gateway: Gateway, *, started: Callable[[Gateway], None]) -> None:
    """Serve until cancelled; `started` is told when both doors are open, to say where they are."""
    async with gateway:
        started(gateway)
        await asyncio.Event().wait()
