"""Which five digits are a reply code, and where in a hurried text do they stand?

The fifth digit is the check digit of H. Michael Damm (Total anti-symmetrische Quasigruppen,
doctoral thesis, Marburg 2004, the quasigroup of page 111): it catches every single wrong digit
and every exchange of two neighbours.
"""

import re
from typing import Final

from mechanism.reference import without_references

_QUASIGROUP: Final = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
_CODE_LENGTH: Final = 5
_READ_AT_MOST: Final = 65_536  # characters; the longest SMS has 1,600
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff\u20e3]")
_BETWEEN: Final = "[ \t\u00a0\u2000-\u200a\u202f\u3000\u2010-\u2015\u2212\uff0d-]{1,3}"
_RUN: Final = re.compile(rf"\+?\d+(?:{_BETWEEN}\d+)*")
_GROUP: Final = re.compile(r"\d+")


def with_check_digit(four: int) -> str:
    """The code of a number from 0 to 9999: its four digits and the check digit."""
    if not 0 <= four <= 9999:  # noqa: PLR2004 - the largest number of four digits
        raise ValueError(f"a reply code is made of four digits, not of {four}")
    digits = f"{four:04d}"
    return f"{digits}{_interim(digits)}"


def is_code(text: str) -> bool:
    """True for exactly five ASCII digits, the last of which checks the others."""
    return (
        len(text) == _CODE_LENGTH
        and text.isascii()
        and text.isdecimal()
        and _interim(text) == 0  # the check digit takes the quasigroup back to nought
    )


def codes_in(text: str) -> tuple[str, ...]:
    """The codes that a text holds, in their order, each once.

    Digits of every script count, with up to three spaces or dashes between them; telephone
    numbers and situation references do not.
    """
    runs = _RUN.findall(_readable(text))
    return tuple(dict.fromkeys(code for run in runs for code in _codes_of(run)))


def without_codes(text: str) -> str:
    """The text with a space where a code stood."""
    return _RUN.sub(lambda run: " " if _codes_of(run[0]) else run[0], _readable(text))


def _readable(text: str) -> str:
    """The text without marks that are not seen, and without situation references."""
    return without_references(_UNSEEN.sub("", text[:_READ_AT_MOST]))


def _codes_of(run: str) -> tuple[str, ...]:
    """The codes of one run of digit groups: "48 213", "1 48213", "48213 48213"."""
    groups = _GROUP.findall(run)
    if run.startswith("+") or any(len(group) > _CODE_LENGTH for group in groups):
        return ()
    candidates = _candidates([_ascii(group) for group in groups])
    return tuple(code for code in candidates if is_code(code))


def _candidates(groups: list[str]) -> list[str]:
    """What may be read as five digits; a leading "1" is a way to say yes, not part of a code."""
    answer = groups[1:] if groups[0] == "1" else groups
    for joined in ("".join(groups[:9]), "".join(answer[:9])):
        if len(joined) == _CODE_LENGTH:
            return [joined]
    whole = [group for group in groups if len(group) == _CODE_LENGTH]
    beside = [group for group in groups if 2 < len(group) < _CODE_LENGTH]  # noqa: PLR2004
    return [] if beside else whole


def _ascii(group: str) -> str:
    return "".join(str(int(digit)) for digit in group)


def _interim(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = int(_QUASIGROUP[interim][int(digit)])
    return interim
