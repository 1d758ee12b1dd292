"""Each mail provider's dialect: what shows that it is the provider, and what it has brought."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.email.inbound.webhooks import DIALECTS
from notifications.email.inbound.webhooks.dialect import Knock, UnsignedError, WithoutOriginalError
from tests.support.provider_posts import mailgun, multipart, postmark, sendgrid

SECRET = "a secret of the provider's"  # noqa: S105 - of no installation
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RAW = b"From: a@x.example\r\nTo: ack+t@in.example\r\n\r\nYa, kami terima \xe9\r\n"
ASCII = RAW.replace(b"\xe9", b"")


def opened(name: str, post: tuple[bytes, str], *, now: datetime = NOW) -> object:
    return DIALECTS[name].open(*post, secret=SECRET, now=now)


@pytest.mark.parametrize("name", ["postmark", "sendgrid"])
def test_the_secret_stands_in_the_path_or_is_the_password(name: str) -> None:
    dialect = DIALECTS[name]
    basic = base64.b64encode(f"cm:{SECRET}".encode()).decode()

    assert dialect.lets_in(Knock(key=SECRET), SECRET)
    assert dialect.lets_in(Knock(authorization=f"Basic {basic}"), SECRET)
    for wrong in (
        Knock(), Knock(key=SECRET[:-1]), Knock(key="\udcff"), Knock(authorization="Basic ="),
        Knock(authorization=f"Bearer {basic}"), Knock(authorization="Basic /w=="),
    ):  # fmt: skip
        assert not dialect.lets_in(wrong, SECRET)


def test_postmark_brings_the_original_and_the_recipient() -> None:
    arrival = DIALECTS["postmark"].open(*postmark(ASCII, "ack+t@in.example"), secret="", now=NOW)

    assert (arrival.raw, arrival.recipients) == (ASCII, ("ack+t@in.example",))
    assert (arrival.way, arrival.secure) == ("postmark", True)


def test_sendgrid_brings_the_original_byte_for_byte_and_the_envelope() -> None:
    post = sendgrid(RAW, "ack+t@in.example", sender="")
    arrival = DIALECTS["sendgrid"].open(*post, secret="", now=NOW)

    assert (arrival.raw, arrival.sender, arrival.recipients) == (RAW, "", ("ack+t@in.example",))
    assert arrival.beside["provider_says"] == {"SPF": "pass", "dkim": "{@x.example : pass}"}


@pytest.mark.parametrize("encoded", ["multipart", "urlencoded"])
def test_mailgun_brings_the_original_in_a_signed_form(encoded: str) -> None:
    body, kind = mailgun(RAW, "ack+t@in.example", secret=SECRET, now=NOW)
    if encoded == "urlencoded":
        fields = {"body-mime": RAW, **_signed(NOW), "recipient": "ack+t@in.example"}
        body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    arrival = DIALECTS["mailgun"].open(body, kind, secret=SECRET, now=NOW)

    assert (arrival.raw, arrival.recipients) == (RAW, ("ack+t@in.example",))


def _signed(at: datetime) -> dict[str, str]:
    timestamp, token = str(int(at.timestamp())), "t" * 50
    signed = hmac.new(SECRET.encode(), (timestamp + token).encode(), hashlib.sha256)
    return {"timestamp": timestamp, "token": token, "signature": signed.hexdigest()}


@pytest.mark.parametrize("late", [timedelta(hours=10), timedelta(minutes=-10)])
def test_a_signature_of_another_day_is_worth_nothing(late: timedelta) -> None:
    with pytest.raises(UnsignedError):
        opened("mailgun", mailgun(RAW, "a@b.example", secret=SECRET, now=NOW), now=NOW + late)


def test_the_last_repetition_of_mailguns_is_still_taken() -> None:
    assert opened(
        "mailgun",
        mailgun(RAW, "a@b.example", secret=SECRET, now=NOW),
        now=NOW + timedelta(hours=8, minutes=1),
    )


@pytest.mark.parametrize("name", sorted(DIALECTS))
@given(body=st.binary(max_size=300), kind=st.text(max_size=60))
def test_whatever_is_posted_is_a_mail_or_has_no_original_or_no_signature(
    name: str, body: bytes, kind: str
) -> None:
    for content_type in (kind, "multipart/form-data; boundary=b", "application/json",
                         "application/x-www-form-urlencoded"):  # fmt: skip
        try:
            opened(name, (body, content_type))
        except (UnsignedError, WithoutOriginalError):
            continue


@pytest.mark.parametrize(
    "document", ["[]", "1", "null", '{"RawEmail": 1}', '{"RawEmail": null}', "[" * 100_000, "{}"]
)
def test_a_document_without_the_original_says_so(document: str) -> None:
    with pytest.raises(WithoutOriginalError):
        opened("postmark", (document.encode(), "application/json"))


@pytest.mark.parametrize("envelope", ["", "[]", "null", '{"to": 1, "from": 2}', "[" * 100_000])
def test_an_envelope_that_cannot_be_read_is_as_none(envelope: str) -> None:
    arrival = DIALECTS["sendgrid"].open(
        *multipart({"email": RAW, "envelope": envelope.encode()}), secret="", now=NOW
    )

    assert (arrival.raw, arrival.sender, arrival.recipients) == (RAW, None, ())


def test_half_a_character_in_json_loses_no_mail() -> None:
    body = json.dumps({"RawEmail": "OK \ud800"}).encode()

    assert opened("postmark", (body, "application/json"))
