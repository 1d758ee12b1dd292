"""What traffic shows of an address moves its health, and is written down."""

import json

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mechanism.lifecycle import Health, HealthEvent
from store import contact_health
from store.act import by_engine
from store.ledger import SYSTEM_LOG
from store.tables import ContactPoint, LedgerEntry
from tests.support.situations import NOW, address_of, notified


def shown(session: Session, contact: ContactPoint, event: HealthEvent, note: str = "") -> None:
    contact_health.show(session, by_engine(NOW), contact, event, note=note)


def test_a_change_is_written_into_the_log_of_the_system_without_the_address(
    session: Session,
) -> None:
    contact = address_of(notified(session))

    shown(session, contact, HealthEvent.FAILED, "550 no such box")

    entry = session.scalars(select(LedgerEntry)).one()
    assert (entry.log, entry.type) == (SYSTEM_LOG, "cm.contact_point.failed.v1")
    body = json.loads(entry.body)
    assert body["subject"] == f"contact_point/{contact.id}"
    assert body["data"]["change"] == {"before": "unproven", "after": "failed"}
    assert contact.address not in entry.body
    session.refresh(contact)
    assert (contact.health, contact.health_note) == (Health.FAILED, "550 no such box")


def test_what_means_nothing_to_it_changes_nothing_and_writes_nothing(session: Session) -> None:
    contact = address_of(notified(session))
    shown(session, contact, HealthEvent.OPTED_OUT, "STOP")

    shown(session, contact, HealthEvent.ANSWERED)
    shown(session, contact, HealthEvent.REINSTATED)

    assert (contact.health, contact.health_note) == (Health.OPTED_OUT, "STOP")
    assert len(session.scalars(select(LedgerEntry)).all()) == 1


def test_an_opt_out_is_not_lost_where_an_answer_came_at_the_same_moment(session: Session) -> None:
    contact = address_of(notified(session))
    session.execute(text("UPDATE contact_point SET health = 'working'"))

    shown(session, contact, HealthEvent.OPTED_OUT)

    assert contact.health is Health.OPTED_OUT
    body = session.scalars(select(LedgerEntry.body)).one()
    assert json.loads(body)["data"]["change"] == {"before": "working", "after": "opted_out"}


def test_an_answer_does_not_undo_an_opt_out_that_came_at_the_same_moment(session: Session) -> None:
    contact = address_of(notified(session))
    session.execute(text("UPDATE contact_point SET health = 'opted_out'"))

    shown(session, contact, HealthEvent.ANSWERED)

    assert contact.health is Health.OPTED_OUT
    assert session.scalars(select(LedgerEntry)).all() == []
