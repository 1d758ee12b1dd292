"""How fast is a raw e-mail read, beside the library that only takes it apart?"""

from email import message_from_bytes
from email.policy import compat32
from typing import Final

from benchmarks.measuring import Benchmark, Measured, in_turns, rate
from convening.rehearse import EXAMPLES
from notifications.mail_reading import reading_of

TIMES: Final = 4  # over all the examples, in each of the rounds


def read_reply() -> Measured:
    """Replies a second on one core, over the examples of every kind."""
    raws = [path.read_bytes() for path in sorted((EXAMPLES / "replies").glob("*.eml"))]
    ours, limit = in_turns(
        lambda: len(raws) * rate(lambda: [reading_of(raw) for raw in raws], times=TIMES),
        lambda: len(raws) * rate(lambda: [_taken_apart(raw) for raw in raws], times=TIMES),
        rounds=5,
    )
    name = "email.message_from_bytes, compat32"
    return Measured(ours, "1/s", name, limit, 5 * TIMES * len(raws))


def _taken_apart(raw: bytes) -> object:
    return message_from_bytes(raw, policy=compat32)


BENCHMARKS: Final = (Benchmark("read_reply", read_reply),)
