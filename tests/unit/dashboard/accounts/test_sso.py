"""Sign-in by a government's own identity provider, against a real one on loopback."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr, ValidationError

from dashboard.accounts import sso
from dashboard.app import create_app
from settings import IdentityProvider, Settings
from store.installation import Installation
from store.tables import Account
from tests.support.browser.town import until
from tests.support.clock import ToldTime
from tests.support.ports import free_port
from tests.support.web import Browser, a_client

SUBJECT = "duty-desk-17"
TWO_FACTORS = "urn:two-factors"


@dataclass
class Ministry:
    """A government's identity provider, and our house beside it."""

    installation: Installation
    provider: IdentityProvider
    real: ToldTime

    def visitor(self) -> Browser:
        return Browser(
            a_client(
                create_app(self.installation, real_now=self.real.now),
                self.installation.settings.public_url,
            )
        )

    def signs_in(self, visitor: Browser, subject: str = SUBJECT, government: str = "ID") -> str:
        """The whole way round; the path that we are sent back to, with its code."""
        away = visitor.open(f"/sso/{government}", status=303)
        assert away == ""
        address = visitor.client.get(f"/sso/{government}", follow_redirects=False).headers[
            "location"
        ]
        back = httpx.post(address, data={"sub": subject}).headers["location"]
        parts = urlsplit(back)
        return f"{parts.path}?{parts.query}"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A provider in a process of its own, which knows four people."""
    now = int(datetime.now(UTC).timestamp())
    people = [
        {"sub": SUBJECT, "auth_time": now, "acr": TWO_FACTORS},
        {"sub": "somebody-else", "auth_time": now, "acr": TWO_FACTORS},
        {"sub": "one-factor", "auth_time": now, "acr": "urn:password"},
        {"sub": "long-ago", "auth_time": 1_000_000_000, "acr": TWO_FACTORS},
    ]
    claims = [part for one in people for part in ("--user-claims", json.dumps(one))]
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "-n", "true"]
    with (tmp_path_factory.mktemp("provider") / "log").open("w") as log:
        process = subprocess.Popen([*command, *claims], stdout=log, stderr=log)  # noqa: S603
        try:
            until("the identity provider answers", lambda: _answers(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/jwks").is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def ministry(installation: Installation, issuer: str) -> Ministry:
    """Indonesia's co-chair desk is linked to one subject; the machine's clock is the true one."""
    provider = IdentityProvider(
        issuer=issuer, client_id="consultation", client_secret=SecretStr("s"),
        strengths=(TWO_FACTORS,),
    )  # fmt: skip
    settings = installation.settings.model_copy(update={"sso": {"ID": provider, "AU": provider}})
    mine = Installation(settings, installation.database, installation.clock)
    with installation.database.transaction() as session:
        account = session.query(Account).filter_by(name="co_chair-id").one()
        for subject in (SUBJECT, "one-factor", "long-ago"):
            sso.link(session, account, issuer, subject, now=installation.now())
    return Ministry(mine, provider, ToldTime(datetime.now(UTC)))


@pytest.mark.check(31)
def test_who_the_government_knows_comes_in_as_the_account_that_is_linked(
    ministry: Ministry,
) -> None:
    visitor = ministry.visitor()
    back = ministry.signs_in(visitor)

    visitor.open(back, status=303)

    assert "co_chair-id" in visitor.open("/account")


@pytest.mark.check(31)
@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ("one-factor", "two factors"),
        ("long-ago", "too long ago"),
        ("somebody-else", "No account here is linked"),
    ],
)
def test_whose_sign_in_was_weak_or_old_or_unknown_stays_outside(
    ministry: Ministry, subject: str, why: str
) -> None:
    visitor = ministry.visitor()
    back = ministry.signs_in(visitor, subject)

    page = visitor.open(back, status=403)

    assert why in page
    visitor.open("/account", status=303)


@pytest.mark.check(31)
def test_another_governments_provider_opens_no_account_of_this_one(ministry: Ministry) -> None:
    visitor = ministry.visitor()
    back = ministry.signs_in(visitor, government="AU")

    page = visitor.open(back, status=403)

    assert "No account here is linked" in page


@pytest.mark.check(31)
def test_an_answer_to_another_browser_is_not_taken(ministry: Ministry) -> None:
    back = ministry.signs_in(ministry.visitor())

    page = ministry.visitor().open(back, status=403)

    assert "not begun in this browser" in page


@pytest.mark.check(31)
@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://another.example"},
        {"aud": "another-client"},
        {"nonce": "of-another-try"},
        {"exp": -3600},
        {"acr": "urn:password"},
        {"auth_time": -90_000},
        {"sub": None},
        {"auth_time": None},
    ],
    ids=str,
)
def test_a_token_that_is_wrong_in_one_claim_is_not_believed(
    real: ToldTime, wrong: Mapping[str, Any]
) -> None:
    provider = IdentityProvider(
        issuer="https://sso.gov.example", client_id="consultation", client_secret=SecretStr("s"),
        strengths=(TWO_FACTORS,),
    )  # fmt: skip
    now, key = int(real.now().timestamp()), RSAKey.generate_key(2048, parameters={"kid": "1"})
    claims: dict[str, Any] = {
        "iss": provider.issuer, "aud": "consultation", "nonce": "n", "sub": SUBJECT,
        "iat": now, "exp": now + 300, "auth_time": now, "acr": TWO_FACTORS,
    }  # fmt: skip
    keys = {"keys": [key.as_dict(private=False)]}

    def token(claims: Mapping[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "1"}, dict(claims), key)

    assert sso.checked(token(claims), keys, provider, nonce="n", real_now=real.now())["sub"]
    changed = {
        **claims,
        **{name: now + value if isinstance(value, int) else value for name, value in wrong.items()},
    }
    bad = token({name: value for name, value in changed.items() if value is not None})
    with pytest.raises(sso.NotBelievedError):
        sso.checked(bad, keys, provider, nonce="n", real_now=real.now())


@pytest.mark.check(31)
def test_a_token_that_another_key_has_signed_is_not_believed(real: ToldTime) -> None:
    provider = IdentityProvider(
        issuer="https://sso.gov.example", client_id="c", client_secret=SecretStr("s")
    )
    known = RSAKey.generate_key(2048, parameters={"kid": "1"})
    other = RSAKey.generate_key(2048, parameters={"kid": "1"})
    forged = jwt.encode({"alg": "RS256", "kid": "1"}, {"sub": SUBJECT}, other)

    with pytest.raises(sso.NotBelievedError):
        sso.checked(
            forged, {"keys": [known.as_dict(private=False)]}, provider, nonce="n",
            real_now=real.now(),
        )  # fmt: skip


def test_one_identity_is_linked_to_one_account(installation: Installation) -> None:
    with installation.database.transaction() as session:
        accounts = session.query(Account).filter(Account.member_code.is_not(None)).all()
        sso.link(session, accounts[0], "https://sso.gov.example", SUBJECT, now=installation.now())

        with pytest.raises(ValueError, match="another account"):
            sso.link(
                session, accounts[1], "https://sso.gov.example", SUBJECT, now=installation.now()
            )


def test_an_issuer_without_encryption_is_refused() -> None:
    with pytest.raises(ValidationError, match="https://"):
        IdentityProvider(
            issuer="http://sso.gov.example", client_id="c", client_secret=SecretStr("s")
        )


def test_the_sign_in_page_offers_each_government_that_is_set_up(ministry: Ministry) -> None:
    page = ministry.visitor().open("/sign-in")

    assert re.findall(r'href="/sso/(\w+)"', page) == ["AU", "ID"]


def test_a_government_that_is_not_set_up_has_no_such_page(
    installation: Installation, real: ToldTime
) -> None:
    visitor = Browser(
        a_client(create_app(installation, real_now=real.now), "http://localhost:8080")
    )

    visitor.open("/sso/ID", status=404)
    assert Settings().sso == {}
