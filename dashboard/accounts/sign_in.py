"""How does one come in and go out: by passkey, by password and code, by one-time link?

What is answered tells nobody whether an account exists.
"""

import json
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, RedirectResponse, Response

from convening import accounts
from convening.messages import access_notice
from convening.messages.access_notice import NewWay
from dashboard.accounts import second_factor
from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.form_rescue import KeptForm
from dashboard.web.layout import page
from dashboard.web.request import FORM_COOKIE, Page, Visit, is_https, session_cookie, with_session
from dashboard.web.sessions import SignInRefusedError
from store.tables import Account, Challenge
from validation import Fault

NO_MATCH: Final = Fault(None, "name", "That did not match", "Check the account and the password.")
NO_CODE: Final = Fault(None, "code", "That did not match", "Type the code that is shown now.")
NO_PASSKEY: Final = Fault(
    None, "name", "No passkey of an account here was used", "Try again, or use the password."
)


def show_sign_in(visit: Visit) -> Response:
    """The form; it shows nothing of any situation. Who is in already goes where she wanted to."""
    if visit.visitor is not None:
        return RedirectResponse(_safe(visit.asked("next")), status_code=303)
    return _sign_in_page(visit)


def sign_in_again(visit: Visit) -> Response:
    """The form for one who was signed out while she wrote: what she wrote goes with it."""
    return _sign_in_page(visit, status=403, kept=KeptForm.of(visit))


def sign_in(visit: Visit) -> Response:
    """The password first; it opens nothing without a code."""
    try:
        account_id = sessions.account_for_password(
            visit.house,
            visit.typed("name"),
            str(visit.form.get("password", "")),
            address=visit.address,
            real_now=visit.real_now,
        )
    except SignInRefusedError as refused:
        status = 429 if refused.wait else 403
        return _sign_in_page(visit, status=status, faults=(_fault(refused.wait),))
    return _code_page(visit, account_id)


def sign_in_by_code(visit: Visit) -> Response:
    """The second factor: a code of the app, or one from paper."""
    secret = None
    with visit.house.database.transaction() as session:
        account = _half_way_in(session, visit)
        if sessions.must_wait(session, account.name, visit.address, real_now=visit.real_now):
            raise RefusedError(429, "Too many codes did not match.", "Wait for some minutes.")
        proof = second_factor.code_proof(
            session, account.id, visit.typed("code"), key=visit.settings.key,
            real_now=visit.real_now,
        )  # fmt: skip
        if proof is not None:
            secret = _open(session, visit, account, method=f"password and {proof.method}")
        name, account_id = account.name, account.id
    if secret is not None:
        return _signed_in(visit, secret, next_path=visit.typed("next"))
    sessions.keep_try(visit.house, name, account_id, address=visit.address, real_now=visit.real_now)
    return _code_page(visit, account_id, faults=(NO_CODE,))


def ask_for_passkey(visit: Visit) -> Response:
    """What the sign-in page's script needs; whose passkey it will be is not known yet."""
    with visit.house.database.transaction() as session:
        nonce = second_factor.ask(
            session, "sign_in", binding=visit.form_token, real_now=visit.real_now
        )
    options = second_factor.to_use(visit.settings, (), second_factor.challenge_bytes(nonce))
    return JSONResponse({"nonce": nonce, "options": json.loads(options), "make": False})


def sign_in_by_passkey(visit: Visit) -> Response:
    """One touch: the device is one factor, and what unlocks it is the other."""
    nonce = visit.typed("proof_nonce")
    with visit.house.database.transaction() as session:
        asked = second_factor.take(
            session, nonce, "sign_in", binding=visit.form_token, real_now=visit.real_now
        )
        challenge = second_factor.challenge_bytes(nonce)
        used = asked and second_factor.use(
            session, visit.settings, visit.typed("proof_answer"), challenge, real_now=visit.real_now
        )
        if used:
            secret = _open(session, visit, session.get_one(Account, used[0]), method="passkey")
    if used:
        return _signed_in(visit, secret, next_path=visit.typed("next"))
    sessions.keep_try(visit.house, "", None, address=visit.address, real_now=visit.real_now)
    return _sign_in_page(visit, status=403, faults=(NO_PASSKEY,))


def show_link(visit: Visit) -> Response:
    """A button: opening the address alone signs nobody in, since machines open addresses too."""
    with visit.house.database.reading() as session:
        if accounts.account_of_link(session, visit.part("token"), real_now=visit.real_now) is None:
            raise _spent()
    return page(visit, "sign_in_link.html", path=visit.request.url.path)


def use_link(visit: Visit) -> Response:
    """Sign in by the link, and use it up."""
    with visit.house.database.transaction() as session:
        account = accounts.use_link(session, visit.part("token"), real_now=visit.real_now)
        if account is None:
            raise _spent()
        secret = _open(session, visit, account, method="link")
        access_notice.tell(
            session, account, NewWay.LINK_USED, now=visit.now, settings=visit.settings
        )
    return _signed_in(visit, secret, next_path="/")


