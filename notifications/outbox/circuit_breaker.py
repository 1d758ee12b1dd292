"""How does each provider stand: what has its breaker seen, and what has a person said of it?

The rows are every engine's. Whoever reads them to choose takes no lock; whoever learns locks those
that change, in the order of their names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mechanism import breaker as rule
from mechanism.breaker import Breaker, Passage, Tried
from mechanism.vocabulary import Pin
from notifications.provider import OUR_OWN, Accepted, Outcome, Refusal, Rejected
from store import ledger
from store.act import Act
from store.events import Noted
from store.tables import ProviderStanding

_AGAINST: Final = frozenset({Refusal.AWAY, Refusal.CAPACITY, Refusal.CONFIGURATION})


class Turn(StrEnum):
    """What has become of a breaker."""

    OPENED = "opened"  # the next provider is asked; a person is told
    STAYED_OPEN = "stayed_open"  # a probe has failed
    CLOSED = "closed"  # a probe has succeeded


def standings(session: Session) -> Mapping[str, ProviderStanding]:
    """Every provider of which anything is known, as it is now, by its name."""
    query = select(ProviderStanding).execution_options(populate_existing=True)
    return {row.name: row for row in session.scalars(query)}


def lets(standing: ProviderStanding | None, *, now: datetime) -> Passage:
    """Who may leave by this provider: a person's word goes before the breaker's."""
    if standing is None or standing.pin is Pin.UP:
        return Passage.ALL
    if standing.pin is Pin.DOWN:
        return Passage.NOBODY
    return rule.passage(_seen(standing), now=now)


def take_probe(session: Session, name: str, *, now: datetime) -> bool:
    """Take the one try that an open breaker lets through; False where another engine has it."""
    query = select(ProviderStanding).where(ProviderStanding.name == name)
    row = session.scalar(
        query.with_for_update(skip_locked=True), execution_options={"populate_existing": True}
    )
    if row is None or lets(row, now=now) is not Passage.ONE:
        return False
    _keep(row, rule.probing(_seen(row), now=now))
    return True


def evidence(outcome: Outcome, began_at: datetime) -> Tried | None:
    """What a try says of its provider; None where it never heard of it."""
    if isinstance(outcome, Accepted):
        return Tried(began_at, is_fault=False)
    if not isinstance(outcome, Rejected):
        return Tried(began_at, is_fault=True)
    if outcome.refusal in OUR_OWN:
        return None
    return Tried(began_at, is_fault=outcome.refusal in _AGAINST)


def observe(
    session: Session, tried: Mapping[str, Sequence[Tried]], *, now: datetime
) -> Mapping[str, Turn]:
    """Let the breakers see these tries, by provider; those that turned or failed a probe.

    While all goes well nothing is locked and nothing written.
    """
    known = standings(session)
    names = [
        name for name, tries in tried.items()
        if any(t.is_fault for t in tries) or _is_marked(known.get(name))
    ]  # fmt: skip
    turns = {row.name: _see(row, tried[row.name], now) for row in _locked(session, names)}
    return {name: turn for name, turn in turns.items() if turn is not None}


def pin(session: Session, act: Act, name: str, to: Pin, *, reason: str) -> None:
    """A person says that a provider is used, is not used, or is left to its breaker."""
    (row,) = _locked(session, [name])
    row.pin, row.pinned_by, row.pinned_at, row.pin_reason = (
        to,
        act.signature[:120],
        act.at,
        reason[:300],
    )
    ledger.append(
        session,
        act,
        Noted.PROVIDER_PINNED,
        subject=subject(name),
        data={"pin": to.value},
        private={"by": act.signature, "reason": reason},
    )


def subject(name: str) -> ledger.Subject:
    """What the ledger's events about a provider are about."""
    return ledger.Subject(ledger.SYSTEM_LOG, "provider", name)


def _see(row: ProviderStanding, tries: Sequence[Tried], now: datetime) -> Turn | None:
    before = _seen(row)
    after = rule.after(before, tries, now=now)
    _keep(row, after)
    if after.is_open is not before.is_open:
        return Turn.OPENED if after.is_open else Turn.CLOSED
    return Turn.STAYED_OPEN if after.failed_probes > before.failed_probes else None


def _is_marked(row: ProviderStanding | None) -> bool:
    return row is not None and (row.is_open or row.faults > 0)


def _locked(session: Session, names: Sequence[str]) -> list[ProviderStanding]:
    """These rows, made where there are none yet, for this transaction alone."""
    if not names:
        return []
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    blank = [{"name": name} for name in sorted(names)]
    session.execute(dialect.insert(ProviderStanding).values(blank).on_conflict_do_nothing())
    query = (
        select(ProviderStanding)
        .where(ProviderStanding.name.in_(names))
        .order_by(ProviderStanding.name)
        .with_for_update()
    )
    return list(session.scalars(query, execution_options={"populate_existing": True}))


def _seen(row: ProviderStanding) -> Breaker:
    return Breaker(**{field.name: getattr(row, field.name) for field in fields(Breaker)})


def _keep(row: ProviderStanding, breaker: Breaker) -> None:
    for field in fields(Breaker):
        setattr(row, field.name, getattr(breaker, field.name))
