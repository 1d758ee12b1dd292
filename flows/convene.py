"""Run one activation's wave: take the rungs that are due, and hand over what is queued.

Any number of these may run for one activation, late or twice: what one has claimed, another does
not find.
"""

import asyncio
from typing import Final

from prefect import flow, task

from convening import concur, notify
from flows import hedge
from flows.premises import Premises, premises
from mechanism.ladder import Channel
from notifications import outbox
from notifications.outbox import Claimed
from store.tables import Activation

FIRST_BATCH: Final = 8  # small, so that the first message waits for little
BATCH: Final = 40


@flow(name="convene")
async def convene(activation_id: int, wave: int = 0) -> int:
    """One wave of one activation; how many messages were handed to providers."""
    here = await premises()
    await asyncio.to_thread(_take_rungs, here, activation_id)
    return await claim_and_hand_over(here, activation_id, wave)


def _take_rungs(here: Premises, activation_id: int) -> None:
    house, now = here.house, here.house.now()
    with house.database.reading() as session:
        due = {*notify.due_activations(session, now=now), *concur.due_time_outs(session, now=now)}
    if activation_id not in due:
        return
    with house.database.transaction() as session:
        activation = session.get_one(Activation, activation_id)
        if activation_id in concur.due_time_outs(session, now=now):
            concur.time_out(session, activation, now=now, settings=house.settings)
        notify.take_due_rungs(session, now=now, settings=house.settings, activation=activation)


async def claim_and_hand_over(here: Premises, activation_id: int | None, wave: int) -> int:
    """Claim what is due in batches, a small one first: while one leaves, the next is claimed."""
    sends: list[asyncio.Future[int]] = []
    limit = FIRST_BATCH
    while True:
        found, claimed = await asyncio.to_thread(_claim, here, activation_id, limit)
        if not found:
            break
        hedge.begun(wave)
        sends.append(asyncio.ensure_future(hand_over_all(here, claimed)))
        limit = BATCH
    hedge.reached(wave)
    return sum(await asyncio.gather(*sends))


def _claim(here: Premises, activation_id: int | None, limit: int) -> tuple[int, list[Claimed]]:
    """How many were due, and those of them that are now this process's own."""
    house, now = here.house, here.house.now()
    with house.database.reading() as session:
        ids = outbox.due(session, now=now, limit=limit, activation_id=activation_id)
    if not ids:
        return 0, []
    with house.database.transaction() as session:
        claimed = outbox.claim(session, ids, now=now, lease=here.lease, settings=house.settings)
    return len(ids), claimed


async def hand_over_all(here: Premises, claimed: list[Claimed]) -> int:
    """One Prefect task a channel; ids are all that Prefect is told."""
    tasks = [
        _in_task(here, channel.value, ids)
        for channel in Channel
        if (ids := here.take(c for c in claimed if c.outgoing.channel is channel))
    ]
    return sum(await asyncio.gather(*tasks))


async def _in_task(here: Premises, channel: str, attempt_ids: list[int]) -> int:
    if hedge.in_prefect():
        return await hand_over(channel, attempt_ids)
    return await here.hand_over(attempt_ids)


@task(name="hand over", task_run_name="{channel}")
async def hand_over(channel: str, attempt_ids: list[int]) -> int:  # noqa: ARG001 - the run's name
    """Hand these attempts, which this process has claimed, to their provider."""
    here = await premises()
    return await here.hand_over(attempt_ids)
