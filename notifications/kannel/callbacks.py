"""What does a Kannel gateway say to us, at which address, and is it truly ours that speaks?

Kannel signs nothing: a report is believed for the mark in its path, a text for the word in it. What
its numbers mean is told by Kannel's source, gw/smsbox.c, and by SMPP.
"""

import hashlib
import hmac
import re
from typing import Final

from notifications.provider import Refusal, Rejected
from notifications.tokens import mark, marked_attempt

NAME: Final = "kannel"
STATUS_PATH: Final = "/kannel/status"
TEXT_PATH: Final = "/kannel/text"
_PURPOSE: Final = "kannel status"

_STATUS: Final = {"1": "delivered", "2": "undelivered", "4": "queued", "8": "sent", "16": "failed"}
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
    return f"{NAME}-{attempt}"


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


def status_of(value: str) -> str:
    """The status that a report's number stands for, in the words of every provider; or nothing."""
    return _STATUS.get(value, "")


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
