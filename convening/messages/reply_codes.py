"""Which code may an office reply with?

Five digits, the fifth a check digit, unique to a destination number for a year.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism import codes
from mechanism.vocabulary import Channel
from store.tables import (
    Activation,
    ConcurrenceCode,
    ContactPoint,
    Notice,
    ReplyCode,
)


def code_for(session: Session, notice: Notice, contact: ContactPoint, *, now: datetime) -> str:
    """The five digits of this notice at this number: new ones once, the same ever after."""
    if contact.channel is not Channel.SMS:
        return ""
    return _code(session, ReplyCode, contact, now, notice_id=notice.id)


def concurrence_code(
    session: Session, activation: Activation, contact: ContactPoint, now: datetime
) -> str:
    """The five digits by which this number agrees or objects: new ones once, as for a notice."""
    return _code(session, ConcurrenceCode, contact, now, activation_id=activation.id)


def _code(
    session: Session,
    kind: type[ReplyCode] | type[ConcurrenceCode],
    contact: ContactPoint,
    now: datetime,
    **what: int,
) -> str:
    """The first code of this kind that the number has for this, else a new one."""
    known = select(kind.code).filter_by(address=contact.address, **what).order_by(kind.id)
    own: str | None = session.scalar(known)
    if own is not None:
        return own
    code = _new_code(session, contact.address)
    session.add(
        kind(address=contact.address, code=code, contact_point_id=contact.id, issued_at=now, **what)
    )
    session.flush()
    return code


def _new_code(session: Session, address: str) -> str:
    """Five digits that have no meaning yet at this number, neither as a receipt nor as a word."""
    of_notices = select(ReplyCode.code).where(ReplyCode.address == address)
    of_co_chairs = select(ConcurrenceCode.code).where(ConcurrenceCode.address == address)
    taken = set(session.scalars(of_notices.union_all(of_co_chairs)))
    return next(code for code in _random_codes() if code not in taken)


def _random_codes() -> Iterator[str]:
    while True:
        yield codes.with_check_digit(secrets.randbelow(10_000))
