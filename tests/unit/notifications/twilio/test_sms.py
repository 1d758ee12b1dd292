"""How an SMS leaves by Twilio, and whose word about it is believed."""

import asyncio
import hashlib
import hmac
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from mechanism.vocabulary import Channel
from notifications.provider import Accepted, NotFound, Outgoing, Refusal, Rejected, Unknown
from notifications.twilio.callbacks import attempt_of, status_path
from notifications.twilio.client import TwilioAccount
from notifications.twilio.refusals import refusal_of
from notifications.twilio.signature import signature_ok
from notifications.twilio.sms import Twilio
from simulator import (
    DEMO_ACCOUNT,
    DEMO_NUMBER,
    DEMO_TOKEN,
    Gateway,
    PlannedFault,
    Trouble,
    signature,
)
from tests.support.patience import PATIENCE

KEY = b"a key of the tests"
PHONE = "+999100000001"

# Twilio's published example of a signed request.
PUBLISHED_TOKEN = "12345"  # noqa: S105 - published
PUBLISHED_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
PUBLISHED_FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
PUBLISHED_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def provider(
    api_base: str,
    *,
    token: str = DEMO_TOKEN,
    sender: str = DEMO_NUMBER,
    timeout: float = PATIENCE,
) -> Twilio:
    return Twilio(
        TwilioAccount(DEMO_ACCOUNT, token, api_base=api_base, timeout=timeout),
        senders={"": sender},
        public_url="https://mechanism.example/",
        callback_key=KEY,
    )


def outgoing(attempt: int = 7, body: str = "BP-X-2026-003 urgent. Reply OK 48213") -> Outgoing:
    return Outgoing(attempt, Channel.SMS, PHONE, body=body, search="48213")


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway(rate=1000) as gateway:
        yield gateway


@pytest.fixture
async def sms(gateway: Gateway) -> AsyncIterator[Twilio]:
    sms = provider(gateway.http_url)
    await sms.open()
    yield sms
    await sms.close()


