"""How fast is a raw e-mail read, and how long does the worst of many damaged ones take?"""

import time
from contextlib import closing
from email import message_from_bytes
from email.policy import compat32
from functools import cache
from random import Random
from typing import Final

from benchmarks.measuring import Benchmark, Measured, in_turns, rate
from benchmarks.mutating import mutated
from notifications.email.parse.sandbox import Sandbox
from operations.examples import EXAMPLES
from tests.support.corpus import specimens

ROUNDS: Final = 3
DAMAGED: Final = 10_000
SLOWEST: Final = 250.0  # milliseconds that are aimed at for the slowest of them
SEED: Final = 4


def read_reply() -> Measured:
    """Replies a second on one core, over the examples and the corpus."""
    raws = _mails()
    with closing(Sandbox()) as sandbox:
        ours, limit = in_turns(
            lambda: len(raws) * rate(lambda: [sandbox.reading_of(raw) for raw in raws], times=1),
            lambda: len(raws) * rate(lambda: [_taken_apart(raw) for raw in raws], times=1),
            rounds=ROUNDS,
        )
    name = "email.message_from_bytes, compat32"
    return Measured(ours, "1/s", name, limit, ROUNDS * len(raws))


def read_reply_slowest() -> Measured:
    """The slowest of ten thousand damaged mails; one that raised would end the benchmark."""
    raws, chance = _mails(), Random(SEED)  # noqa: S311 - the same damage every time
    with closing(Sandbox()) as sandbox:
        for raw in raws:  # the process that reads what is odd is started once, not with each mail
            sandbox.reading_of(raw)
        slowest = max(_milliseconds(sandbox, mutated(raws, chance)) for _ in range(DAMAGED))
    return Measured(slowest, "ms", "what is aimed at for the slowest", SLOWEST, DAMAGED)


def _milliseconds(sandbox: Sandbox, raw: bytes) -> float:
    began = time.perf_counter()
    sandbox.reading_of(raw)
    return (time.perf_counter() - began) * 1000


@cache
def _mails() -> list[bytes]:
    examples = [path.read_bytes() for path in sorted((EXAMPLES / "replies").glob("*.eml"))]
    return [*examples, *(specimen.raw for specimen in specimens())]


def _taken_apart(raw: bytes) -> object:
    return message_from_bytes(raw, policy=compat32)


BENCHMARKS: Final = (
    Benchmark("read_reply", read_reply),
    Benchmark("read_reply_slowest", read_reply_slowest),
)
