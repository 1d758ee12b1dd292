"""What does a raw mail hold: who wrote, about which message of ours, and was it a person?

Whatever strangers send is read within a second or called unreadable; nothing here raises. The
bytes themselves are kept by whoever received them.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import Message
from email.policy import compat32
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Final

from icalendar import Calendar, Component, vCalAddress, vDDDTypes

from mechanism.answer_words import (
    AUTOMATIC_SUBJECTS,
    CHALLENGE,
    DELAY_SUBJECTS,
    FAILURE_SUBJECTS,
    RECEIPT_SUBJECTS,
)
from mechanism.answers import Heard, Sign, read_mail
from mechanism.phrases import Phrases, folded

_BYTES_AT_MOST: Final = 1_048_576
_LINES_AT_MOST: Final = 20_000
_NESTED_AT_MOST: Final = 50  # parts that hold parts; the parser's time grows with each
_PARTS_AT_MOST: Final = 100
_HEADER_AT_MOST: Final = 4_096  # characters of one header
_TEXT_AT_MOST: Final = 131_072  # bytes of one text part
_CALENDAR_AT_MOST: Final = 65_536
_IDS_AT_MOST: Final = 100

_AUTOMATIC_SUBJECTS: Final = Phrases(AUTOMATIC_SUBJECTS)
_CHALLENGE: Final = Phrases(CHALLENGE)
_DELAY_SUBJECTS: Final = Phrases(DELAY_SUBJECTS)
_FAILURE_SUBJECTS: Final = Phrases(FAILURE_SUBJECTS)
_RECEIPT_SUBJECTS: Final = Phrases(RECEIPT_SUBJECTS)
_RESPONDER_HEADERS: Final = (
    "X-Autoreply",
    "X-Auto-Reply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Autoreply-From",
    "X-Mail-Autoreply",
)
_DAEMONS: Final = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "maildaemon"})
_DAEMON_NAMES: Final = ("mail delivery subsystem", "mail delivery system", "mailer daemon")
_SEALED: Final = frozenset(
    {
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/pgp-encrypted",
        "application/ms-tnef",
        "application/vnd.ms-tnef",
    }
)
_NO_CHARSETS: Final = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})
_ADDRESS: Final = re.compile(r"[^\s<>\"(),:;@\[\]]{1,128}@[^\s<>\"(),:;@]{1,255}")
_ANGLE_ADDRESS: Final = re.compile(r"<\s*([^\s<>\"(),:;@]{1,128}@[^\s<>\"(),:;@]{1,255})\s*>")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT: Final = re.compile(r"\([^()]*\)")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,250}>")
_LONG_TAG: Final = re.compile(r"<[^<>]{2000,}>?")
_SPACES: Final = re.compile(r"\s+")
_UNTIL: Final = re.compile(
    r"(?:\b(?:until|till|back on|back in the office on|return on|returning on|returning|hingga|"
    r"sampai dengan|sampai|kembali pada|jusqu'au|jusqu\u2019au|bis zum|bis|até|hasta|đến hết ngày|"
    r"đến ngày)\b|จนถึง|ถึงวันที่|至|まで)\s*(.{1,60}?)(?=[.;,!?\n()]|\s(?:and|with|dan|et|und)\b|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CalendarReply:
    """One attendee's word on one invitation; `method` is REPLY, or COUNTER for another time.

    Times without a zone that is known are None: they are asked for, never guessed.
    """

    uid: str
    sequence: int
    attendee: str
    partstat: str
    method: str
    stamp: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class ReadMail:
    """A mail taken apart; addresses are in small letters, Message-IDs keep their brackets.

    `envelope_ids` and `failed_recipients` come from delivery reports; `original_message_id` is
    that of the message which a report is about; `until` is a responder's hint, for a person.
    """

    sender: str
    subject: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    recipients: tuple[str, ...]
    date: datetime | None
    heard: Heard
    calendar: CalendarReply | None = None
    envelope_ids: tuple[str, ...] = ()
    failed_recipients: tuple[str, ...] = ()
    original_message_id: str = ""
    until: str = ""


def reading_of(raw: bytes) -> dict[str, object]:
    """How a raw mail would be read, in the words of `convene read-reply --json`."""
    answer = read_mail(read_raw(raw).heard)
    return {
        "kind": answer.kind.value,
        "automatic": answer.automatic,
        "answer": None if answer.answer is None else answer.answer.value,
        "text": answer.text,
        "reason": answer.reason,
    }


def read_raw(raw: bytes, *, ours: str = "") -> ReadMail:
    """A raw mail taken apart; `ours` is the text of ours that it may quote."""
    try:
        mail = _read(raw)
    except Exception as problem:  # noqa: BLE001 - a stranger's bytes: kept, and shown to a person
        mail = _unreadable(f"it cannot be taken apart ({type(problem).__name__})")
    return replace(mail, heard=replace(mail.heard, ours=ours))


def _unreadable(note: str) -> ReadMail:
    heard = Heard("", frozenset({Sign.UNREADABLE}), note=note)
    return ReadMail("", "", "", "", (), (), None, heard)


def _read(raw: bytes) -> ReadMail:
    read = _beginning(raw)
    lowered = read.lower()
    if lowered.count(b"boundary") + lowered.count(b"message/") > _NESTED_AT_MOST:
        return _unreadable("it holds too many parts within parts")
    message = message_from_bytes(read, policy=compat32)
    parts = _parts(message)
    return _taken_apart(message, parts)


def _beginning(raw: bytes) -> bytes:
    """As much of a mail as is read: its headers and its text stand first."""
    lines = raw[:_BYTES_AT_MOST].splitlines(keepends=True)
    return b"".join(lines[:_LINES_AT_MOST])


def _parts(message: Message) -> list[Message]:
    """The parts of a mail from the first to the last, those of enclosed mails left out."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < _PARTS_AT_MOST:
        part = waiting.pop()
        found.append(_with_short_parameters(part))
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(_inner(part)))
    return found


