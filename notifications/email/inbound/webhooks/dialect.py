"""What must a mail provider's webhook say, whatever its dialect?"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Protocol

from notifications.email.inbound.arrival import Arrival


class UnsignedError(Exception):
    """The request does not carry what only the provider can know."""


class WithoutOriginalError(Exception):
    """A post is the provider's, and yet does not hold the original mail."""


@dataclass(frozen=True)
class Knock:
    """A request before its body is read: what stands in the path, and in Authorization."""

    key: str = ""
    authorization: str = ""


class Dialect(Protocol):
    """One provider's way to hand a mail in."""

    @property
    def name(self) -> str: ...

    def lets_in(self, knock: Knock, secret: str) -> bool:
        """Whether its body is worth reading."""

    def open(self, body: bytes, content_type: str, *, secret: str, now: datetime) -> Arrival:
        """The mail in it; UnsignedError or WithoutOriginalError where there is none to be had.

        `now` is real time: it is the provider's clock that is looked at.
        """


def knows_secret(knock: Knock, secret: str) -> bool:
    """Whether the secret stands in the path, or is the password of a basic sign-in."""
    offered = (knock.key, _password(knock.authorization))
    return any(compare_digest(_bytes(one), _bytes(secret)) for one in offered)


def _password(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")
