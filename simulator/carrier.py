"""What becomes of an SMS after an API has taken it, and how does a phone's answer come back?"""

import re
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from mechanism.vocabulary import Channel
from simulator.faults import Api, Trouble
from simulator.parts import parts_of
from simulator.received import Received
from simulator.reports import Reports
from simulator.rest import API_VERSION
from simulator.world import World

UNREACHABLE: Final = 30003
EXPIRED: Final = 30036
_UNKNOWN_ERROR: Final = 30008
_STEP: Final = timedelta(seconds=1)  # told time from one status to the next
_LONGEST_QUEUE: Final = timedelta(hours=10)
_STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "BERHENTI"}
_START_WORDS = {"START", "UNSTOP"}


@dataclass
class Sms:
    """One message as its provider knows it."""

    sid: str
    account_sid: str
    to: str
    sender: str
    service_sid: str
    body: str
    direction: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    error_code: int | None = None
    callback: str = ""
    valid_for: timedelta = timedelta(hours=10)
    feedback: str = ""  # what the account said about its effect
    api: Api = Api.TWILIO
    reported: int = 0  # Kannel's mask: about which statuses a report is wanted

    @property
    def parts(self) -> int:
        """How many parts it costs; none while no sender is chosen, as Twilio counts."""
        return parts_of(self.body) if self.sender else 0


@dataclass(frozen=True)
class _Fate:
    """How it will end, settled at the moment of taking."""

    status: str
    error_code: int | None = None
    slower: timedelta = timedelta()
    is_sent: bool = True  # False where it is given up before it leaves


