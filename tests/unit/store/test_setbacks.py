"""What speaks against an answer is kept once, marks the address, and brings the next look."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.lifecycle import NoticeEvent
from mechanism.vocabulary import Health, SetbackKind
from store import ledger, setbacks
from store.ledger import ENGINE
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


def test_a_long_note_is_cut_to_what_the_row_holds(session: Session, notice: Notice) -> None:
    setbacks.record(
        session, notice, address_of(notice), SetbackKind.FAILED, now=NOW, note="x" * 999
    )

    assert len(session.scalars(select(SetbackSeen.note)).one()) == 200


def test_a_member_that_has_answered_is_not_looked_at_again(
    session: Session, notice: Notice
) -> None:
    ledger.move(
        session, notice, NoticeEvent.ANSWERED, actor=ENGINE, now=NOW,
        acknowledged_at=NOW, due_at=None,
    )  # fmt: skip

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

    body = session.scalars(select(LedgerEntry.body)).one()
    assert '"channel":"email","kind":"bounced","rank":"primary"' in body.replace(
        '"evidence":[],', ""
    )
    assert "@" not in body
