"""A raw mail's reading, made in the test's own process."""

from mechanism.answers import read_mail
from notifications.email.parse.message import read_raw
from notifications.email.parse.parsed import in_words


def reading_of(raw: bytes) -> dict[str, object]:
    return in_words(read_mail(read_raw(raw).heard))
