"""In which language does a member read the page behind its link?

English is binding and stands where nothing else is asked for. The choice is in the address, so that
no cookie is needed; what is written in no other language stays in English and says so to browsers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from markupsafe import Markup

from dashboard.web.times import minutes
from mechanism.durations import span
from notifications.content.translations import BINDING, language_of, languages, page_words

SHORT: Final = timedelta(hours=2)


@dataclass(frozen=True)
class Translation:
    """A language as the member's page speaks it."""

    tag: str
    name: str  # in the language itself
    direction: str
    mark: str = ""  # that it is a courtesy and nobody has reviewed it, in the language itself

    @property
    def is_binding(self) -> bool:
        """Whether this is the English text, which alone binds."""
        return self.tag == BINDING

    @property
    def query(self) -> str:
        """What is added to the address to read in this language."""
        return f"?lang={self.tag}"

    def say(self, name: str, **values: str) -> Markup:
        """A sentence of the page; what is put into it keeps its own direction."""
        kept = {key: self.apart(value) for key, value in values.items()}
        return Markup("{}").format(page_words(self.tag)[name]).format(**kept)

    def apart(self, value: str) -> Markup:
        """A name or a number, kept from being turned round in a text from right to left."""
        return (
            Markup("{}").format(value) if self.is_binding else Markup("<bdi>{}</bdi>").format(value)
        )

    def left(self, length: timedelta) -> str:
        """The time that is left, without seconds: they would be wrong once they are read."""
        if self.is_binding:
            return minutes(length) if length < SHORT else span(length)
        whole = max(0, int(length.total_seconds()) // 60)
        return f"{whole // 60}:{whole % 60:02}"


ENGLISH: Final = Translation(BINDING, "English", "ltr")


def translation_of(asked: str) -> Translation:
    """The language that is asked for; English where there is none such."""
    known = language_of(asked)
    if known is None:
        return ENGLISH
    return Translation(known.tag, known.name, known.direction, known.mark)


def page_translations() -> Sequence[Translation]:
    """Every language there is, English first."""
    return [ENGLISH, *(translation_of(tag) for tag in sorted(languages()))]
