"""No page has a violation that axe can find, in light and dark, at a desk and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from dashboard.member.translations import page_translations
from tests.support.browser import steps
from tests.support.browser.axe import bring_axe, violations
from tests.support.browser.pages import PAGES_OF_A_SITUATION, STAFF_PAGES
from tests.support.browser.steps import Hand
from tests.support.browser.street import Street
from tests.support.browser.town import Town, andaman_sea

pytestmark = pytest.mark.browser


def visitor(street: Street, account: str) -> Page:
    page = street.stranger()
    bring_axe(page)
    page.goto(street.town.sign_in_link(account))
    page.get_by_role("button", name="Sign in").click()
    return page


@pytest.mark.parametrize("account", STAFF_PAGES)
def test_the_pages_of_each_role(street: Street, town: Town, situation: str, account: str) -> None:
    page = visitor(street, account)
    paths = [f"{path}?all=1" if path == "/" else path for path in STAFF_PAGES[account]]
    if account == "Canberra duty desk":
        paths += [f"/situation/{situation}{path}" for path in PAGES_OF_A_SITUATION]
    if account == "Audit office":
        paths += [f"/review/{situation}", f"/review/{situation}/event/1"]

    found = []
    for path in paths:
        page.goto(f"{town.url}{path}")
        found += violations(page)

    assert found == []


def test_the_way_in_and_the_account(street: Street, town: Town) -> None:
    page = street.stranger()
    bring_axe(page)
    page.goto(f"{town.url}/sign-in")
    found = violations(page)
    page.goto(town.sign_in_link("Jakarta duty desk"))
    found += violations(page)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{town.url}/account")
    found += violations(page)
    for button in ("Add a passkey", "Set up an app", "Print ten new codes"):
        page.goto(f"{town.url}/account")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("link", name="Back to your account")).to_be_visible()
        found += violations(page)

    assert found == []


def test_every_step_of_a_trigger(street: Street) -> None:
    page = visitor(street, "Jakarta duty desk")
    hand, facts = Hand(page), andaman_sea()
    steps.begins_a_situation(hand, facts)
    page.get_by_role("button", name="Refresh the preview").click()
    expect(page.locator(".mail")).to_be_visible()
    found = violations(page)
    page.get_by_role("button", name="Check what will be sent").click()
    expect(page.locator(".confirm")).to_be_visible()
    page.get_by_text(re.compile("^Read every text")).click()
    found += violations(page)
    page.get_by_role("button", name=re.compile("^Send the exercise to")).click()
    expect(page.locator(".errors")).to_be_visible()  # the word was not typed
    found += violations(page)
    street.expected("400")

    assert found == []


def test_the_members_page_before_and_after(street: Street, town: Town, situation: str) -> None:
    page = street.stranger(width=375, height=667)
    bring_axe(page)
    page.goto(town.member_link(situation, "sms", to="+9999021"))
    found = violations(page)
    for spoken in page_translations()[1:]:
        page.goto(town.member_link(situation, "email", to="desk@mfa.bd.example") + spoken.query)
        found += violations(page)
    page.goto(f"{town.url}/a/no-such-token-anywhere")
    found += violations(page)
    street.expected("404")

    assert found == []


def test_a_page_that_is_not_there(street: Street, town: Town) -> None:
    page = visitor(street, "Jakarta duty desk")
    page.goto(f"{town.url}/situation/BP-X-1999-001")
    found = violations(page)
    street.expected("404")

    assert found == []
