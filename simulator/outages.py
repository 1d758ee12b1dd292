"""When does nobody listen, so that a connection is refused before a byte is written?"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from simulator.faults import Api, FaultPlan, Trouble
from simulator.pace import ToldPace


class ListeningSocket(Protocol):
    """A listening socket that can be closed, and opened again at the same port."""

    async def open(self) -> None: ...

    async def shut(self) -> None:
        """Listen no more, and cut whoever is inside."""


class WebDoor:
    """The listening socket of the APIs and of the page; it can be shut, and opened again."""

    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    async def start(self, app: web.Application) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.open()

    async def open(self) -> None:
        if self._runner is not None:
            self._site = web.TCPSite(self._runner, *self.address)
            await self._site.start()
            host, port, *_ = self._runner.addresses[0]
            self.address = (host, port)

    async def shut(self) -> None:
        """Listen no more, and cut every connection."""
        if self._site is not None and self._runner is not None and self._runner.server is not None:
            await self._site.stop()
            self._site = None
            for connection in self._runner.server.connections:
                connection.force_close()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


@dataclass
class ShutSocket:
    """A door, and by which trouble of whom it is shut."""

    door: ListeningSocket
    trouble: Trouble
    api: Api | None = None
    is_open: bool = True


class Outages:
    """Shuts doors and opens them as the plan says, whenever plan or told time moves on."""

    def __init__(self, doors: Iterable[ShutSocket], *, faults: FaultPlan, pace: ToldPace) -> None:
        self._doors = tuple(doors)
        self._faults = faults
        self._pace = pace
        self._changed = asyncio.Event()

    def call(self) -> Callable[[], None]:
        """What to call, from any thread, when the plan has changed."""
        loop = asyncio.get_running_loop()
        return lambda: _call_in(loop, self._changed.set)

    async def watch(self) -> None:
        """Keep the doors until cancelled."""
        while True:
            self._changed.clear()
            await self.heed()
            await self._something_new()

    async def heed(self) -> None:
        """Bring every door into the state that the plan wants now."""
        for kept in self._doors:
            wanted = not self._faults.stands(kept.trouble, api=kept.api)
            if kept.is_open and not wanted:
                self._faults.note(kept.trouble, "", api=kept.api)
                await kept.door.shut()
            elif wanted and not kept.is_open:
                await kept.door.open()
            kept.is_open = wanted

    async def _something_new(self) -> None:
        waits: list[Awaitable[object]] = [self._changed.wait()]
        if (turn := self._faults.next_turn()) is not None:
            waits.append(self._pace.sleep(turn))
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()


def _call_in(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(act)
