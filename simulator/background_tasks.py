"""What is still under way, and what went wrong with it?"""

import asyncio
from collections.abc import Coroutine
from typing import Any


class BackgroundTasks:
    """Tasks that nobody awaits: their failures are kept to be seen, and none outlives `end`."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._settle)

    def note(self, trouble: str) -> None:
        """Keep a sentence for whoever looks at the gateway."""
        self.troubles.append(trouble)

    async def idle(self) -> None:
        """Wait until everything that is under way has been done."""
        while self._running:
            await asyncio.wait(self._running)

    async def end(self) -> None:
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _settle(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.note(f"{type(error).__name__}: {error}")
