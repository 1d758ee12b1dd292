"""Change an address in the directory, and find out whether it works.

A new address is used beside the one that it replaces until somebody has answered from it. The
office is told of each change at every address that it has, so that a false one is noticed by those
whom it would cut off.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism import wording
from mechanism.lifecycle import Health, HealthEvent
from mechanism.vocabulary import WRITTEN, Channel, MessagePurpose
from notifications.content import templates
from notifications.outbox import queue
from notifications.outbox.queue import To
from store import contact_health, ledger
from store.act import Act
from store.events import Noted
from store.ledger import Because
from store.roster import ContactRow
from store.tables import ContactPoint, FocalPoint, Message

TEST_AGAIN: Final = timedelta(minutes=5)
OF_NO_SITUATION: Final = {"kind": "none", "reference": "Contact details"}


class CannotChangeAddressError(Exception):
    """An address cannot be changed as asked; says why and how to go on."""

    def __init__(self, why: str, mend: str) -> None:
        super().__init__(f"{why}. {mend}")
        self.why, self.mend = why, mend


def add(
    session: Session,
    act: Act,
    office: FocalPoint,
    row: ContactRow,
    *,
    replaces: ContactPoint | None = None,
) -> ContactPoint:
    """A further address of an office, unproven; or one that takes another's place once it is."""
    told = _standing(office)
    contact = _fresh(session, act, office, row)
    contact.replaces_id = replaces.id if replaces is not None else None
    session.flush()
    verb = "added" if replaces is None else "replaced"
    _note(session, act, contact, verb)
    _tell(session, [*told, contact], contact, verb, act.at)
    return contact


def retire(session: Session, act: Act, contact: ContactPoint) -> None:
    """Written to no more; never deleted, since old notices keep their addressees."""
    if contact.retired_at is not None:
        raise CannotChangeAddressError("This address is retired already", "Open the page again.")
    told = _standing(contact.focal_point)
    contact.retired_at = act.at
    _note(session, act, contact, "retired")
    _tell(session, told, contact, "retired", act.at)


def _fresh(session: Session, act: Act, office: FocalPoint, row: ContactRow) -> ContactPoint:
    """A new row, or the retired one of the same address, whose old proof counts no more."""
    same = next((c for c in office.contact_points if _is_same(c, row)), None)
    if same is None:
        contact = ContactPoint(
            focal_point=office, channel=row.channel, address=row.address, health=Health.UNPROVEN
        )
        session.add(contact)
        return contact
    if same.retired_at is None:
        raise CannotChangeAddressError("This office has this address already", "Type another.")
    same.retired_at, same.verified_on = None, None
    contact_health.show(session, act, same, HealthEvent.REINSTATED)
    return same


def _is_same(contact: ContactPoint, row: ContactRow) -> bool:
    return (contact.channel, contact.address) == (row.channel, row.address)


def _standing(office: FocalPoint) -> list[ContactPoint]:
    return [contact for contact in office.contact_points if contact.retired_at is None]


EVENT: Final = {
    "added": Noted.CONTACT_POINT_ADDED,
    "replaced": Noted.CONTACT_POINT_REPLACED,
    "retired": Noted.CONTACT_POINT_RETIRED,
}


def _note(session: Session, act: Act, contact: ContactPoint, verb: str) -> None:
    ledger.append(
        session,
        act,
        EVENT[verb],
        subject=_subject(contact),
        data={
            "office": f"{contact.focal_point.member_code}/{contact.focal_point.rank.value}",
            "channel": contact.channel.value,
            "replaces": contact.replaces_id,
        },
        private={"address": contact.address},
    )


def _subject(contact: ContactPoint) -> ledger.Subject:
    return ledger.Subject(ledger.SYSTEM_LOG, "contact_point", str(contact.id))


def _tell(
    session: Session, to: Sequence[ContactPoint], changed: ContactPoint, verb: str, now: datetime
) -> None:
    """Say to every address of the office what was done; the address itself is not said."""
    words = {
        **OF_NO_SITUATION,
        "office": changed.focal_point.office,
        "channel": wording.ADDRESS[changed.channel],
        "verb": verb,
        "at": now,
    }
    for contact in to:
        if contact.channel in WRITTEN and contact.health is not Health.OPTED_OUT:
            _queue(
                session,
                contact,
                MessagePurpose.ADDRESS_CHANGED,
                templates.write("address_changed", contact.channel, words),
                key=f"changed/{changed.id}/{verb}/{contact.id}/{now:%Y%m%d%H%M%S}",
                now=now,
            )


def ask_to_answer(session: Session, act: Act, contact: ContactPoint) -> None:
    """Ask the address to answer; nothing else is asked."""
    if contact.channel not in WRITTEN:
        raise CannotChangeAddressError("A telephone is tested by calling it", "Call, and ask.")
    latest = latest_test(session, contact.channel, contact.address, since=act.at - TEST_AGAIN)
    if latest is not None:
        raise CannotChangeAddressError(
            "A test went to this address less than five minutes ago", "Wait for its answer."
        )
    words = {
        **OF_NO_SITUATION,
        "office": contact.focal_point.office,
        "member": contact.focal_point.member.display_name,
    }
    _queue(
        session,
        contact,
        MessagePurpose.ADDRESS_TEST,
        templates.write("address_test", contact.channel, words),
        key=f"test/{contact.id}/{act.at:%Y%m%d%H%M%S}",
        now=act.at,
    )
    ledger.append(session, act, Noted.CONTACT_POINT_TESTED, subject=_subject(contact))


def _queue(
    session: Session,
    contact: ContactPoint,
    purpose: MessagePurpose,
    words: templates.Words,
    *,
    key: str,
    now: datetime,
) -> None:
    office = contact.focal_point
    to = To(
        dedupe_key=key,
        purpose=purpose,
        channel=contact.channel,
        address=contact.address,
        addressee=f"{office.office}, {office.member.display_name}",
        contact_point=contact,
        priority=7,
    )
    queue.queue(session, to, words, now=now)


def latest_test(
    session: Session, channel: Channel, address: str, *, since: datetime
) -> Message | None:
    """The newest test of this address since then, of whichever office."""
    query = select(Message).where(
        Message.purpose == MessagePurpose.ADDRESS_TEST,
        Message.channel == channel,
        Message.address == address,
        Message.queued_at > since,
    )
    return session.scalars(query.order_by(Message.id.desc()).limit(1)).first()


def proven(session: Session, act: Act, contact: ContactPoint) -> None:
    """Somebody has answered from it: it works, and takes the place of the one it replaces."""
    because = Because(private={"address": contact.address})
    contact_health.show(
        session, act, contact, HealthEvent.VERIFIED, because=because, verified_on=act.at.date()
    )
    before = session.get(ContactPoint, contact.replaces_id) if contact.replaces_id else None
    contact.replaces_id = None
    if before is not None and before.retired_at is None:
        retire(session, act, before)
