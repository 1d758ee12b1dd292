"""What keeps messages from leaving now: no engine is heard, or a channel has no provider?

It shows on a board like an event does, so it is part of the version by which a board is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from convening import providers
from mechanism.vocabulary import Channel
from store.heartbeats import engine_silence
from store.installation import Installation
from store.tables import LedgerEntry


@dataclass(frozen=True)
class Standstill:
    """What keeps messages from leaving now."""

    engine: timedelta | None  # how long it has been silent
    closed: Mapping[Channel, tuple[str, ...]]  # channels that no provider takes, and who does not

    @property
    def mark(self) -> str:
        """What it adds to a version."""
        return f"{'s' if self.engine else ''}{''.join(f'-{name}' for name in sorted(self.closed))}"


def standstill(session: Session, installation: Installation, *, real_now: datetime) -> Standstill:
    """The engine's silence, and the channels that are closed."""
    closed = providers.closed_channels(session, installation.settings, now=installation.now())
    return Standstill(engine_silence(session, real_now=real_now), closed)


def version_of(
    session: Session, log: str, installation: Installation, *, real_now: datetime
) -> str:
    """The newest event of a log, and what keeps messages from leaving."""
    return versions_of(session, frozenset({log}), installation, real_now=real_now)[log]


def versions_of(
    session: Session, logs: frozenset[str], installation: Installation, *, real_now: datetime
) -> dict[str, str]:
    """The newest event of each log, and what keeps messages from leaving."""
    newest = (
        select(LedgerEntry.log, func.max(LedgerEntry.id))
        .where(LedgerEntry.log.in_(logs))
        .group_by(LedgerEntry.log)
    )
    found = {row[0]: row[1] for row in session.execute(newest)}
    mark = standstill(session, installation, real_now=real_now).mark
    return {log: f"{found.get(log, 0)}{mark}" for log in logs}
