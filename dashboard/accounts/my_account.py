"""What does one keep for oneself: passkeys, an authenticator app, printed codes, sessions?

Whatever is added or removed is asked for once more, except by an account that has nothing yet:
its holder came by a one-time link.
"""

import json
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from convening import accounts
from convening.messages import access_notice
from convening.messages.access_notice import NewWay
from dashboard.accounts import second_factor
from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.layout import page
from dashboard.web.request import Page, Visit
from store import ledger
from store.tables import Account, AuthenticatorApp, Passkey
from validation import Fault, seen

NO_CODE: Final = Fault(None, "code", "That did not match", "Type the code that the app shows now.")


def show(visit: Visit) -> Response:
    """One's own factors and sessions."""
    return _account_page(visit)


def change_password(visit: Visit) -> Response:
    """Set a new password; the old one is asked for unless a one-time link led here."""
    new = str(visit.form.get("new", ""))
    with visit.house.database.reading() as session:
        password_hash = session.get_one(Account, visit.who.account_id).password_hash
    old_fits = visit.who.method == "link" or accounts.password_fits(
        password_hash, str(visit.form.get("old", ""))
    )
    faults = [] if old_fits else [Fault(None, "old", "That is not the password now", "Repeat it.")]
    weak = accounts.password_faults(new, visit.who.name)
    faults += [Fault(None, "new", "Too weak", mend) for mend in weak]
    if faults:
        return _account_page(visit, status=400, faults=tuple(faults))
    with visit.house.database.transaction() as session:
        accounts.set_password(session, session.get_one(Account, visit.who.account_id), new)
        sessions.end_other_sessions(session, visit.who, real_now=visit.real_now)
        sessions.note_password_set(session, visit.who, now=visit.now)
    return _back("password")


def end_sessions(visit: Visit) -> Response:
    """End every other session of this account."""
    with visit.house.database.transaction() as session:
        sessions.end_other_sessions(session, visit.who, real_now=visit.real_now)
    return _back("sessions")


def begin_passkey(visit: Visit) -> Response:
    """A page whose button makes the passkey: the browser needs a touch for it."""
    with visit.house.database.transaction() as session:
        account = session.get_one(Account, visit.who.account_id)
        known = second_factor.passkeys_of(session, account.id)
        nonce = second_factor.ask(
            session, "new_key", binding=visit.form_token, real_now=visit.real_now
        )
        challenge = second_factor.challenge_bytes(nonce)
        options = second_factor.to_make(visit.settings, account, known, challenge)
    asked = {"nonce": nonce, "options": json.loads(options), "make": True}
    return page(visit, "new_passkey.html", asked=json.dumps(asked))


def keep_passkey(visit: Visit) -> Response:
    """Keep what the browser has made."""
    nonce = visit.typed("proof_nonce")
    with visit.house.database.transaction() as session:
        asked = second_factor.take(
            session, nonce, "new_key", binding=visit.form_token, real_now=visit.real_now
        )
        made = asked and second_factor.make(
            session, visit.settings, visit.who.account_id, visit.typed("proof_answer"),
            second_factor.challenge_bytes(nonce), name=seen(visit.typed("name")) or "Passkey",
            real_now=visit.real_now,
        )  # fmt: skip
        if not made:
            raise RefusedError(
                400, "The browser did not make a passkey.", "Try again on your account's page.",
                link=("/account", "Your account"),
            )  # fmt: skip
        _note(session, visit, "cm.account.passkey_added.v1")
        _tell(session, visit, NewWay.PASSKEY)
    return _back("passkey")


def end_passkey(visit: Visit) -> Response:
    """This passkey opens nothing any more."""
    with visit.house.database.transaction() as session:
        passkey = session.get(Passkey, int(visit.part("passkey")))
        if passkey is None or passkey.account_id != visit.who.account_id:
            raise RefusedError(404, "There is no such passkey.")
        passkey.ended_at = passkey.ended_at or visit.real_now
        _note(session, visit, "cm.account.passkey_removed.v1")
    return _back("passkey-ended")


def begin_app(visit: Visit) -> Response:
    """A new secret to put into the app, and a field for its first code."""
    with visit.house.database.transaction() as session:
        app = second_factor.new_app(session, visit.who.account_id, real_now=visit.real_now)
        return _app_page(visit, app)


def prove_app(visit: Visit) -> Response:
    """The first code was right: from now on the app opens the account beside the password."""
    with visit.house.database.transaction() as session:
        app = session.get(AuthenticatorApp, visit.who.account_id)
        if app is None or app.proved_at is not None:
            raise RefusedError(409, "No app waits for its first code.")
        code = "".join(visit.typed("code").split())
        if not second_factor.app_fits(
            session, app.account_id, code, key=visit.settings.key, real_now=visit.real_now,
            first=app.salt,
        ):  # fmt: skip
            return _app_page(visit, app, faults=(NO_CODE,))
        _note(session, visit, "cm.account.app_added.v1")
        _tell(session, visit, NewWay.APP)
    return _back("app")


def print_codes(visit: Visit) -> Response:
    """Ten new codes, shown this once."""
    with visit.house.database.transaction() as session:
        codes = second_factor.print_codes(session, visit.who.account_id, key=visit.settings.key)
        _note(session, visit, "cm.account.codes_printed.v1")
    return page(visit, "printed_codes.html", codes=codes, account=visit.who.name)


def _app_page(visit: Visit, app: AuthenticatorApp, *, faults: tuple[Fault, ...] = ()) -> Response:
    key = visit.settings.key
    return page(
        visit,
        "new_app.html",
        status=400 if faults else 200,
        secret=second_factor.app_secret(app, key),
        address=second_factor.app_address(app, visit.who.name, key),
        faults=faults,
    )


def _account_page(visit: Visit, *, status: int = 200, faults: tuple[Fault, ...] = ()) -> Response:
    with visit.house.database.reading() as session:
        account = session.get_one(Account, visit.who.account_id)
        return page(
            visit,
            "account.html",
            status=status,
            account=account,
            sessions=sessions.living_sessions(session, account.id, real_now=visit.real_now),
            own=visit.who.session,
            asks_old=visit.who.method != "link" and account.password_hash is not None,
            keys=second_factor.passkeys_of(session, account.id),
            has_app=second_factor.has_app(session, account.id),
            codes_left=second_factor.codes_left(session, account.id),
            done=visit.asked("done"),
            faults=faults,
        )


def _note(session: Session, visit: Visit, kind: str) -> None:
    """Whatever opens an account is written down, and so is its end."""
    whom = ledger.Subject(ledger.SYSTEM_LOG, "account", str(visit.who.account_id))
    ledger.append(session, kind, subject=whom, actor=visit.who.actor, now=visit.now)


def _tell(session: Session, visit: Visit, way: NewWay) -> None:
    """The account's government hears of a new way in."""
    account = session.get_one(Account, visit.who.account_id)
    access_notice.tell(session, account, way, now=visit.now, settings=visit.settings)


def _back(done: str) -> Response:
    return RedirectResponse(f"/account?done={done}", status_code=303)


ROUTES: Final = [
    Page("/account", show),
    Page("/account/password", takes=change_password),
    Page("/account/sessions", takes=end_sessions),
    Page("/account/passkeys/new", takes=begin_passkey),
    Page("/account/passkeys", takes=keep_passkey),
    Page("/account/passkeys/{passkey:int}/end", takes=end_passkey),
    Page("/account/app/new", takes=begin_app),
    Page("/account/app", takes=prove_app),
    Page("/account/codes", takes=print_codes),
]
