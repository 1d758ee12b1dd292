"""Where is Chromium, and how is it started?"""

import os
import shutil

from playwright.sync_api import Page

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")
REMEDY = "no Chromium: apt-get install chromium, or set CM_CHROMIUM to where it is"


def find_chromium() -> str | None:
    """Its path: what CM_CHROMIUM says, else the first name that is installed."""
    return os.environ.get("CM_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


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
