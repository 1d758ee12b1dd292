"""What does an operator do from the host, past every page, and how is that written down?"""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from convening import activate
from convening.activate import Wish
from convening.messages import break_glass_notice
from settings import Settings
from store import directory, ledger
from store.act import Act, Actor
from store.directory import ImportReport
from store.events import Noted
from store.roster import Roster
from store.tables import Activation

OPERATOR: Final = Actor("operator", "command line", role="operator")


def by_operator(at: datetime, *, signature: str = "Command line", government: str = "") -> Act:
    """What is done from the host at this instant."""
    return Act(OPERATOR, at, signature=signature, government=government)


def import_roster(session: Session, roster: Roster, *, now: datetime) -> ImportReport:
    """Take a roster over, and write down how much of the directory that has changed."""
    report = directory.import_roster(session, roster, now=now)
    ledger.append(
        session,
        by_operator(now),
        Noted.DIRECTORY_IMPORTED,
        subject=ledger.Subject(ledger.SYSTEM_LOG, "directory", "roster"),
        data={
            "added": len(report.added),
            "changed": len(report.changed),
            "retired": len(report.retired),
        },
    )
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
    act = by_operator(now, signature=f"Break-glass, {government}", government=government)
    activation = activate.activate(session, act, wish, confirmed=confirmed, settings=settings)
    break_glass_notice.tell(session, act, reason=reason, settings=settings, activation=activation)
    return activation
