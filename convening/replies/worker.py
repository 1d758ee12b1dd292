"""Who reads what a door has just kept?

One thread of this process, one at a time, each in a transaction of its own. Storing goes first:
while strangers wait for their answer the reader stands back, though never for long. What fails here
stays KEPT; the engine's next look reads it, and tells a person if it cannot.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from convening.replies import handle
from store.installation import Installation

_log = logging.getLogger(__name__)


class ReplyReader:
    """Reads for all doors of this process; `stand_back` returns when storing can spare the time."""

    def __init__(self, installation: Installation, stand_back: Callable[[], object]) -> None:
        self._installation = installation
        self._stand_back = stand_back
        self._desk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")

    def read(self, ids: Sequence[int]) -> "Future[None]":
        """Read these when their turn has come; done once they are read, and it never raises."""
        return self._desk.submit(self._read_in_turn, ids)

    def read_here(self, ids: Iterable[int]) -> None:
        """Read these now, for a door that must say what came of them; never raises."""
        for reply_id in ids:
            self._try_to_read(reply_id)

    def close(self) -> None:
        """Finish what is being read, and leave the rest to the engine."""
        self._desk.shutdown(cancel_futures=True)

    def _read_in_turn(self, ids: Sequence[int]) -> None:
        for reply_id in ids:
            self._stand_back()
            self._try_to_read(reply_id)

    def _try_to_read(self, reply_id: int) -> None:
        try:
            handle.read_kept(self._installation, reply_id)
        except Exception as error:  # noqa: BLE001 - the engine reads it, or tells a person
            _log.error("the engine will read what could not be read: %s", type(error).__name__)
