"""Which queued messages leave now, by which provider?

An attempt is committed before its provider is called. Any number of engines may do this at once: a
claim is exclusive.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVarTuple

from sqlalchemy import Select, bindparam, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, selectinload

from mechanism.lifecycle import (
    ActivationState,
    MessageEvent,
    MessageState,
    NoticeState,
)
from mechanism.vocabulary import (
    LADDER_PURPOSES,
    Channel,
)
from notifications.outbox import envelope, failover
from notifications.outbox.queue import Claimed
from notifications.outbox.settle import ATTEMPTS, settle_not_taken
from notifications.provider import (
    Outgoing,
    Refusal,
    Rejected,
)
from settings import Settings
from store import ledger, setbacks
from store.act import by_engine
from store.ledger import Because
from store.tables import Activation, Attempt, Base, Message, Notice

Columns = TypeVarTuple("Columns")


def due(
    session: Session,
    *,
    now: datetime,
    limit: int,
    activation_id: int | None,
    channel: Channel | None = None,
) -> Mapping[Channel, Sequence[int]]:
    """Ids of an activation's messages (None: of no activation) that may leave now, by urgency.

    Those of each channel for themselves; of one channel, where one is named.
    """
    query = (
        _due(select(Message.id, Message.channel), now)
        .where(Message.activation_id.is_not_distinct_from(activation_id))
        .order_by(Message.priority, Message.id)
        .limit(limit)
    )
    if channel is not None:
        query = query.where(Message.channel == channel)
    found: dict[Channel, list[int]] = defaultdict(list)
    for row in session.execute(query):
        found[row.channel].append(row.id)
    return found


def due_for(session: Session, *, now: datetime) -> set[int | None]:
    """Ids of the activations (None: of no activation) that have messages to leave now."""
    return set(session.scalars(_due(select(Message.activation_id).distinct(), now)))


def _due(query: Select[*Columns], now: datetime) -> Select[*Columns]:
    """Queued and due; what the ladder queued waits while its activation is paused."""
    return query.outerjoin(Activation, Message.activation_id == Activation.id).where(
        Message.state == MessageState.QUEUED,
        Message.due_at <= now,
        Activation.state.is_(None)
        | (Activation.state != ActivationState.PAUSED)
        | Message.purpose.not_in(LADDER_PURPOSES),
    )


def claim(
    session: Session,
    ids: Sequence[int],
    *,
    now: datetime,
    lease: timedelta,
    settings: Settings,
) -> list[Claimed]:
    """Commit an attempt for each message that is still to be sent; others are called off here."""
    wanted = _without_unwanted(session, _still_queued(session, ids), now)
    providers = _routed(session, wanted, now, settings)
    mine = ledger.move_all(
        session,
        by_engine(now),
        [message for message in wanted if message.id in providers],
        MessageEvent.CLAIMED,
        lease_until=now + lease,
    )
    attempts = _begun(session, mine, providers, now)
    _keep_mail_ids(session, mine, settings)
    return [
        Claimed(attempt_id, out, providers[message.id])
        for message, attempt_id in zip(mine, attempts, strict=True)
        if (out := _enveloped(session, message, attempt_id, settings, now)) is not None
    ]


def _still_queued(session: Session, ids: Sequence[int]) -> list[Message]:
    query = (
        select(Message)
        .where(Message.id.in_(ids), Message.state == MessageState.QUEUED)
        .order_by(Message.priority, Message.id)
        .with_for_update(skip_locked=True)
        .options(selectinload(Message.contact_point))
    )
    return list(session.scalars(query))


def _without_unwanted(
    session: Session, messages: Sequence[Message], now: datetime
) -> list[Message]:
    """The messages that are still to be sent; the others are called off, each with its reason."""
    states = _held_notices(session, messages)
    wanted: list[Message] = []
    unwanted: dict[tuple[MessageEvent, str], list[Message]] = defaultdict(list)
    for message in messages:
        reason = _reason_to_call_off(message, states, now)
        (wanted if reason is None else unwanted[reason]).append(message)
    for (event, why), ended in unwanted.items():
        because = Because(data={"reason": why})
        ledger.move_all(session, by_engine(now), ended, event, because=because)
    return wanted


def _held_notices(session: Session, messages: Sequence[Message]) -> dict[int, NoticeState]:
    """No acknowledgement commits between our look at its notice and our commit of the attempt."""
    ids = {m.notice_id for m in messages if m.notice_id is not None}
    query = select(Notice.id, Notice.state).where(Notice.id.in_(ids)).order_by(Notice.id)
    return {row.id: row.state for row in session.execute(query.with_for_update(read=True))}


def _reason_to_call_off(
    message: Message, states: Mapping[int, NoticeState], now: datetime
) -> tuple[MessageEvent, str] | None:
    if message.not_after is not None and now > message.not_after:
        return MessageEvent.EXPIRED, "later than it may arrive"
    if message.purpose not in LADDER_PURPOSES or message.notice_id is None:
        return None
    state = states[message.notice_id]
    if state not in setbacks.STILL_CLIMBING:
        return MessageEvent.CALLED_OFF, f"the notice is {state.value}"
    return None


def _routed(
    session: Session, messages: Sequence[Message], now: datetime, settings: Settings
) -> dict[int, str]:
    """The provider of each message that can leave now; the others wait as long as they must."""
    providers = {}
    routes = failover.choose(session, messages, now=now, settings=settings)
    for message in messages:
        match routes[message.id]:
            case failover.By(provider):
                providers[message.id] = provider
            case failover.Wait(until):
                message.due_at = until
    return providers


def _begun(
    session: Session, messages: Sequence[Message], providers: Mapping[int, str], now: datetime
) -> Sequence[int]:
    """An attempt at each message, numbered from one; their ids, in the messages' order."""
    if not messages:
        return []
    ids = [message.id for message in messages]
    counted = select(Attempt.message_id, func.max(Attempt.number)).group_by(Attempt.message_id)
    found = session.execute(counted.where(Attempt.message_id.in_(ids)))
    before = {message_id: number for message_id, number in found}  # noqa: C416 - rows are no pairs to mypy
    rows = [
        {
            "message_id": message_id,
            "number": before.get(message_id, 0) + 1,
            "provider": providers[message_id],
            "began_at": now,
        }
        for message_id in ids
    ]
    return session.scalars(_INSERT_ATTEMPT, rows).all()


