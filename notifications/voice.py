"""How does a call leave by Twilio, what is played in it, and how is its own word about it read?

Nothing that is said stands in an address: Twilio asks for each document at a path of ours that
carries the attempt and a mark, and signs its request.
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from twilio.twiml.voice_response import (  # type: ignore[import-untyped]  # ships no types
    Gather,
    VoiceResponse,
)

from mechanism.keypad import NOT_TAKEN, CallEnd
from mechanism.ladder import Channel
from notifications.inbox import Heard
from notifications.marks import mark, marked_attempt
from notifications.provider import (
    Accepted,
    NotFound,
    Outcome,
    Outgoing,
    Refusal,
    Rejected,
    Unknown,
)
from notifications.twilio_wire import REFUSED_PREFIXES, Account
from store.kinds import Door

if TYPE_CHECKING:
    from twilio.rest import Client  # type: ignore[import-untyped]  # ships no types

NAME: Final = "twilio-voice"
PATH: Final = "/twilio/voice"
_PURPOSE: Final = "twilio voice"
_RINGS: Final = 45  # seconds, more than most answering machines wait
_LASTS: Final = 300  # seconds at most, so that a forgotten receiver ends somewhere
_TO_PRESS: Final = 8  # seconds after the last word
_TIMES: Final = 2  # the menu is said, before nobody is thought to listen
_EVENTS: Final = ["initiated", "ringing", "answered", "completed"]
_LANGUAGE: Final = "en-GB"


def path(attempt: int, key: bytes) -> str:
    """Where Twilio asks what to play to this attempt's call; nobody else can guess it."""
    return f"{PATH}/{attempt}/{mark(attempt, purpose=_PURPOSE, key=key)}"


def answer_path(attempt: int, key: bytes) -> str:
    """Where it brings the keys that are pressed."""
    return f"{path(attempt, key)}/answer"


def status_path(attempt: int, key: bytes) -> str:
    """Where it reports how the call goes."""
    return f"{path(attempt, key)}/status"


def attempt_of(path_attempt: str, mac: str, key: bytes) -> int | None:
    """The attempt that a request is about; None where the path is not one of ours."""
    return marked_attempt(path_attempt, mac, purpose=_PURPOSE, key=key)


# --- what is played ------------------------------------------------------------------------------


def told(lines: Sequence[str]) -> str:
    """A document that says these lines and ends the call."""
    response = VoiceResponse()
    _say(response, lines)
    response.hangup()
    return str(response)


def asked(lines: Sequence[str], *, answer: str, at_end: Sequence[str]) -> str:
    """One that says them, waits for a key that goes to `answer`, and ends with other words."""
    response = VoiceResponse()
    for _ in range(_TIMES):
        menu = Gather(num_digits=1, timeout=_TO_PRESS, finish_on_key="", action=answer)
        _say(menu, lines)
        response.append(menu)
    _say(response, at_end)
    response.hangup()
    return str(response)


def _say(into: Any, lines: Sequence[str]) -> None:
    for line in lines:
        into.say(line, language=_LANGUAGE)
        into.pause(length=1)


# --- what is heard -------------------------------------------------------------------------------


def pressed(form: Sequence[tuple[str, str]], *, attempt: int) -> Heard:
    """A key as it was posted; the same key again in one call is the same answer."""
    fields = dict(form)
    return Heard(
        door=Door.VOICE,
        provider_id=known_by(fields["CallSid"], fields.get("Digits", "")),
        sender=fields.get("To", ""),  # who was called speaks
        recipient=fields.get("From", ""),
        raw=json.dumps(list(form), ensure_ascii=False).encode(errors="backslashreplace"),
        envelope={"way": "webhook", "attempt": attempt},
    )


def known_by(call: str, digits: str) -> str:
    """By what a key is known again."""
    return f"{call}/{digits}"


def as_receipt(form: Mapping[str, str], status: str) -> dict[str, str]:
    """A report about a call in the form that every reader of receipts knows."""
    code = form.get("SipResponseCode", "")
    return {**form, "MessageSid": form["CallSid"], "MessageStatus": status, "ErrorCode": code}


def reported(form: Mapping[str, str]) -> Rejected | None:
    """Why nobody has taken the call; None where somebody has, or it still goes on."""
    end = NOT_TAKEN.get(form.get("CallStatus", ""))
    if end is None:
        return None
    code = form.get("SipResponseCode", "") or end.value
    if end is CallEnd.FAILED:
        return Rejected(Refusal.ADDRESS, code, "the network could not connect the call")
    return Rejected(Refusal.UNANSWERED, code, "nobody has taken the call")


# --- the provider --------------------------------------------------------------------------------


class TwilioVoice:
    """Calls by Twilio's Calls API, or by a gateway that speaks it."""

    name = NAME
    channel = Channel.VOICE

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        public_url: str,
        callback_key: bytes,
        sender: str,
        api_base: str | None = None,
        refused_prefixes: tuple[str, ...] = REFUSED_PREFIXES,
        timeout: float = 10.0,
    ) -> None:
        self._account = Account(
            account_sid=account_sid,
            auth_token=auth_token,
            api_base=api_base,
            refused_prefixes=refused_prefixes,
            timeout=timeout,
        )
        self._sender = sender
        self._public_url = public_url.rstrip("/")
        self._key = callback_key

    async def open(self) -> None:
        """Import the SDK's slow parts and make the session; connects to nobody yet."""
        _ = self._account.client

    async def submit(self, outgoing: Outgoing) -> Outcome:
        """Have one call placed, once; what it says is asked for when somebody takes it."""

        async def create(twilio: "Client") -> Any:
            return await twilio.calls.create_async(**self._asked(outgoing))

        return await self._account.submit(outgoing, create)

    async def reconcile(self, outgoing: Outgoing) -> Accepted | NotFound | Unknown:
        """Look whether any call from us to that number is listed.

        That none is listed is certain. One that is may belong to another attempt: the list shows
        nothing of ours, and its times are of another clock. So it stays unknown, and the call's own
        report, whose path names the attempt, tells.
        """
        return await self._account.find(outgoing, partial(self._listed, outgoing=outgoing))

    async def close(self) -> None:
        """Close the session; a later `submit` makes a new one."""
        await self._account.close()

    async def _listed(self, twilio: "Client", *, outgoing: Outgoing) -> NotFound | Unknown:
        found = await twilio.calls.list_async(to=outgoing.address, from_=self._sender, limit=1)
        return Unknown("a call is listed, and perhaps another's") if found else NotFound()

    def _asked(self, outgoing: Outgoing) -> dict[str, object]:
        attempt = outgoing.attempt
        return {
            "to": outgoing.address,
            "from_": self._sender,
            "url": self._public_url + path(attempt, self._key),
            "status_callback": self._public_url + status_path(attempt, self._key),
            "status_callback_event": _EVENTS,
            "machine_detection": "DetectMessageEnd",
            "timeout": _RINGS,
            "time_limit": _LASTS,
        }
