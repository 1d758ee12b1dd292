"""Is the password right, and how many wrong ones are too many?

What is tried is counted by account and by address: who guesses waits, and nobody is locked out.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from convening.accounts import password_fits
from store.accounts import note_account
from store.act import Act, Actor
from store.events import Noted
from store.installation import Installation
from store.tables import Account, SignInTry
from validation import seen

TRIES_WITHIN: Final = timedelta(minutes=15)
TRIES_PER_ACCOUNT: Final = 5
TRIES_PER_ADDRESS: Final = 20


class SignInRefusedError(Exception):
    """No way in; `wait` is how long until the next try is looked at, None where that is now."""

    def __init__(self, wait: timedelta | None = None) -> None:
        super().__init__("sign-in refused")
        self.wait = wait


def account_for_password(
    installation: Installation, name: str, password: str, *, address: str, real_now: datetime
) -> int:
    """The account's id; SignInRefusedError with one answer for every reason but too many tries."""
    name = seen(name).strip()[:64]
    with installation.database.reading() as session:
        wait = must_wait(session, name, address, real_now=real_now)
        account = session.execute(
            select(Account.id, Account.password_hash).where(
                Account.name == name, Account.disabled_at.is_(None)
            )
        ).one_or_none()
    if wait is not None:
        raise SignInRefusedError(wait)
    account_id, password_hash = account or (None, None)
    if not password_fits(password_hash, password) or account_id is None:
        keep_try(installation, name, account_id, address=address, real_now=real_now)
        raise SignInRefusedError
    return account_id


def must_wait(session: Session, name: str, address: str, *, real_now: datetime) -> timedelta | None:
    """How long until the oldest try that counts is forgotten; None below both limits."""
    waits = [
        _oldest_counting(session, SignInTry.account_name == name, TRIES_PER_ACCOUNT, real_now),
        _oldest_counting(session, SignInTry.address == address, TRIES_PER_ADDRESS, real_now),
    ]
    return max((w + TRIES_WITHIN - real_now for w in waits if w is not None), default=None)


def _oldest_counting(
    session: Session, whose: ColumnElement[bool], limit: int, real_now: datetime
) -> datetime | None:
    tries = session.scalars(
        select(SignInTry.at)
        .where(whose, SignInTry.at > real_now - TRIES_WITHIN)
        .order_by(SignInTry.at.desc())
        .limit(limit)
    ).all()
    return tries[-1] if len(tries) == limit else None


def keep_try(
    installation: Installation,
    name: str,
    account_id: int | None,
    *,
    address: str,
    real_now: datetime,
) -> None:
    """Count a failed try with a password or a code, and forget those that no longer count.

    A name that nobody has may be a password typed in the wrong field: it is never written into
    the ledger.
    """
    with installation.database.transaction() as session:
        session.execute(delete(SignInTry).where(SignInTry.at <= real_now - TRIES_WITHIN))
        session.add(SignInTry(account_name=name, address=address, at=real_now))
        whom = f"account/{account_id or 'unknown'}"
        stranger = Actor("person", "unknown")
        note_account(
            session, Act(stranger, installation.now()), Noted.SIGN_IN_REFUSED, whom, address=address
        )
