"""Addresses of the directory: changed openly, proven by an answer, and never at a notice's cost."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import contacts
from convening.contacts import CannotChangeAddressError
from mechanism.lifecycle import Health, NoticeState, ReplyState
from mechanism.vocabulary import Channel, MessagePurpose
from notifications.outbox import envelope
from store import directory
from store.act import Act, Actor
from store.roster import ContactRow
from store.tables import ContactPoint, LedgerEntry, Message
from tests.support.desk import Desk
from tests.support.replies import MAILBOX, PHONE, code, heard, mail, state, text

OFFICER = Actor("person", "3", "secretariat")
NEW_PHONE = "+999100319999"


def at(session: Session, address: str) -> ContactPoint:
    return session.scalars(select(ContactPoint).where(ContactPoint.address == address)).one()


def told(session: Session, purpose: MessagePurpose) -> set[str]:
    return set(session.scalars(select(Message.address).where(Message.purpose == purpose)))


def unproven(desk: Desk, address: str) -> None:
    with desk.database.transaction() as session:
        contact = at(session, address)
        contact.health, contact.verified_on = Health.UNPROVEN, None


def is_asked(desk: Desk, address: str) -> None:
    with desk.database.transaction() as session:
        contacts.ask_to_answer(session, Act(OFFICER, desk.now), at(session, address))


def replaced(desk: Desk) -> None:
    with desk.database.transaction() as session:
        old = at(session, PHONE)
        row = ContactRow(channel=Channel.SMS, address=NEW_PHONE)
        contacts.add(session, Act(OFFICER, desk.now), old.focal_point, row, replaces=old)


def works(desk: Desk, address: str) -> bool:
    with desk.database.reading() as session:
        contact = at(session, address)
        return contact.health is Health.WORKING and contact.verified_on == desk.now.date()


def test_an_ok_to_the_test_proves_the_number(desk: Desk) -> None:
    unproven(desk, PHONE)
    is_asked(desk, PHONE)

    assert heard(desk, text(desk, "Ok.")) is ReplyState.MATCHED

    assert works(desk, PHONE)


def test_an_answer_to_the_mail_of_the_test_proves_the_mailbox(desk: Desk) -> None:
    unproven(desk, MAILBOX)
    is_asked(desk, MAILBOX)
    with desk.database.transaction() as session:
        query = select(Message).where(Message.purpose == MessagePurpose.ADDRESS_TEST)
        message = session.scalars(query).one()
        message.mail_id = envelope.message_id_of(message, desk.settings)
        about = message.mail_id

    to = f"cm@{desk.settings.reply_domain}"
    assert heard(desk, mail(desk, "OK", to=to, In_Reply_To=about)) is ReplyState.MATCHED

    assert works(desk, MAILBOX)


def test_a_number_with_an_open_notice_answers_that_and_not_the_test(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    unproven(desk, PHONE)
    is_asked(desk, PHONE)
    with desk.database.reading() as session:
        digits = code(session)

    heard(desk, text(desk, f"OK {digits}"))

    assert state(desk) is NoticeState.ACKNOWLEDGED


@pytest.mark.parametrize("body", ["No", "Who is this?", "STOP"])
def test_another_word_proves_nothing(desk: Desk, body: str) -> None:
    unproven(desk, PHONE)
    is_asked(desk, PHONE)

    heard(desk, text(desk, body))

    assert not works(desk, PHONE)


def test_a_new_number_is_used_beside_the_old_one_until_it_has_answered(desk: Desk) -> None:
    replaced(desk)
    with desk.database.reading() as session:
        assert at(session, PHONE).retired_at is None
        assert directory.usable(at(session, NEW_PHONE))

    is_asked(desk, NEW_PHONE)
    heard(desk, text(desk, "OK", sender=NEW_PHONE))

    assert works(desk, NEW_PHONE)
    with desk.database.reading() as session:
        assert at(session, PHONE).retired_at is not None


@pytest.mark.check(43)
def test_the_office_is_told_at_its_old_and_new_addresses_and_the_ledger_holds_no_number(
    desk: Desk,
) -> None:
    replaced(desk)

    with desk.database.reading() as session:
        assert {PHONE, NEW_PHONE, MAILBOX} <= told(session, MessagePurpose.ADDRESS_CHANGED)
        query = select(LedgerEntry.body).where(LedgerEntry.type == "cm.contact_point.replaced.v1")
        [body] = session.scalars(query)
        bodies = session.scalars(select(Message.body)).all()
    assert "+999" not in body
    assert not any(NEW_PHONE in one for one in bodies)


def test_a_retired_address_comes_back_unproven_and_an_opt_out_stays(desk: Desk) -> None:
    for health, after in ((Health.WORKING, Health.UNPROVEN), (Health.OPTED_OUT, Health.OPTED_OUT)):
        with desk.database.transaction() as session:
            contact = at(session, PHONE)
            contact.health = health
            contacts.retire(session, Act(OFFICER, desk.now), contact)
            row = ContactRow(channel=Channel.SMS, address=PHONE)
            contacts.add(session, Act(OFFICER, desk.now), contact.focal_point, row)
            assert (contact.health, contact.verified_on) == (after, None)
        desk.clock.passes(minutes=1)


def test_what_cannot_be_done_says_why(desk: Desk) -> None:
    is_asked(desk, PHONE)
    with pytest.raises(CannotChangeAddressError, match="less than five minutes"):
        is_asked(desk, PHONE)
    row = ContactRow(channel=Channel.SMS, address=PHONE)
    with desk.database.transaction() as session:
        office = at(session, PHONE).focal_point
        with pytest.raises(CannotChangeAddressError, match="has this address already"):
            contacts.add(session, Act(OFFICER, desk.now), office, row)
