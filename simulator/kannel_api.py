"""How does the gateway speak as a second provider of SMS, in the manner of Kannel's smsbox?

Number, password and everything but the text stand in headers, so that no address holds them; the
answers are plain sentences. Kannel gives no identifier back and keeps no list.
"""

import asyncio
import hmac
from datetime import timedelta
from http import HTTPStatus
from typing import Final, NamedTuple

from aiohttp import web

from simulator import rest
from simulator.carrier import Carrier
from simulator.faults import AFTER_SMS, BEFORE_SMS, Api, FaultPlan, PlannedFault, Trouble

DEMO_KANNEL_USER: Final = "demo"
DEMO_KANNEL_PASSWORD: Final = "loopback-kannel"  # noqa: S105 - it opens a simulation only
_CODINGS: Final = {"0", "2"}
_LARGEST_MASK: Final = 31


class _Refusal(NamedTuple):
    """One of Kannel's answers that say no."""

    status: int
    words: str


_UNKNOWN_USER: Final = _Refusal(403, "Authorization failed for sendsms")
_NOT_ROUTABLE: Final = _Refusal(403, "Not routable. Do not try again.")
_DENIED: Final = _Refusal(400, "Number(s) has/have been denied by white- and/or black-lists.")
_TRY_AGAIN: Final = _Refusal(503, "Temporal failure, try again later.")
_BROKEN: Final = _Refusal(500, "Internal error")
_UNKNOWN_PATH: Final = _Refusal(404, "Unknown request.")
_BY_FAULT: Final = {
    Trouble.SMS_ERROR: _BROKEN,
    Trouble.SMS_BUSY: _TRY_AGAIN,
    Trouble.SMS_OPTED_OUT: _DENIED,
    Trouble.SMS_REFUSED: _NOT_ROUTABLE,
}


class KannelApi:
    """The routes under /cgi-bin."""

    def __init__(self, *, carrier: Carrier, faults: FaultPlan) -> None:
        self._carrier = carrier
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/cgi-bin/sendsms", self.send),
            web.route("*", "/cgi-bin/{rest:.*}", self.unknown),
        ]

    async def send(self, request: web.Request) -> web.Response:
        if not _is_known(request):
            return _said(_UNKNOWN_USER)
        form = {
            "To": request.headers.get("X-Kannel-To", ""),
            "From": request.headers.get("X-Kannel-From", ""),
            "Body": (await request.read()).decode(errors="replace"),
        }
        if wrong := _wrong(request) or self._denied(form["To"]):
            await self._carrier.refuse(form, f"{wrong.status} {wrong.words}")
            return _said(wrong)
        if fault := self._faults.first(form["To"], *BEFORE_SMS, api=Api.KANNEL):
            await self._carrier.refuse(form, fault.trouble)
            refusal = _BY_FAULT.get(fault.trouble)
            return _said(refusal) if refusal else rest.cut(request)
        await self._carrier.take_from_kannel(
            form,
            valid_for=timedelta(minutes=int(request.headers.get("X-Kannel-Validity", 600))),
            callback=request.headers.get("X-Kannel-DLR-Url", ""),
            mask=int(request.headers.get("X-Kannel-DLR-Mask", 0)),
        )
        return await self._answer(request, form["To"])

    async def unknown(self, request: web.Request) -> web.Response:
        """For whatever else is asked."""
        return _said(_UNKNOWN_PATH)

    def _denied(self, to: str) -> _Refusal | None:
        return _DENIED if self._carrier.has_opted_out(to) else None

    async def _answer(self, request: web.Request, to: str) -> web.Response:
        """The answer for a message that is taken, with whatever befalls the answer itself."""
        fault = self._faults.first(to, *AFTER_SMS, api=Api.KANNEL)
        trouble = fault.trouble if fault else None
        if trouble is Trouble.SMS_TAKEN_THEN_CUT:
            return rest.cut(request)
        if trouble is Trouble.SMS_TAKEN_THEN_ERROR:
            return _said(_BROKEN)
        if trouble is Trouble.SMS_TAKEN_THEN_GARBLED:
            return web.Response(text="<html>taken</html>")
        await _patience(fault)
        return web.Response(status=HTTPStatus.ACCEPTED, text="0: Accepted for delivery")


async def _patience(fault: PlannedFault | None) -> None:
    if fault is not None:
        await asyncio.sleep(fault.seconds)


def _is_known(request: web.Request) -> bool:
    user = request.headers.get("X-Kannel-Username", "")
    password = request.headers.get("X-Kannel-Password", "")
    return user == DEMO_KANNEL_USER and hmac.compare_digest(
        password.encode(), DEMO_KANNEL_PASSWORD.encode()
    )


def _wrong(request: web.Request) -> _Refusal | None:
    """What Kannel would refuse at once."""
    headers = request.headers
    to = headers.get("X-Kannel-To")
    if to is None:
        return _Refusal(400, "Missing receiver(s) number(s), rejected")
    if not to:
        return _Refusal(400, "Empty receiver number not allowed, rejected")
    if request.content_type != "text/plain":
        return _Refusal(400, "Invalid content-type")
    if not rest.whole(1, 10**6)(headers.get("X-Kannel-Validity", "600")):
        return _Refusal(400, "Validity field misformed, rejected")
    if headers.get("X-Kannel-Coding", "0") not in _CODINGS:
        return _Refusal(400, "Coding field misformed, rejected")
    if not rest.whole(0, _LARGEST_MASK)(headers.get("X-Kannel-DLR-Mask", "0")):
        return _Refusal(400, "DLR-mask field misformed, rejected")
    if not rest.is_url(headers.get("X-Kannel-DLR-Url", "http://127.0.0.1/")):
        return _Refusal(400, "DLR-URL field misformed, rejected")
    return None if rest.is_number(to) else _DENIED


def _said(refusal: _Refusal) -> web.Response:
    return web.Response(status=refusal.status, text=refusal.words)
