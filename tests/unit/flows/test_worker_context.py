"""A flow works where its engine does; in a worker it opens an installation, and closes it again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flows.worker_context import WorkerContext, worker_context
from mechanism.vocabulary import Channel
from notifications import registry
from notifications.provider import Accepted, NotFound, Outcome, Outgoing, Unknown
from settings import Settings
from store.installation import Installation


@dataclass
class Postcards:
    """A provider that tells whether it is open."""

    name: str = "postcards"
    channel: Channel = Channel.EMAIL
    told: list[str] = field(default_factory=list)

    async def open(self) -> None:
        self.told.append("opened")

    async def close(self) -> None:
        self.told.append("closed")

    async def submit(self, outgoing: Outgoing) -> Outcome:
        return Unknown("nobody carries them")

    async def reconcile(self, outgoing: Outgoing) -> Accepted | NotFound | Unknown:
        return Unknown("nobody carries them")


@pytest.fixture
def installation(tmp_path: Path, sqlite_url: str) -> Installation:
    return Installation.open(Settings(home=tmp_path, database_url=sqlite_url, prefect_api=""))


async def here_in_a_flow() -> WorkerContext:
    async with worker_context() as here:
        return here


async def test_a_flow_of_an_engine_works_where_the_engine_does(installation: Installation) -> None:
    postcards = Postcards()

    async with WorkerContext(installation, {"postcards": postcards}) as here:
        found: Sequence[WorkerContext] = await asyncio.gather(here_in_a_flow(), here_in_a_flow())
        still = list(postcards.told)

    assert found[0] is found[1] is here
    assert still == ["opened"]
    assert postcards.told == ["opened", "closed"]
    installation.close()


async def test_two_engines_in_one_process_know_each_its_own(installation: Installation) -> None:
    both_are_there = asyncio.Barrier(2)

    async def works() -> bool:
        async with WorkerContext(installation, {}) as here:
            await both_are_there.wait()
            return await here_in_a_flow() is here

    assert all(await asyncio.gather(works(), works()))
    installation.close()


async def test_a_flow_of_a_worker_opens_what_the_environment_describes_and_closes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CM_HOME", str(tmp_path / "of the worker"))
    postcards, closed, close = Postcards(), list[Installation](), Installation.close
    monkeypatch.setattr(registry, "providers", lambda _: {"postcards": postcards})

    def closes(one: Installation) -> None:
        closed.append(one)
        close(one)

    monkeypatch.setattr(Installation, "close", closes)

    async with worker_context() as here:
        nested = await here_in_a_flow()
        before = list(closed)

    assert here.installation.settings.home == tmp_path / "of the worker"
    assert nested is here
    assert before == []
    assert closed == [here.installation]
    assert postcards.told == ["opened", "closed"]
    assert await here_in_a_flow() is not here
