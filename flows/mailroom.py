"""Read what was kept, tell people that they are needed, and find out what became of lost sends.

The engine does this at every look; as a deployment it is the second pair of hands, once a minute.
"""

import asyncio
import logging

from prefect import flow
from sqlalchemy.exc import SQLAlchemyError

from convening.messages import alerts
from convening.notify import due_activations
from convening.replies import handle
from flows.convene import claim_and_hand_over, convene
from flows.worker_context import WorkerContext, worker_context
from notifications.outbox import claim, settle
from notifications.outbox.queue import Claimed
from notifications.provider import Accepted, NotFound, Unknown
from store.tables import Reply

_log = logging.getLogger(__name__)


@flow(name="mailroom")
async def mailroom(wave: int = 0) -> int:
    """Messages that belong to no activation; how many were handed to providers."""
    async with worker_context() as here:
        return await claim_and_hand_over(here, None, wave)


@flow(name="reconcile")
async def reconcile() -> int:
    """Everything that is due, done by a worker: timers, lost sends, unread replies, the outbox."""
    async with worker_context() as here:
        await look_after(here)
        with here.installation.database.reading() as session:
            now = here.installation.now()
            ids = {*due_activations(session, now=now), *claim.due_for(session, now=now)}
        sent = [await convene.fn(i) if i is not None else await mailroom.fn() for i in ids]
        return sum(sent)


async def look_after(here: WorkerContext) -> None:
    """What must happen even if nobody rings."""
    read_and_tell(here)
    await find_lost(here)


def read_and_tell(here: WorkerContext) -> int:
    """Read what was kept and unread, and tell people where a person is needed; how many replies."""
    count = hear_waiting(here)
    with here.installation.database.reading() as session:
        is_due = alerts.has_due(session, now=here.installation.now())
    if is_due:
        with here.installation.database.transaction() as session:
            alerts.tell_due(
                session, now=here.installation.now(), settings=here.installation.settings
            )
    return count


def hear_waiting(here: WorkerContext) -> int:
    """Read every reply that is kept and unread, each in a transaction of its own."""
    with here.installation.database.reading() as session:
        ids = handle.waiting_to_be_heard(session)
    for reply_id in ids:
        _hear(here, reply_id)
    return len(ids)


def _hear(here: WorkerContext, reply_id: int) -> None:
    try:
        handle.read_kept(here.installation, reply_id)
    except (SQLAlchemyError, OSError):
        raise  # nothing is wrong with the reply: it is read at the next look
    except Exception as error:  # noqa: BLE001 - a person reads it, and the others are heard
        # its kind alone: a traceback may hold what the stranger wrote
        _log.error("a reply could not be read; a person is told: %s", type(error).__name__)
        with here.installation.database.transaction() as session:
            handle.hand_to_a_person(
                session, session.get_one(Reply, reply_id), now=here.installation.now()
            )


async def find_lost(here: WorkerContext) -> int:
    """Ask the providers what became of sends whose outcome is unknown."""
    now = here.installation.now()
    with here.installation.database.reading() as session:
        if not settle.has_lost(session, now=now):
            return 0
    with here.installation.database.transaction() as session:
        settle.lose_sight_of_dead(session, now=now)
        lost = settle.to_reconcile(
            session, now=now, lease=here.lease, settings=here.installation.settings
        )
    await asyncio.gather(*(_find(here, claimed) for claimed in lost))
    return len(lost)


async def _find(here: WorkerContext, claimed: Claimed) -> None:
    installation, found = here.installation, await _asked(here, claimed)
    with installation.database.transaction() as session:
        settle.reconciled(
            session,
            claimed.attempt_id,
            found,
            now=installation.now(),
            settings=installation.settings,
        )


async def _asked(here: WorkerContext, claimed: Claimed) -> Accepted | NotFound | Unknown:
    provider = here.providers.get(claimed.provider)
    if provider is None:
        return Unknown("its provider is not set up here any more")
    return await provider.reconcile(claimed.outgoing)
