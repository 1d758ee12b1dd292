"""A further provider is a folder and its row: nothing else of ours is changed for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from convening import providers
from mechanism.lifecycle import MessageState
from mechanism.vocabulary import Channel
from notifications import registry
from notifications.provider import NotFound, Outgoing, Refusal, Rejected
from settings import Settings
from simulator import PlannedFault, Trouble
from store.tables import Attempt, Message, Reply
from tests.support.cast import NOW
from tests.support.fourth_provider.simulator import Flown, PigeonLoft
from tests.support.scene import Loop, Scene

OFFICE = "focal point of Atlantis"
NAMED: dict[str, Any] = {
    "further_providers": {"pigeon": "tests.support.fourth_provider.ROW"},
    "sms_refused": "+888",  # a further provider is taken to reach phones; nobody here has such one
}


class PigeonScene(Scene):
    """An installation that sends its texts by Pigeon, and by Twilio where that takes none."""

    def __init__(
        self,
        home: Path,
        database_url: str,
        loft: PigeonLoft,
        *,
        order: tuple[str, str] = ("pigeon", "twilio"),
    ) -> None:
        self.loft = loft
        super().__init__(home, database_url, **NAMED, sms_routes={"": order})

    def flown_to(self, office: str) -> list[Flown]:
        return self.loft.of(self.phone(office).address)

    def tells(self, flown: Flown, fate: str) -> None:
        assert self.loop.do(self.loft.tells(flown, fate)) == 200

    def brings(self, words: str, *, home: str) -> int:
        url = registry.inbound_urls(self.settings)["pigeon"]
        return self.loop.do(self.loft.brings(url, home=home, words=words))

    def fate_of(self, flown: Flown) -> MessageState:
        with self.installation.database.reading() as session:
            sent = Attempt.provider == "pigeon", Attempt.provider_id == flown.ring
            return session.scalars(select(Message).join(Attempt).where(*sent)).one().state


@pytest.fixture
def loft(monkeypatch: pytest.MonkeyPatch) -> Iterator[PigeonLoft]:
    monkeypatch.setenv("PIGEON_SECRET", "a long secret of the loft")
    loop, loft = Loop(), PigeonLoft()
    loop.do(loft.start())
    monkeypatch.setenv("PIGEON_API", "http://{}:{}".format(*loft.address))
    yield loft
    loop.do(loft.close())
    loop.close()


@pytest.fixture
def scene(tmp_path: Path, sqlite_url: str, loft: PigeonLoft) -> Iterator[PigeonScene]:
    scene = PigeonScene(tmp_path, sqlite_url, loft)
    yield scene
    scene.close()


def test_texts_leave_by_it_and_it_is_heard_and_believed(scene: PigeonScene) -> None:
    scene.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    (flown,) = scene.flown_to(OFFICE)

    assert scene.phone(OFFICE).messages == ()
    assert scene.fate_of(flown) is MessageState.SENT

    scene.tells(flown, "landed")
    scene.tells(flown, "lost at sea")  # the first word stands
    assert scene.fate_of(flown) is MessageState.DELIVERED

    assert scene.brings("Yes, received", home=flown.to) == 200
    scene.settle()
    assert scene.ledger.says("Atlantis acknowledged")
    with scene.installation.database.reading() as session:
        reply = session.scalars(select(Reply)).one()
        assert (reply.provider, reply.text) == ("pigeon", "Yes, received")


def test_a_text_that_it_lost_has_failed(scene: PigeonScene) -> None:
    scene.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    (flown,) = scene.flown_to(OFFICE)

    scene.tells(flown, "lost at sea")

    assert scene.fate_of(flown) is MessageState.FAILED


def test_where_it_takes_none_texts_leave_by_the_next(scene: PigeonScene) -> None:
    scene.loft.is_empty = True

    scene.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])

    assert scene.loft.flown == []
    assert [len(scene.phone(office).messages) for office in (OFFICE, "focal point of Mu")] == [1, 1]


def test_it_takes_over_where_another_fails(
    tmp_path: Path, sqlite_url: str, loft: PigeonLoft
) -> None:
    scene = PigeonScene(tmp_path, sqlite_url, loft, order=("twilio", "pigeon"))
    scene.gateway.faults.add(PlannedFault(Trouble.SMS_BUSY, times=None))

    scene.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    flown = scene.flown_to(OFFICE)
    scene.close()

    assert len(flown) == 1


def test_an_exercise_reaches_nobody_by_it_but_its_own_list_and_no_refused_prefix(
    scene: PigeonScene,
) -> None:
    pigeon = registry.providers(scene.settings)["pigeon"]
    stranger = Outgoing(7, Channel.SMS, "+999", body="x", allowed=frozenset({"+9991"}))

    for outgoing in (stranger, Outgoing(8, Channel.SMS, "+8881", body="x")):
        outcome = scene.loop.do(pigeon.submit(outgoing))
        assert isinstance(outcome, Rejected)
        assert outcome.refusal is Refusal.HELD_BACK
        assert scene.loop.do(pigeon.reconcile(outgoing)) == NotFound()
    assert scene.loft.flown == []


def test_a_stranger_at_its_door_is_refused(scene: PigeonScene) -> None:
    scene.loft.secret = "guessed"  # noqa: S105 - by a stranger

    assert scene.brings("OK 12345", home="+9991") == 403
    with scene.installation.database.reading() as session:
        assert session.scalars(select(Reply)).all() == []


def test_an_operator_sees_it_like_every_other(loft: PigeonLoft) -> None:
    settings = Settings.model_validate({**NAMED, "sms_routes": {"": ["pigeon"]}})

    lines = {line.name: line for line in providers.lines({}, settings, now=NOW)}

    assert lines["pigeon"].channel == Channel.SMS
    assert registry.addresses(settings)["pigeon"] == loft.address
    assert settings.leaves_installation


def test_a_row_that_is_not_there_is_refused_with_its_setting() -> None:
    for path in ("tests.contract.nobody.ROW", "tests.support.fourth_provider.NAME", "pigeon"):
        wrong = Settings.model_validate({**NAMED, "further_providers": {"pigeon": path}})
        with pytest.raises(ValueError, match="CM_FURTHER_PROVIDERS"):
            registry.providers(wrong)
