"""How does one come in and go out: by passkey, by password and code, by one-time link?

What is answered tells nobody whether an account exists.
"""

import json
import re
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from convening import accounts
from convening.messages import access_notice
from convening.messages.access_notice import NewWay
from dashboard.accounts import second_factor, sign_in_tries
from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.form_rescue import KeptForm
from dashboard.web.layout import page
from dashboard.web.links import Link
from dashboard.web.page import ANYONE, Page, PageRequest, Typed, see_other
from dashboard.web.sessions import FORM_COOKIE, is_https, session_cookie, with_session
from store.tables import Account, Challenge
from validation import Fault

SAFE_NEXT: Final = re.compile(r"/(?!/)[A-Za-z0-9/_-]*")
NO_MATCH: Final = Fault(None, "name", "That did not match", "Check the account and the password.")
NO_CODE: Final = Fault(None, "code", "That did not match", "Type the code that is shown now.")
NO_PASSKEY: Final = Fault(
    None, "name", "No passkey of an account here was used", "Try again, or use the password."
)


def show_sign_in(request: PageRequest) -> Response:
    """The form; it shows nothing of any situation. Who is in already goes where she wanted to."""
    if request.visitor is not None:
        return see_other(_safe(request, request.asked("next")))
    return _sign_in_page(request)


def sign_in_again(request: PageRequest) -> Response:
    """The form for one who was signed out while she wrote: what she wrote goes with it."""
    return _sign_in_page(request, status=403, kept=KeptForm.of(request))


def sign_in(request: PageRequest) -> Response:
    """The password first; it opens nothing without a code."""
    try:
        account_id = sign_in_tries.account_for_password(
            request.installation,
            request.typed("name"),
            str(request.form.get("password", "")),
            address=request.address,
            real_now=request.real_now,
        )
    except sign_in_tries.SignInRefusedError as refused:
        status = 429 if refused.wait else 403
        return _sign_in_page(request, status=status, faults=(_fault(refused.wait),))
    return _code_page(request, account_id)


def sign_in_by_code(request: PageRequest) -> Response:
    """The second factor: a code of the app, or one from paper."""
    secret = None
    with request.installation.database.transaction() as session:
        account = _half_way_in(session, request)
        if sign_in_tries.must_wait(
            session, account.name, request.address, real_now=request.real_now
        ):
            raise RefusedError(429, "Too many codes did not match.", "Wait for some minutes.")
        proof = second_factor.code_proof(
            session, account.id, request.typed("code"), key=request.settings.key,
            real_now=request.real_now,
        )  # fmt: skip
        if proof is not None:
            secret = _open(session, request, account, method=f"password and {proof.method}")
        name, account_id = account.name, account.id
    if secret is not None:
        return _signed_in(request, secret, next_path=request.typed("next"))
    sign_in_tries.keep_try(
        request.installation, name, account_id, address=request.address, real_now=request.real_now
    )
    return _code_page(request, account_id, faults=(NO_CODE,))


def ask_for_passkey(request: PageRequest) -> Response:
    """What the sign-in page's script needs; whose passkey it will be is not known yet."""
    with request.installation.database.transaction() as session:
        nonce = second_factor.ask(
            session, "sign_in", binding=request.form_token, real_now=request.real_now
        )
    options = second_factor.to_use(request.settings, (), second_factor.challenge_bytes(nonce))
    return JSONResponse({"nonce": nonce, "options": json.loads(options), "make": False})


def sign_in_by_passkey(request: PageRequest) -> Response:
    """One touch: the device is one factor, and what unlocks it is the other."""
    nonce = request.typed("proof_nonce")
    with request.installation.database.transaction() as session:
        asked = second_factor.take(
            session, nonce, "sign_in", binding=request.form_token, real_now=request.real_now
        )
        challenge = second_factor.challenge_bytes(nonce)
        used = asked and second_factor.use(
            session,
            request.settings,
            request.typed("proof_answer"),
            challenge,
            real_now=request.real_now,
        )
        if used:
            secret = _open(session, request, session.get_one(Account, used[0]), method="passkey")
    if used:
        return _signed_in(request, secret, next_path=request.typed("next"))
    sign_in_tries.keep_try(
        request.installation, "", None, address=request.address, real_now=request.real_now
    )
    return _sign_in_page(request, status=403, faults=(NO_PASSKEY,))


def show_link(request: PageRequest) -> Response:
    """A button: opening the address alone signs nobody in, since machines open addresses too."""
    with request.installation.database.reading() as session:
        if (
            accounts.account_of_link(session, request.part("token"), real_now=request.real_now)
            is None
        ):
            raise _spent()
    return page(request, "accounts/sign_in_link.html", path=request.http.url.path)


def use_link(request: PageRequest) -> Response:
    """Sign in by the link, and use it up."""
    with request.installation.database.transaction() as session:
        account = accounts.use_link(session, request.part("token"), real_now=request.real_now)
        if account is None:
            raise _spent()
        secret = _open(session, request, account, method="link")
        access_notice.tell(
            session, account, NewWay.LINK_USED, now=request.now, settings=request.settings
        )
    return _signed_in(request, secret, next_path=request.path_of("start"))


