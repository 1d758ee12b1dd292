"""What do the words say, to whom, on which channel?

Templates lie beside this file; a missing word is an error (StrictUndefined), never a gap. Bodies
keep holes where a code, a link or an instant stands, so that what a co-chair confirms is what is
sent: the holes are filled at commit, and those of link and token only on the wire.
"""

import re
from collections.abc import Mapping
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

from mechanism.ladder import Channel
from notifications import segments

HOLE: Final = re.compile(r"\[\[([a-z_]+)\]\]")
AT_COMMIT: Final = frozenset({"code", "words", "reference", "deadline", "deadline_local", "now"})
ON_THE_WIRE: Final = frozenset({"link"})


class CannotRenderError(Exception):
    """A text cannot be made for somebody; says for whom and from which template."""

    def __init__(self, template: str, why: str, recipient: str = "") -> None:
        self.template, self.why, self.recipient = template, why, recipient
        super().__init__(f"{recipient}: {template}: {why}" if recipient else f"{template}: {why}")


@dataclass(frozen=True)
class Words:
    """A finished text with its holes; an SMS has neither subject nor html."""

    subject: str
    body: str
    html: str

    def filled(self, values: Mapping[str, str]) -> "Words":
        """The same with these holes filled; others stay."""
        return Words(*(fill(part, values) for part in (self.subject, self.body, self.html)))


def hole(name: str) -> str:
    """The mark that stands in a text until the value is known."""
    return f"[[{name}]]"


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into their holes; a hole without a value stays as it is."""
    return HOLE.sub(lambda found: values.get(found[1], found[0]), text)


def write(name: str, channel: Channel, words: Mapping[str, Any]) -> Words:
    """The text called `name` for a channel; CannotRenderError names the template and the reason."""
    if channel is Channel.SMS:
        text = segments.to_gsm7(_rendered(f"{name}.sms.j2", words))
        return Words("", " ".join(text.split()), "")
    subject = " ".join(_rendered(f"{name}.subject.j2", words).split())
    body = _rendered(f"{name}.mail.j2", words).strip() + "\n"
    page = {**words, "subject": subject, "paragraphs": _paragraphs(body)}
    return Words(subject, body, _rendered("letter.html.j2", page))


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
        loader=FileSystemLoader(_HERE),
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


_HERE: Final = __file__.rpartition("/")[0] + "/templates"
