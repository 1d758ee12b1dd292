"""How does an engine die by its own hand at a named point, while the product knows nothing of it?

Each engine is a process of its own, forked from one that has imported everything already. Before it
begins, functions of the product are wrapped: they tell which commit is coming, and which call.
"""

import asyncio
import functools
import gc
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context, parent_process
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp
from sqlalchemy import event
from sqlalchemy.orm import Session

from convening import notify
from convening.messages import alerts
from convening.replies import handle
from flows import engine
from notifications.email.smtp import pipelined
from notifications.email.smtp.provider import Smtp
from notifications.email.smtp.responses import SmtpStep
from notifications.inbox import keep
from notifications.kannel.sms import Kannel
from notifications.outbox import claim, queue, settle
from notifications.twilio.client import TwilioAccount
from notifications.twilio.sms import Twilio
from settings import Settings
from store.clock import SharedClock
from store.installation import Installation
from store.session import Database
from tests.support.faults.points import Point

T = TypeVar("T")

SHORT: Final = 1.5  # real seconds that a provider is given, where it is not going to answer
LOOK: Final = (
    0.25  # real seconds between looks: a case jumps in time and cannot wait for half of one
)
COMING: Final = "commits_around"  # where a session remembers what it is about to commit
_context = get_context("forkserver")
_submitting: ContextVar[bool] = ContextVar("submitting", default=False)