class Carrier:
    """The network between the API and the phones."""

    def __init__(
        self,
        world: World,
        *,
        is_unreachable: Callable[[str], bool],
        on_delivered: Callable[[Received], Coroutine[Any, Any, None]],
    ) -> None:
        self.inbound_url: str | None = None
        self.kannel_inbound_url: str | None = None
        self.messages: dict[str, Sms] = {}  # Twilio's; Kannel keeps no list
        self._account_sid, self._number = world.account_sid, world.number
        self._clock, self._pace = world.clock, world.pace
        self._faults, self._arrivals = world.faults, world.arrivals
        self._webhooks, self._background_tasks = world.webhooks, world.background_tasks
        self._is_unreachable = is_unreachable
        self._on_delivered = on_delivered
        self._opted_out: set[str] = set()
        self._last_to: dict[str, Sms] = {}
        self._free_at: dict[str, timedelta] = {}  # of each sender whose parts stand in line

    def has_opted_out(self, phone: str) -> bool:
        """True where the phone has answered STOP."""
        return phone in self._opted_out

    def is_queue_full(self, sender: str) -> bool:
        """True where what this sender has taken will not leave within the longest queue."""
        return self._free_at.get(sender, timedelta()) - self._pace.elapsed > _LONGEST_QUEUE

    async def refuse(self, form: Mapping[str, str], trouble: str) -> None:
        """Remember a request that was not taken; `form` as Twilio's, also for Kannel's."""
        received = Received(
            number=self._arrivals.next_number(),
            at=self._clock(),
            channel=Channel.SMS,
            to=form["To"],
            sender=form.get("From") or self._number,
            text=form.get("Body", ""),
            arrived=False,
            trouble=trouble,
        )
        await self._arrivals.add(received)

    async def take(self, form: Mapping[str, str]) -> Sms:
        """Take a message from Twilio's API and carry it from here on."""
        sms = self._new(form)
        self.messages[sms.sid] = sms
        await self.carry(sms)
        return sms

    async def take_from_kannel(
        self, form: Mapping[str, str], *, valid_for: timedelta, callback: str, mask: int
    ) -> Sms:
        """Take a message of the second provider's API."""
        now = self._clock()
        sms = Sms(
            sid=secrets.token_hex(16),
            account_sid="",
            to=form["To"],
            sender=form["From"],
            service_sid="",
            body=form.get("Body", ""),
            direction="outbound-api",
            status="queued",
            created=now,
            updated=now,
            callback=callback,
            valid_for=valid_for,
            api=Api.KANNEL,
            reported=mask,
        )
        await self.carry(sms)
        return sms

    async def carry(self, sms: Sms) -> None:
        """Let it go its way; a report that comes early comes before this ends."""
        self._last_to[sms.to] = sms
        fate = self._fate(sms)
        received = self._received(sms, fate)
        await self._arrivals.add(received)
        reports = Reports(self._faults, sms.to, sms.api)
        if self._faults.strike(Trouble.CALLBACK_EARLY, sms.to, api=sms.api):
            await self._report(reports, sms, "sent" if sms.api is Api.KANNEL else sms.status)
        self._background_tasks.start(self._carry(sms, fate, received, reports))

    async def say(self, phone: str, text: str) -> None:
        """Let a phone send an SMS to whoever wrote to it last."""
        last = self._last_to.get(phone)
        self._heed(phone, text)
        if last is not None and last.api is Api.KANNEL and self.kannel_inbound_url:
            await self._say_by_kannel(phone, text, last, url=self.kannel_inbound_url)
        else:
            await self._say_by_twilio(phone, text)

    async def _say_by_twilio(self, phone: str, text: str) -> None:
        now = self._clock()
        sms = Sms(
            sid=_sid(),
            account_sid=self._account_sid,
            to=self._last_sender(phone),
            sender=phone,
            service_sid="",
            body=text,
            direction="inbound",
            status="received",
            created=now,
            updated=now,
            sent=now,
        )
        self.messages[sms.sid] = sms
        if self._faults.strike(Trouble.REPLY_LOST, phone, api=Api.TWILIO):
            return
        if self.inbound_url is None:
            self._background_tasks.note(
                "a phone answered, but no webhook for replies is configured"
            )
            return
        for _ in range(self._times_said(phone, Api.TWILIO)):
            await self._post(self.inbound_url, _inbound_form(sms), phone)

    async def _say_by_kannel(self, phone: str, text: str, last: Sms, *, url: str) -> None:
        if self._faults.strike(Trouble.REPLY_LOST, phone, api=Api.KANNEL):
            return
        filled = _filled(
            url, {"%p": phone, "%P": last.sender, "%b": text, "%I": secrets.token_hex(16)}
        )
        for _ in range(self._times_said(phone, Api.KANNEL)):
            await self._webhooks.get(filled)

    def _times_said(self, phone: str, api: Api) -> int:
        return 2 if self._faults.strike(Trouble.REPLY_DOUBLED, phone, api=api) else 1

    def cancel(self, sms: Sms) -> bool:
        """Take back what has not been sent yet; False where it is too late."""
        if sms.status not in {"accepted", "queued", "scheduled"}:
            return False
        sms.status, sms.updated = "canceled", self._clock()
        return True

    def redact(self, sms: Sms) -> None:
        """Forget the text, and keep the fact."""
        sms.body, sms.updated = "", self._clock()

    def _new(self, form: Mapping[str, str]) -> Sms:
        service, now = form.get("MessagingServiceSid", ""), self._clock()
        return Sms(
            sid=_sid(),
            account_sid=self._account_sid,
            to=form["To"],
            sender=form.get("From", ""),
            service_sid=service,
            body=form.get("Body", ""),
            direction="outbound-api",
            status="accepted" if service else "queued",
            created=now,
            updated=now,
            callback=form.get("StatusCallback", ""),
            valid_for=timedelta(seconds=int(form.get("ValidityPeriod") or 36000)),
        )

    def _fate(self, sms: Sms) -> _Fate:
        strike = partial(self._faults.strike, address=sms.to, api=sms.api)
        if self._is_unreachable(sms.to):
            return _Fate("undelivered", UNREACHABLE)
        if fault := strike(Trouble.UNDELIVERED):
            return _Fate("undelivered", fault.code or UNREACHABLE)
        if fault := strike(Trouble.FAILED_AFTER_SENT):
            return _Fate("failed", fault.code or _UNKNOWN_ERROR)
        if strike(Trouble.PARTLY_DELIVERED):
            return _Fate("partially_delivered")
        slow = strike(Trouble.SLOW_DELIVERY)
        slower = timedelta(seconds=slow.seconds if slow else 0) + self._in_line(sms)
        if slower > sms.valid_for:
            return _Fate("failed", EXPIRED, sms.valid_for, is_sent=False)
        return _Fate("delivered", None, slower)

    def _in_line(self, sms: Sms) -> timedelta:
        """How long it waits for the parts that its sender took before it."""
        fault = self._faults.strike(Trouble.SEGMENT_RATE, sms.to, api=sms.api)
        if fault is None:
            return timedelta()
        now, sender = self._pace.elapsed, sms.sender or sms.service_sid
        begins = max(now, self._free_at.get(sender, now))
        each = timedelta(seconds=fault.seconds)
        self._free_at[sender] = begins + each * parts_of(sms.body)
        return begins - now

    async def _carry(self, sms: Sms, fate: _Fate, received: Received, reports: Reports) -> None:
        await self._report(reports, sms, "queued")
        await self._pace.sleep(_STEP)
        if sms.status == "canceled":
            await self._report_end(reports, sms, "canceled")
            return
        sms.sender = sms.sender or self._number
        if fate.is_sent:
            self._advance(sms, "sent")
            await self._report(reports, sms, "sent")
        await self._pace.sleep(_STEP + fate.slower)
        sms.error_code = fate.error_code
        self._advance(sms, fate.status)
        await self._report_end(reports, sms, fate.status)
        if received.arrived:
            await self._on_delivered(received)

    def _advance(self, sms: Sms, status: str) -> None:
        sms.status, sms.updated = status, self._clock()
        if status == "sent":
            sms.sent = sms.updated

    async def _report(self, reports: Reports, sms: Sms, status: str) -> None:
        if sms.callback:
            await reports.tell(status, self._reporter(sms, status))

    async def _report_end(self, reports: Reports, sms: Sms, status: str) -> None:
        if sms.callback:
            await reports.end(status, self._reporter(sms, status))

    def _reporter(self, sms: Sms, status: str) -> Callable[[timedelta], Coroutine[Any, Any, None]]:
        """One report, as it is worded now, whenever it will be posted."""
        if sms.api is Api.TWILIO:
            form = _report_form(sms, status)
            return partial(self._in_time, partial(self._post, sms.callback, form, sms.to))
        url = _kannel_report(sms, status)
        return partial(self._in_time, partial(self._tell_kannel, url))

    async def _in_time(
        self, post: Callable[[], Coroutine[Any, Any, None]], late: timedelta
    ) -> None:
        if late:
            self._background_tasks.start(self._later(post, late))
        else:
            await post()

    async def _later(self, post: Callable[[], Coroutine[Any, Any, None]], late: timedelta) -> None:
        await self._pace.sleep(late)
        await post()

    async def _post(self, url: str, form: Mapping[str, str], phone: str) -> None:
        wrong = self._faults.strike(Trouble.BAD_SIGNATURE, phone, api=Api.TWILIO)
        await self._webhooks.post(url, form, token="not the account's" if wrong else None)

    async def _tell_kannel(self, url: str) -> None:
        if url:
            await self._webhooks.get(url)

    def _received(self, sms: Sms, fate: _Fate) -> Received:
        failed = "" if fate.status == "delivered" else fate.status
        return Received(
            number=self._arrivals.next_number(),
            at=self._clock(),
            channel=Channel.SMS,
            to=sms.to,
            sender=sms.sender or self._number,
            text=sms.body,
            provider_id=sms.sid,
            arrived=not failed,
            trouble=f"{failed} {fate.error_code or ''}".strip(),
            api=sms.api,
        )

    def _last_sender(self, phone: str) -> str:
        last = self._last_to.get(phone)
        return (last.sender if last is not None else "") or self._number

    def _heed(self, phone: str, text: str) -> None:
        """What a carrier does by itself with the words of opting out and in."""
        word = text.strip().upper()
        if word in _STOP_WORDS:
            self._opted_out.add(phone)
        elif word in _START_WORDS:
            self._opted_out.discard(phone)


