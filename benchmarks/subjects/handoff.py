"""How many messages a second do we hand over, each committed before and after?

Through the real outbox and the real providers, on SQLite, as the engine does it. The limit sends
the same over as many connections and remembers nothing.
"""

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from statistics import median
from typing import Final

import aiohttp
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.bare.sender import post_texts
from benchmarks.letter import ADDRESS, HTML, LETTER, NUMBER, TEXT, as_bytes
from benchmarks.measuring import Benchmark, Measured, SkippedError, in_turns, seconds
from benchmarks.places import (
    free_ports,
    listens,
    new_installation,
    running,
    wait_until,
    world,
)
from benchmarks.subjects.mail_wire import tool
from flows.mailroom import mailroom
from flows.worker_context import WorkerContext
from mechanism.lifecycle import MessageState
from mechanism.vocabulary import Channel, MessagePurpose
from notifications import registry
from notifications.content.templates import Words
from notifications.outbox import queue
from notifications.outbox.queue import To
from operations.supervisor import Part
from store.installation import Installation
from store.tables import Message
from tests.support.servers.postfix import DISCARD, absence
from tests.support.servers.postfix import running as postfix

LATENCY_MS: Final = 50  # of a provider's answer
WARM: Final = 50  # messages before the first figure is taken


def sms_handoff(count: int, *, latency_ms: int) -> Measured:
    """Texts a second."""
    with (
        new_installation() as installation,
        running(installation, world(installation, http_ms=latency_ms)),
    ):
        port = int(installation.settings.sms_api.rpartition(":")[2])
        handed_over(installation, WARM, Channel.SMS)
        ours, limit = in_turns(
            lambda: handed_over(installation, count, Channel.SMS),
            lambda: count / seconds(lambda: asyncio.run(_post_raw(port, count))),
            rounds=3,
        )
    name = f"aiohttp alone, 20 connections, answers after {latency_ms} ms"
    return Measured(ours, "1/s", name, limit, 3 * count)


async def _post_raw(port: int, count: int) -> None:
    async with aiohttp.ClientSession() as session:
        await post_texts(session, port, count)


def email_handoff(count: int) -> Measured:
    """Mails a second into a real Postfix, which keeps each on its disk and throws it away then.

    Every mail has a recipient of its own, here and there.
    """
    if (lacking := absence()) is not None:
        raise SkippedError(lacking)
    with (
        postfix({}, otherwise=DISCARD) as server,
        new_installation(smtp_port=server.port) as installation,
    ):
        return _beside_source(installation, count, "the same Postfix")


def email_sink(count: int) -> Measured:
    """Mails a second into smtp-sink, which keeps nothing: what is missing is our database's."""
    sink, (port,) = tool("smtp-sink"), free_ports(1)
    as_nobody = ("-u", "nobody") if os.geteuid() == 0 else ()  # it will not run as root
    part = Part("sink", (sink, *as_nobody, f"127.0.0.1:{port}", "100"))
    with new_installation(smtp_port=port) as installation, running(installation, part):
        wait_until(lambda: listens(port), "smtp-sink listens")
        return _beside_source(installation, count, "the same smtp-sink")


def _beside_source(installation: Installation, count: int, where: str) -> Measured:
    rounds = max(1, 3000 // count)
    handed_over(installation, WARM, Channel.EMAIL)
    ours, limit = in_turns(
        lambda: handed_over(installation, count, Channel.EMAIL),
        lambda: count / seconds(_sourced(installation, count)),
        rounds=rounds,
    )
    name = f"smtp-source -d -N into {where}, {installation.settings.smtp_connections} connections"
    return Measured(ours, "1/s", name, limit, rounds * count)


def _sourced(installation: Installation, count: int) -> Callable[[], object]:
    letter = installation.settings.home / "letter.eml"
    letter.write_bytes(as_bytes())
    command = (
        tool("smtp-source"), "-d", "-N",
        "-s", str(installation.settings.smtp_connections), "-m", str(count),
        "-F", str(letter), "-f", LETTER.sender, "-t", ADDRESS,
        f"127.0.0.1:{installation.settings.smtp_port}",
    )  # fmt: skip
    return partial(subprocess.run, command, check=True)


def growth(count: int) -> Measured:
    """Milliseconds a message from the queue to the last outcome, half texts and half mails."""
    rounds = 5 if count < WARM * 10 else 1
    with _with_the_world() as installation:
        few = median(_each_ms(installation, FEW) for _ in range(5))
        many = median(_each_ms(installation, count) for _ in range(rounds))
    return Measured(many, "ms", f"a message of a wave of {FEW}", few, count)


FEW: Final = 10


def _each_ms(installation: Installation, count: int) -> float:
    return 1000 / handed_over(installation, count, Channel.SMS, Channel.EMAIL)


@contextmanager
def _with_the_world() -> Iterator[Installation]:
    with new_installation() as installation, running(installation, world(installation)):
        handed_over(installation, WARM, Channel.SMS, Channel.EMAIL)
        yield installation


def handed_over(installation: Installation, count: int, *channels: Channel) -> float:
    """Messages a second, from the first claim to the last outcome, as the engine does it."""
    with installation.database.transaction() as session:
        queue_messages(session, installation, count, channels)
    took = asyncio.run(_deliver(installation, count))
    _check_sent(installation)
    return count / took


def _check_sent(installation: Installation) -> None:
    with installation.database.reading() as session:
        left = select(func.count()).where(Message.state != MessageState.SENT)
        if unsent := session.scalars(left).one():
            raise ValueError(f"{unsent} messages were not accepted")


def queue_messages(
    session: Session, installation: Installation, count: int, channels: tuple[Channel, ...]
) -> None:
    """So many messages of no activation, on these channels in turn."""
    now = installation.now()
    texts = (_text(number, channels[number % len(channels)], now) for number in range(count))
    queue.queue_all(session, texts, now=now)


def _text(number: int, channel: Channel, now: datetime) -> tuple[To, Words]:
    is_text = channel is Channel.SMS
    words = Words("", TEXT, "") if is_text else Words(LETTER.subject, LETTER.text, HTML)
    to = To(
        dedupe_key=f"benchmark/{now.isoformat()}/{number}",
        purpose=MessagePurpose.PERSON_NEEDED,
        channel=channel,
        address=NUMBER if is_text else f"{number}{ADDRESS}",
        addressee=LETTER.to_name,
    )
    return to, words


async def _deliver(installation: Installation, count: int) -> float:
    """Real seconds."""
    async with WorkerContext(installation, registry.providers(installation.settings)):
        loop = asyncio.get_running_loop()
        began, handed = loop.time(), 0
        while handed < count:
            wave = await mailroom.fn()
            if not wave:
                raise ValueError(f"only {handed} of {count} messages could be handed over")
            handed += wave
        return loop.time() - began


BENCHMARKS: Final = (
    Benchmark("sms_handoff_1000", partial(sms_handoff, 1000, latency_ms=LATENCY_MS)),
    Benchmark("sms_handoff_1000_near", partial(sms_handoff, 1000, latency_ms=0)),
    Benchmark("email_handoff_1000", partial(email_handoff, 1000)),
    Benchmark("email_handoff_10000", partial(email_handoff, 10_000)),
    Benchmark("email_sink_1000", partial(email_sink, 1000)),
    Benchmark("email_sink_10000", partial(email_sink, 10_000)),
    *(Benchmark(f"growth_{count}", partial(growth, count)) for count in (10, 100, 1000, 10_000)),
)
