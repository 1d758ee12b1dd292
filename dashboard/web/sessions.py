"""Who may enter, and what may each visitor see and do?

`ENTRY` is the whole answer: role by route. A route that is not in it cannot be served. Sessions are
rows, so that they can be ended; their times are real, since a told clock may run fast.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Row, bindparam, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from convening.accounts import actor_of, digest, note_account, password_fits
from mechanism.vocabulary import Role
from store import ledger
from store.installation import Installation
from store.session import is_read_only
from store.tables import Account, ContactPoint, Member, SignInTry, WebSession
from validation import seen

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
RENEWED_JUST_NOW: Final = timedelta(seconds=20)
TOUCH_EVERY: Final = timedelta(minutes=1)

TRIES_WITHIN: Final = timedelta(minutes=15)
TRIES_PER_ACCOUNT: Final = 5
TRIES_PER_ADDRESS: Final = 20

Who = frozenset[Role | None]  # None is a stranger

CO_CHAIRS: Final[Who] = frozenset({Role.CO_CHAIR})
DESK: Final[Who] = frozenset({Role.CO_CHAIR, Role.SECRETARIAT})
SECRETARIAT: Final[Who] = frozenset({Role.SECRETARIAT})
OPERATORS: Final[Who] = frozenset({Role.OPERATOR})
AUDITORS: Final[Who] = frozenset({Role.AUDITOR})
READERS: Final[Who] = DESK | AUDITORS
STAFF: Final[Who] = frozenset(Role)
ANYONE: Final[Who] = STAFF | {None}

ENTRY: Final[Mapping[str, Mapping[str, Who]]] = {
    # the way in and out
    "/sign-in": {"GET": ANYONE, "POST": ANYONE},
    "/sign-in/{token}": {"GET": ANYONE, "POST": ANYONE},
    "/sign-in/code": {"POST": ANYONE},
    "/sign-in/passkey/ask": {"POST": ANYONE},
    "/sign-in/passkey": {"POST": ANYONE},
    "/sso/{government}": {"GET": ANYONE},
    "/sso/{government}/back": {"GET": ANYONE},
    "/break-glass": {"GET": ANYONE, "POST": ANYONE},
    "/sign-out": {"POST": ANYONE},
    "/prove": {"POST": STAFF},
    "/account": {"GET": STAFF},
    "/account/password": {"POST": STAFF},
    "/account/sessions": {"POST": STAFF},
    "/account/passkeys/new": {"POST": STAFF},
    "/account/passkeys": {"POST": STAFF},
    "/account/passkeys/{passkey:int}/end": {"POST": STAFF},
    "/account/app/new": {"POST": STAFF},
    "/account/app": {"POST": STAFF},
    "/account/codes": {"POST": STAFF},
    "/accounts": {"GET": OPERATORS | CO_CHAIRS},
    "/accounts/{account:int}": {"POST": OPERATORS | CO_CHAIRS},
    # the desk
    "/": {"GET": STAFF},
    "/new": {"GET": DESK, "POST": DESK},
    "/new/{draft:int}": {"GET": DESK, "POST": DESK},
    "/new/{draft:int}/check": {"GET": DESK, "POST": DESK},
    "/situation/{reference}": {"GET": READERS},
    "/situation/{reference}/board": {"GET": READERS},
    "/situation/{reference}/live": {"GET": READERS},
    "/situation/{reference}/members.csv": {"GET": READERS},
    "/situation/{reference}/agree": {"POST": CO_CHAIRS},
    "/situation/{reference}/object": {"GET": CO_CHAIRS, "POST": CO_CHAIRS},
    "/situation/{reference}/resume": {"GET": DESK, "POST": CO_CHAIRS},
    "/situation/{reference}/text": {"GET": DESK, "POST": CO_CHAIRS},
    "/situation/{reference}/close": {"POST": CO_CHAIRS},
    "/situation/{reference}/suspend": {"POST": DESK},
    "/situation/{reference}/call": {"GET": DESK},
    "/situation/{reference}/call/{member}": {"GET": DESK, "POST": DESK},
    "/situation/{reference}/call/{member}/numbers": {"POST": DESK},
    "/situation/{reference}/call/{member}/links": {"POST": DESK},
    "/situation/{reference}/call/{member}/seen": {"POST": DESK},
    "/replies": {"GET": DESK},
    "/replies/{reply:int}": {"GET": DESK, "POST": DESK},
    "/situation/{reference}/sheet": {"GET": DESK, "POST": DESK},
    "/directory/sheet": {"GET": DESK, "POST": DESK},
    "/directory": {"GET": READERS},
    "/directory/{member}": {"GET": READERS},
    "/directory/{member}/uncover": {"POST": READERS},
    "/directory/{member}/change": {"GET": SECRETARIAT, "POST": SECRETARIAT},
    "/reach": {"GET": DESK},
    "/exercises": {"GET": READERS},
    "/exercises/{reference}": {"GET": READERS},
    "/playbooks": {"GET": READERS},
    "/playbooks/{name}": {"GET": READERS},
    # the meeting
    "/situation/{reference}/meeting": {"GET": READERS, "POST": DESK},
    "/situation/{reference}/times": {"GET": READERS, "POST": DESK},
    "/situation/{reference}/record": {"GET": READERS, "POST": DESK},
    "/situation/{reference}/record/{revision:int}/adopt": {"POST": CO_CHAIRS},
    "/situation/{reference}/record/{revision:int}/{form}": {"GET": READERS},
    # focal points and providers
    "/a/{token}": {"GET": ANYONE, "POST": ANYONE},
    "/c/{token}": {"GET": ANYONE, "POST": ANYONE},
    "/twilio/sms": {"POST": ANYONE},
    "/twilio/status/{attempt:int}/{mac}": {"POST": ANYONE},
    "/twilio/voice/{attempt:int}/{mac}": {"POST": ANYONE},
    "/twilio/voice/{attempt:int}/{mac}/answer": {"POST": ANYONE},
    "/twilio/voice/{attempt:int}/{mac}/status": {"POST": ANYONE},
    "/kannel/status/{attempt:int}/{mac}": {"GET": ANYONE},
    "/kannel/text/{word}": {"GET": ANYONE},
    "/hook/{provider}/status/{attempt:int}/{mac}": {"GET": ANYONE, "POST": ANYONE},
    "/hook/{provider}/text/{word}": {"GET": ANYONE, "POST": ANYONE},
    "/mail/{provider}": {"POST": ANYONE},
    "/mail/{provider}/{key}": {"POST": ANYONE},
    # auditors
    "/review": {"GET": READERS},
    "/review/{reference}": {"GET": READERS},
    "/review/{reference}/event/{number:int}": {"GET": READERS, "POST": AUDITORS},
    "/review/{reference}/evidence": {"POST": AUDITORS},
}

BREAK_GLASS: Final = "break-glass"  # the method of a session that the sealed halves opened
BREAK_GLASS_LIFE: Final = timedelta(hours=4)
OPENED_BY_BREAK_GLASS: Final = frozenset(
    {
        "/", "/sign-out", "/new", "/new/{draft:int}", "/new/{draft:int}/check",
        "/situation/{reference}", "/situation/{reference}/board", "/situation/{reference}/live",
        "/situation/{reference}/text",
    }
)  # fmt: skip

SIGNED_BY_THE_PROVIDER: Final = frozenset(
    {
        "/twilio/sms",
        "/twilio/status/{attempt:int}/{mac}",
        "/twilio/voice/{attempt:int}/{mac}",
        "/twilio/voice/{attempt:int}/{mac}/answer",
        "/twilio/voice/{attempt:int}/{mac}/status",
        "/hook/{provider}/status/{attempt:int}/{mac}",
        "/hook/{provider}/text/{word}",
    }
)

SAFE_NEXT: Final = re.compile(r"/(?!/)[A-Za-z0-9/_-]*")


@dataclass(frozen=True)
class Visitor:
    """Who is signed in, as every page needs to know."""

    account_id: int
    name: str
    role: Role
    government: str | None
    government_name: str
    zone: str
    session: str  # the digest of the session's id
    serial: str  # the same as long as the session lives, whatever its id
    method: str

    @property
    def actor(self) -> ledger.Actor:
        """This visitor in the ledger: no name, only the account's number."""
        return ledger.Actor("person", str(self.account_id), self.role.value, self.government or "")

    @property
    def signature(self) -> str:
        """This visitor in rows that say who did it."""
        return f"{self.name}, {self.government_name}" if self.government_name else self.name


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
        stranger = ledger.Actor("person", "unknown")
        note_account(
            session, "cm.sign_in.refused.v1", whom, stranger, installation.now(), address=address
        )


