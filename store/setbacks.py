"""What speaks against an office's ever answering by a channel?

A setback brings the notice's next look at the ladder forward to this moment, in the transaction
that records it: the other channel and the alternate are started at once.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mechanism.lifecycle import Health, HealthEvent, NoticeState
from mechanism.vocabulary import SetbackKind
from store import contact_health, ledger
from store.act import by_engine
from store.events import Noted
from store.ledger import Because
from store.tables import ContactPoint, Notice, SetbackSeen

STILL_CLIMBING: Final = (NoticeState.WAITING, NoticeState.NOTIFIED)

_SHOWS: Final = {
    SetbackKind.FAILED: HealthEvent.FAILED,
    SetbackKind.BOUNCED: HealthEvent.FAILED,
    SetbackKind.OPTED_OUT: HealthEvent.OPTED_OUT,
}


def record(
    session: Session,
    notice: Notice,
    contact_point: ContactPoint,
    kind: SetbackKind,
    *,
    now: datetime,
    note: str = "",
) -> None:
    """Record it once per notice and contact point, and mark the address where it is the cause."""
    mark(session, contact_point, kind, now=now, note=note)
    if _is_known(session, notice, contact_point):
        return
    session.add(
        SetbackSeen(
            notice_id=notice.id,
            contact_point_id=contact_point.id,
            kind=kind,
            note=note[:200],
            at=now,
        )
    )
    _write_down(session, notice, contact_point, kind, now)
    _look_at_once(session, notice, now)


def mark(
    session: Session, contact: ContactPoint, kind: SetbackKind, *, now: datetime, note: str
) -> None:
    """Mark the address where it is the cause; of several failures the last one's note stays."""
    event = _SHOWS.get(kind)
    if event is None:
        return
    if event is HealthEvent.FAILED and contact.health is Health.FAILED:
        contact.health_note = note[:200]
        return
    because = Because(data={"kind": kind.value})
    contact_health.show(session, by_engine(now), contact, event, note=note, because=because)


def _is_known(session: Session, notice: Notice, contact_point: ContactPoint) -> bool:
    query = select(SetbackSeen.id).where(
        SetbackSeen.notice_id == notice.id, SetbackSeen.contact_point_id == contact_point.id
    )
    return session.scalar(query) is not None


def _write_down(
    session: Session, notice: Notice, contact_point: ContactPoint, kind: SetbackKind, now: datetime
) -> None:
    ledger.append(
        session,
        by_engine(now),
        Noted.SETBACK_SEEN,
        subject=ledger.subject_of(notice),
        data={
            "kind": kind.value,
            "channel": contact_point.channel.value,
            "rank": contact_point.focal_point.rank.value,
        },
    )


def _look_at_once(session: Session, notice: Notice, now: datetime) -> None:
    """The ladder's next look is now, wherever the member is still climbing it."""
    session.execute(
        update(Notice)
        .where(Notice.id == notice.id, Notice.state.in_(STILL_CLIMBING))
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    session.expire(notice, ["due_at", "setbacks"])
