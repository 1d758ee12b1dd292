"""How often may somebody without an account knock?

The two limits of a link are rows, so that several processes count together; how many refused
webhooks are written down is each process's own affair.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from dashboard.web.errors import RefusedError
from dashboard.web.page import PageRequest
from settings import is_loopback
from store import pace

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


def keep_the_pace(request: PageRequest, token: str) -> None:
    """Refuse a link, or an address, that comes too often, whichever web process it comes to.

    An address of this machine is a proxy's, and says nothing. What is refused is not written down,
    so that a flood costs a look each time and no more.
    """
    limits = [(f"link/{token}", PER_LINK)]
    if not is_loopback(request.address):
        limits.append((f"address/{request.address}", PER_ADDRESS))
    if _used_up(request, limits) or not _count(request, limits):
        raise RefusedError(429, "This link was opened too often in a short time.")


def _used_up(request: PageRequest, limits: Sequence[tuple[str, int]]) -> bool:
    with request.installation.database.reading() as session:
        return any(
            pace.is_used_up(session, key, a_minute=most, real_now=request.real_now)
            for key, most in limits
        )


def _count(request: PageRequest, limits: Sequence[tuple[str, int]]) -> bool:
    with request.installation.database.transaction() as session:
        within = [
            pace.lets(session, key, a_minute=most, real_now=request.real_now)
            for key, most in limits
        ]
    return all(within)
