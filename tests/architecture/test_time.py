"""Only doors ask the clock; everybody else is told `now`."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.rooms import Source, read, sources

DOORS = {
    "cli/desk.py": "the time of day beside a sentence on the operator's terminal",
    "operations/doctor.py": "whether a process beats is a matter of real time",
    "operations/furnish.py": "a told clock begins at the real hour",
    "convening/accounts.py": "sign-ins and sessions count real time, also on a told clock",
    "flows/engine.py": "a heartbeat and the age of a Prefect run are of real time",
    "flows/upkeep.py": "expired sign-ins count real time",
    "simulator/server.py": "the simulated provider is somebody else, with a clock",
    "store/clock.py": "it is the clock",
}
ASKING = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"),
    ("func", "now"), ("func", "current_timestamp"),
}  # fmt: skip


def asks_the_clock(source: Source) -> Iterator[int]:
    """The calls, and handing the function itself on."""
    for node in source.nodes:
        if isinstance(node, ast.Attribute):
            holder = node.value
            last = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
            if (last, node.attr) in ASKING:
                yield node.lineno


def test_only_the_doors_that_are_listed_ask_the_clock() -> None:
    asking = {source.path for source in sources() if list(asks_the_clock(source))}

    assert asking == set(DOORS), "each with its reason, and no reason without its file"


@pytest.mark.parametrize(
    "text",
    [
        "datetime.now(UTC)", "datetime.datetime.now()", "dt.datetime.utcnow()", "date.today()",
        "time.time()", "field(default_factory=datetime.now)", "func.now()",
    ],
)  # fmt: skip
def test_whoever_asks_would_be_found(text: str) -> None:
    assert list(asks_the_clock(read(text)))


@pytest.mark.parametrize("text", ["house.now()", "clock.now()", "time.monotonic()", "now(UTC)"])
def test_whoever_is_told_is_left_in_peace(text: str) -> None:
    assert not list(asks_the_clock(read(text)))
