"""How does a resident process learn at once that something was committed?

On one machine by a datagram on a local socket, on PostgreSQL by NOTIFY. A ring may be lost; whoever
listens also looks at the database by itself, so that a lost ring costs half a second, not a notice.
"""

import asyncio
import contextlib
import hashlib
import os
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from lazy import lazy

if TYPE_CHECKING:
    import psycopg
else:
    psycopg = lazy("psycopg")  # SQLite does without

CHANNEL = "consultation"


class Bell(Protocol):
    """What rings, and what can be listened to."""

    def ring_in(self, session: Session) -> None:
        """Ring as part of the transaction, where the database can."""

    def ring_after(self) -> None:
        """Ring after the commit, where the database cannot."""

    def listen(self) -> "Listener":
        """Begin to listen; close the listener afterwards."""

    def close(self) -> None: ...


class Listener(Protocol):
    async def wait(self, seconds: float) -> bool:
        """True as soon as the bell rings, False after this long without."""

    async def close(self) -> None: ...


def for_engine(engine: Engine) -> Bell:
    """The bell that fits the database."""
    if engine.dialect.name == "postgresql":
        return _NotifyBell(engine)
    return _SocketBell(_socket_dir(engine.url.database or ""))


def _socket_dir(database: str) -> Path:
    """A short private path: a socket's address must fit 108 bytes, however deep the files lie."""
    digest = hashlib.sha256(str(Path(database).absolute()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"cm-bell-{os.getuid()}-{digest}"


class _SocketBell:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._socket: socket.socket | None = None

    def ring_in(self, session: Session) -> None:
        """Nothing: SQLite cannot ring."""

    def ring_after(self) -> None:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        for path in self._directory.glob("*.sock"):
            try:
                self._socket.sendto(b"!", str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)  # its listener is dead
            except OSError:
                continue  # full: it is rung already

    def listen(self) -> "_SocketListener":
        path = self._directory / f"{os.getpid()}-{os.urandom(4).hex()}.sock"
        while True:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # the last listener has just tidied up
                return _SocketListener(path)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _SocketListener:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind(str(path))
        except OSError:
            self._socket.close()
            raise

    async def wait(self, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                await loop.sock_recv(self._socket, 1)
        except TimeoutError:
            return False
        self._drain()
        return True

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(1):
                pass

    async def close(self) -> None:
        self._socket.close()
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # others still listen there
            self._path.parent.rmdir()


class _NotifyBell:
    def __init__(self, engine: Engine) -> None:
        self._url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def ring_in(self, session: Session) -> None:
        session.execute(text(f"NOTIFY {CHANNEL}"))

    def ring_after(self) -> None:
        """Nothing: the commit itself rang."""

    def listen(self) -> "_NotifyListener":
        return _NotifyListener(self._url)

    def close(self) -> None:
        """Nothing is held."""


class _NotifyListener:
    """Reconnects by itself: a database that restarts must not end the listening."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.AsyncConnection[object] | None = None

    async def wait(self, seconds: float) -> bool:
        try:
            connection = await self._connected()
            async for _ in connection.notifies(timeout=seconds, stop_after=1):
                return True
        except psycopg.OperationalError:
            await self.close()
            await asyncio.sleep(seconds)  # the caller looks by itself meanwhile
        return False

    async def _connected(self) -> "psycopg.AsyncConnection[object]":
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
            await self._connection.execute(f"LISTEN {CHANNEL}")
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
