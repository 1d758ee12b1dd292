"""Run one activation's wave: take the rungs that are due, and hand over what is queued.

Any number of these may run for one activation, late or twice: what one has claimed, another does
not find.
"""

import asyncio

from prefect import flow, task

from convening import concur, notify
from flows import hedge
from flows.premises import Premises, premises
from mechanism.ladder import Channel
from notifications import outbox
from notifications.outbox import Claimed
from store.tables import Activation

BATCH = 50


@flow(name="convene")
async def convene(activation_id: int, wave: int = 0) -> int:
    """One wave of one activation; how many messages were handed to providers."""
    here = await premises()
    claimed = _take_and_claim(here, activation_id)
    hedge.reached(wave)
    return await hand_over_all(here, claimed)


def _take_and_claim(here: Premises, activation_id: int) -> list[Claimed]:
    house, now = here.house, here.house.now()
    with house.database.transaction() as session:
        activation = session.get_one(Activation, activation_id)
        if activation_id in concur.due_time_outs(session, now=now):
            concur.time_out(session, activation, now=now, settings=house.settings)
        notify.take_due_rungs(session, now=now, settings=house.settings, activation=activation)
        ids = outbox.due(session, now=now, limit=1000, activation_id=activation_id)
        return outbox.claim(session, ids, now=now, lease=here.lease, settings=house.settings)


async def hand_over_all(here: Premises, claimed: list[Claimed]) -> int:
    """One Prefect task a channel and batch; ids are all that Prefect is told."""
    tasks = [
        _in_task(here, channel.value, here.take(batch))
        for channel in Channel
        for batch in _batches([c for c in claimed if c.outgoing.channel is channel])
    ]
    return sum(await asyncio.gather(*tasks))


def _batches(claimed: list[Claimed]) -> list[list[Claimed]]:
    return [claimed[i : i + BATCH] for i in range(0, len(claimed), BATCH)]


async def _in_task(here: Premises, channel: str, attempt_ids: list[int]) -> int:
    if hedge.in_prefect():
        return await hand_over(channel, attempt_ids)
    return await here.hand_over(attempt_ids)


@task(name="hand over", task_run_name="{channel}")
async def hand_over(channel: str, attempt_ids: list[int]) -> int:  # noqa: ARG001 - the run's name
    """Hand these attempts, which this process has claimed, to their provider."""
    here = await premises()
    return await here.hand_over(attempt_ids)
