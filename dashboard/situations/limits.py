"""How many acts in an hour are plausible, and what is asked for beyond?

None of these locks a co-chair out of an emergency: a further situation needs a reason, which is
kept; an update too many waits some minutes.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.web.errors import RefusedError
from dashboard.web.page import PageRequest
from mechanism.vocabulary import Kind, TextKind
from store import ledger
from store.events import Noted
from store.tables import Activation, LedgerEntry, NoticeText
from validation import Fault

HOUR: Final = timedelta(hours=1)
REAL_SITUATIONS: Final = 3  # an hour for one co-chair, then with a reason
UPDATES: Final = 12  # an hour for one activation
CALLS: Final = 60  # recorded in an hour by one account
ONE_MORE: Final = "one_more"  # the field of the reason


def one_more_situation(session: Session, request: PageRequest, kind: Kind) -> Fault | None:
    """Whether a reason is needed for a further real situation; a reason that is given is kept."""
    if kind is not Kind.REAL or _real_ones(session, request) < REAL_SITUATIONS:
        return None
    reason = request.typed(ONE_MORE)
    if not reason:
        wrong = f"{REAL_SITUATIONS} real situations were sent in the last hour"
        return Fault(None, ONE_MORE, wrong, "Say in one sentence why a further one is needed.")
    ledger.append(
        session,
        request.act,
        Noted.LIMIT_PASSED,
        subject=ledger.Subject(ledger.SYSTEM_LOG, "account", str(request.who.account_id)),
        data={"limit": "real situations an hour"},
        private={"reason": reason},
    )
    return None


def _real_ones(session: Session, request: PageRequest) -> int:
    query = select(func.count(Activation.id)).where(
        Activation.kind == Kind.REAL,
        Activation.triggered_for == request.who.government,
        Activation.triggered_at > request.now - HOUR,
    )
    return session.scalar(query) or 0


def check_updates(session: Session, request: PageRequest, activation: Activation) -> None:
    """Refuse an update beyond the limit; a correction or an ending is never refused."""
    query = select(func.count(NoticeText.id)).where(
        NoticeText.activation_id == activation.id,
        NoticeText.kind == TextKind.UPDATE,
        NoticeText.issued_at > request.now - HOUR,
    )
    if (session.scalar(query) or 0) >= UPDATES:
        raise RefusedError(
            429,
            f"{UPDATES} updates were sent in the last hour.",
            "Put what is new into one update, and send it in some minutes.",
        )


def check_calls(session: Session, request: PageRequest) -> None:
    """Refuse to record more calls than one officer can have made."""
    query = select(func.count(LedgerEntry.id)).where(
        LedgerEntry.type == Noted.CALL_RECORDED,
        LedgerEntry.at > request.now - HOUR,
        LedgerEntry.body.contains(f'"authid":"{request.who.account_id}"'),
    )
    if (session.scalar(query) or 0) >= CALLS:
        raise RefusedError(
            429,
            f"You have recorded {CALLS} calls in the last hour.",
            "Let another officer record the next ones.",
        )
