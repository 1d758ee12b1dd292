"""How do the outcomes of many sends share a commit?

An outcome that waits here for a few milliseconds is safe: its attempt is committed already, and if
this process dies now, its fate is unknown and is found out.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from notifications.outbox import settle
from notifications.provider import Outcome
from store.installation import Installation

MOMENT: Final = 0.02  # seconds that an outcome waits for others
ENOUGH: Final = 50  # with so many it does not wait
MOST: Final = 200  # in one transaction: others want to write too


@dataclass(frozen=True)
class _Uncommitted:
    """An outcome that is not committed yet, and what its sender waits for."""

    attempt_id: int
    outcome: Outcome
    committed: asyncio.Future[None]


class Settling:
    """One commit at a time; whatever came meanwhile goes into the next."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._waiting: list[_Uncommitted] = []
        self._work: asyncio.Task[None] | None = None

    async def settle(self, attempt_id: int, outcome: Outcome) -> None:
        """Return when it is committed, whoever commits it."""
        committed = asyncio.get_running_loop().create_future()
        self._waiting.append(_Uncommitted(attempt_id, outcome, committed))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._until_none_waits())
        await committed

    async def _until_none_waits(self) -> None:
        while self._waiting:
            if len(self._waiting) < ENOUGH:
                await asyncio.sleep(MOMENT)
            some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            if not await self._settled(some) and len(some) > 1:
                await self._one_by_one(some)

    async def _one_by_one(self, some: list[_Uncommitted]) -> None:
        """What one of them breaks is not to be the others' loss."""
        for one in some:
            await self._settled([one])

    async def _settled(self, some: list[_Uncommitted]) -> bool:
        """Commit these; False where that failed, which a single one is told."""
        try:
            await asyncio.to_thread(self._commit, {one.attempt_id: one.outcome for one in some})
        except Exception as error:  # noqa: BLE001 - it is raised where the outcome came from
            if len(some) == 1 and not some[0].committed.done():
                some[0].committed.set_exception(error)
            return False
        for one in some:
            if not one.committed.done():  # whoever sent it may have been told to stop
                one.committed.set_result(None)
        return True

    def _commit(self, outcomes: Mapping[int, Outcome]) -> None:
        with self._installation.database.transaction() as session:
            now, settings = self._installation.now(), self._installation.settings
            settle.settle_all(session, outcomes, now=now, settings=settings)
