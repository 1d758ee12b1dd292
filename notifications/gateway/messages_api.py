"""How does the gateway speak Twilio's Messages API?

After the public description of the API: routes, fields, errors and their numbers are Twilio's.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from notifications.gateway.carrier import API_VERSION, Carrier, Sms
from notifications.gateway.faults import Fault, FaultPlan, Trouble

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_LONGEST_BODY = 1600
_VALIDITY = range(1, 36001)
_PAGE_SIZE = 50
_LARGEST_PAGE = 1000
_BASE = f"/{API_VERSION}/Accounts/{{account}}/Messages"


class _Error(NamedTuple):
    """One of Twilio's errors."""

    status: int
    code: int
    message: str


_UNKNOWN_ACCOUNT = _Error(401, 20003, "Authenticate")
_NOT_FOUND = _Error(404, 20404, "The requested resource was not found")
_BUSY = _Error(429, 20429, "Too many requests")
_OPTED_OUT = _Error(400, 21610, "Attempt to send to unsubscribed recipient")
_TOO_LATE = _Error(400, 30409, "Message is not in a cancelable state")
_AWAY = _Error(503, 20503, "Service unavailable")


class MessagesApi:
    """The routes under /2010-04-01."""

    def __init__(
        self, *, account_sid: str, auth_token: str, carrier: Carrier, faults: FaultPlan
    ) -> None:
        self._account_sid = account_sid
        self._sign_in = aiohttp.encode_basic_auth(account_sid, auth_token)
        self._carrier = carrier
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Where it is served."""
        return [
            web.post(f"{_BASE}.json", self.create),
            web.get(f"{_BASE}.json", self.list),
            web.get(f"{_BASE}/{{sid}}.json", self.fetch),
            web.post(f"{_BASE}/{{sid}}.json", self.update),
            web.delete(f"{_BASE}/{{sid}}.json", self.delete),
            web.get(f"{_BASE}/{{sid}}/Media.json", self.media),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Take a message, or say why not."""
        if not self._is_known(request):
            return _error(_UNKNOWN_ACCOUNT)
        form = await _form(request)
        if wrong := _wrong(form):
            return await self._refuse(form, wrong)
        fault = self._faults.first(
            form["To"],
            Trouble.SMS_OUTAGE,
            Trouble.SMS_ERROR,
            Trouble.SMS_BUSY,
            Trouble.SMS_REFUSED,
        )
        if fault is not None:
            return await self._fail(request, form, fault)
        if self._carrier.has_opted_out(form["To"]):
            return await self._refuse(form, _OPTED_OUT)
        sms = await self._carrier.take(form)
        return await self._answer(request, sms)

    async def list(self, request: web.Request) -> web.Response:
        """The messages that fit, the newest first, by pages."""
        if not self._is_known(request):
            return _error(_UNKNOWN_ACCOUNT)
        query = request.query
        if self._faults.strike(Trouble.LIST_ERROR, query.get("To", "")):
            return _error(_AWAY)
        fitting = [m for m in reversed(self._carrier.messages.values()) if _fits(m, query)]
        return web.json_response(_page(request.path, query, fitting))

    async def fetch(self, request: web.Request) -> web.Response:
        """One message."""
        sms = self._sms(request)
        return web.json_response(_rendered(sms)) if isinstance(sms, Sms) else _error(sms)

    async def update(self, request: web.Request) -> web.Response:
        """Redact a message by an empty body, or take it back."""
        sms = self._sms(request)
        if not isinstance(sms, Sms):
            return _error(sms)
        form = await _form(request)
        if form.get("Status") == "canceled" and not self._carrier.cancel(sms):
            return _error(_TOO_LATE)
        if form.get("Body") == "":
            self._carrier.redact(sms)
        return web.json_response(_rendered(sms))

    async def delete(self, request: web.Request) -> web.Response:
        """Forget a message."""
        sms = self._sms(request)
        if not isinstance(sms, Sms):
            return _error(sms)
        del self._carrier.messages[sms.sid]
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def media(self, request: web.Request) -> web.Response:
        """The list of a message's media, which is always empty."""
        sms = self._sms(request)
        if not isinstance(sms, Sms):
            return _error(sms)
        return web.json_response({**_page(request.path, request.query, ()), "media_list": []})

    def _is_known(self, request: web.Request) -> bool:
        known = request.match_info["account"] == self._account_sid
        return known and request.headers.get("Authorization") == self._sign_in

    def _sms(self, request: web.Request) -> Sms | _Error:
        if not self._is_known(request):
            return _UNKNOWN_ACCOUNT
        return self._carrier.messages.get(request.match_info["sid"], _NOT_FOUND)

    async def _refuse(self, form: Mapping[str, str], error: _Error) -> web.Response:
        await self._carrier.refuse({"To": "", **form}, str(error.code))
        return _error(error)

    async def _fail(
        self, request: web.Request, form: Mapping[str, str], fault: Fault
    ) -> web.Response:
        await self._carrier.refuse(form, fault.trouble)
        if fault.trouble is Trouble.SMS_OUTAGE:
            return _cut(request)
        if fault.trouble is Trouble.SMS_ERROR:
            return _error(_AWAY)
        if fault.trouble is Trouble.SMS_REFUSED:
            return _error(_Error(400, fault.code, "Refused by the fault plan"))
        return _error(_BUSY, {"Retry-After": str(int(fault.seconds))})

    async def _answer(self, request: web.Request, sms: Sms) -> web.Response:
        """The answer for a message that is taken, with whatever befalls the answer itself."""
        fault = self._faults.first(
            sms.to,
            Trouble.SMS_TAKEN_THEN_CUT,
            Trouble.SMS_TAKEN_THEN_ERROR,
            Trouble.SMS_TAKEN_THEN_GARBLED,
            Trouble.SMS_HANG,
        )
        trouble = fault.trouble if fault else None
        if trouble is Trouble.SMS_TAKEN_THEN_CUT:
            return _cut(request)
        if trouble is Trouble.SMS_TAKEN_THEN_ERROR:
            return _error(_AWAY)
        if trouble is Trouble.SMS_TAKEN_THEN_GARBLED:
            return web.Response(status=HTTPStatus.CREATED, text="<html>taken</html>")
        if fault is not None:
            await asyncio.sleep(fault.seconds)
        return web.json_response(_rendered(sms), status=HTTPStatus.CREATED)


