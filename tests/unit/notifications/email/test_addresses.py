"""What we write into a mail is what we read when it comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.email import addresses

KEY = b"a key of the tests"
TOKEN = "abcdefghij234567"  # noqa: S105 - of nobody


def test_the_token_comes_back_from_the_address_whatever_the_case() -> None:
    address = addresses.answers_to(TOKEN, "in.cm.example")

    assert addresses.token_of(address) == TOKEN
    assert addresses.token_of(address.upper()) == TOKEN


@pytest.mark.parametrize("address", ["", "ack@in.cm.example", "ack+short@x", "desk@mu.example"])
def test_another_address_brings_no_token(address: str) -> None:
    assert addresses.token_of(address) is None


@given(st.integers(1, 10**17))
def test_an_attempt_comes_back_from_its_bounce_and_from_its_report(attempt: int) -> None:
    bounced = addresses.bounces_of(attempt, KEY, "in.cm.example")

    assert addresses.attempt_bounced(bounced, KEY) == attempt
    assert addresses.attempt_reported(addresses.envelope_id(attempt)) == attempt


@pytest.mark.parametrize("envelope_id", ["", "att", "attx", "batt7", "att7 ", "att" + "9" * 40])
def test_another_servers_envelope_id_names_no_attempt(envelope_id: str) -> None:
    assert addresses.attempt_reported(envelope_id) is None


def test_the_personal_addresses_are_those_that_are_written_here_and_no_other() -> None:
    ack = addresses.answers_to(TOKEN, "in.cm.example")
    bounce = addresses.bounces_of(7, KEY, "in.cm.example")
    office = addresses.office("cm.example")

    assert addresses.personal([f"Desk <{ack.upper()}>, {office}", bounce, ack]) == (ack, bounce)
