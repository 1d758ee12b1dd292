"""Which installation do the flows of an engine work in, and what have they in hand?

The engine opens it once and keeps it warm. A worker's flow opens its own from the environment.
Prefect is given ids only; what is to be sent stays in this process, in hand.
"""

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, closing
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Self

from flows.prefect_fallback import PrefectFallback
from flows.settling import Settling
from mechanism.vocabulary import Channel
from notifications import registry
from notifications.outbox.queue import Claimed
from notifications.provider import Outcome, Provider, Unknown
from settings import Settings
from store.installation import Installation
from store.migrations import open_up_to_date

LEASE: Final = 60.0  # real seconds; longer than any provider's time-out
MARGIN: Final = 5.0  # real seconds of it for the way into the database and back
BACKLOG: Final = 50  # of a channel in hand: with fewer the next are claimed
LOOK: Final = 1.0  # seconds; room is looked for again even if nobody says that there is some
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InHand:
    """A claim of this process, and until when it is: after that nothing of it may leave."""

    claimed: Claimed
    until: float  # the loop's time


@dataclass
class WorkerContext:
    """An installation with its providers, warm while it is entered."""

    installation: Installation
    providers: Mapping[str, Provider]
    in_hand: dict[int, InHand] = field(default_factory=dict)
    under_way: dict[int, InHand] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing has been sent yet."""
        self.fallback = PrefectFallback()
        self._settling = Settling(self.installation)
        self._some_left = asyncio.Event()

    @property
    def lease(self) -> timedelta:
        """How long a claim is this process's own, in told time."""
        return timedelta(seconds=LEASE * self.installation.clock.rate)

    async def __aenter__(self) -> Self:
        """Warm every provider, so that the first message waits for nothing."""
        await asyncio.gather(*(provider.open() for provider in self.providers.values()))
        gc.freeze()  # what is loaded by now stays: no search for garbage goes through it again
        self._here_before = _of_this_task.set(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of the providers; the installation belongs to whoever opened it."""
        _of_this_task.reset(self._here_before)
        await self.fallback.close()
        await asyncio.gather(*(provider.close() for provider in self.providers.values()))

    def take(self, claimed: Iterable[Claimed], *, until: float) -> list[int]:
        """Hold what was claimed until it is sent; the attempts' ids."""
        fresh = {one.attempt_id: InHand(one, until) for one in claimed}
        self.in_hand |= fresh
        return list(fresh)

    async def room(self, channel: Channel) -> float:
        """Return when so few are in hand that they will have left long before their lease ends.

        Gives the seconds that it took.
        """
        began = asyncio.get_running_loop().time()
        while self._backlog(channel) >= BACKLOG:
            self._some_left.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._some_left.wait(), LOOK)
        return asyncio.get_running_loop().time() - began

    def _backlog(self, channel: Channel) -> int:
        now = asyncio.get_running_loop().time()
        self.in_hand = {i: one for i, one in self.in_hand.items() if one.until > now}
        held = (*self.in_hand.values(), *self.under_way.values())
        return sum(one.claimed.outgoing.channel is channel for one in held)

    async def hand_over(self, attempt_ids: Iterable[int]) -> int:
        """Send what is in hand, all at once; return when every outcome is committed."""
        mine = {i: self.in_hand.pop(i) for i in attempt_ids if i in self.in_hand}
        self.under_way |= mine
        ends = await asyncio.gather(*map(self._send, mine.values()), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return len(mine)

    async def _send(self, one: InHand) -> None:
        attempt_id = one.claimed.attempt_id
        try:
            outcome = await self._submit(one)
        finally:
            del self.under_way[attempt_id]
            self._some_left.set()
        await self._settling.settle(attempt_id, outcome)

    async def _submit(self, one: InHand) -> Outcome:
        """The provider's word; where there is none, it is perhaps sent and perhaps not."""
        provider = self.providers[one.claimed.provider]
        if one.until <= asyncio.get_running_loop().time():
            return Unknown("held longer than the lease, and not sent")
        try:
            async with asyncio.timeout_at(one.until):
                return await provider.submit(one.claimed.outgoing)
        except TimeoutError:
            return Unknown("not answered within the lease")
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are not its matter
            # its kind alone: a traceback may hold addresses
            _log.error("a provider broke at a send: %s", type(error).__name__)
            return Unknown(type(error).__name__)


_of_this_task: Final[ContextVar[WorkerContext]] = ContextVar("worker context")


@asynccontextmanager
async def worker_context() -> AsyncIterator[WorkerContext]:
    """The engine's, whose flow this is; without one, as in a worker, one opened for this flow.

    Prefect passes ids only, so that a flow finds it by the task in which it runs.
    """
    if (engines := _of_this_task.get(None)) is not None:
        yield engines
        return
    installation = open_up_to_date(Settings())
    with closing(installation):
        async with WorkerContext(installation, registry.providers(installation.settings)) as own:
            yield own
