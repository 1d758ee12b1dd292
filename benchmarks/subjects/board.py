"""How fast is the board served, and how soon does everybody who watches see a change?"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Final

import aiohttp
from sqlalchemy.orm import Session

from benchmarks.measuring import Benchmark, Measured, crowd, in_turns, percentile, seconds
from benchmarks.places import (
    CO_CHAIR,
    bare,
    committed_at,
    everybody,
    free_ports,
    new_installation,
    resident,
    running,
    trigger,
    web,
)
from convening import accounts, acknowledge
from convening.acknowledge import MemberAnswer
from dashboard.web import sessions
from dashboard.web.sessions import session_cookie
from mechanism.assurance import Assurance
from mechanism.vocabulary import AcknowledgementResponse, Door, Role
from operations.supervisor import Part, Together
from store.act import Act
from store.installation import Installation
from store.tables import Activation

REQUESTS: Final = 1000
AT_ONCE: Final = 8
WATCHERS: Final = 200
MANY: Final = 1000
CHANGES: Final = 15  # the first ones while the process still loads what nobody has asked for
PLAIN: Final = {"Accept-Encoding": "identity"}  # the same bytes on both wires


@dataclass(frozen=True)
class Stage:
    """A house with one open situation, beside a bare process that serves the same bytes."""

    installation: Installation
    activation_id: int
    board: str
    live: str
    cookies: dict[str, str]
    bare: str
    together: Together

    def visitor(self) -> aiohttp.ClientSession:
        """A browser of somebody who has signed in, without a limit of connections."""
        return aiohttp.ClientSession(
            cookies=self.cookies,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(limit=0),
            headers=PLAIN,
            raise_for_status=True,
            timeout=aiohttp.ClientTimeout(total=None),
        )


@contextmanager
def _stage() -> Iterator[Stage]:
    (port,) = free_ports(1)
    with new_installation() as installation:
        with installation.database.transaction() as session:
            activation = trigger(session, installation, everybody(session))
            reference, activation_id = activation.situation.reference, activation.id
        page = f"{installation.settings.public_url}/situation/{reference}"
        beside = f"http://127.0.0.1:{port}"
        other = Part("bare", bare("web", port, installation.settings.home), f"{beside}/")
        with running(installation, web(installation), other) as together:
            stage = Stage(
                installation, activation_id, f"{page}/board", f"{page}/live",
                {session_cookie(installation.settings): _signed_in(installation)}, beside, together,
            )  # fmt: skip
            content = asyncio.run(_fragment(stage))
            (installation.settings.home / "page.html").write_bytes(content)
            yield stage


def _signed_in(installation: Installation) -> str:
    with installation.database.transaction() as session:
        now, real_now = installation.now(), accounts.real_now()
        account = accounts.create_account(
            session, "benchmark", Role.CO_CHAIR, member_code="AU", zone="UTC", now=now
        )
        return sessions.open_session(
            session, account, method="benchmark", real_now=real_now, now=now, address="127.0.0.1"
        )


async def _fragment(stage: Stage) -> bytes:
    async with stage.visitor() as visitor, visitor.get(stage.board) as answer:
        return await answer.read()


def board_fragment() -> Measured:
    """Fragments a second, the changed board being rendered once for all."""
    with _stage() as stage:
        ours, limit = in_turns(
            lambda: asyncio.run(_fetched(stage, stage.board)),
            lambda: asyncio.run(_fetched(stage, f"{stage.bare}/page")),
            rounds=2,
        )
    return Measured(ours, "1/s", "a bare Starlette page of the same bytes", limit, 2 * REQUESTS)


async def _fetched(stage: Stage, url: str) -> float:
    async with stage.visitor() as visitor:

        async def fetch() -> None:
            async with visitor.get(url) as answer:
                await answer.read()

        return await crowd([fetch] * REQUESTS, at_once=AT_ONCE)


def sse_200() -> Measured:
    """Milliseconds from the commit of an acknowledgement until 95 in 100 watchers show it."""
    with _stage() as stage:
        ours, limit = asyncio.run(_watched(stage))
    name = "a bare Starlette broadcaster and page, p95 of 200"
    return Measured(median(ours), "ms", name, median(limit), CHANGES * WATCHERS)


@dataclass
class Crowd:
    """The watchers of one stream, and the instants at which they had the new page."""

    visitor: aiohttp.ClientSession
    live: str
    page: str
    joined: int = 0
    shown: list[int] = field(default_factory=list)

    async def watch(self) -> None:
        """One watcher: told of a version that it has not, it fetches the page."""
        known = None
        async with self.visitor.get(self.live) as stream:
            async for line in stream.content:
                if not line.startswith(b"data: ") or line == known:
                    continue
                if known is None:
                    self.joined += 1
                else:
                    await self._fetch()
                known = line

    async def _fetch(self) -> None:
        async with self.visitor.get(self.page) as answer:
            await answer.read()
        self.shown.append(time.monotonic_ns())


async def _watched(stage: Stage) -> tuple[list[float], list[float]]:
    """The 95th percentile of each change, ours and the limit's in turns."""
    async with (
        _crowd(stage, stage.live, stage.board) as ours,
        _crowd(stage, f"{stage.bare}/watch", f"{stage.bare}/page") as limit,
    ):
        pairs = [
            (
                await _change(ours, partial(_acknowledge, stage)),
                await _change(limit, partial(_bump, stage)),
            )
            for _ in range(CHANGES)
        ]
    return [a for a, _ in pairs], [b for _, b in pairs]