def sign_out(visit: Visit) -> Response:
    """End this session, and with it the streams that it holds open."""
    if visit.visitor is not None:
        with visit.house.database.transaction() as session:
            sessions.end_session(session, visit.visitor, real_now=visit.real_now, now=visit.now)
    response = RedirectResponse("/sign-in?out=1", status_code=303)
    response.delete_cookie(session_cookie(visit.settings), secure=is_https(visit.settings))
    return response


def _half_way_in(session: Session, visit: Visit) -> Account:
    """Whose password was right a moment ago in this browser; each page of it is good once."""
    nonce = visit.typed("nonce")
    asked = session.get(Challenge, nonce)
    account_id = asked.act if asked else ""
    taken = second_factor.take(
        session, nonce, "second_step", binding=visit.form_token, act=account_id,
        real_now=visit.real_now,
    )  # fmt: skip
    if not taken:
        raise RefusedError(
            403, "This page is too old.", "Begin again.", link=("/sign-in", "Sign in")
        )
    return session.get_one(Account, int(account_id))


def _open(session: Session, visit: Visit, account: Account, *, method: str) -> str:
    return sessions.open_session(
        session,
        account,
        method=method,
        real_now=visit.real_now,
        now=visit.now,
        address=visit.address,
    )


def _code_page(visit: Visit, account_id: int, *, faults: tuple[Fault, ...] = ()) -> Response:
    """The second step; an account that has no second factor gets no further."""
    with visit.house.database.transaction() as session:
        paper = second_factor.codes_left(session, account_id) > 0
        if not paper and not second_factor.has_app(session, account_id):
            raise RefusedError(
                403,
                "A password alone opens no account.",
                "Use your passkey; or ask the operator for a one-time link, and set up an "
                "authenticator app under your account.",
                link=("/sign-in", "Back"),
            )
        nonce = second_factor.ask(
            session, "second_step", binding=visit.form_token, act=str(account_id),
            real_now=visit.real_now,
        )  # fmt: skip
    return page(
        visit,
        "sign_in_code.html",
        status=403 if faults else 200,
        nonce=nonce,
        paper=paper,
        next_path=_safe(visit.typed("next")),
        kept=KeptForm.carried(visit),
        faults=faults,
    )


def _sign_in_page(
    visit: Visit,
    *,
    status: int = 200,
    faults: tuple[Fault, ...] = (),
    kept: KeptForm | None = None,
) -> Response:
    """The form, tied to this browser by a cookie that lives as long as the browser's window."""
    binding = visit.request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(16)
    response = page(
        visit,
        "sign_in.html",
        status=status,
        form_token=sessions.form_token(visit.settings.key, _binding(visit, binding)),
        name="" if kept else visit.typed("name"),
        kept=kept or KeptForm.carried(visit),
        next_path=_safe(visit.asked("next") or visit.typed("next")),
        signed_out=bool(visit.asked("out")),
        passkeys=True,
        governments=sorted(visit.settings.sso),
        faults=faults,
    )
    response.set_cookie(
        FORM_COOKIE, binding, httponly=True, samesite="strict", secure=is_https(visit.settings)
    )
    return response


def _binding(visit: Visit, binding: str) -> str:
    return visit.visitor.serial if visit.visitor else binding


def _signed_in(visit: Visit, secret: str, *, next_path: str) -> Response:
    kept = KeptForm.carried(visit)
    if kept is None:
        response: Response = RedirectResponse(_safe(next_path), status_code=303)
    else:
        response = _kept_page(visit, secret, kept)
    return with_session(response, visit.settings, secret)


def _kept_page(visit: Visit, secret: str, kept: KeptForm) -> Response:
    """What she wrote before she was signed out, for her to send on."""
    visitor = sessions.visitor_of(visit.house, secret, real_now=visit.real_now)
    return page(replace(visit, visitor=visitor), "kept_form.html", kept=kept)


def _safe(path: str) -> str:
    """A path of ours, or the start page."""
    return path if sessions.SAFE_NEXT.fullmatch(path) else "/"


def _fault(wait: timedelta | None) -> Fault:
    if wait is None:
        return NO_MATCH
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    unit = "minute" if minutes == 1 else "minutes"
    wrong = "Too many tries with a password"
    return Fault(
        None, "name", wrong, f"Wait {minutes} {unit}, or use a passkey or a one-time link."
    )


def _spent() -> RefusedError:
    return RefusedError(
        410,
        "This sign-in link is not known, was used, or is too old.",
        "Ask the operator for a new one: a link opens once, within 15 minutes.",
        link=("/sign-in", "Sign in another way"),
    )


ROUTES: Final = [
    Page("/sign-in", show_sign_in, sign_in),
    Page("/sign-in/code", takes=sign_in_by_code),
    Page("/sign-in/passkey/ask", takes=ask_for_passkey),
    Page("/sign-in/passkey", takes=sign_in_by_passkey),
    Page("/sign-in/{token}", show_link, use_link),
    Page("/sign-out", takes=sign_out),
]
