"""What becomes of an SMS after the API has taken it, and how does a phone's answer come back?"""

import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mechanism.ladder import Channel
from notifications.gateway.errands import Errands
from notifications.gateway.faults import Fault, FaultPlan, Trouble
from notifications.gateway.pace import Pace
from notifications.gateway.received import Arrivals, Received
from notifications.gateway.webhooks import Webhooks
from notifications.segments import count

API_VERSION = "2010-04-01"
UNREACHABLE = 30003
EXPIRED = 30036
_STEP = timedelta(seconds=1)  # told time from one status to the next
_STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "BERHENTI"}
_START_WORDS = {"START", "UNSTOP"}


@dataclass
class Sms:
    """One message as the provider knows it."""

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

    @property
    def parts(self) -> int:
        """How many parts it costs; none while no sender is chosen, as Twilio counts."""
        return count(self.body).parts if self.sender else 0


@dataclass(frozen=True)
class _Fate:
    """How it will end, settled at the moment of taking."""

    status: str
    error_code: int | None = None
    slower: timedelta = timedelta()


class Carrier:
    """The network between the API and the phones."""

    def __init__(
        self,
        *,
        account_sid: str,
        number: str,
        clock: Callable[[], datetime],
        pace: Pace,
        faults: FaultPlan,
        arrivals: Arrivals,
        webhooks: Webhooks,
        errands: Errands,
        is_unreachable: Callable[[str], bool],
        on_delivered: Callable[[Received], Coroutine[Any, Any, None]],
    ) -> None:
        self.inbound_url: str | None = None
        self.messages: dict[str, Sms] = {}
        self._account_sid = account_sid
        self._number = number
        self._clock = clock
        self._pace = pace
        self._faults = faults
        self._arrivals = arrivals
        self._webhooks = webhooks
        self._errands = errands
        self._is_unreachable = is_unreachable
        self._on_delivered = on_delivered
        self._opted_out: set[str] = set()

    def has_opted_out(self, phone: str) -> bool:
        """True where the phone has answered STOP."""
        return phone in self._opted_out

    async def refuse(self, form: Mapping[str, str], trouble: str) -> None:
        """Remember a request that was not taken."""
        await self._arrivals.add(self._received(form["To"], form, trouble=trouble, arrived=False))

    async def take(self, form: Mapping[str, str]) -> Sms:
        """Take a message from the API and carry it from here on."""
        sms = self._new(form)
        self.messages[sms.sid] = sms
        fate = self._fate(sms)
        received = self._received(
            sms.to,
            form,
            sid=sms.sid,
            trouble=f"{fate.status} {fate.error_code}" if fate.error_code else "",
            arrived=fate.status == "delivered",
        )
        await self._arrivals.add(received)
        reports = _Reports(self._faults, sms, self._post_report)
        if self._faults.strike(Trouble.CALLBACK_EARLY, sms.to):
            await reports.tell(sms.status)
        self._errands.start(self._carry(sms, fate, received, reports))
        return sms

    async def say(self, phone: str, text: str) -> None:
        """Let a phone send an SMS to whoever wrote to it last."""
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
        self._heed(phone, text)
        if self._faults.strike(Trouble.REPLY_LOST, phone):
            return
        if self.inbound_url is None:
            self._errands.note("a phone answered, but no webhook for replies is configured")
            return
        for _ in range(2 if self._faults.strike(Trouble.REPLY_DOUBLED, phone) else 1):
            await self._post(self.inbound_url, _inbound_form(sms), phone)

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
            body=form["Body"],
            direction="outbound-api",
            status="accepted" if service else "queued",
            created=now,
            updated=now,
            callback=form.get("StatusCallback", ""),
            valid_for=timedelta(seconds=int(form.get("ValidityPeriod", 36000))),
        )

    def _fate(self, sms: Sms) -> _Fate:
        if self._is_unreachable(sms.to):
            return _Fate("undelivered", UNREACHABLE)
        if fault := self._faults.strike(Trouble.UNDELIVERED, sms.to):
            return _Fate("undelivered", fault.code or UNREACHABLE)
        if fault := self._faults.strike(Trouble.SLOW_DELIVERY, sms.to):
            slower = timedelta(seconds=fault.seconds)
            if slower > sms.valid_for:
                return _Fate("failed", EXPIRED, sms.valid_for)
            return _Fate("delivered", None, slower)
        return _Fate("delivered")

    async def _carry(self, sms: Sms, fate: _Fate, received: Received, reports: "_Reports") -> None:
        await reports.tell("queued")
        await self._pace.sleep(_STEP)
        if sms.status == "canceled":
            await reports.end("canceled")
            return
        sms.sender = sms.sender or self._number
        if fate.status != "failed":
            self._advance(sms, "sent")
            await reports.tell("sent")
        await self._pace.sleep(_STEP + fate.slower)
        sms.error_code = fate.error_code
        self._advance(sms, fate.status)
        await reports.end(fate.status)
        if received.arrived:
            await self._on_delivered(received)

    def _advance(self, sms: Sms, status: str) -> None:
        sms.status, sms.updated = status, self._clock()
        if status == "sent":
            sms.sent = sms.updated

    async def _post_report(self, sms: Sms, form: Mapping[str, str], late: timedelta) -> None:
        if not sms.callback:
            return
        if late:
            self._errands.start(self._post_later(sms, form, late))
        else:
            await self._post(sms.callback, form, sms.to)

    async def _post_later(self, sms: Sms, form: Mapping[str, str], late: timedelta) -> None:
        await self._pace.sleep(late)
        await self._post(sms.callback, form, sms.to)

    async def _post(self, url: str, form: Mapping[str, str], phone: str) -> None:
        wrong = self._faults.strike(Trouble.BAD_SIGNATURE, phone)
        await self._webhooks.post(url, form, token="not the account's" if wrong else None)

    def _received(
        self,
        to: str,
        form: Mapping[str, str],
        *,
        arrived: bool,
        trouble: str = "",
        sid: str = "",
    ) -> Received:
        return Received(
            number=self._arrivals.next_number(),
            at=self._clock(),
            channel=Channel.SMS,
            to=to,
            sender=form.get("From") or self._number,
            text=form.get("Body", ""),
            provider_id=sid,
            arrived=arrived,
            trouble=trouble,
        )

    def _last_sender(self, phone: str) -> str:
        written = (m.sender for m in reversed(self.messages.values()) if m.to == phone and m.sender)
        return next(written, self._number)

    def _heed(self, phone: str, text: str) -> None:
        """What a carrier does by itself with the words of opting out and in."""
        word = text.strip().upper()
        if word in _STOP_WORDS:
            self._opted_out.add(phone)
        elif word in _START_WORDS:
            self._opted_out.discard(phone)


