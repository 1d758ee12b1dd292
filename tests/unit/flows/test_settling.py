"""Outcomes that come together share a commit, and what one of them breaks is its own."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from flows.settling import Settling
from flows.worker_context import WorkerContext
from mechanism.vocabulary import Channel
from notifications.outbox import settle
from notifications.outbox.queue import Claimed
from notifications.provider import Accepted, Outcome, Outgoing, Unknown
from tests.support.desk import Desk, desk, told

__all__ = ["desk", "told"]

Commits = list[dict[int, Outcome]]


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    """What was committed together; attempt 13 is poison."""
    seen: Commits = []

    def settle_all(_session: object, outcomes: Mapping[int, Outcome], **_: Any) -> None:
        if 13 in outcomes:
            raise ZeroDivisionError
        seen.append(dict(outcomes))

    monkeypatch.setattr(settle, "settle_all", settle_all)
    return seen


async def test_what_comes_together_is_one_commit(desk: Desk, commits: Commits) -> None:
    settling = Settling(desk.installation)

    await asyncio.gather(*(settling.settle(n, Accepted("SM")) for n in range(10)))

    assert [set(commit) for commit in commits] == [set(range(10))]


async def test_what_one_outcome_breaks_is_raised_to_its_sender_alone(
    desk: Desk, commits: Commits
) -> None:
    settling = Settling(desk.installation)

    ends = await asyncio.gather(
        *(settling.settle(n, Accepted("SM")) for n in (12, 13, 14)), return_exceptions=True
    )

    assert [type(end) for end in ends] == [type(None), ZeroDivisionError, type(None)]
    assert [set(commit) for commit in commits] == [{12}, {14}]


class Broken:
    """A provider that raises, or never answers."""

    name, channel = "broken", Channel.SMS

    def __init__(self, *, answers: bool) -> None:
        self._answers = answers

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def reconcile(self, outgoing: Outgoing) -> Unknown:
        return Unknown("")

    async def submit(self, outgoing: Outgoing) -> Outcome:
        if not self._answers:
            await asyncio.Event().wait()
        raise ValueError("a fault of ours")


@pytest.mark.parametrize(
    ("answers", "reason"), [(True, "ValueError"), (False, "not answered within the lease")]
)
async def test_a_send_that_breaks_or_outlives_its_lease_is_unknown(
    desk: Desk, commits: Commits, *, answers: bool, reason: str
) -> None:
    here = WorkerContext(desk.installation, {"broken": Broken(answers=answers)})
    claim = Claimed(7, Outgoing(7, Channel.SMS, "+999100310001"), "broken")
    mine = here.take([claim], until=asyncio.get_running_loop().time() + 0.05)

    assert await here.hand_over(mine) == 1

    assert commits == [{7: Unknown(reason)}]
    assert await here.hand_over(mine) == 0


async def test_what_was_held_longer_than_its_lease_is_not_sent_at_all(
    desk: Desk, commits: Commits
) -> None:
    here = WorkerContext(desk.installation, {"broken": Broken(answers=True)})
    claim = Claimed(7, Outgoing(7, Channel.SMS, "+999100310001"), "broken")
    mine = here.take([claim], until=asyncio.get_running_loop().time())

    await here.hand_over(mine)

    assert commits == [{7: Unknown("held longer than the lease, and not sent")}]


async def test_the_next_are_claimed_only_when_few_are_left_in_hand(
    desk: Desk, commits: Commits
) -> None:
    here = WorkerContext(desk.installation, {"broken": Broken(answers=True)})
    claims = [
        Claimed(n, Outgoing(n, Channel.SMS, "+999100310001"), "broken") for n in range(100, 200)
    ]
    mine = here.take(claims, until=asyncio.get_running_loop().time() + 60)

    waits = asyncio.ensure_future(here.room(Channel.SMS))
    await here.room(Channel.EMAIL)
    assert not waits.done()
    await here.hand_over(mine)

    await waits
    assert sum(map(len, commits)) == len(claims)
