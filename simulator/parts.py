"""Into how many parts does the carrier cut a text?

Its own reading of 3GPP TS 23.038 and 23.040, so that ours is held against another's.
"""

from typing import Final

ALPHABET: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED: Final = frozenset("\f^{}\\[~]|€")  # each goes as an escape and another character


def parts_of(text: str) -> int:
    """How many messages go over the air; an empty text is one."""
    if set(text) <= ALPHABET | ESCAPED:
        septets = [2 if sign in ESCAPED else 1 for sign in text]
        return _cut(septets, alone=160, each=153)
    return _cut([len(sign.encode("utf-16-le")) // 2 for sign in text], alone=70, each=67)


def _cut(sizes: list[int], *, alone: int, each: int) -> int:
    """No sign is cut in two: what has no room left goes into the next part whole."""
    if sum(sizes) <= alone:
        return 1
    filled = [0]
    for size in sizes:
        if filled[-1] + size > each:
            filled.append(0)
        filled[-1] += size
    return len(filled)
