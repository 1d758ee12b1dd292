"""What does a mail carry from its way to us, and by what is it known again?

Looked at before the mail is read, so only the head is parsed, and no more of it than is honest.
"""

import hashlib
import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import Final

from notifications.email.addresses import personal

LARGEST_HEAD: Final = 256 * 1024
VERDICTS_KEPT: Final = 20  # Authentication-Results headers; a mail server adds one or two

_HEAD_ENDS: Final = re.compile(rb"\r?\n\r?\n")
_ENCRYPTED: Final = re.compile(r"\bwith\s+(?:UTF8)?[EL]?S?MTPSA?\b", re.IGNORECASE)
_PLAIN: Final = re.compile(r"\bwith\s+(?:UTF8)?(?:E?SMTP|LMTP)A?\b", re.IGNORECASE)
_DELIVERED_TO: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_ADDRESSED_TO: Final = ("To", "Cc", "Resent-To")

# What the writer's own mailer has set; whatever the servers on the way add differs from door to
# door. An automatic mail that copies a person's Message-ID is thereby another mail.
_ITS_OWN: Final = (
    *("From", "To", "Cc", "Date", "Subject", "In-Reply-To", "References", "Content-Type"),
    *("Auto-Submitted", "Precedence", "X-Autoreply", "X-Autorespond"),
)


@dataclass(frozen=True)
class Fingerprint:
    """What the servers on the way, and the mailer before them, have written on the cover."""

    message_id: str
    sender: str | None  # the envelope's, where the last server noted it; empty for a machine's
    recipients: tuple[str, ...]  # addresses of ours that nobody else can guess
    encrypted: bool | None  # the last hop, by its server's own word; None where it says nothing
    verdicts: tuple[str, ...]  # Authentication-Results as they stand, to be believed or not
    digest: str  # of everything that the writer's mailer has made


def fingerprint(raw: bytes) -> Fingerprint:
    """The cover of a mail; never raises."""
    head, body = _parts(raw)
    return Fingerprint(
        message_id=" ".join(_values(head, "Message-ID")[:1])[:998],
        sender=_return_path(head),
        recipients=_recipients(head),
        encrypted=_encrypted(head),
        verdicts=tuple(_values(head, "Authentication-Results")[:VERDICTS_KEPT]),
        digest=_digest(head, body),
    )


def _parts(raw: bytes) -> tuple[Message, bytes]:
    ends = _HEAD_ENDS.search(raw)
    head, body = (raw[: ends.start()], raw[ends.end() :]) if ends else (raw, b"")
    if len(head) > LARGEST_HEAD:
        head, body = head[:LARGEST_HEAD], head[LARGEST_HEAD:] + body
    return BytesHeaderParser(policy=compat32).parsebytes(head), body


def _values(head: Message, name: str) -> list[str]:
    """Every value of a header on one line each."""
    return [" ".join(str(value).split()) for value in head.get_all(name, ())]


def _return_path(head: Message) -> str | None:
    for value in _values(head, "Return-Path"):
        return value.strip("<> ")
    return None


def _recipients(head: Message) -> tuple[str, ...]:
    """By the last server's note of the envelope, or, without one, by whom it is addressed to."""
    for names in (_DELIVERED_TO, _ADDRESSED_TO):
        if found := personal(value for name in names for value in _values(head, name)):
            return found
    return ()


def _encrypted(head: Message) -> bool | None:
    for value in _values(head, "Received")[:1]:
        if _ENCRYPTED.search(value):
            return True
        if _PLAIN.search(value):
            return False
    return None


def _digest(head: Message, body: bytes) -> str:
    made = hashlib.sha256()
    for name in _ITS_OWN:
        for value in _values(head, name):
            made.update(f"{name}:{value}\n".encode(errors="replace"))
    made.update(b"\n" + body.replace(b"\r\n", b"\n").rstrip())
    return made.hexdigest()
