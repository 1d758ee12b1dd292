"""Whatever is said to the listener for mail: what it answers with 250 is kept as it was sent."""

import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from mechanism.lifecycle import ReplyState
from notifications.email.inbound.listener import MailDoor, listen_for_mail
from notifications.inbox.batch import Batcher
from store.clock import SystemClock
from store.session import Database
from store.tables import Reply
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.properties import examples

OURS: Final = ("ack+one@in.cm.example", "ack+two@in.cm.example", "desk@in.cm.example")


@dataclass(frozen=True)
class Line:
    """Something that is said, right or wrong, and answered once."""

    words: bytes


@dataclass(frozen=True)
class Letter:
    """A whole transaction, with what is in it."""

    sender: str
    recipients: tuple[str, ...]
    body: bytes


_SENDERS: Final = st.sampled_from(["", "desk@atlantis.example", "a" * 60 + "@mu.example"])
_BODIES: Final = st.one_of(
    st.binary(max_size=300), st.text("\n. x", max_size=40).map(str.encode)
).map(lambda raw: raw.replace(b"\r", b" ").replace(b"\n", b"\r\n"))
_LETTERS: Final = st.builds(
    Letter, _SENDERS, st.lists(st.sampled_from(OURS), min_size=1, unique=True).map(tuple), _BODIES
)
_COMMANDS: Final = st.sampled_from(
    [
        b"NOOP", b"RSET", b"HELP", b"VRFY x", b"EXPN list", b"EHLO x", b"LHLO", b"MAIL FROM:<",
        b"MAIL FROM:<a@b> SIZE=999999999999", b"RCPT TO:<>", b"RCPT TO:", b"DATA now",
        b"AUTH PLAIN", b"STARTTLS", b"BDAT 3", b"\xff\xfe", b"", b" ", b"QUI",
    ]
)  # fmt: skip
_NOISE: Final = st.binary(max_size=600).map(
    lambda raw: b"X" + raw.replace(b"\r", b"").replace(b"\n", b"")
)
_CONVERSATIONS: Final = st.lists(
    st.one_of(_LETTERS, _COMMANDS.map(Line), _NOISE.map(Line)), max_size=8
)


@dataclass(frozen=True)
class Listener:
    """The door with its database."""

    port: int
    database: Database
    lmtp: bool


@pytest.fixture(scope="module", params=["lmtp", "smtp"])
def listener(
    request: pytest.FixtureRequest, sqlite_pattern: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Listener]:
    path = shutil.copy(sqlite_pattern, tmp_path_factory.mktemp("installation"))
    database = Database(f"sqlite:///{path}")
    batcher = Batcher(database, SystemClock().now)
    port, lmtp = free_port(), request.param == "lmtp"
    stop = listen_for_mail(MailDoor(batcher, _nobody), host="127.0.0.1", port=port, lmtp=lmtp)
    yield Listener(port, database, lmtp)
    stop()
    batcher.close()
    database.close()


def _nobody(ids: Sequence[int]) -> None:
    """Left to the engine."""


class Speaker:
    """Somebody at the other end, who waits for each answer."""

    def __init__(self, listener: Listener) -> None:
        self._socket = socket.create_connection(("127.0.0.1", listener.port), PATIENCE)
        self._lines = self._socket.makefile("rb")
        self._lmtp = listener.lmtp
        self.taken: list[bytes] = []
        self._hear()

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def hand_in(self, number: int, letter: Letter) -> None:
        """Begin anew, whatever was said before; what is taken at the end is remembered."""
        self.say(b"RSET")
        self.say(b"LHLO x" if self._lmtp else b"EHLO x")
        self.say(f"MAIL FROM:<{letter.sender}>".encode())
        named = [self.say(f"RCPT TO:<{address}>".encode()) for address in letter.recipients]
        if self.say(b"DATA") != b"354":
            return
        raw = b"Message-ID: <%d@x>\r\n\r\n%s" % (number, letter.body)
        self._socket.sendall(raw.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        answers = [self._hear() for _ in (named if self._lmtp else named[:1])]
        assert set(answers) == {b"250"}
        self.taken.append(raw + b"\r\n")

    def say(self, words: bytes) -> bytes:
        self._socket.sendall(words + b"\r\n")
        return self._hear()

    def _hear(self) -> bytes:
        line = self._lines.readline()
        while line[3:4] == b"-":
            line = self._lines.readline()
        if not line:
            raise ConnectionResetError
        return line[:3]


@given(conversation=_CONVERSATIONS)
@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.too_slow])
def test_nothing_that_was_taken_is_lost_or_changed_whatever_else_is_said(
    listener: Listener, conversation: list[Line | Letter]
) -> None:
    with listener.database.transaction() as session:
        session.execute(delete(Reply))
    speaker = Speaker(listener)
    with suppress(ConnectionError):
        for number, said in enumerate(conversation):
            if isinstance(said, Letter):
                speaker.hand_in(number, said)
            else:
                speaker.say(said.words)
    speaker.close()

    with listener.database.reading() as session:
        kept = list(session.scalars(select(Reply)))
    assert {reply.raw for reply in kept} == set(speaker.taken)
    assert {reply.state for reply in kept} <= {ReplyState.KEPT}
