"""How fast is one of our e-mails written, beside the library's own plainest one of that size?"""

from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from benchmarks.letter import LETTER, SENTENCE, as_bytes
from benchmarks.measuring import Benchmark, Measured, in_turns, rate
from notifications.mail_writing import build

TIMES: Final = 300


def mime_fill() -> Measured:
    """Letters a second on one core."""
    size = len(as_bytes())
    ours, limit = in_turns(
        lambda: rate(lambda: build(LETTER), times=TIMES),
        lambda: rate(lambda: _plainest(size), times=TIMES),
        rounds=5,
    )
    return Measured(ours, "1/s", "a bare EmailMessage of the same size", limit, 5 * TIMES)


def _plainest(size: int) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Subject"], message["From"], message["To"] = "x", LETTER.sender, LETTER.to
    message.set_content((f"{SENTENCE}\n" * (size // len(SENTENCE) + 1))[:size])
    return message.as_bytes()


BENCHMARKS: Final = (Benchmark("mime_fill", mime_fill),)
