"""How does one of our e-mails look on the wire?

The standard library writes one message of each shape, and whatever differs between two e-mails of
that shape is put into its holes. What could break a header out of its line is refused, never
repaired. Address lines are written here: up to Python 3.12 `EmailMessage` loses the quotes of a
long display name when it folds the line, and with them the address.
"""

import re
import unicodedata
from binascii import b2a_base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Final

_LONGEST_LINE: Final = 998  # octets (RFC 5322)
_LINE: Final = 78  # characters of a header line that every reader shows as it is
_COLUMNS: Final = 76  # of base64 (RFC 2045)
_CONTROLS: Final = bytes({*range(32), 127} - {*b"\t\r\n"})
_BOUNDARY: Final = b"--=_"  # how every boundary of ours begins


class CalendarMethod(StrEnum):
    """What a calendar part asks of a calendar; the MIME part must name it as the part does."""

    REQUEST = "REQUEST"  # come, or: it has changed
    CANCEL = "CANCEL"  # it will not take place, or not with you


@dataclass(frozen=True)
class MailContent:
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


class Encoding(StrEnum):
    """How a part's words stand on the wire."""

    PLAIN = "7bit"  # as they are: ASCII, short lines, nothing that could pass for a boundary
    BASE64 = "base64"  # everything else


@dataclass(frozen=True)
class Shape:
    """What two mails must have in common to be written on one skeleton."""

    text: Encoding
    html: Encoding | None
    calendar: CalendarMethod | None
    is_reply: bool


def write(mail: MailContent) -> bytes:
    """The mail as it goes out; ValueError names the field that cannot be written."""
    named = headers(mail)
    text, text_body = _part(mail.text)
    html, html_body = (None, b"") if mail.html is None else _part(mail.html)
    calendar = mail.calendar_method if mail.calendar is not None else None
    skeleton = _skeleton(Shape(text, html, calendar, mail.in_reply_to is not None))
    return address_lines(mail) + skeleton % {
        b"subject": _subject(named.get("Subject", "")),
        b"date": named["Date"].encode(),
        b"message_id": named["Message-ID"].encode(),
        b"references": _folded("References", named["References"]),
        b"in_reply_to": named.get("In-Reply-To", "").encode(),
        b"text": text_body,
        b"html": html_body,
        b"calendar": _base64(mail.calendar) if mail.calendar is not None else b"",
        b"boundary": named["Message-ID"][1:33].encode(),
    }


@lru_cache(maxsize=1024)
def _subject(words: str) -> bytes:
    """The whole line as the library writes it: one wave of mails has few subjects."""
    if not words:
        return b""
    line: str = POLICY.fold(*POLICY.header_store_parse("Subject", words))
    return line.encode("ascii")


def _folded(name: str, value: str) -> bytes:
    """Broken before words, so that no line is long; unfolded it is the same again."""
    if len(name) + 2 + len(value) <= _LINE:
        return value.encode("ascii")
    line, lines = f"{name}:", []
    for word in value.split(" "):
        if word and line.strip() and len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line])[len(name) + 2 :].encode("ascii")


def _part(text: str) -> tuple[Encoding, bytes]:
    lines = text.encode("utf-8").splitlines() or [b""]
    body = b"\r\n".join(lines) + b"\r\n"
    if _stands_as_it_is(body, max(map(len, lines))):
        return Encoding.PLAIN, body
    return Encoding.BASE64, _base64(body)


def _stands_as_it_is(body: bytes, longest: int) -> bool:
    return (
        longest <= _LONGEST_LINE
        and body.isascii()
        and _BOUNDARY not in body
        and len(body.translate(None, _CONTROLS)) == len(body)
    )


def _base64(octets: bytes) -> bytes:
    coded = b2a_base64(octets, newline=False)
    return b"".join(coded[i : i + _COLUMNS] + b"\r\n" for i in range(0, len(coded), _COLUMNS))


_MODEL: Final = MailContent(
    sender="",
    sender_name="",
    to="",
    to_name="",
    subject="the-subject-hole",
    text="the text hole",
    html="the html hole",
    message_id="<message-id-hole@hole.example>",
    references=("<references-hole@hole.example>",),
    in_reply_to="<in-reply-to-hole@hole.example>",
    reply_to="",
    date=datetime(2000, 1, 1, tzinfo=UTC),
    calendar=b"the calendar hole",
)


