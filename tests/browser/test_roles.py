"""Each role once, from the way in to what it is there for; co-chair and auditor: the consultation.

And what happens to a form whose sender was signed out while she wrote.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import steps
from tests.support.browser.steps import Hand, ends_every_session
from tests.support.browser.street import Street
from tests.support.browser.town import Town, andaman_sea

pytestmark = pytest.mark.browser


def test_the_secretariat_prepares_a_situation_and_records_a_call(
    street: Street, town: Town, situation: str
) -> None:
    page = street.visitor("Bangkok duty desk")
    hand = Hand(page)
    steps.begins_a_situation(hand, andaman_sea())
    page.get_by_role("button", name="Check what will be sent").click()
    expect(page.get_by_text("A co-chair finds it on the start page and sends it.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Send"))).to_have_count(0)

    page.goto(f"{town.url}/situation/{situation}")
    hand.clicks = 0
    hand.clicks_on(page.get_by_role("link", name="Record an acknowledgement"))
    hand.clicks_on(page.locator("main a[href$='/call/UNHCR']").first)
    hand.clicks_on(page.get_by_role("radio", name="Reached, not acknowledged"))
    page.get_by_label("Spoke to").select_option(index=1)
    hand.clicks_on(page.get_by_role("button", name="Record the call"))

    expect(page.locator(".note-ok")).to_contain_text("Recorded")
    assert hand.clicks <= 4


def test_the_operator_sees_the_health_of_the_installation_and_no_situation(
    street: Street, town: Town, situation: str
) -> None:
    page = street.visitor("Operations desk")

    expect(page.locator("main")).to_contain_text("the health of the installation")
    expect(page.locator("dl", has_text="Engine")).to_contain_text("working")
    expect(page.get_by_role("row", name="twilio SMS")).to_contain_text("Takes messages")
    expect(page.locator("body")).not_to_contain_text(andaman_sea().title)
    for path in (f"/situation/{situation}", "/new", "/directory", "/review"):
        answer = page.goto(f"{town.url}{path}")
        assert answer is not None
        assert answer.status == 403, path
        expect(page.locator("main")).not_to_contain_text(andaman_sea().title)
    street.expected("403")


def test_what_was_written_when_the_session_ended_is_there_after_the_sign_in(
    street: Street, town: Town
) -> None:
    page = street.visitor("Jakarta duty desk")
    steps.adds_a_passkey(page, town.url)
    facts = andaman_sea()
    steps.begins_a_situation(Hand(page), facts)
    ends_every_session(town, "Jakarta duty desk")

    page.get_by_role("button", name="Refresh the preview").click()
    expect(page.get_by_text("nothing that you wrote is lost")).to_be_visible()
    expect(page.locator("textarea[name=kept]").first).to_be_hidden()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Go on with what I wrote").click()

    expect(page.get_by_label("What is happening, in one line")).to_have_value(facts.title)
    written = page.get_by_label("What members need to know", exact=True)
    expect(written).to_have_value(facts.what_happened)
    street.expected("403")
