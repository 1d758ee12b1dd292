"""How is a mail damaged, as carelessness and malice damage mail?

Everything is drawn from the chance that is given: the same seed damages alike.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

_PIECES: Final = (
    b"\x00",
    b"\r",
    b"\n",
    b"\n\n",
    b"--=_b\n",
    b"\xff\xfe",
    b"=?utf-8?b?//",
    b"Content-Type: multipart/mixed; boundary=\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Auto-Submitted: no\n",
    b"charset=utf-7",
    b">" * 50,
    b"<div>" * 50,
    b"\xe2\x80\xae",
    b"BEGIN:VEVENT\n",
    b"(" * 100,
)
_SLICE_AT_MOST: Final = 200
_REPEATED_AT_MOST: Final = 300


def mutated(raws: Sequence[bytes], chance: Random) -> bytes:
    """One of the mails with one to six damages."""
    raw = chance.choice(raws)
    for _ in range(chance.randint(1, 6)):
        raw = chance.choice(_DAMAGES)(raw, chance)
    return raw if chance.random() > 1 / 10 else raw + chance.choice(raws)


def _flipped(raw: bytes, chance: Random) -> bytes:
    place = chance.randint(0, len(raw))
    return raw[:place] + bytes([chance.randrange(256)]) + raw[place + 1 :]


def _without_a_slice(raw: bytes, chance: Random) -> bytes:
    place = chance.randint(0, len(raw))
    return raw[:place] + raw[place + chance.randint(1, _SLICE_AT_MOST) :]


def _with_a_piece(raw: bytes, chance: Random) -> bytes:
    place = chance.randint(0, len(raw))
    return raw[:place] + chance.choice(_PIECES) + raw[place:]


def _with_a_slice_repeated(raw: bytes, chance: Random) -> bytes:
    place = chance.randint(0, len(raw))
    repeated = raw[place : place + chance.randint(1, _SLICE_AT_MOST)]
    return raw[:place] + repeated * chance.randint(2, _REPEATED_AT_MOST) + raw[place:]


def _cut_short(raw: bytes, chance: Random) -> bytes:
    return raw[: chance.randint(0, len(raw))]


def _with_lines_swapped(raw: bytes, chance: Random) -> bytes:
    lines = raw.splitlines(keepends=True) or [b""]
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


_DAMAGES: Final[Sequence[Callable[[bytes, Random], bytes]]] = (
    _flipped,
    _without_a_slice,
    _with_a_piece,
    _with_a_slice_repeated,
    _cut_short,
    _with_lines_swapped,
)
