"""What do all doors of this process share: who keeps, who reads, and who hears of strangers?

Beside the routes there are two doors for mail: a listener, and a mailbox that is looked into.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session
from starlette.background import BackgroundTask
from starlette.requests import Request

from convening.replies.worker import ReplyReader
from dashboard.web.rate_limit import REFUSALS_KEPT, Pace
from mechanism.vocabulary import NeedCause
from notifications.email.inbound.imap import MailboxDoor
from notifications.email.inbound.listener import MailDoor, listen_for_mail
from notifications.inbox.batch import Batcher
from store import ledger, needs
from store.act import Act, Actor, by_engine
from store.events import Noted
from store.installation import Installation

AT_ONCE: Final = 8  # bodies of mail providers that are held in memory


@dataclass(frozen=True)
class Refused:
    """A call at a provider's door that was not let in."""

    provider: str
    route: str
    why: str
    check: str  # what a person is told to look at
    address: str


class Doors:
    """What all doors of this process share: who keeps, who reads, and how refusals are noted."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.batcher = Batcher(installation.database, installation.now)
        self.reader = ReplyReader(installation, self.batcher.stand_back)
        self.bodies = asyncio.Semaphore(AT_ONCE)
        self._refusals = Pace(REFUSALS_KEPT)
        self._open = ExitStack()

    def open(self) -> None:
        """Open those doors that are no routes: the listener for mail, and the mailbox."""
        self._open.callback(self.reader.close)
        self._open.callback(self.batcher.close)
        if self._installation.settings.inbox_port:
            self._open.callback(self._listen_for_mail())
        if self._installation.settings.imap_host:
            mailbox = MailboxDoor(
                self._installation.settings, self.batcher, self.reader.read, self._tell_a_person
            )
            self._open.callback(mailbox.open())

    def close(self) -> None:
        """Close them, and keep what has come in."""
        self._open.close()

    def reading(self, ids: Sequence[int]) -> BackgroundTask | None:
        """What is to be done with these once their bringer has its answer."""

        async def read() -> None:
            await asyncio.wrap_future(self.reader.read(ids))

        return BackgroundTask(read) if ids else None

    def _listen_for_mail(self) -> Callable[[], None]:
        settings, door = self._installation.settings, MailDoor(self.batcher, self.reader.read)
        return listen_for_mail(
            door, host=settings.inbox_host, port=settings.inbox_port, lmtp=settings.inbox_lmtp
        )

    def note_refusal(self, refused: Refused, *, real_now: datetime) -> None:
        """Write it down, as long as they do not come in floods; a person is told once a day."""
        if not self._refusals.lets(refused.provider, now=real_now):
            return
        now = self._installation.now()
        with self._installation.database.transaction() as session:
            ledger.append(
                session,
                Act(Actor("provider", "unknown"), now),
                Noted.WEBHOOK_REFUSED,
                subject=ledger.Subject(ledger.SYSTEM_LOG, "webhook", refused.provider),
                data={"route": refused.route, "why": refused.why},
                private={"address": refused.address},
            )
            _need(session, refused.check, key=f"webhooks/{refused.provider}", now=now)

    def _tell_a_person(self, what: str) -> None:
        now = self._installation.now()
        with self._installation.database.transaction() as session:
            _need(session, what, key="mailbox", now=now)


def _need(session: Session, what: str, *, key: str, now: datetime) -> None:
    """A person is needed for a door; said once a day."""
    dated = f"{key}/{now:%Y-%m-%d}"
    needs.raise_need(session, by_engine(now), NeedCause.ENGINE, what, key=dated)


def doors_of(http: Request) -> Doors:
    """The doors of the application that is visited."""
    doors: Doors = http.app.state.doors
    return doors
