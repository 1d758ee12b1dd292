"""In which languages is there a text beside the English, and which of them does an office get?

English is binding. Another language is a courtesy: a folder of `templates` with the same files and
the same holes, marked as what it is. A new language is a new folder.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from mechanism.vocabulary import Channel

BINDING: Final = "en"
MARK: Final = "courtesy translation, not reviewed by a speaker"
FOLDER: Final = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True)
class Language:
    """A language that courtesy texts are in."""

    tag: str  # the folder's name
    name: str  # in the language itself
    english_name: str
    direction: Literal["ltr", "rtl"]
    mark: str  # that it is a courtesy and not reviewed, in the language itself

    @property
    def heading(self) -> str:
        """What stands above every text in this language, so that nobody takes it as binding."""
        return f"{self.english_name.upper()}: {MARK}. The English text above is binding."


class _Sheet(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    english_name: str
    direction: Literal["ltr", "rtl"]
    serves: tuple[str, ...]  # the tags of a roster that get it
    mark: str


def courtesy(tags: Iterable[str], channel: Channel) -> Language | None:
    """The language of a courtesy text for an office that wants these, the preferred first.

    An e-mail has room for the first that there is beside English; a text to a telephone is in one
    language, and so in another than English only where the office prefers that.
    """
    wanted = list(tags)
    if channel is Channel.SMS:
        wanted = wanted[:1]
    return next((known for tag in wanted if (known := language_of(tag)) is not None), None)


def language_of(tag: str) -> Language | None:
    """The language that serves a roster's tag; None for English, and where there are no texts."""
    return _by_tag().get(tag)


def languages() -> Mapping[str, Language]:
    """Every language beside English, by its folder's name."""
    return MappingProxyType({language.tag: language for language in _by_tag().values()})


def lacking(tags: Iterable[str]) -> list[str]:
    """The tags that no text is in: whoever wants them gets English alone, or another of theirs."""
    return [tag for tag in tags if not _is_english(tag) and language_of(tag) is None]


def page_words(tag: str = BINDING) -> Mapping[str, str]:
    """The words of a member's page by their names; English where there are no texts in it.

    Some hold `{member}`, `{reference}` or `{left}`, for `str.format`.
    """
    language = language_of(tag)
    return _page_words(language.tag if language is not None else BINDING)


def _is_english(tag: str) -> bool:
    return tag.partition("-")[0] == BINDING


@cache
def _by_tag() -> Mapping[str, Language]:
    return {
        tag: language
        for path in sorted(FOLDER.glob("*/language.yaml"))
        for tag, language in _served(path)
    }


def _served(path: Path) -> list[tuple[str, Language]]:
    sheet = _Sheet.model_validate(_read(path))
    language = Language(
        path.parent.name, sheet.name, sheet.english_name, sheet.direction, sheet.mark
    )
    return [(tag, language) for tag in sheet.serves]


@cache
def _page_words(folder: str) -> Mapping[str, str]:
    words: dict[str, str] = _read(FOLDER / folder / "page.yaml")
    return MappingProxyType(words)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