class Stub:
    """An API that answers every create with one prepared response."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self._answer = (status, text, headers)
        self.forms: list[dict[str, str]] = []

    async def __aenter__(self) -> Twilio:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._respond)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._sms = provider("http://127.0.0.1:{1}".format(*self._runner.addresses[0]))
        return self._sms

    async def __aexit__(self, *_: object) -> None:
        await self._sms.close()
        await self._runner.cleanup()

    async def _respond(self, request: web.Request) -> web.Response:
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        status, text, headers = self._answer
        return web.Response(status=status, text=text, headers=headers)


def test_the_status_path_brings_the_attempt_back() -> None:
    _, _, _, attempt, mac = status_path(48213, KEY).split("/")

    assert attempt_of(attempt, mac, KEY) == 48213


@pytest.mark.parametrize(
    ("attempt", "mac_of", "key"),
    [
        ("2", 1, KEY),
        ("1", 1, b"another key"),
        ("01", 1, KEY),
        ("-1", 1, KEY),
        ("²", 2, KEY),
        ("9" * 40, 1, KEY),
        ("", 1, KEY),
    ],
)
def test_a_status_path_that_we_did_not_make_names_no_attempt(
    attempt: str, mac_of: int, key: bytes
) -> None:
    mac = status_path(mac_of, KEY).rpartition("/")[2]

    assert attempt_of(attempt, mac, key) is None


@given(st.text(), st.text())
def test_no_status_path_makes_reading_fail(attempt: str, mac: str) -> None:
    assert attempt_of(attempt, mac, KEY) is None


def test_the_published_signature_is_believed() -> None:
    assert signature_ok(
        tokens=[PUBLISHED_TOKEN],
        url=PUBLISHED_URL,
        params=PUBLISHED_FORM,
        signature=PUBLISHED_SIGNATURE,
    )


def test_while_a_token_is_replaced_both_are_believed() -> None:
    assert signature_ok(
        tokens=["the new one", PUBLISHED_TOKEN],
        url=PUBLISHED_URL,
        params=PUBLISHED_FORM,
        signature=PUBLISHED_SIGNATURE,
    )


@pytest.mark.parametrize(
    "given_signature", [None, "", "x", PUBLISHED_SIGNATURE.lower(), "\ud800", "é"]
)
def test_an_absent_or_wrong_signature_is_not_believed(given_signature: str | None) -> None:
    assert not signature_ok(
        tokens=[PUBLISHED_TOKEN],
        url=PUBLISHED_URL,
        params=PUBLISHED_FORM,
        signature=given_signature,
    )


@pytest.mark.parametrize(
    ("url", "params"),
    [
        (PUBLISHED_URL + "/", PUBLISHED_FORM),
        (PUBLISHED_URL.replace("https", "http"), PUBLISHED_FORM),
        (PUBLISHED_URL, PUBLISHED_FORM[1:]),
        (PUBLISHED_URL, [*PUBLISHED_FORM, ("Body", "OK")]),
        (PUBLISHED_URL, [*PUBLISHED_FORM, ("Digits", "9999")]),
        ("https://mycompany.com:port/", PUBLISHED_FORM),
        (PUBLISHED_URL, [("Body", "\ud800")]),
    ],
)
def test_what_was_not_signed_is_not_believed(url: str, params: list[tuple[str, str]]) -> None:
    assert not signature_ok(
        tokens=[PUBLISHED_TOKEN], url=url, params=params, signature=PUBLISHED_SIGNATURE
    )


SHARED = "the shared key"
NEWER = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"


def signed_by_sha256(key: str) -> str:
    """As Twilio describes it, without its SDK: the address, then the sorted fields."""
    text = PUBLISHED_URL + "".join(name + value for name, value in sorted(PUBLISHED_FORM))
    return b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def believed(given: str, *, header: str | None, shared_key: str) -> bool:
    return signature_ok(
        tokens=[PUBLISHED_TOKEN],
        url=PUBLISHED_URL,
        params=PUBLISHED_FORM,
        signature=given,
        settings_header=header,
        shared_key=shared_key,
    )


def test_the_newer_signature_is_believed_by_the_shared_key_alone() -> None:
    assert believed(signed_by_sha256(SHARED), header=NEWER, shared_key=SHARED)
    assert not believed(signed_by_sha256(PUBLISHED_TOKEN), header=NEWER, shared_key=SHARED)
    assert not believed(signed_by_sha256(SHARED), header=NEWER, shared_key="")
    assert not believed(signed_by_sha256(""), header=NEWER, shared_key="")


def test_while_the_account_changes_over_the_older_signature_is_believed_too() -> None:
    assert believed(PUBLISHED_SIGNATURE, header=None, shared_key=SHARED)


@pytest.mark.parametrize("header", [NEWER, "algorithm=HMAC_MD5", "algorithm=none"])
def test_naming_another_algorithm_does_not_help_a_signature(header: str) -> None:
    assert not believed(PUBLISHED_SIGNATURE, header=header, shared_key=SHARED)


def test_an_empty_token_believes_nobody() -> None:
    forged = signature("", PUBLISHED_URL, dict(PUBLISHED_FORM))

    assert not signature_ok(
        tokens=["", ""], url=PUBLISHED_URL, params=PUBLISHED_FORM, signature=forged
    )


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (21211, Refusal.ADDRESS),
        (21614, Refusal.ADDRESS),
        (30003, Refusal.ADDRESS),
        (21610, Refusal.OPTED_OUT),
        (30007, Refusal.POLICY),
        (20429, Refusal.CAPACITY),
        (21408, Refusal.CONFIGURATION),
        (20003, Refusal.CONFIGURATION),
        (99999, Refusal.POLICY),
    ],
)
def test_each_error_code_has_its_class(code: int, refusal: Refusal) -> None:
    assert refusal_of(code) is refusal


def test_a_provider_without_a_sender_is_refused() -> None:
    with pytest.raises(ValueError, match="sender"):
        provider("https://api.mechanism.example", sender="")


async def test_the_request_says_what_it_must_and_no_more() -> None:
    stub = Stub(201, '{"sid": "SM1"}')
    async with stub as sms:
        await sms.submit(replace(outgoing(), valid_for=timedelta(minutes=30)))

    assert stub.forms == [
        {
            "To": PHONE,
            "From": DEMO_NUMBER,
            "Body": outgoing().body,
            "StatusCallback": f"https://mechanism.example{status_path(7, KEY)}",
            "ValidityPeriod": "1800",
        }
    ]


@pytest.mark.parametrize(
    ("valid_for", "seconds"),
    [(timedelta(), "1"), (timedelta(milliseconds=1), "1"), (timedelta(days=2), "36000")],
)
async def test_validity_stays_within_what_twilio_takes(valid_for: timedelta, seconds: str) -> None:
    stub = Stub(201, '{"sid": "SM1"}')
    async with stub as sms:
        await sms.submit(replace(outgoing(), valid_for=valid_for))

    assert stub.forms[0]["ValidityPeriod"] == seconds


async def test_a_messaging_service_stands_in_for_a_sender(gateway: Gateway) -> None:
    sms = provider(gateway.http_url, sender=f"MG{1:032x}")

    assert isinstance(await sms.submit(outgoing()), Accepted)
    await sms.close()


async def test_a_countrys_texts_come_from_the_sender_that_it_asks_for() -> None:
    service = f"MG{2:032x}"
    stub = Stub(201, '{"sid": "SM1"}')
    async with stub as sms:
        sms._senders = {"": DEMO_NUMBER, "+999": "COCHAIRS", "+99920": service}
        for number in ("+999100000001", "+999200000001", "+15005550006"):
            await sms.submit(replace(outgoing(), address=number))

    assert [form.get("From") for form in stub.forms] == ["COCHAIRS", None, DEMO_NUMBER]
    assert stub.forms[1]["MessagingServiceSid"] == service


async def test_a_number_with_many_messages_is_looked_through_page_by_page(
    sms: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.twilio.sms._A_PAGE", 2)
    first = await sms.submit(outgoing())
    for attempt in range(8, 13):
        await sms.submit(replace(outgoing(attempt, "another text"), search="another"))

    assert await sms.reconcile(outgoing()) == first
    assert await sms.reconcile(replace(outgoing(), search="nowhere")) == NotFound()


async def test_a_list_that_is_too_long_proves_nothing(
    sms: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.twilio.sms._LISTED", 2)
    for attempt in range(2):
        await sms.submit(outgoing(attempt))

    assert isinstance(await sms.reconcile(replace(outgoing(), search="nowhere")), Unknown)


async def test_too_many_requests_come_back_with_the_wait(gateway: Gateway, sms: Twilio) -> None:
    gateway.faults.add(PlannedFault(Trouble.SMS_BUSY, seconds=9))

    outcome = await sms.submit(outgoing())

    assert isinstance(outcome, Rejected)
    assert outcome.refusal is Refusal.CAPACITY
    assert outcome.retry_after == timedelta(seconds=9)


async def test_a_wrong_token_is_a_matter_of_configuration(gateway: Gateway) -> None:
    sms = provider(gateway.http_url, token=DEMO_TOKEN[1:])

    outcome = await sms.submit(outgoing())
    await sms.close()

    assert isinstance(outcome, Rejected)
    assert (outcome.refusal, outcome.code) == (Refusal.CONFIGURATION, "20003")


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (201, "<html>"),
        (201, ""),
        (201, "[]"),
        (201, "{}"),
        (201, '{"sid": null}'),
        (302, ""),
        (408, ""),
        (500, "{}"),
        (503, '{"code": 20503, "message": "away", "status": 503}'),
    ],
)
async def test_an_answer_that_says_nothing_leaves_it_unknown(status: int, text: str) -> None:
    async with Stub(status, text) as sms:
        assert isinstance(await sms.submit(outgoing()), Unknown)


@pytest.mark.parametrize(
    ("status", "text", "refusal", "code"),
    [
        (400, "<html>", Refusal.POLICY, "HTTP 400"),
        (400, '{"code": null}', Refusal.POLICY, "HTTP 400"),
        (401, "", Refusal.CONFIGURATION, "HTTP 401"),
        (429, "", Refusal.CAPACITY, "HTTP 429"),
        (400, '{"code": 63999, "message": "new"}', Refusal.POLICY, "63999"),
        (
            400,
            '{"type": "t", "title": "gone", "status": 400, "code": 21610}',
            Refusal.OPTED_OUT,
            "21610",
        ),
    ],
)
async def test_a_refusal_in_any_form_is_a_refusal(
    status: int, text: str, refusal: Refusal, code: str
) -> None:
    async with Stub(status, text) as sms:
        outcome = await sms.submit(outgoing())

    assert isinstance(outcome, Rejected)
    assert (outcome.refusal, outcome.code) == (refusal, code)


async def test_a_wait_that_is_no_number_of_seconds_is_no_wait() -> None:
    async with Stub(429, "", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}) as sms:
        outcome = await sms.submit(outgoing())

    assert isinstance(outcome, Rejected)
    assert outcome.retry_after is None


@pytest.mark.parametrize(
    "trouble",
    [Trouble.SMS_TAKEN_THEN_CUT, Trouble.SMS_TAKEN_THEN_ERROR, Trouble.SMS_TAKEN_THEN_GARBLED],
)
async def test_nothing_is_sent_twice_by_itself_and_reconciling_finds_what_was_taken(
    gateway: Gateway, sms: Twilio, trouble: Trouble
) -> None:
    gateway.faults.add(PlannedFault(trouble))

    assert isinstance(await sms.submit(outgoing()), Unknown)
    found = await sms.reconcile(outgoing())

    (taken,) = gateway.arrivals
    assert found == Accepted(taken.provider_id)


async def test_reconciling_what_was_never_taken_is_certain(sms: Twilio) -> None:
    await sms.submit(replace(outgoing(), body="another text", search=""))

    assert await sms.reconcile(outgoing()) == NotFound()


async def test_reconciling_finds_a_message_behind_many_later_ones(sms: Twilio) -> None:
    await sms.submit(outgoing())
    await asyncio.gather(*(sms.submit(outgoing(n, f"later {n}")) for n in range(60)))

    assert isinstance(await sms.reconcile(outgoing()), Accepted)


async def test_a_list_that_is_cut_off_proves_nothing(
    sms: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.twilio.sms._LISTED", 3)
    for number in range(3):
        await sms.submit(outgoing(number, f"later {number}"))

    assert isinstance(await sms.reconcile(outgoing()), Unknown)


async def test_a_list_that_cannot_be_had_leaves_it_unknown(gateway: Gateway, sms: Twilio) -> None:
    gateway.faults.add(PlannedFault(Trouble.LIST_ERROR))

    assert isinstance(await sms.reconcile(outgoing()), Unknown)


async def test_without_a_text_to_search_for_nothing_is_concluded(sms: Twilio) -> None:
    assert isinstance(await sms.reconcile(replace(outgoing(), search="")), Unknown)
