"""Which addresses and marks of ours does a mail carry, and what does one that comes back tell?

Each is written and read here: where answers go, where bounces go, and the ENVID of a report.
"""

import re
from collections.abc import Iterable
from typing import Final

from notifications.tokens import LENGTH, mark, marked_attempt

_PURPOSE: Final = "bounce"
_DOMAIN: Final = "[a-z0-9.-]{1,253}"
_ACK: Final = re.compile(r"ack\+([a-z2-7]{16})@", re.IGNORECASE)
_BOUNCE: Final = re.compile(rf"<?bounce\+([0-9]+)-([0-9a-f]{{{LENGTH}}})@[^@]+", re.IGNORECASE)
_ENVID: Final = re.compile(r"att(\d{1,18})")
_PERSONAL: Final = re.compile(
    rf"(?<![\w.+-])(?:ack|bounce)\+[a-z0-9-]{{1,64}}@{_DOMAIN}", re.IGNORECASE
)


def office(domain: str) -> str:
    """The address that stands for the installation itself."""
    return f"cm@{domain}"


def answers_to(token: str, domain: str) -> str:
    """Where an answer goes, so that it proves whose it is."""
    return f"ack+{token}@{domain}"


def token_of(address: str) -> str | None:
    """The token that an answer to this address brings; None where it is no such address."""
    found = _ACK.match(address)
    return found[1].lower() if found is not None else None


def bounces_of(attempt: int, key: bytes, domain: str) -> str:
    """The envelope sender of an attempt: a bounce to it names the attempt by itself."""
    return f"bounce+{attempt}-{mark(attempt, purpose=_PURPOSE, key=key)}@{domain}"


def attempt_bounced(address: str, key: bytes) -> int | None:
    """The attempt that a bounce to this address is about; None where it is not one of ours."""
    found = _BOUNCE.match(address.strip())
    if found is None:
        return None
    return marked_attempt(found[1], found[2], purpose=_PURPOSE, key=key)


def envelope_id(attempt: int) -> str:
    """The ENVID that a mail server quotes in its report about this attempt (RFC 3461)."""
    return f"att{attempt}"


def attempt_reported(envelope_id: str) -> int | None:
    """The attempt that a quoted ENVID names, which proves nothing; None where it is not ours."""
    found = _ENVID.fullmatch(envelope_id)
    return int(found[1]) if found is not None else None


def personal(texts: Iterable[str]) -> tuple[str, ...]:
    """The addresses in them that stand for one office or one attempt, each once.

    Looked for, not parsed: the standard library's parser of address lists recurses without end.
    """
    found = (address.lower() for text in texts for address in _PERSONAL.findall(text))
    return tuple(dict.fromkeys(found))
