"""By which signs does a mail show that a machine wrote it, or may have?

The standards first (RFC 3834, 3464, 8098, 5965), then the headers, names, subjects and sentences
that mail systems used before them and beside them. Every sign but DOUBTFUL decides alone.
"""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Final

from mechanism import answer_words as words
from mechanism import reference
from mechanism.answers import MailSign
from mechanism.phrases import Phrases, folded
from notifications.email.parse.headers import header, headers, raw_header, sender

_BEGINNING: Final = 3_000  # characters; a mail system says at once what it has to say
_PREFIX_AT_MOST: Final = 6  # words before the colon of a subject

_AUTOMATIC_SUBJECTS: Final = Phrases(words.AUTOMATIC_SUBJECTS)
_AUTOMATIC_ANYWHERE: Final = Phrases(words.AUTOMATIC_ANYWHERE)
_CHALLENGE: Final = Phrases(words.CHALLENGE)
_DELAY_SUBJECTS: Final = Phrases(words.DELAY_SUBJECTS)
_DELAY_TEXTS: Final = Phrases(words.DELAY_TEXTS)
_FAILURE_SUBJECTS: Final = Phrases(words.FAILURE_SUBJECTS)
_FAILURE_TEXTS: Final = Phrases(words.FAILURE_TEXTS)
_RECEIPT_SUBJECTS: Final = Phrases(words.RECEIPT_SUBJECTS)
_DAEMON_NAMES: Final = Phrases(words.DAEMON_NAMES)

_RESPONDER_HEADER: Final = re.compile(
    r"auto[-_]?(?:re(?:ply|plied|spon)|submitted|generated|answer)|vacation|out[-_]?of[-_]?office|"
    r"machine[-_]?generated",
    re.IGNORECASE,
)
_NOT_RESPONDERS: Final = frozenset({"x-auto-response-suppress", "auto-submitted"})
_RESPONDER_PROGRAM: Final = re.compile(
    r"auto[-_ ]?(?:re(?:ply|spon)|answer)|vacation", re.IGNORECASE
)
_DENIED: Final = frozenset({"", "no", "none", "false", "0", "off", "never"})
_AUTOMATIC_STEM: Final = re.compile(
    r"\b(?:auto(?:$|[-_ ]|mat|svar|re|gen|ant|ris)|otomati|avtomat|awtomat|αυτ[οό]ματ|автомат)",
    re.IGNORECASE,
)
_DAEMON: Final = re.compile(
    r"(?:mailer-?daemon|mail-?daemon|postmaster|mdaemon|double-bounce|bounces?|uucp|owner-exim|"
    r"microsoftexchange[0-9a-f]{8,}|mailerror|mail-?delivery|maildelivery)(?:[-+_.].*)?"
)
_ROBOT: Final = re.compile(
    r"(?:.*[-_.+])?(?:no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|autoreply|auto-reply|autoresponder|"
    r"autoresponse|calendar-notification)(?:[-+_.].*)?"
)
_REPLY_PREFIX: Final = re.compile(
    r"^(?:\s*(?:re|aw|sv|vs|antw|rv|res|ref|odp|ynt|bls|balas|tr|fw|fwd|wg|回复|回覆|答复|答覆|转发|轉寄|"
    r"回信|απ|jwb|ответ|vb|pd|enc|rif|r|vá|ตอบ|phản hồi|"
    r"답장|返信|การตอบกลับ|ตอบกลับ|trả lời)\s*(?:\[\d+\]|\(\d+\))?\s*[:\uff1a])+",
    re.IGNORECASE,
)
_OURS_RENAMED: Final = re.compile(  # whatever its language: "Poza biurem: [BP-2026-003] Urgent …"
    r"^[^:\uff1a]{1,60}[:\uff1a][^:\uff1a]{0,20}" + reference.PATTERN
)
_COMMENT: Final = re.compile(r"\([^()]*\)")
_WEAK: Final = frozenset({"bulk", "junk", "list"})  # of Precedence: people's mail bears them too
_WEAK_HEADERS: Final = (
    "X-Auto-Response-Suppress",
    "X-MS-Exchange-Inbox-Rules-Loop",
    "X-Loop",
    "List-Id",
    "List-Unsubscribe",
    "Feedback-ID",
)


def signs_of(message: Message, text: str, *, mail_from: str | None = None) -> set[MailSign]:
    """What headers and first sentences say; `mail_from` is the envelope's, "" if nobody's."""
    subject = header(message, "Subject")
    beginning = folded(text[:_BEGINNING])
    nobody = _is_from_nobody(message, mail_from)
    found = {*_system_signs(message, subject, beginning, nobody=nobody), *_subject_signs(subject)}
    if any(_is_automatic(value) for value in headers(message, "Auto-Submitted")):
        found.add(MailSign.AUTO_SUBMITTED)
    if _has_responder_header(message):
        found.add(MailSign.VACATION_HEADER)
    if _ROBOT.fullmatch(_mailbox(message)):
        found.add(MailSign.ROBOT_SENDER)
    if nobody or _has_weak_header(message):
        found.add(MailSign.DOUBTFUL)
    if _OURS_RENAMED.match(subject) and not _REPLY_PREFIX.match(subject):
        found.add(MailSign.RENAMED)
    return found


