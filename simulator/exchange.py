"""What becomes of a call after the API has taken it, and what is said and pressed in it?"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin

from mechanism.vocabulary import Channel
from simulator.faults import Api, Trouble
from simulator.personas import OnCall, key_pressed
from simulator.received import Received
from simulator.reports import Post, Reports
from simulator.rest import API_VERSION, is_url, rfc_2822
from simulator.twiml import Gather, Hangup, Pause, Redirect, Say, TwimlError, Verb, read_twiml
from simulator.world import World

ENDS: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
ERROR_WORDS: Final = "We are sorry. An application error has occurred. Goodbye."
_STEP: Final = timedelta(seconds=1)  # told time from one status to the next
_RINGS: Final = timedelta(seconds=6)  # before somebody picks up
_RECOGNISED: Final = timedelta(seconds=2)  # a person's hello
_GREETING: Final = timedelta(seconds=8)  # of a machine, up to its beep
_TO_PRESS: Final = timedelta(seconds=2)
_WORDS_A_SECOND: Final = 2.5
_MOST_DOCUMENTS: Final = 50  # a loop of redirections ends somewhere
_SIP_CODES: Final = {"busy": "486", "no-answer": "480", "failed": "404", "canceled": "487"}
_OUTCOMES: Final = {
    OnCall.BUSY: "busy",
    OnCall.NO_ANSWER: "no-answer",
    OnCall.OUT_OF_SERVICE: "failed",
}
_BY_FAULT: Final = {
    Trouble.CALL_FAILED: OnCall.OUT_OF_SERVICE,
    Trouble.CALL_LINE_BUSY: OnCall.BUSY,
    Trouble.CALL_NO_ANSWER: OnCall.NO_ANSWER,
}


class TwimlSource(NamedTuple):
    """Where the next TwiML comes from: an address, or the text itself."""

    url: str
    method: str = "POST"
    text: str = ""
    more: tuple[tuple[str, str], ...] = ()  # fields beside those of every request


@dataclass
class SimulatedCall:
    """One call as the provider knows it, with what was said to the one who picked up."""

    sid: str
    account_sid: str
    to: str
    sender: str
    document: TwimlSource | None
    fallback: TwimlSource | None
    status: str
    created: datetime
    updated: datetime
    rings_for: timedelta
    detection: str = ""  # MachineDetection
    callback: str = ""
    callback_method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})
    started: datetime | None = None
    ended: datetime | None = None
    lasted: timedelta = timedelta()
    answered_by: str = ""
    heard: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    told: int = 0  # reports so far
    doing: "asyncio.Future[None] | None" = field(default=None, repr=False)
    wanted_end: str = ""

    @property
    def words(self) -> str:
        """Everything said, one line a sentence."""
        return "\n".join(self.heard)

    @property
    def seconds(self) -> int:
        """How long it lasted, in told seconds."""
        return round(self.lasted.total_seconds())


class _HungUpError(Exception):
    """The one who was called has put the receiver down."""


class Exchange:
    """The network between the Calls API and the telephones."""

    def __init__(
        self,
        world: World,
        *,
        habit_of: Callable[[str], OnCall],
    ) -> None:
        self.calls: dict[str, SimulatedCall] = {}
        self._account_sid = world.account_sid
        self._clock, self._pace = world.clock, world.pace
        self._faults, self._arrivals = world.faults, world.arrivals
        self._webhooks, self._background_tasks = world.webhooks, world.background_tasks
        self._habit_of = habit_of

    async def refuse(self, form: Mapping[str, str], trouble: str) -> None:
        """Remember a request that was not taken."""
        await self._arrivals.add(
            self._received(form.get("To", ""), form.get("From", ""), trouble=trouble)
        )

    async def take(self, form: Mapping[str, str]) -> SimulatedCall:
        """Take a call from the API and place it from here on."""
        call = self._new(form)
        self.calls[call.sid] = call
        reports = Reports(self._faults, call.to, Api.TWILIO)
        if self._faults.strike(Trouble.CALLBACK_EARLY, call.to, api=Api.TWILIO):
            await self._tell(reports, call, "initiated")
        self._background_tasks.start(self._place(call, reports))
        return call

    def end(self, call: SimulatedCall, status: str) -> bool:
        """Cancel a call that waits or rings, or hang one up; False where it is over already."""
        if call.status in ENDS:
            return False
        if status == "canceled" and call.started is not None:
            return False
        call.wanted_end, call.document = status, None
        self._interrupt(call)
        return True

    def redirect(self, call: SimulatedCall, document: TwimlSource) -> bool:
        """Let a call that is going on continue with another document; False where none is."""
        if call.status != "in-progress":
            return False
        call.document = document
        self._interrupt(call)
        return True

    def _interrupt(self, call: SimulatedCall) -> None:
        if call.doing is not None:
            call.doing.cancel()

    def _new(self, form: Mapping[str, str]) -> SimulatedCall:
        now = self._clock()
        text, url = form.get("Twiml", ""), form.get("Url", "")
        fallback = form.get("FallbackUrl", "")
        return SimulatedCall(
            sid=f"CA{secrets.token_hex(16)}",
            account_sid=self._account_sid,
            to=form["To"],
            sender=form["From"],
            document=TwimlSource(url, form.get("Method") or "POST", text),
            fallback=TwimlSource(fallback, form.get("FallbackMethod") or "POST")
            if fallback
            else None,
            status="queued",
            created=now,
            updated=now,
            rings_for=timedelta(seconds=int(form.get("Timeout") or 60)),
            detection=form.get("MachineDetection", "").lower(),
            callback=form.get("StatusCallback", ""),
            callback_method=form.get("StatusCallbackMethod") or "POST",
            events=frozenset((form.get("StatusCallbackEvent") or "completed").split()),
        )

    # --- the way of a call -----------------------------------------------------------------------

    async def _place(self, call: SimulatedCall, reports: Reports) -> None:
        await self._tell(reports, call, "initiated")
        habit = self._fated(call) or self._habit_of(call.to)
        if await self._stage(call, self._pace.sleep(_STEP)):
            await self._ring(call, reports, habit)
        await self._finish(call, reports, self._outcome(call, habit))

    def _fated(self, call: SimulatedCall) -> OnCall | None:
        fault = self._faults.first(call.to, *_BY_FAULT, api=Api.TWILIO)
        return _BY_FAULT[fault.trouble] if fault else None

    def _outcome(self, call: SimulatedCall, habit: OnCall) -> str:
        if call.started is not None:
            return "completed"
        return call.wanted_end or _OUTCOMES.get(habit, "failed")

    async def _ring(self, call: SimulatedCall, reports: Reports, habit: OnCall) -> None:
        if habit is OnCall.OUT_OF_SERVICE:
            return
        await self._advance(call, "ringing")
        await self._tell(reports, call, "ringing")
        waits = call.rings_for if habit is OnCall.NO_ANSWER else min(_RINGS, call.rings_for)
        answered = await self._stage(call, self._pace.sleep(waits))
        if answered and habit not in _OUTCOMES:
            await self._pick_up(call, reports, habit)

    async def _pick_up(self, call: SimulatedCall, reports: Reports, habit: OnCall) -> None:
        call.started, began = self._clock(), self._pace.elapsed
        await self._advance(call, "in-progress")
        await self._tell(reports, call, "answered")
        if dropped := self._faults.strike(Trouble.CALL_DROPPED, call.to, api=Api.TWILIO):
            self._background_tasks.start(self._drop(call, timedelta(seconds=dropped.seconds)))
        await self._stage(call, self._recognise(call, habit))
        while (document := call.document) is not None:
            call.document = None
            await self._stage(call, self._talk(call, habit, document))
        call.lasted = self._pace.elapsed - began

    async def _drop(self, call: SimulatedCall, after: timedelta) -> None:
        await self._pace.sleep(after)
        self.end(call, "completed")

    async def _finish(self, call: SimulatedCall, reports: Reports, status: str) -> None:
        call.ended = self._clock()
        await self._advance(call, status)
        if "completed" in call.events and call.callback:
            await reports.end(status, self._reporter(call, status))
        trouble = "" if status == "completed" else status
        await self._arrivals.add(
            self._received(call.to, call.sender, text=call.words, sid=call.sid, trouble=trouble)
        )

    async def _stage(self, call: SimulatedCall, work: Coroutine[Any, Any, None]) -> bool:
        """Do a part of the call that may be interrupted; False where it was, or is over before."""
        if call.wanted_end:
            work.close()
            return False
        call.doing = doing = asyncio.ensure_future(work)
        try:
            await asyncio.wait({doing})
        finally:
            doing.cancel()
        if doing.cancelled():
            return False
        doing.result()
        return True

    async def _advance(self, call: SimulatedCall, status: str) -> None:
        call.status, call.updated = status, self._clock()
        await self._arrivals.stir()

    # --- what is said ----------------------------------------------------------------------------

    async def _recognise(self, call: SimulatedCall, habit: OnCall) -> None:
        """Find out who has picked up, where that is asked; a machine's beep may be waited for."""
        if not call.detection:
            return
        if habit is not OnCall.MACHINE:
            await self._pace.sleep(_RECOGNISED)
            call.answered_by = "human"
        elif call.detection == "detectmessageend":
            await self._pace.sleep(_GREETING)
            call.answered_by = "machine_end_beep"
        else:
            await self._pace.sleep(_RECOGNISED)
            call.answered_by = "machine_start"

    async def _talk(self, call: SimulatedCall, habit: OnCall, document: TwimlSource) -> None:
        """Play documents until one ends the call, or somebody hangs up."""
        following: TwimlSource | None = document
        try:
            for _ in range(_MOST_DOCUMENTS):
                if following is None:
                    return
                verbs = await self._verbs(call, following)
                following = await self._play(call, habit, verbs, base=following.url)
        except _HungUpError:
            return
        self._background_tasks.note(f"a call was ended after {_MOST_DOCUMENTS} documents of TwiML")

    async def _verbs(self, call: SimulatedCall, document: TwimlSource) -> tuple[Verb, ...]:
        """What the document, or else the fallback, says; the words of an error where neither is."""
        for source in (document, call.fallback):
            if source is None:
                continue
            try:
                text = source.text or await self._fetched(call, source)
                if text is not None:
                    return read_twiml(text)
            except TwimlError as error:
                self._background_tasks.note(f"a document of TwiML cannot be played: {error}")
        return (Say(ERROR_WORDS), Hangup())

    async def _fetched(self, call: SimulatedCall, document: TwimlSource) -> str | None:
        if not is_url(document.url):
            raise TwimlError(f"{document.url[:80]!r} is no address")
        wrong = self._faults.strike(Trouble.BAD_SIGNATURE, call.to, api=Api.TWILIO)
        return await self._webhooks.fetch(
            document.url,
            _request_form(call) | dict(document.more),
            method=document.method,
            token="not the account's" if wrong else None,
        )

    async def _play(
        self, call: SimulatedCall, habit: OnCall, verbs: tuple[Verb, ...], *, base: str
    ) -> TwimlSource | None:
        """Which document comes next; None where the call ends."""
        for verb in verbs:
            match verb:
                case Say() | Pause():
                    await self._speak(call, habit, verb)
                case Redirect():
                    return TwimlSource(urljoin(base, verb.url), verb.method)
                case Hangup():
                    return None
                case Gather():
                    keys = await self._gather(call, habit, verb)
                    if keys or verb.asks_when_empty:
                        more = (("Digits", keys), ("FinishedOnKey", ""))
                        return TwimlSource(urljoin(base, verb.action), verb.method, more=more)
        return None

    async def _speak(self, call: SimulatedCall, habit: OnCall, verb: Say | Pause) -> None:
        if isinstance(verb, Pause):
            await self._pace.sleep(timedelta(seconds=verb.seconds))
            return
        for _ in range(verb.times):
            call.heard.append(verb.text)
            await self._arrivals.stir()
            seconds = len(verb.text.split()) / _WORDS_A_SECOND
            await self._pace.sleep(timedelta(seconds=seconds))
            if habit is OnCall.HANGS_UP:
                raise _HungUpError

    async def _gather(self, call: SimulatedCall, habit: OnCall, verb: Gather) -> str:
        """The keys that arrive; none where nobody presses in time, or a tone gets lost."""
        for spoken in verb.spoken:
            await self._speak(call, habit, spoken)
        words = " ".join(spoken.text for spoken in verb.spoken if isinstance(spoken, Say))
        key = key_pressed(habit, words, before=len(call.pressed))
        in_time = timedelta(seconds=verb.seconds)
        if not key or in_time < _TO_PRESS:
            await self._pace.sleep(in_time)
            return ""
        await self._pace.sleep(_TO_PRESS if len(key) >= verb.most else _TO_PRESS + in_time)
        call.pressed.append(key)
        lost = self._faults.strike(Trouble.REPLY_LOST, call.to, api=Api.TWILIO)
        return "" if lost else key[: verb.most]

    # --- what is reported ------------------------------------------------------------------------

    async def _tell(self, reports: Reports, call: SimulatedCall, event: str) -> None:
        if call.callback and event in call.events:
            await reports.tell(event, self._reporter(call, event))

    def _reporter(self, call: SimulatedCall, event: str) -> Post:
        """One report, as it is worded now, whenever it will be posted."""
        form = _report_form(call, "in-progress" if event == "answered" else event, self._clock())
        call.told += 1
        return partial(self._post, call, form)

    async def _post(self, call: SimulatedCall, form: Mapping[str, str], late: timedelta) -> None:
        if late:
            self._background_tasks.start(self._post_later(call, form, late))
        else:
            await self._post_now(call, form)

    async def _post_later(
        self, call: SimulatedCall, form: Mapping[str, str], late: timedelta
    ) -> None:
        await self._pace.sleep(late)
        await self._post_now(call, form)

    async def _post_now(self, call: SimulatedCall, form: Mapping[str, str]) -> None:
        wrong = self._faults.strike(Trouble.BAD_SIGNATURE, call.to, api=Api.TWILIO)
        token = "not the account's" if wrong else None
        await self._webhooks.fetch(call.callback, form, method=call.callback_method, token=token)

    def _received(
        self, to: str, sender: str, *, text: str = "", sid: str = "", trouble: str = ""
    ) -> Received:
        return Received(
            number=self._arrivals.next_number(),
            at=self._clock(),
            channel=Channel.VOICE,
            to=to,
            sender=sender,
            text=text,
            provider_id=sid,
            arrived=bool(sid) and not trouble,
            trouble=trouble,
            api=Api.TWILIO,
        )


def _request_form(call: SimulatedCall) -> dict[str, str]:
    form = {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "From": call.sender,
        "To": call.to,
        "Caller": call.sender,
        "Called": call.to,
        "CallStatus": call.status,
        "Direction": "outbound-api",
        "ApiVersion": API_VERSION,
    }
    return form | ({"AnsweredBy": call.answered_by} if call.answered_by else {})


def _report_form(call: SimulatedCall, status: str, now: datetime) -> dict[str, str]:
    form = _request_form(call) | {
        "CallStatus": status,
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.told),
        "Timestamp": rfc_2822(now) or "",
    }
    if status == "completed":
        form |= {"CallDuration": str(call.seconds), "Duration": str(-(-call.seconds // 60))}
    elif status in ENDS:
        form |= {"SipResponseCode": _SIP_CODES[status]}
    return form
