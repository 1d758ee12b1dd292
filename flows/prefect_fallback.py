"""How does a wave leave at once, whatever state Prefect is in?

The flow is called in this very loop. If it has not claimed its messages in a moment, the same
function runs without Prefect; claims are exclusive, so whichever comes later finds nothing left.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from prefect import Flow
from prefect.context import FlowRunContext

FALLBACK_AFTER: Final = 0.3  # seconds
_log = logging.getLogger(__name__)


class _Claims:
    """How far a wave is: it has begun to claim, and it has claimed all that was due."""

    def __init__(self) -> None:
        self.begun, self.ended = asyncio.Event(), asyncio.Event()


class PrefectFallback:
    """The waves of one engine. A flow is told its wave's number, and says by it how far it is."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._claims: dict[int, _Claims] = {}
        self._left_behind: set[asyncio.Task[None]] = set()

    def begun(self, wave: int) -> None:
        """Said by a flow when its first claims are committed: nobody need run this wave again."""
        if wave in self._claims:
            self._claims[wave].begun.set()

    def reached(self, wave: int) -> None:
        """Said by a flow when nothing that was due is left to claim: the next wave may start."""
        self.begun(wave)
        if wave in self._claims:
            self._claims[wave].ended.set()

    async def run(
        self,
        flow: Flow[..., Any],
        *arguments: int,
        prefect_is_up: bool,
        claimed: Callable[[], None],
    ) -> bool:
        """Run it to its end; True if Prefect ran it. `claimed` is called once it has claimed."""
        wave = next(self._numbers)
        claims = self._claims[wave] = _Claims()
        try:
            if prefect_is_up and await self._by_prefect(flow, arguments, wave, claimed):
                return True
            plain = asyncio.ensure_future(flow.fn(*arguments, wave=wave))
            await _until(claims.ended, plain)
            if claims.ended.is_set():
                claimed()
            await plain
            return False
        finally:
            del self._claims[wave]

    async def _by_prefect(
        self,
        flow: Flow[..., Any],
        arguments: tuple[int, ...],
        wave: int,
        claimed: Callable[[], None],
    ) -> bool:
        claims = self._claims[wave]
        run = asyncio.ensure_future(_called(flow, arguments, wave))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FALLBACK_AFTER):
                await _until(claims.begun, run)
        if not claims.begun.is_set():
            self._left_behind.add(run)  # it may still come, and will find nothing left
            run.add_done_callback(self._left_behind.discard)
            run.add_done_callback(_seen)
            return False
        await _until(claims.ended, run)
        claimed()
        await asyncio.wait({run})
        _seen(run)
        return True

    async def close(self) -> None:
        """Wait no longer for what Prefect has not begun."""
        left = list(self._left_behind)
        for run in left:
            run.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _called(flow: Flow[..., Any], arguments: tuple[int, ...], wave: int) -> None:
    await cast("Awaitable[Any]", flow(*arguments, wave=wave))


async def _until(event: asyncio.Event, run: asyncio.Future[Any]) -> None:
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({waiting, run}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


def _seen(run: asyncio.Future[Any]) -> None:
    """What Prefect itself could not do is for its own history; ours is in the database."""
    error = None if run.cancelled() else run.exception()
    if error is not None:
        _log.warning("Prefect could not run a wave to its end: %s", type(error).__name__)


def in_prefect() -> bool:
    """Whether this code is inside a flow run; a task outside of one would start a server."""
    return FlowRunContext.get() is not None
