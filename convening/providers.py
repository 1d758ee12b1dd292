"""See how the providers stand, pin one up or down, or prefer one for an address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.breaker import Passage
from mechanism.vocabulary import Channel, Pin
from notifications import route_order
from notifications.outbox import circuit_breaker
from settings import Settings
from store import ledger
from store.act import Act
from store.events import Noted
from store.tables import ContactPoint, ProviderStanding


class UnknownProviderError(ValueError):
    """No provider of that name is set up here."""


@dataclass(frozen=True)
class ProviderLine:
    """How one provider stands, for an operator."""

    name: str
    channel: str
    takes: str  # all messages, one probe, or none
    breaker: str
    pin: str
    pinned: str  # by whom, when and why


def lines(
    known: Mapping[str, ProviderStanding], settings: Settings, *, now: datetime
) -> list[ProviderLine]:
    """Every provider that is set up here; one that is not known yet is as good as any."""
    return [
        _line(name, channel.value, known.get(name), now)
        for name, channel in route_order.channels(settings).items()
    ]


def _line(name: str, channel: str, row: ProviderStanding | None, now: datetime) -> ProviderLine:
    takes = circuit_breaker.lets(row, now=now)
    if row is None:
        return ProviderLine(name, channel, takes.value, "closed", Pin.AUTO.value, "")
    state = f"open since {row.turned_at:%Y-%m-%d %H:%M:%S} UTC" if row.is_open else "closed"
    return ProviderLine(name, channel, takes.value, state, row.pin.value, _pinned(row))


def _pinned(row: ProviderStanding) -> str:
    if row.pinned_at is None:
        return ""
    return f"{row.pinned_by}, {row.pinned_at:%Y-%m-%d %H:%M} UTC: {row.pin_reason}"


def closed_channels(
    session: Session, settings: Settings, *, now: datetime
) -> Mapping[Channel, tuple[str, ...]]:
    """The channels whose every provider is down or on trial now, with those providers' names."""
    known = circuit_breaker.standings(session)
    by_channel: dict[Channel, list[str]] = {}
    for name, channel in route_order.channels(settings).items():
        by_channel.setdefault(channel, []).append(name)
    return {
        channel: tuple(names)
        for channel, names in by_channel.items()
        if all(circuit_breaker.lets(known.get(name), now=now) is not Passage.ALL for name in names)
    }


def pin(session: Session, act: Act, settings: Settings, name: str, to: Pin, *, reason: str) -> None:
    """Say that a provider is used, is not used, or is left to its breaker."""
    _check(name, settings)
    circuit_breaker.pin(session, act, name, to, reason=reason)


def prefer(
    session: Session, act: Act, settings: Settings, address: str, name: str, *, reason: str
) -> int:
    """Ask this provider first for an address; how many offices have it.

    "" gives the address the order of its country or domain back.
    """
    if name:
        _check(name, settings)
    contacts = _contacts(session, address, route_order.channels(settings).get(name))
    for contact in contacts:
        contact.provider = name
        ledger.append(
            session,
            act,
            Noted.CONTACT_POINT_PROVIDER_PREFERRED,
            subject=ledger.Subject(ledger.SYSTEM_LOG, "contact_point", str(contact.id)),
            data={"provider": name},
            private={"reason": reason},
        )
    return len(contacts)


def is_used(line: ProviderLine) -> bool:
    """Whether messages leave by it now."""
    return line.takes == Passage.ALL


def _contacts(session: Session, address: str, channel: Channel | None) -> Sequence[ContactPoint]:
    """Who has this address, on one channel if it is named: a number may be on two."""
    query = select(ContactPoint).where(
        ContactPoint.address == address, ContactPoint.retired_at.is_(None)
    )
    if channel is not None:
        query = query.where(ContactPoint.channel == channel)
    return session.scalars(query.order_by(ContactPoint.id)).all()


def _check(name: str, settings: Settings) -> None:
    names = list(route_order.channels(settings))
    if name not in names:
        raise UnknownProviderError(f"{name!r} is not set up here: there are {', '.join(names)}")
