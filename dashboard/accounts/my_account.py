"""What does one keep for oneself: passkeys, an authenticator app, printed codes, sessions?

Whatever is added or removed is asked for once more, except by an account that has nothing yet:
its holder came by a one-time link.
"""

import json
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import accounts
from convening.messages import access_notice
from convening.messages.access_notice import NewWay
from dashboard.accounts import second_factor
from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.layout import page
from dashboard.web.links import Link
from dashboard.web.page import STAFF, Page, PageRequest, Typed, see_other
from store import ledger
from store.events import Noted
from store.tables import Account, AuthenticatorApp, Passkey
from validation import Fault, seen

NO_CODE: Final = Fault(None, "code", "That did not match", "Type the code that the app shows now.")


def show(request: PageRequest) -> Response:
    """One's own factors and sessions."""
    return _account_page(request)


def change_password(request: PageRequest) -> Response:
    """Set a new password; the old one is asked for unless a one-time link led here."""
    new = str(request.form.get("new", ""))
    with request.installation.database.reading() as session:
        password_hash = session.get_one(Account, request.who.account_id).password_hash
    old_fits = request.who.method == "link" or accounts.password_fits(
        password_hash, str(request.form.get("old", ""))
    )
    faults = [] if old_fits else [Fault(None, "old", "That is not the password now", "Repeat it.")]
    weak = accounts.password_faults(new, request.who.name)
    faults += [Fault(None, "new", "Too weak", mend) for mend in weak]
    if faults:
        return _account_page(request, status=400, faults=tuple(faults))
    with request.installation.database.transaction() as session:
        accounts.set_password(session, session.get_one(Account, request.who.account_id), new)
        sessions.end_other_sessions(session, request.who, real_now=request.real_now)
        sessions.note_password_set(session, request.who, now=request.now)
    return _back(request, "password")


def end_sessions(request: PageRequest) -> Response:
    """End every other session of this account."""
    with request.installation.database.transaction() as session:
        sessions.end_other_sessions(session, request.who, real_now=request.real_now)
    return _back(request, "sessions")


def begin_passkey(request: PageRequest) -> Response:
    """A page whose button makes the passkey: the browser needs a touch for it."""
    with request.installation.database.transaction() as session:
        account = session.get_one(Account, request.who.account_id)
        known = second_factor.passkeys_of(session, account.id)
        nonce = second_factor.ask(
            session, "new_key", binding=request.form_token, real_now=request.real_now
        )
        challenge = second_factor.challenge_bytes(nonce)
        options = second_factor.to_make(request.settings, account, known, challenge)
    asked = {"nonce": nonce, "options": json.loads(options), "make": True}
    return page(request, "accounts/new_passkey.html", asked=json.dumps(asked))


def keep_passkey(request: PageRequest) -> Response:
    """Keep what the browser has made."""
    nonce = request.typed("proof_nonce")
    with request.installation.database.transaction() as session:
        asked = second_factor.take(
            session, nonce, "new_key", binding=request.form_token, real_now=request.real_now
        )
        made = asked and second_factor.make(
            session, request.settings, request.who.account_id, request.typed("proof_answer"),
            second_factor.challenge_bytes(nonce), name=seen(request.typed("name")) or "Passkey",
            real_now=request.real_now,
        )  # fmt: skip
        if not made:
            raise RefusedError(
                400, "The browser did not make a passkey.", "Try again on your account's page.",
                link=Link("account", "Your account"),
            )  # fmt: skip
        _note(session, request, Noted.ACCOUNT_PASSKEY_ADDED)
        _tell(session, request, NewWay.PASSKEY)
    return _back(request, "passkey")


def end_passkey(request: PageRequest) -> Response:
    """This passkey opens nothing any more."""
    with request.installation.database.transaction() as session:
        passkey = session.get(Passkey, int(request.part("passkey")))
        if passkey is None or passkey.account_id != request.who.account_id:
            raise RefusedError(404, "There is no such passkey.")
        passkey.ended_at = passkey.ended_at or request.real_now
        _note(session, request, Noted.ACCOUNT_PASSKEY_REMOVED)
    return _back(request, "passkey-ended")


def begin_app(request: PageRequest) -> Response:
    """A new secret to put into the app, and a field for its first code."""
    with request.installation.database.transaction() as session:
        app = second_factor.new_app(session, request.who.account_id, real_now=request.real_now)
        return _app_page(request, app)


