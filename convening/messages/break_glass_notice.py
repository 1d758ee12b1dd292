"""Break glass: whoever uses the way in for when all else fails, everybody who must know is told."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening.messages import alerts
from mechanism.vocabulary import Channel, Kind, MessagePurpose, Rank, Role
from notifications.content import templates
from notifications.outbox import queue
from notifications.outbox.queue import To
from settings import Settings
from store import contacts, directory, ledger
from store.act import Act, Actor
from store.events import Noted
from store.tables import Account, Activation, ContactPoint


def tell(
    session: Session,
    act: Act,
    *,
    reason: str,
    settings: Settings,
    activation: Activation | None = None,
) -> None:
    """Write it down, and tell both co-chairs' offices, the secretariat and the auditors at once."""
    event = ledger.append(
        session,
        act,
        Noted.BREAK_GLASS_USED,
        subject=_subject(activation, act.actor),
        data={"government": act.government},
        private={"reason": reason},
    )
    words = {
        "kind": Kind.REAL.value,
        "government": act.government,
        "reason": reason,
        "reference": activation.situation.reference if activation is not None else "",
        "used_at": act.at,
        "from_the_host": act.actor.kind == "operator",
    }
    for to in _everybody(session, settings, key=f"break-glass/{event}"):
        queue.queue(session, to, templates.write("break_glass", to.channel, words), now=act.at)


def _subject(activation: Activation | None, actor: Actor) -> ledger.Subject:
    if activation is not None:
        return ledger.subject_of(activation)
    return ledger.Subject(ledger.SYSTEM_LOG, "account", actor.id)


def _everybody(session: Session, settings: Settings, *, key: str) -> Iterator[To]:
    for channel, address, addressee, contact in _addresses(session, settings):
        yield To(
            dedupe_key=f"{key}/{channel.value}/{address}",
            purpose=MessagePurpose.BREAK_GLASS,
            channel=channel,
            address=address,
            addressee=addressee,
            contact_point=contact,
            priority=1,
        )


def _addresses(
    session: Session, settings: Settings
) -> Iterator[tuple[Channel, str, str, ContactPoint | None]]:
    yield from alerts.secretariats_duty(settings)
    for member in directory.co_chairs(session):
        for rank in (Rank.PRIMARY, Rank.DUTY_OFFICER):
            for office in contacts.offices(member, rank):
                for contact in contacts.addresses(office, (Channel.EMAIL, Channel.SMS)):
                    addressee = f"{office.office}, {member.display_name}"
                    yield contact.channel, contact.address, addressee, contact
    auditors = select(Account).where(
        Account.role == Role.AUDITOR, Account.mailbox != "", Account.disabled_at.is_(None)
    )
    for auditor in session.scalars(auditors):
        yield Channel.EMAIL, auditor.mailbox, auditor.name, None
