"""Who has an account, and by which password or link may it be entered?

The same for the dashboard and for the operator's desk; sessions are the dashboard's own matter.
"""

import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Semaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import update
from sqlalchemy.orm import Session

from mechanism.vocabulary import Role
from store.accounts import digest, note_account
from store.act import Act, Actor, by_engine
from store.events import Noted
from store.tables import Account, Member, SignInLink

LINK_LIFE: Final = timedelta(minutes=15)

PASSWORD_SHORTEST: Final = 15
PASSWORD_LONGEST: Final = 128
PASSWORD_DIFFERENT: Final = 6  # different characters at least

_COMMON: Final = tuple((Path(__file__).parent / "common_passwords.txt").read_text("utf-8").split())
_PASSWORDS: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def no_password(hasher: PasswordHasher = _PASSWORDS) -> str:
    """What looks like the hash of a password that nobody knows; made up, so that it costs no time.

    To find that a password does not fit it takes as long as with any other.
    """
    salt, end = (
        b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
        for length in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${end}"


_AT_ONCE: Final = Semaphore(2)  # so that many sign-ins at once do not eat the memory
_NOBODY: Final = no_password()  # an unknown account takes as long


def real_now() -> datetime:
    """The machine's own clock, for sessions only: everything else is told the time."""
    return datetime.now(UTC)


def create_account(
    session: Session, name: str, role: Role, *, member_code: str | None, zone: str, now: datetime
) -> Account:
    """A way in for one office; it has no password until its holder sets one by a one-time link."""
    if role is Role.CO_CHAIR and not _may_co_chair(session, member_code):
        raise ValueError(f"{member_code!r} is no co-chair: name the co-chair's member code")
    account = Account(name=name, role=role, member_code=member_code, zone=zone, created_at=now)
    session.add(account)
    session.flush()
    note_account(session, by_engine(now), Noted.ACCOUNT_CREATED, f"account/{account.id}")
    return account


def _may_co_chair(session: Session, member_code: str | None) -> bool:
    member = session.get(Member, member_code) if member_code else None
    return member is not None and member.is_co_chair


def new_sign_in_link(session: Session, account: Account, *, real_now: datetime) -> str:
    """A token for `/sign-in/<token>`, good once, for a quarter of an hour; its digest stays."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignInLink(digest=digest(token), account_id=account.id, expires_at=real_now + LINK_LIFE)
    )
    return token


def account_of_link(session: Session, token: str, *, real_now: datetime) -> Account | None:
    """Whose link it is; None if it is unknown, used or too old (which of these is not said)."""
    link = session.get(SignInLink, digest(token))
    if link is None or link.used_at is not None or link.expires_at <= real_now:
        return None
    account = session.get_one(Account, link.account_id)
    return None if account.disabled_at else account


def use_link(session: Session, token: str, *, real_now: datetime) -> Account | None:
    """Use the link up; None if somebody was first, or it does not open."""
    account = account_of_link(session, token, real_now=real_now)
    if account is None:
        return None
    used = session.scalar(
        update(SignInLink)
        .where(SignInLink.digest == digest(token), SignInLink.used_at.is_(None))
        .values(used_at=real_now)
        .returning(SignInLink.digest)
    )
    return account if used else None


def password_faults(password: str, account_name: str) -> list[str]:
    """What is wrong with a new password, in words; empty if nothing is."""
    if not PASSWORD_SHORTEST <= len(password) <= PASSWORD_LONGEST:
        return [f"Use {PASSWORD_SHORTEST} to {PASSWORD_LONGEST} characters: several words do well."]
    if len(set(password)) < PASSWORD_DIFFERENT or account_name.lower() in password.lower():
        return ["Use more different characters, and not the name of the account."]
    if _is_common(password):
        return ["Many people use this one, or a part of it over and over: use other words."]
    return []


def _is_common(password: str) -> bool:
    """Whether it is on the list that is shipped, or such a word (or run of keys) repeated."""
    letters = "".join(c for c in password.lower() if c.isalnum())
    return any(letters in common * PASSWORD_LONGEST for common in _COMMON)


def set_password(session: Session, account: Account, password: str) -> None:
    """Keep the hash of a password that has no faults."""
    with _AT_ONCE:
        account.password_hash = _PASSWORDS.hash(password)
    session.add(account)


def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; as slow where there is none to compare with."""
    with _AT_ONCE:
        try:
            _PASSWORDS.verify(password_hash or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def note_codes_printed(session: Session, account: Account, *, now: datetime) -> None:
    """Write down that the operator has printed codes for an account."""
    _note_from_the_host(session, account, Noted.ACCOUNT_CODES_PRINTED, now)


def note_all_lost(session: Session, account: Account, *, now: datetime) -> None:
    """Write down that the operator has ended everything by which an account proves itself."""
    _note_from_the_host(session, account, Noted.ACCOUNT_FACTORS_ENDED, now)


def _note_from_the_host(session: Session, account: Account, event: Noted, now: datetime) -> None:
    operator = Actor("operator", "host")
    note_account(session, Act(operator, now), event, f"account/{account.id}")
