"""How does the gateway speak Twilio's Calls API?

After the public description of the API: routes, fields, errors and their numbers are Twilio's.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from aiohttp import web

from simulator import rest
from simulator.exchange import ENDS, Exchange, SimulatedCall, TwimlSource
from simulator.faults import Api, FaultPlan, PlannedFault, Trouble
from simulator.resource import Resource, ResourceKind
from simulator.rest import API_VERSION, Error, Form, Query

_BEFORE_TAKING: Final = (
    Trouble.CALL_OUTAGE,
    Trouble.CALL_ERROR,
    Trouble.CALL_LIMITED,
    Trouble.CALL_REFUSED,
)
_AFTER_TAKING: Final = (
    Trouble.CALL_TAKEN_THEN_CUT,
    Trouble.CALL_TAKEN_THEN_ERROR,
    Trouble.CALL_HANG,
)
_REFUSED_CODE: Final = 21215
_LONGEST_TWIML: Final = 4000
_NOT_GOING_ON: Final = Error(400, 21220, "Unable to update record. Call is not in-progress.")

_EVENTS: Final = frozenset({"initiated", "ringing", "answered", "completed"})
_METHOD: Final = rest.one_of("GET", "POST")
_METHODS: Final = (
    "Method",
    "FallbackMethod",
    "StatusCallbackMethod",
    "RecordingStatusCallbackMethod",
    "AsyncAmdStatusCallbackMethod",
)
_URLS: Final = (
    "Url",
    "FallbackUrl",
    "StatusCallback",
    "AsyncAmdStatusCallback",
    "ClientNotificationUrl",
)
_CREATING: Final = {
    **dict.fromkeys(_METHODS, _METHOD),
    **dict.fromkeys(_URLS, rest.is_url),
    "Url": rest.or_nothing(rest.is_url),  # as in the description's example with Twiml
    "Method": rest.or_nothing(_METHOD),
    "StatusCallbackEvent": lambda text: set(text.split()) <= _EVENTS,
    "Timeout": rest.whole(1, 600),
    "TimeLimit": rest.whole(1, 86400),
    "MachineDetection": lambda text: text.lower() in {"enable", "detectmessageend"},
    "MachineDetectionTimeout": rest.whole(3, 59),
    "MachineDetectionSpeechThreshold": rest.whole(1000, 6000),
    "MachineDetectionSpeechEndThreshold": rest.whole(500, 5000),
    "MachineDetectionSilenceTimeout": rest.whole(2000, 10000),
    "Record": rest.is_truth,
    "Byoc": rest.sid("BY"),
    "ApplicationSid": rest.sid("AP"),
    "Twiml": lambda text: len(text) <= _LONGEST_TWIML,
}
_UPDATING: Final = {
    **{name: _CREATING[name] for name in ("Method", "FallbackMethod", "StatusCallbackMethod")},
    **{name: _CREATING[name] for name in ("Url", "FallbackUrl", "StatusCallback", "TimeLimit")},
    "Twiml": _CREATING["Twiml"],
    "Status": rest.one_of("canceled", "completed"),
}
_LISTING: Final = {
    **rest.PAGING,
    **dict.fromkeys(("To", "From"), rest.is_number),
    **dict.fromkeys(
        (f"{name}{sign}" for name in ("StartTime", "EndTime") for sign in ("", "<", ">")),
        rest.is_day,
    ),
    "ParentCallSid": rest.sid("CA"),
    "Status": rest.one_of("queued", "ringing", "in-progress", *ENDS),
}


class CallsApi(Resource[SimulatedCall]):
    """The routes under /2010-04-01/…/Calls."""

    def __init__(self, *, sign_in: rest.SignIn, exchange: Exchange, faults: FaultPlan) -> None:
        super().__init__(_CALLS, exchange.calls, sign_in=sign_in, faults=faults)
        self._exchange = exchange

    async def create(self, request: web.Request) -> web.Response:
        if not self._sign_in.knows(request):
            return rest.error_response(rest.UNKNOWN_ACCOUNT)
        form = await rest.form_of(request)
        if wrong := _wrong(form):
            await self._exchange.refuse(form, str(wrong.code))
            return rest.error_response(wrong)
        fault = self._faults.first(form["To"], *_BEFORE_TAKING, api=Api.TWILIO)
        if fault is not None:
            return await self._fail(request, form, fault)
        return await self._answer(request, await self._exchange.take(form))

    async def update(self, request: web.Request) -> web.Response:
        """End a call, or let it go on with another document."""
        call = self._row(request)
        if isinstance(call, Error):
            return rest.error_response(call)
        form = await rest.form_of(request)
        if wrong := rest.misfit(form, _UPDATING):
            return rest.error_response(wrong)
        if not self._changed(call, form):
            return rest.error_response(_NOT_GOING_ON)
        return self._shown(call)

    def _why_kept(self, row: SimulatedCall) -> Error | None:
        return None if row.status in ENDS else _NOT_GOING_ON

    def _changed(self, call: SimulatedCall, form: Form) -> bool:
        if form.get("Status"):
            return self._exchange.end(call, form["Status"])
        if form.get("Url") or form.get("Twiml"):
            method, text = form.get("Method") or "POST", form.get("Twiml", "")
            return self._exchange.redirect(call, TwimlSource(form.get("Url", ""), method, text))
        return True

    async def _fail(self, request: web.Request, form: Form, fault: PlannedFault) -> web.Response:
        await self._exchange.refuse(form, fault.trouble)
        if fault.trouble is Trouble.CALL_OUTAGE:
            return rest.cut(request)
        if fault.trouble is Trouble.CALL_ERROR:
            return rest.error_response(rest.AWAY)
        if fault.trouble is Trouble.CALL_REFUSED:
            code = fault.code or _REFUSED_CODE
            return rest.error_response(Error(400, code, "Refused by the fault plan"))
        return rest.error_response(rest.BUSY, {"Retry-After": str(int(fault.seconds))})

    async def _answer(self, request: web.Request, call: SimulatedCall) -> web.Response:
        """The answer for a call that is taken, with whatever befalls the answer itself."""
        rendered = _rendered(call)
        fault = self._faults.first(call.to, *_AFTER_TAKING, api=Api.TWILIO)
        if fault is not None and fault.trouble is Trouble.CALL_TAKEN_THEN_CUT:
            return rest.cut(request)
        if fault is not None and fault.trouble is Trouble.CALL_TAKEN_THEN_ERROR:
            return rest.error_response(rest.AWAY)
        if fault is not None:
            await asyncio.sleep(fault.seconds)
        return rest.ok(rendered, HTTPStatus.CREATED)


def _wrong(form: Form) -> Error | None:
    """What Twilio would refuse at once."""
    to, sender = form.get("To", ""), form.get("From", "")
    if not to:
        return Error(400, 21201, "No 'To' number is specified")
    if not sender:
        return Error(400, 21213, "'From' phone number is required")
    if not rest.is_number(to):
        return Error(400, 21211, "Invalid 'To' Phone Number")
    if not rest.is_number(sender):
        return Error(400, 21212, "Invalid 'From' Number")
    if not any(form.get(name) for name in ("Url", "Twiml", "ApplicationSid")):
        return Error(400, 21205, "Url parameter is required.")
    return rest.misfit(form, _CREATING)


def _fits(call: SimulatedCall, query: Query) -> bool:
    return (
        (query.get("To") or call.to) == call.to
        and (query.get("From") or call.sender) == call.sender
        and (query.get("Status") or call.status) == call.status
        and not query.get("ParentCallSid")
        and rest.is_between(_day(call, "started"), query, "StartTime")
        and rest.is_between(_day(call, "ended"), query, "EndTime")
    )


def _day(call: SimulatedCall, name: str) -> str | None:
    at = call.started if name == "started" else call.ended
    return at.date().isoformat() if at else None


def _rendered(call: SimulatedCall) -> dict[str, object]:
    uri = f"/{API_VERSION}/Accounts/{call.account_sid}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "account_sid": call.account_sid,
        "parent_call_sid": None,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.sender,
        "from_formatted": call.sender,
        "phone_number_sid": None,
        "status": call.status,
        "date_created": rest.rfc_2822(call.created),
        "date_updated": rest.rfc_2822(call.updated),
        "start_time": rest.rfc_2822(call.started),
        "end_time": rest.rfc_2822(call.ended),
        "duration": str(call.seconds) if call.ended else None,
        "price": None,
        "price_unit": "USD",
        "direction": "outbound-api",
        "answered_by": call.answered_by or None,
        "api_version": API_VERSION,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {
            name: f"{uri}/{path}.json"
            for name, path in (("events", "Events"), ("notifications", "Notifications"))
        },
    }


_CALLS: Final = ResourceKind("Calls", _LISTING, _fits, _rendered)
