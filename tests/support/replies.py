"""What the focal point of Atlantis texts and writes, and what comes of it."""

from email.message import EmailMessage
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening.replies import handle
from mechanism.lifecycle import NoticeState, ReplyState
from mechanism.vocabulary import NeedCause
from notifications import tokens
from notifications.email.inbound import arrival
from notifications.inbox import keep
from notifications.tokens import TokenPurpose
from notifications.twilio.callbacks import text_message
from store.needs import open_needs
from store.tables import ContactPoint, Reply, ReplyCode
from tests.support.desk import Desk

PHONE, MAILBOX = "+999100310001", "desk@atlantis.example"
numbers = count(1)


def text(desk: Desk, body: str, *, sender: str = PHONE) -> int:
    """Keep an SMS; its id."""
    form = [
        ("MessageSid", f"SM{next(numbers):032}"), ("From", sender), ("To", "+1"), ("Body", body),
    ]  # fmt: skip
    with desk.database.transaction() as session:
        reply = keep.keep(session, text_message(form), now=desk.now)
        assert reply is not None
        return reply.id


def mail(desk: Desk, body: str, *, to: str = "", **headers: str) -> int:
    """Keep a mail to this notice's reply address; its id."""
    letter = EmailMessage()
    letter["From"], letter["To"] = MAILBOX, to or reply_address(desk)
    letter["Subject"] = headers.pop("Subject", "Re: notice")
    letter["Message-ID"] = f"<{next(numbers)}@atlantis.example>"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(body)
    heard = arrival.mail(letter.as_bytes(), sender=MAILBOX, recipients=[letter["To"]], secure=False)
    with desk.database.transaction() as session:
        reply = keep.keep(session, heard, now=desk.now)
        assert reply is not None
        return reply.id


def reply_address(desk: Desk) -> str:
    with desk.database.reading() as session:
        contact = session.scalars(select(ContactPoint).where(ContactPoint.address == MAILBOX)).one()
        seed = tokens.seed_for(TokenPurpose.MAIL, desk.activation(session), contact)
        return f"ack+{tokens.token_of(seed, key=desk.settings.key)}@in.cm.example"


def heard(desk: Desk, reply_id: int) -> ReplyState:
    handle.read_kept(desk.installation, reply_id)
    with desk.database.reading() as session:
        return session.get_one(Reply, reply_id).state


def code(session: Session) -> str:
    return session.scalars(select(ReplyCode.code).where(ReplyCode.address == PHONE)).one()


def state(desk: Desk) -> NoticeState:
    with desk.database.reading() as session:
        return desk.notice(session, "ATLANTIS").state


def causes(desk: Desk) -> list[NeedCause]:
    with desk.database.reading() as session:
        return [need.cause for need in open_needs(session)]
