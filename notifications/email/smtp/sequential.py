"""How does an e-mail leave over a server that wants every command answered before the next?"""

import asyncio
from collections.abc import Set as AbstractSet
from contextlib import suppress

import aiosmtplib

from notifications.email.smtp.commands import (
    BEYOND_THE_SERVER,
    Submission,
    is_beyond,
    mail_options,
    rcpt_options,
)
from notifications.email.smtp.pipelined import IDLE_SECONDS, PROMPT_SECONDS, SubmissionQueue
from notifications.email.smtp.responses import DETAIL, outcome_of
from notifications.provider import Accepted


class OneByOne:
    """One connection that carries one message at a time."""

    def __init__(
        self,
        smtp: aiosmtplib.SMTP,
        office: SubmissionQueue,
        *,
        offered: AbstractSet[str],
        timeout: float,
    ) -> None:
        self._smtp, self._office = smtp, office
        self._offered, self._timeout = offered, timeout
        self._loop = asyncio.get_running_loop()
        self._used_at = self._loop.time()
        self._refused = self._text_begun = False
        self._work: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        return self._work is None

    @property
    def has_room(self) -> bool:
        return self._work is None

    @property
    def doubtful(self) -> bool:
        """It heard a refusal, has been silent for long, or is closed."""
        aged = self._loop.time() - self._used_at > IDLE_SECONDS
        return aged or self._refused or not self._smtp.is_connected

    def ask(self) -> None:
        """RSET; one that does not answer in time is given up."""
        self._work = self._loop.create_task(self._ask())

    def take(self, submission: Submission) -> None:
        if is_beyond(submission.outgoing, self._offered):
            submission.ends(BEYOND_THE_SERVER)
        else:
            self._work = self._loop.create_task(self._carry(submission))

    async def leave(self) -> None:
        """Finish what is under way, then QUIT."""
        if self._work is not None:
            await asyncio.wait([self._work], timeout=PROMPT_SECONDS)
        if self._work is None:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._smtp.quit(timeout=PROMPT_SECONDS)
        self._hang_up()

    async def _ask(self) -> None:
        with suppress(aiosmtplib.SMTPException, OSError):
            await self._smtp.rset(timeout=PROMPT_SECONDS)
            self._done()
            return
        self._hang_up()

    async def _carry(self, submission: Submission) -> None:
        self._text_begun = False
        try:
            async with asyncio.timeout(self._timeout):
                said = await self._converse(submission)
        except BaseException as error:
            submission.ends(outcome_of(error, text_begun=self._text_begun))
            if isinstance(error, aiosmtplib.SMTPResponseException):
                self._done(refused=True)
            else:
                self._hang_up()
            if not isinstance(error, Exception):
                raise
        else:
            submission.ends(Accepted(said[:DETAIL] or submission.outgoing.message_id))
            self._done()

    async def _converse(self, submission: Submission) -> str:
        """What the server says of the message that it has taken."""
        out = submission.outgoing
        encoding = "ascii" if out.address.isascii() else "utf-8"
        options = mail_options(out, self._offered)
        await self._smtp.mail(submission.sender, options=options, encoding=encoding)
        options = rcpt_options(out, self._offered)
        await self._smtp.rcpt(out.address, options=options, encoding=encoding)
        self._text_begun = True  # the library does DATA and the text in one
        return (await self._smtp.data(out.raw)).message

    def _done(self, *, refused: bool = False) -> None:
        self._work, self._refused = None, refused
        self._used_at = self._loop.time()
        if self._smtp.is_connected:
            self._office.free()
        else:
            self._office.lost(self, ())

    def _hang_up(self) -> None:
        self._smtp.close()
        self._office.lost(self, ())
