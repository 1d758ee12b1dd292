"""A wave leaves at once, whatever state Prefect is in, and never twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from prefect import Flow

from flows.prefect_fallback import PrefectFallback, in_prefect
from tests.support.patience import PATIENCE


@dataclass
class Wave:
    """A flow as the fallback sees it: called it goes by Prefect, `fn` goes without."""

    by_prefect: Callable[["Wave", int], Awaitable[None]]
    ran: list[str] = field(default_factory=list)
    claims: int = 0
    fallback: PrefectFallback = field(default_factory=PrefectFallback)

    async def __call__(self, *, wave: int) -> None:
        await self.by_prefect(self, wave)

    async def fn(self, *, wave: int) -> None:
        self.ran.append("without Prefect")
        self.fallback.reached(wave)

    def claimed(self) -> None:
        self.claims += 1

    async def runs(self, *, prefect_is_up: bool) -> bool:
        flow = cast("Flow[..., Any]", self)
        return await self.fallback.run(flow, prefect_is_up=prefect_is_up, claimed=self.claimed)


async def never_begins(_wave: Wave, _number: int) -> None:
    await asyncio.Event().wait()


async def fails(_wave: Wave, _number: int) -> None:
    raise ConnectionError("its server is gone")


async def claims_at_once(wave: Wave, number: int) -> None:
    wave.ran.append("by Prefect")
    wave.fallback.reached(number)


async def claims_and_then_fails(wave: Wave, number: int) -> None:
    await claims_at_once(wave, number)
    raise ConnectionError("its server died in the middle")


async def test_what_prefect_never_begins_runs_without_it() -> None:
    wave = Wave(never_begins)

    async with asyncio.timeout(PATIENCE):
        assert not await wave.runs(prefect_is_up=True)

    assert wave.ran == ["without Prefect"]
    assert wave.claims == 1
    async with asyncio.timeout(PATIENCE):
        await wave.fallback.close()  # and does not wait for it either


async def test_what_prefect_cannot_call_runs_without_it() -> None:
    wave = Wave(fails)

    assert not await wave.runs(prefect_is_up=True)

    assert wave.ran == ["without Prefect"]
    await wave.fallback.close()


@pytest.mark.parametrize("by_prefect", [claims_at_once, claims_and_then_fails])
async def test_what_prefect_has_claimed_is_not_run_again(
    by_prefect: Callable[[Wave, int], Awaitable[None]],
) -> None:
    wave = Wave(by_prefect)

    assert await wave.runs(prefect_is_up=True)

    assert wave.ran == ["by Prefect"]
    assert wave.claims == 1


async def test_where_prefect_is_down_nobody_waits_for_it() -> None:
    wave = Wave(never_begins)

    assert not await wave.runs(prefect_is_up=False)

    assert wave.ran == ["without Prefect"]


async def test_a_wave_that_fails_before_it_has_claimed_says_so_and_does_not_say_claimed() -> None:
    class Broken(Wave):
        async def fn(self, *, wave: int) -> None:
            raise ValueError("no wave")

    wave = Broken(never_begins)

    with pytest.raises(ValueError, match="no wave"):
        await wave.runs(prefect_is_up=False)

    assert wave.claims == 0


def test_outside_a_flow_run_no_task_may_be_called() -> None:
    assert not in_prefect()
