"""What does a Kannel gateway say to us, at which address, and is it truly ours that speaks?

Kannel signs nothing: a report is believed for the mark in its path, a text for the word in it. What
its numbers mean is told by Kannel's source, gw/smsbox.c, and by SMPP.
"""

import hashlib
import hmac
import json
import re
from typing import Final
from urllib.parse import parse_qsl

from mechanism.receipts import DeliveryStatus
from mechanism.vocabulary import Door
from notifications.hook import (
    DeliveryReport,
    Document,
    Heard,
    HookRequest,
    MalformedError,
    UnverifiedError,
)
from notifications.provider import Refusal, Rejected
from notifications.tokens import mark, marked_attempt
from settings import Settings

NAME: Final = "kannel"
STATUS_PATH: Final = "/kannel/status"
TEXT_PATH: Final = "/kannel/text"
_PURPOSE: Final = "kannel status"

_WORDS_KEPT: Final = 300
_CHECK: Final = (
    "Calls that our Kannel gateway did not make are arriving; compare its get-url with "
    "`convene provider list`."
)

_STATUS: Final = {
    "1": DeliveryStatus.ARRIVED,
    "2": DeliveryStatus.LOST,
    "4": DeliveryStatus.TAKEN,  # it waits at the gateway
    "8": DeliveryStatus.TAKEN,  # by the centre
    "16": DeliveryStatus.LOST,  # refused by the centre
}
_NACK: Final = re.compile(r"NACK/(0x[0-9a-f]{1,8}|[0-9]{1,10})(?:/|$)", re.IGNORECASE)
_BY_NACK: Final = {
    # SMPP 3.4, section 5.1.3
    0x0B: Refusal.ADDRESS,  # invalid destination
    0x14: Refusal.CAPACITY,  # the centre's queue is full
    0x58: Refusal.CAPACITY,  # throttled
}
_FINAL_STATE: Final = re.compile(r"stat:([A-Z]{1,10})")
_BY_STATE: Final = {"REJECTD": Refusal.POLICY, "DELETED": Refusal.POLICY}


def provider_id_of(attempt: int) -> str:
    """Kannel gives no id of its own back; its reports carry our attempt, and that is the id."""
    return str(attempt)


def status_path(attempt: int, key: bytes) -> str:
    """The path at which Kannel reports about this attempt, and which nobody else can guess."""
    return f"{STATUS_PATH}/{attempt}/{mark(attempt, purpose=_PURPOSE, key=key)}"


def attempt_of(path_attempt: str, mac: str, key: bytes) -> int | None:
    """The attempt that a report is about; None where the path is not one of ours."""
    return marked_attempt(path_attempt, mac, purpose=_PURPOSE, key=key)


def text_word(key: bytes) -> str:
    """The word in the path by which this installation's Kannel is known: Kannel signs nothing."""
    return hmac.new(key, b"kannel text", hashlib.sha256).hexdigest()[:32]


def is_text_word(given: str, key: bytes) -> bool:
    """Whether whoever came knows the word."""
    return hmac.compare_digest(given.encode(errors="replace"), text_word(key).encode())


def text_url(public_url: str, key: bytes) -> str:
    """What Kannel's `get-url` is set to, so that replies reach us; with `max-messages = 0`."""
    return f"{public_url}{TEXT_PATH}/{text_word(key)}?from=%p&to=%P&text=%b&id=%I"


def reported(value: str, words: str) -> Rejected | None:
    """Why a text was not delivered, as the centre's own words tell; None where they do not."""
    if value not in {"2", "16"}:
        return None
    if found := _NACK.match(words):
        refusal = _BY_NACK.get(int(found[1], 16 if found[1][:2].lower() == "0x" else 10))
        return Rejected(refusal or Refusal.POLICY, f"NACK {found[1]}", "refused by the centre")
    if found := _FINAL_STATE.search(words):
        refusal = _BY_STATE.get(found[1], Refusal.ADDRESS)
        return Rejected(refusal, found[1], "reported afterwards")
    return Rejected(Refusal.POLICY, "16", "refused by the centre") if value == "16" else None


class KannelTexts:
    """Its door; what it asks for comes as GET, the only way in which Kannel asks."""

    provider = NAME
    received = Document("", "text/plain")  # Kannel would text to the member whatever stood in it
    check = _CHECK

    def verify(self, request: HookRequest) -> None:
        """By the word in the path; a report is known by the mark there."""
        if not is_text_word(request.parts["word"], request.settings.key):
            raise UnverifiedError("a text without the installation's word")

    def status(self, request: HookRequest) -> DeliveryReport:
        """Its number for what became of a text, and the centre's own words."""
        parts, asked = request.parts, _asked(request)
        attempt = attempt_of(parts["attempt"], parts["mac"], request.settings.key)
        if attempt is None:
            raise UnverifiedError("a report on an address that is not ours")
        value, words = asked.get("status", ""), asked.get("reply", "")[:_WORDS_KEPT]
        return DeliveryReport(
            provider=NAME,
            provider_id=provider_id_of(attempt),
            attempt=attempt,
            said=value,
            status=_STATUS.get(value),
            refused=reported(value, words),
            raw={"status": value, "reply": words},
        )

    def inbound(self, request: HookRequest) -> Heard:
        """A member's text."""
        self.verify(request)
        asked = _asked(request)
        if not asked.get("id"):
            raise MalformedError("The call names no message.")
        return Heard(
            door=Door.SMS,
            provider=NAME,
            provider_id=asked["id"],
            sender=_international(asked.get("from", "")),
            recipient=_international(asked.get("to", "")),
            text=asked.get("text", ""),
            raw=json.dumps(asked, ensure_ascii=False).encode(errors="backslashreplace"),
            envelope={"way": "webhook"},
        )

    def inbound_url(self, settings: Settings) -> str:
        """The `get-url` of its sms-service."""
        return text_url(settings.public_url, settings.key)


def _asked(request: HookRequest) -> dict[str, str]:
    return dict(parse_qsl(request.query, keep_blank_values=True))


def _international(number: str) -> str:
    """Operators often leave the plus out; a national number, with its zero, stays as it came."""
    digits = number.strip()
    is_bare = digits.isascii() and digits.isdecimal() and not digits.startswith("0")
    return f"+{digits}" if is_bare else digits
