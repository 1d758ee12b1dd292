"""The least that is a web process: `python -m benchmarks.bare.web PORT FOLDER`.

Starlette alone: a page of bytes from the folder, a row committed for each POST, and a version told
to whoever listens. Nobody signs in, and nothing is looked up.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route


class Bare:
    """The page, the rows and the watchers."""

    def __init__(self, folder: Path) -> None:
        self._page = folder / "page.html"
        self._rows = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, raw BLOB)",
        ):
            self._rows.execute(statement)
        self._watchers: set[asyncio.Queue[int]] = set()
        self._version = 0

    async def here(self, _request: Request) -> Response:
        """It has started."""
        return Response()

    async def page(self, _request: Request) -> Response:
        """The bytes of the page."""
        return Response(self._page.read_bytes(), media_type="text/html")

    async def keep(self, request: Request) -> Response:
        """One row, committed to the disk before the answer."""
        self._rows.execute("INSERT INTO bare (raw) VALUES (?)", (await request.body(),))
        return Response("<Response/>", media_type="text/xml")

    async def bump(self, _request: Request) -> Response:
        """A new version, told to everybody."""
        self._version += 1
        for watcher in self._watchers:
            watcher.put_nowait(self._version)
        return Response()

    async def watch(self, _request: Request) -> Response:
        """A stream of versions."""
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        queue: asyncio.Queue[int] = asyncio.Queue()
        self._watchers.add(queue)
        try:
            yield f"event: version\ndata: {self._version}\n\n"
            while True:
                yield f"event: version\ndata: {await queue.get()}\n\n"
        finally:
            self._watchers.discard(queue)


def serve(port: int, folder: Path) -> None:
    """Serve until killed."""
    bare = Bare(folder)
    app = Starlette(
        routes=[
            Route("/", bare.here),
            Route("/page", bare.page),
            Route("/keep", bare.keep, methods=["POST"]),
            Route("/bump", bare.bump, methods=["POST"]),
            Route("/watch", bare.watch),
        ]
    )
    uvicorn.run(app, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=1)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
