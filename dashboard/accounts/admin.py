"""Who may sign in, and who closes, opens and renews an account?

The operator closes and opens. What a co-chair has lost is renewed by a second account of the same
government where there is one, so that no operator can become a government. Nobody acts on her own
account. Each act is asked for once more and goes into the ledger; the account's government is told
of a new way in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import accounts
from convening.messages import access_notice
from convening.messages.access_notice import NewWay
from dashboard.accounts import second_factor
from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.layout import ROLE_WORDS, page
from dashboard.web.page import CO_CHAIRS, OPERATORS, MenuEntry, Page, PageRequest, see_other
from mechanism.vocabulary import Role
from store import ledger
from store.events import Noted
from store.tables import Account

DONE: Final = {
    "disabled": "Disabled. Its sessions have ended, and nothing opens it.",
    "enabled": "Enabled. Its factors open it as before.",
    "lost": "Passkeys, app and codes open nothing any more. Make a one-time link for its holder.",
}


@dataclass(frozen=True)
class Listed:
    """One account with what opens it."""

    account: Account
    role: str
    government: str
    passkeys: int
    app: bool
    codes: int
    sessions: int
    seen_at: datetime | None
    is_own: bool


def show_accounts(request: PageRequest) -> Response:
    """Every account, or those of one's own government; no situation stands on this page."""
    with request.installation.database.reading() as session:
        return _page(request, session)


def change(request: PageRequest) -> Response:
    """One act on one account that is not one's own."""
    act = request.chosen(ACTS)
    with request.installation.database.transaction() as session:
        account = session.get(Account, int(request.part("account")))
        if account is None:
            raise RefusedError(404, "There is no such account.")
        if account.id == request.who.account_id:
            raise RefusedError(403, "Nobody acts on her own account.", "Ask another one.")
        _check_whose(session, request, account)
        return act(session, request, account)


def _check_whose(session: Session, request: PageRequest, account: Account) -> None:
    """A co-chair renews for her own government; an operator for it only where nobody else can."""
    if request.who.role is Role.OPERATOR:
        colleague = _colleague(session, account)
        if colleague is not None and request.typed("act") == "link":
            raise RefusedError(
                403,
                f"{colleague.name} makes this link: what opens an account of a government is "
                "renewed by a second account of the same government.",
                "Ask its holder to do it under Your account.",
            )
    elif account.member_code != request.who.government or request.typed("act") not in RENEWING:
        raise RefusedError(403, "This is not for you to do.", "Ask the operator.")


def _colleague(session: Session, account: Account) -> Account | None:
    """A second account of the same government whose holder can prove herself."""
    if account.member_code is None:
        return None
    query = select(Account).where(
        Account.member_code == account.member_code,
        Account.id != account.id,
        Account.disabled_at.is_(None),
    )
    every = session.scalars(query.order_by(Account.name))
    return next((one for one in every if second_factor.has_any(session, one.id)), None)


def _disable(session: Session, request: PageRequest, account: Account) -> Response:
    account.disabled_at = account.disabled_at or request.real_now
    sessions.end_all_sessions(session, account, real_now=request.real_now)
    _note(session, request, account, Noted.ACCOUNT_DISABLED)
    return _back(request, "disabled")


def _enable(session: Session, request: PageRequest, account: Account) -> Response:
    account.disabled_at = None
    _note(session, request, account, Noted.ACCOUNT_ENABLED)
    return _back(request, "enabled")


def _lose(session: Session, request: PageRequest, account: Account) -> Response:
    """The holder has lost what opened it: everything is ended, sessions too."""
    second_factor.forget(session, account.id, real_now=request.real_now)
    sessions.end_all_sessions(session, account, real_now=request.real_now)
    _note(session, request, account, Noted.ACCOUNT_FACTORS_ENDED)
    return _back(request, "lost")


def _link(session: Session, request: PageRequest, account: Account) -> Response:
    """A one-time link, shown this once; the government is told that it was made."""
    if account.disabled_at is not None:
        raise RefusedError(409, "This account is disabled.", "Enable it first.")
    token = accounts.new_sign_in_link(session, account, real_now=request.real_now)
    _note(session, request, account, Noted.ACCOUNT_LINK_MADE)
    access_notice.tell(
        session, account, NewWay.LINK_MADE, now=request.now, settings=request.settings
    )
    return _page(
        request,
        session,
        link=request.settings.public_url + request.path_of("sign_in_link", token=token),
        made=account,
    )


FormAct = Callable[[Session, PageRequest, Account], Response]
ACTS: Final[dict[str, FormAct]] = {
    "disable": _disable,
    "enable": _enable,
    "lost": _lose,
    "link": _link,
}
RENEWING: Final = frozenset({"lost", "link"})
"""What a second account of the same government may do."""


def _note(session: Session, request: PageRequest, account: Account, event: Noted) -> None:
    ledger.append(
        session,
        request.act,
        event,
        subject=ledger.Subject(ledger.SYSTEM_LOG, "account", str(account.id)),
    )


def _page(
    request: PageRequest, session: Session, *, link: str = "", made: Account | None = None
) -> Response:
    query = select(Account).order_by(Account.disabled_at.is_(None).desc(), Account.name)
    if request.who.role is not Role.OPERATOR:
        query = query.where(Account.member_code == request.who.government)
    return page(
        request,
        "accounts/accounts.html",
        accounts=[_listed(session, request, account) for account in session.scalars(query)],
        may_close=request.who.role is Role.OPERATOR,
        link=link,
        made=made,
        done=DONE.get(request.asked("done"), ""),
    )


def _listed(session: Session, request: PageRequest, account: Account) -> Listed:
    living = sessions.living_sessions(session, account.id, real_now=request.real_now)
    return Listed(
        account,
        ROLE_WORDS[account.role],
        account.member.display_name if account.member else "",
        len(second_factor.passkeys_of(session, account.id)),
        second_factor.has_app(session, account.id),
        second_factor.codes_left(session, account.id),
        len(living),
        max((one.seen_at for one in living), default=None),
        account.id == request.who.account_id,
    )


def _back(request: PageRequest, done: str) -> Response:
    return see_other(request.path_of("accounts"), done=done)


ACCOUNTS: Final = Page(
    "/accounts",
    show_accounts,
    lets=OPERATORS | CO_CHAIRS,
    menu=MenuEntry("Accounts", to=OPERATORS),
    name="accounts",
)
ACCOUNT: Final = Page(
    "/accounts/{account:int}", takes=change, lets=OPERATORS | CO_CHAIRS, proof="change an account"
)
