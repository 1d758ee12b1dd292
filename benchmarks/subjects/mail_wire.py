"""How near to the wire is an e-mail sent by our provider alone, nothing being remembered?

Each mail is written for its recipient and submitted; smtp-source, Postfix's own load generator,
sends one letter made beforehand over as many connections. What the database costs beside this
stands in `handoff`.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from benchmarks.letter import LETTER, as_bytes
from benchmarks.measuring import Benchmark, Measured, SkippedError, crowd, in_turns, seconds
from benchmarks.places import bare, free_ports, listens, new_installation, running, wait_until
from mechanism.vocabulary import Channel
from notifications.email import mime
from notifications.email.smtp.provider import Smtp
from notifications.provider import Accepted, Outcome, Outgoing
from operations.supervisor import Part
from store.installation import Installation

ROUND_TRIP_MS: Final = 100
FAR: Final = 10  # connections over the long way, as many as we keep unless told otherwise
NEAR: Final = 20
AT_ONCE: Final = 200  # mails that are submitted before the first of them has ended
PLACES: Final = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/postfix/sbin"])


@dataclass(frozen=True)
class Sink:
    """A running smtp-sink, the fastest server that there is."""

    installation: Installation
    port: int

    def sourced(self, port: int, count: int, *, connections: int) -> float:
        """Seconds of smtp-source for so many mails to this port."""
        letter = self.installation.settings.home / "letter.eml"
        letter.write_bytes(as_bytes())
        command = (
            tool("smtp-source"), "-d", "-N", "-s", str(connections), "-m", str(count),
            "-F", str(letter), "-f", LETTER.sender, "-t", LETTER.to, f"127.0.0.1:{port}",
        )  # fmt: skip
        return seconds(partial(subprocess.run, command, check=True))


def email_wire(count: int) -> Measured:
    """Mails a second into smtp-sink."""
    with _sink() as sink:
        ours, limit = in_turns(
            lambda: count / seconds(lambda: asyncio.run(_sent(sink.port, count, NEAR))),
            lambda: count / sink.sourced(sink.port, count, connections=NEAR),
            rounds=3,
        )
    name = f"smtp-source -d -N into the same smtp-sink, {NEAR} connections"
    return Measured(ours, "1/s", name, limit, 3 * count)


def wan_200() -> Measured:
    """Seconds for 200 mails over a way of 100 ms there and back, connecting included."""
    with _sink() as sink, _far_from(sink) as port:
        ours, limit = in_turns(
            lambda: seconds(lambda: asyncio.run(_sent(port, 200, FAR))),
            lambda: sink.sourced(port, 200, connections=FAR),
            rounds=1,
        )
    name = f"smtp-source -d -N the same way, {FAR} connections"
    return Measured(ours, "s", name, limit, 200)


async def _sent(port: int, count: int, connections: int) -> None:
    """So many mails, each of its own, by the provider from its opening to its end."""
    provider = Smtp(
        host="127.0.0.1",
        port=port,
        mail_domain="cm.example",
        callback_key=b"benchmark",
        connections=connections,
    )
    outcomes: list[Outcome] = []

    async def send(number: int) -> None:
        outcomes.append(await provider.submit(_mail(number)))

    await provider.open()
    each = [partial(send, number) for number in range(1, count + 1)]
    await crowd(each, at_once=AT_ONCE)
    await provider.close()
    if refused := [one for one in outcomes if not isinstance(one, Accepted)]:
        raise ValueError(f"{len(refused)} mails were not accepted: {refused[0]}")


def _mail(number: int) -> Outgoing:
    address = f"desk{number}@foreign-ministry.example"
    letter = replace(LETTER, to=address, message_id=f"<{number:032x}@cm.example>")
    return Outgoing(number, Channel.EMAIL, address, raw=mime.write(letter))


@contextmanager
def _sink() -> Iterator[Sink]:
    sink = tool("smtp-sink")
    as_nobody = ("-u", "nobody") if os.geteuid() == 0 else ()  # it will not run as root
    (port,) = free_ports(1)
    command = (sink, *as_nobody, f"127.0.0.1:{port}", "100")
    with new_installation() as installation, running(installation, Part("sink", command)):
        wait_until(lambda: listens(port), "smtp-sink listens")
        yield Sink(installation, port)


@contextmanager
def _far_from(sink: Sink) -> Iterator[int]:
    (port,) = free_ports(1)
    way = Part("distance", bare("distance", port, sink.port, ROUND_TRIP_MS))
    with running(sink.installation, way):
        wait_until(lambda: listens(port), "the long way is open")
        yield port


def tool(name: str) -> str:
    """Where one of Postfix's tools is."""
    found = shutil.which(name, path=PLACES)
    if found is None:
        raise SkippedError(f"Postfix's {name} is not installed")
    return found


BENCHMARKS: Final = (
    Benchmark("email_wire_10000", partial(email_wire, 10_000)),
    Benchmark("wan_200", wan_200),
)
