"""How do the processes of one machine start together, stay up, and stop cleanly?

Each is the same program, started anew: the web never waits for Prefect, and a process that dies is
started again after a second, since silence is the worst failure.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, Self
from urllib.error import URLError
from urllib.request import urlopen

START_AGAIN_AFTER: Final = 1.0  # seconds
STOP_WITHIN: Final = 10.0  # seconds; then it is killed, which loses nothing


class NotReadyError(Exception):
    """A process did not answer in time; its log says why."""


@dataclass(frozen=True)
class Part:
    """One process: its name, its command line, and an address that answers when it is ready."""

    name: str
    command: tuple[str, ...]
    ready_url: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)


def convene(*arguments: str) -> tuple[str, ...]:
    """The command line of one of our own verbs, with this very interpreter."""
    return (sys.executable, "-m", "cli", *arguments)


class Together:
    """The processes of an installation, from their start to their end."""

    def __init__(self, parts: Sequence[Part], *, environ: Mapping[str, str], logs: Path) -> None:
        self._parts = {part.name: part for part in parts}
        self._environ = {**os.environ, **environ}
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._died_at: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        for name in self._parts:
            self._start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running.values()):
            process.terminate()
        until = time.monotonic() + STOP_WITHIN
        for process in self._running.values():
            _wait_or_kill(process, max(0.1, until - time.monotonic()))

    def wait_ready(self, *, seconds: float, names: Sequence[str] | None = None) -> None:
        """Until every part with an address answers; NotReadyError names the one that does not."""
        until = time.monotonic() + seconds
        for part in self._parts.values():
            if part.ready_url and (names is None or part.name in names):
                while not _answers(part.ready_url):
                    if time.monotonic() > until or self._running[part.name].poll() is not None:
                        raise NotReadyError(
                            f"{part.name} is not ready; see {self.log_of(part.name)}"
                        )
                    time.sleep(0.05)

    def log_of(self, name: str) -> Path:
        """Where what a process says is kept."""
        return self._logs / f"{name}.log"

    def number_of(self, name: str) -> int:
        """The process's number with the system."""
        return self._running[name].pid

    def kill(self, name: str) -> None:
        """Kill one without a word, as a crash would."""
        self._running[name].kill()
        self._running[name].wait()

    def keep_up(self, stop: Callable[[], bool], *, look: float = 0.2) -> None:
        """Start again whatever dies, until told to stop."""
        while not stop():
            for name, process in list(self._running.items()):
                if process.poll() is not None:
                    self._start_again(name)
            time.sleep(look)

    def _start_again(self, name: str) -> None:
        died_at = self._died_at.setdefault(name, time.monotonic())
        if time.monotonic() - died_at >= START_AGAIN_AFTER:
            del self._died_at[name]
            self._start(name)

    def _start(self, name: str) -> None:
        with self.log_of(name).open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own command lines
                self._parts[name].command,
                env={**self._environ, **self._parts[name].environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us, and we stop them in order
            )


def _wait_or_kill(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1) as response:  # noqa: S310 - our own loopback addresses
            return bool(response.status < 500)  # noqa: PLR2004 - HTTP's own number
    except (URLError, OSError):
        return False


def until_told() -> Callable[[], bool]:
    """True from the moment when SIGTERM or SIGINT arrives."""
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    return told.is_set
