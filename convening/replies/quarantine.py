"""Quarantine: what becomes of a reply that no rule could read, or that nobody can be sure of?

It waits for a person, raw beside its reading. Where it may be a member's answer people are told at
once; where nobody knows whose it is, after a while, and of all such together. Nothing leaves by
itself: a person says that it counts and for whom, that it is no answer, or that the directory must
be mended; or passes it on, and then it goes on waiting.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import acknowledge
from convening.acknowledge import MemberAnswer
from convening.messages import compose, confirmations
from convening.replies.matching import Match
from mechanism.assurance import Evidence, Way, assurance
from mechanism.lifecycle import NeedState, ReplyEvent, ReplyState
from mechanism.vocabulary import (
    AcknowledgementResponse,
    Channel,
    Door,
    Kind,
    MessagePurpose,
    NeedCause,
)
from notifications import tokens
from notifications.content import templates
from notifications.outbox import queue
from notifications.outbox.queue import To
from settings import Settings
from store import contacts, ledger, needs
from store.act import Act, by_engine
from store.events import Noted
from store.ledger import Because
from store.tables import ContactPoint, FocalPoint, Need, Notice, Reply

PATIENCE: Final = timedelta(minutes=10)  # for what is nobody's answer, as far as can be told
SHOWN_AT_MOST: Final = 4_000  # characters of a reply that is passed on
_UNKNOWN: Final = "quarantine/"


class Disposition(StrEnum):
    """What a person decides about a reply."""

    ACKNOWLEDGES = "acknowledged"  # it counts, for the member that is named
    NO_ANSWER = "does_not_count"  # read, and nothing follows
    DIRECTORY = "directory_task"  # no answer, but the directory must be mended
    ANSWERED_AGAIN = "answered_again"  # the same person has answered beyond doubt since


def put(
    session: Session, reply: Reply, match: Match, *, because: Because, why: str = "", now: datetime
) -> None:
    """Leave it to a person; `why` is said where the match alone does not say it."""
    ledger.move(session, by_engine(now), reply, ReplyEvent.QUARANTINED, because=because)
    if match.notice is None and not match.choices:
        _tell_of_unknown(session, reply, now)
        return
    who = f" It may be from {match.notice.member.display_name}." if match.notice else ""
    by = "text" if reply.door is Door.SMS else "mail"
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.UNCLEAR_REPLY,
        f"A {by} waits to be read: {why or match.how}.{who}",
        key=f"reply/{reply.id}",
        activation=match.notice.activation if match.notice is not None else None,
        notice=match.notice,
        reply=reply,
        tell_at=now + PATIENCE if match.choices else None,
    )


def _tell_of_unknown(session: Session, reply: Reply, now: datetime) -> None:
    """One line for all of them: a flood of unwanted mail must not ring a duty phone each time."""
    if not _lines_of_unknown(session):
        needs.raise_need(
            session,
            by_engine(now),
            NeedCause.UNCLEAR_REPLY,
            "Replies wait to be read of which nobody can tell whose they are.",
            key=f"{_UNKNOWN}{reply.id}",
            reply=reply,
            tell_at=now + PATIENCE,
        )


def _lines_of_unknown(session: Session) -> list[Need]:
    """One, or two where two processes met."""
    query = select(Need).where(Need.state == NeedState.OPEN, Need.dedupe_key.startswith(_UNKNOWN))
    return list(session.scalars(query))


def waiting(session: Session) -> Sequence[Reply]:
    """Everything that waits for a person, the oldest first."""
    query = select(Reply).where(Reply.state == ReplyState.WAITING).order_by(Reply.id)
    return session.scalars(query).all()


def set_aside(session: Session, *, limit: int = 100) -> Sequence[Reply]:
    """What was known not to be an answer, the newest first; a person may think otherwise."""
    query = select(Reply).where(Reply.state == ReplyState.SET_ASIDE).order_by(Reply.id.desc())
    return session.scalars(query.limit(limit)).all()


def may_be_settled(reply: Reply) -> bool:
    """Whether a person can still decide about it."""
    return reply.state in {ReplyState.WAITING, ReplyState.SET_ASIDE}


def settle(
    session: Session,
    act: Act,
    reply: Reply,
    disposition: Disposition,
    *,
    notice: Notice | None = None,
) -> bool:
    """A person has read it; `notice` is whose it is. False where somebody was first."""
    if not may_be_settled(reply):
        return False
    because = Because(data={"disposition": disposition.value})
    if not ledger.move(session, act, reply, ReplyEvent.SETTLED, because=because):
        return False
    if reply.answer is not None:
        reply.answer.settled_by, reply.answer.disposition = act.signature, disposition.value
    _nobody_need_read(session, act, reply)
    if disposition is Disposition.ACKNOWLEDGES and notice is not None:
        _counts(session, act, reply, notice)
    if disposition is Disposition.DIRECTORY:
        _mend(session, act, reply, notice)
    return True


def _nobody_need_read(session: Session, act: Act, reply: Reply) -> None:
    for need in needs.open_needs(session):
        if need.reply_id == reply.id and not need.dedupe_key.startswith(_UNKNOWN):
            needs.settle(session, act, need)
    left = _oldest_unknown(session)
    for line in _lines_of_unknown(session):
        if left is None:
            needs.settle(session, act, line)
        else:
            line.reply = left


def _oldest_unknown(session: Session) -> Reply | None:
    with_own_line = select(Need.id).where(
        Need.reply_id == Reply.id, ~Need.dedupe_key.startswith(_UNKNOWN)
    )
    query = select(Reply).where(Reply.state == ReplyState.WAITING, ~with_own_line.exists())
    return session.scalars(query.order_by(Reply.id)).first()


def _counts(session: Session, act: Act, reply: Reply, notice: Notice) -> None:
    word = MemberAnswer(
        door=reply.door,
        response=AcknowledgementResponse.RECEIVED,
        proof=assurance(Evidence(Way.READ_BY_PERSON)),
        happened_at=reply.received_at,
        reply=reply,
    )
    acknowledge.acknowledge(session, act, notice, word)
    contact = _who_wrote(session, reply)
    if contact is not None:
        confirmations.confirm(session, notice, contact, reply, now=act.at)


def _who_wrote(session: Session, reply: Reply) -> ContactPoint | None:
    """The address on file that it surely came from, and that no machine answered at."""
    read = reply.answer
    if read is None or read.automatic or read.contact_point_id is None:
        return None
    contact = session.get_one(ContactPoint, read.contact_point_id)
    return contact if reply.sender.lower() == contact.address.lower() else None


def _mend(session: Session, act: Act, reply: Reply, notice: Notice | None) -> None:
    whose = f"of {notice.member.display_name}" if notice is not None else "of whoever wrote it"
    needs.raise_need(
        session,
        act,
        NeedCause.DIRECTORY,
        f"Reply {reply.id} says what the directory should know; mend the entry {whose}.",
        key=f"directory/reply/{reply.id}",
        activation=notice.activation if notice is not None else None,
        notice=notice,
    )


def seen(session: Session, act: Act, reply: Reply) -> None:
    """A person has seen to what an answer asked for beside counting, such as another time."""
    for need in needs.open_needs(session):
        if need.reply_id == reply.id:
            needs.settle(session, act, need)


def stop_telling(session: Session, sender: str) -> None:
    """Whoever was asked back has answered: what it wrote before waits on, but rings nobody.

    What nobody could read, for a fault of ours, goes on ringing.
    """
    query = (
        select(Need)
        .join(Reply, Need.reply_id == Reply.id)
        .where(
            Need.state == NeedState.OPEN,
            Need.cause == NeedCause.UNCLEAR_REPLY,
            Need.notice_id.is_(None),
            Reply.sender == sender,
            Reply.answer.has(),
        )
    )
    for need in session.scalars(query):
        if not need.dedupe_key.startswith(_UNKNOWN):
            need.due_at = None


Mailbox = tuple[str, str, ContactPoint | None]
"""An address, whose it is, and its place in the directory; a duty mailbox may have none there."""


def pass_on(
    session: Session, act: Act, reply: Reply, office: FocalPoint | None, *, settings: Settings
) -> int:
    """Send it to an office that can say what it is, or to the duty officers; how many were told.

    It goes on waiting: whoever was told may be asleep.
    """
    notice = reply.answer.notice if reply.answer is not None and office is not None else None
    addresses = list(_mailboxes(office) if office else _duty_mailboxes(session, reply, settings))
    for mailbox in addresses:
        to = _to(session, reply, notice, mailbox, settings)
        queue.queue(session, to, _passed_on(reply, settings, for_member=bool(office)), now=act.at)
    ledger.append(
        session,
        act,
        Noted.REPLY_PASSED_ON,
        subject=ledger.subject_of(reply),
        data={"office": office.id if office is not None else None, "addresses": len(addresses)},
        private={"by": act.signature},
    )
    return len(addresses)


def _to(
    session: Session, reply: Reply, notice: Notice | None, mailbox: Mailbox, settings: Settings
) -> To:
    """An office of the member can answer it as it would answer the notice itself."""
    address, addressee, contact = mailbox
    if notice is not None and contact is not None:
        seed = tokens.seed_for(tokens.TokenPurpose.MAIL, notice.activation, contact)
        tokens.issue(session, seed, key=settings.key, notice=notice, expires_at=None)
    return To(
        dedupe_key=f"passed-on/{reply.id}/{address}",
        purpose=MessagePurpose.PERSON_NEEDED,
        channel=Channel.EMAIL,
        address=address,
        addressee=addressee,
        activation=reply.activation,
        notice=notice,
        contact_point=contact,
        priority=2,
    )


def _passed_on(reply: Reply, settings: Settings, *, for_member: bool) -> templates.Words:
    return templates.write(
        "passed_on",
        Channel.EMAIL,
        {
            "kind": (reply.activation.kind if reply.activation else Kind.REAL).value,
            "reference": reply.activation.log if reply.activation else "",
            "for_member": for_member,
            "text": (reply.answer.text if reply.answer else "")[:SHOWN_AT_MOST],
            "received_at": reply.received_at,
            "by": "text message" if reply.door is Door.SMS else "e-mail",
            "page": f"{settings.public_url}/replies/{reply.id}",
        },
    )


def _mailboxes(office: FocalPoint) -> Iterator[Mailbox]:
    return map(_mailbox, contacts.addresses(office, (Channel.EMAIL,)))


def _duty_mailboxes(session: Session, reply: Reply, settings: Settings) -> Iterator[Mailbox]:
    """The secretariat's, and that of the government that triggered."""
    yield settings.duty_mailbox, compose.DUTY_MAILBOX, None
    yield from map(_mailbox, contacts.acting_duty(session, reply.activation, (Channel.EMAIL,)))


def _mailbox(contact: ContactPoint) -> Mailbox:
    office = contact.focal_point
    return contact.address, f"{office.office}, {office.member.display_name}", contact
