"""What the simulated second provider of SMS takes, refuses and reports."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

import aiohttp
import pytest
from aiohttp import web

from simulator import (
    DEMO_KANNEL_PASSWORD,
    DEMO_KANNEL_USER,
    Api,
    Does,
    Gateway,
    Persona,
    PlannedFault,
    Trouble,
)
from tests.support.servers.here import here

PHONE = "+999100000001"
SENDER = "+999222"


@dataclass
class Reports:
    """The project's doors for Kannel's requests, and what came in by them."""

    url: str = ""
    statuses: list[tuple[str, str]] = field(default_factory=list)
    texts: list[dict[str, str]] = field(default_factory=list)

    async def status(self, request: web.Request) -> web.Response:
        self.statuses.append((request.query["status"], request.query["reply"]))
        return web.Response(status=202)

    async def text(self, request: web.Request) -> web.Response:
        self.texts.append(dict(request.query))
        return web.Response()


@pytest.fixture
async def reports() -> AsyncIterator[Reports]:
    reports = Reports()
    app = web.Application()
    app.router.add_get("/status/7/mark", reports.status)
    app.router.add_get("/text/word", reports.text)
    async with here(app) as reports.url:
        yield reports


@pytest.fixture
async def gateway(reports: Reports) -> AsyncIterator[Gateway]:
    template = f"{reports.url}/text/word?from=%p&to=%P&text=%b&id=%I"
    async with Gateway(rate=100_000.0, kannel_inbound_url=template) as gateway:
        yield gateway


async def send(
    gateway: Gateway,
    reports: Reports,
    text: str = "BP-X-2026-003 urgent. Reply OK 48213",
    *,
    changed: Mapping[str, str | None] = MappingProxyType({}),
) -> tuple[int, str]:
    asked = {
        "X-Kannel-Username": DEMO_KANNEL_USER,
        "X-Kannel-Password": DEMO_KANNEL_PASSWORD,
        "X-Kannel-From": SENDER,
        "X-Kannel-To": PHONE,
        "X-Kannel-Coding": "0",
        "X-Kannel-Validity": "60",
        "X-Kannel-DLR-Mask": "31",
        "X-Kannel-DLR-Url": f"{reports.url}/status/7/mark?status=%d&reply=%A",
        "Content-Type": "text/plain; charset=UTF-8",
    } | {f"X-Kannel-{name}": value for name, value in changed.items()}
    if content_type := asked.pop("X-Kannel-Type", None):
        asked["Content-Type"] = content_type
    headers = {name: value for name, value in asked.items() if value is not None}
    async with (
        aiohttp.ClientSession(gateway.http_url) as session,
        session.post("/cgi-bin/sendsms", data=text.encode(), headers=headers) as answer,
    ):
        return answer.status, await answer.text()


async def test_a_text_is_taken_arrives_and_is_reported(gateway: Gateway, reports: Reports) -> None:
    assert await send(gateway, reports, "Schön. Ω") == (202, "0: Accepted for delivery")
    await gateway.background_tasks.idle()

    (received,) = gateway.phone(PHONE).messages
    assert (received.text, received.sender, received.api) == ("Schön. Ω", SENDER, Api.KANNEL)
    assert [value for value, _ in reports.statuses] == ["8", "1"]
    assert "stat:DELIVRD" in reports.statuses[1][1]


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"Username": "other"}, 403, "Authorization failed for sendsms"),
        ({"Password": "wrong"}, 403, "Authorization failed for sendsms"),
        ({"To": None}, 400, "Missing receiver(s) number(s), rejected"),
        ({"To": ""}, 400, "Empty receiver number not allowed, rejected"),
        ({"To": "abc"}, 400, "Number(s) has/have been denied by white- and/or black-lists."),
        ({"Validity": "0"}, 400, "Validity field misformed, rejected"),
        ({"Validity": "soon"}, 400, "Validity field misformed, rejected"),
        ({"Coding": "9"}, 400, "Coding field misformed, rejected"),
        ({"DLR-Url": "nowhere"}, 400, "DLR-URL field misformed, rejected"),
        ({"DLR-Mask": "99"}, 400, "DLR-mask field misformed, rejected"),
        ({"Type": "text/html"}, 400, "Invalid content-type"),
    ],
)
async def test_what_kannel_would_refuse_is_refused_in_its_words(
    gateway: Gateway, reports: Reports, changed: dict[str, str | None], status: int, words: str
) -> None:
    assert await send(gateway, reports, changed=changed) == (status, words)
    assert gateway.phone(PHONE).messages == ()


async def test_no_other_path_is_known(gateway: Gateway) -> None:
    async with (
        aiohttp.ClientSession(gateway.http_url) as session,
        session.get("/cgi-bin/status") as answer,
    ):
        assert (answer.status, await answer.text()) == (404, "Unknown request.")


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [
        (Trouble.SMS_BUSY, (503, "Temporal failure, try again later.")),
        (Trouble.SMS_ERROR, (500, "Internal error")),
        (Trouble.SMS_REFUSED, (403, "Not routable. Do not try again.")),
        (
            Trouble.SMS_OPTED_OUT,
            (400, "Number(s) has/have been denied by white- and/or black-lists."),
        ),
    ],
)
async def test_a_fault_before_taking_means_that_nothing_arrives(
    gateway: Gateway, reports: Reports, trouble: Trouble, answer: tuple[int, str]
) -> None:
    gateway.faults.add(PlannedFault(trouble, api=Api.KANNEL))

    assert await send(gateway, reports) == answer
    assert [(one.arrived, one.provider_id) for one in gateway.arrivals] == [(False, "")]


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [
        (Trouble.SMS_TAKEN_THEN_ERROR, (500, "Internal error")),
        (Trouble.SMS_TAKEN_THEN_GARBLED, (200, "<html>taken</html>")),
        (Trouble.SMS_TAKEN_THEN_CUT, None),
        (Trouble.SMS_HANG, None),
    ],
)
async def test_a_fault_after_taking_hides_a_text_that_arrives(
    gateway: Gateway, reports: Reports, trouble: Trouble, answer: tuple[int, str] | None
) -> None:
    gateway.faults.add(PlannedFault(trouble, seconds=60, api=Api.KANNEL))

    asking = asyncio.create_task(send(gateway, reports))
    await gateway.expect(PHONE)
    if answer is None:
        asking.cancel()
        with pytest.raises((aiohttp.ClientError, asyncio.CancelledError)):
            await asking
    else:
        assert await asking == answer
    assert len(gateway.phone(PHONE).messages) == 1


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        (PlannedFault(Trouble.UNDELIVERED), ["8", "2"]),
        (PlannedFault(Trouble.FAILED_AFTER_SENT), ["8", "2"]),
        (PlannedFault(Trouble.SLOW_DELIVERY, seconds=7200), ["2"]),
        (PlannedFault(Trouble.CALLBACK_LOST), []),
        (PlannedFault(Trouble.CALLBACK_DOUBLED), ["8", "8", "1", "1"]),
        (PlannedFault(Trouble.CALLBACK_REORDERED), ["1", "8"]),
        (PlannedFault(Trouble.CALLBACK_EARLY), ["8", "1"]),
    ],
)
async def test_what_befalls_reports_befalls_kannels_too(
    gateway: Gateway, reports: Reports, fault: PlannedFault, statuses: list[str]
) -> None:
    gateway.faults.add(fault)

    await send(gateway, reports)
    await gateway.background_tasks.idle()

    assert [value for value, _ in reports.statuses] == statuses


async def test_a_report_that_is_not_asked_for_does_not_come(
    gateway: Gateway, reports: Reports
) -> None:
    await send(gateway, reports, changed={"DLR-Mask": "1"})
    await gateway.background_tasks.idle()

    assert [value for value, _ in reports.statuses] == ["1"]


async def test_an_early_report_comes_before_the_answer(gateway: Gateway, reports: Reports) -> None:
    gateway.pace.change(0.001)
    gateway.faults.add(
        PlannedFault(Trouble.CALLBACK_EARLY), PlannedFault(Trouble.SMS_ERROR, match="nobody")
    )

    await send(gateway, reports)

    assert reports.statuses == [("8", "ACK/")]


async def test_a_person_answers_by_the_way_the_text_came(
    gateway: Gateway, reports: Reports
) -> None:
    gateway.install([Persona((PHONE,), Does.PROMPT, says="OK {code} & thanks, ©%A")])

    await send(gateway, reports)
    await gateway.background_tasks.idle()

    (text,) = reports.texts
    assert text.pop("id")
    assert text == {"from": PHONE, "to": SENDER, "text": "OK 48213 & thanks, ©%A"}


async def test_a_reply_may_be_lost_or_come_twice_under_one_name(
    gateway: Gateway, reports: Reports
) -> None:
    await send(gateway, reports)
    gateway.faults.add(PlannedFault(Trouble.REPLY_LOST), PlannedFault(Trouble.REPLY_DOUBLED))

    await gateway.phone(PHONE).reply("first")
    await gateway.phone(PHONE).reply("second")

    assert [text["text"] for text in reports.texts] == ["second", "second"]
    assert len({text["id"] for text in reports.texts}) == 1


async def test_whoever_said_stop_is_denied(gateway: Gateway, reports: Reports) -> None:
    await gateway.phone(PHONE).reply("STOP")

    status, _ = await send(gateway, reports)

    assert status == 400
    assert gateway.pace.elapsed > timedelta()
