"""How several e-mails share one connection, and what each hears of its end."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.vocabulary import Channel
from notifications.email.smtp import commands, pipelined
from notifications.email.smtp.commands import Submission
from notifications.email.smtp.pipelined import Connection, Pipelined
from notifications.provider import Accepted, Outcome, Outgoing, Refusal, Rejected, Unknown

OFFERED = frozenset({"pipelining", "dsn"})
BOUNCES = "bounce+1-00@in.mechanism.example"


class Wire(asyncio.Transport):
    """What is said on the connection; the test is the server at its other end."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[bytes] = []
        self.is_cut = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, Pipelined)
        self.client = protocol

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data:
            self.said.append(bytes(data))

    def abort(self) -> None:
        self.is_cut = True

    def close(self) -> None:
        self.is_cut = True

    def hears(self, *answers: str) -> None:
        self.client.data_received("".join(f"{answer}\r\n" for answer in answers).encode())

    def is_lost(self) -> None:
        self.client.connection_lost(None)


class Desk:
    """Gives the connection what waits, and takes back what it could not begin."""

    def __init__(self) -> None:
        self.waiting: deque[Submission] = deque()
        self.returned: list[Submission] = []

    def next(self) -> Submission | None:
        return self.waiting.popleft() if self.waiting else None

    def free(self) -> None:
        """Nothing waits that was not taken already."""

    def lost(self, connection: Connection, unsent: Sequence[Submission]) -> None:
        self.returned += unsent


def submission(number: int = 1, text: str = "") -> Submission:
    raw = f"Subject: {number}\r\n\r\n{text or number}\r\n".encode()
    address = f"office{number}@member.example"
    out = Outgoing(number, Channel.EMAIL, address, raw=raw, message_id=f"<m{number}@x.example>")
    return Submission(out, BOUNCES)


class Line:
    """A connection with its wire and its desk."""

    def __init__(self, offered: frozenset[str] = OFFERED) -> None:
        self.wire, self.desk = Wire(), Desk()
        self.client = Pipelined(self.wire, self.desk, offered=offered, timeout=60)

    def carries(self, *numbers: int) -> list[Submission]:
        made = [submission(number) for number in numbers]
        self.desk.waiting.extend(made[1:])
        self.client.take(made[0])
        return made


OK, GO_ON = "250 2.1.0 OK", "354 go on"


def end_of(submission: Submission) -> Outcome | None:
    return submission.outcome.result() if submission.outcome.done() else None


async def test_the_next_envelope_leaves_together_with_the_text_before_it() -> None:
    line = Line()
    line.carries(1, 2)

    line.wire.hears(OK, OK, GO_ON)

    envelope, both = line.wire.said
    assert envelope.startswith(b"MAIL FROM:")
    assert envelope.endswith(b"DATA\r\n")
    text, _, following = both.partition(b"\r\n.\r\n")
    assert text == b"Subject: 1\r\n\r\n1"
    assert following.count(b"\r\n") == 3
    assert b"RCPT TO:<office2@member.example>" in following


async def test_each_message_hears_its_own_answer() -> None:
    line = Line()
    first, second = line.carries(1, 2)

    line.wire.hears(OK, OK, GO_ON)
    line.wire.hears("250 kept as A", OK, OK, GO_ON)
    line.wire.hears("250 kept as B")

    assert (end_of(first), end_of(second)) == (Accepted("kept as A"), Accepted("kept as B"))


async def test_a_newcomer_is_begun_while_the_text_before_it_is_under_way() -> None:
    line = Line()
    line.carries(1)
    assert not line.client.has_room

    line.wire.hears(OK, OK, GO_ON)

    assert line.client.has_room
    assert not line.client.idle


async def test_where_no_recipient_is_left_a_lone_dot_follows_and_no_text() -> None:
    line = Line()
    first, second = line.carries(1, 2)

    line.wire.hears(OK, "550 5.1.1 no such mailbox", GO_ON)

    assert line.wire.said[-1].startswith(b".\r\nMAIL FROM:")
    line.wire.hears("554 5.5.1 no valid recipients", OK, OK, GO_ON, "250 kept")
    assert isinstance(refused := end_of(first), Rejected)
    assert refused.refusal is Refusal.ADDRESS
    assert end_of(second) == Accepted("kept")


