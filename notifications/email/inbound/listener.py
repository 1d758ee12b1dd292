"""How does mail come in from the site's own mail server?

By LMTP or SMTP. The server hears 250 only after the commit; whatever goes wrong on our side is
answered with 451, so that it keeps the mail and comes again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as MailSession

from notifications.email.inbound import arrival
from notifications.email.inbound.arrival import Arrival
from notifications.inbox.batch import Batcher
from notifications.inbox.keep import LARGEST_MAIL

RECIPIENTS_AT_ONCE: Final = 20  # the rest of a longer list is asked for in a second turn
NOT_NOW: Final = "451 4.3.0 it could not be kept; come again"
_log = logging.getLogger(__name__)


class MailDoor:
    """The listener's side of the conversation.

    `kept` is told the ids of what is new, and must not take its time: it has them read in a thread
    of its own. If that fails they stay KEPT, and the engine's next look reads them.
    """

    def __init__(self, batcher: Batcher, kept: Callable[[Sequence[int]], object]) -> None:
        self._batcher, self._kept = batcher, kept

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: MailSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take every recipient, since whose it is is found out later; a few in one turn."""
        if len(envelope.rcpt_tos) >= RECIPIENTS_AT_ONCE:
            return "452 4.5.3 too many recipients in one turn"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 taken"

    async def handle_DATA(self, server: SMTP, session: MailSession, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail and say so, once for each recipient where the protocol asks for that."""
        is_lmtp = isinstance(server, LMTP)
        answers = len(envelope.rcpt_tos) if is_lmtp else 1
        arrived = _arrival(session, envelope, "lmtp" if is_lmtp else "smtp")
        try:
            ids = await asyncio.wrap_future(self._batcher.keep(arrival.letters(arrived)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail must not be lost
            _log.error("a mail could not be kept; its server comes again: %s", type(error).__name__)
            return "\r\n".join([NOT_NOW] * answers)
        if ids:
            self._kept(ids)
        return "\r\n".join(["250 2.0.0 kept"] * answers)

    async def handle_exception(self, error: Exception) -> str:
        """Something that the protocol's own code did not expect: nothing is refused for ever."""
        _log.error("a conversation about a mail broke off: %s", type(error).__name__)
        return NOT_NOW


def _arrival(session: MailSession, envelope: Envelope, way: str) -> Arrival:
    sender = envelope.mail_from or ""
    peer = session.peer if isinstance(session.peer, tuple) else ("",)
    return Arrival(
        raw=envelope.content if isinstance(envelope.content, bytes) else b"",
        way=way,
        sender="" if sender == "<>" else sender,
        recipients=tuple(envelope.rcpt_tos),
        secure=session.ssl is not None,
        beside={"peer": str(peer[0]), "helo": session.host_name or ""},
    )


class _Listener(Controller):
    """aiosmtpd's controller, speaking LMTP where the site's own MTA wants it."""

    def __init__(self, door: MailDoor, *, host: str, port: int, lmtp: bool) -> None:
        self._protocol = _LongLinesLmtp if lmtp else _LongLinesSmtp
        super().__init__(door, hostname=host, port=port)

    def factory(self) -> SMTP:
        return self._protocol(self.handler, data_size_limit=LARGEST_MAIL, ident="kept here")


class _LongLinesSmtp(SMTP):
    line_length_limit = LARGEST_MAIL  # RFC 5321 says 1,000; a longer one is no reason to lose it


class _LongLinesLmtp(LMTP):
    line_length_limit = LARGEST_MAIL


def listen_for_mail(door: MailDoor, *, host: str, port: int, lmtp: bool) -> Callable[[], None]:
    """Start the listener in a thread of its own; call what comes back to stop it."""
    # aiosmtpd logs addresses, and as warnings whole lines that it does not know: parts of mails
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    listener = _Listener(door, host=host, port=port, lmtp=lmtp)
    listener.start()
    return listener.stop
