"""How many answers a second are kept, committed before the sender hears that they are?

A storm: every member answers, again and again. The web process keeps first and reads after: while
they come it reads little, and `acknowledgements` says how long the reading takes. The limit writes
one row, of the raw words alone, as durably; ours has its hash, its envelope and its ledger entry.
"""

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from email.message import EmailMessage
from functools import partial
from typing import Final
from uuid import uuid4

import aiohttp
from sqlalchemy import select

from benchmarks.measuring import Benchmark, Measured, crowd, in_turns
from benchmarks.places import (
    bare,
    everybody,
    free_ports,
    listens,
    new_installation,
    running,
    trigger,
    wait_until,
    web,
)
from convening.replies import handle
from mechanism.vocabulary import Channel
from notifications.outbox import envelope
from operations.supervisor import Part
from simulator import signature
from store.installation import Installation
from store.tables import Message, Reply

TEXTS: Final = 400  # in each of the rounds
MAILS: Final = 400
ROUNDS: Final = 2
AT_ONCE: Final = 40
CONNECTIONS: Final = 20
CODE: Final = re.compile(r"\bOK (\d{5})\b")
Form = dict[str, str]


@contextmanager
def _asked(*, lmtp: bool = False) -> Iterator[Installation]:
    """A house in which everybody has been asked, with its web process."""
    with new_installation(inbox_lmtp=lmtp) as installation:
        with installation.database.transaction() as session:
            trigger(session, installation, everybody(session))
        with running(installation, web(installation)):
            yield installation


def answers_webhook() -> Measured:
    """Signed texts a second."""
    (port,) = free_ports(1)
    with _asked() as installation:
        forms = itertools.cycle(_forms(installation))
        folder = installation.settings.home
        with running(
            installation, Part("bare", bare("web", port, folder), f"http://127.0.0.1:{port}/")
        ):
            ours, limit = in_turns(
                lambda: asyncio.run(_post(_signed(installation, forms), TEXTS)),
                lambda: asyncio.run(_post(_unsigned(port, forms), TEXTS)),
                rounds=ROUNDS,
            )
        _check_kept(installation, ROUNDS * TEXTS)
    name = "a bare Starlette route that inserts one row"
    return Measured(ours, "1/s", name, limit, ROUNDS * TEXTS)


def _forms(installation: Installation) -> list[Form]:
    """What each office that was asked by text would answer."""
    with installation.database.reading() as session:
        query = select(Message).where(Message.channel == Channel.SMS)
        return [
            {"From": text.address, "To": installation.settings.sms_sender, "Body": f"OK {found[1]}"}
            for text in session.scalars(query)
            if (found := CODE.search(text.body))
        ]


Posting = tuple[str, Form, dict[str, str]]


def _signed(installation: Installation, forms: Iterator[Form]) -> Iterator[Posting]:
    url = f"{installation.settings.public_url}/twilio/sms"
    token = installation.settings.sms_token.get_secret_value()
    for form in forms:
        new = {**form, "MessageSid": f"SM{uuid4().hex}"}
        yield url, new, {"X-Twilio-Signature": signature(token, url, new)}


def _unsigned(port: int, forms: Iterator[Form]) -> Iterator[Posting]:
    for form in forms:
        yield f"http://127.0.0.1:{port}/keep", {**form, "MessageSid": f"SM{uuid4().hex}"}, {}


async def _post(postings: Iterator[Posting], count: int) -> float:
    async with aiohttp.ClientSession(raise_for_status=True) as session:

        async def post(url: str, form: Form, headers: dict[str, str]) -> None:
            async with session.post(url, data=form, headers=headers) as answer:
                await answer.read()

        acts = [partial(post, *one) for one in itertools.islice(postings, count)]
        return await crowd(acts, at_once=AT_ONCE)


def _check_kept(installation: Installation, count: int) -> None:
    with installation.database.reading() as session:
        kept = len(session.scalars(select(Reply.id)).all())
    if kept != count:
        raise ValueError(f"of {count} answers {kept} were kept")


def answers_lmtp() -> Measured:
    """Mails a second."""
    (port,) = free_ports(1)
    with _asked(lmtp=True) as installation:
        mails = itertools.cycle(_mails(installation))
        with running(installation, Part("bare", bare("lmtp", port, installation.settings.home))):
            wait_until(lambda: listens(port), "the bare listener listens")
            ours, limit = in_turns(
                lambda: asyncio.run(_hand_in(installation.settings.inbox_port, mails)),
                lambda: asyncio.run(_hand_in(port, mails)),
                rounds=ROUNDS,
            )
        _check_kept(installation, ROUNDS * MAILS)
    return Measured(ours, "1/s", "aiosmtpd that inserts one row", limit, ROUNDS * MAILS)


Mail = tuple[str, str]  # from whom, and to which of our addresses


def _mails(installation: Installation) -> list[Mail]:
    with installation.database.reading() as session:
        query = select(Message).where(Message.channel == Channel.EMAIL)
        return [(m.address, envelope.reply_address(m, installation.settings)) for m in
                session.scalars(query) if m.notice_id is not None]  # fmt: skip


Say = Callable[[bytes], Awaitable[None]]


@asynccontextmanager
async def _conversation(port: int) -> AsyncIterator[Say]:
    """A connection that has said LHLO, and a way to say more; each answer must be a yes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def heard() -> None:
        while (line := await reader.readline())[3:4] == b"-":
            pass
        if line[:1] not in b"23" or not line:
            raise ValueError(f"it was answered {line!r}")

    async def say(words: bytes) -> None:
        writer.write(words + b"\r\n")
        await heard()

    await heard()
    await say(b"LHLO benchmark.example")
    try:
        yield say
    finally:
        writer.close()


async def _hand_in(port: int, mails: Iterator[Mail]) -> float:
    async with _several(port) as says:

        async def hand_in(sender: str, recipient: str) -> None:
            say = says.pop()
            await say(f"MAIL FROM:<{sender}>".encode())
            await say(f"RCPT TO:<{recipient}>".encode())
            await say(b"DATA")
            await say(_answer(sender, recipient) + b"\r\n.")
            says.append(say)

        acts = [partial(hand_in, *one) for one in itertools.islice(mails, MAILS)]
        return await crowd(acts, at_once=len(says))


@asynccontextmanager
async def _several(port: int) -> AsyncIterator[list[Say]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_conversation(port)) for _ in range(CONNECTIONS)]


def _answer(sender: str, recipient: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, "Re: consultation"
    message["Message-ID"] = f"<{uuid4().hex}@office.example>"
    message.set_content("We acknowledge receipt of your message.\n")
    return message.as_bytes().rstrip().replace(b"\n", b"\r\n")


def acknowledgements() -> Measured:
    """Texts kept, read and acted upon a second, by one web process, until none is left unread."""
    with _asked() as installation:
        forms = itertools.cycle(_forms(installation))
        began = time.perf_counter()
        kept = asyncio.run(_post(_signed(installation, forms), TEXTS))
        wait_until(lambda: not _unread(installation), "every answer is read")
        took = time.perf_counter() - began
        _check_kept(installation, TEXTS)
    return Measured(TEXTS / took, "1/s", "the same texts, kept only", kept, TEXTS)


def _unread(installation: Installation) -> bool:
    with installation.database.reading() as session:
        return bool(handle.waiting_to_be_heard(session, limit=1))


BENCHMARKS: Final = (
    Benchmark("acknowledgements", acknowledgements),
    Benchmark("answers_webhook", answers_webhook),
    Benchmark("answers_lmtp", answers_lmtp),
)
