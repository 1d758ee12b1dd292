"""What a simulated call says, hears and reports."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from multidict import MultiDict
from twilio.base.exceptions import (  # type: ignore[import-untyped]  # ships no types
    TwilioRestException,
)
from twilio.request_validator import (  # type: ignore[import-untyped]  # ships no types
    RequestValidator,
)
from twilio.rest import Client  # type: ignore[import-untyped]  # ships no types

from mechanism.vocabulary import Channel
from simulator import (
    DEMO_ACCOUNT,
    DEMO_NUMBER,
    DEMO_TOKEN,
    Does,
    Gateway,
    OnCall,
    Persona,
    PlannedFault,
    SharedKey,
    SimulatedCall,
    Trouble,
)
from simulator.exchange import ENDS, ERROR_WORDS
from simulator.twiml import TwimlError, read_twiml
from tests.support.servers.here import here

PHONE = "+999100000001"
MENU = (
    '<Response><Gather numDigits="1" action="key?of=7" timeout="4"><Say>The mechanism calls.</Say>'
    "<Pause/><Say>Press 1 to acknowledge.</Say></Gather><Say>Goodbye.</Say></Response>"
)
THANKS = "<Response><Say>Thank you.</Say><Hangup/><Say>Never said.</Say></Response>"
EVERYTHING = ["initiated", "ringing", "answered", "completed"]


@dataclass
class VoiceDoor:
    """The project's side of a call: what it answers, and what it was told."""

    url: str = ""
    menu: str = MENU
    status: int = 200
    keys: list[str] = field(default_factory=list)
    reports: list[dict[str, str]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    valid: list[bool] = field(default_factory=list)

    async def heard(self, request: web.Request) -> dict[str, str]:
        form = MultiDict((name, str(value)) for name, value in (await request.post()).items())
        signature = request.headers.get("X-Twilio-Signature", "")
        url = f"{self.url}{request.path_qs}"
        self.valid.append(RequestValidator(DEMO_TOKEN).validate(url, form, signature))
        return dict(form) | dict(request.query)

    async def voice(self, request: web.Request) -> web.Response:
        self.asked.append(await self.heard(request))
        return web.Response(text=self.menu, status=self.status, content_type="text/xml")

    async def key(self, request: web.Request) -> web.Response:
        form = await self.heard(request)
        assert form["of"] == "7"
        self.keys.append(form["Digits"])
        answer = (
            THANKS if form["Digits"] == "1" else "<Response><Redirect>voice</Redirect></Response>"
        )
        return web.Response(text=answer, content_type="text/xml")

    async def report(self, request: web.Request) -> web.Response:
        self.reports.append(await self.heard(request))
        return web.Response(status=204)

    @property
    def statuses(self) -> list[str]:
        return [report["CallStatus"] for report in self.reports]


@pytest.fixture
async def door() -> AsyncIterator[VoiceDoor]:
    door = VoiceDoor()
    app = web.Application()
    app.router.add_route("*", "/voice", door.voice)
    app.router.add_post("/key", door.key)
    app.router.add_route("*", "/report", door.report)
    async with here(app) as door.url:
        yield door


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway(rate=100_000.0) as gateway:
        yield gateway


@pytest.fixture
async def api(gateway: Gateway) -> AsyncIterator[aiohttp.ClientSession]:
    sign_in = {"Authorization": aiohttp.encode_basic_auth(DEMO_ACCOUNT, DEMO_TOKEN)}
    base = f"{gateway.http_url}/2010-04-01/Accounts/{DEMO_ACCOUNT}/"
    async with aiohttp.ClientSession(base, headers=sign_in) as session:
        yield session


async def place(
    api: aiohttp.ClientSession, door: VoiceDoor, *, status: int = 201, **more: str
) -> dict[str, str]:
    asked = {
        "To": PHONE,
        "From": DEMO_NUMBER,
        "Url": f"{door.url}/voice",
        "StatusCallback": f"{door.url}/report",
    }
    form = [*(asked | more).items(), *(("StatusCallbackEvent", event) for event in EVERYTHING)]
    async with api.post("Calls.json", data=form) as answer:
        assert answer.status == status, await answer.text()
        placed: dict[str, str] = await answer.json()
        return placed


async def called(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor, habit: OnCall, **more: str
) -> SimulatedCall:
    """One call to somebody like that, from its beginning to its end."""
    gateway.install([Persona((PHONE,), Does.SILENT, on_call=habit)])
    await place(api, door, status=201, **more)
    await gateway.background_tasks.idle()
    (call,) = gateway.phone(PHONE).calls
    return call


# What is said and pressed.


async def test_a_person_hears_the_words_presses_1_and_is_thanked(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    call = await called(gateway, api, door, OnCall.PRESSES_1)

    assert call.heard == ["The mechanism calls.", "Press 1 to acknowledge.", "Thank you."]
    assert (call.pressed, door.keys, call.status) == (["1"], ["1"], "completed")
    assert door.statuses == ["initiated", "ringing", "in-progress", "completed"]
    assert all(door.valid)
    received = await gateway.expect(PHONE, containing="Press 1")
    assert (received.channel, received.provider_id) == (Channel.VOICE, call.sid)


async def test_another_key_goes_to_the_action_and_the_menu_comes_again(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    call = await called(gateway, api, door, OnCall.PRESSES_ANOTHER_FIRST)

    assert door.keys == ["7", "1"]
    assert call.heard.count("Press 1 to acknowledge.") == 2
    assert call.heard[-1] == "Thank you."


async def test_a_loop_of_wrong_keys_ends_somewhere(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    call = await called(gateway, api, door, OnCall.PRESSES_ANOTHER)

    assert set(door.keys) == {"7"}
    assert call.status == "completed"
    assert "documents of TwiML" in " ".join(gateway.troubles)


async def test_whoever_only_listens_hears_it_to_the_end(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    call = await called(gateway, api, door, OnCall.LISTENS)

    assert call.heard[-1] == "Goodbye."
    assert (call.pressed, door.keys) == ([], [])


async def test_whoever_hangs_up_hears_one_sentence(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    call = await called(gateway, api, door, OnCall.HANGS_UP)

    assert call.words == "The mechanism calls."
    assert call.status == "completed"


async def test_a_machine_is_told_of_after_its_beep_and_presses_nothing(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    call = await called(gateway, api, door, OnCall.MACHINE, MachineDetection="DetectMessageEnd")

    assert door.asked[0]["AnsweredBy"] == "machine_end_beep"
    assert door.reports[-1]["AnsweredBy"] == "machine_end_beep"
    assert call.heard[-1] == "Goodbye."
    assert call.pressed == []


@pytest.mark.parametrize(
    ("habit", "asked", "answered_by"),
    [
        (OnCall.MACHINE, "Enable", "machine_start"),
        (OnCall.LISTENS, "Enable", "human"),
        (OnCall.LISTENS, "DetectMessageEnd", "human"),
    ],
)
async def test_who_has_picked_up_is_told_where_it_is_asked(
    gateway: Gateway,
    api: aiohttp.ClientSession,
    door: VoiceDoor,
    habit: OnCall,
    asked: str,
    answered_by: str,
) -> None:
    call = await called(gateway, api, door, habit, MachineDetection=asked)

    assert (call.answered_by, door.asked[0]["AnsweredBy"]) == (answered_by, answered_by)


async def test_who_has_picked_up_is_not_told_unasked(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    await called(gateway, api, door, OnCall.MACHINE)

    assert "AnsweredBy" not in door.asked[0]


@pytest.mark.parametrize(
    ("habit", "statuses", "sip"),
    [
        (OnCall.NO_ANSWER, ["initiated", "ringing", "no-answer"], "480"),
        (OnCall.BUSY, ["initiated", "ringing", "busy"], "486"),
        (OnCall.OUT_OF_SERVICE, ["initiated", "failed"], "404"),
    ],
)
async def test_a_call_that_nobody_takes_says_why(
    gateway: Gateway,
    api: aiohttp.ClientSession,
    door: VoiceDoor,
    habit: OnCall,
    statuses: list[str],
    sip: str,
) -> None:
    call = await called(gateway, api, door, habit)

    assert (door.statuses, door.reports[-1]["SipResponseCode"]) == (statuses, sip)
    assert (call.heard, call.started) == ([], None)
    assert [(one.arrived, one.trouble) for one in gateway.arrivals] == [(False, statuses[-1])]


async def test_a_report_holds_the_fields_of_the_providers(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    call = await called(gateway, api, door, OnCall.PRESSES_1)

    last = door.reports[-1]
    assert {name: last[name] for name in ("CallSid", "AccountSid", "To", "From")} == {
        "CallSid": call.sid,
        "AccountSid": DEMO_ACCOUNT,
        "To": PHONE,
        "From": DEMO_NUMBER,
    }
    assert (last["Direction"], last["ApiVersion"]) == ("outbound-api", "2010-04-01")
    assert 8 <= int(last["CallDuration"]) == call.seconds
    assert [report["SequenceNumber"] for report in door.reports] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("does", "status"),
    [
        (Does.PROMPT, "completed"),
        (Does.OUT_OF_OFFICE, "completed"),
        (Does.SILENT, "no-answer"),
        (Does.BOUNCES, "failed"),
    ],
)
async def test_an_office_of_which_nothing_else_is_said_behaves_on_the_phone_as_elsewhere(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor, does: Does, status: str
) -> None:
    gateway.install([Persona((PHONE,), does)])
    await place(api, door)
    await gateway.background_tasks.idle()

    assert [call.status for call in gateway.calls] == [status]


async def test_a_telephone_of_which_nothing_is_known_rings_unanswered(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    await place(api, door)
    await gateway.background_tasks.idle()

    assert door.statuses[-1] == "no-answer"


# Documents.


async def test_a_document_may_come_with_the_call(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    twiml = '<Response><Say loop="2">Hello</Say></Response>'

    call = await called(gateway, api, door, OnCall.LISTENS, Url="", Twiml=twiml)

    assert call.heard == ["Hello", "Hello"]
    assert door.asked == []


async def test_a_document_asked_for_by_get_is_signed_with_its_query(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    await called(gateway, api, door, OnCall.LISTENS, Method="GET", StatusCallbackMethod="GET")

    assert door.asked[0]["CallStatus"] == "in-progress"
    assert door.statuses[-1] == "completed"
    assert all(door.valid)


@pytest.mark.parametrize(
    ("menu", "status"), [(MENU, 500), ("<Response>", 200), ("<Response><Dial/></Response>", 200)]
)
async def test_a_document_that_cannot_be_played_is_apologised_for_and_noted(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor, menu: str, status: int
) -> None:
    door.menu, door.status = menu, status

    call = await called(gateway, api, door, OnCall.PRESSES_1)

    assert call.heard == [ERROR_WORDS]
    assert len(gateway.troubles) == 1


async def test_the_fallback_is_asked_where_the_first_address_fails(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    call = await called(
        gateway, api, door, OnCall.LISTENS,
        Url="http://127.0.0.1:9/voice", FallbackUrl=f"{door.url}/voice",
    )  # fmt: skip

    assert call.heard[-1] == "Goodbye."


@pytest.mark.parametrize(
    "text",
    [
        "no XML",
        "<Other/>",
        "<Response><Play>x</Play></Response>",
        "<Response><Gather><Redirect>x</Redirect></Gather></Response>",
        '<Response><Gather input="speech"/></Response>',
        '<Response><Pause length="long"/></Response>',
        '<Response><Redirect method="PUT">x</Redirect></Response>',
    ],
)
def test_what_is_no_twiml_or_is_not_played_here_is_refused(text: str) -> None:
    with pytest.raises(TwimlError):
        read_twiml(text)


# Steering a call.


async def test_a_call_is_cancelled_while_it_rings(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    gateway.pace.change(20)
    sid = (await place(api, door))["sid"]
    await gateway.phone(PHONE).expect_call("ringing")

    async with api.post(f"Calls/{sid}.json", data={"Status": "canceled"}) as answer:
        assert answer.status == 200
    await gateway.background_tasks.idle()

    assert door.statuses == ["initiated", "ringing", "canceled"]
    async with api.post(f"Calls/{sid}.json", data={"Status": "canceled"}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 21220)


async def test_a_call_that_goes_on_is_led_elsewhere_and_hung_up(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    gateway.install([Persona((PHONE,), Does.SILENT, on_call=OnCall.LISTENS)])
    endless = '<Response><Say loop="9999">Please wait.</Say></Response>'
    gateway.pace.change(200)
    sid = (await place(api, door, Url="", Twiml=endless))["sid"]
    call = await gateway.phone(PHONE).expect_call("in-progress", saying="Please wait.")

    longer = "<Response><Say>Now this.</Say><Pause length='9999'/></Response>"
    async with api.post(f"Calls/{sid}.json", data={"Twiml": longer}) as answer:
        assert answer.status == 200
    assert await gateway.phone(PHONE).expect_call(saying="Now this.") is call
    async with api.post(f"Calls/{sid}.json", data={"Status": "completed"}) as answer:
        assert answer.status == 200
    await gateway.background_tasks.idle()

    assert (call.status, call.heard[-1]) == ("completed", "Now this.")


async def test_calls_are_fetched_listed_and_deleted(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    call = await called(gateway, api, door, OnCall.PRESSES_1)
    await place(api, door, To="+999100000002")
    await gateway.background_tasks.idle()

    async with api.get(f"Calls/{call.sid}.json") as answer:
        fetched = await answer.json()
    async with api.get("Calls.json", params={"To": PHONE, "Status": "completed"}) as answer:
        listed = (await answer.json())["calls"]
    async with api.get("Calls.json", params={"StartTime>": "2999-01-01"}) as answer:
        assert (await answer.json())["calls"] == []
    async with api.get("Calls.json", params={"PageSize": "1"}) as answer:
        first = await answer.json()
    async with api.get(first["next_page_uri"]) as answer:
        second = await answer.json()
    async with api.delete(f"Calls/{call.sid}.json") as answer:
        assert answer.status == 204
    async with api.get(f"Calls/{call.sid}.json") as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, 20404)

    assert (fetched["status"], fetched["direction"]) == ("completed", "outbound-api")
    assert listed == [fetched]
    assert [one["to"] for one in (*first["calls"], *second["calls"])] == ["+999100000002", PHONE]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": DEMO_NUMBER, "Url": "http://x.example/"}, 21201),
        ({"To": PHONE, "Url": "http://x.example/"}, 21213),
        ({"To": "12", "From": DEMO_NUMBER, "Url": "http://x.example/"}, 21211),
        ({"To": PHONE, "From": "me", "Url": "http://x.example/"}, 21212),
        ({"To": PHONE, "From": DEMO_NUMBER}, 21205),
        ({"To": PHONE, "From": DEMO_NUMBER, "Url": "x"}, 20001),
        ({"To": PHONE, "From": DEMO_NUMBER, "Url": "http://x.example/", "Timeout": "no"}, 20001),
        (
            {"To": PHONE, "From": DEMO_NUMBER, "Url": "http://x.example/",
             "StatusCallbackEvent": "sung"}, 20001,
        ),
    ],
)  # fmt: skip
async def test_a_call_that_twilio_would_refuse_is_refused_with_its_code(
    gateway: Gateway, api: aiohttp.ClientSession, form: dict[str, str], code: int
) -> None:
    async with api.post("Calls.json", data=form) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, code)

    assert [(one.arrived, one.trouble) for one in gateway.arrivals] == [(False, str(code))]
    assert gateway.calls == ()


async def test_without_the_right_sign_in_no_call_is_placed(gateway: Gateway) -> None:
    base = f"{gateway.http_url}/2010-04-01/Accounts/{DEMO_ACCOUNT}"
    async with aiohttp.ClientSession() as session:
        for method, path in (("POST", "Calls"), ("GET", "Calls"), ("DELETE", "Calls/CA1")):
            async with session.request(method, f"{base}/{path}.json") as answer:
                assert (answer.status, (await answer.json())["code"]) == (401, 20003)


# Faults.


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (Trouble.CALL_LIMITED, 429, 20429),
        (Trouble.CALL_ERROR, 503, 20503),
        (Trouble.CALL_REFUSED, 400, 21215),
    ],
)
async def test_a_call_that_is_not_taken_never_rings(
    gateway: Gateway,
    api: aiohttp.ClientSession,
    door: VoiceDoor,
    trouble: Trouble,
    status: int,
    code: int,
) -> None:
    gateway.faults.add(PlannedFault(trouble, seconds=7))

    refused = await place(api, door, status=status)

    assert int(refused["code"]) == code
    assert gateway.calls == ()
    assert [(one.trouble, one.address) for one in gateway.faults.history] == [(trouble, PHONE)]


@pytest.mark.parametrize(
    ("trouble", "calls"), [(Trouble.CALL_OUTAGE, 0), (Trouble.CALL_TAKEN_THEN_CUT, 1)]
)
async def test_a_cut_answer_does_not_tell_whether_it_will_ring(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor, trouble: Trouble, calls: int
) -> None:
    gateway.faults.add(PlannedFault(trouble))

    with pytest.raises(aiohttp.ClientError):
        await place(api, door)

    assert len(gateway.calls) == calls


async def test_an_error_and_a_silence_may_hide_a_call_that_rings(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    gateway.faults.add(
        PlannedFault(Trouble.CALL_TAKEN_THEN_ERROR), PlannedFault(Trouble.CALL_HANG, seconds=60)
    )

    await place(api, door, status=503)
    asking = asyncio.create_task(place(api, door))

    await gateway.arrivals.until(lambda: len(gateway.calls) == 2)
    assert not asking.done()
    asking.cancel()


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Trouble.CALL_FAILED, "failed"),
        (Trouble.CALL_LINE_BUSY, "busy"),
        (Trouble.CALL_NO_ANSWER, "no-answer"),
    ],
)
async def test_the_network_may_end_a_call_that_a_person_would_have_taken(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor, trouble: Trouble, status: str
) -> None:
    gateway.faults.add(PlannedFault(trouble))

    call = await called(gateway, api, door, OnCall.PRESSES_1)

    assert (call.status, call.heard) == (status, [])
    assert call.status in ENDS


async def test_a_call_may_be_dropped_amid_a_sentence(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    gateway.pace.change(1000)
    gateway.faults.add(PlannedFault(Trouble.CALL_DROPPED, seconds=30))
    long = '<Response><Say loop="999">Please stay on the line.</Say></Response>'

    call = await called(gateway, api, door, OnCall.LISTENS, Url="", Twiml=long)

    assert call.status == "completed"
    assert 1 <= len(call.heard) < 999


async def test_a_tone_that_is_lost_is_no_key(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    gateway.faults.add(PlannedFault(Trouble.REPLY_LOST))

    call = await called(gateway, api, door, OnCall.PRESSES_1)

    assert (call.pressed, door.keys, call.heard[-1]) == (["1"], [], "Goodbye.")


@pytest.mark.parametrize(
    ("trouble", "statuses"),
    [
        (Trouble.CALLBACK_LOST, []),
        (
            Trouble.CALLBACK_DOUBLED,
            [s for s in ("initiated", "ringing", "no-answer") for _ in "12"],
        ),
        (Trouble.CALLBACK_REORDERED, ["no-answer", "ringing", "initiated"]),
        (Trouble.CALLBACK_LATE, ["initiated", "ringing", "no-answer"]),
    ],
)
async def test_what_befalls_reports_befalls_those_of_calls(
    gateway: Gateway,
    api: aiohttp.ClientSession,
    door: VoiceDoor,
    trouble: Trouble,
    statuses: list[str],
) -> None:
    gateway.faults.add(PlannedFault(trouble, seconds=60))

    await called(gateway, api, door, OnCall.NO_ANSWER)

    assert sorted(door.statuses) == sorted(statuses)
    if trouble is not Trouble.CALLBACK_LATE:  # late ones may overtake one another
        assert door.statuses == statuses


async def test_an_early_report_of_a_call_comes_before_the_answer(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    gateway.faults.add(
        PlannedFault(Trouble.CALLBACK_EARLY), PlannedFault(Trouble.CALL_HANG, seconds=60)
    )

    asking = asyncio.create_task(place(api, door))

    await gateway.arrivals.until(lambda: door.statuses[:1] == ["initiated"])
    assert not asking.done()
    asking.cancel()


async def test_a_forged_request_is_not_valid(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    gateway.faults.add(PlannedFault(Trouble.BAD_SIGNATURE))

    await called(gateway, api, door, OnCall.NO_ANSWER)

    assert door.valid == [False, True, True]


async def test_a_shared_key_signs_with_sha_256(door: VoiceDoor) -> None:
    key = SharedKey("webhooks_key", "its secret")
    seen: list[tuple[str, bool]] = []

    async def report(request: web.Request) -> web.Response:
        form = MultiDict((name, str(value)) for name, value in (await request.post()).items())
        settings = request.headers["X-Twilio-Webhooks-Signature-Settings"]
        signature = request.headers["X-Twilio-Signature"]
        url = str(request.url)
        valid = RequestValidator(key.secret).validate(url, form, signature, "HMAC_SHA256")
        seen.append((settings, valid))
        return web.Response()

    app = web.Application()
    app.router.add_post("/report", report)

    async with here(app) as url, Gateway(rate=100_000.0, shared_key=key) as gateway:
        sign_in = {"Authorization": aiohttp.encode_basic_auth(DEMO_ACCOUNT, DEMO_TOKEN)}
        base = f"{gateway.http_url}/2010-04-01/Accounts/{DEMO_ACCOUNT}/"
        async with aiohttp.ClientSession(base, headers=sign_in) as api:
            await place(api, door, StatusCallback=f"{url}/report")
            await gateway.background_tasks.idle()

    assert seen == [("key=webhooks_key,algorithm=HMAC_SHA256", True)] * 3


# Its two users: the SDK, and people with a browser.


async def test_the_providers_own_sdk_places_follows_and_ends_calls(
    gateway: Gateway, door: VoiceDoor
) -> None:
    gateway.install([Persona((PHONE,), Does.PROMPT)])
    placed = await asyncio.to_thread(sdk_places, gateway, f"{door.url}/voice")
    await gateway.background_tasks.idle()

    found = await asyncio.to_thread(sdk_looks, gateway, placed)

    assert found == [(placed, "completed", "human")]
    assert gateway.phone(PHONE).calls == ()


def sdk(gateway: Gateway) -> Any:
    client = Client(DEMO_ACCOUNT, DEMO_TOKEN)
    client.api.base_url = gateway.http_url
    return client


def sdk_places(gateway: Gateway, url: str) -> str:
    call = sdk(gateway).calls.create(
        to=PHONE, from_=DEMO_NUMBER, url=url, machine_detection="Enable", timeout=30
    )
    assert call.status == "queued"
    return str(call.sid)


def sdk_looks(gateway: Gateway, sid: str) -> list[tuple[str, str, str]]:
    client = sdk(gateway)
    fetched = client.calls(sid).fetch()
    listed = client.calls.list(to=PHONE, status="completed", limit=5)
    with pytest.raises(TwilioRestException) as refused:
        client.calls(sid).update(status="completed")
    assert refused.value.code == 21220
    client.calls(sid).delete()
    assert [call.sid for call in listed] == [fetched.sid]
    return [(call.sid, call.status, call.answered_by) for call in listed]


async def test_the_page_and_the_list_show_what_was_said_on_the_telephone(
    gateway: Gateway, api: aiohttp.ClientSession, door: VoiceDoor
) -> None:
    door.menu = MENU.replace("The mechanism calls.", "&lt;b&gt;The mechanism calls.")
    gateway.faults.add(PlannedFault(Trouble.CALL_REFUSED, match="+999100000002"))
    call = await called(gateway, api, door, OnCall.PRESSES_1)
    await place(api, door, status=400, To="+999100000002")

    async with api.get(f"{gateway.http_url}/_gateway/") as answer:
        page = await answer.text()
    async with api.get(f"{gateway.http_url}/_gateway/calls") as answer:
        (listed,) = await answer.json()

    assert (listed["heard"], listed["pressed"]) == (call.heard, ["1"])
    assert "call from +9990000000, completed" in page
    assert "&lt;b&gt;The mechanism calls.\nPress 1" in page
    assert "pressed 1" in page
    assert page.count("call refused") == 2
