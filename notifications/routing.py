"""By which provider does a message leave now, and what is learnt of a provider from a try?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from mechanism.ladder import Channel
from notifications.provider import Outcome
from settings import Settings
from store.tables import Attempt, Message


@dataclass(frozen=True)
class By:
    """It leaves now, by this provider."""

    provider: str


@dataclass(frozen=True)
class Wait:
    """Nobody can carry it now: look again then."""

    until: datetime
    reason: str


Route = By | Wait

_CARRIER: Final = {Channel.EMAIL: "smtp", Channel.SMS: "twilio"}


def choose(
    session: Session,  # noqa: ARG001 - the breakers and buckets are rows
    messages: Sequence[Message],
    *,
    now: datetime,  # noqa: ARG001 - a breaker is a matter of time
    settings: Settings,  # noqa: ARG001 - the providers' order
) -> Mapping[int, Route]:
    """For each message's id, the provider that it leaves by, or until when it waits."""
    return {message.id: By(_CARRIER[message.channel]) for message in messages}


def learn(
    session: Session,
    tried: Sequence[tuple[Attempt, Outcome]],
    *,
    now: datetime,
) -> None:
    """What these tries say about the health of their providers; in the caller's transaction."""
