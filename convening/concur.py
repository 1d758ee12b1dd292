"""Concur: the other co-chair agrees or objects; either resumes.

What is needed before anything is sent is playbook data. Nobody agrees to what their own government
has triggered.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import acknowledge, activate, notify, stand_down
from convening.acknowledge import MemberAnswer
from mechanism import concurrence as rule
from mechanism.assurance import Assurance, Evidence, Way, assurance
from mechanism.concurrence import Verdict
from mechanism.lifecycle import ActivationEvent, ActivationState, can_happen
from mechanism.vocabulary import AcknowledgementResponse, ConcurrenceAnswer, Door, NeedCause
from playbooks.schema import AfterTimeOut
from settings import Settings
from store import ledger, needs
from store.act import Act, by_engine
from store.events import Noted
from store.ledger import Because
from store.tables import Activation, Concurrence, FocalPoint, Reply


class NotYoursToConcurError(Exception):
    """A government does not answer for itself, and only a co-chair answers at all."""


def may(activation: Activation, government: str, verdict: Verdict) -> bool:
    """Whether this government's word still changes anything."""
    own = government == activation.triggered_for
    return not own and rule.may(verdict, activation.state, said(activation, government))


def said(activation: Activation, government: str) -> list[ConcurrenceAnswer]:
    """What a government has said of an activation, in order."""
    return [c.answer for c in activation.concurrences if c.member_code == government]


def agree(
    session: Session,
    act: Act,
    activation: Activation,
    *,
    door: Door,
    settings: Settings,
    way: Way = Way.SIGNED_IN,
    reply: Reply | None = None,
) -> bool:
    """The other co-chair agrees; what waited for that begins. False if it was answered before.

    An objection of its own is not taken back so: it is resumed, with a reason.
    """
    _check(activation, act.government)
    if not may(activation, act.government, Verdict.AGREES):
        return False
    waited = activation.state is ActivationState.AWAITING_CONCURRENCE
    if waited and not _start(session, act, activation, ActivationEvent.AGREED, settings):
        return False
    spoken = _Spoken(
        ConcurrenceAnswer.AGREED, act.government, act.signature, door=door, way=way, reply=reply
    )
    _say(session, act, activation, spoken)
    _receipt(session, act, activation, spoken)
    return True


def object_to(
    session: Session,
    act: Act,
    activation: Activation,
    *,
    reason: str,
    door: Door = Door.SIGNED_IN,
    way: Way = Way.SIGNED_IN,
    reply: Reply | None = None,
) -> bool:
    """The other co-chair objects: no further rung is taken, and a person is told."""
    _check(activation, act.government)
    because = Because(data={"government": act.government}, private={"reason": reason})
    if not can_happen(activation.state, ActivationEvent.OBJECTED):
        return False
    if not ledger.move(session, act, activation, ActivationEvent.OBJECTED, because=because):
        return False
    answer = ConcurrenceAnswer.OBJECTED
    spoken = _Spoken(
        answer, act.government, act.signature, reason=reason, door=door, way=way, reply=reply
    )
    _say(session, act, activation, spoken)
    needs.raise_need(
        session,
        act,
        NeedCause.OBJECTION,
        f"{act.government} objects; further messages are stopped. Resume with a reason, withdraw, "
        "or stand down.",
        key=f"objection/{activation.id}/{len(activation.concurrences)}",
        activation=activation,
    )
    return True


def resume(
    session: Session, act: Act, activation: Activation, *, reason: str, settings: Settings
) -> bool:
    """Either co-chair resumes what an objection has paused, with a reason."""
    if not can_happen(activation.state, ActivationEvent.RESUMED):
        return False
    if not _start(session, act, activation, ActivationEvent.RESUMED, settings):
        return False
    spoken = _Spoken(ConcurrenceAnswer.RESUMED, act.government, act.signature, reason=reason)
    _say(session, act, activation, spoken)
    for need in needs.open_needs(session, activation):
        if need.cause is NeedCause.OBJECTION:
            needs.settle(session, act, need)
    return True


