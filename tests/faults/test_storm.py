"""A thousand answers at one moment: each is kept exactly once, on both databases."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import aiohttp
import httpx
import pytest
from sqlalchemy import select

from dashboard.app import create_app, web_server
from settings import Settings
from simulator.webhooks import signature
from store.clock import SystemClock
from store.installation import Installation
from store.session import Database
from store.tables import Reply
from tests.support.patience import PATIENCE
from tests.support.ports import free_port

MANY = 1000
CONVERSATIONS = 50  # of a mail server that hands a thousand mails on


@pytest.fixture
def doors(database: Database, tmp_path: Path) -> Iterator[Installation]:
    """A web process's doors, under their real servers; nobody has been asked anything."""
    web, inbox = free_port(), free_port()
    settings = Settings(
        home=tmp_path, database_url=database.url, web_port=web, inbox_port=inbox, inbox_lmtp=True,
        public_url=f"http://127.0.0.1:{web}", prefect_api="",
    )  # fmt: skip
    installation = Installation(settings, database, SystemClock())
    app = create_app(installation)
    app.state.doors.reader.read = _nobody_reads  # what is kept is what counts here
    server, sock = web_server(app), socket.create_server(("127.0.0.1", web), backlog=MANY)
    thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
    thread.start()
    httpx.get(settings.public_url + "/sign-in", timeout=PATIENCE)  # every door is open by then
    yield installation
    server.should_exit = True
    thread.join()


def _nobody_reads(_ids: object) -> "Future[None]":
    """The engine would."""
    done: Future[None] = Future()
    done.set_result(None)
    return done


def kept(installation: Installation) -> Counter[bytes]:
    with installation.database.reading() as session:
        return Counter(session.scalars(select(Reply.raw)))


def test_a_thousand_posts_at_one_moment_and_each_twice_are_each_kept_once(
    doors: Installation,
) -> None:
    url = f"{doors.settings.public_url}/twilio/sms"
    token = doors.settings.sms_token.get_secret_value()
    forms = [{"MessageSid": f"SM{n}", "From": "+999100310001", "Body": "OK"} for n in range(MANY)]

    async def post(http: aiohttp.ClientSession, form: dict[str, str]) -> None:
        headers = {"X-Twilio-Signature": signature(token, url, form)}
        async with http.post(url, data=form, headers=headers) as answer:
            assert answer.status == 200

    async def storm() -> None:
        limit = aiohttp.TCPConnector(limit=200)
        async with aiohttp.ClientSession(connector=limit) as http:
            await asyncio.gather(*(post(http, form) for form in forms))
            await asyncio.gather(*(post(http, form) for form in forms[:100]))

    asyncio.run(storm())

    assert len(kept(doors)) == MANY
    assert set(kept(doors).values()) == {1}


def test_a_thousand_mails_at_one_moment_are_each_kept_once(doors: Installation) -> None:
    async def hand_in(numbers: range) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", doors.settings.inbox_port)

        async def say(words: str) -> None:
            writer.write(words.encode() + b"\r\n")
            while (line := await reader.readline())[3:4] == b"-":
                pass
            assert line[:1] in (b"2", b"3"), line

        await reader.readline()
        await say("LHLO storm.example")
        for number in numbers:
            await say("MAIL FROM:<desk@atlantis.example>")
            await say("RCPT TO:<ack+token@in.cm.example>")
            await say("DATA")
            await say(f"Message-ID: <{number}@atlantis.example>\r\n\r\nOK\r\n.")
        writer.close()
        await writer.wait_closed()

    async def storm() -> None:
        await asyncio.gather(
            *(hand_in(range(n, MANY, CONVERSATIONS)) for n in range(CONVERSATIONS))
        )

    asyncio.run(storm())

    assert len(kept(doors)) == MANY
    assert set(kept(doors).values()) == {1}