def open_session(
    session: Session,
    account: Account,
    *,
    method: str,
    real_now: datetime,
    now: datetime,
    address: str,
) -> str:
    """A new session's id, for the cookie; the row keeps its digest only."""
    secret = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            digest=digest(secret),
            account_id=account.id,
            method=method,
            created_at=real_now,
            seen_at=real_now,
        )
    )
    whom = f"account/{account.id}"
    kind = "cm.web_session.opened.v1"
    note_account(session, kind, whom, actor_of(account), now, address=address, method=method)
    return secret


def visitor_of(installation: Installation, cookie: str, *, real_now: datetime) -> Visitor | None:
    """Who holds this cookie, and note that she is here; None once the session has ended."""
    return visitors_of(installation, [cookie], real_now=real_now).get(cookie)


def visitors_of(
    installation: Installation, cookies: Collection[str], *, real_now: datetime
) -> dict[str, Visitor]:
    """The same of everybody who comes at this moment, in one look; who is not let in is not in."""
    by_digest = {digest(cookie): cookie for cookie in cookies}
    with installation.database.reading() as session:
        rows = session.execute(_HOLDERS, _moments(real_now) | {"digests": list(by_digest)}).all()
    stale = [row.digest for row in rows if real_now - row.seen_at > TOUCH_EVERY]
    if stale:
        _touch(installation, stale, real_now)
    holders = ((key, row) for row in rows for key in _keys(row, real_now) if key in by_digest)
    return {by_digest[key]: _visitor(row) for key, row in holders}