def answer(
    session: Session,
    act: Act,
    activation: Activation,
    verdict: Verdict,
    office: FocalPoint,
    *,
    reply: Reply,
    reason: str,
    way: Way,
    settings: Settings,
) -> bool:
    """What an office of the other co-chair says in a reply: it agrees, or objects for a reason."""
    government, by = office.member_code, f"{office.office}, {office.member.display_name}"[:120]
    if verdict is Verdict.OBJECTS:
        return object_to(
            session,
            replace(act, signature=by, government=government),
            activation,
            reason=reason,
            door=reply.door,
            way=way,
            reply=reply,
        )
    return agree(
        session,
        replace(act, signature=by, government=government),
        activation,
        door=reply.door,
        settings=settings,
        way=way,
        reply=reply,
    )


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
        return _start(session, by_engine(now), activation, event, settings)
    try:
        stand_down.end(session, by_engine(now), activation, ActivationEvent.LAPSED)
    except stand_down.TooLateError:  # another engine was faster
        return False
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.OBJECTION,
        "The other Co-Chair did not answer in time; as the playbook says, nothing was sent.",
        key=f"lapsed/{activation.id}",
        activation=activation,
    )
    return True


def _start(
    session: Session, act: Act, activation: Activation, event: ActivationEvent, settings: Settings
) -> bool:
    """Begin the ladder, or go on with it; its zero is the moment when it first began."""
    began_at = activation.began_at or act.at
    deadline = activation.deadline_at or began_at + _deadline(activation)
    if not ledger.move(session, act, activation, event, began_at=began_at, deadline_at=deadline):
        return False
    notify.begin(session, activation, now=act.at, settings=settings)
    return True


def _deadline(activation: Activation) -> timedelta:
    return timedelta(seconds=activation.plan["deadline_seconds"])


def _check(activation: Activation, government: str) -> None:
    if government == activation.triggered_for:
        raise NotYoursToConcurError("a government does not agree with its own act")


@dataclass(frozen=True)
class _Spoken:
    """A government's word: what, by whom, why, and how it is known."""

    answer: ConcurrenceAnswer
    government: str
    by: str
    reason: str = ""
    door: Door = Door.SIGNED_IN
    way: Way = Way.SIGNED_IN
    reply: Reply | None = None

    @property
    def proof(self) -> Assurance:
        """How sure it is who spoke."""
        return assurance(Evidence(self.way))


_EVENT: Final = {
    ConcurrenceAnswer.AGREED: Noted.CONCURRENCE_AGREED,
    ConcurrenceAnswer.OBJECTED: Noted.CONCURRENCE_OBJECTED,
    ConcurrenceAnswer.RESUMED: Noted.CONCURRENCE_RESUMED,
}


def _say(session: Session, act: Act, activation: Activation, spoken: _Spoken) -> None:
    session.add(
        Concurrence(
            activation_id=activation.id,
            member_code=spoken.government,
            by=spoken.by,
            answer=spoken.answer,
            reason=spoken.reason,
            door=spoken.door,
            assurance=spoken.proof.level,
            assurance_text=spoken.proof.words,
            at=act.at,
        )
    )
    session.flush()
    session.expire(activation, ["concurrences"])
    ledger.append(
        session,
        act,
        _EVENT[spoken.answer],
        subject=ledger.subject_of(activation),
        evidence=ledger.evidence_of(spoken.reply),
        data={
            "government": spoken.government,
            "door": spoken.door.value,
            "assurance": spoken.proof.level,
            "proof": spoken.proof.words,
        },
        private={"reason": spoken.reason} if spoken.reason else None,
    )


def _receipt(session: Session, act: Act, activation: Activation, spoken: _Spoken) -> None:
    """Who agrees has received: its own notice is acknowledged too."""
    for notice in activation.notices:
        if notice.member_code == spoken.government:
            word = MemberAnswer(
                door=spoken.door,
                response=AcknowledgementResponse.RECEIVED,
                proof=assurance(Evidence(spoken.way, "and agreed")),
                happened_at=act.at,
                reply=spoken.reply,
            )
            acknowledge.acknowledge(session, act, notice, word)
