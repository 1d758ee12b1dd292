"""What speaks against an answer is kept once, marks the address, and brings the next look."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.lifecycle import Health, NoticeEvent
from mechanism.vocabulary import SetbackKind
from store import ledger, setbacks
from store.act import by_engine
from store.tables import LedgerEntry, Notice, SetbackSeen
from tests.support.situations import NOW, address_of, notified

SOON = NOW + timedelta(hours=1)


@pytest.fixture
def notice(session: Session) -> Notice:
    notice = notified(session)
    notice.due_at = SOON
    session.flush()
    return notice


def test_the_ladder_is_looked_at_at_once(session: Session, notice: Notice) -> None:
    setbacks.record(session, notice, address_of(notice), SetbackKind.BOUNCED, now=NOW)

    assert notice.due_at == NOW
    assert [s.kind for s in notice.setbacks] == [SetbackKind.BOUNCED]


@pytest.mark.parametrize(
    ("kind", "health"),
    [
        (SetbackKind.BOUNCED, Health.FAILED),
        (SetbackKind.FAILED, Health.FAILED),
        (SetbackKind.OPTED_OUT, Health.OPTED_OUT),
        (SetbackKind.OUT_OF_OFFICE, Health.UNPROVEN),
        (SetbackKind.WRONG_ADDRESSEE, Health.UNPROVEN),
        (SetbackKind.NOT_KNOWN, Health.UNPROVEN),
    ],
)
def test_the_address_is_marked_where_it_is_the_cause(
    session: Session, notice: Notice, kind: SetbackKind, health: Health
) -> None:
    setbacks.record(session, notice, address_of(notice), kind, now=NOW, note="550 no such box")

    assert address_of(notice).health is health


def test_a_second_setback_of_the_same_address_brings_no_second_look(
    session: Session, notice: Notice
) -> None:
    setbacks.record(session, notice, address_of(notice), SetbackKind.OUT_OF_OFFICE, now=NOW)
    notice.due_at = SOON
    session.flush()

    setbacks.record(session, notice, address_of(notice), SetbackKind.BOUNCED, now=NOW)

    assert notice.due_at == SOON
    assert len(session.scalars(select(SetbackSeen)).all()) == 1
    assert address_of(notice).health is Health.FAILED


def test_a_failure_does_not_undo_an_opt_out(session: Session, notice: Notice) -> None:
    contact = address_of(notice)
    setbacks.record(session, notice, contact, SetbackKind.OPTED_OUT, now=NOW, note="STOP")

    setbacks.record(session, notice, contact, SetbackKind.FAILED, now=NOW, note="refused")

    assert (contact.health, contact.health_note) == (Health.OPTED_OUT, "STOP")


def test_of_several_failures_the_last_one_is_noted_and_the_first_one_is_an_event(
    session: Session, notice: Notice
) -> None:
    contact = address_of(notice)
    setbacks.record(session, notice, contact, SetbackKind.BOUNCED, now=NOW, note="550 no box")

    setbacks.record(session, notice, contact, SetbackKind.FAILED, now=NOW, note="551 moved")

    assert (contact.health, contact.health_note) == (Health.FAILED, "551 moved")
    types = session.scalars(select(LedgerEntry.type)).all()
    assert types.count("cm.contact_point.failed.v1") == 1


def test_a_long_note_is_cut_to_what_the_row_holds(session: Session, notice: Notice) -> None:
    setbacks.record(
        session, notice, address_of(notice), SetbackKind.FAILED, now=NOW, note="x" * 999
    )

    assert len(session.scalars(select(SetbackSeen.note)).one()) == 200


def test_a_member_that_has_answered_is_not_looked_at_again(
    session: Session, notice: Notice
) -> None:
    ledger.move(
        session, by_engine(NOW), notice, NoticeEvent.ANSWERED, acknowledged_at=NOW, due_at=None
    )

    setbacks.record(session, notice, address_of(notice), SetbackKind.BOUNCED, now=NOW)

    assert notice.due_at is None


def test_the_ledger_names_rank_and_channel_and_no_address(session: Session, notice: Notice) -> None:
    setbacks.record(
        session,
        notice,
        address_of(notice),
        SetbackKind.BOUNCED,
        now=NOW,
        note="desk@mfa.bd.example",
    )

    bodies = session.scalars(select(LedgerEntry.body).order_by(LedgerEntry.id)).all()
    [of_the_address, body] = bodies
    assert '"type":"cm.contact_point.failed.v1"' in of_the_address
    assert '"channel":"email","kind":"bounced","rank":"primary"' in body.replace(
        '"evidence":[],', ""
    )
    assert not any("@" in one for one in bodies)
