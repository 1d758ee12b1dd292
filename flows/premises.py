"""Which house do the flows of this process work in, and what have they in hand?

The engine opens it once and keeps it warm. A worker's process opens its own from the environment.
Prefect is given ids only; what is to be sent stays in this process, in hand.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from convening.house import House
from notifications import outbox, routes
from notifications.outbox import Claimed
from notifications.provider import Outcome, Provider
from settings import Settings
from store.migrations import migrate
from store.session import Database

LEASE: Final = 60.0  # real seconds; longer than any provider's time-out


@dataclass
class Premises:
    """The house with its providers, warm."""

    house: House
    providers: Mapping[str, Provider]
    in_hand: dict[int, Claimed] = field(default_factory=dict)

    @property
    def lease(self) -> timedelta:
        """How long a claim is this process's own, in told time."""
        return timedelta(seconds=LEASE * self.house.clock.rate)

    async def open(self) -> None:
        """Warm every provider, so that the first message waits for nothing."""
        await asyncio.gather(*(provider.open() for provider in self.providers.values()))

    async def close(self) -> None:
        """Let go of the providers; the house belongs to whoever opened it."""
        await asyncio.gather(*(provider.close() for provider in self.providers.values()))

    def take(self, claimed: Iterable[Claimed]) -> list[int]:
        """Hold what was claimed until it is sent; the attempts' ids."""
        fresh = {one.attempt_id: one for one in claimed}
        self.in_hand |= fresh
        return list(fresh)

    async def hand_over(self, attempt_ids: Iterable[int]) -> int:
        """Send what is in hand, all at once; the outcomes that are there are committed together."""
        mine = [self.in_hand.pop(i) for i in attempt_ids if i in self.in_hand]
        under_way = {asyncio.ensure_future(self._submit(one)) for one in mine}
        while under_way:
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.to_thread(self._settle, [one.result() for one in done])
        return len(mine)

    async def _submit(self, claimed: Claimed) -> tuple[int, Outcome]:
        provider = self.providers[claimed.provider]
        return claimed.attempt_id, await provider.submit(claimed.outgoing)

    def _settle(self, outcomes: Iterable[tuple[int, Outcome]]) -> None:
        with self.house.database.transaction() as session:
            for attempt_id, outcome in outcomes:
                outbox.settle(session, attempt_id, outcome, now=self.house.now())


_premises: Premises | None = None


def settle_in(premises: Premises) -> None:
    """The flows of this process work here from now on."""
    global _premises  # noqa: PLW0603 - one house a process; Prefect passes ids only
    _premises = premises


async def premises() -> Premises:
    """The premises of this process; a worker's are opened at the first flow."""
    if _premises is None:
        settings = Settings()
        database = Database(settings.database)
        migrate(database)
        database.close()
        opened = Premises(House.open(settings), routes.providers(settings))
        await opened.open()
        settle_in(opened)
        return opened
    return _premises