async def test_an_envelope_whose_data_was_refused_is_forgotten_before_the_next() -> None:
    line = Line()
    first, second = line.carries(1, 2)

    line.wire.hears(OK, "450 4.2.1 later", "554 5.5.1 no valid recipients")

    assert line.wire.said[-1].startswith(b"RSET\r\nMAIL FROM:")
    line.wire.hears(OK, OK, OK, GO_ON, "250 kept")
    assert isinstance(refused := end_of(first), Rejected)
    assert (refused.refusal, refused.code) == (Refusal.TEMPORARY, "450")
    assert end_of(second) == Accepted("kept")


async def test_a_connection_lost_between_dot_and_answer_leaves_that_one_unknown_only() -> None:
    line = Line()
    first, second = line.carries(1, 2)
    line.wire.hears(OK, OK, GO_ON)

    line.wire.is_lost()

    assert isinstance(end_of(first), Unknown)
    assert end_of(second) is None
    assert line.desk.returned == [second]


async def test_a_connection_lost_before_the_text_has_surely_sent_nothing() -> None:
    line = Line()
    (only,) = line.carries(1)
    line.wire.hears(OK, OK)

    line.wire.is_lost()

    assert isinstance(ended := end_of(only), Rejected)
    assert ended.refusal is Refusal.AWAY


async def test_a_message_for_which_nobody_waits_any_more_is_never_sent_empty() -> None:
    line = Line()
    (only,) = line.carries(1)

    only.outcome.cancel()
    line.wire.hears(OK, OK, GO_ON)

    assert line.wire.said[-1] == b"Subject: 1\r\n\r\n1\r\n.\r\n"


async def test_a_server_that_wants_a_text_from_a_sender_it_refused_is_left_alone() -> None:
    line = Line()
    (only,) = line.carries(1)

    line.wire.hears("550 5.7.1 not you", OK, GO_ON)

    assert line.wire.is_cut
    assert len(line.wire.said) == 1
    assert isinstance(end_of(only), Rejected)


async def test_nothing_more_is_begun_where_the_server_is_closing() -> None:
    line = Line()
    line.carries(1, 2)

    line.wire.hears("421 closing")

    assert not line.client.has_room
    assert len(line.desk.waiting) == 1


async def test_a_server_that_closes_after_a_text_is_given_no_other() -> None:
    line = Line()
    (only,) = line.carries(1)
    line.wire.hears(OK, OK, GO_ON)

    line.wire.hears("421 4.3.2 closing")

    assert not line.client.has_room
    assert isinstance(refused := end_of(only), Rejected)
    assert refused.refusal is Refusal.AWAY


@pytest.mark.parametrize("answer", ["gibberish", "354 go on", "199 hm"])
async def test_an_answer_that_does_not_fit_ends_the_connection(answer: str) -> None:
    line = Line()
    line.carries(1)

    line.wire.hears(answer)

    assert line.wire.is_cut


async def test_what_is_said_unasked_ends_the_connection() -> None:
    line = Line()

    line.wire.hears("250 2.0.0 kept as something of somebody else's")

    assert line.wire.is_cut
    assert not line.client.has_room


async def test_an_answer_without_end_ends_the_connection() -> None:
    line = Line()
    line.carries(1)

    line.wire.client.data_received(b"250-" + b"x" * 70_000)

    assert line.wire.is_cut


async def test_an_address_that_the_server_cannot_take_is_told_so_and_the_next_goes_on() -> None:
    line = Line()
    foreign = submission(1)
    beyond = Outgoing(1, Channel.EMAIL, "büro@member.example", raw=foreign.outgoing.raw)

    line.client.take(refused := Submission(beyond, BOUNCES))

    assert isinstance(end_of(refused), Rejected)
    assert line.wire.said == []
    assert line.client.has_room


async def test_after_a_long_silence_a_connection_is_asked_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipelined, "IDLE_SECONDS", -1)
    line = Line()
    assert line.client.doubtful

    line.client.ask()
    assert not line.client.has_room
    line.wire.hears("250 2.0.0 OK")

    assert line.wire.said == [b"RSET\r\n"]
    assert line.client.has_room


async def test_farewell_waits_for_the_answer_that_is_still_to_come() -> None:
    line = Line()
    (only,) = line.carries(1)
    line.wire.hears(OK, OK, GO_ON)

    leaving = asyncio.create_task(line.client.leave())
    await asyncio.sleep(0)
    assert b"QUIT\r\n" not in line.wire.said
    line.wire.hears("250 kept")

    assert line.wire.said[-1] == b"QUIT\r\n"
    line.wire.hears("221 bye")
    line.wire.is_lost()
    await leaving
    assert isinstance(end_of(only), Accepted)


