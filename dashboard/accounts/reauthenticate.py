"""Is it really she, and does she mean this very act?

What cannot be called back is asked for once more: a passkey signs the digest of the form that was
sent, or a code is typed. The proof is written into the ledger before the act. A form that comes
without one is shown again with everything that was typed, and a way to prove it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from dashboard.accounts import second_factor
from dashboard.accounts.second_factor import Proof
from dashboard.web import errors, sessions
from dashboard.web.errors import RefusedError
from dashboard.web.layout import page, refusal_page
from dashboard.web.request import Act, Page, Visit, with_session
from store import ledger
from store.tables import Account
from validation import Fault

ACTS: Final[Mapping[str, str]] = {
    "/new/{draft:int}/check": "send to the members",
    "/situation/{reference}/agree": "agree",
    "/situation/{reference}/object": "object",
    "/situation/{reference}/resume": "resume",
    "/situation/{reference}/text": "send a text to everybody",
    "/situation/{reference}/close": "close the consultation",
    "/situation/{reference}/suspend": "suspend the exercise",
    "/situation/{reference}/record/{revision:int}/adopt": "adopt the record",
    "/directory/{member}/uncover": "see full addresses",
    "/directory/sheet": "print the contact sheet",
    "/situation/{reference}/sheet": "print the contact sheet",
    "/review/{reference}/evidence": "export the evidence",
    "/account/passkeys/new": "add a passkey",
    "/account/passkeys/{passkey:int}/end": "remove a passkey",
    "/account/app/new": "set up an authenticator app",
    "/account/codes": "print new codes",
    "/accounts/{account:int}": "change an account",
}
FIRST_FACTOR: Final = frozenset(
    {"/account/passkeys/new", "/account/app/new", "/account/codes"}
)  # open to an account that has nothing yet to prove itself by

NONCE, ANSWER, CODE, MADE = "proof_nonce", "proof_answer", "proof_code", "proof_made"
_NOT_TYPED: Final = frozenset({NONCE, ANSWER, CODE, MADE, "form_token", "path"})
WRONG: Final = Fault(None, CODE, "That did not match", "Use the passkey, or the code shown now.")


@dataclass(frozen=True)
class Ways:
    """By what this account can prove itself."""

    passkeys: int
    codes: bool

    @property
    def none(self) -> bool:
        """Whether there is nothing yet: the first touch makes the passkey."""
        return not self.passkeys and not self.codes


def guarded(page: Page) -> Page:
    """The route, with its act behind a proof where `ACTS` asks for one."""
    if page.takes is None or page.path not in ACTS:
        return page
    return replace(page, takes=_behind_proof(page.takes))


def _behind_proof(act: Act) -> Act:
    def proved(visit: Visit) -> Response:
        ways = _ways(visit)
        if ways.none and visit.route in FIRST_FACTOR:
            return act(visit)
        if visit.who.method == sessions.BREAK_GLASS:  # the sealed halves were the proof
            return act(visit)
        if not (visit.typed(ANSWER) or visit.typed(CODE)):
            return _ask_page(visit, ways)
        digest = act_digest(visit.request.url.path, _typed(visit))
        if _is_pressed_twice(visit, digest):
            return act(visit)
        if not _prove(visit, digest):
            return _ask_page(visit, ways, faults=(WRONG,))
        return _under_a_new_id(visit, _done(act, visit))

    return proved


def _done(act: Act, visit: Visit) -> Response:
    """What the act answers; a refusal is an answer too, and the session goes on after it."""
    try:
        return act(visit)
    except RefusedError as refusal:
        errors.note(refusal, route=visit.route)
        return refusal_page(visit.request, refusal)


def _under_a_new_id(visit: Visit, response: Response) -> Response:
    """The response, with which the session gets a new id: its holder has just proved herself."""
    with visit.house.database.transaction() as session:
        secret = sessions.renew_session(session, visit.who, real_now=visit.real_now)
    return with_session(response, visit.settings, secret)


def act_digest(path: str, typed: Iterable[tuple[str, str]]) -> str:
    """The digest of what a form would do: its path and everything typed in it, plan hash and all.

    SHA-256 over a JSON list of the path and the fields sorted by name, in hexadecimal.
    """
    fields = sorted(
        (name, value.replace("\r\n", "\n")) for name, value in typed if name not in _NOT_TYPED
    )
    return hashlib.sha256(json.dumps([path, fields]).encode()).hexdigest()


def ask(visit: Visit) -> Response:
    """What a page's script needs to have a form's act proved by a passkey."""
    act = act_digest(visit.typed("path"), _typed(visit))
    with visit.house.database.transaction() as session:
        account = session.get_one(Account, visit.who.account_id)
        known = second_factor.passkeys_of(session, account.id)
        if not known and not _ways_of(session, account.id).none:
            return JSONResponse({})  # a code is the way; a passkey is added on the account's page
        nonce = second_factor.ask(
            session, "act", binding=visit.form_token, act=act, real_now=visit.real_now
        )
        challenge = second_factor.challenge_bytes(nonce, act)
        options = (
            second_factor.to_use(visit.settings, known, challenge)
            if known
            else second_factor.to_make(visit.settings, account, known, challenge)
        )
    answer = {"nonce": nonce, "options": json.loads(options), "make": not known}
    return JSONResponse(answer)


def _typed(visit: Visit) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in visit.form.multi_items()]


def _ways(visit: Visit) -> Ways:
    with visit.house.database.reading() as session:
        return _ways_of(session, visit.who.account_id)


def _ways_of(session: Session, account_id: int) -> Ways:
    codes = (
        second_factor.has_app(session, account_id)
        or second_factor.codes_left(session, account_id) > 0
    )
    return Ways(len(second_factor.passkeys_of(session, account_id)), codes)


def _is_pressed_twice(visit: Visit, act: str) -> bool:
    """The same form with the same proof once more: the act itself says that it is done already."""
    with visit.house.database.reading() as session:
        return second_factor.was_just_used(
            session, visit.typed(NONCE), _code_of(visit), act=act, real_now=visit.real_now
        )


def _code_of(visit: Visit) -> str:
    return f"{visit.who.account_id}/{visit.typed(CODE)}"


def _prove(visit: Visit, act: str) -> bool:
    """Whether the proof is right; it is in the ledger then."""
    with visit.house.database.transaction() as session:
        wait = sessions.must_wait(session, visit.who.name, visit.address, real_now=visit.real_now)
        proof = _proof(session, visit, act, wait)
        if proof is not None:
            _note(session, visit, act, proof)
            if not visit.typed(ANSWER):
                second_factor.keep_used(session, _code_of(visit), act=act, real_now=visit.real_now)
            return True
    who = visit.who
    sessions.keep_try(
        visit.house, who.name, who.account_id, address=visit.address, real_now=visit.real_now
    )
    return False


def _proof(session: Session, visit: Visit, act: str, wait: timedelta | None) -> Proof | None:
    """A passkey's answer is looked at always; a code only where not too many were wrong."""
    if visit.typed(ANSWER):
        return _passkey_proof(session, visit, act)
    if wait is not None:
        return None
    return second_factor.code_proof(
        session,
        visit.who.account_id,
        visit.typed(CODE),
        key=visit.settings.key,
        real_now=visit.real_now,
    )


