"""Which words and signs must no text to the members hold, whoever wrote it?

The types are for models that read such texts; `unneutral_words()` is for texts of any origin.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from validation import MendableError, PlainLine

SHORT_TITLE_LIMIT: Final = 41
"""Characters of a short title that leave an SMS within one segment."""

_SHORT_TITLE = re.compile(r"[A-Za-z0-9 .,:;\-'()/]*")

_INSTEAD: Final = {
    r"illegals?|illegally": "irregular",
    r"alerts?": "notice",
    r"aliens?|infiltrators?|boat people|queue[- ]jumpers?": "persons",
    r"invasion|flood of|tide of|swarms?": "arrivals",
    r"incident commander": "Co-Chair",
    r"on-call": "duty officer",
}
_POPULATIONS: Final = (
    r"rohingyas?|hazaras?|uyghurs?|uighurs?|hmongs?|pashtuns?|tajiks?|kurds?|bengalis?|tamils?|"
    r"biharis?|yazidis?|montagnards?|(?:kachins?|karens?)(?! state)"
)
_CLASSIFIED: Final = re.compile(
    r"\b(TOP SECRET|SECRET|CONFIDENTIAL|RESTRICTED|PROTECTED|OFFICIAL:\s?Sensitive|NOFORN|"
    r"(?:SANGAT )?RAHASIA)\b"
)


@dataclass(frozen=True)
class Unneutral:
    """A word that must not stand in a text to the members, and what to do about it."""

    word: str
    wrong: str
    mend: str


def unneutral_words(text: str) -> Iterator[Unneutral]:
    """Words that take a side, names of populations, and marks of national classification."""
    for pattern, instead in _INSTEAD.items():
        for word in _found(pattern, text):
            yield Unneutral(word, f"{word!r} is not neutral", f"Say {instead!r}, or leave it out.")
    for word in _found(_POPULATIONS, text):
        wrong = f"{word!r} names a population"
        yield Unneutral(word, wrong, "Name the place or the route, not the people.")
    for match in _CLASSIFIED.finditer(text):
        wrong = f"{match[0]!r} is a mark of national classification"
        yield Unneutral(match[0], wrong, "Classified text does not belong here: take it out.")


def _found(pattern: str, text: str) -> list[str]:
    return [match[0] for match in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE)]


def _neutral(text: str) -> str:
    for unneutral in unneutral_words(text):
        raise MendableError(unneutral.wrong, unneutral.mend)
    return text


def _short(text: str) -> str:
    if len(text) > SHORT_TITLE_LIMIT:
        wrong = f"it has {len(text)} characters, and an SMS has room for {SHORT_TITLE_LIMIT}"
        raise MendableError(wrong, "Shorten it.")
    if not _SHORT_TITLE.fullmatch(text):
        mend = "Use letters without accents, digits, spaces and . , : ; - ' ( ) / only."
        raise MendableError("it holds a sign that not every telephone shows", mend)
    return text


def _for_any_telephone(text: object) -> object:
    """What a keyboard makes of plain signs, undone, and letters without their accents."""
    if not isinstance(text, str):
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_TYPED))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


_TYPED: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201c\u201d\u02bc`", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-"),
        "đ": "d",
        "Đ": "D",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
    }
)

Title = Annotated[PlainLine, StringConstraints(max_length=60), AfterValidator(_neutral)]
ShortTitle = Annotated[
    PlainLine, BeforeValidator(_for_any_telephone), AfterValidator(_short), AfterValidator(_neutral)
]
