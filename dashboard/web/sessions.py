"""Who is signed in, by which session, and when does it end?

Sessions are rows, so that they can be ended; their times are real, since a told clock may run fast.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Row, bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from starlette.responses import Response

from mechanism.vocabulary import Role
from settings import Settings
from store import ledger
from store.accounts import actor_of, digest, note_account
from store.act import Act, Actor
from store.events import Noted
from store.installation import Installation
from store.session import is_read_only
from store.tables import Account, ContactPoint, Member, WebSession

FORM_COOKIE: Final = "cm-form"  # ties the sign-in's form to a browser

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
RENEWED_JUST_NOW: Final = timedelta(seconds=20)
TOUCH_EVERY: Final = timedelta(minutes=1)

BREAK_GLASS: Final = "break-glass"  # the method of a session that the sealed halves opened
BREAK_GLASS_LIFE: Final = timedelta(hours=4)


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
    def actor(self) -> Actor:
        """This visitor in the ledger: no name, only the account's number."""
        return Actor("person", str(self.account_id), self.role.value, self.government or "")

    @property
    def signature(self) -> str:
        """This visitor in rows that say who did it."""
        return f"{self.name}, {self.government_name}" if self.government_name else self.name


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
    kind = Noted.WEB_SESSION_OPENED
    note_account(session, Act(actor_of(account), now), kind, whom, address=address, method=method)
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
    note_account(session, Act(visitor.actor, now), Noted.WEB_SESSION_ENDED, whom)


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
    note_account(session, Act(visitor.actor, now), Noted.ACCOUNT_PASSWORD_SET, whom)


def note_identity_linked(session: Session, account: Account, issuer: str, *, now: datetime) -> None:
    """Write down that the operator has linked an account to an identity provider's word."""
    operator = Actor("operator", "host")
    kind, whom = Noted.ACCOUNT_IDENTITY_LINKED, f"account/{account.id}"
    note_account(session, Act(operator, now), kind, whom, issuer=issuer)


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
        kind = Noted.ACCESS_REFUSED
        note_account(
            session, Act(visitor.actor, installation.now()), kind, whom, route=route, reason=reason
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
        Act(visitor.actor, now),
        Noted.CONTACT_POINT_UNCOVERED,
        subject=ledger.Subject(ledger.SYSTEM_LOG, "account", str(visitor.account_id)),
        data={"contact_points": [contact.id for contact in contacts]},
        private={"reason": reason},
    )


def session_cookie(settings: Settings) -> str:
    """The cookie's name: the `__Host-` prefix needs HTTPS."""
    return "__Host-cm" if is_https(settings) else "cm"


def with_session(response: Response, settings: Settings, secret: str) -> Response:
    """The response, with the cookie of a session."""
    response.set_cookie(
        session_cookie(settings),
        secret,
        max_age=int(ABSOLUTE.total_seconds()),
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
    )
    return response


def is_https(settings: Settings) -> bool:
    """Whether the public address is encrypted; cookies and HSTS follow it."""
    return settings.public_url.startswith("https:")
