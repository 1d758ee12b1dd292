"""Whose notice does a reply speak for, and how strong is the proof?

In order of proof: for mail the token of the envelope, then the mark of an attempt on a report, then
our own Message-ID; for texts the code together with the sender's number, then a number that has one
open notice alone; a key counts for the call in which it is pressed. Whatever is weaker is a
suggestion for a person, and acknowledges nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mechanism.answers import Proof
from mechanism.assurance import SentFrom
from mechanism.lifecycle import NoticeState
from mechanism.reference import first_reference
from mechanism.vocabulary import Channel
from notifications import tokens
from notifications.email import addresses
from notifications.email.parse.parsed import ReadMail
from notifications.tokens import TokenPurpose
from settings import Settings
from store.tables import (
    Attempt,
    ContactPoint,
    FocalPoint,
    Message,
    Notice,
    ReplyCode,
    Situation,
    Token,
)

STILL_OPEN: Final = (NoticeState.WAITING, NoticeState.NOTIFIED, NoticeState.UNREACHED)


@dataclass(frozen=True)
class Match:
    """The notice that a reply speaks for; `how` is said to people.

    Without a proof it is a suggestion for a person at most. `choices` are the codes of all open
    notices where nothing says which of them is meant: it is asked back, and never guessed.
    """

    proof: Proof | None
    how: str
    notice: Notice | None = None
    contact_point: ContactPoint | None = None
    attempt: Attempt | None = None
    choices: tuple[ReplyCode, ...] = ()


NOTHING: Final = Match(None, "nothing in it says whose answer it is")


def match_text(session: Session, sender: str, codes: Sequence[str]) -> Match:
    """A text: the code that went to this very number; without one, its only open notice."""
    issued = list(session.scalars(select(ReplyCode).where(ReplyCode.address == sender)))
    fitting = [row for row in issued if row.code in codes]
    if len({row.notice_id for row in fitting}) == 1:
        return _by_code(session, fitting[0], Proof.STRONG, "the code sent to this number")
    if fitting:
        return Match(None, "it holds codes of more than one notice", choices=tuple(fitting))
    if codes:
        return _foreign_code(session, issued, codes)
    return _only_open(session, issued)


def _by_code(session: Session, row: ReplyCode, proof: Proof | None, how: str) -> Match:
    notice = session.get_one(Notice, row.notice_id)
    return Match(proof, how, notice, session.get_one(ContactPoint, row.contact_point_id))


def _foreign_code(session: Session, issued: Sequence[ReplyCode], codes: Sequence[str]) -> Match:
    row = session.scalars(select(ReplyCode).where(ReplyCode.code.in_(codes))).first()
    if row is not None and not issued:
        return _by_code(session, row, None, "a code of ours, from a number not on file")
    suggestion = _only_open(session, issued)
    how = "a code that was not sent to this number"
    return Match(None, how, suggestion.notice, suggestion.contact_point)


def _only_open(session: Session, issued: Sequence[ReplyCode]) -> Match:
    rows = [r for r in issued if session.get_one(Notice, r.notice_id).state in STILL_OPEN]
    if len({row.notice_id for row in rows}) == 1:
        return _by_code(session, rows[0], Proof.WEAK, "the only open notice of this number")
    if rows:
        how = "this number has more than one open notice, and no code is named"
        return Match(None, how, choices=tuple(rows))
    if issued:
        latest = max(issued, key=lambda row: row.issued_at)
        return _by_code(session, latest, Proof.WEAK, "the latest notice of this number")
    return NOTHING


def open_at(session: Session, number: str) -> list[tuple[Notice, ContactPoint]]:
    """Every open notice that was texted to this number; what is said of it holds for all."""
    rows = session.scalars(select(ReplyCode).where(ReplyCode.address == number))
    pairs = [
        (
            session.get_one(Notice, row.notice_id),
            session.get_one(ContactPoint, row.contact_point_id),
        )
        for row in rows
    ]
    return [(notice, contact) for notice, contact in pairs if notice.state in STILL_OPEN]


def match_call(session: Session, attempt_id: int) -> Match:
    """A key on a call of ours: its request came by the path that only this attempt's call knows."""
    attempt = session.get(Attempt, attempt_id)
    if attempt is None:
        return NOTHING
    message, how = attempt.message, "a key pressed on our call to this number"
    return Match(Proof.STRONG, how, message.notice, message.contact_point, attempt)


def match_mail(
    session: Session, mail: ReadMail, recipients: Sequence[str], settings: Settings
) -> Match:
    """A mail: envelope token, our Message-ID, the mark of a report; else a suggestion at most."""
    return (
        _by_token(session, recipients)
        or _by_attempt(session, recipients, settings)
        or _by_message_id(session, mail)
        or _by_report(session, mail)
        or _suggestion(session, mail)
    )


