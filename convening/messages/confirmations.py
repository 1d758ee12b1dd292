"""Confirm: what does whoever answered get back?

Received, received before, too late, not understood and how to answer: once each, to the address on
file, never to a machine. Two machines that answer each other are stopped by a budget per address.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mechanism.lifecycle import ACTIVATION_ENDS
from mechanism.vocabulary import Channel, MessagePurpose
from notifications.content import templates
from notifications.content.templates import Words
from notifications.outbox import queue
from notifications.outbox.queue import To
from store import ledger
from store.act import by_engine
from store.events import Noted
from store.tables import (
    Acknowledgement,
    Activation,
    ContactPoint,
    Message,
    Notice,
    Reply,
    ReplyCode,
)

BUDGET: Final = ((timedelta(hours=1), 5), (timedelta(days=1), 20))
"""So many confirmations to one address: a person never needs more, and a loop of machines whose
answers bear no sign of a machine would go on for ever."""
_SHOWN: Final = 3  # notices to choose from that fit one text


def confirm(
    session: Session, notice: Notice, contact: ContactPoint, reply: Reply, *, now: datetime
) -> None:
    """Tell whoever answered what became of it; how to answer is explained once for a notice."""
    if contact.channel not in {Channel.SMS, Channel.EMAIL}:
        return
    activation, acknowledgement = notice.activation, notice.acknowledgement
    ended = activation.state in ACTIVATION_ENDS
    words = templates.write(
        "confirmation",
        contact.channel,
        {
            "kind": activation.kind.value,
            "reference": activation.situation.reference,
            "member_name": notice.member.display_name,
            "acknowledgement": acknowledgement,
            "is_this_one": acknowledgement is not None and acknowledgement.reply_id == reply.id,
            "office": _office_of(acknowledgement),
            "zone": contact.focal_point.zone,
            "ended": ended,
        },
    )
    explains = acknowledgement is None and not ended
    key = f"how/{notice.id}/{contact.id}" if explains else f"confirmation/{reply.id}"
    _queue(session, key, words, contact, notice.activation, notice, reply, now)


def of_concurrence(
    session: Session,
    activation: Activation,
    contact: ContactPoint,
    reply: Reply,
    *,
    came: str,
    code: str,
    now: datetime,
) -> None:
    """Tell a co-chair's office what its text came to; an unclear one is told how to answer."""
    words = templates.write(
        "concurrence_heard",
        Channel.SMS,
        {
            "kind": activation.kind.value,
            "reference": activation.situation.reference,
            "member_name": contact.focal_point.member.display_name,
            "came": came,
            "code": code,
        },
    )
    key = f"concurrence/{reply.id}"
    _queue(session, key, words, contact, activation, None, reply, now)


def ask_which(
    session: Session, choices: Sequence[ReplyCode], reply: Reply, *, now: datetime
) -> None:
    """A yes that may mean several notices is never guessed: the codes are asked for, once."""
    newest = max(choices, key=lambda row: row.notice_id)
    contact = session.get_one(ContactPoint, newest.contact_point_id)
    notices = [(session.get_one(Notice, row.notice_id), row.code) for row in choices]
    shown = sorted(notices, key=lambda pair: pair[0].id)[-_SHOWN:]
    activation = shown[-1][0].activation
    words = templates.write(
        "which_notice",
        Channel.SMS,
        {
            "kind": activation.kind.value,
            "choices": [(code, notice.activation.log) for notice, code in shown],
        },
    )
    key = f"which/{contact.id}/{newest.notice_id}"
    _queue(session, key, words, contact, activation, shown[-1][0], reply, now)


def _queue(
    session: Session,
    key: str,
    words: Words,
    contact: ContactPoint,
    activation: Activation,
    notice: Notice | None,
    reply: Reply,
    now: datetime,
) -> None:
    if not _within_budget(session, contact, reply, now):
        return
    to = To(
        dedupe_key=key,
        purpose=MessagePurpose.CONFIRMATION,
        channel=contact.channel,
        address=contact.address,
        addressee=f"{contact.focal_point.office}, {contact.focal_point.member.display_name}",
        activation=activation,
        notice=notice,
        contact_point=contact,
        priority=6,
        in_reply_to=str(reply.envelope.get("message_id", "")),
    )
    queue.queue(session, to, words, now=now)


def _within_budget(session: Session, contact: ContactPoint, reply: Reply, now: datetime) -> bool:
    """Whether one more may go there; a refusal is written down, and the answer counts as before."""
    for span, most in BUDGET:
        sent = select(func.count()).where(
            Message.address == contact.address,
            Message.queued_at > now - span,
            Message.purpose == MessagePurpose.CONFIRMATION,
        )
        if (session.scalar(sent) or 0) >= most:
            ledger.append(
                session,
                by_engine(now),
                Noted.CONFIRMATION_WITHHELD,
                subject=ledger.subject_of(reply),
                data={"most": most, "hours": int(span / timedelta(hours=1))},
            )
            return False
    return True


def _office_of(acknowledgement: Acknowledgement | None) -> str:
    if acknowledgement is None or acknowledgement.focal_point is None:
        return ""
    return acknowledgement.focal_point.office
