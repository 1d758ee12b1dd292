"""What does the web process load while nobody waits for it?

It answers before it knows how to check a passkey or to read a mail. Whoever comes first, in the
night, is not to wait for that: it is loaded a moment after the start, in a thread of its own.
"""

import asyncio
import gc
import logging
from collections.abc import Iterable
from importlib import import_module
from typing import Final

MOMENT: Final = 1.0  # seconds: those who waited for the start are served first
SOON: Final = (
    "webauthn",
    "notifications.email.parse.message",
    "notifications.email.icalendar",
)  # by what is asked for first

_log = logging.getLogger(__name__)


async def preload(names: Iterable[str] = SOON, *, after: float = MOMENT) -> None:
    """Load them one by one; what cannot be loaded is told to whoever asks for it.

    What is loaded by then stays: no search for garbage goes through it again.
    """
    await asyncio.sleep(after)
    for name in names:
        try:
            await asyncio.to_thread(import_module, name)
        except Exception as error:  # noqa: BLE001 - it must not end the process that serves
            _log.error("a part could not be loaded beforehand: %s", type(error).__name__)
    gc.freeze()
