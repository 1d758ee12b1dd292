"""How is one board drawn once for everybody who watches it?

Whoever asks first draws; those who ask meanwhile wait for that same drawing. What is kept is bytes,
plain and compressed, with what a browser asks again by.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

KEPT: Final = 64  # drawn boards
COMPRESSION: Final = 6

Draw = Callable[[], str]


@dataclass(frozen=True)
class Drawn:
    """A board as it goes over the wire."""

    html: str

    @cached_property
    def plain(self) -> bytes:
        """For a browser that cannot unpack."""
        return self.html.encode()

    @cached_property
    def packed(self) -> bytes:
        """For every other."""
        return gzip.compress(self.plain, COMPRESSION, mtime=0)

    @cached_property
    def etag(self) -> str:
        """Weak, since the packed bytes and the plain ones are the same board."""
        return f'W/"{hashlib.sha256(self.plain).hexdigest()[:32]}"'


class RenderCache:
    """The drawn boards of this process: 200 watchers of one version cost one drawing."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Future[Drawn]] = {}
        self._lock = Lock()

    def board(self, key: Hashable, draw: Draw) -> Drawn:
        """The board for this kind of reader at this version, drawn now if nobody has."""
        flight, is_first = self._join(key)
        if is_first:
            self._fly(key, flight, draw)
        return flight.result()

    async def board_soon(self, key: Hashable, draw: Draw) -> Drawn:
        """The same without holding a thread meanwhile."""
        flight, is_first = self._join(key)
        if is_first:
            await run_in_threadpool(self._fly, key, flight, draw)
        if flight.done():
            return flight.result()
        return await asyncio.shield(asyncio.wrap_future(flight))  # one who leaves takes no other

    def _join(self, key: Hashable) -> tuple[Future[Drawn], bool]:
        with self._lock:
            known = self._flights.get(key)
            if known is not None:
                return known, False
            while len(self._flights) >= KEPT:
                self._flights.pop(next(iter(self._flights)))
            new = self._flights[key] = Future()
            return new, True

    def _fly(self, key: Hashable, flight: Future[Drawn], draw: Draw) -> None:
        """Draw; a drawing that failed fails for all who waited, and is not kept."""
        try:
            flight.set_result(_ready(draw()))
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            self._flights.pop(key, None)
            flight.set_exception(error)


def _ready(html: str) -> Drawn:
    drawn = Drawn(html)
    _ = drawn.packed, drawn.etag  # here, and not by each who asks first
    return drawn


def answer(http: Request, drawn: Drawn) -> Response:
    """The board, or word that the browser has it."""
    headers = {"ETag": drawn.etag, "Vary": "Accept-Encoding"}
    if http.headers.get("if-none-match") == drawn.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in http.headers.get("accept-encoding", ""):
        return HTMLResponse(drawn.packed, headers={**headers, "Content-Encoding": "gzip"})
    return HTMLResponse(drawn.plain, headers=headers)
