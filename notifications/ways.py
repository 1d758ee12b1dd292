"""By which providers may each of some messages leave, and which of them work now?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.breaker import Passage
from notifications import breaker
from notifications.orders import order_for
from settings import Settings
from store.kinds import AttemptOutcome
from store.tables import Attempt, ContactPoint, Message, ProviderStanding

Order = tuple[str, ...]

_NOT_SURELY_TAKEN = (AttemptOutcome.REJECTED, AttemptOutcome.NOT_FOUND, AttemptOutcome.UNKNOWN)


@dataclass(frozen=True)
class Ways:
    """The order of providers for each message's id, and who may leave by each provider."""

    orders: Mapping[int, Order]
    passages: Mapping[str, Passage]
    failed: frozenset[tuple[int, str]]  # message and provider: that one is asked last

    def first(self, message_id: int) -> str | None:
        """The first provider that works; None where the message must wait."""
        return next(self._working(message_id), None)

    def beyond(self, message_id: int, provider: str) -> str | None:
        """Another that works and has not failed at the message either."""
        others = (n for n in self._working(message_id) if n != provider)
        return next((n for n in others if (message_id, n) not in self.failed), None)

    def would_rather(self, message_id: int, provider: str) -> bool:
        """Whether the message would leave by this provider if it worked.

        One that can go another way has served as a probe once it has failed here.
        """
        order, first = self.orders[message_id], self.first(message_id)
        if provider not in order:
            return False
        if first is None:
            return True
        is_before = order.index(provider) < order.index(first)
        return is_before and (message_id, provider) not in self.failed

    def to_be_probed(self) -> list[str]:
        """The providers of whose breakers the probe is due."""
        return sorted(name for name, who in self.passages.items() if who is Passage.ONE)

    def _working(self, message_id: int) -> Iterator[str]:
        return (n for n in self.orders[message_id] if self.passages[n] is Passage.ALL)


def ways_of(
    session: Session, messages: Sequence[Message], *, now: datetime, settings: Settings
) -> Ways:
    """Every message's ways as they are now; nothing is locked."""
    ids = [message.id for message in messages]
    preferred, failed = _preferred(session, ids), _failed(session, ids)
    orders: dict[int, Order] = {}
    for message in messages:
        own = preferred.get(message.id, "")
        order = order_for(message.channel, message.address, settings, preferred=own)
        orders[message.id] = _failed_last(message.id, order, failed)
    return Ways(orders, _passages(breaker.standings(session), orders.values(), now), failed)


def _failed_last(message_id: int, order: Order, failed: frozenset[tuple[int, str]]) -> Order:
    return tuple(sorted(order, key=lambda name: (message_id, name) in failed))


def _preferred(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """The provider that a contact point asks for itself."""
    query = (
        select(Message.id, ContactPoint.provider)
        .join(ContactPoint, Message.contact_point_id == ContactPoint.id)
        .where(Message.id.in_(ids), ContactPoint.provider != "")
    )
    return {row.id: row.provider for row in session.execute(query)}


def _failed(session: Session, ids: Sequence[int]) -> frozenset[tuple[int, str]]:
    """Who has not taken which message, or has left it open whether it did."""
    query = select(Attempt.message_id, Attempt.provider).where(
        Attempt.message_id.in_(ids), Attempt.outcome.in_(_NOT_SURELY_TAKEN)
    )
    return frozenset((row.message_id, row.provider) for row in session.execute(query))


def _passages(
    known: Mapping[str, ProviderStanding], orders: Iterable[Order], now: datetime
) -> Mapping[str, Passage]:
    names = {name for order in orders for name in order}
    return {name: breaker.lets(known.get(name), now=now) for name in names}
