"""A small situation as rows: one co-chair has called one member, and it has been written to."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from mechanism.lifecycle import ActivationState, NoticeState
from mechanism.vocabulary import Kind
from store.directory import import_roster
from store.tables import Activation, ContactPoint, Member, Notice, Situation
from tests.support.rosters import roster

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def notified(session: Session, reference: str = "BP-X-2026-001") -> Notice:
    """Bangladesh, notified under this reference."""
    if session.get(Member, "BD") is None:
        import_roster(session, roster(), now=NOW)
    situation = Situation(
        kind=Kind.EXERCISE,
        year=2026,
        number=int(reference[-3:]),
        reference=reference,
        title="Persons at sea",
        opened_at=NOW,
    )
    activation = Activation(
        situation=situation,
        number=1,
        kind=Kind.EXERCISE,
        state=ActivationState.ACTIVE,
        playbook_name="generic",
        playbook_text="",
        playbook_fingerprint="",
        plan={},
        plan_hash="",
        short_title="Persons at sea",
        triggered_by="Duty officer",
        triggered_for="AU",
        triggered_at=NOW,
        began_at=NOW,
    )
    notice = Notice(
        activation=activation,
        member_code="BD",
        state=NoticeState.NOTIFIED,
        words="HARBOUR LANTERN",
    )
    session.add(notice)
    session.flush()
    return notice


def address_of(notice: Notice) -> ContactPoint:
    """The mailbox of the primary office."""
    return notice.member.focal_points[0].contact_points[0]
