"""How many parts does a text cost as an SMS, and how is it kept to one?

Exact by 3GPP TS 23.038 and 23.040: nothing here estimates.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

ESCAPE = "\x1b"  # opens an extension character on the wire; not a character that can be sent

_TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
BASIC = frozenset(_TABLE) - {ESCAPE}
EXTENSION = frozenset("\f^{}\\[~]|€")  # each costs two septets: the escape and itself


class Alphabet(StrEnum):
    """What a text is sent in; one foreign character moves the whole text to the second."""

    GSM7 = "gsm7"  # 160 septets in one part, 153 in each of several
    UCS2 = "ucs2"  # 70 code units in one part, 67 in each of several


_LIMITS = {Alphabet.GSM7: (160, 153), Alphabet.UCS2: (70, 67)}


@dataclass(frozen=True)
class Segments:
    """What a text costs; `units` are septets or UTF-16 code units, by the alphabet."""

    alphabet: Alphabet
    units: int
    parts: int


def count(text: str) -> Segments:
    """The exact cost of a text; an empty one is one empty part."""
    alphabet = Alphabet.GSM7 if _is_gsm7(text) else Alphabet.UCS2
    costs = _septets(text) if alphabet is Alphabet.GSM7 else _code_units(text)
    return Segments(alphabet, sum(costs), _parts(costs, *_LIMITS[alphabet]))


def _is_gsm7(text: Iterable[str]) -> bool:
    return all(char in BASIC or char in EXTENSION for char in text)


def _septets(text: str) -> list[int]:
    return [2 if char in EXTENSION else 1 for char in text]


def _code_units(text: str) -> list[int]:
    return [2 if ord(char) > 0xFFFF else 1 for char in text]  # noqa: PLR2004 - the end of the BMP


def _parts(costs: Sequence[int], alone: int, each: int) -> int:
    """Fill the parts in order; an escape pair or a surrogate pair is never cut in two."""
    if sum(costs) <= alone:
        return 1
    parts, used = 1, 0
    for cost in costs:
        if used + cost > each:
            parts, used = parts + 1, 0
        used += cost
    return parts


_TWINS = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc`\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\t\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000", " "),
    **dict.fromkeys("\u00ad\u200b\ufeff", ""),  # soft hyphen, zero-width space, byte order mark
    **dict.fromkeys("\u2028\u2029\u0085", "\n"),
    "\u2026": "...",
    # Latin letters whose stroke or ligature is no accent to Unicode.
    "đ": "d",
    "Đ": "D",
    "ł": "l",
    "Ł": "L",
    "\u0131": "i",  # the dotless i of Turkish
    "œ": "oe",
    "Œ": "OE",
}
_CLUSTER = re.compile("(?s).[\u0300-\u036f]*")  # a character with the accents that follow it


def to_gsm7(text: str) -> str:
    """Replace what has a twin in GSM-7; what has none stays, for a person to see and reword."""
    return "".join(_twin(cluster) for cluster in _CLUSTER.findall(text))


def _twin(cluster: str) -> str:
    if _is_gsm7(cluster):
        return cluster
    composed = unicodedata.normalize("NFC", cluster)
    if _is_gsm7(composed):
        return composed
    if cluster in _TWINS:
        return _TWINS[cluster]
    return _without_accents(cluster) or cluster


def _without_accents(cluster: str) -> str:
    """The bare letter, or nothing where it is not a GSM-7 letter or is more than accented."""
    letter, *accents = list(unicodedata.normalize("NFD", cluster))
    letter = _TWINS.get(letter, letter)
    bare = _is_gsm7(letter) and all(unicodedata.combining(accent) for accent in accents)
    return letter if bare else ""
