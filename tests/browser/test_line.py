"""A bad line: what a page weighs, and when its first words stand there at 50 kbit/s and 500 ms."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.support.browser.street import Street
from tests.support.browser.town import Town, until

pytestmark = pytest.mark.browser

BITS_A_SECOND, WAIT_MS = 50_000, 500
FIRST_PAINT_MS = 4000  # by the browser's own clock, whose line is shaped
BOARD_BYTES = 20 * 1024
PHONE = "+9999021"  # of an office of Bangladesh
WORTH_WAITING = {"document", "stylesheet", "script"}  # a stream never ends


def on_a_bad_line(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    shaped = {
        "offline": False,
        "latency": WAIT_MS,
        "downloadThroughput": BITS_A_SECOND / 8,
        "uploadThroughput": BITS_A_SECOND / 8,
    }
    devtools.send("Network.emulateNetworkConditions", shaped)


def first_paint(page: Page) -> float:
    """Milliseconds from the beginning of the navigation until words or a picture were painted."""

    def painted() -> float:
        return float(
            page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
            )
        )

    return float(until("something was painted", painted))


def test_the_members_page_is_read_within_four_seconds_on_a_bad_line(
    street: Street, town: Town, situation: str, budget: Callable[[str], None]
) -> None:
    link = town.member_link(situation, "sms", to=PHONE)
    page = street.stranger(width=375, height=667)
    on_a_bad_line(page)

    page.goto(link, wait_until="load")

    at = first_paint(page)
    budget(f"member's page: first paint after {at:.0f} ms at 50 kbit/s and 500 ms")
    assert WAIT_MS < at <= FIRST_PAINT_MS


def test_the_board_weighs_twenty_kilobytes_at_most(
    street: Street, town: Town, situation: str, budget: Callable[[str], None]
) -> None:
    page = street.visitor("Bangkok duty desk")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.wait_for_load_state()
    street.requests.clear()

    page.goto(f"{town.url}/situation/{situation}", wait_until="load")

    weights = {
        request.url.rpartition("/")[2].partition("?")[0]: sum(
            request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize")
        )
        for request in street.asked
        if request.resource_type in WORTH_WAITING
    }
    budget(f"board: {sum(weights.values())} bytes, {weights}")
    assert len(weights) == len(WORTH_WAITING) + 2  # a sheet and a script more
    assert min(weights.values()) > 0  # none of them out of a cache
    assert 4000 < sum(weights.values()) <= BOARD_BYTES
