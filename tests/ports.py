"""Ports that nobody else takes before they are used.

A port that the system hands out and takes back may be gone again a moment later: to another test,
or to any connection that goes out. These lie below the range from which the system draws (Linux:
from 32768), each worker of a run draws from a part of its own, and none is handed out twice.
"""

import os
import random
import socket
from collections.abc import Iterator
from itertools import cycle

PART = 2_000  # ports of one worker, of ten at most
SHORT_PART = 180


def free_port() -> int:
    """A port at which nobody listens."""
    return next(_free)


def free_ports(number: int) -> list[int]:
    """Several at once."""
    return [free_port() for _ in range(number)]


def short_port() -> int:
    """One of four digits, so that a link takes no more room in an SMS than on a real domain."""
    return next(_short)


def _draw(first: int, count: int) -> Iterator[int]:
    """From any place on, so that two runs beside one another seldom meet."""
    begin = random.SystemRandom().randrange(count)
    for step in cycle(range(count)):
        port = first + (begin + step) % count
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        yield port


_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
_free = _draw(10_000 + _worker * PART, PART)
_short = _draw(8_100 + _worker * SHORT_PART, SHORT_PART)
