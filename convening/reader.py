"""Who reads what a door has just kept?

One at a time in this process, each in a transaction of its own, off the stranger's path. What
fails here stays KEPT; the engine's next look reads it, and tells a person if it cannot.
"""

import logging
from collections import deque
from collections.abc import Iterable
from threading import Lock

from convening import hear
from convening.house import House

_log = logging.getLogger(__name__)


class Reader:
    """Reads for all doors of this process; whoever brings something reads until nothing is left."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._waiting: deque[int] = deque()
        self._turn = Lock()

    def read(self, ids: Iterable[int]) -> None:
        """Read these, or leave them to whoever is reading already; never raises."""
        self._waiting.extend(ids)
        while self._waiting and self._turn.acquire(blocking=False):
            try:
                self._read_waiting()
            finally:
                self._turn.release()

    def read_here(self, ids: Iterable[int]) -> None:
        """Read these now, for a door that must say what came of them; never raises."""
        for reply_id in ids:
            self._try_to_read(reply_id)

    def _read_waiting(self) -> None:
        while self._waiting:
            self._try_to_read(self._waiting.popleft())

    def _try_to_read(self, reply_id: int) -> None:
        try:
            self._read(reply_id)
        except Exception as error:  # noqa: BLE001 - the engine reads it, or tells a person
            _log.error("the engine will read what could not be read: %s", type(error).__name__)

    def _read(self, reply_id: int) -> None:
        hear.read_kept(self._house, reply_id)