def _by_token(session: Session, recipients: Sequence[str]) -> Match | None:
    for address in recipients:
        text = addresses.token_of(address)
        token = tokens.find(session, text, TokenPurpose.MAIL) if text else None
        if token is not None and token.revoked_at is None:
            notice = token.notice or _notice_of(session, token)
            return Match(Proof.STRONG, "the reply address", notice, token.contact_point)
    return None


def _notice_of(session: Session, token: Token) -> Notice | None:
    """A co-chair's office that was told of a trigger answers for its own member's notice."""
    return session.scalars(
        select(Notice).where(
            Notice.activation_id == token.activation_id,
            Notice.member_code == token.contact_point.focal_point.member_code,
        )
    ).first()


def _by_attempt(session: Session, recipients: Sequence[str], settings: Settings) -> Match | None:
    marked = (addresses.attempt_bounced(address, settings.key) for address in recipients)
    attempt_id = next((a for a in marked if a is not None), None)
    attempt = session.get(Attempt, attempt_id) if attempt_id is not None else None
    if attempt is None:
        return None
    message = attempt.message
    how = "the mark on our envelope"
    return Match(Proof.STRONG, how, message.notice, message.contact_point, attempt)


def _by_message_id(session: Session, mail: ReadMail) -> Match | None:
    named = [i for i in (mail.in_reply_to, *mail.references) if i]
    message = session.scalars(select(Message).where(Message.mail_id.in_(named))).first()
    if message is None or message.notice is None:
        return None
    attempt = message.attempts[-1] if message.attempts else None
    if _is_taken_back(session, message):
        how = "our Message-ID, but this office's links were taken back"
        return Match(None, how, message.notice, message.contact_point)
    how = "our Message-ID"
    return Match(Proof.STRONG, how, message.notice, message.contact_point, attempt)


def _is_taken_back(session: Session, message: Message) -> bool:
    """Whoever holds a message that was passed around holds its Message-ID too."""
    query = select(Token.digest).where(
        Token.purpose == TokenPurpose.MAIL.value,
        Token.activation_id == message.activation_id,
        Token.contact_point_id == message.contact_point_id,
        Token.revoked_at.is_not(None),
    )
    return session.scalar(query.limit(1)) is not None


def _by_report(session: Session, mail: ReadMail) -> Match | None:
    """A report that came elsewhere: the Message-ID that it is about, or ENVID and address."""
    about = select(Message).where(Message.mail_id == mail.original_message_id)
    message = session.scalars(about).first() if mail.original_message_id else None
    if message is not None and message.attempts:
        return _reported(message.attempts[-1], "the Message-ID in a report")
    for attempt_id in map(addresses.attempt_reported, mail.envelope_ids):
        attempt = session.get(Attempt, attempt_id) if attempt_id is not None else None
        if attempt is not None and attempt.message.address.lower() in mail.failed_recipients:
            return _reported(attempt, "the envelope's id in a report")
    return None


def _reported(attempt: Attempt, how: str) -> Match:
    message = attempt.message
    return Match(Proof.STRONG, how, message.notice, message.contact_point, attempt)


def sent_from(session: Session, address: str, contact: ContactPoint) -> SentFrom:
    """Where a mail says that it came from: a reply may be forwarded, and then that is said."""
    if address.lower() == contact.address.lower():
        return SentFrom.ITS_ADDRESS
    on_file = (
        select(ContactPoint.id)
        .join(ContactPoint.focal_point)
        .where(
            func.lower(ContactPoint.address) == address.lower(),
            FocalPoint.member_code == contact.focal_point.member_code,
        )
    )
    known = session.scalar(on_file.limit(1)) is not None
    return SentFrom.ITS_MEMBER if known else SentFrom.ELSEWHERE


def our_words(session: Session, match: Match) -> str:
    """What we had written to them: quoted without any mark, it must not be read as theirs.

    What we had quoted of theirs is not ours: an "OK" that we ask about may be said again.
    """
    written = _written(session, match).splitlines()
    return "\n".join(line for line in written if not line.startswith(">"))


def _written(session: Session, match: Match) -> str:
    if match.attempt is not None:
        return match.attempt.message.body
    query = select(Message.body).where(
        Message.notice_id == (match.notice.id if match.notice is not None else None),
        Message.channel == Channel.EMAIL,
        Message.contact_point_id
        == (match.contact_point.id if match.contact_point is not None else None),
    )
    return "\n".join(session.scalars(query))


def _suggestion(session: Session, mail: ReadMail) -> Match:
    contact = session.scalars(
        select(ContactPoint).where(ContactPoint.address == mail.sender)
    ).first()
    named = first_reference(mail.subject)
    if contact is None or named is None:
        return NOTHING
    notice = session.scalars(
        select(Notice)
        .join(Notice.activation)
        .join(Situation)
        .where(
            Situation.reference == named,
            Notice.member_code == contact.focal_point.member_code,
        )
        .order_by(Notice.id.desc())
    ).first()
    return Match(None, "only the subject and a known sender", notice, contact)
