"""Who reads a mail that may be dangerous to read?

Small and plain mail is read on the spot. Whatever is large or odd is read by a process of its own,
which has so much memory and so many seconds and is started anew when it dies. Where it fails, the
mail is unreadable, with the reason, and a person sees the original. Nothing here raises.
"""

import atexit
import resource
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from lazy import lazy
from mechanism.answers import read_mail
from notifications.email.parse.parsed import ReadMail, in_words, unreadable

if TYPE_CHECKING:
    from notifications.email.parse import message
else:
    message = lazy("notifications.email.parse.message")

SECONDS_AT_MOST: Final = 5.0
MEMORY_AT_MOST: Final = 1024 * 1024 * 1024  # bytes of address space
_SMALL: Final = 131_072  # bytes
_FEW: Final = 5_000  # lines
_ODD: Final = (b"pkcs7", b"ms-tnef", b".p7m")
_ROOT: Final = Path(__file__).parents[3]


def read_safely(raw: bytes, *, ours: str = "", mail_from: str | None = None) -> ReadMail:
    """A raw mail taken apart, such that none can hold up or end the process that asks."""
    if is_plain(raw):
        return message.read_raw(raw, ours=ours, mail_from=mail_from)
    mail = _READER.read(raw, mail_from)
    return replace(mail, heard=replace(mail.heard, ours=ours))


def reading_of(raw: bytes) -> dict[str, object]:
    """How a raw mail would be read, in the words of `convene read-reply --json`."""
    return in_words(read_mail(read_safely(raw).heard))


def is_plain(raw: bytes) -> bool:
    """Whether a mail is small and holds nothing that must be unwrapped."""
    if len(raw) > _SMALL or raw.count(b"\n") > _FEW:
        return False
    lowered = raw.lower()
    return not any(mark in lowered for mark in _ODD)


class SandboxedReader:
    """One process that reads, for one question at a time."""

    def __init__(self, *, seconds: float = SECONDS_AT_MOST, memory: int = MEMORY_AT_MOST) -> None:
        self._seconds, self._memory = seconds, memory
        self._one_at_a_time = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    def read(self, raw: bytes, mail_from: str | None = None) -> ReadMail:
        """The mail as the process read it, or unreadable with the reason."""
        with self._one_at_a_time:
            try:
                return self._asked(raw[: message.BYTES_AT_MOST], mail_from)
            except (OSError, EOFError):
                self._end()
                return unreadable("the process that read it ended: it may be an attack")

    def close(self) -> None:
        """End the process, if it was ever started."""
        with self._one_at_a_time:
            self._end()

    def _asked(self, raw: bytes, mail_from: str | None) -> ReadMail:
        line = self._working_line()
        line.send((raw, mail_from))
        if not line.poll(self._seconds):
            self._end()
            return unreadable(f"reading it took longer than {self._seconds:.0f} seconds")
        mail: ReadMail = line.recv()
        return mail

    def _working_line(self) -> Connection:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._line is None:
            self._line = self._started()
        return self._line

    def _started(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            told = [str(theirs.fileno()), str(self._memory)]
            self._process = subprocess.Popen(  # noqa: S603 - this very file, by this very Python
                [sys.executable, "-m", "notifications.email.parse.sandbox", *told],
                pass_fds=[theirs.fileno()],
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what it says of a stranger's mail belongs in no log
            )
        return Connection(ours.detach())

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None


_READER: Final = SandboxedReader()
atexit.register(_READER.close)


def _work(line: Connection, memory: int) -> None:
    """Read what is asked until whoever asks hangs up."""
    read_raw = message.read_raw  # loaded before the memory is little
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with suppress(EOFError, OSError):
        while True:
            raw, mail_from = line.recv()
            line.send(read_raw(raw, mail_from=mail_from))


if __name__ == "__main__":
    _work(Connection(int(sys.argv[1])), int(sys.argv[2]))
