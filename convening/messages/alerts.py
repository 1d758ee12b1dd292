"""Tell a person that a person is needed.

The board alone is not telling: each open line goes to the secretariat's duty phone and mailbox and
to the acting co-chair's duty office, and again at growing intervals until somebody settles it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening.messages import compose
from mechanism.lifecycle import NeedState
from mechanism.vocabulary import Channel, Kind, MessagePurpose
from notifications.content import templates
from notifications.outbox import queue
from notifications.outbox.queue import To
from settings import Settings
from store import contacts, ledger
from store.act import by_engine
from store.events import Noted
from store.tables import ContactPoint, Need

TELL_AGAIN: Final = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=2))


def has_due(session: Session, *, now: datetime) -> bool:
    """Whether anybody is to be told now; a cheap look."""
    query = select(Need.id).where(Need.state == NeedState.OPEN, Need.due_at <= now)
    return session.scalar(query.limit(1)) is not None


def tell_due(session: Session, *, now: datetime, settings: Settings, limit: int = 50) -> int:
    """Tell people of every open line whose time has come; how many lines were told."""
    query = (
        select(Need)
        .where(Need.state == NeedState.OPEN, Need.due_at <= now)
        .order_by(Need.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    needs = list(session.scalars(query))
    for need in needs:
        _tell(session, need, now, settings)
    return len(needs)


def _tell(session: Session, need: Need, now: datetime, settings: Settings) -> None:
    words_for = {
        "kind": need.activation.kind.value if need.activation is not None else Kind.REAL.value,
        "reference": need.log if need.activation is not None else "",
        "sentence": need.sentence,
        "opened_at": need.opened_at,
        "board": f"{settings.public_url}/situation/{need.log}"
        if need.activation
        else settings.public_url,
        "times": need.times_told + 1,
    }
    for channel, address, addressee, contact in _duty_offices(session, need, settings):
        to = To(
            dedupe_key=f"need/{need.id}/{need.times_told}/{channel.value}/{address}",
            purpose=MessagePurpose.PERSON_NEEDED,
            channel=channel,
            address=address,
            addressee=addressee,
            activation=need.activation,
            contact_point=contact,
            need=need,
            priority=2,
        )
        queue.queue(session, to, templates.write("person_needed", channel, words_for), now=now)
    wait = TELL_AGAIN[min(need.times_told, len(TELL_AGAIN) - 1)]
    need.times_told += 1
    need.due_at = now + wait
    ledger.append(
        session,
        by_engine(now),
        Noted.NEED_TOLD,
        subject=ledger.subject_of(need),
        data={"times": need.times_told, "cause": need.cause.value},
    )


def _duty_offices(
    session: Session, need: Need, settings: Settings
) -> Iterator[tuple[Channel, str, str, ContactPoint | None]]:
    yield from secretariats_duty(settings)
    for contact in contacts.acting_duty(session, need.activation, compose.SENDABLE):
        office = contact.focal_point.office
        yield contact.channel, contact.address, office, contact


def secretariats_duty(settings: Settings) -> Iterator[tuple[Channel, str, str, None]]:
    """The secretariat's duty phone and mailbox, and what they are called."""
    yield Channel.SMS, settings.duty_phone, "Secretariat, duty phone", None
    yield Channel.EMAIL, settings.duty_mailbox, compose.DUTY_MAILBOX, None
