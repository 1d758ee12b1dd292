"""What follows from what a provider said of an attempt?

Its outcome is committed. What happened in between is unknown, and is reconciled, never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session, joinedload

from mechanism import receipts, wording
from mechanism.lifecycle import (
    MessageEvent,
    MessageState,
    can_happen,
)
from mechanism.vocabulary import AttemptOutcome, Channel, NeedCause, SetbackKind
from notifications.hook import DeliveryReport
from notifications.inbox import keep
from notifications.outbox import envelope, failover
from notifications.outbox.queue import Claimed
from notifications.provider import (
    Accepted,
    NotFound,
    Outcome,
    Refusal,
    Rejected,
    Unknown,
)
from settings import Settings
from store import ledger, needs, setbacks
from store.act import Act, Actor, by_engine
from store.events import Noted
from store.ledger import Because
from store.tables import Attempt, Base, ContactPoint, Message, Notice

BACK_OFF: Final = (5, 15, 30, 60, 120, 300)  # seconds until the next try; then it has failed
SAFE_TO_REPEAT: Final = frozenset({Channel.EMAIL})  # one Message-ID: a mail client shows it once
SETBACK_OF: Final = {
    Refusal.ADDRESS: SetbackKind.FAILED,
    Refusal.UNUSABLE: SetbackKind.FAILED,
    Refusal.OPTED_OUT: SetbackKind.OPTED_OUT,
    Refusal.UNANSWERED: SetbackKind.NOT_CARRIED,
}
MOVED_MEANWHILE: Final = 3  # looks: a report and its own send's outcome may be written at once
RECONCILE_AFTER: Final = timedelta(seconds=2)
SIGHT_LOST_AFTER: Final = 3  # looks in vain before the other channel is started


ATTEMPTS: Final = Base.metadata.tables[Attempt.__tablename__]


def settle(
    session: Session, attempt_id: int, outcome: Outcome, *, now: datetime, settings: Settings
) -> None:
    """Commit what the provider said of an attempt, and what follows from it."""
    settle_all(session, {attempt_id: outcome}, now=now, settings=settings)


def settle_all(
    session: Session, outcomes: Mapping[int, Outcome], *, now: datetime, settings: Settings
) -> None:
    """Commit what the providers said of these attempts, and what follows from it.

    What is learnt of the providers comes first: it locks their rows before anything here moves.
    """
    tried = [(attempt, outcomes[attempt.id]) for attempt in _tried(session, outcomes)]
    learnt = failover.learn(session, tried, now=now, settings=settings)
    accepted: list[tuple[Attempt, Accepted]] = []
    for attempt, outcome in tried:
        if isinstance(outcome, Accepted):
            accepted.append((attempt, outcome))
        elif isinstance(outcome, Rejected) and attempt.id in learnt.elsewhere:
            _settle_elsewhere(session, attempt, outcome, now)
        elif isinstance(outcome, Rejected) and attempt.id in learnt.waiting:
            _put_off(session, attempt, outcome, now, until=now + failover.LOOK_AGAIN)
        else:
            settle_not_taken(session, attempt, outcome, now)
    _settle_accepted(session, accepted, now)


def _settle_elsewhere(
    session: Session, attempt: Attempt, rejected: Rejected, now: datetime
) -> None:
    """This provider will not, and another can at once: the message is due again now."""
    if attempt.number > len(BACK_OFF):
        settle_not_taken(session, attempt, rejected, now)
        return
    _put_off(session, attempt, rejected, now, until=now)


def _put_off(
    session: Session, attempt: Attempt, rejected: Rejected, now: datetime, *, until: datetime
) -> None:
    """The fault is the provider's: the message is due again then, however often it was tried."""
    _end(session, attempt, AttemptOutcome.REJECTED, now, code=rejected.code, detail=rejected.detail)
    if _is_latest(session, attempt):
        _move(session, attempt.message, MessageEvent.DEFERRED, now, lease_until=None, due_at=until)


def _tried(session: Session, ids: Iterable[int]) -> Sequence[Attempt]:
    """The attempts, with what is needed of their messages where nothing has gone wrong."""
    query = select(Attempt).where(Attempt.id.in_(ids)).order_by(Attempt.id)
    return session.scalars(query.options(_WITH_MESSAGE)).all()


_WITH_MESSAGE: Final = joinedload(Attempt.message).load_only(
    Message.activation_id,
    Message.notice_id,
    Message.contact_point_id,
    Message.channel,
    Message.purpose,
    Message.state,
)


