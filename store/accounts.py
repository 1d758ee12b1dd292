"""How does an account stand in the ledger, and what is kept of the secrets that open it?"""

import hashlib

from sqlalchemy.orm import Session

from store import ledger
from store.act import Act, Actor
from store.events import Noted
from store.tables import Account


def actor_of(account: Account) -> Actor:
    """An account in the ledger: no name, only its number."""
    return Actor("person", str(account.id), account.role.value, account.member_code or "")


def digest(secret: str) -> str:
    """What is kept of a secret that its holder brings."""
    return hashlib.sha256(secret.encode()).hexdigest()


def note_account(
    session: Session,
    act: Act,
    event: Noted,
    whom: str,
    *,
    address: str = "",
    **data: str,
) -> None:
    """Enter into the system's ledger what befell an account, a session or a page."""
    noun, _, number = whom.partition("/")
    ledger.append(
        session,
        act,
        event,
        subject=ledger.Subject(ledger.SYSTEM_LOG, noun, number),
        data=data,
        private={"address": address} if address else {},
    )