def prove_app(request: PageRequest) -> Response:
    """The first code was right: from now on the app opens the account beside the password."""
    with request.installation.database.transaction() as session:
        app = session.get(AuthenticatorApp, request.who.account_id)
        if app is None or app.proved_at is not None:
            raise RefusedError(409, "No app waits for its first code.")
        code = "".join(request.typed("code").split())
        if not second_factor.app_fits(
            session, app.account_id, code, key=request.settings.key, real_now=request.real_now,
            first=app.salt,
        ):  # fmt: skip
            return _app_page(request, app, faults=(NO_CODE,))
        _note(session, request, Noted.ACCOUNT_APP_ADDED)
        _tell(session, request, NewWay.APP)
    return _back(request, "app")


def print_codes(request: PageRequest) -> Response:
    """Ten new codes, shown this once."""
    with request.installation.database.transaction() as session:
        codes = second_factor.print_codes(session, request.who.account_id, key=request.settings.key)
        _note(session, request, Noted.ACCOUNT_CODES_PRINTED)
    return page(request, "accounts/printed_codes.html", codes=codes, account=request.who.name)


def _app_page(
    request: PageRequest, app: AuthenticatorApp, *, faults: tuple[Fault, ...] = ()
) -> Response:
    key = request.settings.key
    return page(
        request,
        "accounts/new_app.html",
        status=400 if faults else 200,
        secret=second_factor.app_secret(app, key),
        address=second_factor.app_address(app, request.who.name, key),
        faults=faults,
    )


def _account_page(
    request: PageRequest, *, status: int = 200, faults: tuple[Fault, ...] = ()
) -> Response:
    with request.installation.database.reading() as session:
        account = session.get_one(Account, request.who.account_id)
        return page(
            request,
            "accounts/account.html",
            status=status,
            account=account,
            sessions=sessions.living_sessions(session, account.id, real_now=request.real_now),
            own=request.who.session,
            asks_old=request.who.method != "link" and account.password_hash is not None,
            keys=second_factor.passkeys_of(session, account.id),
            has_app=second_factor.has_app(session, account.id),
            codes_left=second_factor.codes_left(session, account.id),
            done=request.asked("done"),
            faults=faults,
        )


def _note(session: Session, request: PageRequest, event: Noted) -> None:
    """Whatever opens an account is written down, and so is its end."""
    whom = ledger.Subject(ledger.SYSTEM_LOG, "account", str(request.who.account_id))
    ledger.append(session, request.act, event, subject=whom)


def _tell(session: Session, request: PageRequest, way: NewWay) -> None:
    """The account's government hears of a new way in."""
    account = session.get_one(Account, request.who.account_id)
    access_notice.tell(session, account, way, now=request.now, settings=request.settings)


def _back(request: PageRequest, done: str) -> Response:
    return see_other(request.path_of("account"), done=done)


ACCOUNT: Final = Page("/account", show, lets=STAFF, name="account")
PASSWORD: Final = Page("/account/password", takes=change_password, lets=STAFF, typed=Typed.SECRET)
SESSIONS: Final = Page("/account/sessions", takes=end_sessions, lets=STAFF, typed=Typed.SECRET)
NEW_PASSKEY: Final = Page(
    "/account/passkeys/new",
    takes=begin_passkey,
    lets=STAFF,
    proof="add a passkey",
    first_factor=True,
    typed=Typed.SECRET,
)
PASSKEYS: Final = Page("/account/passkeys", takes=keep_passkey, lets=STAFF, typed=Typed.SECRET)
PASSKEY_END: Final = Page(
    "/account/passkeys/{passkey:int}/end",
    takes=end_passkey,
    lets=STAFF,
    proof="remove a passkey",
    typed=Typed.SECRET,
)
NEW_APP: Final = Page(
    "/account/app/new",
    takes=begin_app,
    lets=STAFF,
    proof="set up an authenticator app",
    first_factor=True,
    typed=Typed.SECRET,
)
APP: Final = Page("/account/app", takes=prove_app, lets=STAFF, typed=Typed.SECRET)
CODES: Final = Page(
    "/account/codes",
    takes=print_codes,
    lets=STAFF,
    proof="print new codes",
    first_factor=True,
    typed=Typed.SECRET,
)
