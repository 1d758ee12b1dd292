"""What may a provider be asked, and in which three ways can a send end?

`Accepted`, `Rejected` and `Unknown` are the whole vocabulary: unknown is neither failure nor
success, and is reconciled, never guessed.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

from mechanism.vocabulary import Channel
from settings import Settings


class Refusal(StrEnum):
    """Why a provider said no; each class leads to a next act of its own."""

    ADDRESS = "address"  # this address never works: contact point failed, other channel, alternate
    OPTED_OUT = "opted_out"  # only the person can undo it: as ADDRESS, and a person is told
    UNUSABLE = "unusable"  # as ADDRESS, and no provider has heard of it: nothing can carry it there
    POLICY = "policy"  # this text or route is not allowed: other channel at once
    HELD_BACK = "held_back"  # by ourselves, and no provider has heard of it: as POLICY
    UNANSWERED = "unanswered"  # it rang and nobody took the call: the next office at once
    CAPACITY = "capacity"  # too much just now, surely not sent: again after `retry_after`
    CONFIGURATION = "configuration"  # our fault or our account's: a person is told
    AWAY = "away"  # the provider itself takes nothing now: as TEMPORARY, and it speaks against it
    TEMPORARY = (
        "temporary"  # this address or text, later: surely not sent, again after `retry_after`
    )


OUR_OWN: Final = frozenset({Refusal.UNUSABLE, Refusal.HELD_BACK})
"""The refusals that say nothing of a provider, which has not heard of them."""


@dataclass(frozen=True)
class Accepted:
    """The provider has taken it; delivery is another fact."""

    provider_id: str


@dataclass(frozen=True)
class Rejected:
    """Surely not sent; `permanent` says that trying again by this way cannot help."""

    refusal: Refusal
    code: str
    detail: str
    retry_after: timedelta | None = None

    @property
    def permanent(self) -> bool:
        """True where a later try by the same way cannot succeed."""
        return self.refusal not in {Refusal.CAPACITY, Refusal.AWAY, Refusal.TEMPORARY}


@dataclass(frozen=True)
class Unknown:
    """Perhaps sent, perhaps not: a time-out, a cut connection, an unreadable answer, a 5xx."""

    reason: str


@dataclass(frozen=True)
class NotFound:
    """Reconciliation is certain: the provider never took it."""


Outcome = Accepted | Rejected | Unknown


@dataclass(frozen=True)
class Outgoing:
    """One try at one address, with everything the wire needs and nothing of the database.

    `attempt` is our own id of the try and travels with it (StatusCallback path, ENVID, envelope
    sender); `message_id` is the same for every try at the same message. `body` is the finished
    text of an SMS; `raw` the finished bytes of an e-mail. `search` is a text that only this message
    holds (its reply code or link), by which a provider's list can be searched afterwards.
    `allowed` is None for a real activation; in an exercise it lists the only addresses that may
    be reached, and `guarded()` refuses every other.
    """

    attempt: int
    channel: Channel
    address: str
    body: str = ""
    raw: bytes = b""
    message_id: str = ""
    search: str = ""
    valid_for: timedelta = timedelta(hours=1)
    allowed: frozenset[str] | None = field(default=None)

    @property
    def forbidden(self) -> bool:
        """True where an exercise would reach an address outside its own list."""
        return self.allowed is not None and self.address not in self.allowed


class Provider(Protocol):
    """One way to one kind of address."""

    name: str
    channel: Channel

    async def open(self) -> None:
        """Warm connections and imports, so that the first send waits for nothing."""

    async def submit(self, outgoing: Outgoing) -> Outcome:
        """Hand it over once; never raises for what the network or the provider does."""

    async def reconcile(self, outgoing: Outgoing) -> Accepted | NotFound | Unknown:
        """Ask whether an earlier try was taken; Unknown where the provider cannot say."""

    async def close(self) -> None:
        """Let go of every connection."""


class ProviderClass(Protocol):
    """What is asked of a provider's class, before there is a provider."""

    def from_settings(self, settings: Settings, name: str, /) -> Provider:
        """The provider of this name; ValueError, with the remedy, where it cannot be."""

    def met_at(self, settings: Settings, name: str, /) -> tuple[str, int]:
        """Host and port at which it is met."""

    def sender(self, settings: Settings, address: str, /) -> str:
        """What a message to this address comes from."""


def guarded(provider: Provider, *, refused: tuple[str, ...]) -> Provider:
    """The provider, which now reaches nobody whom it must not, whether it sends or looks.

    An exercise's list holds for every channel; `refused` are the prefixes of numbers that are
    never dialled. Whoever sends gets providers from the registry, which hands out no others.
    """
    return _Guarded(provider, refused if provider.channel is not Channel.EMAIL else ())


class _Guarded:
    def __init__(self, provider: Provider, refused: tuple[str, ...]) -> None:
        self._provider, self._refused = provider, refused
        self.name, self.channel = provider.name, provider.channel

    async def open(self) -> None:
        await self._provider.open()

    async def submit(self, outgoing: Outgoing) -> Outcome:
        held_back = self._held_back(outgoing)
        return held_back if held_back is not None else await self._provider.submit(outgoing)

    async def reconcile(self, outgoing: Outgoing) -> Accepted | NotFound | Unknown:
        if self._held_back(outgoing) is not None:
            return NotFound()  # what is never handed over was never taken
        return await self._provider.reconcile(outgoing)

    async def close(self) -> None:
        await self._provider.close()

    def _held_back(self, outgoing: Outgoing) -> Rejected | None:
        if outgoing.forbidden:
            why = "exercise_list", "not on this exercise's list"
        elif outgoing.address.startswith(self._refused):
            why = "refused_prefix", "a number that is never dialled"
        else:
            return None
        return Rejected(Refusal.HELD_BACK, *why)
