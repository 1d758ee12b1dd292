"""Mail providers' webhooks: who is let in, what is kept, and that nothing makes them break."""

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import func, select
from starlette.testclient import TestClient

from dashboard import webhooks
from dashboard.app import create_app
from store.installation import Installation
from store.tables import Need, Reply
from tests.support.properties import examples
from tests.support.provider_posts import Post, mailgun, multipart, postmark, sendgrid

SECRET = "a secret of the provider's"  # noqa: S105 - of no installation
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADDRESS = "ack+t@in.cm.example"
RAW = b"From: a@x.example\r\nTo: ack+t@in.cm.example\r\nMessage-ID: <1@x>\r\n\r\nOK\r\n"
KINDS = ("application/json", "multipart/form-data; boundary=b", "multipart/form-data",
         "application/x-www-form-urlencoded", "")  # fmt: skip


@pytest.fixture
def provider(installation: Installation) -> TestClient:
    secrets = {name: SecretStr(SECRET) for name in ("postmark", "sendgrid", "mailgun")}
    told = installation.settings.model_copy(update={"mail_webhooks": secrets})
    app = create_app(
        Installation(told, installation.database, installation.clock), real_now=lambda: NOW
    )
    return TestClient(app, base_url=told.public_url)


def posted(provider: TestClient, path: str, post: Post) -> int:
    body, kind = post
    headers = {"Content-Type": kind}
    status: int = provider.post(f"/mail/{path}", content=body, headers=headers).status_code
    return status


def kept(installation: Installation) -> int:
    with installation.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Reply)) or 0


def test_the_same_mail_by_every_provider_is_one_reply(
    provider: TestClient, installation: Installation
) -> None:
    assert posted(provider, f"postmark/{SECRET}", postmark(RAW, ADDRESS)) == 200
    assert posted(provider, f"sendgrid/{SECRET}", sendgrid(RAW, ADDRESS)) == 200
    signed = mailgun(RAW, ADDRESS, secret=SECRET, now=NOW)
    assert posted(provider, "mailgun/mime", signed) == 200

    assert kept(installation) == 1


def test_who_does_not_know_the_secret_is_put_off_and_a_person_is_told_once(
    provider: TestClient, installation: Installation
) -> None:
    for path, post in (
        ("postmark", postmark(RAW, ADDRESS)),
        ("postmark/guessed", postmark(RAW, ADDRESS)),
        ("postmark/guessed", postmark(RAW, ADDRESS)),
        ("mailgun/mime", mailgun(RAW, ADDRESS, secret="guessed", now=NOW)),  # noqa: S106
    ):
        assert posted(provider, path, post) == 503

    assert kept(installation) == 0
    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Need)) == 2


def test_a_provider_that_is_not_named_in_the_settings_does_not_exist(
    installation: Installation,
) -> None:
    stranger = TestClient(create_app(installation), base_url=installation.settings.public_url)

    assert posted(stranger, f"postmark/{SECRET}", postmark(RAW, ADDRESS)) == 404
    assert posted(stranger, "nobody", postmark(RAW, ADDRESS)) == 404


def test_what_comes_without_its_original_is_kept_for_a_person_and_matches_nobody(
    provider: TestClient, installation: Installation
) -> None:
    assert posted(provider, f"sendgrid/{SECRET}", multipart({"text": b"OK", "to": b"x"})) == 200

    with installation.database.reading() as session:
        reply = session.scalars(select(Reply)).one()
        assert (reply.envelope["way"], reply.envelope["rcpt_tos"]) == ("sendgrid", [])
        assert "raw message" in " ".join(need.sentence for need in session.scalars(select(Need)))


def test_what_is_too_large_to_hold_is_put_off_and_told(
    provider: TestClient, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "LARGEST_POST", 100)

    assert posted(provider, f"postmark/{SECRET}", postmark(RAW, ADDRESS)) == 503
    with installation.database.reading() as session:
        assert "too large" in session.scalars(select(Need)).one().sentence


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=400), key=st.text(max_size=8), login=st.text(max_size=20))
def test_nothing_that_is_posted_makes_a_door_break(
    provider: TestClient, body: bytes, key: str, login: str
) -> None:
    headers = {"Authorization": login.encode(), "X-Twilio-Signature": login.encode()}
    paths = ("/mail/mailgun/mime", f"/mail/postmark/{SECRET}", "/mail/sendgrid", "/twilio/sms")
    for path, kind in product(paths, KINDS):
        params = {"k": key}
        got = provider.post(
            path, content=body, params=params, headers={"Content-Type": kind, **headers}
        )
        assert got.status_code in {200, 400, 403, 503}, (path, kind, got.status_code)
