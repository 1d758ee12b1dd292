"""Which provider is asked first for an address: what the settings say, and what a person says."""

from typing import Any

import pytest

from mechanism.vocabulary import Channel
from notifications import route_order
from settings import Settings

ROUTES = {
    "": ["smtp", "smtp-second"],
    "thule.example": ["smtp-second", "smtp"],
    "mfa.thule.example": ["smtp", "smtp-second"],
    "mu.example": ["smtp-second"],
}


def settings(**changed: Any) -> Settings:
    return Settings.model_validate({"smtp_second_host": "127.0.0.1", **changed})


def first_for(address: str, **changed: Any) -> str:
    return route_order.order_for(Channel.EMAIL, address, settings(mail_routes=ROUTES, **changed))[0]


def test_the_second_mail_server_comes_after_the_first() -> None:
    order = route_order.order_for(Channel.EMAIL, "desk@mu.example", settings())

    assert order == ("smtp", "smtp-second")


def test_with_one_mail_server_there_is_no_other() -> None:
    alone = Settings()

    assert route_order.order_for(Channel.EMAIL, "desk@mu.example", alone) == ("smtp",)
    assert "smtp-second" not in route_order.channels(alone)


@pytest.mark.parametrize(
    ("address", "first"),
    [
        ("desk@ministry.example", "smtp"),
        ("desk@ministry.thule.example", "smtp-second"),
        ("desk@Ministry.MFA.Thule.EXAMPLE", "smtp"),
        ("desk@mfa.thule.example", "smtp"),
        ("desk@notmfa.thule.example", "smtp-second"),
        ("desk@sub.mu.example", "smtp-second"),
        ("desk@emu.example", "smtp"),
        ("nobody", "smtp"),
    ],
)
def test_the_longest_domain_that_an_address_lies_in_says_the_order(
    address: str, first: str
) -> None:
    assert first_for(address) == first


def test_a_domain_that_names_one_server_keeps_to_it() -> None:
    order = route_order.order_for(Channel.EMAIL, "desk@mu.example", settings(mail_routes=ROUTES))

    assert order == ("smtp-second",)


def test_an_order_of_a_server_that_is_not_set_up_is_no_order() -> None:
    assert first_for("desk@mu.example", smtp_second_host="") == "smtp"


def test_what_a_person_prefers_goes_before_the_domains_order() -> None:
    order = route_order.order_for(
        Channel.EMAIL, "desk@ministry.example", settings(), preferred="smtp-second"
    )

    assert order == ("smtp-second", "smtp")


@pytest.mark.parametrize("stray", ["twilio", "smtp-third", ""])
def test_a_preference_for_what_does_not_carry_mail_here_is_passed_over(stray: str) -> None:
    order = route_order.order_for(Channel.EMAIL, "desk@mu.example", settings(), preferred=stray)

    assert order == ("smtp", "smtp-second")


def test_calls_have_one_provider() -> None:
    assert route_order.order_for(Channel.VOICE, "+999100310001", settings()) == ("twilio-voice",)


def test_every_provider_is_there_with_what_it_carries() -> None:
    assert route_order.channels(settings(kannel_api="http://127.0.0.1:1")) == {
        "smtp": Channel.EMAIL,
        "smtp-second": Channel.EMAIL,
        "twilio-voice": Channel.VOICE,
        "twilio": Channel.SMS,
        "kannel": Channel.SMS,
    }
