"""How does a co-chair act when no account of hers opens: by a code in two sealed halves?

Each government keeps one half. Both together open, once and for four hours, a session that can
trigger a real situation and withdraw it, and nothing else. Everybody who must know is told.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import accounts
from convening.messages import break_glass_notice
from dashboard.accounts import sign_in_tries
from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.layout import page
from dashboard.web.page import ANYONE, Page, PageRequest, Typed, see_other
from dashboard.web.sessions import with_session
from mechanism.vocabulary import Role
from store import directory
from store.accounts import actor_of
from store.act import Act
from store.tables import Account, SealedCode
from validation import Fault, seen

LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another
HALF: Final = 20  # characters: nearly a hundred bits
WRONG: Final = Fault(None, "one", "The halves do not fit", "Read both again; each opens once.")


def seal(session: Session, *, key: bytes, real_now: datetime) -> tuple[str, str]:
    """Two new halves, to be sealed and handed over; those from before open nothing any more."""
    session.execute(update(SealedCode).where(SealedCode.used_at.is_(None)).values(used_at=real_now))
    halves = (_half(), _half())
    session.add(SealedCode(digest=_digest(*halves, key), made_at=real_now))
    return halves[0], halves[1]


def _half() -> str:
    drawn = "".join(secrets.choice(LETTERS) for _ in range(HALF))
    return "-".join(drawn[i : i + 5] for i in range(0, HALF, 5))


def _digest(one: str, other: str, key: bytes) -> str:
    """Keyed, and the same whichever half is typed first."""
    halves = sorted("".join(c for c in half.upper() if c in LETTERS) for half in (one, other))
    return hmac.new(key, f"sealed\0{halves}".encode(), hashlib.sha256).hexdigest()


def show(request: PageRequest) -> Response:
    """The form; it tells nothing of any situation."""
    return _form(request)


def use(request: PageRequest) -> Response:
    """Open the session, write it down, and tell everybody who must know."""
    faults = _faults(request)
    if faults:
        return _form(request, status=400, faults=faults)
    name = "break-glass"
    with request.installation.database.transaction() as session:
        wait = sign_in_tries.must_wait(session, name, request.address, real_now=request.real_now)
        if wait is not None:
            raise RefusedError(429, "Too many halves did not fit.", "Wait for some minutes.")
        if _fits(session, request):
            secret = _open(session, request)
            return with_session(see_other(request.path_of("new")), request.settings, secret)
    sign_in_tries.keep_try(
        request.installation, name, None, address=request.address, real_now=request.real_now
    )
    return _form(request, status=403, faults=(WRONG,))


def _faults(request: PageRequest) -> tuple[Fault, ...]:
    missing = [] if request.typed("reason") else [
        Fault(None, "reason", "The reason is missing", "Write one sentence: it is told to all.")
    ]  # fmt: skip
    if not (request.typed("one") and request.typed("other")):
        missing.append(WRONG)
    return tuple(missing)


def _fits(session: Session, request: PageRequest) -> bool:
    used = session.scalar(
        update(SealedCode)
        .where(
            SealedCode.digest
            == _digest(request.typed("one"), request.typed("other"), request.settings.key),
            SealedCode.used_at.is_(None),
        )
        .values(used_at=request.real_now)
        .returning(SealedCode.id)
    )
    return used is not None


def _open(session: Session, request: PageRequest) -> str:
    """A session of the account that stands for this way in, of the government that was chosen."""
    government = request.typed("government")
    if government not in {member.code for member in directory.co_chairs(session)}:
        raise RefusedError(400, "Choose for which co-chair you act.")
    account = _account(session, government, request.now)
    secret = sessions.open_session(
        session, account, method=sessions.BREAK_GLASS, real_now=request.real_now, now=request.now,
        address=request.address,
    )  # fmt: skip
    break_glass_notice.tell(
        session,
        Act(actor_of(account), request.now, government=government),
        reason=" ".join(seen(request.typed("reason")).split())[:300],
        settings=request.settings,
    )
    return secret


def _account(session: Session, government: str, now: datetime) -> Account:
    name = f"Break-glass, {government}"
    found = session.scalars(select(Account).where(Account.name == name)).first()
    return found or accounts.create_account(
        session, name, Role.CO_CHAIR, member_code=government, zone="UTC", now=now
    )


def _form(request: PageRequest, *, status: int = 200, faults: tuple[Fault, ...] = ()) -> Response:
    with request.installation.database.reading() as session:
        governments = [(m.code, m.display_name) for m in directory.co_chairs(session)]
    return page(
        request,
        "accounts/break_glass.html",
        status=status,
        governments=governments,
        typed={name: request.typed(name) for name in ("government", "reason")},
        faults=faults,
    )


BREAK_GLASS: Final = Page("/break-glass", show, use, lets=ANYONE, typed=Typed.SECRET)
