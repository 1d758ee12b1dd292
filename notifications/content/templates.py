"""What do the words say, to whom, on which channel?

Templates lie beside this file; a missing word is an error (StrictUndefined), never a gap. Bodies
keep holes where a code, a link or an instant stands, so that what a co-chair confirms is what is
sent: the holes are filled at commit, and those of link and token only on the wire.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    select_autoescape,
)
from jinja2.sandbox import SandboxedEnvironment

from mechanism.reference import reference
from mechanism.vocabulary import Channel, Kind
from notifications.content import gsm_segments
from notifications.content.translations import BINDING, FOLDER, Language

HOLE: Final = re.compile(r"\[\[([a-z_]+)\]\]")
LONGEST: Final[Mapping[str, str]] = {
    "reference": reference(Kind.EXERCISE, 2026, 0),
    "deadline": "31 Dec 2359 UTC",
    "code": "00000",
}
"""The longest that may come to stand in a hole of a text to a telephone, but for the link."""


class CannotRenderError(Exception):
    """A text cannot be made for somebody; says for whom and from which template."""

    def __init__(self, template: str, why: str, recipient: str = "") -> None:
        self.template, self.why, self.recipient = template, why, recipient
        super().__init__(f"{recipient}: {template}: {why}" if recipient else f"{template}: {why}")


@dataclass(frozen=True)
class Words:
    """A finished text with its holes; an SMS has neither subject nor html, nor has a call.

    What a call says is one sentence or a few to a line: between lines there is a pause.
    """

    subject: str
    body: str
    html: str
    language: str = BINDING  # that of the courtesy text in an e-mail, or of the SMS itself

    def filled(self, values: Mapping[str, str]) -> "Words":
        """These words with some holes filled; the others stay."""
        subject, body, html = (fill(p, values) for p in (self.subject, self.body, self.html))
        return Words(subject, body, html, self.language)


def hole(name: str) -> str:
    """The mark that stands in a text until the value is known."""
    return f"[[{name}]]"


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into their holes; a hole without a value stays as it is."""
    return HOLE.sub(lambda found: values.get(found[1], found[0]), text)


Fits = Callable[[str], bool]
"""Whether a text to a telephone, its holes still open, arrives as one."""


def is_one_part(text: str) -> bool:
    """Whether a text is one segment with the longest that its holes may hold."""
    return gsm_segments.at_most(fill(text, LONGEST)).parts == 1


def write(
    name: str,
    channel: Channel,
    words: Mapping[str, Any],
    *,
    language: Language | None = None,
    fits: Fits = is_one_part,
) -> Words:
    """The text called `name` for a channel; CannotRenderError names the template and the reason.

    In an e-mail the language's courtesy text follows the English; an SMS is in that language where
    it fits, else in English; a call is in English.
    """
    if channel is Channel.SMS:
        return _text_message(name, words, language, fits)
    if channel is Channel.VOICE:
        return Words("", "\n".join(spoken_lines(_rendered(f"{name}.voice.j2", words))), "")
    subject = " ".join(_rendered(f"{name}.subject.j2", words).split())
    body = _rendered(f"{name}.mail.j2", words).strip() + "\n"
    below = _courtesy(name, words, language)
    page = {**words, "subject": subject, "paragraphs": _paragraphs(body), "below": below}
    html = _rendered("letter.html.j2", page)
    if below is None:
        return Words(subject, body, html)
    return Words(subject, body + below.plain, html, below.language.tag)


def spoken_lines(text: str) -> list[str]:
    """The lines that are said, one after another."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def spelled(text: str) -> str:
    """A reference or a number, so that it can be written down by ear: "B P, X, 2 0 2 6, 0 0 3"."""
    groups = text.replace("+", "plus-").replace(" ", "-").split("-")
    return ", ".join(group if group == "plus" else " ".join(group) for group in groups if group)


def _text_message(
    name: str, words: Mapping[str, Any], language: Language | None, fits: Fits
) -> Words:
    if language is not None and _is_there(f"{language.tag}/{name}.sms.j2"):
        text = _one_line(f"{language.tag}/{name}.sms.j2", words)
        if fits(text):
            return Words("", text, "", language.tag)
    return Words("", _one_line(f"{name}.sms.j2", words), "")


def _one_line(template: str, words: Mapping[str, Any]) -> str:
    return " ".join(gsm_segments.to_gsm7(_rendered(template, words)).split())


@dataclass(frozen=True)
class _Below:
    """A courtesy text as it stands below the binding one."""

    language: Language
    text: str

    @property
    def paragraphs(self) -> list[list[str]]:
        """A text's paragraphs, each with its lines, for the HTML."""
        return _paragraphs(self.text)

    @property
    def plain(self) -> str:
        """With the rule and the mark that part it from the binding text."""
        head = f"{self.language.heading}\n{self.language.mark}"
        return f"\n{'-' * 60}\n{head}\n\n{self.text}\n"


def _courtesy(name: str, words: Mapping[str, Any], language: Language | None) -> _Below | None:
    if language is None or not _is_there(f"{language.tag}/{name}.mail.j2"):
        return None
    return _Below(language, _rendered(f"{language.tag}/{name}.mail.j2", words).strip())


@cache
def _is_there(template: str) -> bool:
    return (FOLDER / template).is_file()


def write_sentence(text: str, words: Mapping[str, Any]) -> str:
    """A playbook's own sentence: sandboxed, and nothing but the words that it is given."""
    try:
        return _sentence(text).render(words).strip()
    except Exception as error:  # whatever a sentence of a stranger's does, it refuses itself only
        raise CannotRenderError("the playbook's own wording", str(error)) from error


def _rendered(template: str, words: Mapping[str, Any]) -> str:
    try:
        return _environment().get_template(template).render(words)
    except TemplateNotFound as error:
        raise CannotRenderError(template, "there is no such template") from error
    except TemplateError as error:
        raise CannotRenderError(template, str(error)) from error


def _paragraphs(body: str) -> list[list[str]]:
    """The plain text as paragraphs of lines: the HTML says exactly the same words."""
    return [part.splitlines() for part in re.split(r"\n{2,}", body.strip())]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        auto_reload=False,  # or each text looks at its file
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = clock_time
    environment.globals["hole"] = hole
    return environment


@lru_cache(maxsize=256)
def _sentence(text: str) -> Template:
    return _sandbox().from_string(text)


@cache
def _sandbox() -> SandboxedEnvironment:
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


def clock_time(at: datetime, zone: str = "UTC") -> str:
    """A moment as a duty officer reads it: "14 Jul 0400 UTC", or "10:00 Dhaka, 14 Jul"."""
    local = at.astimezone(ZoneInfo(zone))
    if zone == "UTC":
        return f"{local.day} {local:%b %H%M} UTC"
    return f"{local:%H:%M} {place_of(zone)}, {local.day} {local:%b}"


def place_of(zone: str) -> str:
    """The place that a zone is named after, as people say it."""
    known = {
        "Australia/Sydney": "Canberra",
        "Pacific/Auckland": "Wellington",
        "America/New_York": "Washington",
        "Asia/Kolkata": "New Delhi",
        "Asia/Ho_Chi_Minh": "Ha Noi",
        "Asia/Karachi": "Islamabad",
        "Asia/Dubai": "Abu Dhabi",
        "Indian/Maldives": "Malé",
        "Asia/Yangon": "Nay Pyi Taw",
        "Europe/Zurich": "Geneva",
    }
    return known.get(zone, zone.rpartition("/")[2].replace("_", " "))
