"""Which two words prove to a member that a call is genuine?"""

import secrets
from functools import cache
from pathlib import Path

WORDS_FILE = Path(__file__).with_name("passphrase.txt")


@cache
def words() -> tuple[str, ...]:
    """The words to choose from: short, neutral, and told apart over a bad line."""
    return tuple(WORDS_FILE.read_text(encoding="utf-8").split())


def two_words() -> str:
    """Two of them, by chance."""
    return f"{secrets.choice(words())} {secrets.choice(words())}"
