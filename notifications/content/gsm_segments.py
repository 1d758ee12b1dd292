"""How many parts does a text cost as an SMS, and how is it kept to one?

Exact by 3GPP TS 23.038 and 23.040: nothing here estimates.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
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


ONE_PART = 160  # septets
ONE_PART_UCS2 = 70  # code units
_LIMITS = {Alphabet.GSM7: (ONE_PART, 153), Alphabet.UCS2: (ONE_PART_UCS2, 67)}


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


def at_most(text: str) -> Segments:
    """The cost where a gateway keeps what is read as one sign in one part: never less than exact.

    Some do; in scripts with vowel signs and in emoji that can cost one part more.
    """
    exact = count(text)
    if exact.alphabet is Alphabet.GSM7:
        return exact
    alone, each = _LIMITS[exact.alphabet]
    costs = [cost for sign in signs(text) for cost in _whole(sign, each)]
    return Segments(exact.alphabet, exact.units, _parts(costs, alone, each))


def signs(text: str) -> Iterator[str]:
    """The text in pieces of which none is read as more than one sign, or as less than a whole."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not _belongs(text[at - 1], text[at]):
            yield text[start:at]
            start = at


def _belongs(before: str, char: str) -> bool:
    """Whether a character is written onto the one before it, or bound to it by a joiner."""
    bound = before == _JOINER or unicodedata.combining(before) == _VIRAMA
    both_flags = before in _FLAG_LETTERS and char in _FLAG_LETTERS
    return bound or both_flags or char in _ATTACHED or unicodedata.category(char)[0] == "M"


_JOINER = "\u200d"
_VIRAMA = 9  # the combining class of the signs that bind a consonant to the next
_FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))  # two of them are one flag
_ATTACHED = frozenset(  # joiners, the Thai and Lao AM that Unicode calls letters, skin tones
    (_JOINER, "\u200c", "\u0e33", "\u0eb3", *map(chr, range(0x1F3FB, 0x1F400)))
)


def _whole(sign: str, each: int) -> list[int]:
    """The sign as one cost; what no part can hold whole is cut like anything else."""
    costs = _code_units(sign)
    return [sum(costs)] if sum(costs) <= each else costs


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
    **dict.fromkeys("\u2022\u00b7\u2023\u25cf", "-"),  # the dots of lists
    "\u2044": "/",
    "\u00d7": "x",
    "\u00a9": "(c)",
    "\u00ae": "(R)",
    "\u2122": "(TM)",
    "\u2116": "No.",
    "\u00ba": "o",
    "\u00aa": "a",
    "\u00b0": " deg",
    # Latin letters whose stroke or ligature is no accent to Unicode.
    "đ": "d",
    "Đ": "D",
    "ł": "l",
    "Ł": "L",
    "\u0131": "i",  # the dotless i of Turkish
    "ħ": "h",
    "Ħ": "H",
    "ŧ": "t",
    "Ŧ": "T",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "Th",
    "ə": "e",
    "Ə": "E",
    "ŋ": "ng",
    "Ŋ": "Ng",
    "\u02bb": "'",  # the turned comma of Tonga and Samoa
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