def sign_out(request: PageRequest) -> Response:
    """End this session, and with it the streams that it holds open."""
    if request.visitor is not None:
        with request.installation.database.transaction() as session:
            sessions.end_session(
                session, request.visitor, real_now=request.real_now, now=request.now
            )
    response = see_other(request.path_of("sign_in"), out="1")
    response.delete_cookie(session_cookie(request.settings), secure=is_https(request.settings))
    return response


def _half_way_in(session: Session, request: PageRequest) -> Account:
    """Whose password was right a moment ago in this browser; each page of it is good once."""
    nonce = request.typed("nonce")
    asked = session.get(Challenge, nonce)
    account_id = asked.act if asked else ""
    taken = second_factor.take(
        session, nonce, "second_step", binding=request.form_token, act=account_id,
        real_now=request.real_now,
    )  # fmt: skip
    if not taken:
        raise RefusedError(
            403, "This page is too old.", "Begin again.", link=Link("sign_in", "Sign in")
        )
    return session.get_one(Account, int(account_id))


def _open(session: Session, request: PageRequest, account: Account, *, method: str) -> str:
    return sessions.open_session(
        session,
        account,
        method=method,
        real_now=request.real_now,
        now=request.now,
        address=request.address,
    )


def _code_page(
    request: PageRequest, account_id: int, *, faults: tuple[Fault, ...] = ()
) -> Response:
    """The second step; an account that has no second factor gets no further."""
    with request.installation.database.transaction() as session:
        paper = second_factor.codes_left(session, account_id) > 0
        if not paper and not second_factor.has_app(session, account_id):
            raise RefusedError(
                403,
                "A password alone opens no account.",
                "Use your passkey; or ask the operator for a one-time link, and set up an "
                "authenticator app under your account.",
                link=Link("sign_in", "Back"),
            )
        nonce = second_factor.ask(
            session, "second_step", binding=request.form_token, act=str(account_id),
            real_now=request.real_now,
        )  # fmt: skip
    return page(
        request,
        "accounts/sign_in_code.html",
        status=403 if faults else 200,
        nonce=nonce,
        paper=paper,
        next_path=_safe(request, request.typed("next")),
        kept=KeptForm.carried(request),
        faults=faults,
    )


def _sign_in_page(
    request: PageRequest,
    *,
    status: int = 200,
    faults: tuple[Fault, ...] = (),
    kept: KeptForm | None = None,
) -> Response:
    """The form, tied to this browser by a cookie that lives as long as the browser's window."""
    binding = request.http.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(16)
    response = page(
        request,
        "accounts/sign_in.html",
        status=status,
        form_token=sessions.form_token(request.settings.key, _binding(request, binding)),
        name="" if kept else request.typed("name"),
        kept=kept or KeptForm.carried(request),
        next_path=_safe(request, request.asked("next") or request.typed("next")),
        signed_out=bool(request.asked("out")),
        passkeys=True,
        governments=sorted(request.settings.sso),
        faults=faults,
    )
    response.set_cookie(
        FORM_COOKIE, binding, httponly=True, samesite="strict", secure=is_https(request.settings)
    )
    return response


def _binding(request: PageRequest, binding: str) -> str:
    return request.visitor.serial if request.visitor else binding


def _signed_in(request: PageRequest, secret: str, *, next_path: str) -> Response:
    kept = KeptForm.carried(request)
    if kept is None:
        response = see_other(_safe(request, next_path))
    else:
        response = _kept_page(request, secret, kept)
    return with_session(response, request.settings, secret)


def _kept_page(request: PageRequest, secret: str, kept: KeptForm) -> Response:
    """What she wrote before she was signed out, for her to send on."""
    visitor = sessions.visitor_of(request.installation, secret, real_now=request.real_now)
    return page(replace(request, visitor=visitor), "accounts/rescued_form.html", kept=kept)


def _safe(request: PageRequest, path: str) -> str:
    """A path of ours, or the start page."""
    return path if SAFE_NEXT.fullmatch(path) else request.path_of("start")


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
        link=Link("sign_in", "Sign in another way"),
    )


SIGN_IN: Final = Page(
    "/sign-in", show_sign_in, sign_in, lets=ANYONE, typed=Typed.SECRET, name="sign_in"
)
CODE: Final = Page("/sign-in/code", takes=sign_in_by_code, lets=ANYONE, typed=Typed.SECRET)
PASSKEY_QUESTION: Final = Page(
    "/sign-in/passkey/ask", takes=ask_for_passkey, lets=ANYONE, typed=Typed.SECRET
)
PASSKEY: Final = Page("/sign-in/passkey", takes=sign_in_by_passkey, lets=ANYONE, typed=Typed.SECRET)
LINK: Final = Page(
    "/sign-in/{token}", show_link, use_link, lets=ANYONE, typed=Typed.SECRET, name="sign_in_link"
)
SIGN_OUT: Final = Page("/sign-out", takes=sign_out, lets=ANYONE, opened_by_break_glass=True)