def still_here(
    installation: Installation, serials: Collection[str], *, real_now: datetime
) -> frozenset[str]:
    """Which of these sessions have not ended meanwhile; the open live boards ask at each beat."""
    accounts = {int(serial.partition("/")[0]) for serial in serials}
    living = _LIVING.where(Account.id.in_(accounts))
    with installation.database.reading() as session:
        rows = session.execute(living, _moments(real_now)).all()
    here = {_serial(row): row for row in rows if _serial(row) in serials}
    stale = [row.digest for row in here.values() if real_now - row.seen_at > TOUCH_EVERY]
    if stale:
        _touch(installation, stale, real_now)
    return frozenset(here)


def renew_session(session: Session, visitor: Visitor, *, real_now: datetime) -> str:
    """The same session under a new id, whose secret is for the cookie.

    The old id opens for some seconds more: a button pressed twice must not seem to sign out.
    """
    secret = secrets.token_urlsafe(32)
    session.execute(
        update(WebSession)
        .where(WebSession.digest == visitor.session)
        .values(digest=digest(secret), before=visitor.session, renewed_at=real_now)
    )
    return secret


def end_session(session: Session, visitor: Visitor, *, real_now: datetime, now: datetime) -> None:
    """Sign out: the row stays, ended."""
    _end(session, WebSession.digest == visitor.session, real_now)
    whom = f"account/{visitor.account_id}"
    note_account(session, "cm.web_session.ended.v1", whom, visitor.actor, now)


def end_all_sessions(session: Session, account: Account, *, real_now: datetime) -> None:
    """End every session of an account, and with them the streams that they hold open."""
    _end(session, WebSession.account_id == account.id, real_now)


def end_other_sessions(session: Session, visitor: Visitor, *, real_now: datetime) -> None:
    """End every session of this account but the one that asks."""
    others = (WebSession.account_id == visitor.account_id) & (WebSession.digest != visitor.session)
    _end(session, others, real_now)


def living_sessions(session: Session, account_id: int, *, real_now: datetime) -> list[WebSession]:
    """The account's sessions that have not ended, newest first."""
    query = (
        select(WebSession)
        .where(WebSession.account_id == account_id, *_ALIVE)
        .order_by(WebSession.created_at.desc())
    )
    return list(session.scalars(query, _moments(real_now)))


def note_password_set(session: Session, visitor: Visitor, *, now: datetime) -> None:
    """Write down that the account's holder has set a password."""
    whom = f"account/{visitor.account_id}"
    note_account(session, "cm.account.password_set.v1", whom, visitor.actor, now)


def note_identity_linked(session: Session, account: Account, issuer: str, *, now: datetime) -> None:
    """Write down that the operator has linked an account to an identity provider's word."""
    operator = ledger.Actor("operator", "host")
    kind, whom = "cm.account.identity_linked.v1", f"account/{account.id}"
    note_account(session, kind, whom, operator, now, issuer=issuer)


