"""One Chromium and one town for all browser tests; each visitor has a browser of her own.

The scope is this directory: a Playwright that is still open would keep its event loop from the
asynchronous tests of other directories.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
)

from tests.browser.chromium import LONG, give_authenticator, started_for_tests
from tests.browser.town import Town, open_town

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


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser that is installed; without one the tests are skipped, or fail where asked."""
    with started_for_tests() as browser:
        yield browser


@pytest.fixture(scope="package")
def town(
    chromium: Browser,  # noqa: ARG001 - without a browser no town is started
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    """Gateway, web and engine as processes of their own; none is left behind."""
    with open_town(tmp_path_factory.mktemp("town"), rate=RATE, silent=SILENT) as town:
        yield town


@pytest.fixture(scope="package")
def situation(town: Town) -> str:
    """An exercise that everybody was told of: its reference."""
    return town.activates()


@pytest.fixture
def street(chromium: Browser, town: Town) -> Iterator[Street]:
    """Fresh browsers for one test; afterwards no complaint and no foreign address is let pass."""
    street = Street(chromium, town)
    yield street
    street.leave()
