"""One Chromium and one town for all browser tests; each visitor has a browser of her own.

The scope is this directory: a Playwright that is still open would keep its event loop from the
asynchronous tests of other directories.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import (
    Browser,
)

from tests.support.browser.chromium import started_for_tests
from tests.support.browser.street import RATE, SILENT, Street
from tests.support.browser.town import Town, open_town


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
