"""Ports that nobody else takes before they are used.

A port that the system hands out and takes back may be gone again a moment later: to another test,
or to any connection that goes out. These lie below the range from which the system draws (Linux:
from 32768), in blocks; a process holds a block by a lock on a file for as long as it lives, and
hands out what is free there, one after the other.
"""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

BLOCK = 100  # ports
_locks: dict[int, IO[str]] = {}


def free_port() -> int:
    """A port at which nobody listens."""
    return next(_free)


def free_ports(number: int) -> list[int]:
    """Several at once."""
    return [free_port() for _ in range(number)]


def short_port() -> int:
    """One of four digits, so that a link takes no more room in an SMS than on a real domain."""
    return next(_short)


def _draw(first: int, end: int) -> Iterator[int]:
    while any(map(_is_ours, range(first, end, BLOCK))):
        for block in filter(_is_ours, range(first, end, BLOCK)):
            yield from filter(_is_free, range(block, block + BLOCK))


def _is_ours(block: int) -> bool:
    if block not in _locks:
        lock = (Path(tempfile.gettempdir()) / f"ports-{os.getuid()}-{block}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        _locks[block] = lock
    return True


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


_free = _draw(10_000, 32_000)
_short = _draw(8_100, 10_000)