def _settle_accepted(
    session: Session, accepted: Sequence[tuple[Attempt, Accepted]], now: datetime
) -> None:
    """What nearly every send comes to: all of them at once."""
    if not accepted:
        return
    taken = [
        {"attempt": attempt.id, "known_as": outcome.provider_id or attempt.provider_id, "at": now}
        for attempt, outcome in accepted
    ]
    _mark_repeats(session, [attempt for attempt, _ in accepted])
    session.connection().execute(_TAKE_ATTEMPT, taken)
    ended = [_ended(attempt, AttemptOutcome.ACCEPTED) for attempt, _ in accepted]
    ledger.append_all(session, ended, now=now)
    messages = [attempt.message for attempt, _ in accepted]
    ledger.move_all(
        session,
        by_engine(now),
        [m for m in messages if can_happen(m.state, MessageEvent.ACCEPTED)],
        MessageEvent.ACCEPTED,
        lease_until=None,
    )


_TAKE_ATTEMPT: Final = (
    update(ATTEMPTS)
    .where(ATTEMPTS.c.id == bindparam("attempt"))
    .values(
        outcome=AttemptOutcome.ACCEPTED,
        ended_at=bindparam("at"),
        provider_id=bindparam("known_as"),
        code="",
        detail="",
    )
)


def _mark_repeats(session: Session, accepted: Sequence[Attempt]) -> None:
    """A try that had been given up was taken after all: the next one may have been a second."""
    for attempt in accepted:
        if attempt.outcome is not None and not _is_latest(session, attempt):
            attempt.message.repeat = True


def _is_latest(session: Session, attempt: Attempt) -> bool:
    """Whether no other try has begun since; none begins before this transaction ends.

    What a slow engine says of a try that was given up must not end the one that is on the wire.
    """
    session.refresh(attempt.message, ["state"], with_for_update=True)
    newest = select(func.max(Attempt.id)).where(Attempt.message_id == attempt.message_id)
    return session.scalar(newest) == attempt.id


def settle_not_taken(
    session: Session, attempt: Attempt, outcome: Rejected | Unknown, now: datetime
) -> None:
    """What is said of a try is kept; its message is moved by its latest try alone."""
    latest = _is_latest(session, attempt)
    match outcome:
        case Rejected():
            _end(session, attempt, AttemptOutcome.REJECTED, now,
                 code=outcome.code, detail=outcome.detail)  # fmt: skip
            if latest:
                _rejected(session, attempt, outcome, now)
        case Unknown(reason):
            _end(session, attempt, AttemptOutcome.UNKNOWN, now, detail=reason)
            if latest:
                _move(session, attempt.message, MessageEvent.LOST_SIGHT_OF, now,
                      lease_until=None, due_at=now + RECONCILE_AFTER)  # fmt: skip


def _end(
    session: Session,
    attempt: Attempt,
    outcome: AttemptOutcome,
    now: datetime,
    *,
    provider_id: str | None = None,
    code: str = "",
    detail: str = "",
) -> None:
    attempt.outcome, attempt.ended_at = outcome, now
    attempt.provider_id = provider_id or attempt.provider_id
    attempt.code, attempt.detail = code[:32], detail[:300]
    ledger.append_all(session, [_ended(attempt, outcome, attempt.code)], now=now)


_EVENT: Final = {
    AttemptOutcome.ACCEPTED: Noted.ATTEMPT_ACCEPTED,
    AttemptOutcome.REJECTED: Noted.ATTEMPT_REJECTED,
    AttemptOutcome.UNKNOWN: Noted.ATTEMPT_UNKNOWN,
    AttemptOutcome.NOT_FOUND: Noted.ATTEMPT_NOT_FOUND,
}


def _ended(attempt: Attempt, outcome: AttemptOutcome, code: str = "") -> ledger.Entry:
    return ledger.Entry(
        _EVENT[outcome],
        ledger.Subject(attempt.message.log, "attempt", str(attempt.id)),
        Actor("provider", attempt.provider),
        Because(data={"message": attempt.message_id, "number": attempt.number, "code": code}),
    )


def _move(
    session: Session, message: Message, event: MessageEvent, now: datetime, **beside: Any
) -> bool:
    """Move it, unless a faster receipt has moved it already."""
    for _ in range(MOVED_MEANWHILE):
        if not can_happen(message.state, event):
            return False
        if ledger.move(session, by_engine(now), message, event, **beside):
            return True
    return False


