"""What goes wrong in the simulated world outside, exactly as the plan says, and is remembered."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import aiosmtplib
import pytest
from typer.testing import CliRunner

import cli
from simulator import (
    DEMO_ACCOUNT,
    DEMO_KANNEL_PASSWORD,
    DEMO_KANNEL_USER,
    DEMO_NUMBER,
    DEMO_TOKEN,
    Api,
    Gateway,
    PlannedFault,
    Struck,
    Trouble,
    read_fault_plan,
    read_faults,
    read_persona_file,
)
from simulator.webhooks import Override
from tests.support.patience import PATIENCE
from validation import InvalidFileError

PHONE, OTHER_PHONE = "+999100000001", "+999100000002"
OFFICE = "duty@member.example"
ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = {
    "X-Kannel-Username": DEMO_KANNEL_USER,
    "X-Kannel-Password": DEMO_KANNEL_PASSWORD,
    "X-Kannel-From": "+999222",
    "X-Kannel-Coding": "0",
    "X-Kannel-Validity": "60",
    "Content-Type": "text/plain; charset=UTF-8",
}


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway(rate=100_000.0, clock=lambda: NOW) as gateway:
        yield gateway


@pytest.fixture
async def session(gateway: Gateway) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(gateway.http_url) as session:
        yield session


async def by_twilio(
    session: aiohttp.ClientSession, to: str = PHONE, **more: str
) -> tuple[int, dict[str, object]]:
    form = {"To": to, "From": DEMO_NUMBER, "Body": "urgent", **more}
    path = f"/2010-04-01/Accounts/{DEMO_ACCOUNT}/Messages.json"
    sign_in = {"Authorization": aiohttp.encode_basic_auth(DEMO_ACCOUNT, DEMO_TOKEN)}
    async with session.post(path, data=form, headers=sign_in) as answer:
        return answer.status, await answer.json()


async def by_kannel(session: aiohttp.ClientSession, to: str = PHONE) -> tuple[int, str]:
    headers = {**SECOND, "X-Kannel-To": to}
    async with session.post("/cgi-bin/sendsms", data=b"urgent", headers=headers) as answer:
        return answer.status, await answer.text()


async def status_of(gateway: Gateway, session: aiohttp.ClientSession, sid: object) -> str:
    await gateway.background_tasks.idle()
    path = f"/2010-04-01/Accounts/{DEMO_ACCOUNT}/Messages/{sid}.json"
    sign_in = {"Authorization": aiohttp.encode_basic_auth(DEMO_ACCOUNT, DEMO_TOKEN)}
    async with session.get(path, headers=sign_in) as answer:
        found = await answer.json()
        return f"{found['status']} {found['error_code']}"


# The plan.


async def test_each_fault_that_strikes_is_remembered_with_its_instant_and_its_provider(
    gateway: Gateway, session: aiohttp.ClientSession
) -> None:
    gateway.faults.add(PlannedFault(Trouble.SMS_BUSY, seconds=1), PlannedFault(Trouble.SMS_ERROR))

    await by_twilio(session)
    await by_kannel(session, OTHER_PHONE)

    assert gateway.faults.history == [
        Struck(NOW, Trouble.SMS_ERROR, PHONE, Api.TWILIO),
        Struck(NOW, Trouble.SMS_BUSY, OTHER_PHONE, Api.KANNEL),
    ]


async def test_one_provider_may_be_out_while_the_other_carries(
    gateway: Gateway, session: aiohttp.ClientSession
) -> None:
    gateway.faults.add(PlannedFault(Trouble.SMS_OUTAGE, times=None, api=Api.TWILIO))

    with pytest.raises(aiohttp.ClientError):
        await by_twilio(session)
    assert (await by_kannel(session))[0] == 202

    gateway.faults.clear()
    gateway.faults.add(PlannedFault(Trouble.SMS_ERROR, times=None, api=Api.KANNEL))
    assert (await by_twilio(session))[0] == 201
    assert (await by_kannel(session))[0] == 500


WRONG = """\
- trouble: sms_bussy
- {trouble: sms_busy, secondss: 4}
- {trouble: undelivered, code: 5}
- {trouble: sms_busy, code: 20429}
- {trouble: callback_lost, window: [5, 2]}
- {trouble: callback_lost, times: 0}
- {trouble: callback_late, seconds: -1}
- {trouble: sms_error, api: carrier-pigeon}
"""


def test_every_mistake_of_a_plan_is_told_with_its_line_and_its_remedy() -> None:
    with pytest.raises(InvalidFileError) as refused:
        read_fault_plan(WRONG, source="plan.yaml")

    told = {fault.line: f"{fault.wrong}. {fault.mend}" for fault in refused.value.faults}
    assert list(told) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert told[1].endswith("Write 'sms_busy'.")
    assert "correct its spelling" in told[2]
    assert "from 10000 to 99999" in told[3]
    assert told[4].endswith("Remove the code.")
    assert "[from, until]" in told[5]
    assert "times: null" in told[6]
    assert "0 or more" in told[7]
    assert "'twilio', 'kannel'" in told[8]


@pytest.mark.parametrize("command", ["gateway", "rehearse"])
def test_the_command_tells_a_plans_mistakes_before_anything_starts(
    command: str, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(WRONG, encoding="utf-8")

    done = CliRunner().invoke(cli.app, [command, "--faults", str(plan)])

    assert done.exit_code == 1
    assert "plan.yaml: line 8" in done.stderr
    assert "'twilio', 'kannel'" in done.stderr


def test_every_mistake_about_people_is_told_with_its_line_too() -> None:
    with pytest.raises(InvalidFileError) as refused:
        read_persona_file("- addresses: ['+9991']\n  does: dances\n", source="people.yaml")

    (fault,) = refused.value.faults
    assert (fault.line, fault.field) == (2, "0.does")
    assert "'prompt'" in fault.wrong


def test_an_empty_plan_is_a_plan() -> None:
    assert read_fault_plan("", source="plan.yaml") == []
    assert read_persona_file("# nobody\n", source="people.yaml") == []


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "faults").glob("*.yaml")))
def test_the_examples_are_plans(path: Path) -> None:
    assert read_fault_plan(path.read_text("utf-8"), source=path.name)


def test_every_trouble_can_be_planned_and_is_explained() -> None:
    told = (ROOT / "docs" / "how-to" / "use-the-gateway-alone.md").read_text("utf-8")

    assert [fault.trouble for fault in read_faults([{"trouble": t} for t in Trouble])] == [*Trouble]
    assert [trouble for trouble in Trouble if f"`{trouble}`" not in told] == []


# Doors that are shut.


async def test_a_closed_api_refuses_connections_and_opens_again_at_the_same_port(
    gateway: Gateway, session: aiohttp.ClientSession
) -> None:
    assert (await by_twilio(session))[0] == 201

    gateway.faults.add(PlannedFault(Trouble.WEB_CLOSED))
    await _refused(session)
    gateway.faults.clear()

    await _taken(session)
    assert gateway.faults.struck == [(Trouble.WEB_CLOSED, "")]


async def _refused(session: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await by_twilio(session)
            except aiohttp.ClientConnectorError:
                return
            except aiohttp.ClientError:  # a connection that was open is cut
                continue


async def _taken(session: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await by_twilio(session)
            except aiohttp.ClientError:
                continue
            return


async def test_a_closed_mail_server_opens_when_its_window_ends(gateway: Gateway) -> None:
    gateway.pace.change(100)
    begun = gateway.pace.elapsed / timedelta(minutes=1)
    gateway.faults.add(PlannedFault(Trouble.MAIL_CLOSED, window=(0, begun + 0.5)))

    while (Trouble.MAIL_CLOSED, "") not in gateway.faults.struck:
        await _is_taken(gateway)
    assert not await _is_taken(gateway)
    gateway.pace.change(100_000)
    async with asyncio.timeout(PATIENCE):
        while not await _is_taken(gateway):
            pass

    assert gateway.faults.struck == [(Trouble.MAIL_CLOSED, "")]


async def _is_taken(gateway: Gateway) -> bool:
    try:
        return (await mail(gateway)).code == 250
    except aiosmtplib.SMTPException:
        return False


async def test_one_of_two_mail_servers_can_be_closed_by_itself() -> None:
    closed = PlannedFault(Trouble.MAIL_CLOSED, api=Api.SMTP)
    async with Gateway(smtp_second_port=0, faults=[closed]) as gateway:
        with pytest.raises(aiosmtplib.SMTPConnectError):
            await mail(gateway)
        await mail(gateway, port=gateway.smtp_second_port)

    assert [arrival.api for arrival in gateway.arrivals] == [Api.SMTP_SECOND]
    assert [struck.api for struck in gateway.faults.history] == [Api.SMTP]


async def test_one_of_two_mail_servers_can_refuse_by_itself() -> None:
    later = PlannedFault(Trouble.MAIL_REFUSED, code=451, times=None, api=Api.SMTP_SECOND)
    async with Gateway(smtp_second_port=0, faults=[later]) as gateway:
        taken = await mail(gateway)
        with pytest.raises(aiosmtplib.SMTPRecipientRefused):
            await mail(gateway, port=gateway.smtp_second_port)

    assert taken.code == 250
    assert [arrival.arrived for arrival in gateway.arrivals] == [True, False]


async def test_a_gateway_may_begin_with_its_doors_shut() -> None:
    plan = [PlannedFault(Trouble.WEB_CLOSED), PlannedFault(Trouble.MAIL_CLOSED)]
    async with Gateway(faults=plan) as gateway, aiohttp.ClientSession(gateway.http_url) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await by_twilio(session)
        with pytest.raises(aiosmtplib.SMTPConnectError):
            await mail(gateway)


# What becomes of a text.


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (PlannedFault(Trouble.FAILED_AFTER_SENT), "failed 30008"),
        (PlannedFault(Trouble.FAILED_AFTER_SENT, code=30007), "failed 30007"),
        (PlannedFault(Trouble.PARTLY_DELIVERED), "partially_delivered None"),
        (PlannedFault(Trouble.UNDELIVERED, code=30006), "undelivered 30006"),
    ],
)
async def test_a_text_that_was_sent_may_still_not_arrive(
    gateway: Gateway, session: aiohttp.ClientSession, fault: PlannedFault, status: str
) -> None:
    gateway.faults.add(fault)

    _, sent = await by_twilio(session)

    assert await status_of(gateway, session, sent["sid"]) == status
    assert gateway.phone(PHONE).messages == ()
    assert [bool(one.provider_id) for one in gateway.arrivals] == [True]


async def test_an_opt_out_is_refused_with_its_code(
    gateway: Gateway, session: aiohttp.ClientSession
) -> None:
    gateway.faults.add(PlannedFault(Trouble.SMS_OPTED_OUT))

    status, answer = await by_twilio(session)

    assert (status, answer["code"]) == (400, 21610)


async def test_parts_leave_a_sender_one_by_one_and_wait_until_they_expire(
    gateway: Gateway, session: aiohttp.ClientSession
) -> None:
    gateway.pace.change(1)  # nothing moves on while they are put in line
    gateway.faults.add(PlannedFault(Trouble.SEGMENT_RATE, times=None, seconds=100))

    first, second, third = [
        (await by_twilio(session, Body=body, ValidityPeriod="250"))[1]["sid"]
        for body in ("one part", "x" * 200, "too late")
    ]
    gateway.pace.change(100_000)

    assert await status_of(gateway, session, first) == "delivered None"
    assert await status_of(gateway, session, second) == "delivered None"
    assert await status_of(gateway, session, third) == "failed 30036"


async def test_a_line_longer_than_ten_hours_takes_nobody_more(
    gateway: Gateway, session: aiohttp.ClientSession
) -> None:
    gateway.pace.change(1)
    gateway.faults.add(PlannedFault(Trouble.SEGMENT_RATE, times=None, seconds=36_100))

    await by_twilio(session)
    status, answer = await by_twilio(session)

    assert (status, answer["code"]) == (429, 21611)


# Mail.


async def mail(
    gateway: Gateway, to: str = OFFICE, *, port: int | None = None
) -> aiosmtplib.SMTPResponse:
    message = EmailMessage()
    message["From"] = "desk@mechanism.example"
    message["To"] = to
    message.set_content("urgent")
    smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=port or gateway.smtp_port, start_tls=False)
    async with smtp:
        await smtp.mail("bounce@mechanism.example")
        await smtp.rcpt(to)
        return await smtp.data(message.as_bytes())


@pytest.mark.parametrize("code", [421, 554])
async def test_a_mail_server_may_greet_with_a_refusal(gateway: Gateway, code: int) -> None:
    gateway.faults.add(PlannedFault(Trouble.MAIL_REFUSED_AT_GREETING, code=code))

    with pytest.raises(aiosmtplib.SMTPConnectResponseError) as refused:
        await mail(gateway)

    assert refused.value.code == code
    assert (await mail(gateway)).code == 250


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Trouble.MAIL_REFUSED_AT_MAIL, aiosmtplib.SMTPSenderRefused),
        (Trouble.MAIL_REFUSED, aiosmtplib.SMTPRecipientRefused),
        (Trouble.MAIL_REFUSED_AT_DATA, aiosmtplib.SMTPDataError),
        (Trouble.MAIL_REFUSED_AFTER_DATA, aiosmtplib.SMTPDataError),
    ],
)
@pytest.mark.parametrize("code", [451, 550])
async def test_a_mail_may_be_refused_at_every_step(
    gateway: Gateway, trouble: Trouble, error: type[aiosmtplib.SMTPResponseException], code: int
) -> None:
    gateway.faults.add(PlannedFault(trouble, code=code))

    with pytest.raises(error) as refused:
        await mail(gateway)

    assert refused.value.code == code
    assert gateway.mailbox(OFFICE).messages == ()
    assert (await mail(gateway)).code == 250


async def test_a_greylisted_mail_is_taken_when_its_time_has_passed(gateway: Gateway) -> None:
    gateway.pace.change(0.001)
    gateway.faults.add(PlannedFault(Trouble.MAIL_GREYLISTED, seconds=300))

    for _ in range(2):
        with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
            await mail(gateway)
        assert refused.value.code == 451
    assert (await mail(gateway, "other@member.example")).code == 250
    gateway.pace.change(10_000_000)
    await gateway.pace.sleep(timedelta(seconds=300))

    assert (await mail(gateway)).code == 250
    assert gateway.faults.struck == [(Trouble.MAIL_GREYLISTED, OFFICE)]


async def test_a_slow_mail_server_answers_all_the_same(gateway: Gateway) -> None:
    gateway.faults.add(PlannedFault(Trouble.MAIL_SLOW, seconds=0.01))

    assert (await mail(gateway)).code == 250
    assert gateway.faults.struck == [(Trouble.MAIL_SLOW, OFFICE)]


# Connection overrides of webhooks.


@pytest.mark.parametrize(
    ("fragment", "override"),
    [
        ("", Override()),
        ("rc=3&rp=4xx,5xx", Override(3, frozenset({"4xx", "5xx"}))),
        ("rc=9&rp=all", Override(5, frozenset({"ct", "rt", "4xx", "5xx"}))),
        ("rc=0&ct=100&rt=200&tt=300", Override(0, frozenset({"ct"}), 0.1, 0.2, 0.3)),
        ("rc=x&tt=99999", Override()),
    ],
)
def test_the_fragment_of_a_webhook_says_how_often_and_how_long(
    fragment: str, override: Override
) -> None:
    assert Override.of(fragment) == override


async def test_a_webhook_that_leads_off_this_machine_is_not_called(
    gateway: Gateway, session: aiohttp.ClientSession
) -> None:
    await by_twilio(session, StatusCallback="https://elsewhere.example/status")
    await gateway.background_tasks.idle()

    assert set(gateway.troubles) == {"a webhook was not called: it leads off this machine"}
