"""What does a reader see of a mail that is written in HTML?"""

import re
from contextlib import suppress
from html.parser import HTMLParser
from typing import Final

_LONG_TAG: Final = re.compile(r"<[^<>]{2000,}>?")
_SPACES: Final = re.compile(r"\s+")
_HIDING: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCKS: Final = frozenset(
    {"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "pre", "hr"}
)
_UNSEEN: Final = frozenset({"script", "style", "title"})
_HIDDEN_IF_SAID: Final = frozenset({"div", "span", "p", "td", "table", "blockquote"})


def plain(html: str) -> str:
    """What a reader sees of some HTML, in lines; quoted blocks have the mark of quoted lines."""
    parser = _PlainText()
    with suppress(AssertionError):  # a declaration that html.parser does not know
        parser.feed(_LONG_TAG.sub(" ", _without_comments(html)) + "\n")
    return "\n".join(line.strip() for line in "".join(parser.pieces).split("\n"))


def _without_comments(html: str) -> str:
    """The HTML up to a comment that never ends; html.parser is not linear in such comments."""
    first, *others = html.split("<!--")
    kept = [first]
    for other in others:
        _, ended, after = other.partition("-->")
        if not ended:
            break
        kept.append(after)
    return "".join(kept)


class _PlainText(HTMLParser):
    """Collects what a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._quoted = 0
        self._unseen = 0
        self._hidden: list[str] = []  # the hidden element, and those of its name within

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        self._quoted += tag == "blockquote"
        if self._hidden[:1] == [tag] or (not self._hidden and _is_hidden(tag, attrs)):
            self._hidden.append(tag)
        self._break_at(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._quoted = max(0, self._quoted - (tag == "blockquote"))
        if self._hidden[:1] == [tag]:
            self._hidden.pop()
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen and not self._hidden:
            self.pieces.append(_SPACES.sub(" ", data))

    def _break_at(self, tag: str) -> None:
        if tag in _BLOCKS or tag == "blockquote":
            self.pieces.append("\n> " if self._quoted else "\n")


def _is_hidden(tag: str, attrs: list[tuple[str, str | None]]) -> bool:
    """Whether an element is not shown: a machine's place for words that nobody is to read."""
    said = dict(attrs)
    return tag in _HIDDEN_IF_SAID and (
        "hidden" in said or bool(_HIDING.search(said.get("style") or ""))
    )
