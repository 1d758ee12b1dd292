"""The desk: few acts, no script needed, on any screen and on paper, and when the line breaks."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import steps
from tests.support.browser.steps import Hand
from tests.support.browser.street import Street
from tests.support.browser.town import Town, andaman_sea, until

pytestmark = pytest.mark.browser


def test_a_trigger_takes_at_most_five_clicks_and_two_typed_fields_beside_the_word(
    street: Street, town: Town, budget: Callable[[str], None]
) -> None:
    hand = Hand(street.stranger())
    hand.page.goto(town.sign_in_link("Canberra duty desk"))
    hand.clicks_on(hand.page.get_by_role("button", name="Sign in"))

    steps.begins_a_situation(hand, andaman_sea())
    steps.checks_and_sends(hand)

    budget(f"a trigger: {hand.clicks} clicks, {hand.fields - 1} typed fields beside the word")
    assert hand.clicks <= 5
    assert hand.fields == 2 + 1


def test_the_first_screen_says_what_counts_without_scrolling(
    street: Street, town: Town, situation: str
) -> None:
    page = street.visitor("Canberra duty desk")
    page.goto(f"{town.url}/situation/{situation}")

    for part in (".band", "#live", ".facts", "#needs-title, .needs-none"):
        assert steps.bottom_of(page.locator(part)) <= steps.FIRST_SCREEN, part


def test_every_clock_of_an_open_board_goes_on(street: Street, town: Town, situation: str) -> None:
    page = street.visitor("Canberra duty desk")
    page.goto(f"{town.url}/situation/{situation}")
    canberra = page.locator(".clock", has_text="Canberra")
    expect(canberra).not_to_have_text(canberra.inner_text())  # a told minute is a second

    minutes = re.findall(r"\d\d:(\d\d)", page.locator(".clocks").inner_text())
    assert len(minutes) == 3
    assert len(set(minutes)) == 1


def test_without_a_script_a_situation_is_sent_and_its_board_renews_itself(
    street: Street, town: Town
) -> None:
    page = street.visitor("Jakarta duty desk", java_script_enabled=False)
    code = town.printed_codes("Jakarta duty desk")[0]
    hand = Hand(page)
    steps.presses_send_at_once(hand, andaman_sea())
    steps.confirms_by_code(hand, code)

    expect(page.locator("#live")).to_contain_text(
        "This page renews itself every 20 seconds", use_inner_text=True
    )
    expect(page.locator("noscript meta[http-equiv=refresh]")).to_have_attribute("content", "20")
    answered = page.locator("tr.done").nth(1)
    until("a second member has acknowledged", lambda: page.reload() and answered.is_visible())
    street.expected("403")  # the page that asks for the code


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_board_fits_a_screen_of_320_pixels(
    street: Street, town: Town, situation: str, scheme: str
) -> None:
    page = street.visitor("Canberra duty desk", width=320, height=568, color_scheme=scheme)
    page.goto(f"{town.url}/situation/{situation}")

    assert not steps.scrolls_sideways(page)
    ground = "rgb(255, 255, 255)" if scheme == "light" else "rgb(14, 22, 30)"
    expect(page.locator("body")).to_have_css("background-color", ground)


def test_paper_keeps_the_word_in_a_black_box(street: Street, town: Town, situation: str) -> None:
    page = street.visitor("Canberra duty desk")
    page.goto(f"{town.url}/situation/{situation}")

    page.emulate_media(media="print")

    expect(page.locator(".band-word")).to_be_visible()
    expect(page.locator(".band-word")).to_contain_text(re.compile("exercise", re.IGNORECASE))
    expect(page.locator(".band-word")).to_have_css("background-color", "rgb(0, 0, 0)")
    expect(page.locator(".band-word")).to_have_css("print-color-adjust", "exact")


def test_times_are_asked_about_and_counted_without_a_script(
    street: Street, town: Town, situation: str
) -> None:
    page = street.visitor("Canberra duty desk", java_script_enabled=False)
    page.goto(f"{town.url}/situation/{situation}/meeting")
    page.get_by_role("link", name="Ask the members which time suits").click()
    page.get_by_label("Link or place").fill("https://meet.secretariat.example/consultation")
    page.get_by_label("Wait for answers").select_option(label="1 hour")
    page.get_by_role("button", name="Check the question").click()

    page.get_by_role("button", name=re.compile("^Ask .* members")).click()

    expect(page.get_by_text("The members are asked.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Fix this time")).first).to_be_visible()
    assert not steps.scrolls_sideways(page)
    page.get_by_role("button", name="End the poll").click()
    expect(page.get_by_text("The poll is ended.")).to_be_visible()


def test_a_lost_connection_is_said_in_words_until_it_is_back(
    street: Street, town: Town, situation: str
) -> None:
    page = street.visitor("Canberra duty desk")
    page.goto(f"{town.url}/situation/{situation}")
    live = page.locator("#live")
    expect(live).to_contain_text("Live. Last change")

    town.kill_web()
    expect(live).to_have_text("Connection lost. Trying again. Showing the last known state.")

    town.start_web_again()
    expect(live).to_contain_text("Live. Last change")
    street.expected("ERR_")
