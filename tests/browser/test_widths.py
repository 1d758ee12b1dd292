"""Every page is whole at five widths: nothing beyond an edge, cut off or too small for a finger.

Each page is loaded once and resized; what is measured stands in `widths.js`.
"""

import pytest
from playwright.sync_api import expect

from dashboard.member.translations import page_translations
from tests.support.browser import steps
from tests.support.browser.pages import PAGES_OF_A_SITUATION, STAFF_PAGES
from tests.support.browser.steps import Hand
from tests.support.browser.street import Street
from tests.support.browser.town import Town, andaman_sea
from tests.support.browser.widths import misfits

pytestmark = pytest.mark.browser

MAILBOX, PHONE = "desk@mfa.bd.example", "+9999021"  # of offices of Bangladesh


@pytest.mark.parametrize("account", STAFF_PAGES)
@pytest.mark.check(19)
def test_every_page_is_whole_at_every_width_and_asks_no_other_host(
    street: Street, town: Town, situation: str, account: str
) -> None:
    page = street.visitor(account)
    paths = [f"{path}?all=1" if path == "/" else path for path in STAFF_PAGES[account]]
    if account == "Canberra duty desk":
        paths += [f"/situation/{situation}{path}" for path in PAGES_OF_A_SITUATION]
    if account == "Audit office":
        paths += [f"/review/{situation}", f"/review/{situation}/event/1"]

    found: list[str] = []
    for path in paths:
        answer = page.goto(f"{town.url}{path}")
        assert answer is not None
        assert answer.ok, path
        found += misfits(page)

    assert found == []


def test_the_two_steps_of_a_trigger_are_whole(street: Street) -> None:
    page = street.visitor("Bangkok duty desk")
    steps.begins_a_situation(Hand(page), andaman_sea())
    page.get_by_role("button", name="Refresh the preview").click()
    expect(page.locator(".mail")).to_be_visible()
    page.get_by_text("Add where, figures and what is not known").click()
    found = list(misfits(page))
    page.get_by_role("button", name="Check what will be sent").click()
    expect(page.get_by_role("heading", name="Who gets what, first wave")).to_be_visible()
    found += misfits(page)

    assert found == []


def test_the_members_page_is_whole_in_every_language(
    street: Street, town: Town, situation: str
) -> None:
    page = street.stranger()
    page.goto(town.member_link(situation, "sms", to=PHONE))
    found = list(misfits(page))
    link = town.member_link(situation, "email", to=MAILBOX)
    for spoken in page_translations():
        page.goto(link + spoken.query)
        found += misfits(page)

    assert found == []