async def _form(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _wrong(form: Mapping[str, str]) -> _Error | None:
    """What Twilio would refuse at once; numbers of +999 are taken, they are what this is for."""
    to, body = form.get("To", ""), form.get("Body", "")
    if not to:
        return _Error(400, 21604, "A 'To' phone number is required.")
    if not _NUMBER.fullmatch(to):
        return _Error(400, 21211, "Invalid 'To' Phone Number")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return _Error(400, 21603, "A 'From' phone number is required.")
    if not body:
        return _Error(400, 21602, "Message body is required.")
    if len(body) > _LONGEST_BODY:
        return _Error(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    validity = form.get("ValidityPeriod", "36000")
    if not validity.isdigit() or int(validity) not in _VALIDITY:
        return _Error(400, 20001, "ValidityPeriod is not between 1 and 36000")
    return None


def _error(error: _Error, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    return web.json_response(body, status=error.status, headers=headers)


def _cut(request: web.Request) -> web.Response:
    """Drop the connection; the response that is returned reaches nobody."""
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return web.Response()


def _fits(sms: Sms, query: Mapping[str, str]) -> bool:
    sent = (sms.sent or sms.created).date().isoformat()
    return (
        query.get("To", sms.to) == sms.to
        and query.get("From", sms.sender) == sms.sender
        and query.get("DateSent", sent)[:10] == sent
        and query.get("DateSent>", sent)[:10] <= sent
        and query.get("DateSent<", sent)[:10] >= sent
    )


def _page(path: str, query: Mapping[str, str], fitting: Iterable[Sms]) -> dict[str, object]:
    messages = list(fitting)
    size = min(max(_number(query.get("PageSize"), _PAGE_SIZE), 1), _LARGEST_PAGE)
    page = _number(query.get("Page"), 0)
    shown = messages[page * size : (page + 1) * size]
    last = (page + 1) * size >= len(messages)

    def uri(number: int) -> str:
        return f"{path}?{urlencode({**query, 'PageSize': size, 'Page': number})}"

    return {
        "messages": [_rendered(sms) for sms in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": max(page * size + len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": None if last else uri(page + 1),
        "previous_page_uri": uri(page - 1) if page else None,
    }


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdigit() else otherwise


def _rendered(sms: Sms) -> dict[str, object]:
    uri = f"/{API_VERSION}/Accounts/{sms.account_sid}/Messages/{sms.sid}"
    return {
        "sid": sms.sid,
        "account_sid": sms.account_sid,
        "messaging_service_sid": sms.service_sid or None,
        "to": sms.to,
        "from": sms.sender or None,
        "body": sms.body,
        "direction": sms.direction,
        "status": sms.status,
        "num_segments": str(sms.parts),
        "num_media": "0",
        "error_code": sms.error_code,
        "error_message": f"error {sms.error_code}" if sms.error_code else None,
        "date_created": _date(sms.created),
        "date_updated": _date(sms.updated),
        "date_sent": _date(sms.sent),
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def _date(at: datetime | None) -> str | None:
    return format_datetime(at) if at else None
