"""A house whose visitors come and go, for tests that share it or bring a copy of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx

from dashboard.app import create_app
from settings import Settings
from store.installation import Installation
from store.session import Database
from store.tables import LedgerEntry
from tests.support.clock import ToldTime
from tests.support.five_members import NOW
from tests.support.forms import WebForm
from tests.support.web import HOST, Browser, a_client, an_app, signed_in

STRANGER: Final = ""
OF_THE_WAY_IN: Final = ("cm.act.proved.v1", "cm.sign_in.refused.v1", "cm.web_session.opened.v1")


@dataclass(frozen=True)
class Found:
    """A form and who can send it."""

    account: str
    form: WebForm


@dataclass
class Desk:
    """A busy house, and whoever comes to it."""

    installation: Installation
    told: ToldTime = field(default_factory=lambda: ToldTime(NOW))
    real: ToldTime = field(default_factory=lambda: ToldTime(NOW))
    clients: dict[str, Browser] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = create_app(self.installation, real_now=self.real.now)

    def browser(self, account: str) -> Browser:
        """The browser of somebody who is signed in, or of a stranger."""
        if account not in self.clients:
            client = a_client(self.app, "http://localhost:8080")
            client.headers["Sec-Fetch-Site"] = "same-origin"
            self.clients[account] = Browser(client)
            if account != STRANGER:
                cookie = signed_in(self.installation, account, self.real.now())
                client.cookies.set("cm", cookie, domain=HOST)
                self.clients[account].app = an_app(self.installation, account, self.real)
        return self.clients[account]

    def sends(self, found: Found, **changed: str) -> httpx.Response:
        """What comes back when the form is sent with these fields changed."""
        browser = self.browser(found.account)
        self.real.passes(timedelta(seconds=3))
        values = found.form.values() | {name: [value] for name, value in changed.items()}
        values |= {"proof_code": [browser.app()]}
        answer: httpx.Response = browser.client.post(
            found.form.action, data=values, follow_redirects=False
        )
        return answer

    def events(self) -> int:
        """How many acts are in the ledger, but for those of the way in."""
        with self.installation.database.reading() as session:
            acts = session.query(LedgerEntry).filter(LedgerEntry.type.not_in(OF_THE_WAY_IN))
            return acts.count()


@contextmanager
def a_desk(path: Path) -> Iterator[Desk]:
    told = ToldTime(NOW)
    settings = Settings(home=path.parent, public_url="http://localhost:8080", inbox_port=0)
    desk = Desk(Installation(settings, Database(f"sqlite:///{path}"), told), told)
    try:
        yield desk
    finally:
        for browser in desk.clients.values():
            browser.client.close()
        desk.installation.database.close()
