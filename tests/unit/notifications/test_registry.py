"""The providers of an installation are those that its settings name, each met where they say."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mechanism.vocabulary import Channel
from notifications import registry, route_order
from notifications.provider import Accepted, Outgoing, Refusal, Rejected
from settings import MAIL_SERVERS, Settings
from simulator import Api, Gateway

MAIL = Outgoing(7, Channel.EMAIL, "desk@mu.example", raw=b"Subject: 1\r\n\r\n1\r\n")


def settings(home: Path, **changed: Any) -> Settings:
    second = {"smtp_second_host": "127.0.0.1", "smtp_second_port": 2526}
    return Settings.model_validate({"home": home, **second, **changed})


def test_whoever_stands_in_an_order_is_there_and_has_an_address(tmp_path: Path) -> None:
    changed = settings(tmp_path, kannel_api="http://127.0.0.1:13013", kannel_simulated=True)

    names = set(route_order.channels(changed))

    assert {name: one.name for name, one in registry.providers(changed).items()} == {
        name: name for name in names
    }
    assert set(registry.addresses(changed)) == names


def test_each_mail_server_is_met_at_its_own_address(tmp_path: Path) -> None:
    found = registry.addresses(settings(tmp_path))

    assert (found["smtp"], found["smtp-second"]) == (("127.0.0.1", 8025), ("127.0.0.1", 2526))


def test_without_a_second_mail_server_there_is_one(tmp_path: Path) -> None:
    assert "smtp-second" not in registry.providers(settings(tmp_path, smtp_second_host=""))


async def test_each_mail_server_gets_what_is_given_to_it(tmp_path: Path) -> None:
    async with Gateway(smtp_second_port=0) as gateway:
        ports = {"smtp_port": gateway.smtp_port, "smtp_second_port": gateway.smtp_second_port}
        found = registry.providers(settings(tmp_path, **ports))
        ends = [await found[name].submit(MAIL) for name in ("smtp-second", "smtp")]
        for provider in found.values():
            await provider.close()

        assert [type(end) for end in ends] == [Accepted, Accepted]
        assert [one.api for one in gateway.arrivals] == [Api.SMTP_SECOND, Api.SMTP]
        assert len({one.sender for one in gateway.arrivals}) == 1  # a bounce finds its way from any


@pytest.mark.check(39)
@pytest.mark.parametrize("name", ["smtp", "smtp-second"])
async def test_a_mail_server_that_is_to_encrypt_and_cannot_hears_nothing_of_a_message(
    tmp_path: Path, name: str
) -> None:
    async with Gateway(smtp_second_port=0) as gateway:
        ports = {"smtp_port": gateway.smtp_port, "smtp_second_port": gateway.smtp_second_port}
        encrypt = {f"{name.replace('-', '_')}_starttls": True}
        found = registry.providers(settings(tmp_path, **ports, **encrypt))
        ends = {one: await found[one].submit(MAIL) for one in MAIL_SERVERS}
        for provider in found.values():
            await provider.close()

        refused = ends.pop(name)
        assert isinstance(refused, Rejected)
        assert refused.refusal is Refusal.CONFIGURATION
        assert [type(end) for end in ends.values()] == [Accepted]
        assert len(list(gateway.arrivals)) == 1


def test_what_a_row_needs_is_a_setting() -> None:
    assert {name for row in registry.ROWS for name in row.needs} <= set(Settings.model_fields)


@pytest.mark.parametrize(
    ("path", "provider"),
    [
        ("/twilio/sms", "twilio"),
        ("/twilio/status/7/abc", "twilio"),
        ("/twilio/voice/7/abc/status", "twilio-voice"),
        ("/kannel/text/word", "kannel"),
        ("/hook/kannel/text/word", ""),
        ("/mail/postmark", ""),
    ],
)
def test_each_path_leads_to_the_hook_of_its_provider(path: str, provider: str) -> None:
    hook = registry.hook_at(path, Settings())

    assert (hook.provider if hook else "") == provider


def test_only_a_provider_of_calls_is_asked_what_to_say() -> None:
    assert registry.call_hook_at("/twilio/voice/7/abc", Settings()) is not None
    assert registry.call_hook_at("/twilio/status/7/abc", Settings()) is None


def test_every_provider_that_is_handed_out_holds_back_what_it_must(tmp_path: Path) -> None:
    real = {"kannel_api": "https://kannel.example", "sms_api": "twilio"}

    for provider in registry.providers(settings(tmp_path, **real)).values():
        outgoing = Outgoing(7, provider.channel, "+999", allowed=frozenset({"+1"}))
        outcome = asyncio.run(provider.submit(outgoing))
        assert isinstance(outcome, Rejected)
        assert outcome.code == "exercise_list"
        refused = asyncio.run(provider.submit(replace(outgoing, allowed=None, address="+9991")))
        assert isinstance(refused, Rejected)
        is_number = provider.channel is not Channel.EMAIL
        assert (refused.refusal is Refusal.HELD_BACK) is is_number


def test_the_refused_prefixes_are_not_lifted_where_texts_can_leave(tmp_path: Path) -> None:
    lifted = settings(tmp_path).model_copy(update={"sms_api": "twilio", "sms_refused": ""})

    with pytest.raises(ValueError, match=r"CM_SMS_REFUSED=\+999"):
        registry.providers(lifted)


def test_each_provider_of_texts_has_an_address_for_answers(tmp_path: Path) -> None:
    there = settings(tmp_path, kannel_api="http://127.0.0.1:13013")

    assert list(registry.inbound_urls(there)) == ["twilio", "kannel"]
    assert registry.inbound_urls(there)["twilio"] == f"{there.public_url}/twilio/sms#rc=5&rp=all"
