"""What does axe find on a page, in each way in which it may be seen?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Page

SCRIPT = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": RULES},
    "resultTypes": ["violations"],  # of what passes one place each is enough, and much quicker
}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 667}
MODES: dict[str, tuple[dict[str, int], str]] = {
    "light": (DESK, "light"),
    "dark": (DESK, "dark"),
    "phone, light": (PHONE, "light"),
    "phone, dark": (PHONE, "dark"),
}


def bring_axe(page: Page) -> None:
    """Let every page that is opened here carry axe; our own policy would refuse a script tag."""
    page.add_init_script(path=SCRIPT)


def violations(page: Page) -> list[str]:
    """Every violation on this page in every mode: the mode, the rule, and where."""
    found = [line for mode in MODES for line in _in_mode(page, mode)]
    page.set_viewport_size(DESK)  # type: ignore[arg-type]  # a plain mapping is what it takes
    page.emulate_media(color_scheme="light")
    return found


def _in_mode(page: Page, mode: str) -> Iterator[str]:
    size, scheme = MODES[mode]
    page.set_viewport_size(size)  # type: ignore[arg-type]  # a plain mapping is what it takes
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two words
    result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", OPTIONS)
    assert len(result["passes"]) > 5, f"axe has looked at nothing on {page.url}"
    for violation in result["violations"]:
        for node in violation["nodes"]:
            yield f"{page.url} in {mode}: {violation['id']} at {node['target']}"
