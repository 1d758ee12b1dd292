"""What does Twilio bring: its word about our texts and calls, and what people answer?

Its fields are named here and nowhere else; the raw original is kept as it was posted.
"""

import json
from collections.abc import Sequence
from typing import Final

from mechanism.keypad import CallEnd, known_by
from mechanism.receipts import DeliveryStatus
from mechanism.vocabulary import Door, Ear
from notifications.hook import (
    CallReport,
    CallStage,
    DeliveryReport,
    Document,
    Heard,
    HookRequest,
    MalformedError,
    UnverifiedError,
)
from notifications.provider import Refusal, Rejected
from notifications.tokens import mark, marked_attempt
from notifications.twilio import refusals, signature, twiml
from settings import Settings

NAME: Final = "twilio"
VOICE: Final = "twilio-voice"
STATUS_PATH: Final = "/twilio/status"
TEXT_PATH: Final = "/twilio/sms"
_AGAIN: Final = "#rc=5&rp=all"  # our wish to Twilio: again, five times, whatever was wrong
_PURPOSE: Final = "twilio status"
_RECEIVED: Final = Document("<Response/>", twiml.MEDIA_TYPE)
_CHECK: Final = "Unsigned webhooks are arriving; check the auth token of the SMS provider."

_OF_TEXTS: Final = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), DeliveryStatus.TAKEN),
    **dict.fromkeys(("delivered", "read"), DeliveryStatus.ARRIVED),
    **dict.fromkeys(
        ("undelivered", "failed", "canceled", "partially_delivered"), DeliveryStatus.LOST
    ),
}
"""A part that is missing is a text that cannot be trusted. Abroad, "undelivered" is the failure
that many systems take for success."""

_ENDED: Final = "completed"
_TAKEN: Final = "in-progress"
_NOT_TAKEN: Final = {
    "no-answer": CallEnd.NO_ANSWER,
    "busy": CallEnd.BUSY,
    "failed": CallEnd.FAILED,
    "canceled": CallEnd.CANCELLED,
}
_OF_CALLS: Final = {
    **dict.fromkeys(("queued", "initiated", "ringing", _TAKEN), DeliveryStatus.TAKEN),
    _ENDED: DeliveryStatus.ARRIVED,
    **dict.fromkeys(_NOT_TAKEN, DeliveryStatus.LOST),
}
"""That a call is "completed" says that somebody, or a machine, took it, and no more."""


def status_path(attempt: int, key: bytes) -> str:
    """The path at which Twilio reports about this attempt, and which nobody else can guess."""
    return f"{STATUS_PATH}/{attempt}/{mark(attempt, purpose=_PURPOSE, key=key)}"


def attempt_of(path_attempt: str, mac: str, key: bytes) -> int | None:
    """The attempt that a status report is about; None where the path is not one of ours."""
    return marked_attempt(path_attempt, mac, purpose=_PURPOSE, key=key)


class TwilioTexts:
    """Its door for texts."""

    provider = NAME
    received = _RECEIVED
    check = _CHECK

    def verify(self, request: HookRequest) -> None:
        """By its signature for our public address."""
        signature.verify(request)

    def status(self, request: HookRequest) -> DeliveryReport:
        """Its status of a text; the path alone says of which attempt."""
        form = _fields(request, about="MessageSid")
        said = form.get("MessageStatus", "")
        return DeliveryReport(
            provider=NAME,
            provider_id=form["MessageSid"],
            attempt=_marked(request, attempt_of),
            said=said,
            status=_OF_TEXTS.get(said),
            refused=refusals.reported(form.get("ErrorCode", "")),
            raw=form,
        )

    def inbound(self, request: HookRequest) -> Heard:
        """A member's text."""
        _fields(request, about="MessageSid")
        return text_message(request.form)

    def inbound_url(self, settings: Settings) -> str:
        """What the number's webhook for inbound messages is set to, by POST."""
        return f"{settings.public_url}{TEXT_PATH}{_AGAIN}"