class _Reports:
    """The status reports about one message, with whatever befalls them."""

    def __init__(
        self,
        faults: FaultPlan,
        sms: Sms,
        post: Callable[[Sms, Mapping[str, str], timedelta], Coroutine[Any, Any, None]],
    ) -> None:
        self._sms = sms
        self._post = post
        self._held: list[dict[str, str]] = []
        self._told: set[str] = set()
        self._fault: Fault | None = faults.first(
            sms.to,
            Trouble.CALLBACK_LOST,
            Trouble.CALLBACK_DOUBLED,
            Trouble.CALLBACK_REORDERED,
            Trouble.CALLBACK_LATE,
        )

    async def tell(self, status: str) -> None:
        """Report a status once."""
        if status in self._told:
            return
        self._told.add(status)
        form = _report_form(self._sms, status)
        trouble = self._fault.trouble if self._fault else None
        if trouble is Trouble.CALLBACK_LOST:
            return
        if trouble is Trouble.CALLBACK_REORDERED:
            self._held.append(form)
            return
        late = self._fault.seconds if self._fault and trouble is Trouble.CALLBACK_LATE else 0.0
        for _ in range(2 if trouble is Trouble.CALLBACK_DOUBLED else 1):
            await self._post(self._sms, form, timedelta(seconds=late))

    async def end(self, status: str) -> None:
        """Report the last status, and whatever was held back, the last first."""
        await self.tell(status)
        for form in reversed(self._held):
            await self._post(self._sms, form, timedelta())


def _sid() -> str:
    return f"SM{secrets.token_hex(16)}"


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