def _sid() -> str:
    return f"SM{secrets.token_hex(16)}"


_KANNEL_STATUS: Final = {"sent": 8, "delivered": 1, "undelivered": 2, "failed": 2}
_KANNEL_WORDS: Final = {8: "ACK/", 1: "id:{sid} stat:DELIVRD err:000"}


def _kannel_report(sms: Sms, status: str) -> str:
    """The report's URL, or nothing where Kannel has no such report or none is wanted."""
    value = _KANNEL_STATUS.get(status, 0)
    if not value & sms.reported:
        return ""
    state = "EXPIRED" if sms.error_code == EXPIRED else "UNDELIV"
    words = _KANNEL_WORDS.get(value, f"id:{{sid}} stat:{state} err:001").format(sid=sms.sid)
    return _filled(sms.callback, {"%d": str(value), "%A": words})


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Kannel's escape codes filled in, each as a part of a URL."""
    codes = re.compile("|".join(values))
    return codes.sub(lambda found: quote(values[found[0]], safe=""), template)


def _report_form(sms: Sms, status: str) -> dict[str, str]:
    form = {
        "MessageSid": sms.sid,
        "SmsSid": sms.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": sms.to,
        "From": sms.sender,
        "AccountSid": sms.account_sid,
        "ApiVersion": API_VERSION,
    }
    return form | ({"ErrorCode": str(sms.error_code)} if sms.error_code else {})


def _inbound_form(sms: Sms) -> dict[str, str]:
    return {
        "MessageSid": sms.sid,
        "SmsSid": sms.sid,
        "AccountSid": sms.account_sid,
        "ApiVersion": API_VERSION,
        "From": sms.sender,
        "To": sms.to,
        "Body": sms.body,
        "NumMedia": "0",
        "NumSegments": str(sms.parts),
    }
