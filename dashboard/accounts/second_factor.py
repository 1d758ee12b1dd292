"""By what does somebody prove to be the holder of an account?

A passkey is two factors in one touch. Without one: the password, and a code from an authenticator
app or from paper. What is proved is always a challenge of ours, good once and for five minutes.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lazy import lazy
from settings import Settings
from store.tables import Account, AuthenticatorApp, Challenge, Passkey, PrintedCode

if TYPE_CHECKING:
    import webauthn
    from webauthn.helpers import exceptions, structs
else:
    webauthn = lazy("webauthn")
    exceptions, structs = lazy("webauthn.helpers.exceptions"), lazy("webauthn.helpers.structs")

GOOD_FOR: Final = timedelta(minutes=5)
TWICE_WITHIN: Final = timedelta(seconds=20)
CODES_PRINTED: Final = 10
STEP: Final = 30  # seconds that a code of the app is shown (RFC 6238)
OURS: Final = "Consultation Mechanism"
_APP_SECRET_BYTES: Final = 20  # RFC 4226, section 4


@dataclass(frozen=True)
class FactorProof:
    """That the holder was there, and what an auditor can check of it.

    `evidence` of a passkey is what the device has signed; of a code there is only its kind.
    """

    method: str  # passkey | app | paper
    evidence: Mapping[str, str]


def ask(session: Session, purpose: str, *, binding: str, act: str = "", real_now: datetime) -> str:
    """A new challenge's nonce; whoever answers must be bound to the same browser or account."""
    session.execute(delete(Challenge).where(Challenge.expires_at <= real_now - GOOD_FOR))
    nonce = secrets.token_urlsafe(32)
    session.add(
        Challenge(
            nonce=nonce, purpose=purpose, binding=binding, act=act, expires_at=real_now + GOOD_FOR
        )
    )
    session.flush()
    return nonce


def take(
    session: Session, nonce: str, purpose: str, *, binding: str, act: str = "", real_now: datetime
) -> bool:
    """Use a challenge up; False if it was not asked, of this one, about this, or is too old."""
    taken = session.scalar(
        update(Challenge)
        .where(
            Challenge.nonce == nonce,
            Challenge.purpose == purpose,
            Challenge.binding == binding,
            Challenge.act == act,
            Challenge.expires_at > real_now,
            Challenge.used_at.is_(None),
        )
        .values(used_at=real_now)
        .returning(Challenge.nonce)
    )
    return taken is not None


def keep_used(session: Session, proof: str, *, act: str, real_now: datetime) -> None:
    """Remember by which code an act was proved, so that the same form twice is the same proof."""
    used = Challenge(nonce=_proof_name(proof), purpose="code", binding="", act=act)
    used.expires_at, used.used_at = real_now + GOOD_FOR, real_now
    session.merge(used)


def was_just_used(
    session: Session, nonce: str, proof: str, *, act: str, real_now: datetime
) -> bool:
    """Whether this very proof has proved this very act: the button was pressed twice."""
    query = select(Challenge.nonce).where(
        Challenge.nonce.in_((nonce, _proof_name(proof))),
        Challenge.act == act,
        Challenge.used_at > real_now - TWICE_WITHIN,
    )
    return session.scalars(query).first() is not None


def _proof_name(proof: str) -> str:
    return hashlib.sha256(proof.encode()).hexdigest()[:43]


def challenge_bytes(nonce: str, act: str = "") -> bytes:
    """What the device signs: a hash over our nonce and the digest of what is to be done."""
    return hashlib.sha256(f"{nonce}\0{act}".encode()).digest()


def passkeys_of(session: Session, account_id: int) -> list[Passkey]:
    """The account's passkeys that open it, oldest first."""
    query = select(Passkey).where(Passkey.account_id == account_id, Passkey.ended_at.is_(None))
    return list(session.scalars(query.order_by(Passkey.id)))


