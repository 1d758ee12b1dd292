"""Which activation has a reference, and which are open?"""

from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from mechanism.lifecycle import ACTIVATION_ENDS, ActivationState
from store.tables import (
    Acknowledgement,
    Activation,
    ContactPoint,
    FocalPoint,
    Member,
    Message,
    Notice,
    Situation,
)

OPEN: Final = frozenset(ActivationState) - ACTIVATION_ENDS


def latest_activation(session: Session, reference: str) -> Activation | None:
    """The situation's newest activation, with everything that the board reads of it."""
    return session.scalar(
        _newest(reference).options(
            selectinload(Activation.notices).options(
                joinedload(Notice.member)
                .selectinload(Member.focal_points)
                .selectinload(FocalPoint.contact_points),
                joinedload(Notice.acknowledgement).joinedload(Acknowledgement.focal_point),
                selectinload(Notice.rungs),
                selectinload(Notice.setbacks),
                selectinload(Notice.messages).options(
                    joinedload(Message.contact_point).joinedload(ContactPoint.focal_point),
                    selectinload(Message.attempts),
                ),
            ),
            selectinload(Activation.concurrences),
            selectinload(Activation.texts),
        )
    )


def activation_by_reference(session: Session, reference: str) -> Activation | None:
    """The situation's newest activation, without more."""
    return session.scalar(_newest(reference))


def _newest(reference: str) -> Select[Activation]:
    return (
        select(Activation)
        .join(Activation.situation)
        .where(Situation.reference == reference)
        .order_by(Activation.number.desc())
        .limit(1)
    )


def open_situations(session: Session) -> list[Activation]:
    """Every activation that has not ended, the newest first; the real ones before exercises."""
    rows = session.scalars(
        select(Activation)
        .where(Activation.state.in_(OPEN))
        .order_by(Activation.kind.desc(), Activation.triggered_at.desc())
        .options(joinedload(Activation.situation))
    )
    return list(rows)
