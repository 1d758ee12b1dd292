"""By which provider does a message leave now, and what is learnt of a provider from a try?

The first provider of the address's order whose breaker is closed carries it. While none works,
messages wait for seconds, one of them tries whether the way is free again, and the ladder is told,
so that the other channel starts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from mechanism import wording
from mechanism.breaker import Passage, Tried
from mechanism.bucket import Rate
from mechanism.lifecycle import MessageState
from mechanism.vocabulary import LADDER_PURPOSES, AttemptOutcome, Channel, NeedCause, SetbackKind
from notifications.content import gsm_segments
from notifications.outbox import circuit_breaker, rate_limit
from notifications.outbox.circuit_breaker import Turn
from notifications.provider import Outcome, Refusal, Rejected
from notifications.registry import sender_of
from notifications.route_order import order_for
from settings import Settings
from store import ledger, needs, setbacks
from store.act import ENGINE, Act, by_engine
from store.events import Noted
from store.tables import Attempt, ContactPoint, Message, Need, ProviderStanding

Order = tuple[str, ...]

_NOT_SURELY_TAKEN = (AttemptOutcome.REJECTED, AttemptOutcome.NOT_FOUND, AttemptOutcome.UNKNOWN)


@dataclass(frozen=True)
class Candidates:
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


def candidates_of(
    session: Session, messages: Sequence[Message], *, now: datetime, settings: Settings
) -> Candidates:
    """Every message's ways as they are now; nothing is locked."""
    ids = [message.id for message in messages]
    preferred, failed = _preferred(session, ids), _failed(session, ids)
    orders: dict[int, Order] = {}
    for message in messages:
        own = preferred.get(message.id, "")
        order = order_for(message.channel, message.address, settings, preferred=own)
        orders[message.id] = _failed_last(message.id, order, failed)
    return Candidates(
        orders, _passages(circuit_breaker.standings(session), orders.values(), now), failed
    )


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
    return {name: circuit_breaker.lets(known.get(name), now=now) for name in names}


LOOK_AGAIN: Final = timedelta(seconds=5)  # while no provider of a channel works

TRIES_IN_A_ROW: Final = 5  # of one message, while nobody knows whether a provider works again

_ONLY_HERE: Final = frozenset(
    {
        Refusal.POLICY,
        Refusal.CONFIGURATION,
        Refusal.CAPACITY,
        Refusal.AWAY,
        Refusal.TEMPORARY,
    }
)
_EVENT: Final = {Turn.OPENED: Noted.BREAKER_OPENED, Turn.CLOSED: Noted.BREAKER_CLOSED}


@dataclass(frozen=True)
class By:
    """A message leaves now, by this provider."""

    provider: str


@dataclass(frozen=True)
class Wait:
    """Nobody can carry it now: look again then."""

    until: datetime
    reason: str


Route = By | Wait


@dataclass(frozen=True)
class Learnt:
    """What becomes of tries that were refused for their provider's sake; their ids."""

    elsewhere: frozenset[int] = frozenset()  # another provider can carry these at once
    waiting: frozenset[int] = frozenset()  # these wait for one that works, as if never tried


def choose(
    session: Session, messages: Sequence[Message], *, now: datetime, settings: Settings
) -> Mapping[int, Route]:
    """For each message's id, the provider that it leaves by, or until when it waits.

    `messages` come in the order of their urgency. No breaker is locked here but a probe's.
    """
    candidates = candidates_of(session, messages, now=now, settings=settings)
    routes = {message.id: _route(candidates, message.id, now) for message in messages}
    routes |= _probes(session, candidates, now)
    routes |= _held_back(session, messages, routes, now, settings)
    return routes


def _route(candidates: Candidates, message_id: int, now: datetime) -> Route:
    first = candidates.first(message_id)
    return By(first) if first else Wait(now + LOOK_AGAIN, "no provider of its channel works")


def _probes(session: Session, candidates: Candidates, now: datetime) -> Mapping[int, Route]:
    """The one message that tries a provider whose probe is due, if this engine gets the probe.

    The most urgent of those that can go no other way, but not the same one for ever: what a
    provider cannot digest must not be all that it is asked. Else the least urgent that would
    rather.
    """
    probes: dict[int, Route] = {}
    for name in candidates.to_be_probed():
        rather = [
            i for i in candidates.orders if i not in probes and candidates.would_rather(i, name)
        ]
        stranded = [i for i in rather if candidates.first(i) is None]
        if rather and circuit_breaker.take_probe(session, name, now=now):
            probes[_most_urgent(session, stranded) if stranded else rather[-1]] = By(name)
    return probes


