"""Answers that come while one commit is under way share the next; one that fails fails alone."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event, func, select

from mechanism.vocabulary import Door
from notifications.hook import Heard
from notifications.inbox import batch as batcher_room
from notifications.inbox.batch import Batcher
from notifications.twilio.callbacks import text_message
from store.tables import Reply
from tests.support.desk import Desk


@pytest.fixture
def batcher(desk: Desk) -> Iterator[Batcher]:
    batcher = Batcher(desk.database, desk.installation.now)
    yield batcher
    batcher.close()


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moments that somebody stood back; they pass at once."""
    stood: list[float] = []
    monkeypatch.setattr("notifications.inbox.batch.time.sleep", stood.append)
    return stood


def text(number: int) -> Heard:
    return text_message([("MessageSid", f"SM{number}"), ("From", "+999100310001")])


def test_many_that_wait_share_few_commits_and_each_is_kept_once(
    desk: Desk, batcher: Batcher
) -> None:
    commits: list[object] = []
    event.listen(desk.database.engine, "commit", commits.append)

    waiting = [batcher.keep([text(number), text(number)]) for number in range(300)]
    again = [batcher.keep([text(number)]) for number in range(300)]

    assert [len(one.result(30)) for one in waiting] == [1] * 300
    assert [one.result(30) for one in again] == [[]] * 300
    assert len(commits) < 100
    with desk.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 300


def test_one_that_cannot_be_kept_holds_up_no_other(batcher: Batcher) -> None:
    broken = Heard(Door.SMS, "SM-broken", "", "", b"", {"cannot": object()})

    waiting = [batcher.keep([one]) for one in (text(1), broken, text(2))]

    assert waiting[0].result(30)
    assert waiting[2].result(30)
    with pytest.raises(TypeError):
        waiting[1].result(30)


def test_whoever_can_wait_lets_storing_go_first_but_not_for_ever(
    desk: Desk, batcher: Batcher, moments: list[float]
) -> None:
    with desk.database.transaction():  # nothing can be committed meanwhile
        waiting = batcher.keep([text(1)])
        batcher.stand_back()
        stood = len(moments)

    assert stood == batcher_room.MOMENTS
    assert waiting.result(30)


def test_once_nobody_comes_whoever_could_wait_goes_on_at_once(
    batcher: Batcher, moments: list[float]
) -> None:
    batcher.stand_back()
    assert not moments

    batcher.keep([text(1)]).result(30)
    batcher.stand_back()
    assert len(moments) == 1

    batcher.stand_back()
    assert len(moments) == 1


def test_what_is_brought_after_the_end_is_refused_and_not_left_waiting(batcher: Batcher) -> None:
    batcher.close()

    for number in (1, 2):
        with pytest.raises(RuntimeError):
            batcher.keep([text(number)])
