"""How often may somebody without an account knock?"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from dashboard.visit import Visit

PER_LINK: Final = 30  # visits a minute
PER_ADDRESS: Final = 120
REFUSALS_KEPT: Final = 10  # refused webhooks a minute that are written down one by one
ADDRESSES_KNOWN: Final = 10_000


class Pace:
    """So many a minute for each key, in this process alone; several processes each count anew."""

    def __init__(self, a_minute: int) -> None:
        self._most = float(a_minute)
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def lets(self, key: str, *, now: datetime) -> bool:
        """Whether one more is within the pace, and count it."""
        with self._lock:
            left, at = self._left.pop(key, (self._most, now))
            refilled = left + self._most * ((now - at) / timedelta(minutes=1))
            left = min(self._most, refilled)
            self._left[key] = (max(left - 1, 0.0), now)
            while len(self._left) > ADDRESSES_KNOWN:
                self._left.popitem(last=False)
        return left >= 1


class Paces:
    """The limits of one application."""

    def __init__(self) -> None:
        self.links = Pace(PER_LINK)
        self.addresses = Pace(PER_ADDRESS)
        self.refusals = Pace(REFUSALS_KEPT)


def paces_of(visit: Visit) -> Paces:
    """The limits of the application that is visited."""
    state = visit.request.app.state
    if not hasattr(state, "answer_paces"):
        state.answer_paces = Paces()
    paces: Paces = state.answer_paces
    return paces
