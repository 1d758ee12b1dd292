"""How does one come in and go out: sign-in, one-time link, password, the account's own page?

What is answered tells nobody whether an account exists.
"""

import secrets
from datetime import timedelta
from typing import Final

from starlette.responses import RedirectResponse, Response

from dashboard import access
from dashboard.access import SignInRefusedError
from dashboard.frame import page
from dashboard.refusals import RefusedError
from dashboard.visit import FORM_COOKIE, Page, Visit, is_https, session_cookie
from intake import Fault
from store.tables import Account

NO_MATCH: Final = Fault(None, "name", "That did not match", "Check the account and the password.")


def show_sign_in(visit: Visit) -> Response:
    """The form; it shows nothing of any situation."""
    return _sign_in_page(visit)


def sign_in(visit: Visit) -> Response:
    """Sign in with a password."""
    try:
        account_id = access.account_for_password(
            visit.house,
            visit.typed("name"),
            str(visit.form.get("password", "")),
            address=visit.address,
            real_now=visit.real_now,
        )
    except SignInRefusedError as refused:
        status = 429 if refused.wait else 403
        return _sign_in_page(visit, status=status, faults=(_fault(refused.wait),))
    with visit.house.database.transaction() as session:
        account = session.get_one(Account, account_id)
        secret = access.open_session(
            session,
            account,
            method="password",
            real_now=visit.real_now,
            now=visit.now,
            address=visit.address,
        )
    return _signed_in(visit, secret, next_path=visit.typed("next"))


def show_link(visit: Visit) -> Response:
    """A button: opening the address alone signs nobody in, since machines open addresses too."""
    with visit.house.database.reading() as session:
        if access.account_of_link(session, visit.part("token"), real_now=visit.real_now) is None:
            raise _spent()
    return page(visit, "sign_in_link.html", path=visit.request.url.path)


def use_link(visit: Visit) -> Response:
    """Sign in by the link, and use it up."""
    with visit.house.database.transaction() as session:
        account = access.use_link(session, visit.part("token"), real_now=visit.real_now)
        if account is None:
            raise _spent()
        secret = access.open_session(
            session,
            account,
            method="link",
            real_now=visit.real_now,
            now=visit.now,
            address=visit.address,
        )
    return _signed_in(visit, secret, next_path="/")


def sign_out(visit: Visit) -> Response:
    """End this session, and with it the streams that it holds open."""
    if visit.visitor is not None:
        with visit.house.database.transaction() as session:
            access.end_session(session, visit.visitor, real_now=visit.real_now, now=visit.now)
    response = RedirectResponse("/sign-in?out=1", status_code=303)
    response.delete_cookie(session_cookie(visit.settings), secure=is_https(visit.settings))
    return response


def show_account(visit: Visit) -> Response:
    """One's own password and sessions."""
    return _account_page(visit)


def change_password(visit: Visit) -> Response:
    """Set a new password; the old one is asked for unless a one-time link led here."""
    new = str(visit.form.get("new", ""))
    with visit.house.database.reading() as session:
        password_hash = session.get_one(Account, visit.who.account_id).password_hash
    old_fits = visit.who.method == "link" or access.password_fits(
        password_hash, str(visit.form.get("old", ""))
    )
    faults = [] if old_fits else [Fault(None, "old", "That is not the password now", "Repeat it.")]
    weak = access.password_faults(new, visit.who.name)
    faults += [Fault(None, "new", "Too weak", mend) for mend in weak]
    if faults:
        return _account_page(visit, status=400, faults=tuple(faults))
    with visit.house.database.transaction() as session:
        access.set_password(session, session.get_one(Account, visit.who.account_id), new)
        access.end_other_sessions(session, visit.who, real_now=visit.real_now)
        access.note_password_set(session, visit.who, now=visit.now)
    return RedirectResponse("/account?done=password", status_code=303)


def end_sessions(visit: Visit) -> Response:
    """End every other session of this account."""
    with visit.house.database.transaction() as session:
        access.end_other_sessions(session, visit.who, real_now=visit.real_now)
    return RedirectResponse("/account?done=sessions", status_code=303)


def _sign_in_page(visit: Visit, *, status: int = 200, faults: tuple[Fault, ...] = ()) -> Response:
    """The form, tied to this browser by a cookie that lives as long as the browser's window."""
    binding = visit.request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(16)
    response = page(
        visit,
        "sign_in.html",
        status=status,
        form_token=access.form_token(visit.settings.key, _binding(visit, binding)),
        name=visit.typed("name"),
        next_path=_safe(visit.asked("next") or visit.typed("next")),
        signed_out=bool(visit.asked("out")),
        faults=faults,
    )
    response.set_cookie(
        FORM_COOKIE, binding, httponly=True, samesite="strict", secure=is_https(visit.settings)
    )
    return response


def _binding(visit: Visit, binding: str) -> str:
    return visit.visitor.session if visit.visitor else binding


def _account_page(visit: Visit, *, status: int = 200, faults: tuple[Fault, ...] = ()) -> Response:
    with visit.house.database.reading() as session:
        account = session.get_one(Account, visit.who.account_id)
        return page(
            visit,
            "account.html",
            status=status,
            account=account,
            sessions=access.living_sessions(session, account.id, real_now=visit.real_now),
            own=visit.who.session,
            asks_old=visit.who.method != "link" and account.password_hash is not None,
            done=visit.asked("done"),
            faults=faults,
        )


def _signed_in(visit: Visit, secret: str, *, next_path: str) -> Response:
    response = RedirectResponse(_safe(next_path), status_code=303)
    response.set_cookie(
        session_cookie(visit.settings),
        secret,
        httponly=True,
        samesite="lax",
        secure=is_https(visit.settings),
        max_age=int(access.ABSOLUTE.total_seconds()),
    )
    return response


def _safe(path: str) -> str:
    """A path of ours, or the start page."""
    return path if access.SAFE_NEXT.fullmatch(path) else "/"


def _fault(wait: timedelta | None) -> Fault:
    if wait is None:
        return NO_MATCH
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    unit = "minute" if minutes == 1 else "minutes"
    wrong = "Too many tries with a password"
    return Fault(None, "name", wrong, f"Wait {minutes} {unit}, or use a one-time link.")


def _spent() -> RefusedError:
    return RefusedError(
        410,
        "This sign-in link is not known, was used, or is too old.",
        "Ask the operator for a new one: a link opens once, within 15 minutes.",
        link=("/sign-in", "Sign in with a password"),
    )


ROUTES: Final = [
    Page("/sign-in", show_sign_in, sign_in),
    Page("/sign-in/{token}", show_link, use_link),
    Page("/sign-out", takes=sign_out),
    Page("/account", show_account),
    Page("/account/password", takes=change_password),
    Page("/account/sessions", takes=end_sessions),
]
