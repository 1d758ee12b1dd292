"""Which meetings has an activation had, and which is the one that counts now?"""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from mechanism.lifecycle import ConveningState
from store.tables import Activation, Convening


def meetings(session: Session, activation: Activation) -> Sequence[Convening]:
    """Every meeting of an activation, the first first, whatever became of it."""
    return session.scalars(_of(activation).order_by(Convening.number)).all()


def latest_meeting(session: Session, activation: Activation) -> Convening | None:
    """The meeting that was fixed last, whatever became of it, with its attendance."""
    newest_first = _of(activation).order_by(Convening.number.desc()).limit(1)
    return session.scalar(newest_first.options(selectinload(Convening.attendances)))


def open_meeting(session: Session, activation: Activation) -> Convening | None:
    """The latest meeting, where it is still to be held."""
    latest = latest_meeting(session, activation)
    return latest if latest is not None and latest.state is ConveningState.FIXED else None


def _of(activation: Activation) -> Select[Convening]:
    return select(Convening).where(Convening.activation_id == activation.id)