class TwilioCalls:
    """Its door for calls, which asks for what is said in them too."""

    provider = VOICE
    received = _RECEIVED
    check = _CHECK

    def verify(self, request: HookRequest) -> None:
        """By its signature for our public address."""
        signature.verify(request)

    def status(self, request: HookRequest) -> CallReport:
        """How a call goes."""
        form = _fields(request, about="CallSid")
        return _call_report(form, form.get("CallStatus", ""), _marked(request, twiml.attempt_of))

    def taken(self, request: HookRequest) -> CallReport:
        """That it asks what to play is itself the word that somebody has taken the call."""
        form = _fields(request, about="CallSid")
        return _call_report(form, _TAKEN, _marked(request, twiml.attempt_of))

    def inbound(self, request: HookRequest) -> Heard:
        """A key; the same key again in one call is the same answer."""
        _fields(request, about="CallSid")
        return pressed(request.form, attempt=_marked(request, twiml.attempt_of))

    def inbound_url(self, settings: Settings) -> str:
        """None is given to Twilio beforehand: each call names its own."""
        return ""

    def tells(self, lines: Sequence[str]) -> Document:
        """What is said, and the end of the call."""
        return Document(twiml.told(lines), twiml.MEDIA_TYPE)

    def asks(
        self, lines: Sequence[str], *, at_end: Sequence[str], attempt: int, settings: Settings
    ) -> Document:
        """What is said, and the wait for a key."""
        answer = settings.public_url + twiml.answer_path(attempt, settings.key)
        return Document(twiml.asked(lines, answer=answer, at_end=at_end), twiml.MEDIA_TYPE)


def text_message(form: Sequence[tuple[str, str]], *, way: str = "webhook") -> Heard:
    """An inbound SMS webhook's form, exactly as it was posted, or as it would have been."""
    fields = dict(form)
    return Heard(
        door=Door.SMS,
        provider=NAME,
        provider_id=fields["MessageSid"],
        sender=fields.get("From", ""),
        recipient=fields.get("To", ""),
        text=fields.get("Body", ""),
        raw=_raw(form),
        envelope={"way": way},
    )


def pressed(form: Sequence[tuple[str, str]], *, attempt: int) -> Heard:
    """A key as it was posted, and who has pressed it as far as Twilio can tell."""
    fields = dict(form)
    digits = fields.get("Digits", "")
    ear = _ear(fields.get("AnsweredBy", "")) or Ear.NOBODY_KNOWS
    return Heard(
        door=Door.VOICE,
        provider=VOICE,
        provider_id=known_by(fields["CallSid"], digits),
        sender=fields.get("To", ""),  # who was called speaks
        recipient=fields.get("From", ""),
        text=digits,
        raw=_raw(form),
        envelope={"way": "webhook", "attempt": attempt, "ear": ear.value},
    )


def _raw(form: Sequence[tuple[str, str]]) -> bytes:
    return json.dumps(list(form), ensure_ascii=False).encode(errors="backslashreplace")


def _fields(request: HookRequest, *, about: str) -> dict[str, str]:
    """The signed form; `about` is the field without which nothing in it can be kept."""
    signature.verify(request)
    form = dict(request.form)
    if about not in form:
        raise MalformedError("The form names no message and no call.")
    return form


def _marked(request: HookRequest, attempt_of: twiml.AttemptOf) -> int:
    parts = request.parts
    attempt = attempt_of(parts["attempt"], parts["mac"], request.settings.key)
    if attempt is None:
        raise UnverifiedError("a report or a call on an address that is not ours")
    return attempt


def _call_report(form: dict[str, str], said: str, attempt: int) -> CallReport:
    return CallReport(
        provider=VOICE,
        provider_id=form["CallSid"],
        attempt=attempt,
        said=said,
        status=_OF_CALLS.get(said),
        refused=_why_not_taken(said, form.get("SipResponseCode", "")),
        raw=form,
        stage=_stage(said),
        ear=_ear(form.get("AnsweredBy", "")),
        not_taken=_NOT_TAKEN.get(said),
    )


def _stage(said: str) -> CallStage:
    if said == _TAKEN:
        return CallStage.TAKEN
    return CallStage.ENDED if said == _ENDED or said in _NOT_TAKEN else CallStage.UNDER_WAY


def _ear(answered_by: str) -> Ear | None:
    """Of Twilio's word: `human`, `machine_…`, `fax`, `unknown`; None where it says nothing."""
    if not answered_by:
        return None
    if answered_by.startswith("machine") or answered_by == "fax":
        return Ear.MACHINE
    return Ear.HUMAN if answered_by == "human" else Ear.NOBODY_KNOWS


def _why_not_taken(said: str, sip_code: str) -> Rejected | None:
    end = _NOT_TAKEN.get(said)
    if end is None:
        return None
    code = sip_code or end.value
    if end is CallEnd.FAILED:
        return Rejected(Refusal.ADDRESS, code, "the network could not connect the call")
    return Rejected(Refusal.UNANSWERED, code, "nobody has taken the call")
