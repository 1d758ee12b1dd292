"""Which lines of a mail are its writer's own words?

Cut away are quotations, the lines that announce them, signatures, and what telephones, mail
systems and legal departments add. One pass over a bounded number of lines: no text takes long.
"""

from enum import Enum, auto
from typing import Final

from mechanism.answer_words import (
    BANNERS,
    DEVICE_LINES,
    DISCLAIMERS,
    FROM_FIELDS,
    OPENERS,
    ORIGINAL_MESSAGE,
    OTHER_FIELDS,
    QUOTING,
    WROTE,
)
from mechanism.phrases import Phrases, folded

_READ_AT_MOST: Final = 131_072  # characters
_LINES_AT_MOST: Final = 5_000
_HEAD: Final = 400  # characters of a line that can tell what it is
_WRAPPED_OVER: Final = 3  # lines of an announcement
_FIELDS_WITHIN: Final = 6  # lines of a block of headers
_FIELDS_AT_LEAST: Final = 3
_FIGURES_OF_A_DATE: Final = 4
_MARKS: Final = (">", "\uff1e")
_WORDS_OF_OURS: Final = 4  # fewer are ours only where the whole line is

_BANNERS: Final = Phrases(BANNERS)
_DEVICE_LINES: Final = Phrases(DEVICE_LINES)
_DISCLAIMERS: Final = Phrases(DISCLAIMERS)
_FROM_FIELDS: Final = Phrases(FROM_FIELDS)
_OPENERS: Final = Phrases(OPENERS)
_ORIGINAL_MESSAGE: Final = Phrases(ORIGINAL_MESSAGE)
_OTHER_FIELDS: Final = Phrases(OTHER_FIELDS)
_QUOTING: Final = Phrases(QUOTING)
_WROTE: Final = Phrases(WROTE)


class _LineKind(Enum):
    """What a line of a mail is."""

    OWN = auto()  # kept
    QUOTED = auto()  # left out
    ANNOUNCING = auto()  # left out; all that follows too, unless it is marked as quoted
    SMALL_PRINT = auto()  # left out, with what follows up to the next quoted line
    ADDED = auto()  # left out alone
    BANNER = auto()  # left out, with what follows up to an empty line


def cut_quotes(text: str) -> str:
    """The writer's own words, those between quoted lines included."""
    lines = text[:_READ_AT_MOST].splitlines()[:_LINES_AT_MOST]
    kept: list[str] = []
    place, hidden = 0, _LineKind.OWN
    while place < len(lines):
        line, length = _kind_of(lines, place)
        place += length
        if line is _LineKind.ANNOUNCING and not _quoted_soon(lines, place):
            break
        hidden = _hidden_after(hidden, line, lines[place - 1])
        if line is _LineKind.OWN and hidden is _LineKind.OWN:
            kept.append(lines[place - 1].rstrip())
    return _trimmed(kept)


def unmarked(text: str) -> str:
    """All that is not marked as quoted: more than the writer's own words, and never less."""
    lines = text[:_READ_AT_MOST].splitlines()[:_LINES_AT_MOST]
    return "\n".join(line for line in lines if line.lstrip()[:1] not in _MARKS)


def without_ours(text: str, ours: str) -> str:
    """The text without the lines that we wrote ourselves, however they were wrapped again."""
    our_lines = {folded(line) for line in ours.splitlines()} - {""}
    our_words = f" {folded(ours)} "
    return _trimmed([x for x in text.splitlines() if not _is_ours(x, our_lines, our_words)])


def _is_ours(line: str, our_lines: set[str], our_words: str) -> bool:
    words = folded(line)
    return words in our_lines or (
        words.count(" ") >= _WORDS_OF_OURS - 1 and f" {words} " in our_words
    )


def _hidden_after(hidden: _LineKind, line: _LineKind, written: str) -> _LineKind:
    """What is being left out after a line, until something ends it."""
    if line in {_LineKind.SMALL_PRINT, _LineKind.BANNER}:
        return line
    ended = {
        _LineKind.SMALL_PRINT: line is _LineKind.QUOTED,
        _LineKind.BANNER: not written.strip(),
    }
    return _LineKind.OWN if ended.get(hidden, True) else hidden


