"""What does an operator do from the host, past every page, and how is that written down?"""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from convening import activate
from convening.activate import Wish
from convening.messages import break_glass_notice
from settings import Settings
from store import directory, ledger
from store.directory import ImportReport
from store.roster import Roster
from store.tables import Activation

OPERATOR: Final = ledger.Actor("operator", "command line", role="operator")


def import_roster(session: Session, roster: Roster, *, now: datetime) -> ImportReport:
    """Take a roster over, and write down how much of the directory that has changed."""
    report = directory.import_roster(session, roster, now=now)
    ledger.append(
        session, "cm.directory.imported.v1", actor=OPERATOR, now=now,
        subject=ledger.Subject(ledger.SYSTEM_LOG, "directory", "roster"),
        data={
            "added": len(report.added), "changed": len(report.changed),
            "retired": len(report.retired),
        },
    )  # fmt: skip
    return report


def activate_by_break_glass(
    session: Session,
    wish: Wish,
    *,
    confirmed: str,
    government: str,
    reason: str,
    now: datetime,
    settings: Settings,
) -> Activation:
    """The same act as the dashboard's, of the plan that was confirmed; every co-chair is told."""
    activation = activate.activate(
        session, wish, confirmed=confirmed, by=f"Break-glass, {government}",
        government=government, actor=OPERATOR, now=now, settings=settings,
    )  # fmt: skip
    break_glass_notice.tell(
        session, government=government, reason=reason, actor=OPERATOR, now=now,
        settings=settings, activation=activation,
    )  # fmt: skip
    return activation