_INSERT_ATTEMPT: Final = insert(ATTEMPTS).returning(ATTEMPTS.c.id, sort_by_parameter_order=True)


def _keep_mail_ids(session: Session, messages: Sequence[Message], settings: Settings) -> None:
    """A mail's Message-ID is the same at every try, and is kept at the first."""
    rows = [
        {"message": message.id, "own": envelope.message_id_of(message, settings)}
        for message in messages
        if message.channel is Channel.EMAIL and not message.mail_id
    ]
    if rows:
        session.connection().execute(_KEEP_MAIL_ID, rows)


_MESSAGES: Final = Base.metadata.tables[Message.__tablename__]
_KEEP_MAIL_ID: Final = (
    update(_MESSAGES).where(_MESSAGES.c.id == bindparam("message")).values(mail_id=bindparam("own"))
)


def _enveloped(
    session: Session, message: Message, attempt_id: int, settings: Settings, now: datetime
) -> Outgoing | None:
    """What goes on the wire; of one that cannot be written people are told, and the others go."""
    try:
        return envelope.outgoing(message, attempt_id, settings=settings, now=now)
    except SQLAlchemyError:
        raise  # nothing is wrong with the message: it is claimed again
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not keep the others back
        attempt = session.get_one(Attempt, attempt_id)
        broken = Rejected(Refusal.CONFIGURATION, "unwritable", type(error).__name__)
        settle_not_taken(session, attempt, broken, now)
        return None
