"""How is a situation's reference written, and where does one stand in a text?

`BP-2026-003`; an exercise's is `BP-X-2026-003`, so that nothing real bears the same.
"""

import re
from typing import Final

from mechanism.vocabulary import Kind

_PREFIX: Final = {Kind.REAL: "BP", Kind.EXERCISE: "BP-X"}
PATTERN: Final = r"(?<![A-Za-z])BP-(?:X-)?\d{4}-\d+"
"""For an expression that looks for a reference among other things."""
_IN_TEXT: Final = re.compile(PATTERN, re.IGNORECASE)


def reference(kind: Kind, year: int, number: int) -> str:
    """The reference of a year's so-many-eth situation of a kind."""
    return f"{_PREFIX[kind]}-{year}-{number:03}"


def first_reference(text: str) -> str | None:
    """The first reference that a text names, as we write it."""
    found = _IN_TEXT.search(text)
    return found[0].upper() if found is not None else None


def without_references(text: str) -> str:
    """The text with a stroke where a reference stood."""
    return _IN_TEXT.sub(" / ", text)
