"""The least that sends when it is rung: `python -m benchmarks.bare.sender BELL HTTP SMTP`.

A resident process that waits for a datagram `TEXTS MAILS`. For one text it connects and posts; for
more it posts them over 20 kept connections, and the mails over 4, as our providers do.
"""

import asyncio
import socket
import sys
from typing import Final
from urllib.parse import urlencode

import aiohttp
import aiosmtplib

from benchmarks.letter import ADDRESS, FORM, as_bytes

TEXTS_AT_ONCE: Final = 20
MAILS_AT_ONCE: Final = 4
PATH: Final = f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"


def post_once(port: int) -> None:
    """TCP connect and one POST, with nothing between."""
    body = urlencode(FORM).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: world\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode() + body)
        connection.recv(4096)


async def post_texts(session: aiohttp.ClientSession, port: int, count: int) -> None:
    """So many texts over so many connections as our provider uses."""
    left = iter(range(count))
    auth = {"Authorization": aiohttp.encode_basic_auth("account", "token")}

    async def one() -> None:
        for _ in left:
            async with session.post(
                f"http://127.0.0.1:{port}{PATH}", data=FORM, headers=auth
            ) as answer:
                await answer.read()

    await asyncio.gather(*(one() for _ in range(TEXTS_AT_ONCE)))


async def send_mails(connections: list[aiosmtplib.SMTP], count: int) -> None:
    """So many mails, made beforehand, over these connections."""
    left, raw = iter(range(count)), as_bytes()

    async def one(connection: aiosmtplib.SMTP) -> None:
        for _ in left:
            await connection.mail("cm@cm.example")
            await connection.rcpt(ADDRESS)
            await connection.data(raw)

    await asyncio.gather(*(one(connection) for connection in connections))


async def connected(port: int) -> list[aiosmtplib.SMTP]:
    """Warm connections to the mail server."""
    made = [
        aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
        for _ in range(MAILS_AT_ONCE)
    ]
    for one in made:
        await one.connect()
        await one.ehlo()
    return made


async def _wait_and_send(bell: str, http_port: int, smtp_port: int) -> None:
    rung = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    rung.bind(bell)
    rung.setblocking(False)
    loop, mail = asyncio.get_running_loop(), await connected(smtp_port)
    async with aiohttp.ClientSession() as session:
        while True:
            texts, mails = map(int, (await loop.sock_recv(rung, 64)).split())
            if texts == 1:
                post_once(http_port)
            else:
                await asyncio.gather(post_texts(session, http_port, texts), send_mails(mail, mails))


if __name__ == "__main__":
    asyncio.run(_wait_and_send(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
