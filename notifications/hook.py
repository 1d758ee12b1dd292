"""What does a provider bring to our door, and what do we make of it in words of our own?

A hook is a provider's own reading of its requests. Behind it nobody knows the provider's fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from mechanism.keypad import CallEnd
from mechanism.receipts import DeliveryStatus
from mechanism.vocabulary import Door, Ear
from notifications.provider import Rejected
from settings import Settings


class UnverifiedError(Exception):
    """The request is not the provider's; says by what that is seen."""


class MalformedError(Exception):
    """It is the provider's, and yet names nothing that could be kept or told apart."""


@dataclass(frozen=True)
class HookRequest:
    """A request at a provider's door, before anything of it is believed.

    `parts` are those of the path that its route names; the names of `headers` are in lower case.
    """

    path: str
    settings: Settings
    parts: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    form: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address that was asked for, as the provider knows it.

        Never built from the Host header, which a stranger chooses.
        """
        query = f"?{self.query}" if self.query else ""
        return f"{self.settings.public_url}{self.path}{query}"


@dataclass(frozen=True)
class Heard:
    """Something that came in by a door, raw, with the door's own facts about it.

    `provider` and `provider_id` together make a second arrival a repetition. A mail is one mail
    whichever door it comes by, so its provider is nobody. `text` is what a text says, or the key
    that was pressed; a mail has to be read first.
    """

    door: Door
    provider_id: str
    sender: str
    recipient: str
    raw: bytes
    envelope: Mapping[str, Any]
    provider: str = ""
    text: str = ""

    @property
    def known_by(self) -> tuple[Door, str, str]:
        """What makes a second arrival a repetition."""
        return self.door, self.provider, self.provider_id


@dataclass(frozen=True)
class DeliveryReport:
    """A provider's word about an attempt: raw, and as we understand it.

    `said` is the provider's own status, by which the same word said again is known; `status` is
    what it comes to, None where it says nothing to us.
    """

    provider: str
    provider_id: str
    attempt: int
    said: str
    status: DeliveryStatus | None
    refused: Rejected | None
    raw: Mapping[str, str]


class CallStage(StrEnum):
    """How far a call has come."""

    UNDER_WAY = "under_way"  # it is being placed, or rings
    TAKEN = "taken"  # by somebody, or by a machine
    ENDED = "ended"  # nothing more is said in it


@dataclass(frozen=True, kw_only=True)
class CallReport(DeliveryReport):
    """A provider's word about a call; `ear` is who took it, where this word tells."""

    stage: CallStage
    ear: Ear | None = None
    not_taken: CallEnd | None = None  # why, where nobody has taken it


@dataclass(frozen=True)
class Document:
    """What a provider gets for an answer."""

    text: str
    media_type: str


class Hook(Protocol):
    """One provider's door: each reading raises UnverifiedError before it believes anything."""

    provider: str  # its name
    received: Document  # the answer where nothing is to be said
    check: str  # what a person is told to look at where strangers call

    def verify(self, request: HookRequest) -> None:
        """UnverifiedError where it is not the provider that asks."""

    def status(self, request: HookRequest) -> DeliveryReport:
        """What it says of an attempt of ours."""

    def inbound(self, request: HookRequest) -> Heard:
        """What somebody has said to us by way of it."""

    def inbound_url(self, settings: Settings) -> str:
        """The address that an operator gives to the provider, so that answers reach us."""


class CallHook(Hook, Protocol):
    """The door of a provider of calls, which also asks what is to be said."""

    def status(self, request: HookRequest) -> CallReport:
        """How a call goes; nobody waits for an answer."""

    def taken(self, request: HookRequest) -> CallReport:
        """Who has taken a call, and waits to hear what is said."""

    def tells(self, lines: Sequence[str]) -> Document:
        """These lines, and the end of the call."""

    def asks(
        self, lines: Sequence[str], *, at_end: Sequence[str], attempt: int, settings: Settings
    ) -> Document:
        """These lines, and a wait for a key; where none comes, the other lines."""
