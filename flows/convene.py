"""Run one activation's wave: hand over what is queued, and take the rungs that are due.

Any number of these may run for one activation, late or twice: what one has claimed, another does
not find.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from prefect import flow, task

from convening import concur, notify
from flows.prefect_fallback import in_prefect
from flows.worker_context import LEASE, MARGIN, WorkerContext, worker_context
from mechanism.vocabulary import Channel
from notifications.outbox import claim
from notifications.outbox.queue import Claimed
from store.tables import Activation

FIRST_BATCH: Final = 4  # small, so that the first message waits for little
BATCH: Final = 200  # at most: it must have left long before its lease ends
GROWTH: Final = 4  # times: while a channel takes its messages quickly, a commit is for more
QUICK: Final = 1.0  # seconds within which a channel has room again
LOOK_AHEAD: Final = 1000  # ids of one look: what is due is sorted once for all of them

Sends = list[asyncio.Future[int]]


@flow(name="convene")
async def convene(activation_id: int, wave: int = 0) -> int:
    """One wave of one activation; how many messages were handed to providers."""
    async with worker_context() as here:
        sends = await _claim_due(here, activation_id, wave)  # what is queued waits for no rung
        if await asyncio.to_thread(_take_rungs, here, activation_id):
            sends += await _claim_due(here, activation_id, wave)
        here.fallback.reached(wave)
        return sum(await asyncio.gather(*sends))


def _take_rungs(here: WorkerContext, activation_id: int) -> bool:
    """Whether anything was due."""
    installation, now = here.installation, here.installation.now()
    with installation.database.reading() as session:
        due = {*notify.due_activations(session, now=now), *concur.due_time_outs(session, now=now)}
    if activation_id not in due:
        return False
    with installation.database.transaction() as session:
        activation = session.get_one(Activation, activation_id)
        if activation_id in concur.due_time_outs(session, now=now):
            concur.time_out(session, activation, now=now, settings=installation.settings)
        notify.take_due_rungs(
            session, now=now, settings=installation.settings, activation=activation
        )
    return True


async def claim_and_hand_over(here: WorkerContext, activation_id: int | None, wave: int) -> int:
    """Claim what is due and hand it over; how many messages those were."""
    sends = await _claim_due(here, activation_id, wave)
    here.fallback.reached(wave)
    return sum(await asyncio.gather(*sends))


async def _claim_due(here: WorkerContext, activation_id: int | None, wave: int) -> Sends:
    """Claim in batches, each channel for itself: while one leaves, the next comes."""
    due = await asyncio.to_thread(_due, here, activation_id)
    seen_all = sum(map(len, due.values())) < LOOK_AHEAD
    waves = (Wave(activation_id, channel, wave) for channel in (due if seen_all else Channel))
    claims = (_claim_all(here, one, deque(due.get(one.channel, ()))) for one in waves)
    return list(chain.from_iterable(await asyncio.gather(*claims)))


@dataclass(frozen=True)
class Wave:
    """One channel's part of a wave, and by which number the fallback knows it."""

    activation_id: int | None
    channel: Channel
    number: int


async def _claim_all(here: WorkerContext, wave: Wave, ids: deque[int]) -> Sends:
    """Claim until nothing is due; what was claimed is on its way."""
    sends: Sends = []
    size = FIRST_BATCH
    while ids or (ids := await _more(here, wave)):
        some = [ids.popleft() for _ in range(min(size, len(ids)))]
        until = asyncio.get_running_loop().time() + LEASE - MARGIN
        if claimed := await asyncio.to_thread(_claim, here, some):
            here.fallback.begun(wave.number)
            mine = here.take(claimed, until=until)
            sends.append(asyncio.ensure_future(_in_task(here, wave.channel.value, mine)))
        size = min(size * GROWTH, BATCH) if await here.room(wave.channel) < QUICK else FIRST_BATCH
    return sends


async def _more(here: WorkerContext, wave: Wave) -> deque[int]:
    due = await asyncio.to_thread(_due, here, wave.activation_id, wave.channel)
    return deque(due.get(wave.channel, ()))


def _due(
    here: WorkerContext, activation_id: int | None, channel: Channel | None = None
) -> Mapping[Channel, Sequence[int]]:
    with here.installation.database.reading() as session:
        return claim.due(
            session, now=here.installation.now(), limit=LOOK_AHEAD,
            activation_id=activation_id, channel=channel,
        )  # fmt: skip


def _claim(here: WorkerContext, ids: Sequence[int]) -> list[Claimed]:
    """Those of them that are now this process's own."""
    installation = here.installation
    with installation.database.transaction() as session:
        return claim.claim(
            session, ids, now=installation.now(), lease=here.lease, settings=installation.settings
        )


async def _in_task(here: WorkerContext, channel: str, attempt_ids: list[int]) -> int:
    """One Prefect task a batch; ids are all that Prefect is told."""
    if not in_prefect():
        return await here.hand_over(attempt_ids)
    try:
        return await hand_over(channel, attempt_ids)
    finally:
        await here.hand_over(attempt_ids)  # whatever Prefect did not come to


@task(name="hand over", task_run_name="{channel}")
async def hand_over(channel: str, attempt_ids: list[int]) -> int:  # noqa: ARG001 - the run's name
    """Hand these attempts, which this process has claimed, to their provider."""
    async with worker_context() as here:
        return await here.hand_over(attempt_ids)
