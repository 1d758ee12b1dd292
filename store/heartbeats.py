"""Is an engine at work, and if not, for how long has none been seen?"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.tables import Heartbeat

ENGINE: Final = "engine"  # how the names of all engines begin
SILENT_AFTER: Final = timedelta(seconds=30)


def last_heartbeat(session: Session) -> Heartbeat | None:
    """The newest of any engine."""
    of_engines = select(Heartbeat).where(Heartbeat.name.startswith(ENGINE))
    return session.scalar(of_engines.order_by(Heartbeat.at.desc()).limit(1))


def engine_silence(session: Session, *, real_now: datetime) -> timedelta | None:
    """How long nothing has been heard of any engine; None while one is heard."""
    last = last_heartbeat(session)
    if last is None:
        return timedelta.max
    return real_now - last.at if real_now - last.at > SILENT_AFTER else None
