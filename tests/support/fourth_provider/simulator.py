"""Pigeon itself, on loopback: it takes texts, tells what became of them, and brings answers."""

from dataclasses import dataclass
from itertools import count

import aiohttp
from aiohttp import web

from tests.support.fourth_provider.provider import PigeonSettings


@dataclass(frozen=True)
class Flown:
    """A text that it has taken."""

    ring: str
    to: str
    words: str
    tell: str


class PigeonLoft:
    """Every text in the order of its coming."""

    def __init__(self) -> None:
        self.secret = PigeonSettings().secret
        self.flown: list[Flown] = []
        self.is_empty = False
        self._rings = count(1)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/fly", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address: tuple[str, int] = self._runner.addresses[0]

    async def close(self) -> None:
        await self._runner.cleanup()

    def of(self, number: str) -> list[Flown]:
        """What went to a number."""
        return [one for one in self.flown if one.to == number]

    async def tells(self, flown: Flown, fate: str) -> int:
        """Report; the answer's status."""
        return await self._post(flown.tell, {"ring": flown.ring, "fate": fate})

    async def brings(self, url: str, *, home: str, words: str) -> int:
        """Bring somebody's answer; the answer's status."""
        form = {"ring": f"in-{next(self._rings)}", "home": home, "words": words}
        return await self._post(url, form)

    async def _post(self, url: str, form: dict[str, str]) -> int:
        shown = {"x-pigeon-secret": self.secret}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=form, headers=shown) as answer,
        ):
            return answer.status

    async def _take(self, request: web.Request) -> web.Response:
        if self.is_empty:
            return web.Response(status=503, text="no pigeons today")
        form = await request.post()
        ring = str(next(self._rings))
        self.flown.append(Flown(ring, *(str(form[name]) for name in ("to", "words", "tell"))))
        return web.Response(text=ring)
