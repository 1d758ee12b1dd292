"""How soon after the engine is killed does the first message of a new trigger leave?

The engine dies by SIGKILL, the trigger is committed while it is dead, and the supervisor that
`convene serve` uses starts it again.
"""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Final

from benchmarks.measuring import Benchmark, Measured
from benchmarks.places import (
    arrived,
    bare,
    committed_at,
    engine,
    everybody,
    forget,
    new_installation,
    running,
    trigger,
    wait_for_arrivals,
    wait_for_engine,
    wait_until,
    world,
)
from operations.supervisor import Together
from store.installation import Installation

ROUNDS: Final = 3
MEMBERS: Final = 2


def recovery_kill() -> Measured:
    """Seconds from the kill to the first byte at the gateway."""
    ours, limit = [], []
    with (
        new_installation() as installation,
        running(installation, world(installation)),
        running(installation, engine()) as together,
        _kept_up(together),
    ):
        wait_for_engine(installation)
        for _ in range(ROUNDS):
            ours.append(_recovered(installation, together))
            limit.append(_started_and_posted(installation))
    name = "a bare Python process, started at once, that posts once"
    return Measured(median(ours), "s", name, median(limit), ROUNDS)


@contextmanager
def _kept_up(together: Together) -> Iterator[None]:
    """Whatever dies is started again, as by `convene serve`."""
    stop = threading.Event()
    batcher = threading.Thread(target=together.keep_up, args=(stop.is_set,))
    batcher.start()
    try:
        yield
    finally:
        stop.set()
        batcher.join()


def _recovered(installation: Installation, together: Together) -> float:
    forget(installation)
    killed = time.monotonic_ns()
    together.kill("engine")
    committed_at(installation, lambda s: trigger(s, installation, everybody(s)[:MEMBERS]))
    wait_until(lambda: arrived(installation).first_ns, "a message has left after the restart")
    seconds = (arrived(installation).first_ns - killed) / 1e9
    _until_quiet(installation)
    return seconds


def _until_quiet(installation: Installation) -> None:
    """Until nothing more arrives, so that the next round begins from nothing."""
    before = -1
    while (now := arrived(installation).count) != before:
        before = now
        time.sleep(0.5)


def _started_and_posted(installation: Installation) -> float:
    forget(installation)
    port = installation.settings.sms_api.rpartition(":")[2]
    began = time.monotonic_ns()
    subprocess.run(bare("posting", port), check=True)  # noqa: S603 - our own command line
    return (wait_for_arrivals(installation, 1).first_ns - began) / 1e9


BENCHMARKS: Final = (Benchmark("recovery_kill", recovery_kill),)
