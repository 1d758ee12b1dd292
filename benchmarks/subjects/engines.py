"""How much faster are several engines on one PostgreSQL than one?

The same backlog of small activations is committed at one instant; the figure is how many messages
a second the world outside takes, from the commit to the last.
"""

from functools import cache, partial
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.measuring import Benchmark, Measured
from benchmarks.places import (
    committed_at,
    engine,
    everybody,
    new_installation,
    postgres,
    running,
    trigger,
    wait_for_arrivals,
    wait_until,
    world,
)
from operations.supervisor import Part
from store.installation import Installation
from store.tables import Message

ACTIVATIONS: Final = 10
MEMBERS: Final = 5
LISTENING: Final = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
)


def engines(count: int) -> Measured:
    """Messages a second by so many engines."""
    alone, messages = _rate(1)
    together, _ = _rate(count)
    return Measured(together, "1/s", "one engine on the same backlog", alone, messages)


@cache
def _rate(count: int) -> tuple[float, int]:
    """Messages a second by this many engines, and how many messages there were."""
    with (
        postgres() as url,
        new_installation(database_url=url) as installation,
        running(installation, world(installation)),
        running(installation, *(_named(number) for number in range(count))),
    ):
        wait_until(lambda: _listening(installation) >= count, f"{count} engines are listening")
        at = committed_at(installation, partial(_backlog, installation))
        messages = _count(installation)
        came = wait_for_arrivals(installation, messages)
    return messages / ((came.last_ns - at) / 1e9), messages


def _named(number: int) -> Part:
    return Part(f"engine-{number + 1}", engine().command)


def _listening(installation: Installation) -> int:
    with installation.database.reading() as session:
        return int(session.execute(LISTENING).scalar_one())


def _backlog(installation: Installation, session: Session) -> None:
    members = everybody(session)
    for number in range(ACTIVATIONS):
        begin = number * MEMBERS % (len(members) - MEMBERS)
        trigger(session, installation, members[begin : begin + MEMBERS])


def _count(installation: Installation) -> int:
    with installation.database.reading() as session:
        return session.query(Message).count()


BENCHMARKS: Final = (
    Benchmark("engines_2", partial(engines, 2)),
    Benchmark("engines_4", partial(engines, 4)),
)