def _most_urgent(session: Session, ids: Sequence[int]) -> int:
    """The first; after several tries it is the next one's turn, until each has had as many."""
    counted = select(Attempt.message_id, func.count()).where(Attempt.message_id.in_(ids))
    tries = {row[0]: row[1] for row in session.execute(counted.group_by(Attempt.message_id))}
    return min(ids, key=lambda message_id: tries.get(message_id, 0) // TRIES_IN_A_ROW)


def _held_back(
    session: Session,
    messages: Sequence[Message],
    routes: Mapping[int, Route],
    now: datetime,
    settings: Settings,
) -> Mapping[int, Route]:
    """The messages whose sender has sent enough for now, in the order of urgency."""
    held: dict[int, Route] = {}
    for (provider, sender), queue in sorted(_queues(messages, routes, settings).items()):
        rate = Rate(settings.sms_rates[provider])
        costs = [gsm_segments.count(message.body).parts for message in queue]
        taken = rate_limit.take(session, provider, sender, rate, costs, now=now)
        for message, wait in zip(queue[taken.granted :], taken.waits, strict=True):
            held[message.id] = Wait(now + wait, "its sender has sent enough for now")
    return held


def _queues(
    messages: Sequence[Message], routes: Mapping[int, Route], settings: Settings
) -> Mapping[tuple[str, str], list[Message]]:
    queues: dict[tuple[str, str], list[Message]] = defaultdict(list)
    for message in messages:
        route = routes[message.id]
        if isinstance(route, By) and route.provider in settings.sms_rates:
            sender = sender_of(route.provider, message.address, settings)
            queues[route.provider, sender].append(message)
    return queues


def learn(
    session: Session,
    tried: Sequence[tuple[Attempt, Outcome]],
    *,
    now: datetime,
    settings: Settings,
) -> Learnt:
    """What these tries say about the health of their providers; in the caller's transaction.

    Call it before anything of these messages moves.
    """
    turns = circuit_breaker.observe(session, _evidence(tried), now=now)
    channels = {attempt.provider: attempt.message.channel for attempt, _ in tried}
    for name, turn in turns.items():
        _tell(session, name, turn, channels[name], now)
    refused = [attempt for attempt, outcome in tried if _is_only_here(outcome)]
    if not (turns or refused):
        return Learnt()
    candidates = candidates_of(session, [a.message for a in refused], now=now, settings=settings)
    elsewhere = frozenset(a.id for a in refused if candidates.beyond(a.message_id, a.provider))
    failing = {channels[name] for name, turn in turns.items() if turn is not Turn.CLOSED}
    if failing:
        left = [a.message for a in refused if a.id not in elsewhere]
        _tell_ladders(session, [*_queued(session, failing), *left], now, settings)
    return Learnt(elsewhere, _waiting(tried, candidates) - elsewhere)


def _waiting(tried: Sequence[tuple[Attempt, Outcome]], candidates: Candidates) -> frozenset[int]:
    """The messages whose provider is known to be away, so that none or another is the next."""
    return frozenset(
        attempt.id
        for attempt, outcome in tried
        if isinstance(outcome, Rejected)
        and outcome.refusal is Refusal.AWAY
        and candidates.first(attempt.message_id) != attempt.provider
    )


def _evidence(tried: Sequence[tuple[Attempt, Outcome]]) -> Mapping[str, Sequence[Tried]]:
    found: dict[str, list[Tried]] = defaultdict(list)
    for attempt, outcome in tried:
        said = circuit_breaker.evidence(outcome, attempt.began_at)
        if said is not None:
            found[attempt.provider].append(said)
    return found


def _is_only_here(outcome: Outcome) -> bool:
    """Whether another provider may well take what this one has refused."""
    return isinstance(outcome, Rejected) and outcome.refusal in _ONLY_HERE


def _queued(session: Session, channels: set[Channel]) -> Sequence[Message]:
    """What the ladder has queued for these channels."""
    query = select(Message).where(
        Message.state == MessageState.QUEUED,
        Message.channel.in_(channels),
        Message.purpose.in_(LADDER_PURPOSES),
    )
    return session.scalars(query).all()


def _tell_ladders(
    session: Session, messages: Sequence[Message], now: datetime, settings: Settings
) -> None:
    """Where no provider is left, the other channel starts; in the order of the notices' ids."""
    candidates = candidates_of(session, messages, now=now, settings=settings)
    stranded = [
        m.id for m in messages if m.purpose in LADDER_PURPOSES and not candidates.first(m.id)
    ]
    query = (
        select(Message)
        .where(Message.id.in_(stranded))
        .order_by(Message.notice_id, Message.id)
        .options(
            joinedload(Message.notice),
            joinedload(Message.contact_point).joinedload(ContactPoint.focal_point),
        )
    )
    for message in session.scalars(query):
        if message.notice is not None and message.contact_point is not None:
            setbacks.record(
                session, message.notice, message.contact_point, SetbackKind.NOT_CARRIED,
                now=now, note="no provider works",
            )  # fmt: skip


def _tell(session: Session, name: str, turn: Turn, channel: Channel, now: datetime) -> None:
    if turn not in _EVENT:
        return
    standing = session.get_one(ProviderStanding, name)
    ledger.append(
        session,
        by_engine(now),
        _EVENT[turn],
        subject=circuit_breaker.subject(name),
        data={"faults": standing.faults, "successes": standing.successes},
    )
    if turn is Turn.OPENED:
        _raise_need(session, name, channel, now)
    else:
        _settle_needs(session, name, now)


def _raise_need(session: Session, name: str, channel: Channel, now: datetime) -> None:
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.NOT_SENT,
        f"{wording.MESSAGE[channel].capitalize()}s by the provider {name} fail again and again. "
        "The next provider is used where there is one, else the other channel; see "
        "`convene provider list`.",
        key=f"{_key(name)}{ledger.instant(now)}",
    )


def _settle_needs(session: Session, name: str, now: datetime) -> None:
    query = select(Need).where(Need.dedupe_key.startswith(_key(name), autoescape=True))
    for need in session.scalars(query):
        needs.settle(session, Act(ENGINE, now, signature="the provider works again"), need)


def _key(name: str) -> str:
    return f"provider-fails/{name}/"
