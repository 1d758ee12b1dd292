"""A town of one run: an installation in processes, its simulated network, people who answer."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import yaml

from convening import accounts, activate
from dashboard.accounts import second_factor
from mechanism.vocabulary import Role
from operations import demo, parts
from operations.examples import EXAMPLES
from operations.supervisor import Together
from playbooks.situation import SituationFacts, SituationKind, read_situation
from settings import Settings
from store.act import ENGINE, Act, Actor
from store.clock import set_clock
from store.heartbeats import engine_silence
from store.installation import Installation
from store.tables import Account
from tests.support.patience import PATIENCE
from tests.support.ports import free_ports, short_port

ANDAMAN_SEA = EXAMPLES / "situations" / "andaman-sea-2015.yaml"
ACCOUNTS = {
    "Canberra duty desk": (Role.CO_CHAIR, "AU", "Australia/Sydney"),
    "Jakarta duty desk": (Role.CO_CHAIR, "ID", "Asia/Jakarta"),
    "Bangkok duty desk": (Role.SECRETARIAT, None, "Asia/Bangkok"),
    "Audit office": (Role.AUDITOR, None, "UTC"),
    "Operations desk": (Role.OPERATOR, None, "UTC"),
}
_Sent = list[dict[str, Any]]


class NeverHappenedError(AssertionError):
    """What was waited for did not come about; the words say what."""


def until(said: str, happened: Callable[[], Any], *, seconds: float = PATIENCE) -> Any:
    """What `happened` returns as soon as it is true; looks ten times a second."""
    end, look = time.monotonic() + seconds, threading.Event()
    while not (found := happened()):
        if time.monotonic() > end:
            raise NeverHappenedError(f"in {seconds:.0f} seconds it did not come about that {said}")
        look.wait(0.1)
    return found


def andaman_sea() -> SituationFacts:
    """The facts of May 2015, as the example has them."""
    return read_situation(ANDAMAN_SEA.read_text("utf-8"), source=ANDAMAN_SEA.name)


@dataclass(frozen=True)
class Town:
    """Everything that runs, and what a person would read off phones, mailboxes and terminals."""

    settings: Settings
    installation: Installation
    together: Together

    @property
    def url(self) -> str:
        """Where the dashboard is."""
        return self.settings.public_url

    def sign_in_link(self, account: str) -> str:
        """A fresh one-time link for somebody who has lost everything, as the operator prints it."""
        with self.installation.database.transaction() as session:
            found = session.query(Account).filter_by(name=account).one()
            second_factor.forget(session, found.id, real_now=accounts.real_now())
            token = accounts.new_sign_in_link(session, found, real_now=accounts.real_now())
        return f"{self.url}/sign-in/{token}"

    def printed_codes(self, account: str) -> list[str]:
        """Ten codes on paper, as the operator prints them."""
        with self.installation.database.transaction() as session:
            found = session.query(Account).filter_by(name=account).one()
            return second_factor.print_codes(session, found.id, key=self.settings.key)

    def activates(self, *, kind: SituationKind = SituationKind.EXERCISE) -> str:
        """Australia triggers the Andaman Sea situation from the host; the reference."""
        facts = andaman_sea().model_copy(update={"kind": kind})
        actor = Actor("operator", "town", role="co_chair", government="AU")
        with self.installation.database.transaction() as session:
            wish = activate.Wish(facts, activate.asked_by_playbook(session, facts))
            now, settings = self.installation.now(), self.settings
            plan = activate.draw_up(
                session, Act(ENGINE, now, government="AU"), wish, settings=settings
            )
            done = activate.activate(
                session,
                Act(actor, now, signature="Australia", government="AU"),
                wish,
                confirmed=plan.hash,
                settings=settings,
            )
            return done.situation.reference

    def received(self, reference: str) -> _Sent:
        """What phones and mailboxes have received about a situation."""
        every: _Sent = json.loads(_get(f"{self.settings.sms_api}/_gateway/messages"))
        return [one for one in every if reference in f"{one['subject']} {one['text']}"]

    def member_link(self, reference: str, channel: str, *, to: str = "") -> str:
        """A link by which a member can acknowledge, off a phone or out of a mailbox."""

        def found() -> str:
            links = (
                link
                for one in self.received(reference)
                if one["channel"] == channel and to in one["to"]
                for link in one["links"]
                if "/a/" in link
            )
            return next(links, "")

        return str(until(f"a link came by {channel}", found))

    def speaks(self, address: str, text: str) -> None:
        """Let a phone or mailbox say something now."""
        said = json.dumps({"from": address, "text": text}).encode()
        _get(Request(f"{self.settings.sms_api}/_gateway/reply", said))  # noqa: S310 - loopback

    def set_on(self, *, rate: float, to: datetime | None = None) -> None:
        """Let the told time run at another pace from now on, or from a later instant."""
        set_clock(self.installation.database, now=to or self.installation.now(), rate=rate)

    def kill_web(self) -> None:
        """As a crash would."""
        self.together.kill("web")

    def start_web_again(self) -> None:
        """As the one who keeps the processes up would."""
        self.together.keep_up(lambda: _answers(f"{self.url}/sign-in"))


@contextmanager
def open_town(home: Path, *, rate: float, silent: Sequence[str] = ()) -> Iterator[Town]:
    """Everything on free ports; no office of a member in `silent` ever answers by itself."""
    settings = _settings(home / "installation")
    personas = _silenced(demo.prepare(settings, rate=rate, seed=1), silent)
    processes = [
        parts.gateway(settings, personas, rate=rate),
        *parts.of_installation(settings),
    ]
    surroundings = parts.environment(settings)
    with Together(processes, environ=surroundings, logs=home / "log") as together:
        installation = Installation.open(settings)
        try:
            _create_accounts(installation)
            together.wait_ready(seconds=PATIENCE)
            until("the engine is at work", lambda: _engine_is_seen(installation))
            yield Town(settings, installation, together)
        finally:
            installation.close()


def _settings(home: Path) -> Settings:
    gateway, smtp, inbox = free_ports(3)
    web = short_port()
    return Settings(
        home=home,
        public_url=f"http://localhost:{web}",
        web_port=web,
        sms_api=f"http://127.0.0.1:{gateway}",
        smtp_port=smtp,
        inbox_port=inbox,
        prefect_api="",
    )


def _silenced(path: Path, silent: Sequence[str]) -> Path:
    """The personas, with every office of these members silent, on the telephone too."""
    personas = yaml.safe_load(path.read_text("utf-8"))
    for persona in personas:
        if any(_is_of(code, address) for address in persona["addresses"] for code in silent):
            persona |= {"does": "silent", "on_call": "no_answer"}
    path.write_text(yaml.safe_dump(personas), encoding="utf-8")
    return path


def _is_of(code: str, address: str) -> bool:
    domain = f"{code.lower()}.example"
    return address.endswith((f"@{domain}", f".{domain}"))


def _create_accounts(installation: Installation) -> None:
    with installation.database.transaction() as session:
        for name, (role, member, zone) in ACCOUNTS.items():
            accounts.create_account(
                session, name, role, member_code=member, zone=zone, now=installation.now()
            )


def _engine_is_seen(installation: Installation) -> bool:
    with installation.database.reading() as session:
        return engine_silence(session, real_now=accounts.real_now()) is None


def _get(url: str | Request) -> bytes:
    with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback addresses
        return bytes(answer.read())


def _answers(url: str) -> bool:
    try:
        return bool(_get(url))
    except (URLError, OSError):
        return False
