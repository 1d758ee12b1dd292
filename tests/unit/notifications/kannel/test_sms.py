"""How an SMS leaves by Kannel, and whose word about it is believed."""

from datetime import timedelta
from types import TracebackType
from typing import Self

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from mechanism.vocabulary import Channel
from notifications.kannel import callbacks
from notifications.kannel.sms import Kannel
from notifications.provider import (
    Accepted,
    Outcome,
    Outgoing,
    Refusal,
    Rejected,
    Unknown,
)
from tests.support.patience import PATIENCE

KEY = b"a key of the tests"
PHONE = "+999100000001"
TEXT = "BP-X-2026-003 urgent. Reply OK 48213"


def outgoing(
    *, attempt: int = 7, address: str = PHONE, body: str = TEXT, valid_for: timedelta | None = None
) -> Outgoing:
    return Outgoing(
        attempt, Channel.SMS, address, body=body, valid_for=valid_for or timedelta(minutes=30)
    )


def provider(api_base: str) -> Kannel:
    return Kannel(
        api_base=api_base,
        user="demo",
        password="a password",  # noqa: S106 - of a stub
        sender="+999901001",
        public_url="https://mechanism.example/",
        callback_key=KEY,
        timeout=PATIENCE,
    )


class Stub:
    """A smsbox that answers every request with one prepared sentence."""

    def __init__(self, status: int = 202, text: str = "0: Accepted for delivery") -> None:
        self._status, self._text = status, text
        self.asked: list[tuple[str, dict[str, str], str]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._respond)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.provider = provider("http://127.0.0.1:{1}".format(*self._runner.addresses[0]))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.provider.close()
        await self._runner.cleanup()

    async def _respond(self, request: web.Request) -> web.Response:
        body = (await request.read()).decode()
        self.asked.append((str(request.url), dict(request.headers), body))
        return web.Response(status=self._status, text=self._text)


async def answered(status: int, text: str) -> Outcome:
    async with Stub(status, text) as stub:
        return await stub.provider.submit(outgoing())


async def test_no_address_on_the_way_holds_a_number_a_text_or_a_password() -> None:
    async with Stub() as stub:
        await stub.provider.submit(outgoing())

    (url, headers, body) = stub.asked[0]
    assert url.endswith("/cgi-bin/sendsms")
    assert (headers["X-Kannel-To"], headers["X-Kannel-From"]) == (PHONE, "+999901001")
    assert body == TEXT


async def test_the_attempt_travels_with_the_text_and_is_the_id_by_which_it_is_known() -> None:
    async with Stub() as stub:
        outcome = await stub.provider.submit(outgoing(attempt=48213))

    report = stub.asked[0][1]["X-Kannel-DLR-Url"]
    path, _, query = report.removeprefix("https://mechanism.example").partition("?")
    _, _, _, attempt, mac = path.split("/")
    assert callbacks.attempt_of(attempt, mac, KEY) == 48213
    assert query == "status=%d&reply=%A"
    assert outcome == Accepted(callbacks.provider_id_of(48213))


@pytest.mark.parametrize(("body", "coding"), [(TEXT, "0"), ("Mendesak: balas OK 48213 ✓", "2")])
async def test_only_a_text_beyond_the_gsm_alphabet_is_sent_in_the_long_form(
    body: str, coding: str
) -> None:
    async with Stub() as stub:
        await stub.provider.submit(outgoing(body=body))

    assert stub.asked[0][1]["X-Kannel-Coding"] == coding
    assert stub.asked[0][2] == body


@pytest.mark.parametrize(("seconds", "minutes"), [(1, "1"), (119, "1"), (1800, "30")])
async def test_a_text_is_never_kept_for_a_minute_longer_than_it_may_arrive(
    seconds: int, minutes: str
) -> None:
    async with Stub() as stub:
        await stub.provider.submit(outgoing(valid_for=timedelta(seconds=seconds)))

    assert stub.asked[0][1]["X-Kannel-Validity"] == minutes