def _rejected(session: Session, attempt: Attempt, rejected: Rejected, now: datetime) -> None:
    message, tries = attempt.message, attempt.number
    if not rejected.permanent and tries <= len(BACK_OFF):
        wait = rejected.retry_after or timedelta(seconds=BACK_OFF[tries - 1])
        _move(session, message, MessageEvent.DEFERRED, now, lease_until=None, due_at=now + wait)
        if tries > 1:
            _provider_is_down(session, message, now)
        return
    _move(session, message, MessageEvent.REFUSED, now, lease_until=None)
    _what_follows(session, message, rejected, now)


def _what_follows(session: Session, message: Message, rejected: Rejected, now: datetime) -> None:
    """The ladder goes on at once; a person is told unless the address itself is the cause."""
    kind = SETBACK_OF.get(rejected.refusal, SetbackKind.NOT_CARRIED)
    why = f"refused, code {rejected.code}"
    set_back(session, message, kind, note=why, now=now)
    if kind is SetbackKind.NOT_CARRIED and rejected.refusal is not Refusal.UNANSWERED:
        _cannot_send(session, message, why, now)
    if kind is SetbackKind.OPTED_OUT and message.contact_point and message.notice:
        tell_of_opt_out(session, message.contact_point, message.notice, now=now)


def set_back(
    session: Session, message: Message, kind: SetbackKind, *, note: str, now: datetime
) -> None:
    """What came back of a message, told to the ladder of its notice."""
    if message.notice is not None and message.contact_point is not None:
        setbacks.record(session, message.notice, message.contact_point, kind, now=now, note=note)


def tell_of_opt_out(
    session: Session, contact: ContactPoint, notice: Notice, *, now: datetime
) -> None:
    """A person is told: nobody but the office itself can undo an opt-out."""
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.OPTED_OUT,
        f"{contact.focal_point.office}, {notice.member.display_name}, has opted out of texts; "
        "only that office can undo it.",
        key=f"opted-out/{contact.id}",
        activation=notice.activation,
        notice=notice,
    )


def _provider_is_down(session: Session, message: Message, now: datetime) -> None:
    what = wording.MESSAGE[message.channel].capitalize()
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.NOT_SENT,
        f"{what}s are not being taken by the provider; each is tried again. Use the call sheet.",
        key=f"provider-down/{message.channel.value}/{message.activation_id}",
        activation=message.activation,
    )


def _cannot_send(session: Session, message: Message, why: str, now: datetime) -> None:
    what = wording.MESSAGE[message.channel].capitalize()
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.NOT_SENT,
        f"{what} to {message.addressee} could not be sent: {why}.",
        key=f"not-sent/{message.id}",
        activation=message.activation,
        notice=message.notice,
    )


def has_lost(session: Session, *, now: datetime) -> bool:
    """Whether anything is due for reconciliation; a cheap look."""
    query = select(Message.id).where(
        ((Message.state == MessageState.SENDING) & (Message.lease_until <= now))
        | ((Message.state == MessageState.UNKNOWN) & (Message.due_at <= now))
    )
    return session.scalar(query.limit(1)) is not None


def lose_sight_of_dead(session: Session, *, now: datetime) -> int:
    """Attempts whose lease ran out: their engine died between call and outcome."""
    query = select(Message).where(Message.state == MessageState.SENDING, Message.lease_until <= now)
    messages = session.scalars(query.with_for_update(skip_locked=True)).all()
    for message in messages:
        settle_not_taken(session, message.attempts[-1], Unknown("the engine died"), now)
    return len(messages)


def to_reconcile(
    session: Session, *, now: datetime, lease: timedelta, settings: Settings
) -> list[Claimed]:
    """Messages of unknown fate that are due for a look; each is this engine's for the lease."""
    query = select(Message).where(Message.state == MessageState.UNKNOWN, Message.due_at <= now)
    found = []
    for message in session.scalars(query.with_for_update(skip_locked=True)):
        message.due_at = now + lease
        attempt = message.attempts[-1]
        out = envelope.outgoing(message, attempt.id, settings=settings, now=now)
        found.append(Claimed(attempt.id, out, attempt.provider))
    return found


