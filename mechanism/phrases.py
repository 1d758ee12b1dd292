"""How is a phrase found in a text that somebody wrote in a hurry?

Everything here reads a text once, from its beginning to its end.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

_LONGEST_WORD: Final = 256  # characters; bounds what normalising a heap of accents can cost
_LIVING: Final = 0xFFFF  # the last code of the plane in which living languages are written
_A_LINE: Final = 400  # characters
_DIGIT: Final = re.compile(r"\d")
_WORD: Final = re.compile(r"\S+")
_STRETCHED: Final = re.compile(r"([^\W\d_])\1{2,}")  # "yesss", "okkk"
_BORDER: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")  # "ok48213"
_SCRIPT_WITHOUT_SPACES: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)


class _Folding(dict[int, str]):
    """What becomes of a character: letters, marks and digits stay, most else is a space.

    What was found once is kept, for the letters that living languages write.
    """

    def __missing__(self, code: int) -> str:
        becomes = self._of(chr(code))
        if code <= _LIVING:
            self[code] = becomes
        return becomes

    def _of(self, character: str) -> str:
        category = unicodedata.category(character)
        if category[0] in "LMN":
            return character
        return "" if category == "Cf" else " "


_FOLDING: Final = _Folding(
    {
        **dict.fromkeys(map(ord, "'\u2019\u2018\u02bc\u0060\u00b4"), ""),  # don't is one word
        **dict.fromkeys(map(ord, "\U0001f44d\U0001f44c\u2705\u2714\u2611\U0001f197"), " ok "),
        **dict.fromkeys(map(ord, "\U0001f44e\u274c\u2716\U0001f6ab\u26d4"), " no "),
        **dict.fromkeys(range(0xFE00, 0xFE10), ""),  # how an emoji is drawn
        **dict.fromkeys([*range(0x064B, 0x0653), 0x0640, 0x0307], ""),  # Arabic vowels, i with dot
        ord("\u0131"): "i",  # Turkish i without dot
        ord("\u200c"): " ",  # Persian half space
        ord("\u064a"): "\u06cc",  # Arabic and Persian ye
        ord("\u0649"): "\u06cc",
        ord("\u0643"): "\u06a9",  # Arabic and Persian kaf
    }
)


def folded(text: str) -> str:
    """The text in small letters without punctuation, one space between words."""
    return _line_folded(text) if len(text) <= _A_LINE else _folded(text)


@lru_cache(maxsize=2048)  # a line is looked at from several sides, and mails repeat lines
def _line_folded(line: str) -> str:
    return _folded(line)


def _folded(text: str) -> str:
    plain = text if text.isascii() else " ".join(map(_normal, text.split()))
    spaced = plain.casefold().translate(_FOLDING)
    if _DIGIT.search(spaced):
        spaced = _BORDER.sub(" ", spaced)
    return " ".join(_STRETCHED.sub(r"\1", spaced).split())


def _normal(word: str) -> str:
    """The word in one spelling, folded in slices, since sorting accents is not linear."""
    slices = range(0, len(word), _LONGEST_WORD)
    return "".join(unicodedata.normalize("NFKC", word[i : i + _LONGEST_WORD]) for i in slices)


class Phrases:
    """Phrases to be looked for in folded texts."""

    def __init__(self, phrases: Iterable[str]) -> None:
        known = sorted({folded(phrase) for phrase in phrases}, key=len, reverse=True)
        unspaced = [phrase for phrase in known if _SCRIPT_WITHOUT_SPACES.search(phrase)]
        self._all: Final = frozenset(known)
        self._anywhere: Final = re.compile("|".join(map(re.escape, unspaced)) or r"(?!)")
        self._by_first_word: Final[defaultdict[str, list[str]]] = defaultdict(list)
        for phrase in known:
            self._by_first_word[phrase.partition(" ")[0]].append(phrase)

    def __contains__(self, text: str) -> bool:
        """True where the folded text is one of the phrases and nothing else."""
        return text in self._all

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where in a folded text the phrases stand, the longest of each place."""
        if not text.isascii():
            yield from (match.span() for match in self._anywhere.finditer(text))
        if self._by_first_word.keys().isdisjoint(text.split(" ")):
            return
        for word in _WORD.finditer(text):
            for phrase in self._by_first_word.get(word[0], ()):
                end = word.start() + len(phrase)
                if text.startswith(phrase, word.start()) and text[end : end + 1] in {"", " "}:
                    yield word.start(), end
                    break

    def found_in(self, text: str) -> bool:
        """True where one of the phrases stands in the folded text."""
        return any(True for _ in self.spans(text))

    def opens(self, text: str) -> bool:
        """True where the folded text begins with one of the phrases."""
        known = self._by_first_word.get(text.partition(" ")[0], ())
        return bool(self._anywhere.match(text)) or any(
            text.startswith(phrase) and text[len(phrase) : len(phrase) + 1] in {"", " "}
            for phrase in known
        )

    def parts_of(self, text: str) -> list[str]:
        """What stands between the phrases in the folded text."""
        parts, last = [], 0
        for start, end in sorted(self.spans(text)):
            parts.append(text[last:start].strip())
            last = max(last, end)
        return [*parts, text[last:].strip()]

    def taken_from(self, text: str) -> str:
        """The folded text without the phrases."""
        return " ".join(part for part in self.parts_of(text) if part)