def _trimmed(lines: list[str]) -> str:
    """The lines with no more than one empty line between two others."""
    paragraphs: list[str] = []
    for line in lines:
        if line or (paragraphs and paragraphs[-1]):
            paragraphs.append(line)
    return "\n".join(paragraphs).strip()


def _kind_of(lines: list[str], place: int) -> tuple[_LineKind, int]:
    """What the line at a place is, and of how many lines it is the first."""
    line = lines[place].strip()
    if not line:
        return _LineKind.OWN, 1
    if line[0] in _MARKS:
        return _LineKind.QUOTED, 1
    announcing = _announcing(lines, place)
    return (_LineKind.ANNOUNCING, announcing) if announcing else (_kind_by_words(line), 1)


def _kind_by_words(line: str) -> _LineKind:
    words = folded(line[:_HEAD])
    if line == "--" or _DISCLAIMERS.opens(words):
        return _LineKind.SMALL_PRINT
    if _BANNERS.opens(words):
        return _LineKind.BANNER
    return _LineKind.ADDED if not words and line[0] in "-_=*" else _kind_by_device(words)


def _kind_by_device(words: str) -> _LineKind:
    return _LineKind.ADDED if _DEVICE_LINES.opens(words) else _LineKind.OWN


def _announcing(lines: list[str], place: int) -> int:
    """Of how many lines an announcement of quoted text is made; none: 0."""
    if _is_separator(lines[place].strip()) or _is_header_block(lines, place):
        return 1
    if _is_attribution(lines[place]):
        return 1
    return _wrapped_attribution(lines, place) if _may_be_wrapped(lines[place]) else 0


def _is_separator(line: str) -> bool:
    """Whether a line says: original message."""
    words = folded(line[:_HEAD])
    return words in _ORIGINAL_MESSAGE or (line[0] in "-_=" and _ORIGINAL_MESSAGE.opens(words))


def _is_header_block(lines: list[str], place: int) -> bool:
    """Whether a block of a message's fields begins here: From: among at least three of them."""
    if not _is_field(_field(lines[place])):
        return False
    block = [_field(line) for line in lines[place : place + _FIELDS_WITHIN]]
    named = [name for name in block if _is_field(name)]
    return len(named) >= _FIELDS_AT_LEAST and any(name in _FROM_FIELDS for name in named)


def _is_field(name: str) -> bool:
    return name in _FROM_FIELDS or name in _OTHER_FIELDS


def _field(line: str) -> str:
    """What stands before the colon of a line; empty where there is none."""
    name, colon, _ = line[:_HEAD].replace("\uff1a", ":").partition(":")
    return folded(name[:40]) if colon else ""


def _is_attribution(line: str) -> bool:
    """Whether a line says that somebody wrote at some time."""
    line = line[-_HEAD:].rstrip(" \t*_")
    if not line.endswith((":", "\uff1a")):
        return False
    if _figures(line) < _FIGURES_OF_A_DATE:
        return "@" in line and _QUOTING.opens(folded(line))
    return "@" in line or _WROTE.found_in(folded(line))


def _figures(line: str) -> int:
    return sum(character.isdigit() for character in line)


def _may_be_wrapped(line: str) -> bool:
    """Whether a line begins as an announcement does: with "On", or with a date."""
    words = folded(line[:_HEAD])
    return words[:1].isdigit() or _OPENERS.opens(words)


def _wrapped_attribution(lines: list[str], place: int) -> int:
    """Of how many lines an announcement is made that one line does not hold."""
    for length in range(2, _WRAPPED_OVER + 1):
        block = [line[:_HEAD] for line in lines[place : place + length]]
        if len(block) < length or not block[-1].strip():
            return 0
        if _is_attribution(" ".join(block)):
            return 0 if _begins_later(block) else length
    return 0


def _begins_later(block: list[str]) -> bool:
    """Whether the announcement is whole without the first line, which is then an answer."""
    return any(
        _may_be_wrapped(block[start]) and _is_attribution(" ".join(block[start:]))
        for start in range(1, len(block))
    )


def _quoted_soon(lines: list[str], place: int) -> bool:
    """Whether the next line that is not empty is marked as quoted."""
    following = (line.strip() for line in lines[place : place + _WRAPPED_OVER])
    return next((line[0] in _MARKS for line in following if line), False)
