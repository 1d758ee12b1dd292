"""What the simulated world outside does to those who send into it."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import pairwise

import aiohttp
import aiosmtplib
import icalendar
import pytest
from aiohttp import web

from mechanism.vocabulary import Channel
from notifications.twilio.signature import signature_ok
from simulator import (
    DEMO_ACCOUNT,
    DEMO_NUMBER,
    DEMO_TOKEN,
    Attends,
    Does,
    Gateway,
    Persona,
    PlannedFault,
    Trouble,
    read_faults,
    read_personas,
    run_gateway,
    signature,
)
from simulator.faults import FaultPlan
from simulator.forms import filled_form
from simulator.pace import ToldPace
from simulator.personas import acts
from simulator.received import Received
from tests.support.patience import PATIENCE
from tests.support.servers.here import here

PHONE, OTHER_PHONE = "+999100000001", "+999100000002"
OFFICE = "duty@member.example"
ASKING = "BP-X-2026-003 urgent. Reply OK 48213"
ACK = "ack+token@in.mechanism.example"
FAST = 100_000.0
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Doors:
    """The project's own doors: a webhook, an acknowledgement page and a mail listener."""

    url: str
    mail: Gateway
    forms: "asyncio.Queue[dict[str, str]]" = field(default_factory=asyncio.Queue)
    signed: list[bool] = field(default_factory=list)
    status: int = 200

    async def call(self, request: web.Request) -> web.Response:
        params = [(name, str(value)) for name, value in (await request.post()).items()]
        self.signed.append(
            signature_ok(
                tokens=[DEMO_TOKEN],
                url=f"{self.url}{request.path}",
                params=params,
                signature=request.headers.get("X-Twilio-Signature"),
            )
        )
        await self.forms.put(dict(params))
        return web.Response(status=self.status)

    async def page(self, request: web.Request) -> web.Response:
        answer = web.Response(
            text='<form method="post" action="?sure=1">'
            '<input type="hidden" name="nonce" value="n1">'
            '<select name="who"><option value="">-</option><option value="a">A</option>'
            '<option value="b" data-self>B</option></select>'
            '<button name="act" value="yes">Received</button></form>',
            content_type="text/html",
        )
        answer.set_cookie("visit", "v1")
        return answer

    async def pressed(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        await self.forms.put({**form, **request.query, **request.cookies})
        return web.Response()

    async def heard(self, count: int) -> list[dict[str, str]]:
        async with asyncio.timeout(PATIENCE):
            return [await self.forms.get() for _ in range(count)]

    async def letter(self, to: str = ACK, *, after: int = 0) -> tuple[Received, EmailMessage]:
        received = await self.mail.expect(to, after=after)
        message = email.message_from_bytes(received.raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return received, message


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async with Gateway() as mail:
        doors = Doors("", mail)
        app = web.Application()
        app.router.add_post("/sms", doors.call)
        app.router.add_post("/status", doors.call)
        app.router.add_get("/a/token", doors.page)
        app.router.add_post("/a/token", doors.pressed)
        async with here(app) as doors.url:
            yield doors


@pytest.fixture
async def gateway(doors: Doors) -> AsyncIterator[Gateway]:
    async with Gateway(
        rate=FAST,
        inbound_sms_url=f"{doors.url}/sms",
        inbound_mail=("127.0.0.1", doors.mail.smtp_port),
    ) as gateway:
        yield gateway


@pytest.fixture
async def api(gateway: Gateway) -> AsyncIterator[aiohttp.ClientSession]:
    sign_in = {"Authorization": aiohttp.encode_basic_auth(DEMO_ACCOUNT, DEMO_TOKEN)}
    base = f"{gateway.http_url}/2010-04-01/Accounts/{DEMO_ACCOUNT}/"
    async with aiohttp.ClientSession(base, headers=sign_in) as session:
        yield session


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"{gateway.http_url}/_gateway/") as session:
        yield session


async def send(
    api: aiohttp.ClientSession, doors: Doors, to: str = PHONE, body: str = ASKING, **more: str
) -> dict[str, str]:
    form = {"To": to, "From": DEMO_NUMBER, "Body": body, "StatusCallback": f"{doors.url}/status"}
    async with api.post("Messages.json", data={**form, **more}) as answer:
        assert answer.status == 201
        sent: dict[str, str] = await answer.json()
        return sent


async def mail(
    gateway: Gateway, to: str = OFFICE, text: str = ASKING, **more: str
) -> aiosmtplib.SMTPResponse:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "desk@mechanism.example"
    message["To"] = to
    message["Subject"] = "[BP-X-2026-003] Urgent consultation"
    message["Message-ID"] = "<m1@mechanism.example>"
    message["References"] = "<situation@mechanism.example>"
    message["Reply-To"] = more.pop("reply_to", ACK)
    message.set_content(text)
    if calendar := more.pop("calendar", ""):
        message.add_alternative(calendar, subtype="calendar", params={"method": "REQUEST"})
    smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=gateway.smtp_port, start_tls=False)
    async with smtp:
        await smtp.mail("bounce+7-mark@in.mechanism.example", options=["RET=HDRS", "ENVID=att7"])
        await smtp.rcpt(to)
        return await smtp.data(message.as_bytes())