@pytest.mark.parametrize(
    "sentence", ["0: Accepted for delivery", "3: Queued for later delivery", "Sent."]
)
async def test_what_kannel_says_of_a_text_that_it_keeps_is_accepted(sentence: str) -> None:
    assert isinstance(await answered(202, sentence), Accepted)


@pytest.mark.parametrize(
    ("status", "sentence", "refusal"),
    [
        (403, "Authorization failed for sendsms", Refusal.CONFIGURATION),
        (404, "Unknown request.", Refusal.CONFIGURATION),
        (400, "Validity field misformed, rejected", Refusal.CONFIGURATION),
        (403, "Not routable. Do not try again.", Refusal.POLICY),
        (400, "Number(s) has/have been denied by white- and/or black-lists.", Refusal.POLICY),
        (429, "slower", Refusal.CAPACITY),
        (503, "Temporal failure, try again later.", Refusal.AWAY),
    ],
)
async def test_each_refusal_leads_to_a_next_act_of_its_own(
    status: int, sentence: str, refusal: Refusal
) -> None:
    outcome = await answered(status, sentence)

    assert isinstance(outcome, Rejected)
    assert outcome.refusal is refusal


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(500, "Sending failed."), (502, ""), (503, "a proxy's page"), (408, ""), (200, "<html>")],
)
async def test_an_answer_that_leaves_it_open_is_unknown(status: int, sentence: str) -> None:
    assert isinstance(await answered(status, sentence), Unknown)


async def test_what_is_no_number_never_reaches_a_header() -> None:
    async with Stub() as stub:
        outcome = await stub.provider.submit(outgoing(address="+999100000001\r\nX-Kannel-To: +1"))

    assert isinstance(outcome, Rejected)
    assert stub.asked == []


async def test_kannel_cannot_be_asked_what_became_of_a_text() -> None:
    assert isinstance(await provider("http://127.0.0.1:9").reconcile(outgoing()), Unknown)


def test_a_gateway_elsewhere_is_met_encrypted() -> None:
    with pytest.raises(ValueError, match="machine"):
        provider("http://kannel.example")


@pytest.mark.parametrize(
    ("value", "words", "refusal"),
    [
        ("16", "NACK/11/Invalid Destination Address", Refusal.ADDRESS),
        ("16", "NACK/0x0000000b/Invalid Destination Address", Refusal.ADDRESS),
        ("16", "NACK/0x00000058/Throttling error", Refusal.CAPACITY),
        ("16", "NACK/69/Submit failed", Refusal.POLICY),
        ("16", "", Refusal.POLICY),
        ("2", "id:1 sub:001 dlvrd:000 stat:UNDELIV err:001", Refusal.ADDRESS),
        ("2", "id:1 stat:REJECTD err:005", Refusal.POLICY),
    ],
)
def test_the_centres_own_words_tell_whose_matter_a_failure_is(
    value: str, words: str, refusal: Refusal
) -> None:
    reported = callbacks.reported(value, words)

    assert reported is not None
    assert reported.refusal is refusal


@pytest.mark.parametrize(("value", "words"), [("1", "NACK/11/"), ("8", "ACK/"), ("2", "?")])
def test_a_report_without_a_reason_names_none(value: str, words: str) -> None:
    assert callbacks.reported(value, words) is None


@given(st.text(max_size=4), st.text(max_size=60))
def test_no_words_of_a_stranger_make_reading_a_report_fail(value: str, words: str) -> None:
    callbacks.reported(value, words)
    callbacks.reported("16", f"NACK/{words}")


@given(st.text())
def test_only_the_installations_own_word_opens_the_door_for_texts(word: str) -> None:
    assert not callbacks.is_text_word(word, KEY)
    assert callbacks.is_text_word(callbacks.text_word(KEY), KEY)