def to_make(
    settings: Settings, account: Account, known: Sequence[Passkey], challenge: bytes
) -> str:
    """What a browser needs to make a passkey, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=_rp_id(settings),
        rp_name=OURS,
        user_id=hashlib.sha256(f"account/{account.id}".encode()).digest(),
        user_name=account.name,
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(k.credential_id) for k in known],
    )
    return webauthn.options_to_json(options)


def to_use(settings: Settings, known: Sequence[Passkey], challenge: bytes) -> str:
    """What a browser needs to use a passkey, as JSON; without `known`, any that it has for us."""
    options = webauthn.generate_authentication_options(
        rp_id=_rp_id(settings),
        challenge=challenge,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(k.credential_id) for k in known],
    )
    return webauthn.options_to_json(options)


def make(
    session: Session,
    settings: Settings,
    account_id: int,
    answer: str,
    challenge: bytes,
    *,
    name: str,
    real_now: datetime,
) -> FactorProof | None:
    """Keep a new passkey if the browser's answer is right; the making proves its holder's touch."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(settings),
            expected_origin=_origin(settings),
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError, KeyError, TypeError, RecursionError):
        return None
    session.add(
        Passkey(
            account_id=account_id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name[:60],
            made_at=real_now,
            used_at=real_now,
        )
    )
    return FactorProof("passkey", _evidence(answer, "attestationObject"))


def use(
    session: Session, settings: Settings, answer: str, challenge: bytes, *, real_now: datetime
) -> tuple[int, FactorProof] | None:
    """Whose passkey has signed this challenge, and the proof; None if none of ours has."""
    passkey = _named(session, answer)
    if passkey is None:
        return None
    try:
        seen = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(settings),
            expected_origin=_origin(settings),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError, KeyError, TypeError):
        return None
    passkey.sign_count, passkey.used_at = seen.new_sign_count, real_now
    key = base64.urlsafe_b64encode(passkey.public_key).decode()
    evidence = {"key": key, **_evidence(answer, "authenticatorData", "signature")}
    return passkey.account_id, FactorProof("passkey", evidence)


