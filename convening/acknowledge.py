"""Acknowledge: one member confirms receipt, by any of its people, on any channel.

The member's ladder stops in the same transaction; nobody else's does. A late answer counts, as
late; a second one is kept, and can only make the first one surer. Where the playbook asks for more
proof than an answer brings, it counts as receipt all the same, and a person calls back.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.assurance import Assurance, suffices
from mechanism.lifecycle import (
    ACTIVATION_ENDS,
    HealthEvent,
    NeedState,
    NoticeEvent,
    NoticeState,
    can_happen,
)
from mechanism.vocabulary import AcknowledgementResponse, Door, NeedCause
from notifications.outbox import queue
from playbooks import schema
from store import contact_health, ledger, needs
from store.act import Act, by_engine
from store.events import Noted
from store.ledger import Because
from store.tables import Acknowledgement, ContactPoint, FocalPoint, Need, Notice, Reply


@dataclass(frozen=True)
class MemberAnswer:
    """A member's answer as it was understood, with where it came from and what proves it."""

    door: Door
    response: AcknowledgementResponse
    proof: Assurance
    happened_at: datetime
    contact_point: ContactPoint | None = None
    focal_point: FocalPoint | None = None
    reply: Reply | None = None

    @property
    def office(self) -> FocalPoint | None:
        """The office that answered, where it is known."""
        return (
            self.contact_point.focal_point if self.contact_point is not None else self.focal_point
        )


def acknowledge(
    session: Session, act: Act, notice: Notice, word: MemberAnswer
) -> Acknowledgement | None:
    """Record it; None if the member had acknowledged before, or its activation has ended."""
    if notice.state is NoticeState.ACKNOWLEDGED:
        _second(session, act, notice, word)
        return None
    if not can_happen(notice.state, NoticeEvent.ANSWERED):
        return None
    if notice.activation.state in ACTIVATION_ENDS:
        return None
    late = _is_late(notice, word.happened_at)
    because = Because(
        evidence=ledger.evidence_of(word.reply),
        data={**_said(notice, word), "late": late},
        happened_at=word.happened_at,
    )
    if not ledger.move(
        session,
        act,
        notice,
        NoticeEvent.ANSWERED,
        because=because,
        acknowledged_at=word.happened_at,
        due_at=None,
    ):
        return None
    queue.call_off(session, notice, now=act.at)
    needs.settle_for_notice(session, act, notice)
    if word.contact_point is not None:
        contact_health.show(session, act, word.contact_point, HealthEvent.ANSWERED)
    kept = _kept(session, notice, word, late=late, now=act.at)
    _weigh(session, act, notice, word)
    return kept


def _said(notice: Notice, word: MemberAnswer) -> dict[str, str | int]:
    """What the ledger says of an answer; the words of its proof name nobody."""
    return {
        "member": notice.member_code,
        "door": word.door.value,
        "response": word.response.value,
        "dots": word.proof.level,
        "assurance": word.proof.words,
    }


def _weigh(session: Session, act: Act, notice: Notice, word: MemberAnswer) -> None:
    """Whether the playbook is content with the proof; if not, somebody calls back."""
    activation = notice.activation
    playbook = schema.pinned(activation.playbook_text, source=activation.playbook_name)
    if suffices(word.proof.level, minimum=playbook.proof.minimum):
        _nobody_need_call(session, act, notice)
        return
    needs.raise_need(
        session,
        by_engine(act.at),
        NeedCause.CALL_BACK,
        f"Call {notice.member.display_name} back on a directory number: its answer brought "
        f"{word.proof.level} of 3 in proof, and the playbook asks for {playbook.proof.minimum}.",
        key=f"call-back/{notice.id}",
        activation=activation,
        notice=notice,
    )


def _nobody_need_call(session: Session, act: Act, notice: Notice) -> None:
    query = select(Need).where(
        Need.notice_id == notice.id,
        Need.state == NeedState.OPEN,
        Need.cause == NeedCause.CALL_BACK,
    )
    for need in session.scalars(query).all():
        needs.settle(session, replace(act, signature="acknowledged with proof"), need)


def _second(session: Session, act: Act, notice: Notice, word: MemberAnswer) -> None:
    """A further answer is kept beside the first and re-opens nothing."""
    ledger.append(
        session,
        act,
        Noted.ANSWER_ADDED,
        subject=ledger.subject_of(notice),
        evidence=ledger.evidence_of(word.reply),
        data=_said(notice, word),
        happened_at=word.happened_at,
    )
    first = notice.acknowledgement
    if first is not None and word.proof.level > first.assurance:
        first.assurance = word.proof.level
        first.assurance_text = f"{first.assurance_text}; then {word.proof.words}"[:200]
        _weigh(session, act, notice, word)


def _is_late(notice: Notice, at: datetime) -> bool:
    deadline = notice.activation.deadline_at
    return notice.state is NoticeState.UNREACHED or (deadline is not None and at > deadline)


def _kept(
    session: Session, notice: Notice, word: MemberAnswer, *, late: bool, now: datetime
) -> Acknowledgement:
    acknowledgement = Acknowledgement(
        notice_id=notice.id,
        focal_point_id=word.office.id if word.office is not None else None,
        reply_id=word.reply.id if word.reply is not None else None,
        door=word.door,
        response=word.response,
        assurance=word.proof.level,
        assurance_text=word.proof.words[:200],
        at=word.happened_at,
        recorded_at=now,
        late=late,
    )
    session.add(acknowledgement)
    session.flush()
    session.expire(notice, ["acknowledgement"])
    return acknowledgement
