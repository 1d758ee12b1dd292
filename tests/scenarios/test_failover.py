"""When a provider of texts or a mail server is down, what it carried arrives by the next one.

Nobody gets two copies of what was surely taken.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from mechanism.lifecycle import MessageState
from mechanism.vocabulary import Channel
from notifications.kannel import callbacks
from simulator import Api, Gateway, PlannedFault, Received, Trouble
from store.tables import LedgerEntry, Message
from tests.support.cast import NOW
from tests.support.invariants import Witness
from tests.support.ports import free_port
from tests.support.scene import PACE, Scene

AFFECTED = ["Atlantis", "Mu", "Ys"]
OFFICES = [f"focal point of {member}" for member in AFFECTED]


class FailOver(Scene):
    """A house with two ways out, of which the first breaks."""

    def witness(self) -> Witness:
        """Whoever has an address here may get something."""
        return self.witness_of_anybody()

    def waits(self) -> None:
        """The seconds in which an engine finds out what became of its tries."""
        for _ in range(4):
            self.forward(seconds=4)

    def turned(self) -> list[str]:
        """What the ledger says of breakers."""
        query = select(LedgerEntry.type).where(LedgerEntry.type.startswith("cm.breaker."))
        with self.installation.database.reading() as session:
            return list(session.scalars(query.order_by(LedgerEntry.id)))


class TwoProviders(FailOver):
    """A house whose texts leave by Twilio, and by Kannel where Twilio does not take them."""

    def __init__(self, home: Path, database_url: str) -> None:
        port = free_port()
        super().__init__(
            home,
            database_url,
            outside=Gateway(rate=PACE, clock=self._now, http_port=port),
            kannel_api=f"http://127.0.0.1:{port}",
            kannel_simulated=True,
        )
        self.gateway.connect(
            kannel_inbound_url=callbacks.text_url(self.settings.public_url, self.settings.key)
        )

    def twilio(self, trouble: Trouble) -> None:
        """From now on this befalls every text at Twilio."""
        self.gateway.faults.add(PlannedFault(trouble, times=None, api=Api.TWILIO))

    def no_provider_takes_texts(self) -> None:
        """From now on each says that it takes nothing now."""
        self.gateway.faults.add(PlannedFault(Trouble.SMS_BUSY, times=None))


class TwoServers(FailOver):
    """A house whose mail leaves by one server, and by another where that does not take it."""

    def __init__(self, home: Path, database_url: str, *faults: PlannedFault) -> None:
        port = free_port()
        super().__init__(
            home,
            database_url,
            outside=Gateway(rate=PACE, clock=self._now, smtp_second_port=port, faults=faults),
            smtp_second_host="127.0.0.1",
            smtp_second_port=port,
        )

    def _now(self) -> datetime:
        """A door that is shut from the start is written down before there is an installation."""
        return self.installation.now() if hasattr(self, "installation") else NOW

    def the_first(self, trouble: Trouble, *, match: str = "*", code: int = 0) -> None:
        """From now on this befalls every mail at the first server, or those to one address."""
        self.gateway.faults.add(PlannedFault(trouble, match, times=None, code=code, api=Api.SMTP))

    def unsent(self) -> list[str]:
        """Mails that are not sent, or are given up."""
        sent = (MessageState.SENT, MessageState.DELIVERED, MessageState.CANCELLED)
        query = select(Message.subject).where(
            Message.channel == Channel.EMAIL, Message.state.not_in(sent)
        )
        with self.installation.database.reading() as session:
            return list(session.scalars(query))

    def has_sent_by_the_second_alone(self) -> None:
        """Each office has got its mail once, nothing is left, and a person was told."""
        came_by = [[mail.api for mail in self.mails(office)] for office in OFFICES]
        assert came_by == [[Api.SMTP_SECOND]] * len(OFFICES)
        assert self.unsent() == []
        self.mailbox("the secretariat").expects_mail("by the provider smtp fail")
        assert self.turned() == ["cm.breaker.opened.v1"]

    def mails(self, office: str) -> tuple[Received, ...]:
        """What the mailbox of an office has got so far."""
        return self.mailbox(office).messages


@pytest.fixture
def installation(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str
) -> Iterator[TwoProviders]:
    """On SQLite; at the end every invariant is checked."""
    yield from played(request, TwoProviders(tmp_path, sqlite_url))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either_installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TwoProviders]:
    """The same on each kind of database."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    yield from played(request, TwoProviders(tmp_path, url))


