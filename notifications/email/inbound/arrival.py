"""What becomes of a mail that has arrived, by whichever way?"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mechanism.vocabulary import Door
from notifications.email.addresses import personal
from notifications.email.fingerprint import fingerprint
from notifications.hook import Heard
from notifications.inbox.keep import KEPT_WHOLE


@dataclass(frozen=True)
class Arrival:
    """A mail at one of the doors for mail, with what the door knows and the mail cannot say."""

    raw: bytes
    way: str  # lmtp, smtp, imap, or a provider's name: kept beside it
    sender: str | None = None  # of the envelope; None where the door was not told
    recipients: tuple[str, ...] = ()  # of the envelope; none where the door was not told
    secure: bool | None = None  # whether it came to this door encrypted
    beside: Mapping[str, Any] = field(default_factory=dict)


def letters(arrival: Arrival) -> list[Heard]:
    """A mail as it came: once for each personal address of ours, else once.

    It is known again, whichever door it comes to, by what its writer's mailer has made and by the
    address of ours that it went to.
    """
    cover = fingerprint(arrival.raw)
    told = arrival.recipients or cover.recipients
    sender = arrival.sender if arrival.sender is not None else cover.sender
    envelope = {
        "mail_from": sender,  # "" is nobody's, as of a report; None where nobody said
        "way": arrival.way,
        "tls": arrival.secure,
        "tls_before": cover.encrypted,
        "authentication_results": list(cover.verdicts),
        "size": len(arrival.raw),
        "cut": len(arrival.raw) > KEPT_WHOLE,
        **arrival.beside,
    }
    each: list[tuple[str, ...]] = [(address,) for address in personal(told)] or [told]
    return [
        Heard(
            door=Door.MAIL,
            provider_id=_known_by(cover.message_id, cover.digest, *personal(recipients)),
            sender=sender or "",
            recipient=", ".join(recipients),
            raw=arrival.raw[:KEPT_WHOLE],
            envelope={**envelope, "rcpt_tos": list(recipients)},
        )
        for recipients in each
    ]


def mail(raw: bytes, *, sender: str, recipients: Sequence[str], secure: bool) -> Heard:
    """A mail to one of our addresses, as the listener takes it."""
    return letters(Arrival(raw, "smtp", sender, tuple(recipients), secure))[0]


def _known_by(*facts: str) -> str:
    return hashlib.sha256("\0".join(facts).encode(errors="replace")).hexdigest()
