"""How is an e-mail written fast, and yet exactly as the library would write it?

The library builds one message of each shape; it is cut where the letter's own words stand, and
those cuts are filled for each recipient. A subject is the library's own work, once for a wave.
"""

from binascii import b2a_base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from notifications.mail_writing import (
    POLICY,
    CalendarMethod,
    Letter,
    address_lines,
    headers,
    message_of,
)

_LONGEST_LINE: Final = 998  # octets (RFC 5322)
_LINE: Final = 78  # characters of a header line that every reader shows as it is
_COLUMNS: Final = 76  # of base64 (RFC 2045)
_CONTROLS: Final = bytes({*range(32), 127} - {*b"\t\r\n"})
_BOUNDARY: Final = b"--=_"  # how every boundary of ours begins


class Encoding(StrEnum):
    """How a part's words stand on the wire."""

    PLAIN = "7bit"  # as they are: ASCII, short lines, nothing that could pass for a boundary
    BASE64 = "base64"  # everything else


@dataclass(frozen=True)
class Shape:
    """What two letters must have in common to be written on one skeleton."""

    text: Encoding
    html: Encoding | None
    calendar: CalendarMethod | None
    is_reply: bool


def write(letter: Letter) -> bytes:
    """The letter as it goes out; ValueError names the field that cannot be written."""
    named = headers(letter)
    text, text_body = _part(letter.text)
    html, html_body = (None, b"") if letter.html is None else _part(letter.html)
    calendar = letter.calendar_method if letter.calendar is not None else None
    skeleton = _skeleton(Shape(text, html, calendar, letter.in_reply_to is not None))
    return address_lines(letter) + skeleton % {
        b"subject": _subject(named.get("Subject", "")),
        b"date": named["Date"].encode(),
        b"message_id": named["Message-ID"].encode(),
        b"references": _folded("References", named["References"]),
        b"in_reply_to": named.get("In-Reply-To", "").encode(),
        b"text": text_body,
        b"html": html_body,
        b"calendar": _base64(letter.calendar) if letter.calendar is not None else b"",
        b"boundary": named["Message-ID"][1:33].encode(),
    }


@lru_cache(maxsize=1024)
def _subject(words: str) -> bytes:
    """The whole line as the library writes it: one wave of letters has few subjects."""
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


# --- the skeleton --------------------------------------------------------------------------------

_MODEL: Final = Letter(
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
    """A message of this shape with `%(name)b` wherever a letter's own words stand."""
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


def _holes(model: Letter, shape: Shape) -> dict[str, bytes]:
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
