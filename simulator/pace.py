"""How long does a told minute last?"""

import asyncio
import time
from datetime import timedelta


class ToldPace:
    """Told seconds per real second; those who sleep notice a change at once."""

    def __init__(self, rate: float) -> None:
        self._changed = asyncio.Event()
        self._rate = _checked(rate)
        self._began, self._before = time.monotonic(), 0.0  # of the present rate; told until then

    @property
    def elapsed(self) -> timedelta:
        """Told time since the making of this pace."""
        return timedelta(seconds=self._before + (time.monotonic() - self._began) * self._rate)

    @property
    def rate(self) -> float:
        """Told seconds per real second."""
        return self._rate

    def change(self, rate: float) -> None:
        """Let the rest of every running delay pass at another rate."""
        rate = _checked(rate)
        self._before = self.elapsed.total_seconds()
        self._began, self._rate = time.monotonic(), rate
        self._changed.set()
        self._changed = asyncio.Event()

    async def sleep(self, told: timedelta) -> None:
        """Return when that much told time has passed."""
        left = told.total_seconds()
        loop = asyncio.get_running_loop()
        while left > 0:
            began, rate, changed = loop.time(), self._rate, self._changed
            try:
                async with asyncio.timeout(left / rate):
                    await changed.wait()
            except TimeoutError:
                return
            left -= (loop.time() - began) * rate


def _checked(rate: float) -> float:
    if not rate > 0:
        raise ValueError(f"a rate of {rate}: told time must go forward")
    return rate
