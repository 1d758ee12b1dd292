"""The engine does at once what is due, and goes on after whatever breaks."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from flows.convene import convene
from flows.engine import Engine
from mechanism import answers
from mechanism.vocabulary import NeedCause
from notifications.inbox import keep
from notifications.twilio.callbacks import text_message
from store.needs import open_needs
from store.tables import Heartbeat, Reply
from tests.support.patience import PATIENCE
from tests.support.scene import Scene


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Scene]:
    """Its engine has not come yet."""
    scene = Scene(tmp_path, sqlite_url, work=False)
    yield scene
    scene.close()


def test_what_was_committed_before_it_came_leaves_as_soon_as_it_comes(installation: Scene) -> None:
    installation.co_chair("Thule").activates_unseen("generic", affecting=["Atlantis"])
    assert installation.phone("focal point of Atlantis").messages == ()

    installation.staff.come()

    installation.phone("focal point of Atlantis").expects_sms("reply OK")


def test_a_timer_that_fired_while_no_engine_was_at_work_fires_when_one_comes(
    installation: Scene,
) -> None:
    installation.staff.come()
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK")
    installation.staff.go()
    installation.jump(timedelta(minutes=30))
    installation.phone("focal point of Atlantis").expects_nothing_yet()

    installation.staff.come()

    installation.phone("focal point of Atlantis").expects_sms("REMINDER")


def test_an_engine_at_work_is_seen(installation: Scene) -> None:
    installation.staff.come()
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    with installation.installation.database.reading() as session:
        seen = session.get(Heartbeat, "engine")
        assert seen is not None
        assert seen.detail == "without Prefect"


def test_a_reply_that_cannot_be_read_holds_up_no_other_and_a_person_is_told(
    installation: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = answers.read_text_message

    def breaks(text: str) -> object:
        if text == "poison":
            raise RecursionError("a fault of ours")
        return read(text)

    monkeypatch.setattr(answers, "read_text_message", breaks)
    installation.co_chair("Thule").activates_unseen("generic", affecting=["Atlantis"])
    number = installation.phone("focal point of Atlantis").address
    for sid, body in (("SM1", "poison"), ("SM2", "yes")):
        form = [("MessageSid", sid), ("From", number), ("To", "+1"), ("Body", body)]
        with installation.installation.database.transaction() as session:
            keep.keep(session, text_message(form), now=installation.installation.now())

    installation.staff.come()
    installation.settle()

    assert installation.ledger.says("Atlantis acknowledged by SMS")
    with installation.installation.database.reading() as session:
        states = {r.provider_id: r.state.value for r in session.scalars(select(Reply))}
    assert states == {"SM1": "waiting", "SM2": "matched"}
    installation.phone("the secretariat").expects_sms("A reply could not be read")


async def test_a_look_that_fails_tells_a_person_and_the_next_one_works(
    installation: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, again = count(1), asyncio.Event()

    def due(_engine: Engine) -> set[int | None]:
        if next(looks) == 1:
            raise RuntimeError("a fault of ours")
        again.set()
        return set()

    monkeypatch.setattr(Engine, "_due", due)
    stop = asyncio.Event()
    work = asyncio.create_task(Engine(installation.installation).run(stop))
    async with asyncio.timeout(PATIENCE):
        await again.wait()
    stop.set()
    await work

    with installation.installation.database.reading() as session:
        assert [need.cause for need in open_needs(session)] == [NeedCause.ENGINE]


async def test_a_wave_that_always_fails_is_tried_twice_a_second_and_a_person_is_told(
    installation: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.co_chair("Thule").activates_unseen("generic", affecting=["Atlantis"])
    tries: list[float] = []
    enough = asyncio.Event()

    async def breaks(*_: object, **__: object) -> None:
        tries.append(time.monotonic())
        if len(tries) == 3:
            enough.set()
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(convene, "fn", breaks)
    stop = asyncio.Event()
    work = asyncio.create_task(Engine(installation.installation).run(stop))
    async with asyncio.timeout(PATIENCE):
        await enough.wait()
    stop.set()
    await work

    assert all(later - earlier > 0.4 for earlier, later in pairwise(tries))
    with installation.installation.database.reading() as session:
        assert NeedCause.ENGINE in [need.cause for need in open_needs(session)]
