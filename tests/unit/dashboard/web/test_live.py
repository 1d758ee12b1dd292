"""An open board, over a real loopback connection: what it hears, and when it is let go."""

import pytest

from convening import standstill
from dashboard.web import live, sessions
from mechanism.vocabulary import Pin
from store import ledger
from store.act import by_engine
from store.events import Noted
from store.heartbeats import SILENT_AFTER
from store.installation import Installation
from store.tables import Account, Heartbeat, ProviderStanding
from tests.support.clock import ToldTime
from tests.support.five_members import NOW
from tests.support.web import LOG, Served, signed_in


def happens(installation: Installation) -> None:
    subject = ledger.Subject(LOG, "notice", "1")
    with installation.database.transaction() as session:
        ledger.append(session, by_engine(NOW), Noted.CALL_RECORDED, subject=subject)


def test_a_watcher_hears_the_version_at_once_and_each_new_one(served: Served) -> None:
    happens(served.installation)
    events = served.watch("co_chair-au")
    kind, before = next(events)

    happens(served.installation)
    after = next(version for kind, version in events if kind == "version")

    assert kind == "version"
    assert int(after.removesuffix("s")) > int(before.removesuffix("s"))


def test_the_stream_holds_a_number_and_no_data(served: Served) -> None:
    happens(served.installation)

    _, version = next(served.watch("co_chair-au"))

    assert version.removesuffix("s").isdecimal()


def test_a_beat_repeats_the_version_for_those_who_missed_it(served: Served) -> None:
    happens(served.installation)
    events = served.watch("co_chair-au")
    _, version = next(events)

    assert next(events) == ("beat", version)


@pytest.mark.check(34)
def test_a_watcher_whose_session_ends_is_told_so(served: Served) -> None:
    events = served.watch("co_chair-au")
    next(events)

    with served.installation.database.transaction() as session:
        account = session.query(Account).filter_by(name="co_chair-au").one()
        account.disabled_at = NOW

    assert ("signout", "") in list(events)


def test_stopping_ends_an_open_board_in_good_order(served: Served) -> None:
    events = served.watch("co_chair-au")
    next(events)

    served.stop()

    assert "signout" not in dict(events)  # and that they end at all: a cut would raise


def test_a_slow_watcher_is_told_the_newest_version_only() -> None:
    watcher = live.Watcher(LOG, session="")

    watcher.tell(live.StreamEvent("version", "1"))
    watcher.tell(live.StreamEvent("version", "2"))

    assert watcher.queue.get_nowait() == live.StreamEvent("version", "2")
    assert watcher.queue.empty()


def test_the_version_says_when_the_engine_falls_silent(
    installation: Installation, real: ToldTime
) -> None:
    with installation.database.transaction() as session:
        session.add(Heartbeat(name="engine", at=real.now()))

    def version() -> str:
        with installation.database.reading() as session:
            return standstill.version_of(session, LOG, installation, real_now=real.now())

    assert version() == "0"
    real.passes(SILENT_AFTER * 2)
    assert version() == "0s"


def test_an_open_board_keeps_its_session_no_longer_than_twelve_hours(
    installation: Installation, real: ToldTime
) -> None:
    cookie = signed_in(installation, "co_chair-au", real.now())
    visitor = sessions.visitor_of(installation, cookie, real_now=real.now())
    assert visitor is not None
    watched = {visitor.serial}
    begun = real.now()
    while real.now() < begun + sessions.ABSOLUTE - sessions.IDLE:
        real.passes(sessions.IDLE / 2)
        assert sessions.still_here(installation, watched, real_now=real.now()) == watched

    real.passes(sessions.IDLE)

    assert sessions.still_here(installation, watched, real_now=real.now()) == frozenset()


def test_the_version_says_when_no_provider_takes_texts_and_when_one_does_again(
    installation: Installation, real: ToldTime
) -> None:
    with installation.database.transaction() as session:
        session.add(Heartbeat(name="engine", at=real.now()))
        session.add(ProviderStanding(name="twilio", pin=Pin.DOWN, pinned_at=NOW))

    def version() -> str:
        with installation.database.reading() as session:
            return standstill.version_of(session, LOG, installation, real_now=real.now())

    assert version() == "0-sms"
    with installation.database.transaction() as session:
        session.get_one(ProviderStanding, "twilio").pin = Pin.AUTO
    assert version() == "0"


def test_stopping_lets_go_of_fifty_open_boards(served: Served) -> None:
    boards = [served.watch("co_chair-au") for _ in range(50)]
    for board in boards:
        next(board)

    served.stop()
