"""When are the texts collected that a lost webhook has not brought?

In the engine, and not in the web process where the doors stand: it is the net under one of them.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp
from sqlalchemy import func, select

from flows.worker_context import WorkerContext
from mechanism.lifecycle import ACTIVATION_ENDS
from mechanism.vocabulary import Door
from notifications import registry
from notifications.hook import Heard
from notifications.inbox import keep
from store.tables import Activation, Reply

EVERY: Final = timedelta(seconds=30)  # told time, while a situation is open
REST: Final = 1.0  # real seconds at least, on a clock that runs fast
_log = logging.getLogger(__name__)


class Collector:
    """Asks each provider that has one for its list of what came in, every half minute."""

    def __init__(self, here: WorkerContext) -> None:
        self._here = here
        self._asked_at = datetime.min.replace(tzinfo=UTC)
        self._not_before = 0.0  # by the loop's own clock

    def is_due(self) -> bool:
        """Whether half a minute has passed."""
        rested = asyncio.get_running_loop().time() >= self._not_before
        return rested and self._here.installation.now() - self._asked_at >= EVERY

    async def collect(self) -> int:
        """How many texts were found that no webhook had brought; they are read like any other."""
        self._asked_at = self._here.installation.now()
        self._not_before = asyncio.get_running_loop().time() + REST
        begun = await asyncio.to_thread(_open_since, self._here)
        if begun is None:
            return 0
        settings, found = self._here.installation.settings, 0
        for collect in registry.collectors(settings):
            try:
                heard = await collect(settings, begun)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                _log.warning("a list of texts could not be had: %s", type(error).__name__)
                continue
            found += await asyncio.to_thread(_keep_new, self._here, heard)
        return found


def _open_since(here: WorkerContext) -> datetime | None:
    """Since when the oldest situation is open; None where none is."""
    query = select(func.min(Activation.triggered_at)).where(
        Activation.state.not_in(ACTIVATION_ENDS)
    )
    with here.installation.database.reading() as session:
        return session.scalar(query)


def _keep_new(here: WorkerContext, heard: list[Heard]) -> int:
    """Look first: nearly always every text has come by the webhook."""
    ids = [one.provider_id for one in heard]
    query = select(Reply.provider, Reply.provider_id).where(
        Reply.door == Door.SMS, Reply.provider_id.in_(ids)
    )
    with here.installation.database.reading() as session:
        known = {(row.provider, row.provider_id) for row in session.execute(query)}
    missing = [one for one in heard if (one.provider, one.provider_id) not in known]
    if not missing:
        return 0
    with here.installation.database.transaction() as session:
        return len(keep.keep_all(session, missing, now=here.installation.now()))
