"""How does one of our e-mails look on the wire?

Built by the standard library, one message to one office: the measure of what `skeletons` writes
faster. What could break a header out of its line is refused, never repaired. Address lines are
written here: up to Python 3.12 `EmailMessage` loses the quotes of a long display name when it folds
the line, and with them the address.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Final

POLICY: Final = SMTP.clone(cte_type="7bit")  # passes every relay unchanged
_QUOTABLE: Final = re.compile(r"[A-Za-z0-9 ,.;:'()&/+-]{1,60}")
_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]*@[!-;=?-~]*>")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_BREAKING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})  # categories that may end or spoil a line


class CalendarMethod(StrEnum):
    """What a calendar part asks of a calendar; the MIME part must name it as the part does."""

    REQUEST = "REQUEST"  # come, or: it has changed
    CANCEL = "CANCEL"  # it will not take place, or not with you


@dataclass(frozen=True)
class Letter:
    """Everything that one e-mail says; Message-IDs keep their brackets."""

    sender: str
    sender_name: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str | None
    message_id: str
    references: tuple[str, ...]
    in_reply_to: str | None
    reply_to: str
    date: datetime
    calendar: bytes | None = None
    calendar_method: CalendarMethod = CalendarMethod.REQUEST


def build(letter: Letter) -> bytes:
    """The letter as it goes out; ValueError names the field that cannot be written."""
    return address_lines(letter) + message_of(letter).as_bytes()


def message_of(
    letter: Letter, *, text_encoding: str | None = None, html_encoding: str | None = None
) -> EmailMessage:
    """All but the address lines; without an encoding the library chooses one."""
    message = EmailMessage(policy=POLICY)
    for name, value in headers(letter).items():
        message[name] = value
    message.set_content(letter.text, cte=text_encoding)
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html", cte=html_encoding)
    if letter.calendar is not None:
        _add_calendar(message, letter.calendar, letter.calendar_method)
    return message


def message_id(message_pk: int, domain: str, key: bytes) -> str:
    """The Message-ID of one of our messages: the same for every attempt, not to be guessed."""
    digest = blake2b(str(message_pk).encode(), key=key, digest_size=16, person=b"message-id")
    return f"<{digest.hexdigest()}@{domain}>"


def thread_id(reference: str, domain: str) -> str:
    """What all messages of a situation refer to, so that every mail program shows one thread."""
    return f"<{reference}@{domain}>"


def address_lines(letter: Letter) -> bytes:
    """From, To and Reply-To, as they stand on the wire."""
    lines = (
        f"From: {_address('sender', letter.sender_name, letter.sender)}\r\n",
        f"To: {_address('to', letter.to_name, letter.to)}\r\n",
        f"Reply-To: {_address('reply_to', '', letter.reply_to)}\r\n",
    )
    return "".join(lines).encode("ascii")


def headers(letter: Letter) -> dict[str, str]:
    """All other headers of the letter itself; ValueError names one that cannot be written."""
    named = {
        "Subject": _one_line("subject", letter.subject),
        "Date": format_datetime(letter.date),
        "Message-ID": _id("message_id", letter.message_id),
        "References": " ".join(_id("references", each) for each in letter.references),
        "In-Reply-To": _id("in_reply_to", letter.in_reply_to) if letter.in_reply_to else "",
        "Auto-Submitted": "auto-generated",
        "Importance": "high",
        "X-Priority": "1",
        "X-Auto-Response-Suppress": "OOF, AutoReply",  # not "All": delivery reports are wanted
    }
    return {name: value for name, value in named.items() if value}


def _one_line(field: str, value: str) -> str:
    if value.isascii() and value.isprintable():
        return value
    if any(unicodedata.category(character) in _BREAKING for character in value):
        raise ValueError(f"{field} holds a character that would break its line")
    return value


def _id(field: str, value: str) -> str:
    """A Message-ID in brackets, without anything that would end it early."""
    if _MESSAGE_ID.fullmatch(value) is None:
        raise ValueError(f"{field} is not a Message-ID")
    return value


def _address(field: str, name: str, address: str) -> str:
    """A named address; a domain of other letters is written in ASCII, a mailbox cannot be."""
    phrase = _phrase(_one_line(f"{field}_name", name))
    written = address if _PLAIN_ADDRESS.fullmatch(address) else _unusual_address(field, address)
    return f"{phrase}\r\n <{written}>" if phrase else written


def _unusual_address(field: str, address: str) -> str:
    mailbox, at, domain = _one_line(field, address).rpartition("@")
    if not (mailbox and at and domain and mailbox.isascii()):
        raise ValueError(f"{field} is not an address that every mail system can reach")
    try:
        return Address(addr_spec=f"{mailbox}@{domain.encode('idna').decode()}").addr_spec
    except (ValueError, UnicodeError, IndexError) as problem:
        raise ValueError(f"{field} is not an address") from problem


@lru_cache(maxsize=4096)
def _phrase(name: str) -> str:
    """A display name: quoted where that is enough, else as encoded words."""
    if not name.strip() or _QUOTABLE.fullmatch(name):
        return name.strip() and f'"{name}"'
    return Header(name, "utf-8", header_name="Reply-To").encode(linesep="\r\n")


def _add_calendar(message: EmailMessage, calendar: bytes, method: CalendarMethod) -> None:
    """The calendar part twice: beside the text for most calendars, attached for the others."""
    parameters = {"method": method.value, "charset": "UTF-8", "name": "invite.ics"}
    message.add_alternative(
        calendar, maintype="text", subtype="calendar", cte="base64", params=parameters
    )
    message.add_attachment(
        calendar, maintype="application", subtype="ics", filename="invite.ics", cte="base64"
    )
