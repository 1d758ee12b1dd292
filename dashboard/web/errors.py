"""What does a visitor read when something cannot be done?

What happened, what was not done, a reference for the operator, and the next step.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.web.links import Link

LOG: Final = logging.getLogger(__name__)

NOTHING_DONE: Final = "Nothing was sent and nothing was changed."


@dataclass(frozen=True)
class RefusalWords:
    """A refusal in plain words."""

    title: str
    happened: str
    next_step: str


BY_STATUS: Final[Mapping[int, RefusalWords]] = {
    400: RefusalWords(
        "The form could not be read",
        "What your browser sent could not be read.",
        "Go back, check what you typed, and repeat it.",
    ),
    403: RefusalWords(
        "Not allowed", "You may not do this.", "Go back to the start page and try from there."
    ),
    404: RefusalWords(
        "Page not found",
        "There is nothing at this address, or it is not for you.",
        "Check the address, or go to the start page.",
    ),
    405: RefusalWords(
        "Not possible here",
        "This address does not take what your browser sent.",
        "Go to the start page and try from there.",
    ),
    409: RefusalWords(
        "Something changed meanwhile",
        "What you confirmed is no longer what would be done.",
        "Look at the page again, then decide anew.",
    ),
    410: RefusalWords(
        "No longer here",
        "This has ended and cannot be opened again.",
        "Go to the start page.",
    ),
    413: RefusalWords(
        "Too much text",
        "What your browser sent is larger than this page takes.",
        "Go back, shorten the text, and repeat it.",
    ),
    429: RefusalWords(
        "Too many tries",
        "This was tried too often in a short time.",
        "Wait a few minutes and repeat it.",
    ),
    500: RefusalWords(
        "A fault on our side",
        "The page could not be made because of a fault in this installation.",
        "Try once more. If it happens again, tell the operator the reference below, "
        "and use the telephone meanwhile.",
    ),
    503: RefusalWords(
        "The database takes nothing now",
        "It is read-only, full, or cannot be reached.",
        "Try again in a minute. If it goes on, tell the operator the reference below, "
        "and use the telephone meanwhile.",
    ),
}


TO_START: Final = Link("start", "Go to the start page")


class RefusedError(Exception):
    """A visit that ends in a refusal; words that are left out are the status's own."""

    def __init__(
        self,
        status: int,
        happened: str = "",
        next_step: str = "",
        *,
        undone: str = NOTHING_DONE,
        link: Link = TO_START,
    ) -> None:
        words = BY_STATUS[status]
        super().__init__(words.title)
        self.status = status
        self.title = words.title
        self.happened = happened or words.happened
        self.undone = undone
        self.next_step = next_step or words.next_step
        self.link = link
        self.reference = secrets.token_hex(4)


def refusal_of(status: int) -> RefusedError:
    """The refusal for a status that the web layer itself came to."""
    if status in BY_STATUS:
        return RefusedError(status)
    return RefusedError(500 if status >= 500 else 400)  # noqa: PLR2004 - HTTP's own border


def note(refusal: RefusedError, *, route: str) -> None:
    """For the operator: which refusal on which route, without anything that somebody typed."""
    LOG.warning("refused %s on %s, reference %s", refusal.status, route, refusal.reference)
