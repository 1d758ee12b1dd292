"""Acknowledge: one member confirms receipt, by any of its people, on any channel.

The member's ladder stops in the same transaction; nobody else's does. A late answer counts, as
late; a second one is kept and changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from mechanism.ladder import Channel
from mechanism.lifecycle import ACTIVATION_ENDS, NoticeEvent, NoticeState, can_happen
from notifications import outbox, wording
from notifications.outbox import To
from store import ledger, needs
from store.ledger import Actor, Because
from store.tables import (
    Acknowledgement,
    AcknowledgementResponse,
    ContactPoint,
    Door,
    FocalPoint,
    Health,
    MessagePurpose,
    Notice,
    Reply,
)

BY_DOOR: Final = {
    Door.SMS: "SMS reply",
    Door.MAIL: "e-mail reply",
    Door.LINK: "one-time link",
    Door.CALL: "telephone",
    Door.SIGNED_IN: "signed in",
}


@dataclass(frozen=True)
class Proof:
    """How sure it is who answered: 1 to 3 dots, and the sentence that stands beside them."""

    dots: int
    sentence: str


@dataclass(frozen=True)
class Word:
    """A member's answer as it was understood, with where it came from and what proves it."""

    door: Door
    response: AcknowledgementResponse
    proof: Proof
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
    session: Session, notice: Notice, word: Word, *, actor: Actor, now: datetime
) -> Acknowledgement | None:
    """Record it; None if the member had acknowledged before, or its activation has ended."""
    if not can_happen(notice.state, NoticeEvent.ANSWERED):
        return None
    if notice.activation.state in ACTIVATION_ENDS:
        return None
    late = _is_late(notice, word.happened_at)
    because = Because(
        evidence=(f"sha256:{word.reply.sha256}",) if word.reply is not None else (),
        data={
            "door": word.door.value,
            "response": word.response.value,
            "dots": word.proof.dots,
            "late": late,
            "member": notice.member_code,
        },
        happened_at=word.happened_at,
    )
    if not ledger.move(
        session, notice, NoticeEvent.ANSWERED, actor=actor, now=now, because=because,
        acknowledged_at=word.happened_at, due_at=None,
    ):  # fmt: skip
        return None
    outbox.call_off(session, notice, now=now)
    needs.settle_for_notice(session, notice, now=now, actor=actor)
    if word.contact_point is not None:
        word.contact_point.health, word.contact_point.health_note = Health.WORKING, ""
    return _kept(session, notice, word, late=late, now=now)


def _is_late(notice: Notice, at: datetime) -> bool:
    deadline = notice.activation.deadline_at
    return notice.state is NoticeState.UNREACHED or (deadline is not None and at > deadline)


def _kept(
    session: Session, notice: Notice, word: Word, *, late: bool, now: datetime
) -> Acknowledgement:
    acknowledgement = Acknowledgement(
        notice_id=notice.id,
        focal_point_id=word.office.id if word.office is not None else None,
        reply_id=word.reply.id if word.reply is not None else None,
        door=word.door,
        response=word.response,
        assurance=word.proof.dots,
        assurance_text=word.proof.sentence,
        at=word.happened_at,
        recorded_at=now,
        late=late,
    )
    session.add(acknowledgement)
    session.flush()
    session.expire(notice, ["acknowledgement"])
    return acknowledgement


def confirm(
    session: Session, notice: Notice, contact: ContactPoint, reply: Reply, *, now: datetime
) -> None:
    """Tell whoever answered what became of the answer; once for each reply, never to a machine."""
    if contact.channel not in {Channel.SMS, Channel.EMAIL}:
        return
    activation, acknowledgement = notice.activation, notice.acknowledgement
    words = wording.write(
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
            "ended": activation.state in ACTIVATION_ENDS,
        },
    )
    to = To(
        dedupe_key=f"confirmation/{reply.id}",
        purpose=MessagePurpose.CONFIRMATION,
        channel=contact.channel,
        address=contact.address,
        addressee=f"{contact.focal_point.office}, {notice.member.display_name}",
        activation=activation,
        notice=notice,
        contact_point=contact,
        priority=6,
        in_reply_to=str(reply.envelope.get("message_id", "")),
    )
    outbox.queue(session, to, words, now=now)


def _office_of(acknowledgement: Acknowledgement | None) -> str:
    if acknowledgement is None or acknowledgement.focal_point is None:
        return ""
    return acknowledgement.focal_point.office
