"""Where is Chromium, and how is it started?"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.patience import PATIENCE

LONG = PATIENCE * 1000  # milliseconds
expect.set_options(timeout=LONG)

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")
REMEDY = "no Chromium: apt-get install chromium, or set CM_CHROMIUM to where it is"


def find_chromium() -> str | None:
    """Its path: what CM_CHROMIUM says, else the first name that is installed."""
    return os.environ.get("CM_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started() -> Iterator[Browser]:
    """Chromium without a window; SystemExit where there is none, saying how to get it."""
    if (path := find_chromium()) is None:
        raise SystemExit(REMEDY)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def started_for_tests() -> Iterator[Browser]:
    """The same; where there is none, tests are skipped, or fail where CM_REQUIRE_BROWSER is set."""
    if find_chromium() is None:
        (pytest.fail if os.environ.get("CM_REQUIRE_BROWSER") == "1" else pytest.skip)(REMEDY)
    with started() as browser:
        yield browser


def give_authenticator(page: Page) -> None:
    """The device of this browser's holder: it keeps passkeys and is touched whenever it asks."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
