"""How is a storm of answers committed before each of their senders hears that it was?

Whatever comes while one commit is under way waits for the next, and shares it: one write to the
disk for several answers. One that cannot be kept does not hold up the others.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from notifications import inbox
from notifications.inbox import Heard
from store.session import Database

TOGETHER: Final = 200  # requests in one commit


@dataclass(frozen=True)
class _Waiting:
    """One request at a door; its future is the answer that the door waits for."""

    heard: Sequence[Heard]
    kept: "Future[list[int]]" = field(default_factory=Future)


class Keeper:
    """Keeps for all doors of this process, from any thread."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now
        self._waiting: deque[_Waiting] = deque()
        self._desk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keeper")

    def keep(self, heard: Sequence[Heard]) -> "Future[list[int]]":
        """The ids of what is new, once it is committed; else the fault that prevented it."""
        waiting = _Waiting(heard)
        self._waiting.append(waiting)
        self._desk.submit(self._commit)
        return waiting.kept

    def close(self) -> None:
        """Commit what waits, and end."""
        self._desk.shutdown()

    def _commit(self) -> None:
        together = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
        if not together:
            return  # an earlier commit has taken it along
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
            fresh = inbox.keep_all(session, heard, now=self._now())
            ids = {(reply.door, reply.provider_id): reply.id for reply in fresh}
        for waiting in together:
            mine = [ids.pop((one.door, one.provider_id), None) for one in waiting.heard]
            waiting.kept.set_result([reply_id for reply_id in mine if reply_id is not None])
