"""How does a test put a TLS-terminating proxy before a server? A real one, on loopback.

with tls_proxy(port) as proxy:
    httpx.post(f"https://localhost:{proxy.port}/…", verify=proxy.trust)
"""

import asyncio
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers.certificate import self_signed


@dataclass(frozen=True)
class Proxy:
    """Where it listens, and whose certificate it shows."""

    port: int
    trust: ssl.SSLContext


@contextmanager
def tls_proxy(behind: int) -> Iterator[Proxy]:
    """Take TLS at a port of its own and hand on what comes in plainly, as it is, to `behind`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with tempfile.TemporaryDirectory() as folder:
        pem = self_signed(Path(folder) / "localhost.pem")
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(pem)
        trust = ssl.create_default_context(cafile=str(pem))

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", behind)
        with closing(writer), closing(inner_writer):
            await asyncio.gather(_pour(reader, inner_writer), _pour(inner_reader, writer))

    async def serve() -> asyncio.Server:
        return await asyncio.start_server(hand_on, "127.0.0.1", 0, ssl=serving)

    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    try:
        yield Proxy(server.sockets[0].getsockname()[1], trust)
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
    writer.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*(task for task in rest if task), return_exceptions=True)
