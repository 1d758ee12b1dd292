"""How fast is one of our e-mails written for its recipient, beside the library's own building?

Both fill the holes of the stored text, and both write the same letter: text, HTML, every header.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from benchmarks.letter import HTML, LETTER, SENTENCE
from benchmarks.measuring import Benchmark, Measured, in_turns, rate
from notifications.content.templates import fill, hole
from notifications.email import mime
from notifications.email.mime import MailContent

OURS, THEIRS = 3000, 150  # a round of each takes about as long
ROUNDS: Final = 5
TEXT: Final = f"{SENTENCE * 12}\n{hole('link')}\n"
PAGE: Final = HTML.replace("</p>", f"</p><p>{hole('link')}</p>")
VALUES: Final = {"link": "http://localhost:8080/a/0123456789abcdef0123"}


def mime_fill() -> Measured:
    """Letters a second on one core."""
    ours, limit = in_turns(
        lambda: rate(lambda: _written(mime.write), times=OURS),
        lambda: rate(lambda: _written(_by_the_library), times=THEIRS),
        rounds=ROUNDS,
    )
    name = "the same letter built by EmailMessage"
    return Measured(ours, "1/s", name, limit, ROUNDS * OURS)


def _by_the_library(letter: MailContent) -> bytes:
    return mime.address_lines(letter) + mime.message_of(letter).as_bytes()


def _written(write: Callable[[MailContent], bytes]) -> bytes:
    return write(replace(LETTER, text=fill(TEXT, VALUES), html=fill(PAGE, VALUES)))


BENCHMARKS: Final = (Benchmark("mime_fill", mime_fill),)