@cache
def _skeleton(shape: Shape) -> bytes:
    """A message of this shape with `%(name)b` wherever a mail's own words stand."""
    model = replace(
        _MODEL,
        html=_MODEL.html if shape.html else None,
        in_reply_to=_MODEL.in_reply_to if shape.is_reply else None,
        calendar=_MODEL.calendar if shape.calendar else None,
        calendar_method=shape.calendar or CalendarMethod.REQUEST,
    )
    message = message_of(model, text_encoding=shape.text, html_encoding=shape.html)
    containers = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(containers):
        part.set_boundary(f"=_{number}the-boundary-hole")
    written = message.as_bytes()
    for name, words in _holes(model, shape).items():
        if words not in written:
            raise ValueError(f"the library has left no place for {name}")
        written = written.replace(words, f"%({name})b".encode())
    written = written.replace(b"Subject: %(subject)b\r\n", b"%(subject)b")
    return written.replace(b"the-boundary-hole", b"%(boundary)b")


def _holes(model: MailContent, shape: Shape) -> dict[str, bytes]:
    """What the library has written of the model, by the name of the words that belong there."""
    named = headers(model)
    names = {"subject": "Subject", "date": "Date", "message_id": "Message-ID"}
    names |= {"references": "References", "in_reply_to": "In-Reply-To"}
    holes = {key: named[name].encode() for key, name in names.items() if name in named}
    holes["text"] = _encoded(model.text, shape.text)
    if shape.html is not None and model.html is not None:
        holes["html"] = _encoded(model.html, shape.html)
    if model.calendar is not None:
        holes["calendar"] = _base64(model.calendar)
    return holes


def _encoded(words: str, encoding: Encoding) -> bytes:
    body = f"{words}\r\n".encode()
    return body if encoding is Encoding.PLAIN else _base64(body)


POLICY: Final = SMTP.clone(cte_type="7bit")  # passes every relay unchanged
_QUOTABLE: Final = re.compile(r"[A-Za-z0-9 ,.;:'()&/+-]{1,60}")
_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]*@[!-;=?-~]*>")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_BREAKING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})  # categories that may end or spoil a line


def message_of(
    mail: MailContent, *, text_encoding: str | None = None, html_encoding: str | None = None
) -> EmailMessage:
    """All but the address lines; without an encoding the library chooses one."""
    message = EmailMessage(policy=POLICY)
    for name, value in headers(mail).items():
        message[name] = value
    message.set_content(mail.text, cte=text_encoding)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", cte=html_encoding)
    if mail.calendar is not None:
        _add_calendar(message, mail.calendar, mail.calendar_method)
    return message


def message_id(message_pk: int, domain: str, key: bytes) -> str:
    """The Message-ID of one of our messages: the same for every attempt, not to be guessed."""
    digest = blake2b(str(message_pk).encode(), key=key, digest_size=16, person=b"message-id")
    return f"<{digest.hexdigest()}@{domain}>"


def thread_id(reference: str, domain: str) -> str:
    """What all messages of a situation refer to, so that every mail program shows one thread."""
    return f"<{reference}@{domain}>"


def address_lines(mail: MailContent) -> bytes:
    """From, To and Reply-To, as they stand on the wire."""
    lines = (
        f"From: {_address('sender', mail.sender_name, mail.sender)}\r\n",
        f"To: {_address('to', mail.to_name, mail.to)}\r\n",
        f"Reply-To: {_address('reply_to', '', mail.reply_to)}\r\n",
    )
    return "".join(lines).encode("ascii")


def headers(mail: MailContent) -> dict[str, str]:
    """All other headers of the mail itself; ValueError names one that cannot be written."""
    named = {
        "Subject": _one_line("subject", mail.subject),
        "Date": format_datetime(mail.date),
        "Message-ID": _id("message_id", mail.message_id),
        "References": " ".join(_id("references", each) for each in mail.references),
        "In-Reply-To": _id("in_reply_to", mail.in_reply_to) if mail.in_reply_to else "",
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