def _inner(part: Message) -> list[Message]:
    """The parts of a part; a text is never asked for here, since that would decode it."""
    inner = part.get_payload() if part.is_multipart() else []
    return [each for each in inner if isinstance(each, Message)]


def _with_short_parameters(part: Message) -> Message:
    """The part itself; what its type says in more words than any program writes is cut off."""
    for name in ("Content-Type", "Content-Disposition"):
        value = str(part.get(name, ""))
        if len(value) > _HEADER_AT_MOST:
            part.replace_header(name, value[:_HEADER_AT_MOST])
    return part


def _taken_apart(message: Message, parts: list[Message]) -> ReadMail:
    text = _text_of_parts(parts)
    calendar, calendar_note = _calendar_reply(parts)
    reports = [block for part in parts for block in _report_blocks(part)]
    signs = _signs(message, parts, reports)
    signs |= {Sign.CALENDAR_REPLY} if calendar else set()
    note = _why_no_text(parts) or calendar_note
    signs |= {Sign.UNREADABLE} if note and not text.strip() else set()
    return ReadMail(
        sender=_sender(message),
        subject=_header(message, "Subject"),
        message_id=_first(_ids(message, "Message-ID")),
        in_reply_to=_first(_ids(message, "In-Reply-To")),
        references=tuple(dict.fromkeys(_ids(message, "References", "In-Reply-To"))),
        recipients=_recipients(message),
        date=_date(message),
        heard=Heard(text, frozenset(signs), calendar.partstat if calendar else "", note=note),
        calendar=calendar,
        envelope_ids=_envelope_ids(reports),
        failed_recipients=_failed_recipients(message, reports),
        original_message_id=_original_message_id(parts, reports),
        until=_until(text),
    )


# --- headers


def _header(message: Message, name: str) -> str:
    """One header, decoded, in one line; the first where there are several."""
    values = _headers(message, name)
    return values[0] if values else ""


def _headers(message: Message, name: str) -> list[str]:
    return [_decoded(value) for value in message.get_all(name, [])[:_IDS_AT_MOST]]


