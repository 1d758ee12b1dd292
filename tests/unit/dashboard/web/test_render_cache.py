"""Who draws a board, and what goes over the wire of it."""

import asyncio
import gzip
import threading

import pytest
from starlette.requests import Request

from dashboard.web import sessions
from dashboard.web.guard import Guard
from dashboard.web.render_cache import Drawn, RenderCache, answer
from store.installation import Installation
from tests.support.clock import ToldTime
from tests.support.web import NewBrowser, signed_in
from tests.support.web_acts import sent


class Pen:
    """Draws slowly: it waits until it is let go."""

    def __init__(self) -> None:
        self.drawn = 0
        self.let_go = threading.Event()

    def __call__(self) -> str:
        self.drawn += 1
        assert self.let_go.wait(10)
        return f"<p>Drawing {self.drawn}</p>"


async def test_two_hundred_who_ask_at_once_wait_for_one_drawing() -> None:
    boards, pen = RenderCache(), Pen()
    asked = [asyncio.create_task(boards.board_soon("key", pen)) for _ in range(200)]
    await asyncio.sleep(0)

    pen.let_go.set()
    drawings = await asyncio.gather(*asked)

    assert pen.drawn == 1
    assert {drawing.html for drawing in drawings} == {"<p>Drawing 1</p>"}


async def test_one_who_leaves_takes_the_drawing_from_nobody() -> None:
    boards, pen = RenderCache(), Pen()
    _first, leaves, stays = (asyncio.create_task(boards.board_soon("k", pen)) for _ in range(3))
    await asyncio.sleep(0)

    leaves.cancel()
    pen.let_go.set()

    assert (await stays).html == "<p>Drawing 1</p>"


async def test_a_drawing_that_fails_is_drawn_anew_by_the_next_who_asks() -> None:
    boards = RenderCache()

    def breaks() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        await boards.board_soon("key", breaks)

    assert boards.board("key", lambda: "whole").html == "whole"


def asks(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "headers": raw})


def test_who_can_unpack_gets_it_packed_and_who_has_it_gets_nothing() -> None:
    drawn = Drawn("<p>A board</p>" * 100)

    plain, packed = answer(asks(), drawn), answer(asks(accept_encoding="gzip, br"), drawn)
    again = answer(asks(if_none_match=drawn.etag), drawn)

    assert bytes(plain.body).decode() == drawn.html
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-encoding"] == "gzip"
    assert (again.status_code, again.body) == (304, b"")


def test_a_board_asked_for_again_is_not_sent_again(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    path = f"{sent(co_chair)}/board"
    first = co_chair.client.get(path)

    again = co_chair.client.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert "acknowledged" in first.text
    assert again.status_code == 304


async def test_all_who_come_at_once_are_known_by_two_looks(
    installation: Installation, real: ToldTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookies = [signed_in(installation, "co_chair-au", real.now()) for _ in range(20)]
    looks: list[int] = []

    def look(installation: Installation, cookies: set[str], *, real_now: object) -> object:
        looks.append(len(cookies))
        return known(installation, cookies, real_now=real_now)  # type: ignore[arg-type]

    known = sessions.visitors_of
    monkeypatch.setattr(sessions, "visitors_of", look)
    guard = Guard(installation, real.now)

    known_now = await asyncio.gather(*(guard.visitor(asks(cookie=f"cm={c}")) for c in cookies))

    assert {visitor and visitor.name for visitor in known_now} == {"co_chair-au"}
    assert sum(looks) == len(cookies)
    assert len(looks) <= 2


async def test_whom_it_knows_it_does_not_look_up_until_it_is_told_to_forget(
    installation: Installation, real: ToldTime
) -> None:
    cookie = signed_in(installation, "co_chair-au", real.now())
    guard = Guard(installation, real.now)
    guard.forget()
    visitor = await guard.visitor(asks(cookie=f"cm={cookie}"))
    assert visitor is not None
    with installation.database.transaction() as session:
        sessions.end_session(session, visitor, real_now=real.now(), now=installation.now())

    assert await guard.visitor(asks(cookie=f"cm={cookie}")) is not None
    guard.forget()

    assert await guard.visitor(asks(cookie=f"cm={cookie}")) is None
