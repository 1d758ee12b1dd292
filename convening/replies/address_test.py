"""Which address does an answer prove, where an office was asked to answer as a test?"""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening.contacts import latest_test
from convening.replies import matching
from mechanism.answers import Answer, Meaning
from mechanism.codes import codes_in
from mechanism.vocabulary import Channel, Door, MessagePurpose
from notifications.email.parse.parsed import ReadMail
from store.tables import ContactPoint, Message, Reply

ANSWERS_WITHIN: Final = timedelta(days=7)


def tested_by(
    session: Session, reply: Reply, answer: Answer, *, mail: ReadMail | None
) -> ContactPoint | None:
    """The address whose test this reply answers; None where it is about something else.

    A number with an open notice answers that: a test must never swallow an acknowledgement.
    """
    if answer.automatic or answer.answer is not Meaning.RECEIVED:
        return None
    message = _answered_text(session, reply) or (_answered_mail(session, mail) if mail else None)
    return message.contact_point if message is not None else None


def _answered_text(session: Session, reply: Reply) -> Message | None:
    if reply.door is not Door.SMS or matching.open_at(session, reply.sender):
        return None
    if codes_in(reply.text):
        return None  # it names a notice
    since = reply.received_at - ANSWERS_WITHIN
    return latest_test(session, Channel.SMS, reply.sender, since=since)


def _answered_mail(session: Session, mail: ReadMail) -> Message | None:
    named = [one for one in (mail.in_reply_to, *mail.references) if one]
    query = select(Message).where(
        Message.mail_id.in_(named), Message.purpose == MessagePurpose.ADDRESS_TEST
    )
    return session.scalars(query).first()
