"""How is a storm of answers committed before each of their senders hears that it was?

Whatever comes while one commit is under way waits for the next, and shares it: one write to the
disk for several answers. One that cannot be kept does not hold up the others.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final

from notifications.hook import Heard
from notifications.inbox import keep
from store.session import Database

TOGETHER: Final = 200  # requests in one commit
MOMENT: Final = 0.02  # seconds in which nobody comes, after which a storm is taken to be over
MOMENTS: Final = 25  # for which whoever can wait does wait


@dataclass(frozen=True)
class _Waiting:
    """One request at a door; its future is the answer that the door waits for."""

    heard: Sequence[Heard]
    kept: "Future[list[int]]" = field(default_factory=Future)


class Batcher:
    """Keeps for all doors of this process, from any thread."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self._turn = Lock()
        self._at_work = False  # whoever comes now is found by a look that is still to be
        self._waiting: deque[_Waiting] = deque()
        self._last: Future[list[int]] | None = None
        self._seen: Future[list[int]] | None = None  # the last one, when somebody stood back
        self._desk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="batch")

    def keep(self, heard: Sequence[Heard]) -> "Future[list[int]]":
        """The ids of what is new, once it is committed; else the fault that prevented it."""
        waiting = _Waiting(heard)
        with self._turn:
            if not self._at_work:
                self._desk.submit(self._commit_all)
            self._at_work = True
            self._waiting.append(waiting)
            self._last = waiting.kept
        return waiting.kept

    def stand_back(self) -> None:
        """Return once everything is kept and nobody comes, or after a while all the same.

        For one thread that has work which can wait, so that in a storm it takes no time from those
        who wait for their answer.
        """
        for _ in range(MOMENTS):
            last = self._last
            if last is self._seen and (last is None or last.done()):
                return
            self._seen = last
            time.sleep(MOMENT)

    def close(self) -> None:
        self._desk.shutdown()

    def _commit_all(self) -> None:
        while together := self._next():
            self._commit(together)

    def _next(self) -> list[_Waiting]:
        with self._turn:
            count = min(TOGETHER, len(self._waiting))
            self._at_work = count > 0
            return [self._waiting.popleft() for _ in range(count)]

    def _commit(self, together: Sequence[_Waiting]) -> None:
        try:
            self._keep(together)
        except Exception as error:  # noqa: BLE001 - the door tells its stranger, who comes again
            if len(together) == 1:
                together[0].kept.set_exception(error)
            else:
                self._commit_apart(together)

    def _commit_apart(self, together: Sequence[_Waiting]) -> None:
        for waiting in together:
            try:
                self._keep([waiting])
            except Exception as error:  # noqa: BLE001 - as above
                waiting.kept.set_exception(error)

    def _keep(self, together: Sequence[_Waiting]) -> None:
        heard = [one for waiting in together for one in waiting.heard]
        with self._database.transaction() as session:
            fresh = keep.keep_all(session, heard, now=self._now())
            ids = {kept.known_by: kept.id for kept in fresh}
        for waiting in together:
            mine = [ids.pop(one.known_by, None) for one in waiting.heard]
            waiting.kept.set_result([reply_id for reply_id in mine if reply_id is not None])
