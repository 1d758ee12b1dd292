"""The resident engine: does at once what the database says is due.

It is woken by the doorbell, and looks by itself twice a second. It holds no state that matters:
kill it at any moment, and the next one goes on from what was committed.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp
from prefect import get_client, tags
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed

from convening import concur, notify
from flows import mailroom
from flows.collecting import Collector
from flows.convene import convene
from flows.worker_context import WorkerContext
from mechanism.vocabulary import NeedCause
from notifications import registry
from notifications.outbox import claim
from store import needs
from store.act import by_engine
from store.installation import Installation
from store.tables import Heartbeat

LOOK: Final = 0.5  # seconds between looks when nobody rings
BEAT: Final = 5.0  # seconds between heartbeats
PREFECT_LOOK: Final = 2.0  # seconds between looks at Prefect's server
TAG: Final = f"engine {socket.gethostname()}"
REPLIES: Final = "replies"
LOST: Final = "lost"
TEXTS: Final = "texts"
Key = int | str | None  # an activation's id, None for what belongs to none, or a duty's name
_log = logging.getLogger(__name__)


class Engine:
    """One engine; several may work on one database."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._here = WorkerContext(installation, registry.providers(installation.settings))
        self._collector = Collector(self._here)
        self._claiming: set[Key] = set()
        self._waves: set[asyncio.Task[None]] = set()
        self._again = asyncio.Event()
        self._prefect_is_up = False
        self._began_at = datetime.now(UTC)
        self._seen_at = datetime.min.replace(tzinfo=UTC)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; then finish what is in hand."""
        async with self._here:
            watch = asyncio.create_task(self._watch_prefect())
            try:
                await self._work(stop)
            finally:
                watch.cancel()
                await asyncio.gather(*self._waves, watch, return_exceptions=True)

    async def _work(self, stop: asyncio.Event) -> None:
        listener = self._installation.database.bell.listen()
        try:
            while not stop.is_set():
                self._again.clear()
                self._look()
                await self._rest(listener.wait(LOOK), stop)
        finally:
            await listener.close()

    async def _rest(self, ring: Coroutine[Any, Any, bool], stop: asyncio.Event) -> None:
        """Until the bell rings, a wave has claimed, or it is time to look by oneself."""
        waiting = {
            asyncio.ensure_future(ring),
            asyncio.ensure_future(self._again.wait()),
            asyncio.ensure_future(stop.wait()),
        }
        _, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    def _look(self) -> None:
        """One look: start every wave that is due, then see to the rest."""
        try:
            for activation_id in self._due():
                self._start(activation_id, self._wave(activation_id))
            if REPLIES not in self._claiming:
                self._start(REPLIES, self._read())
            if LOST not in self._claiming:
                self._start(LOST, self._search())
            if TEXTS not in self._claiming and self._collector.is_due():
                self._start(TEXTS, self._collect())
            self._beat()
        except Exception:  # noqa: BLE001 - whatever it is, a person is told and the work goes on
            _log.exception("a look at the database failed; the next one is in half a second")
            self._need_a_person()

    def _due(self) -> set[int | None]:
        now = self._installation.now()
        with self._installation.database.reading() as session:
            due: set[int | None] = {
                *notify.due_activations(session, now=now),
                *concur.due_time_outs(session, now=now),
                *claim.due_for(session, now=now),
            }
        return {key for key in due if key not in self._claiming}

    def _start(self, key: Key, work: Coroutine[Any, Any, None]) -> None:
        self._claiming.add(key)
        task = asyncio.create_task(self._guarded(key, work))
        self._waves.add(task)
        task.add_done_callback(self._waves.discard)

    async def _guarded(self, key: Key, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # noqa: BLE001 - whatever it is, a person is told and the work goes on
            _log.exception("a wave failed; what it had not claimed is due again")
            self._need_a_person()
            await asyncio.sleep(LOOK)  # or a fault that stays would be tried without pause
        finally:
            self._claiming.discard(key)

    async def _wave(self, activation_id: int | None) -> None:
        def claimed() -> None:
            self._claiming.discard(activation_id)
            self._again.set()

        ids = () if activation_id is None else (activation_id,)
        flow = mailroom.mailroom if activation_id is None else convene
        with tags(TAG):
            await self._here.fallback.run(
                flow, *ids, prefect_is_up=self._prefect_is_up, claimed=claimed
            )

    async def _read(self) -> None:
        """Beside the loop: no first message waits until replies are read."""
        if await asyncio.to_thread(mailroom.read_and_tell, self._here):
            self._again.set()

    async def _search(self) -> None:
        await mailroom.find_lost(self._here)

    async def _collect(self) -> None:
        if await self._collector.collect():
            self._again.set()

    def _need_a_person(self) -> None:
        """Say so on the board, if the database can still be written to; else the web says so."""
        now = self._installation.now()
        try:
            with self._installation.database.transaction() as session:
                needs.raise_need(
                    session,
                    by_engine(now),
                    NeedCause.ENGINE,
                    "The engine met a fault and goes on trying; see its log. Use the call sheet.",
                    key=f"engine/{now:%Y-%m-%dT%H}",
                )
        except Exception:  # noqa: BLE001 - the web process says that the engine is silent
            _log.exception("the database cannot be written to")

    def _beat(self) -> None:
        """Be seen: a silent engine is shown on every board after half a minute."""
        now = datetime.now(UTC)
        if (now - self._seen_at).total_seconds() < BEAT:
            return
        self._seen_at = now
        detail = "with Prefect" if self._prefect_is_up else "without Prefect"
        with self._installation.database.transaction() as session:
            session.merge(Heartbeat(name="engine", at=now, detail=detail))

    async def _watch_prefect(self) -> None:
        """Know whether Prefect's server answers, so that no wave has to find out."""
        url = self._installation.settings.prefect_api
        if not url:
            return
        timeout = aiohttp.ClientTimeout(total=PREFECT_LOOK)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while True:
                was_up, self._prefect_is_up = self._prefect_is_up, await _answers(http, url)
                if self._prefect_is_up and not was_up:
                    await _close_dead_runs(self._began_at)
                await asyncio.sleep(PREFECT_LOOK)


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/health") as response:
            return response.status == 200  # noqa: PLR2004 - HTTP's own number
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _close_dead_runs(before: datetime) -> None:
    """Runs of this machine's earlier engine cannot go on: say so in Prefect's history."""
    dead = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[TAG]),
        start_time=FlowRunFilterStartTime(before_=before),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING])),
    )
    try:
        async with get_client() as client:
            for run in await client.read_flow_runs(flow_run_filter=dead):
                await client.set_flow_run_state(
                    run.id, Crashed(message="its engine has died"), force=True
                )
    except Exception:  # noqa: BLE001 - its history is a view; the work goes on
        _log.exception("Prefect's history could not be tidied")


async def run_engine(installation: Installation) -> None:
    """Run one engine until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Engine(installation).run(stop)
