"""How a call leaves by Twilio, what is played in it, and how its own word about it is read."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from mechanism.keypad import CallEnd
from mechanism.receipts import DeliveryStatus
from mechanism.vocabulary import Channel, Ear
from notifications.hook import CallReport, CallStage
from notifications.provider import Accepted, NotFound, Outgoing, Refusal, Rejected, Unknown
from notifications.twilio import callbacks, twiml
from notifications.twilio.client import TwilioAccount
from notifications.twilio.voice import TwilioVoice
from simulator import (
    DEMO_ACCOUNT,
    DEMO_NUMBER,
    DEMO_TOKEN,
    Gateway,
    PlannedFault,
    SimulatedCall,
    Trouble,
)
from simulator.twiml import Gather, Hangup, Pause, Say, read_twiml
from tests.support.patience import PATIENCE

KEY = b"a key of the tests"
PHONE = "+999100000001"
OUTGOING = Outgoing(7, Channel.VOICE, PHONE, body="Press 1. <Secret & title>", search="Press 1")


def provider(api_base: str) -> TwilioVoice:
    return TwilioVoice(
        TwilioAccount(DEMO_ACCOUNT, DEMO_TOKEN, api_base=api_base, timeout=PATIENCE),
        senders={"": DEMO_NUMBER},
        public_url="https://mechanism.example/",
        callback_key=KEY,
    )


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway(rate=1000) as gateway:
        yield gateway


@pytest.fixture
async def calls(gateway: Gateway) -> AsyncIterator[TwilioVoice]:
    calls = provider(gateway.http_url)
    await calls.open()
    yield calls
    await calls.close()


@pytest.mark.parametrize("path", [twiml.path, twiml.answer_path, twiml.status_path])
def test_each_path_brings_the_attempt_back(path: object) -> None:
    assert callable(path)
    parts = path(48213, KEY).removeprefix(f"{twiml.PATH}/").split("/")

    assert twiml.attempt_of(parts[0], parts[1], KEY) == 48213
    assert twiml.attempt_of("48214", parts[1], KEY) is None


def test_the_mark_of_a_texts_report_opens_no_call() -> None:
    from notifications.twilio.callbacks import status_path  # noqa: PLC0415 - for this comparison alone

    mac = status_path(7, KEY).rpartition("/")[2]

    assert twiml.attempt_of("7", mac, KEY) is None


def test_what_is_said_is_said_line_by_line_and_the_call_ends() -> None:
    said = read_twiml(twiml.told(["One & only.", "Two <b>."]))

    assert said == (Say("One & only."), Pause(1), Say("Two <b>."), Pause(1), Hangup())


def test_a_menu_is_said_twice_before_nobody_is_thought_to_listen() -> None:
    here = "https://mechanism.example/answer"
    *menus, last, _, end = read_twiml(twiml.asked(["Press 1."], answer=here, at_end=["Goodbye."]))

    assert [type(menu) for menu in menus] == [Gather, Gather]
    for menu in menus:
        assert isinstance(menu, Gather)
        assert (menu.action, menu.most, menu.method) == (here, 1, "POST")
        assert menu.spoken[0] == Say("Press 1.")
    assert (last, end) == (Say("Goodbye."), Hangup())


def test_star_and_hash_are_keys_too_and_reach_us() -> None:
    document = ET.fromstring(twiml.asked(["x"], answer="/", at_end=[]))  # noqa: S314 - our own

    assert [menu.get("finishOnKey") for menu in document.iter("Gather")] == ["", ""]


def test_a_key_is_kept_as_it_was_posted_and_known_again_by_its_call() -> None:
    form = [("CallSid", "CA1"), ("Digits", "1"), ("To", PHONE), ("From", DEMO_NUMBER)]

    heard = callbacks.pressed(form, attempt=7)

    assert (heard.provider_id, heard.sender) == ("CA1/1", PHONE)
    assert heard.raw == b'[["CallSid", "CA1"], ["Digits", "1"], ["To", "%s"], ["From", "%s"]]' % (
        PHONE.encode(),
        DEMO_NUMBER.encode(),
    )
    assert (heard.provider, heard.text) == ("twilio-voice", "1")
    assert heard.envelope == {"way": "webhook", "attempt": 7, "ear": "nobody_knows"}


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("busy", Refusal.UNANSWERED),
        ("no-answer", Refusal.UNANSWERED),
        ("canceled", Refusal.UNANSWERED),
        ("failed", Refusal.ADDRESS),
    ],
)
def test_why_nobody_took_a_call_is_told_by_its_status(status: str, refusal: Refusal) -> None:
    found = reported(status, SipResponseCode="480").refused

    assert found is not None
    assert (found.refusal, found.code, found.permanent) == (refusal, "480", True)


@pytest.mark.parametrize("status", ["queued", "ringing", "in-progress", "completed", ""])
def test_a_call_that_goes_on_or_was_taken_has_no_such_reason(status: str) -> None:
    assert reported(status).refused is None


@pytest.mark.parametrize(
    ("word", "ear"),
    [
        ("human", Ear.HUMAN),
        ("machine_start", Ear.MACHINE),
        ("machine_end_beep", Ear.MACHINE),
        ("machine_end_silence", Ear.MACHINE),
        ("fax", Ear.MACHINE),
        ("unknown", Ear.NOBODY_KNOWS),
        ("", None),
    ],
)
def test_who_listens_is_as_twilio_says_and_no_guess(word: str, ear: Ear | None) -> None:
    assert reported("in-progress", AnsweredBy=word).ear is ear


@pytest.mark.parametrize(
    ("status", "word", "stage", "end"),
    [
        ("initiated", DeliveryStatus.TAKEN, CallStage.UNDER_WAY, None),
        ("ringing", DeliveryStatus.TAKEN, CallStage.UNDER_WAY, None),
        ("in-progress", DeliveryStatus.TAKEN, CallStage.TAKEN, None),
        ("completed", DeliveryStatus.ARRIVED, CallStage.ENDED, None),
        ("busy", DeliveryStatus.LOST, CallStage.ENDED, CallEnd.BUSY),
        ("no-answer", DeliveryStatus.LOST, CallStage.ENDED, CallEnd.NO_ANSWER),
        ("failed", DeliveryStatus.LOST, CallStage.ENDED, CallEnd.FAILED),
        ("canceled", DeliveryStatus.LOST, CallStage.ENDED, CallEnd.CANCELLED),
        ("something new", None, CallStage.UNDER_WAY, None),
    ],
)
def test_how_far_a_call_has_come_is_told_by_its_status(
    status: str, word: DeliveryStatus | None, stage: CallStage, end: CallEnd | None
) -> None:
    report = reported(status)

    assert (report.status, report.stage, report.not_taken) == (word, stage, end)


def reported(status: str, **more: str) -> CallReport:
    return callbacks._call_report({"CallSid": "CA1", **more}, status, attempt=7)


async def test_the_request_holds_no_word_of_what_is_said(
    gateway: Gateway, calls: TwilioVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mapping[str, str]] = []
    take = gateway._exchange.take

    async def noted(form: Mapping[str, str]) -> SimulatedCall:
        asked.append(dict(form))
        return await take(form)

    monkeypatch.setattr(gateway._exchange, "take", noted)

    assert isinstance(await calls.submit(OUTGOING), Accepted)

    (form,) = asked
    assert "Press" not in str(form)
    assert form["Url"] == f"https://mechanism.example{twiml.path(7, KEY)}"
    assert form["StatusCallback"] == f"https://mechanism.example{twiml.status_path(7, KEY)}"
    assert form["MachineDetection"] == "DetectMessageEnd"
    assert (form["To"], form["From"], form["Timeout"]) == (PHONE, DEMO_NUMBER, "45")


async def test_that_no_call_is_listed_is_certain(gateway: Gateway, calls: TwilioVoice) -> None:
    gateway.faults.add(PlannedFault(Trouble.CALL_OUTAGE))

    assert isinstance(await calls.submit(OUTGOING), Unknown)
    assert await calls.reconcile(OUTGOING) == NotFound()


async def test_a_call_that_is_listed_may_be_anothers_and_is_not_taken_for_ours(
    gateway: Gateway, calls: TwilioVoice
) -> None:
    gateway.faults.add(PlannedFault(Trouble.CALL_TAKEN_THEN_CUT))

    assert isinstance(await calls.submit(OUTGOING), Unknown)
    assert isinstance(await calls.reconcile(OUTGOING), Unknown)
    assert await calls.reconcile(replace(OUTGOING, address="+999100000002")) == NotFound()


async def test_a_list_that_cannot_be_had_leaves_it_unknown(
    gateway: Gateway, calls: TwilioVoice
) -> None:
    gateway.faults.add(PlannedFault(Trouble.LIST_ERROR))

    assert isinstance(await calls.reconcile(OUTGOING), Unknown)


async def test_a_country_that_the_account_may_not_call_is_a_matter_of_configuration(
    gateway: Gateway, calls: TwilioVoice
) -> None:
    gateway.faults.add(PlannedFault(Trouble.CALL_REFUSED, code=21215))

    outcome = await calls.submit(OUTGOING)

    assert isinstance(outcome, Rejected)
    assert outcome.refusal is Refusal.CONFIGURATION