def _passkey_proof(session: Session, visit: Visit, act: str) -> Proof | None:
    nonce, answer = visit.typed(NONCE), visit.typed(ANSWER)
    asked = second_factor.take(
        session, nonce, "act", binding=visit.form_token, act=act, real_now=visit.real_now
    )
    if not asked:
        return None
    challenge = second_factor.challenge_bytes(nonce, act)
    if visit.typed(MADE) and _ways_of(session, visit.who.account_id).none:
        return second_factor.make(
            session, visit.settings, visit.who.account_id, answer, challenge,
            name="First passkey", real_now=visit.real_now,
        )  # fmt: skip
    used = second_factor.use(session, visit.settings, answer, challenge, real_now=visit.real_now)
    return used[1] if used is not None and used[0] == visit.who.account_id else None


def _note(session: Session, visit: Visit, act: str, proof: Proof) -> None:
    """The proof in the ledger: what was signed, and by what, for whoever looks afterwards."""
    reference = str(visit.request.path_params.get("reference", ledger.SYSTEM_LOG))
    ledger.append(
        session,
        "cm.act.proved.v1",
        subject=ledger.Subject(reference, "account", str(visit.who.account_id)),
        actor=visit.who.actor,
        now=visit.now,
        data={
            "act": ACTS[visit.route],
            "form_sha256": act,
            "nonce": visit.typed(NONCE),
            "by": proof.method,
            **proof.evidence,
        },
    )


def _ask_page(visit: Visit, ways: Ways, *, faults: tuple[Fault, ...] = ()) -> Response:
    """The form again, with everything that was typed, and a way to prove it."""
    return page(
        visit,
        "prove.html",
        status=403,
        path=visit.request.url.path,
        act=ACTS[visit.route],
        typed=[(name, value) for name, value in _typed(visit) if name not in _NOT_TYPED],
        ways=ways,
        faults=faults,
    )


ROUTES: Final = [Page("/prove", takes=ask)]
