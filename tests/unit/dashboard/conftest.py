"""A house on a fresh SQLite file, its accounts, and browsers that may or may not be signed in."""

import re
import shutil
import socket
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pyotp
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from convening import accounts
from dashboard.accounts import second_factor
from dashboard.app import PAGES, create_app, web_server
from dashboard.web import sessions
from mechanism.lifecycle import Health
from mechanism.vocabulary import Channel, MemberKind, MemberRole, Rank, Role
from settings import Settings
from store.installation import Installation
from store.session import Database
from store.tables import Account, AuthenticatorApp, ContactPoint, FocalPoint, Member
from tests.support.patience import PATIENCE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the test client announces a successor of httpx
    from starlette.testclient import TestClient

NOW = datetime(2026, 11, 23, 3, 41, 7, tzinfo=UTC)
LOG = "BP-X-2026-001"
HOST = "localhost.local"  # as the cookie jar calls it
PASSWORD = "eleven wooden harbour lanterns"  # noqa: S105 - of an installation that lives for one test


Form = Mapping[str, str | list[str]]


@dataclass
class ToldTime:
    """A clock that stands still until a test sets it on."""

    at: datetime = NOW
    rate: float = 1.0
    simulated: bool = False

    def now(self) -> datetime:
        return self.at

    def passes(self, span: timedelta) -> None:
        self.at += span


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


@pytest.fixture
def told() -> ToldTime:
    return ToldTime()


@pytest.fixture
def real() -> ToldTime:
    return ToldTime(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


@pytest.fixture
def installation(sqlite_pattern: Path, tmp_path: Path, told: ToldTime) -> Iterator[Installation]:
    shutil.copy(sqlite_pattern, tmp_path / "house.sqlite3")
    settings = Settings(home=tmp_path, public_url="http://localhost:8080", inbox_port=0)
    database = Database(f"sqlite:///{tmp_path / 'house.sqlite3'}")
    installation = Installation(settings, database, told)
    furnish(installation)
    yield installation
    installation.close()


MEMBERS = (
    ("AU", "Australia", MemberRole.CO_CHAIR, "Australia/Canberra"),
    ("ID", "Indonesia", MemberRole.CO_CHAIR, "Asia/Jakarta"),
    ("BD", "Bangladesh", MemberRole.AD_HOC_GROUP, "Asia/Dhaka"),
    ("LK", "Sri Lanka", MemberRole.AD_HOC_GROUP, "Asia/Colombo"),
    ("TH", "Thailand", MemberRole.STEERING_GROUP, "Asia/Bangkok"),
)


def furnish(installation: Installation) -> None:
    """Five members with two offices each, and one account for each role."""
    with installation.database.transaction() as session:
        for number, (code, name, part, zone) in enumerate(MEMBERS):
            session.add(
                Member(
                    code=code,
                    kind=MemberKind.STATE,
                    display_name=name,
                    protocol_name=f"The Government of {name}",
                    roles=[part.value],
                )
            )
            session.flush()
            for order, rank in enumerate((Rank.PRIMARY, Rank.ALTERNATE_1)):
                session.add(_office(code, zone, rank, order, number))
        session.flush()
        for role, member in (
            (Role.CO_CHAIR, "AU"),
            (Role.CO_CHAIR, "ID"),
            (Role.SECRETARIAT, None),
            (Role.AUDITOR, None),
            (Role.OPERATOR, None),
        ):
            name = f"{role.value}-{member.lower()}" if member else role.value
            zone = {"AU": "Australia/Canberra", "ID": "Asia/Jakarta"}.get(member or "", "UTC")
            accounts.create_account(session, name, role, member_code=member, zone=zone, now=NOW)


def _office(code: str, zone: str, rank: Rank, order: int, number: int) -> FocalPoint:
    office = FocalPoint(
        member_code=code,
        rank=rank,
        rank_order=order,
        office=f"Duty desk {order + 1}",
        zone=zone,
        country=code,
        weekend=["saturday", "sunday"],
        languages=["en"],
    )
    office.contact_points = [
        _point(Channel.EMAIL, f"desk{order + 1}@{code.lower()}.example"),
        _point(Channel.SMS, f"+9991{number:02}{order}4417"),
        _point(Channel.VOICE, f"+9992{number:02}{order}4417"),
    ]
    return office


def _point(channel: Channel, address: str) -> ContactPoint:
    return ContactPoint(
        channel=channel, address=address, verified_on=date(2026, 10, 2), health=Health.WORKING
    )


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


@pytest.fixture
def served(installation: Installation, real: ToldTime) -> Iterator[Served]:
    """The house on a real loopback connection, with a beat five times a second."""
    app = create_app(installation, real_now=real.now)
    app.state.change_watcher.beat_every = 0.2
    with serving(app) as (url, stop):
        yield Served(installation, app, url, stop)


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
