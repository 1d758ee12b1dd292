"""What has been kept is read in its turn, after what is still to be kept."""

from threading import Event, Thread

import pytest

from convening.replies import handle
from convening.replies.worker import ReplyReader
from store.installation import Installation
from tests.support.desk import Desk


def test_the_reader_stands_back_before_each_and_one_that_fails_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []

    def read(_installation: Installation, reply_id: int) -> None:
        done.append(reply_id)
        if reply_id == 1:
            raise ValueError("a mail like no other")

    monkeypatch.setattr(handle, "read_kept", read)
    reader = ReplyReader(desk.installation, lambda: done.append("stood back"))

    reader.read([1, 2]).result(30)
    reader.close()

    assert done == ["stood back", 1, "stood back", 2]


def test_what_waits_when_the_process_ends_is_left_to_the_engine(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_wait, read = Event(), []
    monkeypatch.setattr(handle, "read_kept", lambda _installation, reply_id: read.append(reply_id))
    reader = ReplyReader(desk.installation, lambda: both_wait.wait(30))

    under_way, next_one = reader.read([1]), reader.read([2])
    next_one.add_done_callback(lambda _: both_wait.set())
    ending = Thread(target=reader.close)
    ending.start()
    ending.join()

    assert next_one.cancelled()
    assert under_way.done()
    assert read == [1]
