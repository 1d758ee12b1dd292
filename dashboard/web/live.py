"""How does an open board learn at once that something has changed?

By server-sent events that carry a version number and never data: each browser then fetches what it
is allowed to see. One look at the ledger serves every watcher of this process.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from convening import accounts, providers
from dashboard.web import sessions
from dashboard.web.request import Guard, PageRequest, asked_often
from mechanism.vocabulary import Channel
from store.heartbeats import engine_silence
from store.installation import Installation
from store.tables import LedgerEntry

logger = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0  # seconds without a ring
GATHER: Final = 0.1  # seconds after a look, so that a storm of changes is some versions a second
BEAT_EVERY: Final = 15.0
RETRY_MS: Final = 3000


@dataclass(frozen=True)
class Standstill:
    """What keeps messages from leaving now; it shows on a board, so it is part of its version."""

    engine: timedelta | None  # how long it has been silent
    closed: Mapping[Channel, tuple[str, ...]]  # channels that no provider takes, and who does not

    @property
    def mark(self) -> str:
        """What it adds to a version."""
        return f"{'s' if self.engine else ''}{''.join(f'-{name}' for name in sorted(self.closed))}"


def standstill(session: Session, installation: Installation, *, real_now: datetime) -> Standstill:
    """The engine's silence, and the channels that are closed."""
    closed = providers.closed_channels(session, installation.settings, now=installation.now())
    return Standstill(engine_silence(session, real_now=real_now), closed)


def version_of(
    session: Session, log: str, installation: Installation, *, real_now: datetime
) -> str:
    """The newest event of a log, and what keeps messages from leaving."""
    return versions_of(session, frozenset({log}), installation, real_now=real_now)[log]


def versions_of(
    session: Session, logs: frozenset[str], installation: Installation, *, real_now: datetime
) -> dict[str, str]:
    """The same of several logs."""
    newest = (
        select(LedgerEntry.log, func.max(LedgerEntry.id))
        .where(LedgerEntry.log.in_(logs))
        .group_by(LedgerEntry.log)
    )
    found = {row[0]: row[1] for row in session.execute(newest)}
    mark = standstill(session, installation, real_now=real_now).mark
    return {log: f"{found.get(log, 0)}{mark}" for log in logs}


@dataclass(frozen=True)
class Said:
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
    queue: asyncio.Queue[Said | None] = field(default_factory=lambda: asyncio.Queue(maxsize=1))

    def tell(self, said: Said | None) -> None:
        """Say what is new, or that it is over; what was not yet heard is replaced."""
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(said)


class ChangeWatcher:
    """Looks at the ledger, and at who has left, for every watcher of this process."""

    def __init__(
        self, installation: Installation, real_now: accounts.RealNow, guard: Guard
    ) -> None:
        self._installation = installation
        self._guard = guard
        self._real_now = real_now
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
                await _bravely(self._look)
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
            return versions_of(session, logs, self._installation, real_now=self._real_now())

    async def _look(self) -> None:
        logs = frozenset(watcher.log for watcher in self._watchers)
        before = self._versions
        self._versions = await run_in_threadpool(self._read, logs) if logs else {}
        for watcher in self._watchers:
            version = self._versions.get(watcher.log)
            if version is not None and version != before.get(watcher.log):
                watcher.tell(Said("version", version))

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.beat_every)
            await _bravely(self._beat)

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
                watcher.tell(Said("signout"))
            elif watcher.log in self._versions:
                watcher.tell(Said("beat", self._versions[watcher.log]))


async def _bravely(look: Callable[[], Awaitable[None]]) -> None:
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
        first = last = Said("version", await change_watcher.version(log))
        yield f"retry: {RETRY_MS}\n{first}"
        while last.kind != "signout" and (said := await watcher.queue.get()) is not None:
            if said.kind != "version" or said.version != last.version:
                yield str(said)
            last = said
    finally:
        change_watcher.leave(watcher)


STREAMS: Final = [asked_often("/situation/{reference}/live", watch)]
