"""What does a raw mail hold: who wrote, about which message of ours, and was it a person?

Whatever strangers send is read within a second or called unreadable; nothing here raises. The
bytes themselves are kept by whoever received them.
"""

from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import Final

from mechanism.answers import MailSign, MailToRead
from notifications.email.parse import body, headers, reports, smime
from notifications.email.parse.automatic import signs_of
from notifications.email.parse.calendar_reply import read_calendar
from notifications.email.parse.parsed import CalendarReply, ReadMail, unreadable

BYTES_AT_MOST: Final = 1_048_576  # what is read of a mail; the rest of it is files
_LINES_AT_MOST: Final = 20_000
_NESTED_AT_MOST: Final = 50  # parts that hold parts; the parser's time grows with each


def read_raw(raw: bytes, *, ours: str = "", mail_from: str | None = None) -> ReadMail:
    """A raw mail taken apart.

    `ours` is the text of ours that it may quote; `mail_from` is the sender of its envelope, empty
    where it came from nobody, None where that is not known.
    """
    try:
        mail = _read(raw, mail_from)
    except Exception as problem:  # noqa: BLE001 - a stranger's bytes: kept, and shown to a person
        mail = unreadable(f"it cannot be taken apart ({type(problem).__name__})")
    return replace(mail, heard=replace(mail.heard, ours=ours))


def _read(raw: bytes, mail_from: str | None) -> ReadMail:
    read = _beginning(raw)
    lowered = read.lower()
    if lowered.count(b"boundary") + lowered.count(b"message/") > _NESTED_AT_MOST:
        return unreadable("it holds too many parts within parts")
    message = message_from_bytes(read, policy=compat32)
    return _taken_apart(message, smime.opened(body.parts_of(message)), mail_from)


def _beginning(raw: bytes) -> bytes:
    """So much of a mail as is read: its headers and its text stand first."""
    lines = raw[:BYTES_AT_MOST].splitlines(keepends=True)
    return b"".join(lines[:_LINES_AT_MOST])


def _taken_apart(message: Message, parts: list[Message], mail_from: str | None) -> ReadMail:
    text = body.text_of(parts)
    calendar, calendar_note = _calendar_reply(parts)
    blocks = reports.blocks_of(parts)
    note = smime.why_no_text(parts, text) or calendar_note
    signs = signs_of(message, text, mail_from=mail_from)
    signs |= reports.report_signs(message, parts, blocks)
    signs |= _calendar_signs(calendar, calendar_note)
    signs |= {MailSign.UNREADABLE} if note and _shows_nothing(text) else set()
    return ReadMail(
        sender=headers.sender(message),
        subject=headers.header(message, "Subject"),
        message_id=headers.first(headers.ids(message, "Message-ID")),
        in_reply_to=headers.first(headers.ids(message, "In-Reply-To")),
        references=tuple(dict.fromkeys(headers.ids(message, "References", "In-Reply-To"))),
        recipients=headers.recipients(message),
        date=headers.date(message),
        heard=_heard(text, signs, calendar, note),
        calendar=calendar,
        envelope_ids=reports.envelope_ids(blocks),
        failed_recipients=reports.failed_recipients(message, blocks),
        original_message_id=reports.original_message_id(parts, blocks),
        until=body.until(text),
        signature=smime.signature_of(message, parts, text),
    )


def _heard(
    text: str, signs: set[MailSign], calendar: CalendarReply | None, note: str
) -> MailToRead:
    if calendar is None:
        return MailToRead(text, frozenset(signs), note=note)
    return MailToRead(text, frozenset(signs), calendar.partstat, comment=calendar.comment)


def _shows_nothing(text: str) -> bool:
    """Whether there is no text for a reader, or a sealed one."""
    return not text.strip() or text.lstrip().startswith("-----BEGIN PGP MESSAGE")


# --- calendar replies


def _calendar_reply(parts: list[Message]) -> tuple[CalendarReply | None, str]:
    """The first reply to an invitation, inline or attached; else why one was passed over."""
    note = ""
    for part in parts:
        if _is_calendar(part):
            reply, note = read_calendar(body.bytes_of(part))
            if reply:
                return reply, ""
    return None, note


def _is_calendar(part: Message) -> bool:
    named = (part.get_filename() or "").lower().endswith(".ics")
    return named or part.get_content_type() in {"text/calendar", "application/ics"}


def _calendar_signs(calendar: CalendarReply | None, note: str) -> set[MailSign]:
    if calendar is None:
        return (
            {MailSign.DOUBTFUL} if note else set()
        )  # an invitation of theirs is no answer to ours
    return {MailSign.CALENDAR_REPLY, *([MailSign.ROOM] if calendar.is_thing else [])}