def statuses(forms: list[dict[str, str]]) -> list[str]:
    return [form["MessageStatus"] for form in forms]


# The API.


async def test_without_the_right_sign_in_nothing_is_told(gateway: Gateway) -> None:
    base = f"{gateway.http_url}/2010-04-01/Accounts"
    wrong = {"Authorization": aiohttp.encode_basic_auth(DEMO_ACCOUNT, "wrong")}
    right = {"Authorization": aiohttp.encode_basic_auth(DEMO_ACCOUNT, DEMO_TOKEN)}
    asked = [(DEMO_ACCOUNT, {}), (DEMO_ACCOUNT, wrong), (f"AC{9:032x}", right)]
    async with aiohttp.ClientSession() as session:
        for account, headers in asked:
            for path in ("Messages.json", "Messages/SM1.json", "Messages/SM1/Media.json"):
                async with session.get(f"{base}/{account}/{path}", headers=headers) as answer:
                    assert (answer.status, (await answer.json())["code"]) == (401, 20003)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": "+9991", "Body": "x"}, 21604),
        ({"To": "12345", "From": "+9991", "Body": "x"}, 21211),
        ({"To": PHONE, "Body": "x"}, 21603),
        ({"To": PHONE, "From": "+9991"}, 21602),
        ({"To": PHONE, "From": "+9991", "Body": "x" * 1601}, 21617),
        ({"To": PHONE, "From": "+9991", "Body": "x", "ValidityPeriod": "36001"}, 20001),
    ],
)
async def test_a_request_that_twilio_would_refuse_is_refused_with_its_code(
    gateway: Gateway, api: aiohttp.ClientSession, form: dict[str, str], code: int
) -> None:
    async with api.post("Messages.json", data=form) as answer:
        body = await answer.json()

    assert (answer.status, body["code"], body["status"]) == (400, code, 400)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert body["message"]
    assert [(one.arrived, one.trouble) for one in gateway.arrivals] == [(False, str(code))]


async def test_a_message_can_be_fetched_redacted_and_deleted(
    api: aiohttp.ClientSession, doors: Doors
) -> None:
    sid = (await send(api, doors))["sid"]
    path = f"Messages/{sid}.json"

    async with api.get(path) as answer:
        assert (await answer.json())["body"] == ASKING
    async with api.post(path, data={"Body": ""}) as answer:
        assert (await answer.json())["body"] == ""
    async with api.get(f"Messages/{sid}/Media.json") as answer:
        assert (await answer.json())["media_list"] == []
    async with api.delete(path) as answer:
        assert answer.status == 204
    async with api.get(path) as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, 20404)


async def test_the_account_may_say_whether_a_message_had_its_effect(
    api: aiohttp.ClientSession, doors: Doors
) -> None:
    sid = (await send(api, doors))["sid"]

    async with api.post(f"Messages/{sid}/Feedback.json", data={"Outcome": "confirmed"}) as answer:
        told = await answer.json()
    async with api.post(f"Messages/{sid}/Feedback.json", data={"Outcome": "perhaps"}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 20001)
    async with api.post(f"Messages/SM{9:032x}/Feedback.json") as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, 20404)

    assert (told["message_sid"], told["outcome"]) == (sid, "confirmed")


@pytest.mark.parametrize(
    "more",
    [
        {"StatusCallback": "nowhere"},
        {"StatusCallback": "http://_desk.example/"},
        {"StatusCallback": "http://[broken/"},
        {"MessagingServiceSid": "MG1"},
        {"ProvideFeedback": "perhaps"},
        {"MaxPrice": "dear"},
        {"MediaUrl": ""},
        {"SendAt": "2026-01-01T00:00:00Z"},
    ],
)
async def test_a_parameter_that_holds_what_it_may_not_is_refused_by_name(
    api: aiohttp.ClientSession, more: dict[str, str]
) -> None:
    form = {"To": PHONE, "From": DEMO_NUMBER, "Body": "x", **more}
    async with api.post("Messages.json", data=form) as answer:
        body = await answer.json()

    assert (answer.status, body["code"]) == (400, 20001)
    assert body["message"] == f"Invalid parameter: {next(iter(more))}"


