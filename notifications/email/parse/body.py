"""Which text does a mail show to its reader, and which of its parts hold it?"""

import re
from contextlib import suppress
from email.message import Message
from html.parser import HTMLParser
from typing import Final

from notifications.email.parse.headers import text_in

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


_TEXT_AT_MOST: Final = 131_072  # bytes of one text part
_PARTS_AT_MOST: Final = 100
_PARAMETERS_AT_MOST: Final = 4_096  # characters; no program writes more
_UNTIL: Final = re.compile(
    r"(?:\b(?:until|till|back on|back in the office on|return on|returning on|returning|hingga|"
    r"sehingga|sampai dengan|sampai|kembali pada|jusqu'au|jusqu\u2019au|bis zum|bis|até|hasta|"
    r"đến hết ngày|đến ngày)\b|จนถึง|ถึงวันที่|至|まで)\s*(.{1,60}?)"
    r"(?=[.;,!?\n()]|\s(?:and|with|dan|et|und)\b|$)",
    re.IGNORECASE,
)


def parts_of(message: Message) -> list[Message]:
    """The parts of a mail from the first to the last, those of enclosed mails left out."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < _PARTS_AT_MOST:
        part = waiting.pop()
        found.append(_with_short_parameters(part))
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(inner(part)))
    return found


def inner(part: Message) -> list[Message]:
    """The parts of a part; a text is never asked for here, since that would decode it."""
    within = part.get_payload() if part.is_multipart() else []
    return [each for each in within if isinstance(each, Message)]


def _with_short_parameters(part: Message) -> Message:
    """The part itself; what its type says in more words than any program writes is cut off."""
    for name in ("Content-Type", "Content-Disposition"):
        value = str(part.get(name, ""))
        if len(value) > _PARAMETERS_AT_MOST:
            part.replace_header(name, value[:_PARAMETERS_AT_MOST])
    return part


def text_of(parts: list[Message]) -> str:
    """The plain text of a mail, or its HTML made plain; attached files are not its text."""
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    plain_texts = "\n".join(part_text(x) for x in shown if _is_plain(x))
    if plain_texts.strip():
        return plain_texts
    return "\n".join(plain(part_text(x)) for x in shown if x.get_content_type() == "text/html")


def _is_plain(part: Message) -> bool:
    """Whether it is plain text; parts that were announced and are not there leave text too."""
    whole = part.get_content_maintype() == "multipart" and not part.is_multipart()
    return whole or part.get_content_type() == "text/plain"


def part_text(part: Message) -> str:
    """The text of one part, in whichever charset it proves to be."""
    return text_in(bytes_of(part)[:_TEXT_AT_MOST], part.get_content_charset("utf-8")).replace(
        "\x00", ""
    )


def bytes_of(part: Message) -> bytes:
    """What a part holds once its transfer encoding is taken off."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def until(text: str) -> str:
    """The end of an absence as a responder puts it: a hint, never a date to act on."""
    found = _UNTIL.search(text[:2_000])
    return " ".join(found[1].split()) if found else ""
