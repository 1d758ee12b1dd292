"""How does an open board learn at once that something has changed?

By server-sent events that carry a version number and never data: each browser then fetches what it
is allowed to see. One look at the ledger serves every watcher of this process.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from convening.house import House
from dashboard import access
from dashboard.visit import Visit, watched
from store.tables import Heartbeat, LedgerEntry

LOOK_EVERY: Final = 1.0  # seconds without a ring
BEAT_EVERY: Final = 15.0
RETRY_MS: Final = 3000
SILENT_AFTER: Final = timedelta(seconds=30)
ENGINE: Final = "engine"


def engine_silence(session: Session, *, real_now: datetime) -> timedelta | None:
    """How long nothing has been heard of any engine; None while one is heard."""
    seen = session.scalar(select(func.max(Heartbeat.at)).where(Heartbeat.name.startswith(ENGINE)))
    if seen is None:
        return timedelta.max
    return real_now - seen if real_now - seen > SILENT_AFTER else None


def version_of(session: Session, log: str, *, real_now: datetime) -> str:
    """The newest event of a log, and whether the engine is silent, which also shows on a board."""
    newest = session.scalar(select(func.max(LedgerEntry.id)).where(LedgerEntry.log == log)) or 0
    return f"{newest}{'s' if engine_silence(session, real_now=real_now) else ''}"


@dataclass(eq=False)
class Watcher:
    """One open board: the queue holds one version at most, since each says all that is new."""

    log: str
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(maxsize=1))

    def tell(self, version: str) -> None:
        """Say that there is something new; what was not yet heard is replaced."""
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(version)


class Lookout:
    """Looks at the ledger for every watcher of this process."""

    def __init__(self, house: House, real_now: access.RealNow) -> None:
        self._house = house
        self._real_now = real_now
        self._watchers: set[Watcher] = set()
        self._versions: dict[str, str] = {}
        self.ended = False
        self.beat_every = BEAT_EVERY

    async def run(self) -> None:
        """Look at each ring, and once a second without one, until cancelled."""
        listener = self._house.database.bell.listen()
        try:
            while True:
                await listener.wait(LOOK_EVERY)
                await self._look()
        finally:
            await listener.close()

    def end(self) -> None:
        """Let every watcher go: the process is about to stop."""
        self.ended = True
        for watcher in self._watchers:
            watcher.tell("")

    def join(self, log: str) -> Watcher:
        """Begin to watch a log."""
        watcher = Watcher(log)
        self._watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Watch no more."""
        self._watchers.discard(watcher)

    def read(self, logs: frozenset[str]) -> dict[str, str]:
        """The versions of these logs now."""
        now = self._real_now()
        with self._house.database.reading() as session:
            return {log: version_of(session, log, real_now=now) for log in logs}

    async def still_here(self, session_digest: str) -> bool:
        """Whether the watcher's session has not ended."""
        return await run_in_threadpool(
            access.still_here, self._house, session_digest, real_now=self._real_now()
        )

    async def _look(self) -> None:
        logs = frozenset(watcher.log for watcher in self._watchers)
        if not logs:
            return
        versions = await run_in_threadpool(self.read, logs)
        for watcher in self._watchers:
            version = versions.get(watcher.log)
            if version is not None and version != self._versions.get(watcher.log):
                watcher.tell(version)
        self._versions = versions


async def watch(visit: Visit) -> Response:
    """The stream of one board."""
    lookout: Lookout = visit.request.app.state.lookout
    stream = _events(lookout, visit.part("reference"), visit.who.session)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _events(lookout: Lookout, log: str, session_digest: str) -> AsyncIterator[str]:
    watcher = lookout.join(log)
    try:
        version = (await run_in_threadpool(lookout.read, frozenset({log})))[log]
        yield f"retry: {RETRY_MS}\n" + _event("version", version)
        while not lookout.ended:
            try:
                version = await asyncio.wait_for(watcher.queue.get(), lookout.beat_every)
                kind = "version"
            except TimeoutError:
                kind = "beat"
            if lookout.ended:
                return
            if not await lookout.still_here(session_digest):
                yield _event("signout", "")
                return
            yield _event(kind, version)
    finally:
        lookout.leave(watcher)


def _event(kind: str, data: str) -> str:
    return f"event: {kind}\ndata: {data}\n\n"


STREAMS: Final = [watched("/situation/{reference}/live", watch)]