def _named(session: Session, answer: str) -> Passkey | None:
    """The passkey that the browser's answer names, if its account is open."""
    try:
        credential_id = webauthn.base64url_to_bytes(str(json.loads(answer)["rawId"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return session.scalar(
        select(Passkey)
        .join(Passkey.account)
        .where(
            Passkey.credential_id == credential_id,
            Passkey.ended_at.is_(None),
            Account.disabled_at.is_(None),
        )
    )


def _evidence(answer: str, *parts: str) -> dict[str, str]:
    """The parts of the browser's answer that anybody can check against the key and the act."""
    said: dict[str, Any] = json.loads(answer)["response"]
    return {part: str(said[part]) for part in ("clientDataJSON", *parts) if part in said}


def _rp_id(settings: Settings) -> str:
    return urlsplit(settings.public_url).hostname or "localhost"


def _origin(settings: Settings) -> str:
    parts = urlsplit(settings.public_url)
    return f"{parts.scheme}://{parts.netloc}"


def new_app(session: Session, account_id: int, *, real_now: datetime) -> AuthenticatorApp:
    """Another secret for the account's app; it opens nothing until its first code was right."""
    app = session.get(AuthenticatorApp, account_id)
    if app is None:
        app = AuthenticatorApp(account_id=account_id)
        session.add(app)
    app.salt, app.made_at = secrets.token_urlsafe(32), real_now
    app.proved_at, app.last_step = None, 0
    session.flush()
    return app


def app_secret(app: AuthenticatorApp, key: bytes) -> str:
    """The secret to type into the app, in base32; derived from the installation's key."""
    said = f"authenticator\0{app.account_id}\0{app.salt}".encode()
    secret = hmac.new(key, said, hashlib.sha256).digest()[:_APP_SECRET_BYTES]
    return base64.b32encode(secret).decode()


def app_address(app: AuthenticatorApp, account_name: str, key: bytes) -> str:
    """The same as an `otpauth:` address, which a telephone opens with its app."""
    return pyotp.TOTP(app_secret(app, key)).provisioning_uri(name=account_name, issuer_name=OURS)


def app_fits(
    session: Session, account_id: int, code: str, *, key: bytes, real_now: datetime, first: str = ""
) -> bool:
    """Whether the app shows this code now or did half a minute ago; each code is good once.

    `first` is the salt of an app that is proved by this very code.
    """
    app = session.get(AuthenticatorApp, account_id, with_for_update=True)
    if app is None or (app.proved_at is None and app.salt != first):
        return False
    step = next(_steps(pyotp.TOTP(app_secret(app, key)), code, real_now), 0)
    if step <= app.last_step:
        return False
    app.last_step, app.proved_at = step, app.proved_at or real_now
    return True


def _steps(app: pyotp.TOTP, code: str, real_now: datetime) -> Iterator[int]:
    now = int(real_now.timestamp()) // STEP
    for step in (now, now - 1):
        if hmac.compare_digest(app.generate_otp(step).encode(), code.encode()):
            yield step


def has_app(session: Session, account_id: int) -> bool:
    """Whether the account has an app whose first code was right."""
    app = session.get(AuthenticatorApp, account_id)
    return app is not None and app.proved_at is not None


def print_codes(session: Session, account_id: int, *, key: bytes) -> list[str]:
    """Ten new codes, to be written down; those from before open nothing any more."""
    session.execute(delete(PrintedCode).where(PrintedCode.account_id == account_id))
    codes = [
        f"{secrets.randbelow(10**5):05}-{secrets.randbelow(10**5):05}" for _ in range(CODES_PRINTED)
    ]
    session.add_all(
        PrintedCode(digest=_paper_digest(account_id, code, key), account_id=account_id)
        for code in codes
    )
    session.flush()
    return codes


def codes_left(session: Session, account_id: int) -> int:
    """How many of the printed codes are still good."""
    query = select(PrintedCode).where(
        PrintedCode.account_id == account_id, PrintedCode.used_at.is_(None)
    )
    return len(session.scalars(query).all())


def paper_fits(
    session: Session, account_id: int, code: str, *, key: bytes, real_now: datetime
) -> bool:
    """Use a printed code up; False if it is none of the account's, or was used."""
    used = session.scalar(
        update(PrintedCode)
        .where(
            PrintedCode.digest == _paper_digest(account_id, code, key),
            PrintedCode.account_id == account_id,
            PrintedCode.used_at.is_(None),
        )
        .values(used_at=real_now)
        .returning(PrintedCode.digest)
    )
    return used is not None


def _paper_digest(account_id: int, code: str, key: bytes) -> str:
    """Keyed, since ten digits alone could be found by trying."""
    digits = "".join(c for c in code if c.isdecimal())
    said = f"printed\0{account_id}\0{digits}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def has_any(session: Session, account_id: int) -> bool:
    """Whether there is anything by which the account's holder can prove herself."""
    coded = has_app(session, account_id) or codes_left(session, account_id) > 0
    return coded or bool(passkeys_of(session, account_id))


def forget(session: Session, account_id: int, *, real_now: datetime) -> None:
    """Everything is lost: passkeys, app and printed codes open nothing any more."""
    for passkey in passkeys_of(session, account_id):
        passkey.ended_at = real_now
    session.execute(delete(AuthenticatorApp).where(AuthenticatorApp.account_id == account_id))
    session.execute(delete(PrintedCode).where(PrintedCode.account_id == account_id))


def code_proof(
    session: Session, account_id: int, code: str, *, key: bytes, real_now: datetime
) -> FactorProof | None:
    """The proof that a typed code gives: the app's six digits, or ten from paper."""
    digits = "".join(code.split())
    if app_fits(session, account_id, digits, key=key, real_now=real_now):
        return FactorProof("app", {})
    if paper_fits(session, account_id, digits, key=key, real_now=real_now):
        return FactorProof("paper", {})
    return None
