"""Which of a few open connections carries the next e-mail, and when is one opened?"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, cast

import aiosmtplib

from notifications.email.smtp.commands import Submission
from notifications.email.smtp.pipelined import PROMPT_SECONDS, Connection, Pipelined
from notifications.email.smtp.responses import not_connected, outcome_of
from notifications.email.smtp.sequential import OneByOne

PAUSE_SECONDS: Final = 30.0  # before a server that took no further connection is asked for one


class Pool:
    """Connections that stay open between messages, and the messages that wait for one."""

    def __init__(
        self, connect: Callable[[], Awaitable[aiosmtplib.SMTP]], *, size: int, timeout: float
    ) -> None:
        self._connect = connect
        self._size, self._timeout = size, timeout
        self._waiting: deque[Submission] = deque()
        self._open: list[Connection] = []
        self._opening: set[asyncio.Task[aiosmtplib.SMTP]] = set()
        self._no_more_until = 0.0

    async def warm(self) -> None:
        """Open as many connections as can be had soon; a silent server is not waited for."""
        for _ in range(self._size - len(self._open) - len(self._opening)):
            self._open_one()
        if self._opening:
            await asyncio.wait(self._opening, timeout=PROMPT_SECONDS)

    def carry(self, submission: Submission) -> None:
        """Give it to a connection, at once or as soon as one has room."""
        self._waiting.append(submission)
        if len(self._waiting) == 1:  # where others wait already, no connection has room
            self.free()
        else:
            self._open_more()

    async def leave(self) -> None:
        """Say farewell on every connection; what still waits was surely not sent."""
        for task in self._opening:
            task.cancel()
        for submission in self._waiting:
            submission.ends(not_connected("closed"))
        self._waiting.clear()
        await asyncio.gather(*(one.leave() for one in self._open))

    # --- what connections ask and tell -----------------------------------------------------------

    def next(self) -> Submission | None:
        """The message that waits longest; nobody waits any more for one that was called off."""
        while self._waiting:
            submission = self._waiting.popleft()
            if not submission.outcome.done():
                return submission
        return None

    def free(self) -> None:
        """Give out what waits, and open more connections for what is left."""
        while self._waiting and (connection := self._with_room()) is not None:
            if (submission := self.next()) is not None:
                connection.take(submission)
        self._open_more()

    def lost(self, connection: Connection, unsent: Sequence[Submission]) -> None:
        """A connection has ended: what it had not begun to send waits again, before all others."""
        if connection in self._open:
            self._open.remove(connection)
        self._waiting.extendleft(reversed(unsent))
        self.free()

    # --- opening and choosing --------------------------------------------------------------------

    def _with_room(self) -> Connection | None:
        """An idle connection, or else one that has room behind a text that is under way."""
        for connection in [one for one in self._open if one.has_room and one.doubtful]:
            connection.ask()
        roomy = [one for one in self._open if one.has_room]
        return next((one for one in roomy if one.idle), roomy[0] if roomy else None)

    def _open_more(self) -> None:
        wanted = min(
            len(self._waiting) - len(self._opening),
            self._size - len(self._open) - len(self._opening),
        )
        hopeful = self._open or self._opening
        if hopeful and asyncio.get_running_loop().time() < self._no_more_until:
            return
        for _ in range(wanted):
            self._open_one()

    def _open_one(self) -> None:
        task = asyncio.ensure_future(self._connect())
        self._opening.add(task)
        task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[aiosmtplib.SMTP]) -> None:
        self._opening.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._open.append(self._speaking(task.result()))
        else:
            self._no_more_until = asyncio.get_running_loop().time() + PAUSE_SECONDS
            self._tell_if_nobody_is_there(error)
        self.free()

    def _tell_if_nobody_is_there(self, error: BaseException) -> None:
        """Where the last hope of a connection is gone, everybody who waits hears why."""
        if self._open or self._opening:
            return
        self._no_more_until = 0.0
        waiting, self._waiting = self._waiting, deque()
        for submission in waiting:
            submission.ends(outcome_of(error))

    def _speaking(self, smtp: aiosmtplib.SMTP) -> Connection:
        """The connection by what its server offers; aiosmtplib lets go of one that pipelines.

        It has thrown away whatever came unasked, before and after STARTTLS.
        """
        offered = frozenset(smtp.esmtp_extensions)
        if "pipelining" in offered and smtp.transport is not None:
            transport = cast(asyncio.Transport, smtp.transport)  # uvloop's are no subclass of it
            return Pipelined(transport, self, offered=offered, timeout=self._timeout)
        return OneByOne(smtp, self, offered=offered, timeout=self._timeout)
