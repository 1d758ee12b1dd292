"""The least that keeps mail: `python -m benchmarks.bare.lmtp PORT FOLDER`.

aiosmtpd, and one bare row committed for each mail before it is answered.
"""

import asyncio
import sqlite3
import sys
from pathlib import Path

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeps:
    """Says 250 to every mail, once its row is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._rows = sqlite3.connect(folder / "bare-mail.sqlite3", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, raw BLOB)",
        ):
            self._rows.execute(statement)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """One row."""
        self._rows.execute("INSERT INTO bare (raw) VALUES (?)", (envelope.content,))
        return "250 kept"


async def _serve(port: int, folder: Path) -> None:
    loop, keeps = asyncio.get_running_loop(), Keeps(folder)
    server = await loop.create_server(lambda: LMTP(keeps, loop=loop), "127.0.0.1", port)
    async with server:
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
