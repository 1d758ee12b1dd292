"""In which order, how often and how late do a provider's reports about one message or call come?"""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

from simulator.faults import Api, FaultPlan, PlannedFault, Trouble

_BEFALLS: Final = (
    Trouble.CALLBACK_LOST,
    Trouble.CALLBACK_DOUBLED,
    Trouble.CALLBACK_REORDERED,
    Trouble.CALLBACK_LATE,
)
Post = Callable[[timedelta], Coroutine[Any, Any, None]]
"""Posts one report, so much later."""


class Reports:
    """The reports about one message or call, with whatever befalls them."""

    def __init__(self, faults: FaultPlan, address: str, api: Api) -> None:
        self._fault: PlannedFault | None = faults.first(address, *_BEFALLS, api=api)
        self._told: set[str] = set()
        self._held: list[Post] = []

    async def tell(self, status: str, post: Post) -> None:
        """Report a status once."""
        if status in self._told:
            return
        self._told.add(status)
        trouble = self._fault.trouble if self._fault else None
        if trouble is Trouble.CALLBACK_LOST:
            return
        if trouble is Trouble.CALLBACK_REORDERED:
            self._held.append(post)
            return
        late = self._fault.seconds if self._fault and trouble is Trouble.CALLBACK_LATE else 0.0
        for _ in range(2 if trouble is Trouble.CALLBACK_DOUBLED else 1):
            await post(timedelta(seconds=late))

    async def end(self, status: str, post: Post) -> None:
        """Report the last status, and whatever was held back, the last first."""
        await self.tell(status, post)
        for held in reversed(self._held):
            await held(timedelta())
