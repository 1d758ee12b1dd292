"""How do several e-mails share one connection without waiting for each other (RFC 2920)?

One text with its final dot and the next envelope leave in one piece, and the answers are read in
their order: one journey there and back for each message. A text leaves only when its own DATA was
answered, so whatever ends before that was surely not sent; a connection that is lost between a
final dot and its answer leaves that one message unknown.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Protocol

from notifications.email.smtp.commands import (
    BEYOND_THE_SERVER,
    Submission,
    envelope_of,
    is_beyond,
    text,
)
from notifications.email.smtp.responses import (
    CLOSING,
    DETAIL,
    SmtpStep,
    not_connected,
    refused,
    says_no,
)
from notifications.provider import Accepted, Unknown

IDLE_SECONDS: Final = 30.0  # after this a connection is asked whether it still lives
PROMPT_SECONDS: Final = 3.0  # within this a living server answers RSET and QUIT

_AT_ONCE: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
_LONGEST: Final = 64 * 1024  # octets of an answer that nobody needs to read to its end
_GO_ON: Final = 354
_YES: Final = range(200, 300)


class SubmissionQueue(Protocol):
    """Where a connection gets its messages from, and gives back what it could not begin."""

    def next(self) -> Submission | None:
        """The message that waits longest."""

    def free(self) -> None:
        """A connection has room again."""

    def lost(self, connection: "Connection", unsent: Sequence[Submission]) -> None:
        """A connection has ended; these messages did not leave, and another may carry them."""


class Connection(Protocol):
    """One way to the mail server that stays open between messages."""

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""

    @property
    def has_room(self) -> bool:
        """Whether it can take a message now."""

    @property
    def doubtful(self) -> bool:
        """Whether the server must be asked before it is given anything."""

    def ask(self) -> None:
        """Find out whether it lives, and let it forget what was begun; it has no room meanwhile."""

    def take(self, submission: Submission) -> None:
        """Send this message."""

    async def leave(self) -> None:
        """Finish what is under way, say farewell, and hang up on whoever does not answer it."""


class OutOfStepError(Exception):
    """The server's answers do not fit what was said."""


@dataclass(eq=False, slots=True)
class _Try:
    submission: Submission
    clock: asyncio.TimerHandle
    is_first: bool  # on its connection
    refused_at: SmtpStep | None = None
    text_left: bool = False

    @property
    def is_over(self) -> bool:
        return self.submission.outcome.done()


