"""What has reached which phone or mailbox, and how does a test wait for it?"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mechanism.vocabulary import Channel
from simulator.faults import Api

ENOUGH: Final = 60.0  # seconds to wait for what should come: another program may have the machine
_LINK = re.compile(r"https?://[^\s<>\"']+")
_CODE = re.compile(r"\b(?:OK|YES|ACK|AGREE)\s+(\d{4,6})\b")


@dataclass(frozen=True)
class Received:
    """One message as it came in; `arrived` is False where no phone or mailbox ever shows it."""

    number: int
    at: datetime
    channel: Channel
    to: str
    sender: str
    text: str
    subject: str = ""
    html: str = ""
    raw: bytes = b""
    provider_id: str = ""
    message_id: str = ""
    references: str = ""
    reply_to: str = ""
    calendar: str = ""  # the invitation that came with it
    dsn: tuple[str, ...] = ()  # what MAIL and RCPT asked of delivery reports
    arrived: bool = True
    trouble: str = ""  # the fault or the refusal that it met
    api: Api | None = None  # by which provider it came, where it was taken

    @property
    def links(self) -> tuple[str, ...]:
        """The links to be seen in it, in order, each once."""
        found = _LINK.findall(f"{self.text}\n{self.html}")
        return tuple(dict.fromkeys(link.rstrip(".,;:!?)") for link in found))

    @property
    def code(self) -> str:
        """The reply code that it asks for, or nothing."""
        found = _CODE.search(self.text)
        return found[1] if found else ""


@dataclass(frozen=True)
class PersonSaid:
    """What a person, or a machine for them, sent from a phone or mailbox."""

    at: datetime
    address: str
    text: str


class Arrivals:
    """Everything that arrived, in order, and whoever waits for more."""

    def __init__(self) -> None:
        self._all: list[Received] = []
        self._changed = asyncio.Condition()

    def __iter__(self) -> Iterator[Received]:
        return iter(tuple(self._all))

    def next_number(self) -> int:
        """The number that the next arrival bears."""
        return len(self._all) + 1

    async def add(self, received: Received) -> None:
        self._all.append(received)
        await self.stir()

    async def stir(self) -> None:
        """Let those who wait look again."""
        async with self._changed:
            self._changed.notify_all()

    async def until(
        self,
        condition: Callable[[], bool],
        *,
        seconds: float = ENOUGH,
    ) -> None:
        """Wait until this is so, now or soon; TimeoutError where it never is."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    def at(self, address: str) -> tuple[Received, ...]:
        """What one phone or mailbox got."""
        return tuple(one for one in self._all if one.arrived and one.to == address)

    async def expect(
        self,
        address: str,
        *,
        containing: str = "",
        after: int = 0,
        seconds: float = ENOUGH,
    ) -> Received:
        """The first message to this address with that text and a number above `after`."""

        def found() -> Received | None:
            fits = (r for r in self.at(address) if r.number > after and _contains(r, containing))
            return next(fits, None)

        try:
            await self.until(lambda: found() is not None, seconds=seconds)
        except TimeoutError:
            got = [f"{one.subject} {one.text}"[:70] for one in self.at(address)]
            raise AssertionError(
                f"{address} got nothing with {containing!r} in {seconds:g} s, but {got}"
            ) from None
        message = found()
        assert message is not None  # noqa: S101 - the condition has just been seen to hold
        return message


def _contains(received: Received, text: str) -> bool:
    return text in received.subject or text in received.text or text in received.html
