"""How does the gateway speak Twilio's Messages API?

After the public description of the API: routes, fields, errors and their numbers are Twilio's.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from aiohttp import web

from simulator import rest
from simulator.carrier import Carrier, Sms
from simulator.faults import AFTER_SMS, BEFORE_SMS, Api, FaultPlan, PlannedFault, Trouble
from simulator.resource import Resource, ResourceKind
from simulator.rest import API_VERSION, Error, Form, Query

_LONGEST_BODY = 1600

_OPTED_OUT = Error(400, 21610, "Attempt to send to unsubscribed recipient")
_TOO_LATE = Error(400, 30409, "Message is not in a cancelable state")
_QUEUE_FULL = Error(429, 21611, "This 'From' number has exceeded its queue of messages")
_REFUSED_CODE = 21211

_CREATING: Final = {
    "StatusCallback": rest.is_url,
    "ApplicationSid": rest.sid("AP"),
    "MessagingServiceSid": rest.sid("MG"),
    "ContentSid": rest.sid("HX"),
    "MediaUrl": rest.several(rest.is_url),
    "ValidityPeriod": rest.whole(1, 36000),
    "Attempt": rest.whole(1, 10**6),
    "ProvideFeedback": rest.is_truth,
    "ForceDelivery": rest.is_truth,
    "SmartEncoded": rest.is_truth,
    "ShortenUrls": rest.is_truth,
    "SendAsMms": rest.is_truth,
    "ContentRetention": rest.one_of("retain", "discard"),
    "AddressRetention": rest.one_of("retain", "obfuscate"),
    "TrafficType": rest.one_of("free"),
    "ScheduleType": rest.one_of("fixed"),
    "RiskCheck": rest.one_of("enable", "disable"),
    "MaxPrice": rest.is_price,
    "SendAt": rest.never,
}
_UPDATING: Final = {"Status": rest.one_of("canceled"), "Body": rest.one_of("")}
_LISTING: Final = {
    **rest.PAGING,
    **dict.fromkeys(("To", "From"), rest.is_number),
    **dict.fromkeys(("DateSent", "DateSent<", "DateSent>"), rest.is_day),
}
_JUDGING: Final = {"Outcome": rest.one_of("confirmed", "unconfirmed")}


class MessagesApi(Resource[Sms]):
    """The routes under /2010-04-01/…/Messages."""

    def __init__(self, *, sign_in: rest.SignIn, carrier: Carrier, faults: FaultPlan) -> None:
        super().__init__(_MESSAGES, carrier.messages, sign_in=sign_in, faults=faults)
        self._carrier = carrier

    def routes(self) -> list[web.RouteDef]:
        path = self._kind.path
        return [
            *super().routes(),
            web.get(f"{path}/{{sid}}/Media.json", self.media, allow_head=False),
            web.post(f"{path}/{{sid}}/Feedback.json", self.feedback),
        ]

    async def create(self, request: web.Request) -> web.Response:
        if not self._sign_in.knows(request):
            return rest.error_response(rest.UNKNOWN_ACCOUNT)
        form = await rest.form_of(request)
        if wrong := _wrong(form):
            return await self._refuse(form, wrong)
        fault = self._faults.first(form["To"], *BEFORE_SMS, api=Api.TWILIO)
        if fault is not None:
            return await self._fail(request, form, fault)
        if self._carrier.has_opted_out(form["To"]):
            return await self._refuse(form, _OPTED_OUT)
        if self._carrier.is_queue_full(form.get("From", "")):
            return await self._refuse(form, _QUEUE_FULL)
        return await self._answer(request, await self._carrier.take(form))

    async def update(self, request: web.Request) -> web.Response:
        """Redact a message by an empty body, or take it back."""
        sms = self._row(request)
        if isinstance(sms, Error):
            return rest.error_response(sms)
        form = await rest.form_of(request)
        if wrong := rest.misfit(form, _UPDATING):
            return rest.error_response(wrong)
        if form.get("Status") == "canceled" and not self._carrier.cancel(sms):
            return rest.error_response(_TOO_LATE)
        if form.get("Body") == "":
            self._carrier.redact(sms)
        return self._shown(sms)

    async def media(self, request: web.Request) -> web.Response:
        """The list of a message's media, which is always empty."""
        sms = self._row(request)
        if isinstance(sms, Error):
            return rest.error_response(sms)
        if wrong := rest.misfit(request.query, rest.PAGING):
            return rest.error_response(wrong)
        return rest.ok(rest.page(request.path, request.query, (), name="media_list"))

    async def feedback(self, request: web.Request) -> web.Response:
        """Hear from the account whether a message had its effect."""
        sms = self._row(request)
        if isinstance(sms, Error):
            return rest.error_response(sms)
        form = await rest.form_of(request)
        if wrong := rest.misfit(form, _JUDGING):
            return rest.error_response(wrong)
        sms.feedback = form.get("Outcome", "confirmed")
        return rest.ok(_judged(sms))

    async def _refuse(self, form: Form, error: Error) -> web.Response:
        await self._carrier.refuse({"To": "", **form}, str(error.code))
        return rest.error_response(error)

    async def _fail(self, request: web.Request, form: Form, fault: PlannedFault) -> web.Response:
        if fault.trouble is Trouble.SMS_OPTED_OUT:
            return await self._refuse(form, _OPTED_OUT)
        await self._carrier.refuse(form, fault.trouble)
        if fault.trouble is Trouble.SMS_OUTAGE:
            return rest.cut(request)
        if fault.trouble is Trouble.SMS_ERROR:
            return rest.error_response(rest.AWAY)
        if fault.trouble is Trouble.SMS_REFUSED:
            code = fault.code or _REFUSED_CODE
            return rest.error_response(Error(400, code, "Refused by the fault plan"))
        return rest.error_response(rest.BUSY, {"Retry-After": str(int(fault.seconds))})

    async def _answer(self, request: web.Request, sms: Sms) -> web.Response:
        """The answer for a message that is taken, with whatever befalls the answer itself."""
        fault = self._faults.first(sms.to, *AFTER_SMS, api=Api.TWILIO)
        trouble = fault.trouble if fault else None
        if trouble is Trouble.SMS_TAKEN_THEN_CUT:
            return rest.cut(request)
        if trouble is Trouble.SMS_TAKEN_THEN_ERROR:
            return rest.error_response(rest.AWAY)
        if trouble is Trouble.SMS_TAKEN_THEN_GARBLED:
            return web.Response(status=HTTPStatus.CREATED, text="<html>taken</html>")
        if fault is not None:
            await asyncio.sleep(fault.seconds)
        return self._shown(sms, HTTPStatus.CREATED)


