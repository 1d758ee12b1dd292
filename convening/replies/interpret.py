"""Understand: whose is a reply, what does it say, and what is known of its sender?

A mail is opened first, which asks nothing of the database and may take seconds; what it holds is
then held against what was sent.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from sqlalchemy.orm import Session

from convening.replies import matching
from convening.replies.matching import Match
from mechanism import answers, codes, keypad
from mechanism.answers import Answer, Proof
from mechanism.assurance import Evidence, SentFrom, Way
from mechanism.vocabulary import Door, Ear
from notifications.email.parse.authentication import Authenticator
from notifications.email.parse.parsed import NOT_CHECKED, CalendarReply, Checked, ReadMail
from notifications.email.parse.sandbox import Sandbox
from settings import Settings
from store.installation import Installation
from store.tables import Reply


@dataclass(frozen=True)
class Opened:
    """What a mail holds, and whether its sender's domain stands by it."""

    mail: ReadMail
    checked: Checked = NOT_CHECKED


@dataclass(frozen=True)
class Understood:
    """A reply's reading beside the notice that it speaks for, and what is known of its sender."""

    answer: Answer
    match: Match
    evidence: Evidence
    mail: ReadMail | None = None
    checked: Checked = NOT_CHECKED

    @property
    def until(self) -> str:
        """Until when an automatic answer says that nobody is there."""
        return self.mail.until if self.mail is not None else ""

    @property
    def calendar(self) -> CalendarReply | None:
        """What a calendar has answered."""
        return self.mail.calendar if self.mail is not None else None


def open_mail(reply: Reply, installation: Installation) -> Opened:
    """Take it apart where it can do no harm, and have somebody look at its sender's domain."""
    sandbox = installation.started.one(Sandbox)
    mail = sandbox.read(reply.raw, mail_from=reply.envelope.get("mail_from"))
    checked = installation.started.one(Authenticator).check(
        reply.raw,
        reply.envelope,
        sender=mail.sender,
        trusted=installation.settings.mail_proof,
    )
    return Opened(mail, checked)


def interpret(
    session: Session, reply: Reply, *, settings: Settings, opened: Opened | None = None
) -> Understood:
    """Whose it is and what it says; of the reply, only what its envelope tells is noted.

    A mail has been opened before.
    """
    match reply.door:
        case Door.SMS:
            return _understand_text(session, reply)
        case Door.MAIL:
            if opened is None:
                raise ValueError("a mail is opened before it is understood")
            return _understand_mail(session, reply, opened, settings)
        case Door.VOICE:
            return _understand_key(session, reply)
        case Door.LINK | Door.CALL | Door.SIGNED_IN:
            raise ValueError("what is typed by a person is understood where it is typed")
        case _:
            assert_never(reply.door)


def _understand_text(session: Session, reply: Reply) -> Understood:
    match = matching.match_text(session, reply.sender, codes.codes_in(reply.text))
    way = Way.SMS_CODE if match.proof is Proof.STRONG else Way.SMS_YES
    return Understood(answers.read_text_message(reply.text), match, Evidence(way))


def _understand_key(session: Session, reply: Reply) -> Understood:
    ear = Ear(reply.envelope["ear"])
    answer = keypad.read_key(reply.text, ear)
    match = matching.match_call(session, int(reply.envelope["attempt"]))
    return Understood(answer, match, Evidence(Way.CALL_KEY))


def _understand_mail(
    session: Session, reply: Reply, opened: Opened, settings: Settings
) -> Understood:
    mail, checked = opened.mail, opened.checked
    recipients = list(reply.envelope.get("rcpt_tos", ()))
    match = matching.match_mail(session, mail, recipients, settings)
    heard = mail.heard
    if match.attempt is not None or match.notice is not None:
        heard = replace(heard, ours=matching.our_words(session, match))
    reply.envelope = {
        **reply.envelope,
        "message_id": mail.message_id,
        "from": mail.sender,
        "authenticity": checked.kept(),
        "signature": mail.signature.value if mail.signature is not None else "",
    }
    evidence = Evidence(
        Way.MAIL, sent_from=_sent_from(session, mail.sender, match), check=checked.check
    )
    return Understood(answers.read_mail(heard), match, evidence, mail, checked)


def _sent_from(session: Session, sender: str, match: Match) -> SentFrom:
    if match.contact_point is None:
        return SentFrom.ELSEWHERE
    return matching.sent_from(session, sender, match.contact_point)
