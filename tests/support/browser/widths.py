"""What on a page does not fit: beyond an edge, cut off, too small for a finger, too long a line?

Measured in the browser, on the page as it stands.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from tests.support.browser.steps import FIRST_SCREEN, WIDTHS

MEASURE: Final = Path(__file__).with_name("widths.js").read_text(encoding="utf-8")


def misfits(page: Page) -> Iterator[str]:
    """What does not fit at one of the five widths; the page is only resized, never loaded anew."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": FIRST_SCREEN})
        for what in page.evaluate(MEASURE):
            yield f"{page.url} at {width}: {what}"
