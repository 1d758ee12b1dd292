"""Is it really she, and does she mean this very act?

What cannot be called back is asked for once more: a passkey signs the digest of the form that was
sent, or a code is typed. The proof is written into the ledger before the act. A form that comes
without one is shown again with everything that was typed, and a way to prove it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from dashboard.accounts import second_factor, sign_in_tries
from dashboard.accounts.second_factor import FactorProof
from dashboard.web import errors, sessions
from dashboard.web.errors import RefusedError
from dashboard.web.layout import page, refusal_page
from dashboard.web.page import STAFF, AsyncAct, Page, PageAct, PageRequest, Typed
from dashboard.web.sessions import with_session
from store import ledger
from store.events import Noted
from store.tables import Account
from validation import Fault

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
    """The page, with its act behind a proof where it asks for one."""
    if page.takes is None or isinstance(page.takes, AsyncAct) or not page.proof:
        return page
    return replace(page, takes=_behind_proof(page.takes))


def _behind_proof(act: PageAct) -> PageAct:
    def proved(request: PageRequest) -> Response:
        ways = _ways(request)
        if ways.none and request.page.first_factor:
            return act(request)
        if request.who.method == sessions.BREAK_GLASS:  # the sealed halves were the proof
            return act(request)
        if not (request.typed(ANSWER) or request.typed(CODE)):
            return _ask_page(request, ways)
        digest = act_digest(request.http.url.path, _typed(request))
        if _is_pressed_twice(request, digest):
            return act(request)
        if not _prove(request, digest):
            return _ask_page(request, ways, faults=(WRONG,))
        return _under_a_new_id(request, _done(act, request))

    return proved


def _done(act: PageAct, request: PageRequest) -> Response:
    """What the act answers; a refusal is an answer too, and the session goes on after it."""
    try:
        return act(request)
    except RefusedError as refusal:
        errors.note(refusal, route=request.page.path)
        return refusal_page(request.http, refusal)


def _under_a_new_id(request: PageRequest, response: Response) -> Response:
    """The response, with which the session gets a new id: its holder has just proved herself."""
    with request.installation.database.transaction() as session:
        secret = sessions.renew_session(session, request.who, real_now=request.real_now)
    return with_session(response, request.settings, secret)


def act_digest(path: str, typed: Iterable[tuple[str, str]]) -> str:
    """The digest of what a form would do: its path and everything typed in it, plan hash and all.

    SHA-256 over a JSON list of the path and the fields sorted by name, in hexadecimal.
    """
    fields = sorted(
        (name, value.replace("\r\n", "\n")) for name, value in typed if name not in _NOT_TYPED
    )
    return hashlib.sha256(json.dumps([path, fields]).encode()).hexdigest()


def ask(request: PageRequest) -> Response:
    """What a page's script needs to have a form's act proved by a passkey."""
    act = act_digest(request.typed("path"), _typed(request))
    with request.installation.database.transaction() as session:
        account = session.get_one(Account, request.who.account_id)
        known = second_factor.passkeys_of(session, account.id)
        if not known and not _ways_of(session, account.id).none:
            return JSONResponse({})  # a code is the way; a passkey is added on the account's page
        nonce = second_factor.ask(
            session, "act", binding=request.form_token, act=act, real_now=request.real_now
        )
        challenge = second_factor.challenge_bytes(nonce, act)
        options = (
            second_factor.to_use(request.settings, known, challenge)
            if known
            else second_factor.to_make(request.settings, account, known, challenge)
        )
    answer = {"nonce": nonce, "options": json.loads(options), "make": not known}
    return JSONResponse(answer)


def _typed(request: PageRequest) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in request.form.multi_items()]


def _ways(request: PageRequest) -> Ways:
    with request.installation.database.reading() as session:
        return _ways_of(session, request.who.account_id)


def _ways_of(session: Session, account_id: int) -> Ways:
    codes = (
        second_factor.has_app(session, account_id)
        or second_factor.codes_left(session, account_id) > 0
    )
    return Ways(len(second_factor.passkeys_of(session, account_id)), codes)


def _is_pressed_twice(request: PageRequest, act: str) -> bool:
    """The same form with the same proof once more: the act itself says that it is done already."""
    with request.installation.database.reading() as session:
        return second_factor.was_just_used(
            session, request.typed(NONCE), _code_of(request), act=act, real_now=request.real_now
        )


def _code_of(request: PageRequest) -> str:
    return f"{request.who.account_id}/{request.typed(CODE)}"


def _prove(request: PageRequest, act: str) -> bool:
    """Whether the proof is right; it is in the ledger then."""
    with request.installation.database.transaction() as session:
        wait = sign_in_tries.must_wait(
            session, request.who.name, request.address, real_now=request.real_now
        )
        proof = _proof(session, request, act, wait)
        if proof is not None:
            _note(session, request, act, proof)
            if not request.typed(ANSWER):
                second_factor.keep_used(
                    session, _code_of(request), act=act, real_now=request.real_now
                )
            return True
    who = request.who
    sign_in_tries.keep_try(
        request.installation,
        who.name,
        who.account_id,
        address=request.address,
        real_now=request.real_now,
    )
    return False


def _proof(
    session: Session, request: PageRequest, act: str, wait: timedelta | None
) -> FactorProof | None:
    """A passkey's answer is looked at always; a code only where not too many were wrong."""
    if request.typed(ANSWER):
        return _passkey_proof(session, request, act)
    if wait is not None:
        return None
    return second_factor.code_proof(
        session,
        request.who.account_id,
        request.typed(CODE),
        key=request.settings.key,
        real_now=request.real_now,
    )


def _passkey_proof(session: Session, request: PageRequest, act: str) -> FactorProof | None:
    nonce, answer = request.typed(NONCE), request.typed(ANSWER)
    asked = second_factor.take(
        session, nonce, "act", binding=request.form_token, act=act, real_now=request.real_now
    )
    if not asked:
        return None
    challenge = second_factor.challenge_bytes(nonce, act)
    if request.typed(MADE) and _ways_of(session, request.who.account_id).none:
        return second_factor.make(
            session, request.settings, request.who.account_id, answer, challenge,
            name="First passkey", real_now=request.real_now,
        )  # fmt: skip
    used = second_factor.use(
        session, request.settings, answer, challenge, real_now=request.real_now
    )
    return used[1] if used is not None and used[0] == request.who.account_id else None


def _note(session: Session, request: PageRequest, act: str, proof: FactorProof) -> None:
    """The proof in the ledger: what was signed, and by what, for whoever looks afterwards."""
    reference = str(request.http.path_params.get("reference", ledger.SYSTEM_LOG))
    ledger.append(
        session,
        request.act,
        Noted.ACT_PROVED,
        subject=ledger.Subject(reference, "account", str(request.who.account_id)),
        data={
            "act": request.page.proof,
            "form_sha256": act,
            "nonce": request.typed(NONCE),
            "by": proof.method,
            **proof.evidence,
        },
    )


def _ask_page(request: PageRequest, ways: Ways, *, faults: tuple[Fault, ...] = ()) -> Response:
    """The form again, with everything that was typed, and a way to prove it."""
    return page(
        request,
        "accounts/prove.html",
        status=403,
        path=request.http.url.path,
        act=request.page.proof,
        typed=[(name, value) for name, value in _typed(request) if name not in _NOT_TYPED],
        ways=ways,
        faults=faults,
    )


QUESTION: Final = Page("/prove", takes=ask, lets=STAFF, typed=Typed.SECRET)