@asynccontextmanager
async def _crowd(
    stage: Stage, live: str, page: str, *, watchers: int = WATCHERS
) -> AsyncIterator[Crowd]:
    async with stage.visitor() as visitor:
        crowd = Crowd(visitor, live, page)
        watching = [asyncio.create_task(crowd.watch()) for _ in range(watchers)]
        await _until(lambda: crowd.joined == watchers, watching)
        yield crowd
        for one in watching:
            one.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def _until(so: Callable[[], bool], watching: list[asyncio.Task[None]]) -> None:
    async with asyncio.timeout(60):
        while not so():
            ended = [one for one in watching if one.done()]
            if ended:
                ended[0].result()
            await asyncio.sleep(0.01)


async def _change(crowd: Crowd, change: Callable[[], Awaitable[int]]) -> float:
    crowd.shown.clear()
    at = await change()
    await _until(lambda: len(crowd.shown) == WATCHERS, [])
    return percentile([(shown - at) / 1e6 for shown in crowd.shown], 95)


async def _acknowledge(stage: Stage) -> int:
    """The instant of the commit of one more member's acknowledgement."""

    def act() -> int:
        return committed_at(stage.installation, partial(_acknowledged, stage))

    return await asyncio.to_thread(act)


def _acknowledged(stage: Stage, session: Session) -> None:
    notices = session.get_one(Activation, stage.activation_id).notices
    waiting = [notice for notice in notices if notice.acknowledgement is None]
    now, proof = stage.installation.now(), Assurance(3, "A benchmark said so.")
    word = MemberAnswer(Door.CALL, AcknowledgementResponse.RECEIVED, proof, happened_at=now)
    acknowledge.acknowledge(session, Act(CO_CHAIR, now), waiting[0], word)


async def _bump(stage: Stage) -> int:
    at = time.monotonic_ns()
    async with aiohttp.ClientSession() as client, client.post(f"{stage.bare}/bump"):
        return at


def sse_1000_memory() -> Measured:
    """Mebibytes of the web process while a thousand watch."""
    with _stage() as stage:
        ours = asyncio.run(_held(stage, "web", stage.live, stage.board))
        limit = asyncio.run(_held(stage, "bare", f"{stage.bare}/watch", f"{stage.bare}/page"))
    return Measured(ours, "MiB", "a bare Starlette broadcaster with as many", limit, MANY)


async def _held(stage: Stage, name: str, live: str, page: str) -> float:
    async with _crowd(stage, live, page, watchers=MANY):
        return resident(stage.together.number_of(name))


def web_start() -> Measured:
    """Seconds from the start of the web process until it answers; 1.5 are allowed."""
    with new_installation() as installation:
        ours, limit = in_turns(lambda: _start(installation), _imports, rounds=3)
    return Measured(ours, "s", "a process that imports starlette, sqlalchemy, jinja2", limit, 3)


def _start(installation: Installation) -> float:
    return seconds(partial(_started, installation))


def _started(installation: Installation) -> None:
    with running(installation, web(installation)) as together:
        together.kill("web")  # it has answered; what stopping takes is not asked here


def _imports() -> float:
    command = [sys.executable, "-c", "import starlette, sqlalchemy, jinja2"]
    return seconds(lambda: subprocess.run(command, check=True))  # noqa: S603 - our own interpreter


BENCHMARKS: Final = (
    Benchmark("board_fragment", board_fragment),
    Benchmark("sse_200", sse_200),
    Benchmark("sse_1000_memory", sse_1000_memory),
    Benchmark("web_start", web_start),
)