def _decoded(value: str | Header) -> str:
    raw = str(value)[:_HEADER_AT_MOST]
    try:
        pieces = decode_header(raw)
    except HeaderParseError:
        pieces = [(raw, None)]
    return " ".join("".join(_piece(piece, charset) for piece, charset in pieces).split())


def _piece(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _text_in(piece, charset or "ascii")


def _ids(message: Message, *names: str) -> list[str]:
    """The Message-IDs in some headers, the last hundred of a flood."""
    values = (str(value) for name in names for value in message.get_all(name, [])[:_IDS_AT_MOST])
    found = [found for value in values for found in _MESSAGE_ID.findall(value[-65_536:])]
    return found[-_IDS_AT_MOST:]


def _first(values: Iterable[str]) -> str:
    return next(iter(values), "")


def _sender(message: Message) -> str:
    """The address of From:, whatever its display name pretends."""
    value = _QUOTED.sub(" ", _raw_header(message, "From"))
    angle = _ANGLE_ADDRESS.findall(value)
    return (angle[-1] if angle else _first(_ADDRESS.findall(value))).lower()


def _raw_header(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:_HEADER_AT_MOST]


def _recipients(message: Message) -> tuple[str, ...]:
    """Every address that the mail says it went to."""
    names = ("Delivered-To", "X-Original-To", "To", "Cc")
    values = (_QUOTED.sub(" ", v[:_HEADER_AT_MOST]) for n in names for v in _all(message, n))
    found = (address.lower() for value in values for address in _ADDRESS.findall(value))
    return tuple(dict.fromkeys(found))[:_IDS_AT_MOST]


def _all(message: Message, name: str) -> list[str]:
    return [str(value) for value in message.get_all(name, [])[:_IDS_AT_MOST]]


def _date(message: Message) -> datetime | None:
    try:
        date = parsedate_to_datetime(_raw_header(message, "Date")[:100])
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date


# --- signs


def _signs(message: Message, parts: list[Message], reports: list[Message]) -> set[Sign]:
    """What the headers and reports say; where nothing is said the set is empty."""
    subject = _header(message, "Subject")
    found = {*_report_signs(message, parts, reports), *_sender_signs(message, subject)}
    if any(_is_automatic(value) for value in _headers(message, "Auto-Submitted")):
        found.add(Sign.AUTO_SUBMITTED)
    if _has_responder_header(message):
        found.add(Sign.VACATION_HEADER)
    found.update(_subject_signs(subject))
    return found


def _is_automatic(auto_submitted: str) -> bool:
    """RFC 3834: any value but "no"; comments and parameters do not count."""
    value = _COMMENT.sub("", auto_submitted).partition(";")[0].strip().lower()
    return value not in {"", "no"}


def _has_responder_header(message: Message) -> bool:
    precedence = {value.lower().replace("-", "_") for value in _headers(message, "Precedence")}
    classes = " ".join(_headers(message, "X-POST-MessageClass")).lower()
    return (
        any(
            _is_automatic(value) for name in _RESPONDER_HEADERS for value in _headers(message, name)
        )
        or "auto_reply" in precedence
        or "autoresponder" in classes
    )


def _sender_signs(message: Message, subject: str) -> Iterator[Sign]:
    """A mail system's name; or words of failure from nobody or from a machine."""
    mailbox = _sender(message).partition("@")[0]
    daemon = mailbox in _DAEMONS or _header(message, "From").lower().startswith(_DAEMON_NAMES)
    nobody = _raw_header(message, "Return-Path").strip() == "<>"
    words = folded(subject)
    if (daemon or nobody) and _DELAY_SUBJECTS.opens(words):
        yield Sign.DELAY_REPORT
    elif daemon:
        yield Sign.DAEMON_SENDER
    elif nobody and _FAILURE_SUBJECTS.found_in(words):
        yield Sign.FAILURE_SUBJECT


def _subject_signs(subject: str) -> Iterator[Sign]:
    words = folded(subject)
    if folded(subject.replace("\uff1a", ":").partition(":")[0]) in _RECEIPT_SUBJECTS:
        yield Sign.READ_RECEIPT
    if _AUTOMATIC_SUBJECTS.opens(words):
        yield Sign.AUTOMATIC_SUBJECT
    if _CHALLENGE.found_in(words):
        yield Sign.CHALLENGE


def _report_signs(message: Message, parts: list[Message], reports: list[Message]) -> Iterator[Sign]:
    """What a multipart/report is a report of."""
    types = {part.get_content_type() for part in parts}
    if message.get_content_type() == "multipart/report":
        types.add(f"message/{str(message.get_param('report-type', '')).lower()}")
    if "message/feedback-report" in types:
        yield Sign.COMPLAINT
    if "message/disposition-notification" in types:
        yield Sign.READ_RECEIPT
    if "message/delivery-status" in types:
        yield _delivery_sign(reports)
    elif message.get("X-Failed-Recipients"):
        yield Sign.DELIVERY_REPORT


def _delivery_sign(reports: list[Message]) -> Sign:
    """A failure if any recipient failed, or if it is not said what happened."""
    actions = {_raw_header(block, "Action").strip().lower() for block in reports} - {""}
    if not actions or not actions <= {"delayed", "delivered", "relayed", "expanded"}:
        return Sign.DELIVERY_REPORT
    return Sign.DELAY_REPORT if "delayed" in actions else Sign.SUCCESS_REPORT


# --- reports


def _report_blocks(part: Message) -> list[Message]:
    """The blocks of fields of a report part."""
    kinds = {"message/delivery-status", "message/disposition-notification"}
    return _inner(part)[:_PARTS_AT_MOST] if part.get_content_type() in kinds else []


def _envelope_ids(reports: list[Message]) -> tuple[str, ...]:
    found = (_raw_header(block, "Original-Envelope-Id").strip() for block in reports)
    return tuple(dict.fromkeys(value for value in found if value))


def _failed_recipients(message: Message, reports: list[Message]) -> tuple[str, ...]:
    failed = [x for x in reports if _raw_header(x, "Action").strip().lower() == "failed"]
    values = [
        *(_raw_header(block, "Original-Recipient") for block in failed),
        *(_raw_header(block, "Final-Recipient") for block in failed),
        _raw_header(message, "X-Failed-Recipients"),
    ]
    found = (x.lower() for value in values for x in _ADDRESS.findall(value.rpartition(";")[2]))
    return tuple(dict.fromkeys(found))


def _original_message_id(parts: list[Message], reports: list[Message]) -> str:
    """The Message-ID that a report names, or that of the mail which it encloses."""
    named = (found for block in reports for found in _ids(block, "Original-Message-ID"))
    return _first((*named, *(x for part in parts for x in _enclosed_ids(part))))


def _enclosed_ids(part: Message) -> list[str]:
    if part.get_content_type() == "message/rfc822":
        return [found for inner in _inner(part) for found in _ids(inner, "Message-ID")]
    if part.get_content_type() == "text/rfc822-headers":
        return _ids(message_from_bytes(_bytes_of(part)[:65_536], policy=compat32), "Message-ID")
    return []


# --- text


def _text_of_parts(parts: list[Message]) -> str:
    """The plain text of a mail, or its HTML made plain; attached files are not its text."""
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    plain = _texts(shown, "text/plain")
    if plain.strip():
        return plain
    return "\n".join(_plain(_part_text(x)) for x in shown if x.get_content_type() == "text/html")


def _texts(parts: list[Message], content_type: str) -> str:
    return "\n".join(_part_text(x) for x in parts if x.get_content_type() == content_type)


def _part_text(part: Message) -> str:
    return _text_in(_bytes_of(part)[:_TEXT_AT_MOST], _charset(part)).replace("\x00", "")


def _bytes_of(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Message) -> str:
    return part.get_content_charset("utf-8")


def _text_in(raw: bytes, charset: str) -> str:
    """The text of some bytes: in the charset that is claimed, in UTF-8, or as well as may be."""
    for name in (charset, "utf-8"):
        try:
            if codecs.lookup(name).name not in _NO_CHARSETS:
                return raw.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def _why_no_text(parts: list[Message]) -> str:
    """Why a mail without text has none; empty where it simply says nothing."""
    types = {part.get_content_type() for part in parts}
    if types & _SEALED or "multipart/encrypted" in types:
        return "it is sealed or packed, and its text cannot be seen"
    return ""


def _until(text: str) -> str:
    """The end of an absence as a responder puts it: a hint, never a date to act on."""
    found = _UNTIL.search(text[:2_000])
    return " ".join(found[1].split()) if found else ""


def _plain(html: str) -> str:
    """What a reader sees of some HTML, in lines."""
    parser = _PlainText()
    with suppress(AssertionError):  # a declaration that html.parser does not know
        parser.feed(_LONG_TAG.sub(" ", _without_comments(html)) + "\n")
    return "\n".join(line.strip() for line in "".join(parser.pieces).split("\n"))


def _without_comments(html: str) -> str:
    """The HTML up to a comment that never ends; html.parser is not linear in such comments."""
    first, *others = html.split("<!--")
    kept = [first]
    for other in others:
        _, ended, after = other.partition("-->")
        if not ended:
            break
        kept.append(after)
    return "".join(kept)


class _PlainText(HTMLParser):
    """Collects what a reader sees; quoted blocks get the mark of quoted lines."""

    _BLOCKS = frozenset(
        {"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "pre", "hr"}
    )
    _UNSEEN = frozenset({"script", "style", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._quoted = 0
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in self._UNSEEN
        self._quoted += tag == "blockquote"
        self._break_at(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in self._UNSEEN))
        self._quoted = max(0, self._quoted - (tag == "blockquote"))
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(_SPACES.sub(" ", data))

    def _break_at(self, tag: str) -> None:
        if tag in self._BLOCKS or tag == "blockquote":
            self.pieces.append("\n> " if self._quoted else "\n")


# --- calendar replies


def _calendar_reply(parts: list[Message]) -> tuple[CalendarReply | None, str]:
    """The first reply to an invitation, inline or attached; else why one was passed over."""
    note = ""
    for part in parts:
        if _is_calendar(part):
            reply, note = _read_calendar(_bytes_of(part))
            if reply:
                return reply, ""
    return None, note


def _is_calendar(part: Message) -> bool:
    named = (part.get_filename() or "").lower().endswith(".ics")
    return named or part.get_content_type() in {"text/calendar", "application/ics"}


def _read_calendar(raw: bytes) -> tuple[CalendarReply | None, str]:
    if len(raw) > _CALENDAR_AT_MOST:
        return None, "a calendar part that is too large"
    try:
        calendar = Calendar.from_ical(raw)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None, "a calendar part that cannot be read"
    method = str(calendar.get("METHOD", "")).upper()
    events = calendar.walk("VEVENT")
    if method not in {"REPLY", "COUNTER"} or not events:
        return None, "a calendar part that is no reply"
    return _reply_in(events[0], method)


def _reply_in(event: Component, method: str) -> tuple[CalendarReply | None, str]:
    attendee, sequence = event.get("ATTENDEE"), event.get("SEQUENCE", 0)
    if not isinstance(attendee, vCalAddress):
        return None, "a calendar reply that does not speak for one attendee"
    address = str(attendee).strip().lower().removeprefix("mailto:")
    number = sequence if isinstance(sequence, int) else 0
    partstat = str(attendee.params.get("PARTSTAT", "")).upper()
    reply = CalendarReply(
        str(event.get("UID", "")),
        number,
        address,
        partstat,
        method,
        stamp=_instant(event, "DTSTAMP"),
        starts_at=_instant(event, "DTSTART"),
        ends_at=_instant(event, "DTEND"),
    )
    return reply, ""


def _instant(event: Component, name: str) -> datetime | None:
    found = event.get(name)
    value = found.dt if isinstance(found, vDDDTypes) else None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None
