"""A house on a fresh SQLite file, its accounts, and browsers that may or may not be signed in."""

import shutil
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.app import create_app
from settings import Settings
from store.installation import Installation
from store.session import Database
from tests.support.clock import ToldTime
from tests.support.five_members import NOW
from tests.support.web import (
    HOST,
    Browser,
    NewBrowser,
    Served,
    a_client,
    an_app,
    serving,
    signed_in,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the test client announces a successor of httpx
    from starlette.testclient import TestClient


@pytest.fixture
def told() -> ToldTime:
    return ToldTime(NOW)


@pytest.fixture
def real() -> ToldTime:
    return ToldTime(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


@pytest.fixture
def installation(
    sqlite_with_five_members: Path, tmp_path: Path, told: ToldTime
) -> Iterator[Installation]:
    shutil.copy(sqlite_with_five_members, tmp_path / "house.sqlite3")
    settings = Settings(home=tmp_path, public_url="http://localhost:8080", inbox_port=0)
    database = Database(f"sqlite:///{tmp_path / 'house.sqlite3'}")
    installation = Installation(settings, database, told)
    yield installation
    installation.close()


@pytest.fixture
def browser(installation: Installation, real: ToldTime) -> Iterator[NewBrowser]:
    """A new browser on the installation; signed in as the account that is named."""
    app = create_app(installation, real_now=real.now)
    clients: list[TestClient] = []

    def new(account: str | None = None) -> Browser:
        client = a_client(app, "http://localhost:8080")
        clients.append(client)
        if account is not None:
            client.cookies.set("cm", signed_in(installation, account, real.now()), domain=HOST)
            return Browser(client, app=an_app(installation, account, real))
        return Browser(client)

    yield new
    for client in clients:
        client.close()


@pytest.fixture
def served(installation: Installation, real: ToldTime) -> Iterator[Served]:
    """The house on a real loopback connection, with a beat five times a second."""
    app = create_app(installation, real_now=real.now)
    app.state.change_watcher.beat_every = 0.2
    with serving(app) as (url, stop):
        yield Served(installation, app, url, stop)
