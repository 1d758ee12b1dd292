"""How does an open board learn at once that something has changed?

By server-sent events that carry a version number and never data: each browser then fetches what it
is allowed to see. One look at the ledger serves every watcher of this process.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from dashboard.web import sessions
from dashboard.web.guard import Guard
from dashboard.web.page import PageRequest
from store.clock import RealNow
from store.installation import Installation

logger = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0  # seconds without a ring
GATHER: Final = 0.1  # seconds after a look, so that a storm of changes is some versions a second
BEAT_EVERY: Final = 15.0
RETRY_MS: Final = 3000


class Versions(Protocol):
    """How each of these logs stands: another word as soon as a board of it would change."""

    def __call__(
        self,
        session: Session,
        logs: frozenset[str],
        installation: Installation,
        *,
        real_now: datetime,
    ) -> dict[str, str]:
        """The version of each log."""


@dataclass(frozen=True)
class StreamEvent:
    """One event of a stream."""

    kind: str  # version | beat | signout
    version: str = ""

    def __str__(self) -> str:
        """As it goes over the wire."""
        return f"event: {self.kind}\ndata: {self.version}\n\n"


@dataclass(eq=False)
class Watcher:
    """One open board: the queue holds one event at most, since each says all that is new."""

    log: str
    session: str  # the serial of the session that opened it
    queue: asyncio.Queue[StreamEvent | None] = field(
        default_factory=lambda: asyncio.Queue(maxsize=1)
    )

    def tell(self, said: StreamEvent | None) -> None:
        """Say what is new, or that it is over; what was not yet heard is replaced."""
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(said)


class ChangeWatcher:
    """Looks at the ledger, and at who has left, for every watcher of this process."""

    def __init__(
        self, installation: Installation, real_now: RealNow, guard: Guard, *, versions: Versions
    ) -> None:
        self._installation = installation
        self._guard = guard
        self._real_now = real_now
        self._read_versions = versions
        self._watchers: set[Watcher] = set()
        self._versions: dict[str, str] = {}  # as they were last seen
        self._looks = False
        self._ended = False
        self.beat_every = BEAT_EVERY

    async def run(self) -> None:
        """Look at each ring, and once a second without one, until cancelled."""
        beating = asyncio.create_task(self._beat_for_ever())
        listener = self._installation.database.bell.listen()
        self._looks = True
        try:
            while True:
                await listener.wait(LOOK_EVERY)
                self._guard.forget()
                await _unless_database_away(self._look)
                await asyncio.sleep(GATHER)
        finally:
            beating.cancel()
            await listener.close()

    def end(self) -> None:
        """Let every watcher go: the process is about to stop."""
        self._ended = True
        for watcher in self._watchers:
            watcher.tell(None)

    def join(self, log: str, session: str) -> Watcher:
        """Begin to watch a log."""
        watcher = Watcher(log, session)
        self._watchers.add(watcher)
        if self._ended:
            watcher.tell(None)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Watch no more."""
        self._watchers.discard(watcher)

    async def version(self, log: str, *, heard: str = "") -> str:
        """The version of a log, as it was seen since the last ring and within a second, or now.

        Who has `heard` another one may have heard it from another process: that is looked at.
        """
        seen = self._versions.get(log)
        if seen is not None and heard in {"", seen}:
            return seen
        version = (await run_in_threadpool(self._read, frozenset({log})))[log]
        return self._versions.setdefault(log, version) if self._looks and not heard else version

    def _read(self, logs: frozenset[str]) -> dict[str, str]:
        with self._installation.database.reading() as session:
            return self._read_versions(session, logs, self._installation, real_now=self._real_now())

    async def _look(self) -> None:
        logs = frozenset(watcher.log for watcher in self._watchers)
        before = self._versions
        self._versions = await run_in_threadpool(self._read, logs) if logs else {}
        for watcher in self._watchers:
            version = self._versions.get(watcher.log)
            if version is not None and version != before.get(watcher.log):
                watcher.tell(StreamEvent("version", version))

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.beat_every)
            await _unless_database_away(self._beat)

    async def _beat(self) -> None:
        """Repeat the version for those who missed it, and let go whose session has ended."""
        watched = frozenset(watcher.session for watcher in self._watchers)
        if not watched:
            return
        here = await run_in_threadpool(
            sessions.still_here, self._installation, watched, real_now=self._real_now()
        )
        for watcher in tuple(self._watchers):
            if watcher.session not in watched:
                continue  # came meanwhile
            if watcher.session not in here:
                self.leave(watcher)
                watcher.tell(StreamEvent("signout"))
            elif watcher.log in self._versions:
                watcher.tell(StreamEvent("beat", self._versions[watcher.log]))


async def _unless_database_away(look: Callable[[], Awaitable[None]]) -> None:
    """A database that is away for a moment must not end the looking: the next look is soon."""
    try:
        await look()
    except OperationalError:
        logger.warning("an open board could not be looked after; it is tried again")


async def watch(request: PageRequest) -> Response:
    """The stream of one board."""
    change_watcher: ChangeWatcher = request.http.app.state.change_watcher
    stream = _events(change_watcher, request.part("reference"), request.who.serial)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _events(change_watcher: ChangeWatcher, log: str, session: str) -> AsyncIterator[str]:
    watcher = change_watcher.join(log, session)
    try:
        first = last = StreamEvent("version", await change_watcher.version(log))
        yield f"retry: {RETRY_MS}\n{first}"
        while last.kind != "signout" and (said := await watcher.queue.get()) is not None:
            if said.kind != "version" or said.version != last.version:
                yield str(said)
            last = said
    finally:
        change_watcher.leave(watcher)