Played = TypeVar("Played", bound=FailOver)


def played(request: pytest.FixtureRequest, scene: Played) -> Iterator[Played]:
    failed = request.session.testsfailed
    try:
        yield scene
        if request.session.testsfailed == failed:
            scene.ends()
    finally:
        scene.close()


@pytest.fixture
def town(request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str) -> Iterator[TwoServers]:
    """One with two mail servers; at the end every invariant is checked."""
    yield from played(request, TwoServers(tmp_path, sqlite_url))


@pytest.fixture
def half_shut(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str
) -> Iterator[TwoServers]:
    """The same, where nobody listens at the first mail server from the start."""
    shut = PlannedFault(Trouble.MAIL_CLOSED, api=Api.SMTP)
    yield from played(request, TwoServers(tmp_path, sqlite_url, shut))


def texts(installation: Scene, office: str) -> list[str]:
    """What the phone of an office has got so far."""
    return [message.text for message in installation.phone(office).messages]


@pytest.mark.parametrize(
    "trouble",
    [Trouble.SMS_OUTAGE, Trouble.SMS_TAKEN_THEN_CUT, Trouble.SMS_BUSY],
    ids=lambda trouble: trouble.value,
)
def test_when_the_first_provider_is_down_texts_arrive_once_and_a_person_is_told(
    installation: TwoProviders, trouble: Trouble
) -> None:
    installation.twilio(trouble)

    installation.co_chair("Thule").activates("generic", affecting=AFFECTED)
    installation.waits()

    assert [len(texts(installation, office)) for office in OFFICES] == [1, 1, 1]
    installation.phone("the secretariat").expects_sms("by the provider twilio fail")


def test_a_text_that_came_by_the_second_provider_is_answered_through_it(
    either_installation: TwoProviders,
) -> None:
    installation = either_installation
    installation.twilio(Trouble.SMS_ERROR)
    installation.co_chair("Thule").activates("generic", affecting=AFFECTED)
    installation.waits()

    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")

    assert installation.ledger.says("Atlantis acknowledged")


def test_when_the_first_provider_works_again_it_is_used_again(installation: TwoProviders) -> None:
    installation.twilio(Trouble.SMS_ERROR)
    installation.co_chair("Thule").activates("generic", affecting=AFFECTED)
    installation.waits()
    installation.gateway.faults.clear()

    for _ in range(3):
        installation.forward(minutes=30)

    assert Api.TWILIO in {arrival.api for arrival in installation.gateway.arrivals}
    assert installation.turned() == ["cm.breaker.opened.v1", "cm.breaker.closed.v1"]


def test_when_no_provider_takes_texts_the_other_channel_starts_and_they_arrive_in_the_end(
    installation: TwoProviders,
) -> None:
    installation.no_provider_takes_texts()
    installation.co_chair("Thule").activates("generic", affecting=AFFECTED)
    installation.waits()
    installation.mailbox("alternate of Mu").expects_mail("You are asked next")
    installation.mailbox("the secretariat").expects_mail("by the provider kannel fail")

    installation.gateway.faults.clear()
    for _ in range(8):
        installation.forward(seconds=15)

    assert [len(texts(installation, office)) for office in OFFICES] == [1, 1, 1]


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Trouble.MAIL_REFUSED_AT_GREETING, 421),
        (Trouble.MAIL_REFUSED_AT_MAIL, 451),
        (Trouble.MAIL_REFUSED, 451),
        (Trouble.MAIL_REFUSED_AFTER_DATA, 452),
        (Trouble.MAIL_OUTAGE, 0),
    ],
    ids=str,
)
def test_when_the_first_mail_server_is_away_mail_arrives_once_and_a_person_is_told(
    town: TwoServers, trouble: Trouble, code: int
) -> None:
    town.the_first(trouble, code=code)

    town.co_chair("Thule").activates("generic", affecting=AFFECTED)
    town.waits()

    town.has_sent_by_the_second_alone()


