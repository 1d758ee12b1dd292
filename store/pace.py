"""How often may one link, or one address, come within a minute?

Kept in the database, so that several web processes count together. It refills evenly; real time is
told, also where the installation's own clock runs fast. A key is a digest: no address is kept.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mechanism import retention
from store.tables import VisitAllowance


def lets(session: Session, key: str, *, a_minute: int, real_now: datetime) -> bool:
    """Whether one more is within the pace, and count it."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    pace = session.scalar(
        select(VisitAllowance).where(VisitAllowance.key == digest).with_for_update()
    )
    if pace is None:
        return _first(session, digest, a_minute=a_minute, real_now=real_now)
    left = _left(pace, a_minute=a_minute, real_now=real_now)
    pace.left, pace.at = max(left - 1, 0.0), real_now
    return left >= 1


def is_used_up(session: Session, key: str, *, a_minute: int, real_now: datetime) -> bool:
    """Whether nothing is left; only reads, so that a flood which is refused writes nothing."""
    pace = session.get(VisitAllowance, hashlib.sha256(key.encode()).hexdigest())
    return pace is not None and _left(pace, a_minute=a_minute, real_now=real_now) < 1


def _first(session: Session, digest: str, *, a_minute: int, real_now: datetime) -> bool:
    session.execute(
        delete(VisitAllowance).where(VisitAllowance.at < real_now - retention.VISIT_ALLOWANCES)
    )
    try:
        with session.begin_nested():
            session.add(VisitAllowance(key=digest, left=a_minute - 1.0, at=real_now))
    except IntegrityError:
        pass  # another process was first in this very moment; one visit more does no harm
    return True


def _left(pace: VisitAllowance, *, a_minute: int, real_now: datetime) -> float:
    refilled = pace.left + a_minute * ((real_now - pace.at) / timedelta(minutes=1))
    return min(float(a_minute), refilled)
