"""How does one come in by the identity provider of one's own government (OpenID Connect)?

The provider says who it is and how surely; which account that is, the operator has linked before.
An account of one government is never opened by another's provider. Needs the extra `oidc`.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.links import Link
from dashboard.web.page import ANYONE, Page, PageRequest, see_other
from dashboard.web.sessions import is_https, with_session
from lazy import lazy
from settings import IdentityProvider
from store.tables import Account, SsoIdentity

if TYPE_CHECKING:
    import requests
else:
    requests = lazy("requests")

COOKIE: Final = "cm-sso"  # what this browser has begun; nothing of it is kept here
OLDEST_SIGN_IN: Final = timedelta(hours=12)  # at the provider, as `auth_time` says
LEEWAY: Final = 60  # seconds that two clocks may differ
PATIENCE: Final = 10  # seconds for the provider's answer
ALGORITHMS: Final = ("RS256", "ES256", "PS256", "EdDSA")


class NotBelievedError(Exception):
    """What the provider said does not prove who this is."""


@dataclass(frozen=True)
class Begun:
    """What one browser takes along, and brings back: three numbers nobody else knows."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> "Begun":
        """New ones, for one try."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    def sealed(self, key: bytes, government: str) -> str:
        """As the cookie holds it."""
        said = f"{self.state}.{self.nonce}.{self.verifier}"
        return f"{said}.{_seal(key, government, said)}"


def unsealed(cookie: str, key: bytes, government: str) -> Begun | None:
    """What this browser has begun with this government's provider; None if it has not."""
    said, _, seal = cookie.rpartition(".")
    parts = said.split(".")
    whole = len(parts) == 3  # noqa: PLR2004 - state, nonce, verifier
    if not whole or not hmac.compare_digest(seal.encode(), _seal(key, government, said).encode()):
        return None
    return Begun(*parts)


def _seal(key: bytes, government: str, said: str) -> str:
    return hmac.new(key, f"sso\0{government}\0{said}".encode(), hashlib.sha256).hexdigest()


def begin(request: PageRequest) -> Response:
    """Off to the provider; nothing is remembered here."""
    provider, government = _provider(request), request.part("government")
    begun = Begun.fresh()
    address, _ = _client(request, government, provider).create_authorization_url(
        _discovered(request, provider.issuer)["authorization_endpoint"],
        state=begun.state,
        nonce=begun.nonce,
        code_verifier=begun.verifier,
        max_age=int(OLDEST_SIGN_IN.total_seconds()),
        **({"acr_values": " ".join(provider.strengths)} if provider.strengths else {}),
    )
    response = see_other(address)
    response.set_cookie(
        COOKIE, begun.sealed(request.settings.key, government), max_age=600, httponly=True,
        samesite="lax", secure=is_https(request.settings),
    )  # fmt: skip
    return response


def come_back(request: PageRequest) -> Response:
    """Back from the provider: who it says that this is, and whether an account is linked to it."""
    provider, government = _provider(request), request.part("government")
    begun = unsealed(request.http.cookies.get(COOKIE, ""), request.settings.key, government)
    if begun is None or not hmac.compare_digest(
        begun.state.encode(), request.asked("state").encode()
    ):
        raise _not_in("This sign-in was not begun in this browser.")
    try:
        claims = _claims(request, provider, government, begun)
    except NotBelievedError as error:
        raise _not_in(f"The identity provider's answer is not believed: {error}.") from None
    with request.installation.database.transaction() as session:
        account = linked(session, provider.issuer, claims["sub"], government=government)
        if account is None:
            raise _not_in("No account here is linked to that sign-in.")
        secret = sessions.open_session(
            session,
            account,
            method="government sign-in",
            real_now=request.real_now,
            now=request.now,
            address=request.address,
        )
    response = with_session(see_other(request.path_of("start")), request.settings, secret)
    response.delete_cookie(COOKIE, secure=is_https(request.settings))
    return response


def linked(session: Session, issuer: str, subject: str, *, government: str) -> Account | None:
    """The open account of this government to which the operator has linked the identity."""
    return session.scalar(
        select(Account)
        .join(SsoIdentity, SsoIdentity.account_id == Account.id)
        .where(
            SsoIdentity.issuer == issuer,
            SsoIdentity.subject == subject,
            Account.member_code == government,
            Account.disabled_at.is_(None),
        )
    )