def test_when_nobody_listens_at_the_first_mail_server_the_second_is_used_at_once(
    half_shut: TwoServers,
) -> None:
    half_shut.co_chair("Thule").activates("generic", affecting=AFFECTED)

    half_shut.has_sent_by_the_second_alone()


def test_an_hour_of_refusals_for_now_loses_nothing_and_then_the_first_server_is_used_again(
    town: TwoServers,
) -> None:
    town.the_first(Trouble.MAIL_REFUSED, code=451)
    town.co_chair("Thule").activates("generic", affecting=AFFECTED)
    for _ in range(6):
        town.forward(minutes=10)
    during = {mail.api for mail in town.gateway.arrivals if mail.arrived and "@" in mail.to}

    town.gateway.faults.clear()
    for _ in range(3):
        town.forward(minutes=10)

    assert during == {Api.SMTP_SECOND}
    assert town.unsent() == []
    assert Api.SMTP in {mail.api for mail in town.gateway.arrivals if mail.arrived}
    assert town.turned() == ["cm.breaker.opened.v1", "cm.breaker.closed.v1"]


@pytest.mark.parametrize("match", ["*", "desk@mu.example"])
def test_a_mail_that_the_first_server_may_have_taken_comes_again_as_the_same_by_the_second(
    town: TwoServers, match: str
) -> None:
    town.the_first(Trouble.MAIL_TAKEN_THEN_CUT, match=match)

    town.co_chair("Thule").activates("generic", affecting=AFFECTED)
    town.waits()

    first, second = town.mails("focal point of Mu")
    assert (first.api, second.api) == (Api.SMTP, Api.SMTP_SECOND)
    assert first.message_id == second.message_id
    assert town.unsent() == []


def test_a_mail_that_came_by_the_second_server_is_answered_and_comes_back_as_any_other(
    half_shut: TwoServers,
) -> None:
    town = half_shut
    town.co_chair("Thule").activates("generic", affecting=AFFECTED)
    town.waits()

    town.mailbox("focal point of Mu").expects_mail("Acknowledge receipt").comes_back("failed")
    town.mailbox("focal point of Ys").expects_mail("Acknowledge receipt").replies("Received.")

    assert town.ledger.says("Mu: e-mail bounced")
    assert town.ledger.says("Ys acknowledged")


def test_a_mailbox_that_does_not_exist_is_asked_for_at_one_server_only(town: TwoServers) -> None:
    gone = town.mailbox("focal point of Mu").address
    town.gateway.faults.add(PlannedFault(Trouble.MAIL_REFUSED, match=gone, code=550, times=None))

    town.co_chair("Thule").activates("generic", affecting=AFFECTED)
    town.waits()

    refused = [mail.api for mail in town.gateway.arrivals if mail.to == gone]
    assert refused == [Api.SMTP]
    town.mailbox("alternate of Mu").expects_mail("You are asked next")


def test_an_hour_without_any_mail_server_loses_no_mail(town: TwoServers) -> None:
    town.gateway.faults.add(PlannedFault(Trouble.MAIL_REFUSED, code=451, times=None))
    town.co_chair("Thule").activates("generic", affecting=AFFECTED)
    for _ in range(12):
        town.forward(minutes=5)
    assert [len(town.mails(office)) for office in OFFICES] == [0, 0, 0]

    town.gateway.faults.clear()
    for _ in range(4):
        town.forward(seconds=30)

    assert town.unsent() == []
    assert all(town.mails(office) for office in OFFICES)


def test_when_both_mail_servers_are_away_mail_arrives_once_one_is_back(town: TwoServers) -> None:
    town.gateway.faults.add(PlannedFault(Trouble.MAIL_OUTAGE, times=None))
    town.co_chair("Thule").activates("generic", affecting=AFFECTED)
    town.waits()
    town.phone("the secretariat").expects_sms("by the provider smtp-second fail")

    town.gateway.faults.clear()
    town.the_first(Trouble.MAIL_OUTAGE)
    for _ in range(8):
        town.forward(seconds=15)

    assert [len(town.mails(office)) for office in OFFICES] == [1, 1, 1]
    assert town.unsent() == []