def _wrong(form: Form) -> Error | None:
    """What Twilio would refuse at once."""
    to, body = form.get("To", ""), form.get("Body", "")
    if not to:
        return Error(400, 21604, "A 'To' phone number is required.")
    if not rest.is_number(to):
        return Error(400, 21211, "Invalid 'To' Phone Number")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return Error(400, 21603, "A 'From' phone number is required.")
    if not body and not form.get("MediaUrl") and not form.get("ContentSid"):
        return Error(400, 21602, "Message body is required.")
    if len(body) > _LONGEST_BODY:
        return Error(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    return rest.misfit(form, _CREATING)


def _fits(sms: Sms, query: Query) -> bool:
    return (
        (query.get("To") or sms.to) == sms.to
        and (query.get("From") or sms.sender) == sms.sender
        and rest.is_between((sms.sent or sms.created).date().isoformat(), query, "DateSent")
    )


def _rendered(sms: Sms) -> dict[str, object]:
    uri = _uri(sms)
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
        "date_created": rest.rfc_2822(sms.created),
        "date_updated": rest.rfc_2822(sms.updated),
        "date_sent": rest.rfc_2822(sms.sent),
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "uri": f"{uri}.json",
        "subresource_uris": {
            "media": f"{uri}/Media.json",
            "feedback": f"{uri}/Feedback.json",
        },
    }


def _judged(sms: Sms) -> dict[str, object]:
    return {
        "account_sid": sms.account_sid,
        "message_sid": sms.sid,
        "outcome": sms.feedback,
        "date_created": rest.rfc_2822(sms.updated),
        "date_updated": rest.rfc_2822(sms.updated),
        "uri": f"{_uri(sms)}/Feedback.json",
    }


def _uri(sms: Sms) -> str:
    return f"/{API_VERSION}/Accounts/{sms.account_sid}/Messages/{sms.sid}"


_MESSAGES: Final = ResourceKind("Messages", _LISTING, _fits, _rendered)