def link(session: Session, account: Account, issuer: str, subject: str, *, now: datetime) -> None:
    """Link an identity to an account; ValueError if another account has it."""
    known = session.get(SsoIdentity, (issuer, subject))
    if known is not None and known.account_id != account.id:
        raise ValueError("this identity is linked to another account: end that link first")
    session.merge(SsoIdentity(issuer=issuer, subject=subject, account_id=account.id, linked_at=now))
    sessions.note_identity_linked(session, account, issuer, now=now)


def _claims(
    request: PageRequest, provider: IdentityProvider, government: str, begun: Begun
) -> dict[str, Any]:
    """What the provider says, once it has been asked and checked."""
    if request.asked("error") or not request.asked("code"):
        raise NotBelievedError("it let nobody in")
    client, meta = _client(request, government, provider), _discovered(request, provider.issuer)
    try:
        token = client.fetch_token(
            meta["token_endpoint"],
            code=request.asked("code"),
            code_verifier=begun.verifier,
            timeout=PATIENCE,
        )
        keys = requests.get(meta["jwks_uri"], timeout=PATIENCE).json()
        said = str(token["id_token"])
    except Exception as error:  # whatever it is, nobody comes in by it
        raise NotBelievedError("it could not be asked") from error
    return checked(said, keys, provider, nonce=begun.nonce, real_now=request.real_now)


def checked(
    id_token: str,
    keys: Mapping[str, Any],
    provider: IdentityProvider,
    *,
    nonce: str,
    real_now: datetime,
) -> dict[str, Any]:
    """The claims of a token that proves who it is here and now; NotBelievedError otherwise."""
    from joserfc import jwt  # noqa: PLC0415 - the extra is optional
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415

    now = int(real_now.timestamp())
    rules = jwt.JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        known = KeySet.import_key_set({"keys": list(keys["keys"])})
        token = jwt.decode(id_token, known, algorithms=list(ALGORITHMS))
        rules.validate(token.claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotBelievedError(type(error).__name__) from error
    _check_strength(token.claims, provider, now)
    return dict(token.claims)


def _check_strength(claims: Mapping[str, Any], provider: IdentityProvider, now: int) -> None:
    signed_in = claims.get("auth_time")
    oldest = now - OLDEST_SIGN_IN.total_seconds() - LEEWAY
    if not isinstance(signed_in, int | float) or not oldest < signed_in <= now + LEEWAY:
        raise NotBelievedError("it does not say when, or it was too long ago")
    if provider.strengths and claims.get("acr") not in provider.strengths:
        raise NotBelievedError("it does not say that two factors were used")


def _provider(request: PageRequest) -> IdentityProvider:
    provider = request.settings.sso.get(request.part("government"))
    if provider is None:
        raise RefusedError(404, "No identity provider is set up for this government.")
    return provider


def _client(request: PageRequest, government: str, provider: IdentityProvider) -> Any:
    from authlib.integrations.requests_client import (  # type: ignore[import-untyped]  # noqa: PLC0415 - optional, and ships no types
        OAuth2Session,
    )

    return OAuth2Session(
        provider.client_id,
        provider.client_secret.get_secret_value(),
        scope="openid",
        redirect_uri=request.settings.public_url
        + request.path_of("sso_back", government=government),
        code_challenge_method="S256",
    )


def _discovered(request: PageRequest, issuer: str) -> Mapping[str, str]:
    """What the provider publishes of itself, asked once by each application."""
    known: dict[str, Mapping[str, str]] = request.http.app.state.identity_providers
    if issuer not in known:
        known[issuer] = _published(issuer)
    return known[issuer]


def _published(issuer: str) -> Mapping[str, str]:
    try:
        answer = requests.get(
            f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=PATIENCE
        )
        meta: dict[str, str] = json.loads(answer.text)
    except (requests.RequestException, ValueError):
        raise _not_in("The identity provider does not answer.") from None
    if meta.get("issuer") != issuer:
        raise _not_in("The identity provider calls itself by another name.")
    return meta


def _not_in(happened: str) -> RefusedError:
    return RefusedError(
        403, happened, "Try again, or sign in by passkey; ask the operator if it stays so.",
        undone="You are not signed in.", link=Link("sign_in", "Sign in"),
    )  # fmt: skip


BEGIN: Final = Page("/sso/{government}", begin, lets=ANYONE)
BACK: Final = Page("/sso/{government}/back", come_back, lets=ANYONE, name="sso_back")
