"""How far away is a server? `python -m benchmarks.bare.distance PORT TARGET MILLISECONDS`.

What is said to PORT arrives at TARGET, on this machine, half the milliseconds later, and so does
the answer; a connection costs the whole of them before its first byte.
"""

import asyncio
import sys
from collections import deque


class End(asyncio.Protocol):
    """One end of a connection; what comes in here leaves at the other, later and in its order."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._loop = asyncio.get_running_loop()
        self._under_way: deque[bytes] = deque()
        self._early: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self.other: End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say what has arrived before the connection stood."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives no other
        self._transport = transport
        transport.writelines(self._early)

    def data_received(self, data: bytes) -> None:
        """Send it on its way."""
        self._under_way.append(data)
        self._loop.call_later(self._delay, self._arrive)

    def connection_lost(self, error: Exception | None) -> None:
        """The other end hears of it as late as of anything else."""
        self._under_way.append(b"")
        self._loop.call_later(self._delay, self._arrive)

    def _arrive(self) -> None:
        data = self._under_way.popleft()
        if self.other is not None:
            self.other.say(data)

    def say(self, data: bytes) -> None:
        """Write it, or hang up where nothing more comes."""
        if self._transport is None:
            self._early.append(data)
        elif data:
            self._transport.write(data)
        else:
            self._transport.close()


class Near(End):
    """The end at which we connect."""

    def __init__(self, delay: float, target: int) -> None:
        super().__init__(delay)
        self._target = target
        self._work: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect on, one journey there and back later."""
        super().connection_made(transport)
        self._work = self._loop.create_task(self._reach())

    async def _reach(self) -> None:
        await asyncio.sleep(self._delay * 2)
        far = End(self._delay)
        far.other, self.other = self, far
        await self._loop.create_connection(lambda: far, "127.0.0.1", self._target)


async def _serve(port: int, target: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Near(delay, target), "127.0.0.1", port)
    async with server:
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 2000))