async def test_a_form_of_another_kind_is_an_empty_form(api: aiohttp.ClientSession) -> None:
    broken = {"Content-Type": "multipart/form-data"}
    async with api.post("Messages.json", data=b"To=%2B999", headers=broken) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 21604)


@pytest.mark.parametrize(
    "query", [{"PageSize": "0"}, {"PageSize": "1001"}, {"Page": "-1"}, {"DateSent": "2026-13-01"}]
)
async def test_a_list_that_is_badly_asked_for_is_refused(
    api: aiohttp.ClientSession, query: dict[str, str]
) -> None:
    async with api.get("Messages.json", params=query) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 20001)


async def test_a_message_can_be_taken_back_until_it_is_sent(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.pace.change(0.001)
    early = (await send(api, doors))["sid"]
    async with api.post(f"Messages/{early}.json", data={"Status": "canceled"}) as answer:
        assert (await answer.json())["status"] == "canceled"

    gateway.pace.change(FAST)
    assert statuses(await doors.heard(2)) == ["queued", "canceled"]
    late = (await send(api, doors))["sid"]
    await doors.heard(3)
    async with api.post(f"Messages/{late}.json", data={"Status": "canceled"}) as answer:
        assert answer.status == 400


async def test_the_list_is_filtered_and_paged_newest_first(
    api: aiohttp.ClientSession, doors: Doors
) -> None:
    for number in range(5):
        await send(api, doors, body=f"number {number}")
    await send(api, doors, to=OTHER_PHONE)

    async with api.get("Messages.json", params={"To": PHONE, "PageSize": "2"}) as answer:
        first = await answer.json()
    assert [one["body"] for one in first["messages"]] == ["number 4", "number 3"]
    async with api.get(first["next_page_uri"]) as answer:
        second = await answer.json()
    assert [one["body"] for one in second["messages"]] == ["number 2", "number 1"]
    async with api.get(second["next_page_uri"]) as answer:
        third = await answer.json()
    assert [one["body"] for one in third["messages"]] == ["number 0"]
    assert third["next_page_uri"] is None
    for outside in ({"DateSent>": "2999-01-01"}, {"DateSent<": "2000-01-01"}, {"From": "+9990000"}):
        async with api.get("Messages.json", params=outside) as answer:
            assert (await answer.json())["messages"] == []


# Reports about an SMS.


async def test_reports_come_in_order_and_are_signed_as_twilio_signs(
    api: aiohttp.ClientSession, doors: Doors
) -> None:
    sent = await send(api, doors)

    forms = await doors.heard(3)

    assert statuses(forms) == ["queued", "sent", "delivered"]
    assert {form["MessageSid"] for form in forms} == {sent["sid"]}
    assert forms[0]["AccountSid"] == DEMO_ACCOUNT
    assert doors.signed == [True, True, True]


def test_the_gateways_signature_is_the_published_one() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }

    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    ("trouble", "heard"),
    [
        (Trouble.CALLBACK_DOUBLED, ["queued", "queued", "sent", "sent", "delivered", "delivered"]),
        (Trouble.CALLBACK_REORDERED, ["delivered", "sent", "queued"]),
        (Trouble.CALLBACK_LATE, ["queued", "sent", "delivered"]),
        (Trouble.UNDELIVERED, ["queued", "sent", "undelivered"]),
    ],
)
async def test_what_befalls_reports_is_as_planned(
    gateway: Gateway,
    api: aiohttp.ClientSession,
    doors: Doors,
    trouble: Trouble,
    heard: list[str],
) -> None:
    gateway.faults.add(PlannedFault(trouble, seconds=20))

    await send(api, doors)

    assert statuses(await doors.heard(len(heard))) == heard
    assert gateway.faults.struck == [(trouble, PHONE)]


