"""What stands for the provider and the mail server: takes everything, and notes the instants.

One process, `python -m benchmarks.bare.world HTTP_PORT SMTP_PORT HTTP_MS SMTP_MS`: the last two
are how long each of its answers is under way. GET /arrivals says what came in, DELETE forgets it.
"""

import asyncio
import json
import secrets
import sys
import time
from dataclasses import asdict, dataclass
from typing import Final

CREATED: Final = 201
HEAD_ENDS: Final = b"\r\n\r\n"
MAIL_ENDS: Final = b"\r\n.\r\n"


@dataclass
class Arrivals:
    """When the first byte of the first message came, and the last byte of the last; monotonic."""

    count: int = 0
    first_ns: int = 0
    last_ns: int = 0

    def begun(self) -> None:
        """The first byte of a message is here."""
        self.first_ns = self.first_ns or time.monotonic_ns()

    def taken(self) -> None:
        """A message is here whole."""
        self.count += 1
        self.last_ns = time.monotonic_ns()

    def forget(self) -> None:
        """Begin anew."""
        self.count = self.first_ns = self.last_ns = 0


class Conversation(asyncio.Protocol):
    """One connection, which keeps what has come of an unfinished request."""

    def __init__(self, arrivals: Arrivals, *, under_way: float) -> None:
        self._arrivals = arrivals
        self._under_way = under_way
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to answer."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives no other
        self._transport = transport

    def _write(self, answer: bytes) -> None:
        if self._under_way:
            asyncio.get_running_loop().call_later(self._under_way, self._transport.write, answer)
        else:
            self._transport.write(answer)


class Http(Conversation):
    """Takes each POST as a text message, as the provider's API does."""

    def data_received(self, data: bytes) -> None:
        """Answer every request that has come whole."""
        if not self._held and data.startswith(b"POST"):
            self._arrivals.begun()
        self._held += data
        while (request := self._whole()) is not None:
            self._answer(request)

    def _whole(self) -> bytes | None:
        head, ended, rest = self._held.partition(HEAD_ENDS)
        length = _length(head)
        if not ended or len(rest) < length:
            return None
        self._held = rest[length:]
        return head

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"POST"):
            self._arrivals.taken()
            self._send({"sid": f"SM{secrets.token_hex(16)}", "status": "queued"})
        elif head.startswith(b"DELETE"):
            self._arrivals.forget()
            self._send({})
        else:
            self._send(asdict(self._arrivals))

    def _send(self, said: dict[str, object]) -> None:
        body = json.dumps(said).encode()
        head = f"HTTP/1.1 {CREATED} Created\r\nContent-Type: application/json\r\n"
        self._write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


class Smtp(Conversation):
    """Takes each mail for whomever."""

    def __init__(self, arrivals: Arrivals, *, under_way: float) -> None:
        super().__init__(arrivals, under_way=under_way)
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        super().connection_made(transport)
        self._say("220 world.example ESMTP")

    def data_received(self, data: bytes) -> None:
        """Answer every line, and every mail that has ended."""
        self._held += data
        while (part := self._part()) is not None:
            self._hear(part)

    def _part(self) -> bytes | None:
        end = MAIL_ENDS if self._in_data else b"\r\n"
        part, ended, rest = self._held.partition(end)
        if not ended:
            return None
        self._held = rest
        return part

    def _hear(self, part: bytes) -> None:
        if self._in_data:
            self._in_data = False
            self._arrivals.taken()
            self._say("250 2.0.0 kept")
            return
        verb = part[:4].upper()
        if verb == b"MAIL":
            self._arrivals.begun()
        self._in_data = verb == b"DATA"
        answers = {
            b"EHLO": "250-world.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 DSN",
            b"DATA": "354 go on",
            b"QUIT": "221 2.0.0 goodbye",
        }
        self._say(answers.get(verb, "250 2.0.0 OK"))

    def _say(self, answer: str) -> None:
        self._write(f"{answer}\r\n".encode())


async def _serve(ports: tuple[int, int], http_delay: float, smtp_delay: float) -> None:
    loop, arrivals = asyncio.get_running_loop(), Arrivals()
    http_port, smtp_port = ports
    http = await loop.create_server(
        lambda: Http(arrivals, under_way=http_delay), "127.0.0.1", http_port
    )
    smtp = await loop.create_server(
        lambda: Smtp(arrivals, under_way=smtp_delay), "127.0.0.1", smtp_port
    )
    async with http, smtp:
        await asyncio.Event().wait()


if __name__ == "__main__":
    ports = int(sys.argv[1]), int(sys.argv[2])
    asyncio.run(_serve(ports, float(sys.argv[3]) / 1000, float(sys.argv[4]) / 1000))
