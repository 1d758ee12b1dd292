"""Mails that were written after the reader had been tuned, in other words and other wrappings."""

from tests.corpus.specimen import Specimen


def specimens() -> list[Specimen]:
    """None yet."""
    return []
