"""Where do visitors come from, and what do their browsers complain of?"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
)

from tests.support.browser.chromium import LONG, give_authenticator
from tests.support.browser.town import Town

RATE = 60.0  # a told minute is a second: who answers does so within nine of them
SILENT = ("BD", "UNHCR")  # whose links the tests use


@dataclass
class Street:
    """Where visitors come from; hears every complaint of every browser, and sees where it asks."""

    chromium: Browser
    town: Town
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def stranger(self, *, width: int = 1280, height: int = 800, **settings: Any) -> Page:
        """A page of a new browser that is not signed in."""
        size = {"width": width, "height": height}
        context = self.chromium.new_context(viewport=size, **settings)  # type: ignore[arg-type]
        self.contexts.append(context)
        context.on("request", self._see)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.set_default_timeout(LONG)
        page = context.new_page()
        if settings.get("java_script_enabled", True):
            give_authenticator(page)
        return page

    def visitor(self, account: str, **settings: Any) -> Page:
        """A page of a new browser, signed in by a one-time link."""
        page = self.stranger(**settings)
        page.goto(self.town.sign_in_link(account))
        page.get_by_role("button", name="Sign in").click()
        return page

    def expected(self, complaint: str) -> None:
        """Forget complaints with these words: the test has provoked them."""
        self.complaints[:] = [one for one in self.complaints if complaint not in one]

    def leave(self) -> None:
        """Close every browser, and let nothing pass that one of them complained of."""
        for context in self.contexts:
            context.close()
        hosts = {f"{at.scheme}://{at.netloc}" for at in (urlsplit(one.url) for one in self.asked)}
        assert hosts <= {self.town.url}
        assert self.complaints == []

    @property
    def asked(self) -> list[Request]:
        """What went over the wire."""
        return [one for one in self.requests if one.url.startswith("http")]

    def _see(self, request: Request) -> None:
        self.requests.append(request)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{urlsplit(message.location['url']).path}: {message.text}")