def _end(session: Session, which: ColumnElement[bool], real_now: datetime) -> None:
    session.execute(
        update(WebSession).where(which, WebSession.ended_at.is_(None)).values(ended_at=real_now)
    )


_ALIVE: Final = (
    WebSession.ended_at.is_(None),
    WebSession.seen_at > bindparam("idle_since"),
    WebSession.created_at > bindparam("begun_since"),
    (WebSession.method != BREAK_GLASS) | (WebSession.created_at > bindparam("glass_since")),
)
_LIVING: Final = (
    select(
        WebSession.digest,
        WebSession.method,
        WebSession.created_at,
        WebSession.seen_at,
        WebSession.before,
        WebSession.renewed_at,
        Account.id,
        Account.name,
        Account.role,
        Account.member_code,
        Account.zone,
        Member.display_name,
    )
    .join(WebSession.account)
    .outerjoin(Account.member)
    .where(Account.disabled_at.is_(None), *_ALIVE)
)
_GIVEN: Final[BindParameter[Any]] = bindparam("digests", expanding=True)
_HOLDERS: Final = _LIVING.where(WebSession.digest.in_(_GIVEN) | WebSession.before.in_(_GIVEN))


def _moments(real_now: datetime) -> dict[str, Any]:
    return {
        "idle_since": real_now - IDLE,
        "begun_since": real_now - ABSOLUTE,
        "glass_since": real_now - BREAK_GLASS_LIFE,
    }


def _keys(row: Row[*tuple[Any, ...]], real_now: datetime) -> Iterator[str]:
    """The digests of the cookies that open this session: its own, for a moment the one before."""
    yield row.digest
    if row.before is not None and row.renewed_at > real_now - RENEWED_JUST_NOW:
        yield row.before


def _visitor(row: Row[*tuple[Any, ...]]) -> Visitor:
    return Visitor(
        account_id=row.id,
        name=row.name,
        role=row.role,
        government=row.member_code,
        government_name=row.display_name or "",
        zone=row.zone,
        session=row.digest,
        serial=_serial(row),
        method=row.method,
    )


def _serial(row: Row[*tuple[Any, ...]]) -> str:
    return f"{row.id}/{row.created_at.isoformat()}"


def _touch(installation: Installation, digests: Collection[str], real_now: datetime) -> None:
    """Note that they are here; a database that takes nothing can still be read by them."""
    here = update(WebSession).where(WebSession.digest.in_(digests)).values(seen_at=real_now)
    try:
        with installation.database.transaction() as session:
            session.execute(here)
    except DBAPIError as error:
        if not is_read_only(error):
            raise


def form_token(key: bytes, binding: str) -> str:
    """What a form carries so that only our own page can have made it.

    `binding` is what only this browser's pages are for: a session, a cookie, or a link's path.
    """
    return hmac.new(key, b"form\0" + binding.encode(), hashlib.sha256).hexdigest()


def is_from_our_page(
    headers: Mapping[str, str], *, origins: frozenset[str], token: str, expected: str
) -> bool:
    """Whether a POST comes from a page of ours: by Sec-Fetch-Site, else Origin, else the token.

    Origin is `null` in old browsers, since our pages send no referrer: that says nothing.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is not None and origin != "null":
        return origin in origins
    return hmac.compare_digest(token.encode(), expected.encode())


def note_refusal(installation: Installation, visitor: Visitor, route: str, *, reason: str) -> None:
    """Write down that somebody signed in was turned away from a route."""
    with installation.database.transaction() as session:
        whom = f"account/{visitor.account_id}"
        kind = "cm.access.refused.v1"
        note_account(
            session, kind, whom, visitor.actor, installation.now(), route=route, reason=reason
        )


def note_uncovered(
    session: Session,
    visitor: Visitor,
    contacts: Sequence[ContactPoint],
    *,
    reason: str,
    now: datetime,
) -> None:
    """Write down that somebody has seen full addresses, and why; never the addresses themselves."""
    ledger.append(
        session,
        "cm.contact_point.uncovered.v1",
        subject=ledger.Subject(ledger.SYSTEM_LOG, "account", str(visitor.account_id)),
        actor=visitor.actor,
        now=now,
        data={"contact_points": [contact.id for contact in contacts]},
        private={"reason": reason},
    )
