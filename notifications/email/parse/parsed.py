"""What is known of a mail, once it has been taken apart?

Only the words for it: whoever acts on a mail needs none of the parsers that took it apart.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mechanism.answers import Answer, MailSign, MailToRead
from mechanism.assurance import SenderCheck


class Signature(StrEnum):
    """In which form a mail is signed; whether the signature holds is asked elsewhere."""

    SMIME_DETACHED = "smime_detached"  # multipart/signed with a PKCS #7 part
    SMIME_OPAQUE = "smime_opaque"  # the text lies within the signature
    PGP_MIME = "pgp_mime"  # multipart/signed with an OpenPGP part
    PGP_INLINE = "pgp_inline"  # the text stands between lines of dashes


@dataclass(frozen=True)
class CalendarReply:
    """One attendee's word on one invitation (RFC 5546).

    `method` is REPLY, COUNTER for another time, or DECLINECOUNTER; `is_thing` says that a room or
    a vehicle answers; `stamp` is when its calendar wrote it. Times are None without a known zone.
    """

    uid: str
    sequence: int
    attendee: str
    partstat: str
    method: str
    comment: str = ""
    stamp: datetime | None = None
    is_thing: bool = False
    starts_at: datetime | None = None  # as the attendee would have it
    ends_at: datetime | None = None


@dataclass(frozen=True)
class ReadMail:
    """A mail taken apart; addresses are in small letters, Message-IDs keep their brackets.

    `envelope_ids` and `failed_recipients` come from delivery reports; `original_message_id` is
    that of the message which a report is about; `until` is a responder's hint, for a person;
    `signature` says that a mail is signed, not that the signature holds.
    """

    sender: str
    subject: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    recipients: tuple[str, ...]
    date: datetime | None
    heard: MailToRead
    calendar: CalendarReply | None = None
    envelope_ids: tuple[str, ...] = ()
    failed_recipients: tuple[str, ...] = ()
    original_message_id: str = ""
    until: str = ""
    signature: Signature | None = None


def in_words(answer: Answer) -> dict[str, object]:
    """A reading as `convene read-reply --json` prints it."""
    return {
        "kind": answer.kind.value,
        "automatic": answer.automatic,
        "answer": None if answer.answer is None else answer.answer.value,
        "text": answer.text,
        "reason": answer.reason,
    }


def unreadable(note: str) -> ReadMail:
    """A mail of which nothing can be said but why."""
    heard = MailToRead("", frozenset({MailSign.UNREADABLE}), note=note)
    return ReadMail("", "", "", "", (), (), None, heard)


BY_DNS: Final = "dns"


@dataclass(frozen=True)
class Checked:
    """What was found, in RFC 8601's words: pass, fail, none, temperror; empty: not looked for."""

    check: SenderCheck
    domain: str = ""
    dkim: str = ""
    spf: str = ""
    dmarc: str = ""
    by: str = ""  # dns, or the server that looked

    def kept(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items() if value}


NOT_CHECKED: Final = Checked(SenderCheck.NOT_CHECKED)
