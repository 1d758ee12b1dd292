"""When a provider of texts is down, the texts arrive by the next, and nobody gets two copies."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from notifications import kannel_word
from notifications.gateway import Api, Fault, Gateway, Trouble
from store.tables import LedgerEntry
from tests.journeys.grammar import PACE, Scene
from tests.journeys.invariants import Witness
from tests.ports import free_port

AFFECTED = ["Atlantis", "Mu", "Ys"]
OFFICES = [f"focal point of {member}" for member in AFFECTED]


class TwoProviders(Scene):
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
            kannel_inbound_url=kannel_word.text_url(self.settings.public_url, self.settings.key)
        )

    def witness(self) -> Witness:
        """Whoever has an address here may get something."""
        return self.witness_of_anybody()

    def twilio(self, trouble: Trouble) -> None:
        """From now on this befalls every text at Twilio."""
        self.gateway.faults.add(Fault(trouble, times=None, api=Api.TWILIO))

    def waits(self) -> None:
        """The seconds in which an engine finds out what became of its tries."""
        for _ in range(4):
            self.forward(seconds=4)

    def turned(self) -> list[str]:
        """What the ledger says of breakers."""
        query = select(LedgerEntry.type).where(LedgerEntry.type.startswith("cm.breaker."))
        with self.house.database.reading() as session:
            return list(session.scalars(query.order_by(LedgerEntry.id)))

    def no_provider_takes_texts(self) -> None:
        """From now on each says that it takes nothing now."""
        self.gateway.faults.add(Fault(Trouble.SMS_BUSY, times=None))


@pytest.fixture
def house(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str
) -> Iterator[TwoProviders]:
    """On SQLite; at the end every invariant is checked."""
    yield from played(request, TwoProviders(tmp_path, sqlite_url))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TwoProviders]:
    """The same on each kind of database."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    yield from played(request, TwoProviders(tmp_path, url))


def played(request: pytest.FixtureRequest, scene: TwoProviders) -> Iterator[TwoProviders]:
    failed = request.session.testsfailed
    try:
        yield scene
        if request.session.testsfailed == failed:
            scene.ends()
    finally:
        scene.close()


def texts(house: Scene, office: str) -> list[str]:
    """What the phone of an office has got so far."""
    return [message.text for message in house.phone(office).messages]


@pytest.mark.parametrize(
    "trouble",
    [Trouble.SMS_OUTAGE, Trouble.SMS_TAKEN_THEN_CUT, Trouble.SMS_BUSY],
    ids=lambda trouble: trouble.value,
)
def test_when_the_first_provider_is_down_texts_arrive_once_and_a_person_is_told(
    house: TwoProviders, trouble: Trouble
) -> None:
    house.twilio(trouble)

    house.co_chair("Thule").activates("generic", affecting=AFFECTED)
    house.waits()

    assert [len(texts(house, office)) for office in OFFICES] == [1, 1, 1]
    house.phone("the secretariat").expects_sms("by the provider twilio fail")


def test_a_text_that_came_by_the_second_provider_is_answered_through_it(
    either_house: TwoProviders,
) -> None:
    house = either_house
    house.twilio(Trouble.SMS_ERROR)
    house.co_chair("Thule").activates("generic", affecting=AFFECTED)
    house.waits()

    house.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")

    assert house.ledger.says("Atlantis acknowledged")


def test_when_the_first_provider_works_again_it_is_used_again(house: TwoProviders) -> None:
    house.twilio(Trouble.SMS_ERROR)
    house.co_chair("Thule").activates("generic", affecting=AFFECTED)
    house.waits()
    house.gateway.faults.clear()

    for _ in range(3):
        house.forward(minutes=30)

    assert Api.TWILIO in {arrival.api for arrival in house.gateway.arrivals}
    assert house.turned() == ["cm.breaker.opened.v1", "cm.breaker.closed.v1"]


def test_when_no_provider_takes_texts_the_other_channel_starts_and_they_arrive_in_the_end(
    house: TwoProviders,
) -> None:
    house.no_provider_takes_texts()
    house.co_chair("Thule").activates("generic", affecting=AFFECTED)
    house.waits()
    house.mailbox("alternate of Mu").expects_mail("You are asked next")
    house.mailbox("the secretariat").expects_mail("by the provider kannel fail")

    house.gateway.faults.clear()
    for _ in range(8):
        house.forward(seconds=15)

    assert [len(texts(house, office)) for office in OFFICES] == [1, 1, 1]