class Server:
    """Answers as it is told, in the order in which it hears, and remembers what it took."""

    def __init__(self, moods: Sequence[str]) -> None:
        self._moods: Iterator[str] = chain(moods, repeat("yes"))
        self._heard = bytearray()
        self._text: list[bytes] | None = None
        self._has_sender = self._has_recipient = False
        self.kept: list[bytes] = []
        self.denied: list[bytes] = []
        self.unanswered: list[bytes] = []
        self.is_gone = False

    def hear(self, said: bytes) -> bytes:
        self._heard += said
        answers = b""
        while not self.is_gone and b"\r\n" in self._heard:
            line, _, rest = bytes(self._heard).partition(b"\r\n")
            self._heard = bytearray(rest)
            answers += self._answer(line)
        return answers

    def _answer(self, line: bytes) -> bytes:
        if self._text is not None:
            if line != b".":
                self._text.append(line.removeprefix(b"."))
                return b""
            return self._end_of_text(self._text)
        if line == b"RSET":
            return b"250 forgotten\r\n"
        mood = next(self._moods)
        if mood == "gone":
            self.is_gone = True
            return b""
        if line == b"DATA":
            return self._invite(mood)
        if line.startswith(b"MAIL"):
            self._has_sender = mood != "no"
        if line.startswith(b"RCPT"):
            self._has_recipient = self._has_sender and mood != "no"
            mood = mood if self._has_sender else "no"
        return b"550-not\r\n550 5.7.1 this one\r\n" if mood == "no" else b"250-yes\r\n250 yes\r\n"

    def _invite(self, mood: str) -> bytes:
        if mood == "no" or not (self._has_recipient or mood == "lenient"):
            return b"554 no\r\n"
        self._text = []
        return b"354 go on\r\n"

    def _end_of_text(self, lines: list[bytes]) -> bytes:
        self._text, text = None, b"\n".join(lines)
        mood = next(self._moods)
        if mood == "gone":
            self.is_gone = True
            self.unanswered.append(text)
            return b""
        if mood == "no" or not self._has_recipient:
            self.denied.append(text)
            return b"554 5.7.1 no\r\n"
        self.kept.append(text)
        return b"250 kept\r\n"


MOODS = st.lists(st.sampled_from(["yes", "yes", "yes", "no", "lenient", "gone"]), max_size=24)


@given(moods=MOODS, pieces=st.integers(1, 60), count=st.integers(1, 6))
async def test_whatever_a_server_does_each_message_ends_as_it_really_ended(
    moods: list[str], pieces: int, count: int
) -> None:
    line, server = Line(), Server(moods)
    sent = line.carries(*range(1, count + 1))

    while line.wire.said and not (server.is_gone or line.wire.is_cut):
        said = b"".join(line.wire.said)
        line.wire.said.clear()
        answers = server.hear(said)
        for start in range(0, len(answers), pieces):
            line.wire.client.data_received(answers[start : start + pieces])
    line.wire.is_lost()

    for one in sent:
        text = one.outgoing.raw.removesuffix(b"\r\n").replace(b"\r\n", b"\n")
        heard = [*server.kept, *server.denied, *server.unanswered].count(text)
        ended, waits = end_of(one), one in [*line.desk.returned, *line.desk.waiting]

        assert heard <= 1
        assert isinstance(ended, Accepted) == (text in server.kept)
        assert isinstance(ended, Unknown) == (text in server.unanswered)
        assert (ended is None) == waits
        assert not (waits and heard)


@given(st.binary(max_size=200) | st.text(st.sampled_from(".\r\na"), max_size=30).map(str.encode))
def test_any_text_arrives_whole_and_ends_only_at_its_end(raw: bytes) -> None:
    *lines, last, nothing = commands.text(raw).split(b"\r\n")

    assert (last, nothing) == (b".", b"")
    assert b"." not in lines
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    arrived = b"\n".join(line.removeprefix(b".") for line in lines)
    whole = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert arrived == whole.removesuffix(b"\n")


@given(st.text())
def test_no_address_can_say_a_second_command(address: str) -> None:
    if not commands.can_be_carried(address):
        return
    out = Outgoing(1, Channel.EMAIL, address)
    said = commands.envelope_of(out, BOUNCES, OFFERED | {"smtputf8"})

    assert said.count(b"\r") == said.count(b"\n") == 3
    assert said.count(b"<") == said.count(b">") == 2


@pytest.mark.parametrize(
    "address", ["a@b.example", '"a b"@c.example', "büro@c.example", "duty+night@member.example"]
)
def test_an_address_that_smtp_knows_is_carried(address: str) -> None:
    assert commands.can_be_carried(address)
