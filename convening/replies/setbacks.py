"""Consequences: what follows from a reply that is no acknowledgement?

A bounce, an out-of-office and an opt-out bring the other channel and the alternate at once; a wrong
addressee brings the next office, and the directory is mended; what asks for a person gets one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from convening.replies.matching import Match
from mechanism.answers import Answer, ReplyKind
from mechanism.vocabulary import NeedCause, SetbackKind
from notifications.outbox import settle
from store import needs, setbacks
from store.act import Actor, by_engine
from store.tables import Attempt, ContactPoint, Notice, Reply

SETBACKS: Final = {
    ReplyKind.BOUNCE: SetbackKind.BOUNCED,
    ReplyKind.AUTO_REPLY: SetbackKind.OUT_OF_OFFICE,
    ReplyKind.OPT_OUT: SetbackKind.OPTED_OUT,
}
FOR_A_PERSON: Final = {
    ReplyKind.COMPLAINT: "it reports a mail of ours as unwanted; "
    "further mail may be held back. Call",
    ReplyKind.CHALLENGE: "a mail system wants proof of a person before it lets our mail through",
}


def set_back(session: Session, answer: Answer, until: str, match: Match, *, now: datetime) -> None:
    """Mark the address where it is the cause, and let the ladder of its notice look at once."""
    kind, attempt = SETBACKS[answer.kind], match.attempt
    notice, contact = match.notice, match.contact_point
    if kind is SetbackKind.BOUNCED and attempt is not None:
        settle.bounce(session, attempt, note=answer.reason, now=now)
    if notice is None or contact is None:
        _nobody_asked(session, contact, attempt, answer, now)
        return
    note = f"until {until}" if until else answer.reason
    setbacks.record(session, notice, contact, kind, now=now, note=note)
    if kind is SetbackKind.OPTED_OUT:
        settle.tell_of_opt_out(session, contact, notice, now=now)


def _nobody_asked(
    session: Session,
    contact: ContactPoint | None,
    attempt: Attempt | None,
    answer: Answer,
    now: datetime,
) -> None:
    """What came back was no notice to a member: a co-chair's, or a duty office's; a person acts."""
    if attempt is None or answer.kind is not ReplyKind.BOUNCE:
        return
    if contact is not None:
        setbacks.mark(session, contact, SetbackKind.BOUNCED, now=now, note=answer.reason)
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.NOT_SENT,
        f"An e-mail to {attempt.message.addressee} came back; telephone, and mend the directory.",
        key=f"came-back/{attempt.message_id}",
        activation=attempt.message.activation,
    )


def stopped(
    session: Session, notices: Sequence[tuple[Notice, ContactPoint]], *, now: datetime
) -> None:
    """No text will reach this number any more, whichever notice was meant: all go on without it."""
    for notice, contact in notices:
        setbacks.record(session, notice, contact, SetbackKind.OPTED_OUT, now=now)
        settle.tell_of_opt_out(session, contact, notice, now=now)


def wrong_addressee(
    session: Session, reply: Reply, notice: Notice, contact: ContactPoint, now: datetime
) -> None:
    """An office says that it is not the one to ask: the next is asked, the directory is mended."""
    setbacks.record(session, notice, contact, SetbackKind.WRONG_ADDRESSEE, now=now)
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.DIRECTORY,
        f"{contact.focal_point.office} of {notice.member.display_name} says that it is not the "
        "right addressee; mend the directory.",
        key=f"wrong-addressee/{contact.id}",
        activation=notice.activation,
        notice=notice,
        reply=reply,
    )


def speaker(contact: ContactPoint) -> Actor:
    """An office of a member, as an actor: never by name."""
    office = contact.focal_point
    return Actor("focal_point", str(office.id), office.rank.value, office.member_code)