def _mailbox(message: Message) -> str:
    return sender(message).partition("@")[0]


def _is_from_nobody(message: Message, mail_from: str | None) -> bool:
    """Whether a failure of this very mail would be told to nobody, as is right for reports."""
    unsigned = raw_header(message, "From").strip() != "" and not sender(message)
    return mail_from == "" or raw_header(message, "Return-Path").strip() == "<>" or unsigned


# --- headers of responders


def _is_automatic(auto_submitted: str) -> bool:
    """RFC 3834: any value but "no"; comments and parameters do not count."""
    value = _COMMENT.sub("", auto_submitted).partition(";")[0].strip().lower()
    return value not in {"", "no"}


def _has_responder_header(message: Message) -> bool:
    named = any(
        _RESPONDER_HEADER.search(name[:100])
        and name.lower() not in _NOT_RESPONDERS
        and str(value).strip()[:100].lower() not in _DENIED
        for name, value in message.items()
    )
    precedence = {*headers(message, "Precedence"), *headers(message, "X-Precedence")}
    return (
        named
        or any(value.lower().replace("-", "_") == "auto_reply" for value in precedence)
        or any(value.lower() == "autoresponder" for value in headers(message, "Delivered-To"))
        or any(_RESPONDER_PROGRAM.search(value) for value in _programs(message))
    )


def _programs(message: Message) -> Iterator[str]:
    for name in ("X-Mailer", "User-Agent", "X-POST-MessageClass", "X-Sender"):
        yield from headers(message, name)


def _has_weak_header(message: Message) -> bool:
    precedence = {value.lower() for value in headers(message, "Precedence")}
    return bool(precedence & _WEAK) or any(message.get(name) for name in _WEAK_HEADERS)


# --- mail systems


def _system_signs(
    message: Message, subject: str, beginning: str, *, nobody: bool
) -> Iterator[MailSign]:
    """A failure or a delay that is told without a report: by a mail system, or in its words."""
    said = folded(subject)
    answers = _REPLY_PREFIX.match(subject) is not None
    daemon = _is_daemon(message)
    fails = _FAILURE_SUBJECTS.found_in(said) and not answers
    template = _FAILURE_TEXTS.found_in(beginning)
    announced = fails and (template or _is_whole_or_prefix(subject, _FAILURE_SUBJECTS))
    if (daemon or nobody) and _tells_of_delay(said, beginning):
        yield MailSign.DELAY_REPORT
    elif daemon:
        yield MailSign.DAEMON_SENDER
    elif announced or (nobody and (fails or template)):
        yield MailSign.FAILURE_SUBJECT


def _is_daemon(message: Message) -> bool:
    name = folded(header(message, "From").partition("<")[0])
    return bool(_DAEMON.fullmatch(_mailbox(message))) or _DAEMON_NAMES.opens(name)


def _tells_of_delay(subject: str, beginning: str) -> bool:
    return _DELAY_SUBJECTS.opens(subject) or _DELAY_TEXTS.found_in(beginning)


# --- subjects


def _subject_signs(subject: str) -> Iterator[MailSign]:
    said = folded(subject)
    if _is_whole_or_prefix(subject, _RECEIPT_SUBJECTS):
        yield MailSign.READ_RECEIPT
    if _is_automatic_subject(subject, said):
        yield MailSign.AUTOMATIC_SUBJECT
    if _CHALLENGE.found_in(said):
        yield MailSign.CHALLENGE


def _is_automatic_subject(subject: str, said: str) -> bool:
    """Whether it is a responder's: "Re:" right before such words makes them a person's."""
    if _AUTOMATIC_SUBJECTS.opens(said) or _AUTOMATIC_STEM.search(_prefix(subject)):
        return True
    rest = folded(_REPLY_PREFIX.sub("", subject))
    return not _AUTOMATIC_SUBJECTS.opens(rest) and _AUTOMATIC_ANYWHERE.found_in(rest)


def _prefix(subject: str) -> str:
    """The few words before a subject's colon, which a program has put there."""
    prefix, colon, _ = subject.replace("\uff1a", ":").partition(":")
    return prefix.strip() if colon and len(prefix.split()) <= _PREFIX_AT_MOST else ""


def _is_whole_or_prefix(subject: str, phrases: Phrases) -> bool:
    return folded(_prefix(subject) or subject) in phrases