@dataclass(frozen=True)
class Fate:
    """At the n-th time that any engine of the installation gets to this point, that engine dies."""

    point: Point
    number: int
    counted_in: Path  # a byte a time: appending is exclusive over all processes

    def at(self, point: Point) -> None:
        """Die, if this is it."""
        if point is not self.point:
            return
        counter = os.open(self.counted_in, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(counter, b".")
        if os.lseek(counter, 0, os.SEEK_CUR) == self.number:
            os.kill(os.getpid(), signal.SIGKILL)
        os.close(counter)

    @property
    def has_come(self) -> bool:
        """Whether somebody has died of it."""
        return self.counted_in.exists() and self.counted_in.stat().st_size >= self.number


class Fates:
    """Every death that waits for the engines of one installation."""

    def __init__(self, fates: Sequence[Fate]) -> None:
        self._fates = fates

    def at(self, point: Point) -> None:
        """Somebody is there."""
        for fate in self._fates:
            fate.at(point)


class Engines:
    """So many engines on one installation; whoever dies is replaced, as `convene serve` does."""

    def __init__(
        self, settings: Settings, fates: Sequence[Fate], *, number: int, patient: bool
    ) -> None:
        """Where they are not `patient`, a provider that is silent is soon left behind."""
        self._settings, self._fates, self._patient = settings, tuple(fates), patient
        self._alive = [self._born() for _ in range(number)]

    def tend(self) -> None:
        """Replace whoever has died; it must have been by fate."""
        for place, one in enumerate(self._alive):
            if not one.is_alive():
                one.join()
                assert one.exitcode == -signal.SIGKILL, self.log
                self._alive[place] = self._born()

    def in_hand(self) -> set[int]:
        """The attempts that those who live have claimed; every other's lease may end."""
        claims = [_claims_of(self._settings, one.pid) for one in self._alive]
        return {int(n) for path in claims if path.exists() for n in path.read_text("utf-8").split()}

    def end(self) -> None:
        """End them all."""
        for one in self._alive:
            one.kill()
        for one in self._alive:
            one.join()
            one.close()

    @property
    def log(self) -> str:
        """What they said last."""
        log = _log_of(self._settings)
        return log.read_text("utf-8")[-3000:] if log.exists() else "nothing"

    def _born(self) -> ForkServerProcess:
        born = _context.Process(
            target=_live, args=(self._settings, self._fates, self._patient), daemon=True
        )
        born.start()
        return born


def prepare() -> None:
    """Let the process from which engines are forked import everything once."""
    _context.set_forkserver_preload([__name__, "pytest", "twilio.rest.api.v2010.account"])


class FreshClock(SharedClock):
    """Looks at the told clock each time: a case jumps, and nobody is to go on in the past."""

    def now(self) -> datetime:
        """The told instant."""
        if datetime.now(UTC) - self._read_at > timedelta(seconds=0.02):
            self.refresh()
        return super().now()


def _log_of(settings: Settings) -> Path:
    return settings.home / "engines.log"


def _claims_of(settings: Settings, pid: int | None) -> Path:
    return settings.home / f"claims-{pid}"


def _live(settings: Settings, fates: tuple[Fate, ...], patient: bool) -> None:  # noqa: FBT001 - a process is started by position
    log = os.open(_log_of(settings), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    gc.freeze()  # or a look for garbage would copy all that was imported beforehand
    engine.LOOK = LOOK  # type: ignore[misc]  # a constant there
    if not patient:
        _hurry()
    _tell_of_claims(settings)
    _doom(Fates(fates))
    database = Database(settings.database)
    asyncio.run(engine.run_engine(Installation(settings, database, FreshClock(database))))


def _end_with_the_parent() -> None:
    """Whoever plays the case may be killed too, and nobody is to work on for nobody."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(0)


def _hurry() -> None:
    """Give providers less time."""
    for waits in (TwilioAccount, Kannel, Smtp):
        quick = functools.partialmethod(waits.__init__, timeout=SHORT)
        waits.__init__ = quick  # type: ignore[method-assign, assignment]


def _tell_of_claims(settings: Settings) -> None:
    """Write down what this process has claimed, before it is committed."""
    claims, told = claim.claim, _claims_of(settings, os.getpid())

    @functools.wraps(claims)
    def claimed(session: Session, *arguments: Any, **named: Any) -> list[queue.Claimed]:
        mine = claims(session, *arguments, **named)
        with told.open("a") as lines:
            lines.writelines(f"{one.attempt_id}\n" for one in mine)
        return mine

    claim.claim = claimed


def _doom(fates: Fates) -> None:
    """Let these fates be asked at every point."""
    _commits(fates)
    _calls(fates)


COMMITS: Final[Sequence[tuple[Any, str, Point, Point]]] = (
    (claim, "claim", Point.BEFORE_CLAIM, Point.AFTER_CLAIM),
    (settle, "settle_all", Point.BEFORE_SETTLING, Point.AFTER_SETTLING),
    (settle, "to_reconcile", Point.BEFORE_LOSING_SIGHT, Point.AFTER_LOSING_SIGHT),
    (settle, "reconciled", Point.BEFORE_RECONCILING, Point.AFTER_RECONCILING),
    (notify, "take_due_rungs", Point.BEFORE_RUNG, Point.AFTER_RUNG),
    (keep, "keep_all", Point.BEFORE_KEEPING, Point.AFTER_KEEPING),
    (handle, "handle", Point.BEFORE_READING, Point.AFTER_READING),
    (alerts, "tell_due", Point.BEFORE_TELLING, Point.AFTER_TELLING),
)
"""By which function each kind of commit is known, and between which two points it lies."""


def _commits(fates: Fates) -> None:
    for room, name, before, after in COMMITS:
        setattr(room, name, _announcing(getattr(room, name), before, after))

    @event.listens_for(Session, "before_commit")
    def _before(session: Session) -> None:
        if not session.in_nested_transaction():  # a savepoint commits nothing yet
            for before, _ in session.info.get(COMING, ()):
                fates.at(before)

    @event.listens_for(Session, "after_commit")
    def _after(session: Session) -> None:
        if not session.in_nested_transaction():
            for _, after in session.info.pop(COMING, ()):
                fates.at(after)


NOTHING_DONE: Final[Sequence[object]] = (0, [])


def _announcing(function: Callable[..., T], before: Point, after: Point) -> Callable[..., T]:
    """The function, whose session then knows what its commit is about; unless it did nothing."""

    @functools.wraps(function)
    def announced(session: Session, *arguments: Any, **named: Any) -> T:
        done = function(session, *arguments, **named)
        if done not in NOTHING_DONE:
            session.info.setdefault(COMING, []).append((before, after))
        return done

    return announced


def _calls(fates: Fates) -> None:
    for provider in (Twilio, Kannel, Smtp):
        provider.submit = _submitting_by(provider.submit, fates)  # type: ignore[method-assign, assignment]
        provider.reconcile = _between(  # type: ignore[method-assign, assignment]
            provider.reconcile, fates, Point.BEFORE_ASKING, Point.ASKED
        )
    _requests_over_http(fates)
    _texts_over_smtp(fates)


def _between(
    call: Callable[..., Awaitable[T]], fates: Fates, before: Point, after: Point
) -> Callable[..., Awaitable[T]]:
    @functools.wraps(call)
    async def watched(*arguments: Any) -> T:
        fates.at(before)
        said = await call(*arguments)
        fates.at(after)
        return said

    return watched


def _submitting_by(call: Callable[..., Awaitable[T]], fates: Fates) -> Callable[..., Awaitable[T]]:
    watched = _between(call, fates, Point.BEFORE_CALL, Point.ANSWER_READ)

    async def submitted(*arguments: Any) -> T:
        _submitting.set(True)
        return await watched(*arguments)

    return submitted


def _requests_over_http(fates: Fates) -> None:
    """A response is awaited as soon as its request is written."""
    start = aiohttp.ClientResponse.start

    async def started(response: aiohttp.ClientResponse, connection: Any) -> aiohttp.ClientResponse:
        if _submitting.get():
            fates.at(Point.REQUEST_WRITTEN)
        return await start(response, connection)

    aiohttp.ClientResponse.start = started  # type: ignore[method-assign, assignment]


def _texts_over_smtp(fates: Fates) -> None:
    """A text leaves, with its final dot, when its DATA is answered."""
    invited = pipelined.Pipelined._invited

    def written(connection: pipelined.Pipelined, *said: Any) -> None:
        invited(connection, *said)
        if any(step is SmtpStep.TEXT for step, _ in connection._expected):
            fates.at(Point.REQUEST_WRITTEN)

    pipelined.Pipelined._invited = written  # type: ignore[method-assign, assignment]
