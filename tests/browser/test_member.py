"""The member's page, by a real link off a phone or out of a mailbox."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboard.member.translations import Translation, page_translations
from tests.support.browser import steps
from tests.support.browser.street import RATE, Street
from tests.support.browser.town import Town

pytestmark = pytest.mark.browser

MOST_BYTES = 10 * 1024
PHONES = {"small": (320, 568), "usual": (375, 667)}  # width and height
MAILBOX, OTHER_MAILBOX, PHONE = "desk@mfa.bd.example", "duty@mfa.bd.example", "+9999021"


@pytest.fixture(scope="module")
def situation(town: Town) -> Iterator[str]:
    """An exercise of its own at a person's pace: on no machine is it ever late here."""
    town.set_on(rate=1.0)
    yield town.activates()
    town.set_on(rate=RATE)


@pytest.fixture(scope="module")
def link(town: Town, situation: str) -> str:
    """Out of the mailbox of Bangladesh's primary office."""
    return town.member_link(situation, "email", to=MAILBOX)


@pytest.mark.parametrize(("channel", "to"), [("email", MAILBOX), ("sms", PHONE)])
@pytest.mark.parametrize("phone", PHONES)
def test_the_button_is_above_the_fold_of_a_phone(
    street: Street, town: Town, situation: str, phone: str, channel: str, to: str
) -> None:
    width, height = PHONES[phone]
    page = street.stranger(width=width, height=height)
    page.goto(town.member_link(situation, channel, to=to))

    button = page.get_by_role("button", name=re.compile("^Acknowledge for"))
    only_here = page.locator(".installation")  # the line that says that this is a demonstration
    assert steps.bottom_of(button) - steps.height_of(only_here) <= height
    assert not steps.scrolls_sideways(page)


@pytest.mark.parametrize("phone", PHONES)
def test_the_button_is_above_the_fold_in_every_language(
    street: Street, link: str, phone: str
) -> None:
    width, height = PHONES[phone]
    page = street.stranger(width=width, height=height)

    for spoken in page_translations():
        page.goto(link + spoken.query)
        button = page.locator("main > form > button")
        expect(button).to_contain_text(
            spoken.say("acknowledge_for", member="Bangladesh").striptags()
        )
        only_here = page.locator(".installation")
        bottom = steps.bottom_of(button) - steps.height_of(only_here)
        assert bottom <= height, spoken.tag
        assert not steps.scrolls_sideways(page), spoken.tag


def test_dari_is_written_from_right_to_left_with_its_numbers_the_right_way_round(
    street: Street, link: str
) -> None:
    page = street.stranger(width=375, height=667)
    page.goto(link)

    page.get_by_role("link", name="دری").click()

    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("main > form > button")).to_have_css("direction", "rtl")
    expect(page.locator(".large bdi")).to_have_css("unicode-bidi", "isolate")
    band = page.locator(".band .word").bounding_box()
    assert band is not None
    assert band["x"] + band["width"] > 375 - 24  # its text begins at the right


@pytest.mark.parametrize("spoken", page_translations(), ids=lambda one: one.tag)
def test_the_page_weighs_ten_kilobytes_at_most_and_leaves_no_cookie(
    street: Street, link: str, spoken: Translation, budget: Callable[[str], None]
) -> None:
    page = street.stranger(width=375, height=667)
    page.goto(link + spoken.query, wait_until="load")

    sizes = [request.sizes() for request in street.asked]
    weight = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    budget(f"member's page in {spoken.tag}: {weight} bytes over the wire")
    assert len(sizes) == 2  # the page and its style sheet
    assert 1000 < weight <= MOST_BYTES
    assert page.context.cookies() == []


def test_opening_the_link_changes_nothing_and_only_the_first_button_acknowledges(
    street: Street, town: Town, situation: str, link: str
) -> None:
    first, again, other = street.stranger(), street.stranger(), street.stranger()
    first.goto(link)
    again.goto(link)
    other.goto(town.member_link(situation, "email", to=OTHER_MAILBOX))
    board = street.visitor("Bangkok duty desk")
    board.goto(f"{town.url}/situation/{situation}")
    row = board.locator("tr", has=board.get_by_role("link", name="Bangladesh"))
    expect(row).not_to_contain_text("Yes, ")

    acknowledges(first)
    expect(first.locator("h1")).to_have_text("Thank you. Bangladesh has acknowledged")
    expect(row).to_contain_text("Yes, ")
    recorded = first.locator(".box").inner_text()

    acknowledges(again)
    expect(again.locator(".box")).to_have_text(recorded, use_inner_text=True)
    acknowledges(other)
    expect(other.locator("h1")).to_have_text("Bangladesh has already acknowledged")


def acknowledges(page: Page) -> None:
    page.get_by_label("Your office").select_option(index=1)
    page.get_by_role("button", name="Acknowledge for Bangladesh").click()
