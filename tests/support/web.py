"""Browsers without a network, and an application that is served."""

import re
import socket
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import pyotp
from starlette.applications import Starlette
from starlette.routing import Route

from dashboard.accounts import second_factor
from dashboard.app import PAGES, web_server
from dashboard.web import sessions
from store.installation import Installation
from store.tables import Account, AuthenticatorApp
from tests.support.clock import ToldTime
from tests.support.patience import PATIENCE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the test client announces a successor of httpx
    from starlette.testclient import TestClient


LOG = "BP-X-2026-001"
HOST = "localhost.local"  # as the cookie jar calls it
PASSWORD = "eleven wooden harbour lanterns"  # noqa: S105 - of an installation that lives for one test
Form = Mapping[str, str | list[str]]


@dataclass
class Browser:
    """One browser: keeps its cookies, fills in the forms of the page before."""

    client: TestClient
    page: str = field(default="")
    app: Callable[[], str] = field(default=lambda: "")  # the code that its holder's app shows

    def open(self, path: str, *, status: int = 200) -> str:
        answer = self.client.get(path, follow_redirects=False)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        self.page = answer.text
        return self.page

    def send(
        self, path: str, form: Form | None = None, /, *, status: int = 303, **fields: str
    ) -> str:
        """Post a form with the token of the page that was opened before; where it leads."""
        token = re.search(r'name="form_token" value="(\w+)"', self.page)
        values = {"form_token": token[1] if token else "", **(form or {}), **fields}
        if _asks_for_proof(path):
            values.setdefault("proof_code", self.app())
        answer = self.client.post(path, data=values, follow_redirects=False)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:3000])
        if status != 303:
            self.page = answer.text
        return str(answer.headers.get("location", ""))


def _asks_for_proof(path: str) -> bool:
    patterns = (Route(one.path, lambda _: None).path_regex for one in PAGES if one.proof)
    return any(pattern.fullmatch(path.partition("?")[0]) for pattern in patterns)


NewBrowser = Callable[..., Browser]


def an_app(installation: Installation, name: str, real: ToldTime) -> Callable[[], str]:
    """An authenticator app of the account, whose holder waits for a code that was not used."""
    with installation.database.transaction() as session:
        account = session.query(Account).filter_by(name=name).one()
        app = session.get(AuthenticatorApp, account.id)
        if app is None:
            app = second_factor.new_app(session, account.id, real_now=real.now())
            app.proved_at = real.now()
        secret = second_factor.app_secret(app, installation.settings.key)

    def shows() -> str:
        real.passes(timedelta(seconds=second_factor.STEP))
        return pyotp.TOTP(secret).at(real.now())

    return shows


def a_client(app: Starlette, base_url: str) -> TestClient:
    """A browser's way to the application, without a network; a fault comes as its page."""
    return TestClient(app, base_url=base_url, raise_server_exceptions=False)


def signed_in(installation: Installation, name: str, real_now: datetime) -> str:
    """A session's cookie for an account."""
    with installation.database.transaction() as session:
        account = session.query(Account).filter_by(name=name).one()
        return sessions.open_session(
            session,
            account,
            method="password",
            real_now=real_now,
            now=installation.now(),
            address="192.0.2.7",
        )


@dataclass
class Served:
    """A house that answers on loopback."""

    installation: Installation
    app: Starlette
    url: str
    stop: Callable[[], None]

    def watch(self, account: str) -> Iterator[tuple[str, str]]:
        """The events of a board's stream, as they come."""
        cookies = {"cm": signed_in(self.installation, account, self.app.state.real_now())}
        url = f"{self.url}/situation/{LOG}/live"
        with httpx.stream("GET", url, cookies=cookies, timeout=PATIENCE) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert "content-encoding" not in answer.headers
            kind = ""
            for line in answer.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    kind = value
                elif field.rstrip(":") == "data":
                    yield kind, value


@contextmanager
def serving(app: Starlette) -> Iterator[tuple[str, Callable[[], None]]]:
    """An application on a free port: its address, and what stops it."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = web_server(app)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while thread.is_alive() and not server.started:
        thread.join(0.01)

    def stop() -> None:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()

    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", stop
    finally:
        stop()
