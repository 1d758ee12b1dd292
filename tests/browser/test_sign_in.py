"""The way in: a passkey made by the first touch, used by the next; a page that waits for a code."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import steps
from tests.support.browser.steps import Hand
from tests.support.browser.street import Street
from tests.support.browser.town import Town, andaman_sea

pytestmark = pytest.mark.browser


@pytest.mark.check(26)
def test_a_passkey_made_by_the_first_act_signs_in_afterwards(street: Street, town: Town) -> None:
    page = street.visitor("Jakarta duty desk")
    hand = Hand(page)
    steps.begins_a_situation(hand, andaman_sea())
    steps.checks_and_sends(hand)
    page.get_by_role("button", name="Sign out").first.click()

    page.goto(f"{town.url}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.locator(".whoami")).to_contain_text("Jakarta duty desk")
    page.goto(f"{town.url}/account")
    expect(page.get_by_text("First passkey")).to_be_visible()


def test_a_second_passkey_is_added_after_the_first_has_agreed(street: Street, town: Town) -> None:
    page = street.visitor("Jakarta duty desk")

    steps.adds_a_passkey(page, town.url)

    expect(page.get_by_text("Duty phone, made")).to_be_visible()


def test_when_the_device_refuses_a_code_is_asked_for_and_nothing_is_lost(
    street: Street, town: Town
) -> None:
    page = street.visitor("Jakarta duty desk")
    code = town.printed_codes("Jakarta duty desk")[0]
    hand = Hand(page)
    steps.presses_send_at_once(hand, andaman_sea())

    reference = steps.confirms_by_code(hand, code)

    page.goto(f"{town.url}/situation/{reference}")
    expect(page.locator("h1")).to_have_text(andaman_sea().title)
    street.expected("403")