class Pipelined(asyncio.Protocol):
    """One connection, handed over after EHLO, STARTTLS and sign-in."""

    def __init__(
        self,
        transport: asyncio.Transport,
        office: SubmissionQueue,
        *,
        offered: AbstractSet[str],
        timeout: float,
    ) -> None:
        self._transport, self._office = transport, office
        self._offered, self._timeout = offered, timeout
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._buffer = bytearray()
        self._expected: deque[tuple[SmtpStep, _Try | None]] = deque()
        self._entering: _Try | None = None
        self._begun = 0
        self._to_reset = False
        self._leaving = False
        self._gone = self._loop.create_future()
        self._socket = transport.get_extra_info("socket")
        transport.set_protocol(self)
        self._acknowledge()

    # --- what it can do now ----------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        return self.has_room and not self._expected

    @property
    def has_room(self) -> bool:
        """Whether no envelope waits for its answer: a text may still be on its way."""
        asked = bool(self._expected) and self._expected[-1][0] is SmtpStep.RSET
        return self._entering is None and not (asked or self._leaving)

    @property
    def doubtful(self) -> bool:
        return not self._expected and self._loop.time() - self._heard_at > IDLE_SECONDS

    def ask(self) -> None:
        """Find out whether it lives; one that does not answer in time is given up."""
        self._expected.append((SmtpStep.RSET, None))
        self._loop.call_later(PROMPT_SECONDS, self._give_up_unless_heard, self._loop.time())
        self._transport.write(b"RSET\r\n")

    def take(self, submission: Submission) -> None:
        """Carry it, behind the text that is under way if there is one."""
        self._transport.write(self._opening(submission))

    async def leave(self) -> None:
        """Finish what is under way, then QUIT."""
        self._leaving = True
        self._say_farewell()
        await asyncio.wait([self._gone], timeout=PROMPT_SECONDS)
        self._transport.abort()

    # --- saying ----------------------------------------------------------------------------------

    def _opening(self, submission: Submission) -> bytes:
        """The envelope, its answers being expected from now on; nothing where it cannot be said."""
        if is_beyond(submission.outgoing, self._offered):
            submission.ends(BEYOND_THE_SERVER)
            return b""
        reset = self._reset()
        clock = self._loop.call_later(self._timeout, self._too_late)
        entering = _Try(submission, clock, is_first=not self._begun)
        self._begun += 1
        self._entering = entering
        self._expected.extend(
            (step, entering) for step in (SmtpStep.MAIL, SmtpStep.RCPT, SmtpStep.DATA)
        )
        return reset + envelope_of(submission.outgoing, submission.sender, self._offered)

    def _reset(self) -> bytes:
        """An envelope whose DATA was refused stays begun until it is forgotten."""
        if not self._to_reset:
            return b""
        self._to_reset = False
        self._expected.append((SmtpStep.RSET, None))
        return b"RSET\r\n"

    def _next_opening(self) -> bytes:
        submission = None if self._leaving else self._office.next()
        return self._opening(submission) if submission is not None else b""

    def _say_farewell(self) -> None:
        if self._leaving and not self._expected:
            self._expected.append((SmtpStep.QUIT, None))
            self._transport.write(b"QUIT\r\n")

    # --- hearing ---------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._loop.time()
        self._acknowledge()
        self._buffer += data
        try:
            for code, words in self._answers():
                self._hear(code, words)
        except OutOfStepError:
            self._give_up()
            return
        self._say_farewell()
        if self.has_room:
            self._office.free()

    def _acknowledge(self) -> None:
        """Let TCP acknowledge at once what comes next, where it can; else it waits for 40 ms.

        Postfix answers a text and the envelope behind it in two pieces, and by Nagle's rule sends
        the second when the first is acknowledged. Linux forgets the wish at every turn.
        """
        if _AT_ONCE is not None and self._socket is not None:
            with contextlib.suppress(OSError):  # it was hung up on meanwhile
                self._socket.setsockopt(socket.IPPROTO_TCP, _AT_ONCE, 1)

    def _answers(self) -> Iterator[tuple[int, str]]:
        """Whole answers, of one line or several."""
        while (end := self._end_of_answer()) is not None:
            answer = bytes(self._buffer[:end])
            del self._buffer[:end]
            yield _read(answer)
        if len(self._buffer) > _LONGEST:
            raise OutOfStepError("an answer without end")

    def _end_of_answer(self) -> int | None:
        start = 0
        while (end := self._buffer.find(b"\n", start)) >= 0:
            if self._buffer[start + 3 : start + 4] != b"-":
                return end + 1
            start = end + 1
        return None

    def _hear(self, code: int, words: str) -> None:
        if not self._expected:
            raise OutOfStepError("an answer to nothing")
        step, tried = self._expected.popleft()
        if code == CLOSING:
            self._leaving = True
        if tried is not None:
            self._hear_of(tried, step, code, words)
        elif step is SmtpStep.QUIT:
            self._transport.close()
        elif code not in _YES:
            raise OutOfStepError("RSET is never refused")

    def _hear_of(self, tried: _Try, step: SmtpStep, code: int, words: str) -> None:
        if step is SmtpStep.DATA:
            self._invited(tried, code, words)
        elif says_no(code):
            self._end(tried, code, words, at=step)
        elif code not in _YES:
            raise OutOfStepError("neither yes nor no")
        elif step is SmtpStep.TEXT:
            tried.clock.cancel()
            tried.submission.ends(Accepted(words[:DETAIL] or tried.submission.outgoing.message_id))

    def _invited(self, tried: _Try, code: int, words: str) -> None:
        """DATA is answered: the text, or nothing but a dot where its recipient was refused."""
        if code != _GO_ON and not says_no(code):
            raise OutOfStepError("neither go on nor no")
        self._entering = None
        if code != _GO_ON:
            self._to_reset = True
            self._end(tried, code, words, at=SmtpStep.DATA)
            said = b""
        elif tried.refused_at is SmtpStep.RCPT:
            said = self._expecting(SmtpStep.NOTHING, tried, b".\r\n")
        elif tried.refused_at is not None:
            raise OutOfStepError("it asks for the text of a sender that it refused")
        else:
            tried.text_left = True
            said = self._expecting(SmtpStep.TEXT, tried, text(tried.submission.outgoing.raw))
        self._transport.write(said + self._next_opening())

    def _expecting(self, step: SmtpStep, tried: _Try, said: bytes) -> bytes:
        self._expected.append((step, tried))
        return said

    def _end(self, tried: _Try, code: int, words: str, *, at: SmtpStep) -> None:
        """Refused; the first refusal is the reason, and those that follow from it are not."""
        tried.refused_at = tried.refused_at or at
        tried.clock.cancel()
        tried.submission.ends(refused(code, words, at=at))

    # --- the end ---------------------------------------------------------------------------------

    def _give_up_unless_heard(self, since: float) -> None:
        if self._heard_at < since:
            self._give_up()

    def _too_late(self) -> None:
        """The oldest message here has waited too long: what is behind it waits for the same."""
        oldest = next((one for one in self._tries() if not one.is_over), None)
        if oldest is not None:
            oldest.submission.ends(
                Unknown("TimeoutError") if oldest.text_left else not_connected("TimeoutError")
            )
        self._give_up()

    def _give_up(self) -> None:
        self._leaving = True
        self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell each message's end; what had not begun to leave goes back."""
        self._leaving = True
        unsent = []
        why = type(error).__name__ if error is not None else "ConnectionError"
        for tried in self._tries():
            tried.clock.cancel()
            if tried.text_left:
                tried.submission.ends(Unknown(why))
            elif tried.is_first:
                tried.submission.ends(not_connected(why))
            elif not tried.is_over:
                unsent.append(tried.submission)
        if not self._gone.done():
            self._gone.set_result(None)
        self._office.lost(self, unsent)

    def _tries(self) -> list[_Try]:
        """The messages under way, the oldest first."""
        return list(dict.fromkeys(tried for _, tried in self._expected if tried is not None))


def _read(answer: bytes) -> tuple[int, str]:
    """Code and words; OutOfStepError where it has no code."""
    lines = answer.decode("utf-8", "replace").splitlines()
    code = lines[-1][:3]
    if not (code.isascii() and code.isdigit()):
        raise OutOfStepError("an answer without a code")
    return int(code), "\n".join(line[4:].strip() for line in lines)
