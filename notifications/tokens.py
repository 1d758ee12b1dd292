"""Which unguessable word stands for which person's answer?

Tokens are derived from the installation's key, so that none is stored: the database holds their
digests, by which an arriving token is found, and bodies keep a hole that is filled on the wire.
"""

import hashlib
import hmac
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.vocabulary import Channel
from store.tables import Activation, ContactPoint, FocalPoint, Notice, Token

LENGTH = 20  # hex digits, 80 bits
_MOST_DIGITS = 18  # keeps the number within a database's 64-bit integer


def mark(attempt: int, *, purpose: str, key: bytes) -> str:
    """The mark of an attempt; lower-case hex, for the sake of mail servers that fold case."""
    text = f"{purpose}:{attempt}".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:LENGTH]


def marked_attempt(number: str, given: str, *, purpose: str, key: bytes) -> int | None:
    """The attempt that was marked, or None where number and mark do not belong together."""
    if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
        return None
    attempt = int(number)
    right = mark(attempt, purpose=purpose, key=key)
    good = hmac.compare_digest(right.encode(), given.lower().encode(errors="replace"))
    return attempt if good and number == str(attempt) else None


GRACE: Final = timedelta(hours=24)  # a link answers until the deadline and a day more


class TokenPurpose(StrEnum):
    """What a token is good for, and nothing else."""

    LINK = "link"  # the member's page
    MAIL = "mail"  # the address that an e-mail is answered to
    CONCUR = "concur"  # the co-chair's page: agree or object


@dataclass(frozen=True)
class Seed:
    """What a token is derived from."""

    purpose: TokenPurpose
    channel: Channel
    activation_id: int
    contact_point_id: int


def token_of(seed: Seed, *, key: bytes) -> str:
    """The token: 132 bits in an e-mail's link, 96 in a text's, 80 in an address (case-blind)."""
    about = f"{seed.purpose}/{seed.channel}/{seed.activation_id}/{seed.contact_point_id}"
    raw = hmac.new(key, about.encode(), hashlib.sha256).digest()
    if seed.purpose is TokenPurpose.MAIL:
        return b32encode(raw[:10]).decode().lower()
    length = 16 if seed.channel is Channel.SMS else 22
    return urlsafe_b64encode(raw).decode()[:length]


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    session: Session,
    seed: Seed,
    *,
    key: bytes,
    notice: Notice | None,
    expires_at: datetime | None,
) -> None:
    """Let the token be found from now on; issuing it again changes nothing."""
    issue_all(session, {seed: expires_at}, key=key, notice=notice)


def issue_all(
    session: Session,
    until: Mapping[Seed, datetime | None],
    *,
    key: bytes,
    notice: Notice | None,
) -> None:
    """Let many tokens of one notice be found, each of which may expire."""
    seeds = {digest_of(token_of(seed, key=key)): seed for seed in until}
    known = set(session.scalars(select(Token.digest).where(Token.digest.in_(seeds))))
    session.add_all(
        Token(
            digest=digest,
            purpose=seed.purpose.value,
            channel=seed.channel,
            activation_id=seed.activation_id,
            notice_id=notice.id if notice is not None else None,
            contact_point_id=seed.contact_point_id,
            expires_at=until[seed],
        )
        for digest, seed in seeds.items()
        if digest not in known
    )


def find(session: Session, text: str, purpose: TokenPurpose) -> Token | None:
    """The token's row, revoked and expired ones too: the page says which."""
    token = session.get(Token, digest_of(text))
    return token if token is not None and token.purpose == purpose.value else None


def of_member(session: Session, activation: Activation, member_code: str) -> list[Token]:
    """Every token that the member's offices hold in an activation."""
    query = (
        select(Token)
        .join(Token.contact_point)
        .join(ContactPoint.focal_point)
        .where(Token.activation_id == activation.id, FocalPoint.member_code == member_code)
    )
    return list(session.scalars(query))


def good_until(activation: Activation) -> datetime | None:
    """When this activation's links stop to answer."""
    return activation.deadline_at + GRACE if activation.deadline_at is not None else None


def seed_for(purpose: TokenPurpose, activation: Activation, contact: ContactPoint) -> Seed:
    """The seed for a person's token in an activation."""
    return Seed(purpose, contact.channel, activation.id, contact.id)
