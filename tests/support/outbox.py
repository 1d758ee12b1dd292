"""What an engine claims of the messages that are due."""

from datetime import timedelta
from itertools import chain

from notifications.outbox import claim as claiming
from notifications.outbox.queue import Claimed
from tests.support.desk import Desk

LEASE = timedelta(seconds=60)


def claimed(desk: Desk, *, limit: int = 100) -> list[Claimed]:
    with desk.database.transaction() as session:
        due = claiming.due(session, now=desk.now, limit=limit, activation_id=desk.activation_id)
        ids = list(chain.from_iterable(due.values()))
        return claiming.claim(session, ids, now=desk.now, lease=LEASE, settings=desk.settings)


def of(claims: list[Claimed], address: str) -> Claimed:
    return next(c for c in claims if c.outgoing.address == address)
