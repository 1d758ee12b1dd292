"""What works beside its callers belongs to one installation, and ends with it."""

from concurrent.futures import ThreadPoolExecutor

from store.installation import Started
from tests.support.desk import Desk


class Helper:
    """Says whether it has been closed."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class Other(Helper):
    """A kind of its own."""


def test_there_is_one_of_each_kind_whoever_asks_for_it() -> None:
    started = Started()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: started.one(Helper), range(50)))

    assert len(found) == 1
    assert started.one(Other) not in found


def test_it_ends_with_its_installation_and_once(desk: Desk) -> None:
    helper = desk.installation.started.one(Helper)

    desk.installation.close()
    desk.installation.close()

    assert helper.closed == 1
    assert desk.installation.started.one(Helper) is not helper
