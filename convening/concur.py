"""Concur: the other co-chair agrees or objects; either resumes.

What is needed before anything is sent is playbook data. Nobody agrees to what their own government
has triggered.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import acknowledge, activate, notify, stand_down
from convening.acknowledge import Word
from mechanism.assurance import Evidence, Way, assurance
from mechanism.lifecycle import ActivationEvent, ActivationState, can_happen
from playbooks.schema import AfterTimeOut
from settings import Settings
from store import ledger, needs
from store.kinds import AcknowledgementResponse, ConcurrenceAnswer, Door, NeedCause
from store.ledger import Actor, Because
from store.tables import Activation, Concurrence


class NotYoursToConcurError(Exception):
    """A government does not answer for itself, and only a co-chair answers at all."""


def agree(
    session: Session,
    activation: Activation,
    *,
    government: str,
    by: str,
    door: Door,
    actor: Actor,
    now: datetime,
    settings: Settings,
    way: Way = Way.SIGNED_IN,
) -> bool:
    """The other co-chair agrees; what waited for that begins. False if it was answered before."""
    _check(activation, government)
    if _has_said(activation, government, ConcurrenceAnswer.AGREED):
        return False
    waited = activation.state is ActivationState.AWAITING_CONCURRENCE
    if waited and not _start(session, activation, ActivationEvent.AGREED, actor, now, settings):
        return False
    _say(session, activation, ConcurrenceAnswer.AGREED, government, by, "", actor, now)
    _receipt(session, activation, government, door, way, actor, now)
    return True


def object_to(
    session: Session,
    activation: Activation,
    *,
    government: str,
    by: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """The other co-chair objects: no further rung is taken, and a person is told."""
    _check(activation, government)
    because = Because(data={"government": government}, private={"reason": reason})
    if not can_happen(activation.state, ActivationEvent.OBJECTED):
        return False
    if not ledger.move(
        session, activation, ActivationEvent.OBJECTED, actor=actor, now=now, because=because
    ):
        return False
    _say(session, activation, ConcurrenceAnswer.OBJECTED, government, by, reason, actor, now)
    needs.raise_need(
        session,
        NeedCause.OBJECTION,
        f"{government} objects; further messages are stopped. Resume with a reason, withdraw, "
        "or stand down.",
        key=f"objection/{activation.id}/{len(activation.concurrences)}",
        activation=activation,
        now=now,
        actor=actor,
    )
    return True


def resume(
    session: Session,
    activation: Activation,
    *,
    government: str,
    by: str,
    reason: str,
    actor: Actor,
    now: datetime,
    settings: Settings,
) -> bool:
    """Either co-chair resumes what an objection has paused, with a reason."""
    if not can_happen(activation.state, ActivationEvent.RESUMED):
        return False
    if not _start(session, activation, ActivationEvent.RESUMED, actor, now, settings):
        return False
    _say(session, activation, ConcurrenceAnswer.RESUMED, government, by, reason, actor, now)
    for need in needs.open_needs(session, activation):
        if need.cause is NeedCause.OBJECTION:
            needs.settle(session, need, by=by, actor=actor, now=now)
    return True


def due_time_outs(session: Session, *, now: datetime) -> list[int]:
    """Ids of activations whose wait for the other co-chair is over."""
    query = select(Activation.id).where(
        Activation.state == ActivationState.AWAITING_CONCURRENCE,
        Activation.concurrence_due_at <= now,
    )
    return list(session.scalars(query))


def time_out(
    session: Session, activation: Activation, *, now: datetime, settings: Settings
) -> bool:
    """The other co-chair was not reached in time: what the playbook says happens."""
    if activation.state is not ActivationState.AWAITING_CONCURRENCE:
        return False
    then = activate.pinned(activation).concurrence.then
    if then is AfterTimeOut.SEND:
        event = ActivationEvent.PROCEEDED_ALONE
        return _start(session, activation, event, ledger.ENGINE, now, settings)
    try:
        stand_down.end(session, activation, ActivationEvent.LAPSED, actor=ledger.ENGINE, now=now)
    except stand_down.TooLateError:  # another engine was faster
        return False
    needs.raise_need(
        session,
        NeedCause.OBJECTION,
        "The other Co-Chair did not answer in time; as the playbook says, nothing was sent.",
        key=f"lapsed/{activation.id}",
        activation=activation,
        now=now,
    )
    return True


def _start(
    session: Session,
    activation: Activation,
    event: ActivationEvent,
    actor: Actor,
    now: datetime,
    settings: Settings,
) -> bool:
    """Begin the ladder, or go on with it; its zero is the moment when it first began."""
    began_at = activation.began_at or now
    deadline = activation.deadline_at or began_at + _deadline(activation)
    if not ledger.move(
        session, activation, event, actor=actor, now=now, began_at=began_at, deadline_at=deadline
    ):
        return False
    notify.begin(session, activation, now=now, settings=settings)
    return True


def _deadline(activation: Activation) -> timedelta:
    return timedelta(seconds=activation.plan["deadline_seconds"])


def _check(activation: Activation, government: str) -> None:
    if government == activation.triggered_for:
        raise NotYoursToConcurError("a government does not agree with its own act")


def _has_said(activation: Activation, government: str, answer: ConcurrenceAnswer) -> bool:
    said = [c.answer for c in activation.concurrences if c.member_code == government]
    return bool(said) and said[-1] is answer


def _say(
    session: Session,
    activation: Activation,
    answer: ConcurrenceAnswer,
    government: str,
    by: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    session.add(
        Concurrence(
            activation_id=activation.id,
            member_code=government,
            by=by,
            answer=answer,
            reason=reason,
            at=now,
        )
    )
    session.flush()
    session.expire(activation, ["concurrences"])
    ledger.append(
        session,
        f"cm.concurrence.{answer.value}.v1",
        subject=ledger.subject_of(activation),
        actor=actor,
        now=now,
        data={"government": government},
        private={"reason": reason} if reason else None,
    )


def _receipt(
    session: Session,
    activation: Activation,
    government: str,
    door: Door,
    way: Way,
    actor: Actor,
    now: datetime,
) -> None:
    """Who agrees has received: its own notice is acknowledged too."""
    for notice in activation.notices:
        if notice.member_code == government:
            word = Word(
                door=door,
                response=AcknowledgementResponse.RECEIVED,
                proof=assurance(Evidence(way, "and agreed")),
                happened_at=now,
            )
            acknowledge.acknowledge(session, notice, word, actor=actor, now=now)
