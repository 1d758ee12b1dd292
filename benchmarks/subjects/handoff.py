"""How many messages a second do we hand over, each committed before and after?

Through the real outbox and the real providers, on SQLite. The limit sends the same and remembers
nothing.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
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
    new_house,
    running,
    wait_for_arrivals,
    wait_until,
    world,
)
from convening.house import House
from convening.processes import Part
from flows.mailroom import mailroom
from flows.premises import Premises, settle_in
from mechanism.ladder import Channel
from mechanism.lifecycle import MessageState
from notifications import outbox, routes
from notifications.outbox import To
from notifications.provider import Accepted, Outgoing
from notifications.smtp import Smtp
from notifications.wording import Words
from store.tables import Message, MessagePurpose

AT_ONCE: Final = 1000  # messages that one wave of the mailroom takes
CONNECTIONS: Final = 4  # as many as our provider of mail keeps
PLACES: Final = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/postfix/sbin"])


def sms_handoff_1000() -> Measured:
    """Texts a second."""
    with new_house() as house, running(house, world(house)):
        port = int(house.settings.sms_api.rpartition(":")[2])
        ours, limit = in_turns(
            lambda: _handed_over(house, Channel.SMS, 1000),
            lambda: 1000 / seconds(lambda: asyncio.run(_post_raw(port, 1000))),
            rounds=1,
        )
    return Measured(ours, "1/s", "raw aiohttp to the same stub, 20 connections", limit, 1000)


async def _post_raw(port: int, count: int) -> None:
    async with aiohttp.ClientSession() as session:
        await post_texts(session, port, count)


def _handed_over(house: House, channel: Channel, count: int) -> float:
    """Messages a second, from the first claim to the last outcome, as the engine does it."""
    with house.database.transaction() as session:
        _queue(session, house, channel, count)
    took = asyncio.run(_deliver(house, count))
    _check_sent(house)
    return count / took


def _check_sent(house: House) -> None:
    with house.database.reading() as session:
        left = select(func.count()).where(Message.state != MessageState.SENT)
        if unsent := session.scalars(left).one():
            raise ValueError(f"{unsent} messages were not accepted")


def _queue(session: Session, house: House, channel: Channel, count: int) -> None:
    is_text = channel is Channel.SMS
    words = Words("", TEXT, "") if is_text else Words(LETTER.subject, LETTER.text, HTML)
    now = house.now()
    for number in range(count):
        to = To(
            dedupe_key=f"benchmark/{now.isoformat()}/{number}",
            purpose=MessagePurpose.PERSON_NEEDED,
            channel=channel,
            address=NUMBER if is_text else ADDRESS,
            addressee=LETTER.to_name,
        )
        outbox.queue(session, to, words, now=now)


async def _deliver(house: House, count: int) -> float:
    """Real seconds."""
    here = Premises(house, routes.providers(house.settings))
    settle_in(here)
    await here.open()
    try:
        loop = asyncio.get_running_loop()
        began, handed = loop.time(), 0
        while handed < count:
            wave = await mailroom.fn()
            if not wave:
                raise ValueError(f"only {handed} of {count} messages could be handed over")
            handed += wave
        return loop.time() - began
    finally:
        await here.close()


# --- e-mail, beside Postfix's own tools ----------------------------------------------------------


def email_sink(count: int) -> Measured:
    """Mails a second into smtp-sink, beside smtp-source into the same."""
    sink, source = _tool("smtp-sink"), _tool("smtp-source")
    (port,) = free_ports(1)
    with new_house(smtp_port=port) as house, running(house, Part("sink", _sink(sink, port))):
        letter = _prepared_letter(house)
        wait_until(lambda: listens(port), "smtp-sink listens")
        ours, limit = in_turns(
            lambda: _handed_over(house, Channel.EMAIL, count),
            lambda: count / seconds(_sourced(source, port, count, letter)),
            rounds=1,
        )
    return Measured(ours, "1/s", "smtp-source -d into the same smtp-sink", limit, count)


def email_handoff(_count: int) -> Measured:
    """Nothing yet: it wants a real Postfix of its own."""
    _tool("smtp-source")
    _tool("postfix")
    raise SkippedError("a private Postfix is not set up by this benchmark yet")


def wan_200() -> Measured:
    """Seconds for 200 mails where every answer is 100 ms under way."""
    source = _tool("smtp-source")
    with new_house() as house, running(house, world(house, under_way_ms=100)):
        port = house.settings.smtp_port
        letter = _prepared_letter(house)
        ours, limit = in_turns(
            lambda: asyncio.run(_submitted(house, 200)),
            lambda: seconds(_sourced(source, port, 200, letter)),
            rounds=1,
        )
        wait_for_arrivals(house, 400)
    name = f"smtp-source with the same {CONNECTIONS} connections, 100 ms away"
    return Measured(ours, "s", name, limit, 200)


async def _submitted(house: House, count: int) -> float:
    """Real seconds for so many mails by the provider alone, its connections being warm."""
    provider = routes.providers(house.settings)["smtp"]
    assert isinstance(provider, Smtp)  # noqa: S101 - it is what carries mail
    await provider.open()
    raw, loop = as_bytes(), asyncio.get_running_loop()
    mails = [Outgoing(n, Channel.EMAIL, ADDRESS, raw=raw) for n in range(count)]
    gate, began = asyncio.Semaphore(CONNECTIONS), loop.time()

    async def one(mail: Outgoing) -> None:
        async with gate:
            outcome = await provider.submit(mail)
        if not isinstance(outcome, Accepted):
            raise TypeError(f"a mail was not accepted: {outcome}")

    await asyncio.gather(*map(one, mails))
    took = loop.time() - began
    await provider.close()
    return took


def _tool(name: str) -> str:
    found = shutil.which(name, path=PLACES)
    if found is None:
        raise SkippedError(f"Postfix's {name} is not installed")
    return found


def _sink(tool: str, port: int) -> tuple[str, ...]:
    as_nobody = ("-u", "nobody") if os.geteuid() == 0 else ()  # it will not run as root
    return (tool, *as_nobody, f"127.0.0.1:{port}", "100")


def _prepared_letter(house: House) -> Path:
    path = house.settings.home / "letter.eml"
    path.write_bytes(as_bytes())
    return path


def _sourced(tool: str, port: int, count: int, letter: Path) -> Callable[[], object]:
    command = (
        tool, "-d", "-s", str(CONNECTIONS), "-m", str(count), "-F", str(letter),
        "-f", "cm@cm.example", "-t", ADDRESS, f"127.0.0.1:{port}",
    )  # fmt: skip
    return partial(subprocess.run, command, check=True)


BENCHMARKS: Final = (
    Benchmark("sms_handoff_1000", sms_handoff_1000),
    Benchmark("email_handoff_1000", partial(email_handoff, 1000)),
    Benchmark("email_handoff_10000", partial(email_handoff, 10_000), long=True),
    Benchmark("email_sink_1000", partial(email_sink, 1000)),
    Benchmark("email_sink_10000", partial(email_sink, 10_000), long=True),
    Benchmark("wan_200", wan_200),
)
