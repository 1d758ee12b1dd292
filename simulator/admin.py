"""How does another process, or a person with a browser, look at the gateway and steer it?"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

import jinja2
from aiohttp import web

from simulator.exchange import SimulatedCall
from simulator.faults import FaultPlan, read_faults
from simulator.pace import ToldPace
from simulator.page import places
from simulator.personas import Persona, read_personas
from simulator.received import Arrivals, PersonSaid, Received

_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
)
_DONE = {"done": True}
_FAULTS_SHOWN = 50


class Steered(Protocol):
    """What is looked at and steered here of the gateway."""

    arrivals: Arrivals
    faults: FaultPlan
    pace: ToldPace
    said: list[PersonSaid]

    @property
    def calls(self) -> tuple[SimulatedCall, ...]: ...

    @property
    def troubles(self) -> tuple[str, ...]:
        """What went wrong on the gateway's own side."""

    def install(self, personas: Iterable[Persona]) -> None:
        """Put people behind addresses."""

    def connect(
        self,
        *,
        inbound_sms_url: str | None = None,
        kannel_inbound_url: str | None = None,
        inbound_mail: tuple[str, int] | None = None,
    ) -> None:
        """Say where the project's own doors are."""

    async def reply(self, address: str, text: str, *, subject: str = ...) -> None:
        """Let a phone or mailbox say something now."""


class Admin:
    """The routes under /_gateway/; loopback only, like the whole gateway."""

    def __init__(self, gateway: Steered) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_gateway/", self.page),
            web.get("/_gateway/messages", self.messages),
            web.get("/_gateway/said", self.said),
            web.get("/_gateway/calls", self.calls),
            web.get("/_gateway/faults", self.struck),
            web.post("/_gateway/personas", self.personas),
            web.post("/_gateway/faults", self.faults),
            web.post("/_gateway/reply", self.reply),
            web.post("/_gateway/rate", self.rate),
            web.post("/_gateway/doors", self.doors),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Every phone and mailbox, what was said in calls, and what went wrong, for people."""
        gateway = self._gateway
        html = _PAGES.get_template("page.html").render(
            places=places(gateway.arrivals, gateway.said, gateway.calls),
            rate=f"{gateway.pace.rate:g}",
            struck=gateway.faults.history[:-_FAULTS_SHOWN:-1],
            troubles=gateway.troubles,
        )
        return web.Response(text=html, content_type="text/html")

    async def messages(self, request: web.Request) -> web.Response:
        """Everything received, or what one address got with `?to=`."""
        to = request.query.get("to")
        every = [one for one in self._gateway.arrivals if to in {None, one.to}]
        return web.json_response([_rendered(one) for one in every])

    async def said(self, request: web.Request) -> web.Response:
        """Everything that phones and mailboxes sent."""
        return web.json_response(
            [{**asdict(one), "at": one.at.isoformat()} for one in self._gateway.said]
        )

    async def calls(self, request: web.Request) -> web.Response:
        """Every call that was taken, with what was said and pressed."""
        return web.json_response([_call(one) for one in self._gateway.calls])

    async def struck(self, request: web.Request) -> web.Response:
        """The faults that have struck, in order: what, when, to whom, by whom."""
        history = self._gateway.faults.history
        return web.json_response([{**asdict(one), "at": one.at.isoformat()} for one in history])

    async def personas(self, request: web.Request) -> web.Response:
        """Put people behind addresses: a list of personas."""
        return await _heed(request, lambda data: self._gateway.install(read_personas(data)))

    async def faults(self, request: web.Request) -> web.Response:
        """Add faults to the plan; an empty list clears it."""
        return await _heed(request, self._plan)

    async def rate(self, request: web.Request) -> web.Response:
        """Change the pace: `{"rate": 60}`."""
        return await _heed(request, lambda data: self._gateway.pace.change(float(data["rate"])))

    async def doors(self, request: web.Request) -> web.Response:
        """Say where replies go: `{"sms_url": "http://…", "mail": ["127.0.0.1", 2525]}`."""
        return await _heed(request, self._connect)

    async def reply(self, request: web.Request) -> web.Response:
        """Let an address speak now: `{"from": "+999…", "text": "OK 48213"}`."""
        try:
            data = await request.json()
            more = {"subject": data["subject"]} if "subject" in data else {}
            await self._gateway.reply(data["from"], data["text"], **more)
        except _WRONG as error:
            return _refused(error)
        return web.json_response(_DONE)

    def _plan(self, data: object) -> None:
        faults = read_faults(data)
        if faults:
            self._gateway.faults.add(*faults)
        else:
            self._gateway.faults.clear()

    def _connect(self, data: Any) -> None:
        mail = data.get("mail")
        self._gateway.connect(
            inbound_sms_url=data.get("sms_url"),
            kannel_inbound_url=data.get("kannel_url"),
            inbound_mail=(str(mail[0]), int(mail[1])) if mail else None,
        )


_WRONG = (ValueError, KeyError, TypeError, AttributeError, IndexError)  # JSON of another shape


async def _heed(request: web.Request, act: Callable[[Any], None]) -> web.Response:
    try:
        act(await request.json())
    except _WRONG as error:
        return _refused(error)
    return web.json_response(_DONE)


def _refused(error: Exception) -> web.Response:
    body = {"error": f"{type(error).__name__}: {error}"}
    return web.json_response(body, status=HTTPStatus.BAD_REQUEST)


def _rendered(received: Received) -> dict[str, object]:
    return {
        **asdict(received),
        "at": received.at.isoformat(),
        "raw": base64.b64encode(received.raw).decode(),
        "links": received.links,
        "code": received.code,
    }


def _call(call: SimulatedCall) -> dict[str, object]:
    return {
        "sid": call.sid,
        "to": call.to,
        "from": call.sender,
        "at": call.created.isoformat(),
        "status": call.status,
        "answered_by": call.answered_by,
        "seconds": call.seconds,
        "heard": call.heard,
        "pressed": call.pressed,
    }
