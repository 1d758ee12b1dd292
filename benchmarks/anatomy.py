"""Where does the time of a send go? `python -m benchmarks.anatomy` prints the table.

Microseconds of the processor for one message among a thousand, each step alone in one thread, so
that neither waiting nor other processes count. The world outside answers at once.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from benchmarks.places import new_installation, running, world
from benchmarks.subjects.handoff import queue_messages
from mechanism.vocabulary import Channel
from notifications import registry
from notifications.outbox import claim, envelope, failover, settle
from notifications.outbox.queue import Claimed
from notifications.provider import Outcome
from store import ledger
from store.installation import Installation

COUNT: Final = 1000
CLAIMED: Final = 200  # together, as the engine does it in a large wave
SETTLED: Final = 50  # together, as they come while the last commit is under way
INSIDE: Final = (
    ("the ledger", ledger, "append_all"),
    ("choosing a provider", failover, "choose"),
    ("writing for the wire", envelope, "outgoing"),
    ("learning of the provider", failover, "learn"),
)


@dataclass
class Clock:
    """Seconds of this thread's processor by step, and by part of a step."""

    spent: dict[str, float] = field(default_factory=dict)
    step: str = ""

    @contextmanager
    def on(self, step: str) -> Iterator[None]:
        """Everything in here is this step's."""
        self.step = step
        with self._adding(step):
            yield

    def watch(self, part: str, room: Any, name: str) -> Callable[[], None]:
        """Time one function wherever it is called; the way to stop that."""
        real = getattr(room, name)

        def watched(*arguments: Any, **more: Any) -> Any:
            with self._adding(f"{self.step}: {part}"):
                return real(*arguments, **more)

        setattr(room, name, watched)
        return lambda: setattr(room, name, real)

    @contextmanager
    def _adding(self, what: str) -> Iterator[None]:
        began = time.thread_time()
        yield
        self.spent[what] = self.spent.get(what, 0.0) + time.thread_time() - began


def anatomy(channel: Channel) -> dict[str, int]:
    """Microseconds a message by step; the first round only warms."""
    with new_installation() as installation, running(installation, world(installation)):
        _once(installation, channel, Clock())
        clock = Clock()
        undo = [clock.watch(*inside) for inside in INSIDE]
        _once(installation, channel, clock)
        for put_back in undo:
            put_back()
    return {step: round(seconds / COUNT * 1e6) for step, seconds in clock.spent.items()}


def _once(installation: Installation, channel: Channel, clock: Clock) -> None:
    with clock.on("queue"), installation.database.transaction() as session:
        queue_messages(session, installation, COUNT, (channel,))
    with clock.on("claim"):
        claimed = _claim(installation)
    outcomes = asyncio.run(_send(installation, claimed, clock))
    with clock.on("settle"):
        _settle(installation, outcomes)


def _claim(installation: Installation) -> list[Claimed]:
    lease, claimed = timedelta(seconds=60), list[Claimed]()
    with installation.database.reading() as session:
        due = claim.due(session, now=installation.now(), limit=COUNT, activation_id=None)
    (ids,) = due.values()
    for first in range(0, len(ids), CLAIMED):
        with installation.database.transaction() as session:
            claimed += claim.claim(
                session, ids[first : first + CLAIMED],
                now=installation.now(), lease=lease, settings=installation.settings,
            )  # fmt: skip
    return claimed


async def _send(
    installation: Installation, claimed: list[Claimed], clock: Clock
) -> dict[int, Outcome]:
    providers = registry.providers(installation.settings)
    for provider in providers.values():
        await provider.open()
    with clock.on("send"):
        sends = (providers[one.provider].submit(one.outgoing) for one in claimed)
        outcomes = await asyncio.gather(*sends)
    for provider in providers.values():
        await provider.close()
    return {one.attempt_id: end for one, end in zip(claimed, outcomes, strict=True)}


def _settle(installation: Installation, outcomes: dict[int, Outcome]) -> None:
    ids = list(outcomes)
    for first in range(0, len(ids), SETTLED):
        some = {one: outcomes[one] for one in ids[first : first + SETTLED]}
        with installation.database.transaction() as session:
            settle.settle_all(session, some, now=installation.now(), settings=installation.settings)


def main() -> None:
    """Print the table."""
    texts, mails = anatomy(Channel.SMS), anatomy(Channel.EMAIL)
    print("| step | a text | an e-mail |\n| --- | --- | --- |")
    for step in sorted(texts):
        print(f"| {step} | {texts[step]} | {mails[step]} |")


if __name__ == "__main__":
    main()
