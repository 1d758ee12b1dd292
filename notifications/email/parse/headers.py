"""What do the headers of a stranger's mail say, once decoded and cut to a bearable length?"""

import codecs
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

HEADER_AT_MOST: Final = 4_096  # characters of one header
MANY: Final = 100  # headers of one name, addresses, Message-IDs: more is a flood

_NO_CHARSETS: Final = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})
_ADDRESS: Final = re.compile(r"[^\s<>\"(),:;@\[\]]{1,128}@[^\s<>\"(),:;@]{1,255}")
_ANGLE_ADDRESS: Final = re.compile(r"<\s*([^\s<>\"(),:;@]{1,128}@[^\s<>\"(),:;@]{1,255})\s*>")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,250}>")


def header(message: Message, name: str) -> str:
    """One header, decoded, in one line; the first where there are several."""
    values = headers(message, name)
    return values[0] if values else ""


def headers(message: Message, name: str) -> list[str]:
    """Every header of a name, decoded."""
    return [_decoded(value) for value in message.get_all(name, [])[:MANY]]


def raw_header(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:HEADER_AT_MOST]


def _decoded(value: str | Header) -> str:
    raw = str(value)[:HEADER_AT_MOST]
    try:
        pieces = decode_header(raw)
    except HeaderParseError:
        pieces = [(raw, None)]
    return " ".join("".join(_piece(piece, charset) for piece, charset in pieces).split())


def _piece(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text_in(piece, charset or "ascii")


def text_in(raw: bytes, charset: str) -> str:
    """The text of some bytes: in the charset that is claimed, in UTF-8, or as well as may be."""
    for name in (charset, "utf-8"):
        try:
            if codecs.lookup(name).name not in _NO_CHARSETS:
                return raw.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def first(values: Iterable[str]) -> str:
    """The first of some values; empty where there is none."""
    return next(iter(values), "")


def ids(message: Message, *names: str) -> list[str]:
    """The Message-IDs in some headers, the last hundred of a flood."""
    values = (str(value) for name in names for value in message.get_all(name, [])[:MANY])
    found = [found for value in values for found in _MESSAGE_ID.findall(value[-65_536:])]
    return found[-MANY:]


def sender(message: Message) -> str:
    """The address of From:, whatever its display name pretends."""
    value = _QUOTED.sub(" ", raw_header(message, "From"))
    angle = _ANGLE_ADDRESS.findall(value)
    return (angle[-1] if angle else first(_ADDRESS.findall(value))).lower()


def addresses_in(value: str) -> list[str]:
    """The addresses in a header's value, in small letters."""
    return [found.lower() for found in _ADDRESS.findall(_QUOTED.sub(" ", value[:HEADER_AT_MOST]))]


def recipients(message: Message) -> tuple[str, ...]:
    """Every address that the mail says it went to."""
    names = ("Delivered-To", "X-Original-To", "To", "Cc")
    values = (str(value) for name in names for value in message.get_all(name, [])[:MANY])
    return tuple(dict.fromkeys(found for value in values for found in addresses_in(value)))[:MANY]


def date(message: Message) -> datetime | None:
    """The instant of Date:; None where it is none."""
    try:
        found = parsedate_to_datetime(raw_header(message, "Date")[:100])
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