def reconciled(
    session: Session,
    attempt_id: int,
    found: Accepted | NotFound | Unknown,
    *,
    now: datetime,
    settings: Settings,
) -> None:
    """Commit what a look at the provider has shown; that it took something speaks for it.

    A look in vain that comes when another, or a report, has moved the message says nothing new.
    """
    attempt = session.get_one(Attempt, attempt_id)
    match found:
        case Accepted(provider_id):
            failover.learn(session, [(attempt, found)], now=now, settings=settings)
            _mark_repeats(session, [attempt])
            _end(session, attempt, AttemptOutcome.ACCEPTED, now, provider_id=provider_id)
            _move(session, attempt.message, MessageEvent.ACCEPTED, now)
        case NotFound() if _is_still_unknown(session, attempt):
            _end(session, attempt, AttemptOutcome.NOT_FOUND, now)
            _surely_not_taken(session, attempt, now)
        case Unknown(reason) if _is_still_unknown(session, attempt):
            _still_unknown(session, attempt, reason, now)


def _is_still_unknown(session: Session, attempt: Attempt) -> bool:
    return _is_latest(session, attempt) and attempt.message.state is MessageState.UNKNOWN


def _surely_not_taken(session: Session, attempt: Attempt, now: datetime) -> None:
    """Again at once; where that has not helped, a person is told, and it is tried less often."""
    message, tries = attempt.message, attempt.number
    if tries == 1:
        _move(session, message, MessageEvent.DEFERRED, now, due_at=now)
        return
    wait = timedelta(seconds=BACK_OFF[min(tries, len(BACK_OFF)) - 1])
    _move(session, message, MessageEvent.DEFERRED, now, due_at=now + wait)
    _provider_is_down(session, message, now)


def _still_unknown(session: Session, attempt: Attempt, reason: str, now: datetime) -> None:
    message, tries = attempt.message, attempt.number
    if message.channel in SAFE_TO_REPEAT and tries <= len(BACK_OFF):
        _move(session, message, MessageEvent.DEFERRED, now,
              due_at=now + timedelta(seconds=BACK_OFF[tries - 1]), repeat=True)  # fmt: skip
        return
    looks = round((now - attempt.began_at) / RECONCILE_AFTER)
    if looks >= SIGHT_LOST_AFTER:
        set_back(session, message, SetbackKind.NOT_KNOWN, note=reason, now=now)
        _cannot_send(session, message, "nobody can tell whether it was sent", now)
    wait = min(now - attempt.began_at, timedelta(minutes=5)) + RECONCILE_AFTER
    session.execute(
        update(Message)
        .where(Message.id == message.id, Message.state == MessageState.UNKNOWN)
        .values(due_at=now + wait)
        .execution_options(synchronize_session=False)
    )


def take_report(session: Session, report: DeliveryReport, *, now: datetime) -> bool:
    """Keep a provider's word about an attempt, and move its message; False for a repetition.

    Upwards only: early, late, doubled or out of order, or about nothing, it harms nothing.
    """
    attempt = session.get(Attempt, report.attempt)
    if not keep.keep_receipt(session, attempt, report, now=now):
        return False
    if attempt is not None:
        _receive(session, attempt, report, now)
    return True


def _receive(session: Session, attempt: Attempt, report: DeliveryReport, now: datetime) -> None:
    attempt.provider_id = attempt.provider_id or report.provider_id
    message = attempt.message
    is_latest = attempt.id == max(one.id for one in message.attempts)
    verdict = receipts.heard(message.state, report.status, is_of_latest=is_latest)
    if verdict.is_anomaly:
        _note_contradiction(session, attempt, report.said, now)
    if verdict.event is None:
        return
    _move(session, message, verdict.event, now, lease_until=None)
    if verdict.event is MessageEvent.UNDELIVERED:
        reason = report.refused or Rejected(Refusal.ADDRESS, "", "undelivered, without a reason")
        _what_follows(session, message, reason, now)


def _note_contradiction(session: Session, attempt: Attempt, status: str, now: datetime) -> None:
    """Two last words: the first stands, and the second is for an auditor to see."""
    ledger.append(
        session,
        Act(Actor("provider", attempt.provider), now),
        Noted.RECEIPT_CONTRADICTED,
        subject=ledger.Subject(attempt.message.log, "attempt", str(attempt.id)),
        data={"status": status, "stands": attempt.message.state.value},
    )


def bounce(session: Session, attempt: Attempt, *, note: str, now: datetime) -> None:
    """A report came back that the mail did not arrive."""
    if _move(session, attempt.message, MessageEvent.BOUNCED, now, lease_until=None):
        set_back(session, attempt.message, SetbackKind.BOUNCED, note=note, now=now)