async def test_a_lost_report_never_comes_but_the_message_does(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.faults.add(PlannedFault(Trouble.CALLBACK_LOST, match=PHONE))

    await send(api, doors)
    await send(api, doors, to=OTHER_PHONE)

    assert {form["To"] for form in await doors.heard(3)} == {OTHER_PHONE}
    assert len(gateway.phone(PHONE).messages) == 1


async def test_an_early_report_comes_before_the_answer(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.pace.change(0.001)
    gateway.faults.add(
        PlannedFault(Trouble.CALLBACK_EARLY), PlannedFault(Trouble.SMS_HANG, seconds=60)
    )

    asking = asyncio.create_task(send(api, doors))

    assert statuses(await doors.heard(1)) == ["queued"]
    assert not asking.done()
    asking.cancel()


async def test_a_report_with_a_bad_signature_is_not_believed(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.faults.add(PlannedFault(Trouble.BAD_SIGNATURE))

    await send(api, doors)
    await doors.heard(3)

    assert doors.signed == [False, True, True]


async def test_an_undelivered_message_names_its_error(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.faults.add(PlannedFault(Trouble.UNDELIVERED, code=30005))

    await send(api, doors)

    assert (await doors.heard(3))[-1]["ErrorCode"] == "30005"
    assert gateway.phone(PHONE).messages == ()


async def test_a_message_that_waits_beyond_its_validity_expires(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.faults.add(PlannedFault(Trouble.SLOW_DELIVERY, times=None, seconds=600))

    await send(api, doors, ValidityPeriod="900")
    assert statuses(await doors.heard(3)) == ["queued", "sent", "delivered"]
    await send(api, doors, ValidityPeriod="300")
    forms = await doors.heard(2)

    assert statuses(forms) == ["queued", "failed"]
    assert forms[-1]["ErrorCode"] == "30036"
    assert len(gateway.phone(PHONE).messages) == 1


async def test_a_webhook_that_refuses_is_asked_again_and_then_noted(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    doors.status = 500
    await send(api, doors, StatusCallback=f"{doors.url}/status#rc=3&rp=5xx")

    assert statuses(await doors.heard(5)) == ["queued"] * 4 + ["sent"]
    assert any("/status" in trouble for trouble in gateway.troubles)


# People at phones.


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (Does.PROMPT, ["OK 48213"]),
        (Does.SLOW, ["OK 48213"]),
        (Does.ANSWERS_LATE, ["OK 48213"]),
        (Does.ANSWERS_BY_SMS, ["OK 48213"]),
        (Does.ANSWERS_TWICE, ["OK 48213", "OK 48213"]),
        (Does.WRONG_CODE, ["OK 48214", "OK 48213"]),
        (Does.OPTS_OUT, ["STOP"]),
    ],
)
async def test_a_person_at_a_phone_answers_in_character(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors, does: Does, said: list[str]
) -> None:
    gateway.install([Persona((PHONE,), does)])

    await send(api, doors)

    forms = await doors.heard(3 + len(said))
    replies = [form for form in forms if "Body" in form]
    assert [form["Body"] for form in replies] == said
    assert replies[0] == {
        "MessageSid": replies[0]["MessageSid"],
        "SmsSid": replies[0]["MessageSid"],
        "AccountSid": DEMO_ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": PHONE,
        "To": DEMO_NUMBER,
        "Body": said[0],
        "NumMedia": "0",
        "NumSegments": "1",
    }
    assert all(doors.signed)


@pytest.mark.parametrize("does", [Does.SILENT, Does.ANSWERS_BY_EMAIL, Does.OUT_OF_OFFICE, None])
async def test_a_phone_that_nobody_reads_is_delivered_to_and_silent(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors, does: Does | None
) -> None:
    gateway.install([Persona((PHONE,), does)] if does else [])

    await send(api, doors)

    assert statuses(await doors.heard(3))[-1] == "delivered"
    assert len(gateway.phone(PHONE).messages) == 1
    await gateway.background_tasks.idle()
    assert doors.forms.empty()


async def test_a_number_that_does_not_exist_is_undelivered(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.install([Persona((PHONE,), Does.BOUNCES)])

    await send(api, doors)

    last = (await doors.heard(3))[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30003")
    assert gateway.phone(PHONE).messages == ()


async def test_a_person_answers_a_matter_once_and_not_its_reminders(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.install([Persona((PHONE, OTHER_PHONE), Does.PROMPT)])

    await send(api, doors)
    await doors.heard(4)
    await send(api, doors, body=f"Reminder: {ASKING}")
    await send(api, doors, to=OTHER_PHONE)
    forms = await doors.heard(6)

    assert [form for form in forms if "Body" in form] == []
    await gateway.background_tasks.idle()
    assert doors.forms.empty()


async def test_what_asks_nothing_is_not_answered(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.install([Persona((PHONE,), Does.PROMPT)])

    await send(api, doors, body="BP-X-2026-003: received, thank you.")

    assert statuses(await doors.heard(3))[-1] == "delivered"
    await gateway.background_tasks.idle()
    assert doors.forms.empty()


async def test_after_stop_nothing_is_sent_until_start(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    await gateway.phone(PHONE).reply(" stop ")
    form = {"To": PHONE, "From": DEMO_NUMBER, "Body": ASKING}
    async with api.post("Messages.json", data=form) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 21610)

    await gateway.phone(PHONE).reply("START")
    await send(api, doors)

    assert [one.trouble for one in gateway.arrivals] == ["21610", ""]


async def test_a_person_who_uses_the_link_sends_the_pages_form(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.install([Persona((PHONE,), Does.USES_LINK)])

    await send(api, doors, body=f"BP-X-2026-003 urgent. Open {doors.url}/a/token.")

    pressed = (await doors.heard(4))[-1]
    assert pressed == {"nonce": "n1", "who": "b", "act": "yes", "sure": "1", "visit": "v1"}


async def test_without_a_code_a_prompt_person_uses_the_link(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.install([Persona((PHONE,), Does.PROMPT)])

    await send(api, doors, body=f"BP-X-2026-003 urgent. Open {doors.url}/a/token")

    assert (await doors.heard(4))[-1]["nonce"] == "n1"


async def test_a_link_that_leaves_the_machine_is_not_opened(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    gateway.install([Persona((PHONE,), Does.USES_LINK)])

    await send(api, doors, body="Open https://mechanism.example/a/token")
    await doors.heard(3)
    await gateway.background_tasks.idle()

    assert gateway.troubles == ("a link was not opened: it leads off this machine",)


async def test_a_lost_reply_never_arrives_and_a_doubled_one_arrives_twice(
    gateway: Gateway, doors: Doors
) -> None:
    gateway.faults.add(PlannedFault(Trouble.REPLY_LOST), PlannedFault(Trouble.REPLY_DOUBLED))

    await gateway.phone(PHONE).reply("OK 1")
    await gateway.phone(PHONE).reply("OK 2")

    first, second = await doors.heard(2)
    assert (first["Body"], second["Body"]) == ("OK 2", "OK 2")
    assert first["MessageSid"] == second["MessageSid"]


# People and machines at mailboxes.


async def test_a_person_at_a_mailbox_answers_in_the_thread_to_the_reply_address(
    gateway: Gateway, doors: Doors
) -> None:
    gateway.install([Persona((OFFICE,), Does.PROMPT, says="Received. {code}")])

    await mail(gateway)

    received, letter = await doors.letter()
    assert received.sender == OFFICE
    assert letter["From"] == OFFICE
    assert letter["In-Reply-To"] == "<m1@mechanism.example>"
    assert letter["References"] == "<situation@mechanism.example> <m1@mechanism.example>"
    assert letter["Subject"] == "Re: [BP-X-2026-003] Urgent consultation"
    assert received.text.startswith("Received.\n")
    assert f"> {ASKING}" in received.text


async def test_a_mailbox_that_does_not_exist_bounces_to_the_envelope_sender(
    gateway: Gateway, doors: Doors
) -> None:
    gateway.install([Persona((OFFICE,), Does.BOUNCES)])

    await mail(gateway)

    received, report = await doors.letter("bounce+7-mark@in.mechanism.example")
    assert received.sender in {"", "<>"}
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    _, status, headers = report.iter_parts()
    _, per_message, per_recipient = status.walk()
    assert per_message["Original-Envelope-Id"] == "att7"
    assert per_recipient["Final-Recipient"] == f"rfc822; {OFFICE}"
    assert per_recipient["Status"] == "5.1.1"
    assert "<m1@mechanism.example>" in str(headers)


async def test_an_out_of_office_message_says_that_a_machine_wrote_it(
    gateway: Gateway, doors: Doors
) -> None:
    away = Persona((OFFICE,), Does.OUT_OF_OFFICE, says="ไม่อยู่", subject="ตอบกลับอัตโนมัติ: {subject}")
    gateway.install([away])

    await mail(gateway)
    await mail(gateway)

    received, letter = await doors.letter()
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["Subject"].startswith("ตอบกลับอัตโนมัติ: [BP-X-2026-003]")
    assert letter["In-Reply-To"] == "<m1@mechanism.example>"
    assert received.sender in {"", "<>"}
    assert "ไม่อยู่" in received.text
    assert await doors.letter(after=received.number)


async def test_a_mistyped_answer_goes_elsewhere_before_the_right_one(
    gateway: Gateway, doors: Doors
) -> None:
    gateway.install([Persona((OFFICE,), Does.WRONG_CODE)])

    await mail(gateway)

    received, letter = await doors.letter("ack+tokea@in.mechanism.example")
    assert letter["In-Reply-To"] is None
    assert (await doors.letter())[0].number > received.number


@pytest.mark.parametrize(
    ("does", "letters"),
    [
        (Does.ANSWERS_TWICE, 2),
        (Does.ANSWERS_BY_EMAIL, 1),
        (Does.OPTS_OUT, 1),
        (Does.SILENT, 0),
        (Does.ANSWERS_BY_SMS, 0),
    ],
)
async def test_a_mailbox_answers_as_often_as_its_character_says(
    gateway: Gateway, doors: Doors, does: Does, letters: int
) -> None:
    gateway.install([Persona((OFFICE,), does)])

    await mail(gateway)
    await gateway.background_tasks.idle()

    assert len(doors.mail.mailbox(ACK).messages) == letters


INVITATION = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//mechanism.example//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:m1@mechanism.example
SEQUENCE:2
DTSTAMP:20260101T000000Z
DTSTART:20260102T080000Z
DTEND:20260102T090000Z
SUMMARY:Urgent consultation
ORGANIZER;CN=Desk:mailto:meet@in.mechanism.example
ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:duty@member.example
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("attends", [Attends.ACCEPTED, Attends.TENTATIVE, Attends.DECLINED])
async def test_a_calendar_answers_an_invitation_once_to_its_organizer(
    gateway: Gateway, doors: Doors, attends: Attends
) -> None:
    gateway.install([Persona((OFFICE,), Does.PROMPT, attends=attends)])

    await mail(gateway, text="The meeting.", calendar=INVITATION)
    await mail(gateway, text="The meeting.", calendar=INVITATION)
    await gateway.background_tasks.idle()

    _, letter = await doors.letter("meet@in.mechanism.example")
    (part,) = (p for p in letter.walk() if p.get_content_type() == "text/calendar")
    answer = icalendar.Calendar.from_ical(part.get_content())
    (event,) = answer.walk("VEVENT")
    assert part["Content-Type"].params["method"] == "REPLY"
    assert (answer["METHOD"], event["UID"], event["SEQUENCE"]) == (
        "REPLY",
        "m1@mechanism.example",
        2,
    )
    assert event["ATTENDEE"] == "mailto:duty@member.example"
    assert event["ATTENDEE"].params["PARTSTAT"] == attends
    assert len(doors.mail.mailbox("meet@in.mechanism.example").messages) == 1


@pytest.mark.parametrize(
    "persona",
    [Persona((OFFICE,), Does.SILENT), Persona((OFFICE,), Does.PROMPT, attends=Attends.NEVER)],
)
async def test_an_invitation_may_stay_unanswered(
    gateway: Gateway, doors: Doors, persona: Persona
) -> None:
    gateway.install([persona])

    await mail(gateway, calendar=INVITATION)
    await gateway.background_tasks.idle()

    assert list(doors.mail.arrivals) == []


async def test_a_calendar_part_that_cannot_be_read_is_no_invitation(
    gateway: Gateway, doors: Doors
) -> None:
    gateway.install([Persona((OFFICE,), Does.PROMPT)])

    await mail(gateway, calendar="BEGIN:NOTHING\n")

    assert await doors.letter()


async def test_a_mail_that_finds_no_door_is_noted(gateway: Gateway, doors: Doors) -> None:
    gateway.install([Persona((OFFICE,), Does.PROMPT)])
    await doors.mail.close()

    await mail(gateway)
    await gateway.background_tasks.idle()

    assert gateway.troubles == ("a mail was not accepted: SMTPConnectError",)


async def test_a_mailbox_can_be_made_to_answer_now(gateway: Gateway, doors: Doors) -> None:
    with pytest.raises(ValueError, match="received nothing"):
        await gateway.mailbox(OFFICE).reply("Understood")

    await mail(gateway)
    await gateway.mailbox(OFFICE).reply("Understood", subject="Réponse : {subject}")

    _, letter = await doors.letter()
    assert letter["Subject"] == "Réponse : [BP-X-2026-003] Urgent consultation"


async def test_what_a_mailbox_got_is_kept_with_links_and_code(gateway: Gateway) -> None:
    await mail(gateway, text=f"{ASKING}\nOpen https://mechanism.example/a/t1, or write back.")

    received = await gateway.mailbox(OFFICE).expect("urgent")
    assert received.links == ("https://mechanism.example/a/t1",)
    assert received.code == "48213"
    assert received.dsn == ("RET=HDRS", "ENVID=att7")
    assert (received.reply_to, received.message_id) == (ACK, "<m1@mechanism.example>")


@pytest.mark.parametrize("code", [421, 451, 550])
async def test_a_refused_mail_is_remembered_though_it_never_arrived(
    gateway: Gateway, code: int
) -> None:
    gateway.faults.add(PlannedFault(Trouble.MAIL_REFUSED, match="*@member.example", code=code))

    with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
        await mail(gateway)

    assert refused.value.code == code
    assert gateway.mailbox(OFFICE).messages == ()
    assert [one.trouble for one in gateway.arrivals] == ["mail_refused"]


# The plan, the pace and the seed.


async def test_a_fault_strikes_only_whom_and_as_often_as_it_says(gateway: Gateway) -> None:
    gateway.faults.add(PlannedFault(Trouble.SMS_BUSY, match="+9991*", times=2))

    struck = [gateway.faults.strike(Trouble.SMS_BUSY, to) for to in ("+9992", *["+99911"] * 3)]

    assert [fault is not None for fault in struck] == [False, True, True, False]


async def test_a_fault_strikes_only_within_its_window_of_told_time() -> None:
    elapsed = timedelta()
    plan = FaultPlan(
        [PlannedFault(Trouble.SMS_OUTAGE, times=None, window=(10, 20))],
        elapsed=lambda: elapsed,
        clock=lambda: NOW,
    )

    struck = []
    for minutes in (0, 9.9, 10, 19.9, 20):
        elapsed = timedelta(minutes=minutes)
        struck.append(plan.strike(Trouble.SMS_OUTAGE, PHONE) is not None)

    assert struck == [False, False, True, True, False]


def test_told_time_goes_on_from_where_it_was_when_the_pace_changes() -> None:
    pace = ToldPace(1_000_000)
    while pace.elapsed < timedelta(minutes=1):
        pass
    pace.change(0.001)
    then = pace.elapsed

    assert timedelta(minutes=1) <= then <= pace.elapsed < then + timedelta(minutes=1)


async def test_a_change_of_pace_is_noticed_by_those_who_sleep() -> None:
    pace = ToldPace(0.0001)
    sleeping = asyncio.create_task(pace.sleep(timedelta(hours=1)))
    await asyncio.sleep(0)

    pace.change(10_000_000)

    async with asyncio.timeout(PATIENCE):
        await sleeping


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_told_time_never_stands_still(rate: float) -> None:
    with pytest.raises(ValueError, match="forward"):
        ToldPace(rate)


def asking_sms(number: int = 1) -> Received:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Received(number, at, Channel.SMS, PHONE, DEMO_NUMBER, ASKING)


def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    persona = Persona((PHONE,), Does.ANSWERS_TWICE)

    def run(seed: int) -> list[object]:
        return [acts(persona, asking_sms(n), seed=seed, nth=n) for n in range(1, 6)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert all(one != other for one, other in pairwise(run(1)))


def test_the_delay_lies_in_the_told_range() -> None:
    persona = Persona((PHONE,), Does.PROMPT, after=(2, 3))

    for nth in range(50):
        (act,) = acts(persona, asking_sms(), seed=0, nth=nth)
        assert timedelta(minutes=2) <= act.after <= timedelta(minutes=3)


# The door for other processes.


async def test_everything_received_can_be_read_from_outside(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors, admin: aiohttp.ClientSession
) -> None:
    await send(api, doors)
    await mail(gateway)

    async with admin.get("messages") as answer:
        sms, letter = await answer.json()
    async with admin.get("messages", params={"to": OFFICE}) as answer:
        assert await answer.json() == [letter]

    assert (sms["to"], sms["code"], sms["arrived"]) == (PHONE, "48213", True)
    assert (letter["channel"], letter["subject"]) == (
        "email",
        "[BP-X-2026-003] Urgent consultation",
    )


async def test_the_gateway_is_steered_from_outside(
    gateway: Gateway, doors: Doors, admin: aiohttp.ClientSession
) -> None:
    steps = [
        ("personas", [{"addresses": [PHONE], "does": "prompt", "after": [1, 2]}]),
        ("faults", [{"trouble": "reply_doubled", "match": "+999*"}]),
        ("rate", {"rate": 50_000}),
        ("doors", {"sms_url": f"{doors.url}/sms", "mail": ["127.0.0.1", doors.mail.smtp_port]}),
        ("reply", {"from": PHONE, "text": "OK 48213"}),
    ]
    for path, body in steps:
        async with admin.post(path, json=body) as answer:
            assert answer.status == 200, await answer.text()

    assert gateway.pace.rate == 50_000
    assert [form["Body"] for form in await doors.heard(2)] == ["OK 48213"] * 2
    async with admin.get("faults") as answer:
        (struck,) = await answer.json()
    assert (struck["trouble"], struck["address"], struck["api"]) == (
        "reply_doubled",
        PHONE,
        "twilio",
    )
    assert datetime.fromisoformat(struck["at"])
    async with admin.post("faults", json=[]) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("personas", [{"addresses": [PHONE], "does": "dances"}]),
        ("personas", [{"addresses": [PHONE], "does": "prompt", "colour": "red"}]),
        ("faults", [{"trouble": "none"}]),
        ("rate", {"rate": 0}),
        ("rate", []),
        ("doors", {"mail": ["127.0.0.1"]}),
        ("reply", {"from": OFFICE, "text": "to nothing"}),
        ("reply", {}),
    ],
)
async def test_what_cannot_be_understood_is_refused_with_a_reason(
    admin: aiohttp.ClientSession, path: str, body: object
) -> None:
    async with admin.post(path, json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]


async def test_the_page_for_people_shows_every_message_and_runs_none_of_it(
    api: aiohttp.ClientSession, doors: Doors, admin: aiohttp.ClientSession
) -> None:
    async with admin.get("") as answer:
        assert "Nothing yet" in await answer.text()

    await send(api, doors, body="<script>alert(1)</script> urgent")
    async with admin.get("") as answer:
        page = await answer.text()

    assert answer.content_type == "text/html"
    assert PHONE in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; urgent" in page
    assert "<script" not in page


async def test_what_people_said_is_shown_beside_what_they_got(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors, admin: aiohttp.ClientSession
) -> None:
    gateway.install([Persona((PHONE, OFFICE), Does.ANSWERS_TWICE, says="Yes {code} <b>")])
    await send(api, doors)
    await gateway.background_tasks.idle()

    async with admin.get("said") as answer:
        said = await answer.json()
    async with admin.get("") as answer:
        page = await answer.text()

    assert [(one["address"], one["text"]) for one in said] == [(PHONE, "Yes 48213 <b>")] * 2
    assert page.count("Yes 48213 &lt;b&gt;") == 2


def test_personas_and_faults_are_data() -> None:
    (persona,) = read_personas([{"addresses": [PHONE, OFFICE], "does": "slow"}])
    (fault,) = read_faults([{"trouble": "sms_busy", "seconds": 5}])

    assert persona == Persona((PHONE, OFFICE), Does.SLOW)
    assert fault == PlannedFault(Trouble.SMS_BUSY, seconds=5)


# Beginning and end.


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "gateway.example"])  # noqa: S104 - refused
def test_the_gateway_listens_on_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match=r"use 127\.0\.0\.1"):
        Gateway(host=host)


async def test_closing_leaves_nothing_running(doors: Doors) -> None:
    before = asyncio.all_tasks()
    gateway = Gateway(inbound_sms_url=f"{doors.url}/sms", rate=0.001)
    gateway.install([Persona((PHONE,), Does.PROMPT), Persona((OFFICE,), Does.PROMPT)])
    gateway.faults.add(
        PlannedFault(Trouble.SMS_HANG, seconds=60), PlannedFault(Trouble.MAIL_HANG, seconds=60)
    )
    await gateway.start()
    sign_in = {"Authorization": aiohttp.encode_basic_auth(DEMO_ACCOUNT, DEMO_TOKEN)}
    base = f"{gateway.http_url}/2010-04-01/Accounts/{DEMO_ACCOUNT}/"
    async with aiohttp.ClientSession(base, headers=sign_in) as api:
        hanging = [
            asyncio.create_task(send(api, doors)),
            asyncio.create_task(mail(gateway)),
        ]
        await gateway.expect(PHONE)
        await gateway.expect(OFFICE)

        await gateway.close()
        ends = await asyncio.gather(*hanging, return_exceptions=True)

    assert all(isinstance(end, Exception) for end in ends)
    assert asyncio.all_tasks() - before == set()


async def test_the_operators_gateway_says_where_it_is_and_runs_until_it_is_stopped() -> None:
    gateway = Gateway()
    places: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    running = asyncio.create_task(
        run_gateway(gateway, started=lambda g: places.put_nowait((g.http_url, g.smtp_port)))
    )
    url, port = await places.get()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert url.startswith("http://127.0.0.1:")
    assert port > 0
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_waiting_for_what_never_comes_ends_with_what_did_come(
    gateway: Gateway, api: aiohttp.ClientSession, doors: Doors
) -> None:
    await send(api, doors)

    with pytest.raises(AssertionError, match=r"nothing with 'invitation'.*BP-X-2026-003"):
        await gateway.phone(PHONE).expect("invitation", seconds=0.05)


# Forms.


@pytest.mark.parametrize(
    ("inside", "fields"),
    [
        ("<input type=hidden name=n value=1>", {"n": "1"}),
        (
            "<input type=radio name=w value=x><input type=radio name=w value=y data-self>",
            {"w": "y"},
        ),
        ("<input type=radio name=w value=x><input type=radio name=w value=y>", {"w": "x"}),
        (
            "<select name=w><option value=''>-<option value=x disabled>x<option value=y>y</select>",
            {"w": "y"},
        ),
        ("<input type=checkbox name=a required><input type=checkbox name=b>", {"a": "on"}),
        ("<textarea name=t></textarea><input type=button name=b>", {"t": ""}),
        ("<button name=act value=yes>Yes</button><button name=act value=no>No", {"act": "yes"}),
        ("<button type=button name=x></button><input type=submit name=s value=1>", {"s": "1"}),
    ],
)
def test_a_form_is_filled_in_as_a_person_would(inside: str, fields: dict[str, str]) -> None:
    search = "<form><input name=q value=no></form>"

    form = filled_form(f"{search}<form method=POST>{inside}</form>", "http://127.0.0.1/a/t?x=1")

    assert form is not None
    assert form.fields == fields
    assert form.action == "http://127.0.0.1/a/t?x=1"


def test_a_page_without_a_form_has_none() -> None:
    assert filled_form("<form><input name=q></form>", "http://127.0.0.1/") is None
