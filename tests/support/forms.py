"""Every form that an installation's pages offer to a visitor, as a browser would fill it in."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from starlette.routing import Route

from dashboard.app import PAGES
from tests.support.web import Browser

FILLED_BY_HAND: Final = frozenset({"text", "date", "time", "datetime-local", "tel", "email", "url"})


@dataclass(frozen=True)
class Field:
    """One field: what a browser would send if nobody touched it."""

    name: str
    sort: str  # an input's type, or textarea, select
    value: str = ""
    is_sent: bool = True  # a button or a radio that nobody pressed is not
    longest: int | None = None

    @property
    def is_typed(self) -> bool:
        """Whether a person types into it."""
        return self.sort == "textarea" or self.sort in FILLED_BY_HAND


@dataclass(frozen=True)
class WebForm:
    """One form that sends something, with the button that is pressed."""

    page: str
    action: str
    fields: tuple[Field, ...]
    button: tuple[str, str] | None = None

    @property
    def route(self) -> str:
        """The pattern of its address."""
        return route_of(self.action)

    @property
    def key(self) -> tuple[str, ...]:
        """What tells one form from another: two members' forms are one."""
        names = {field.name for field in self.fields if field.name != "form_token"}
        return (self.route, "=".join(self.button or ()), *sorted(names))

    def values(self) -> dict[str, list[str]]:
        """What would be sent as it stands."""
        sent: dict[str, list[str]] = {}
        for one in self.fields:
            if one.is_sent and one.name:
                sent.setdefault(one.name, []).append(one.value)
        if self.button:
            sent[self.button[0]] = [self.button[1]]
        return sent

    @property
    def typed(self) -> list[Field]:
        """The fields that a person types into."""
        return [one for one in self.fields if one.is_typed and one.name]


def route_of(path: str) -> str:
    """The pattern of a path; nothing where none of ours answers it."""
    return next((p for p, regex in _PATTERNS.items() if regex.fullmatch(path)), "")


_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    page.path: Route(page.path, lambda _: None).path_regex for page in PAGES
}


def forms_of(path: str, page: str) -> list[WebForm]:
    """The forms of a page that post, each once for each of its buttons."""
    reader = _Reader(path)
    reader.feed(page)
    return [pressed for form in reader.forms for pressed in _pressed(form)]


def _pressed(form: WebForm) -> Iterator[WebForm]:
    buttons = [(one.name, one.value) for one in form.fields if one.sort == "button"]
    for button in buttons or [("", "")]:
        yield replace(form, button=button if button[0] else None)


def found_by(visitor: Browser, *begins: str) -> list[WebForm]:
    """Every form on these pages, and on those of other routes that their links lead to."""
    found: dict[tuple[str, ...], WebForm] = {}
    opened = {_sort_of(path) for path in begins}
    waiting = deque(begins)
    while waiting:
        answer = visitor.client.get(waiting.popleft(), follow_redirects=True)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        reader = _Reader(urlsplit(str(answer.url)).path)
        reader.feed(answer.text)
        for link in reader.links:
            if (sort := _sort_of(link)) not in opened:
                opened.add(sort)
                waiting.append(link)
        for form in (pressed for one in reader.forms for pressed in _pressed(one)):
            found.setdefault(form.key, form)
    return list(found.values())


def _sort_of(link: str) -> tuple[str, ...]:
    """What tells one page from another: its route, and what its address asks for."""
    path, _, query = link.partition("?")
    return (route_of(path), *sorted(name for name, _ in parse_qsl(query)))


@dataclass
class _Reader(HTMLParser):
    """Reads forms and links off a page."""

    path: str
    forms: list[WebForm] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    _fields: list[Field] | None = None
    _action: str = ""
    _area: Field | None = None
    _select: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form begins, or one of its fields."""
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and told.get("href", "").startswith(("/", "?")):
            self.links.append(urljoin(self.path, told["href"]).partition("#")[0])
        elif tag == "form" and told.get("method", "get").lower() == "post":
            self._fields, self._action = [], told.get("action", "").partition("?")[0] or self.path
        elif self._fields is not None:
            self._begin_field(tag, told, self._fields)

    def _begin_field(self, tag: str, told: Mapping[str, str], fields: list[Field]) -> None:
        name, value = told.get("name", ""), told.get("value", "")
        longest = int(told["maxlength"]) if "maxlength" in told else None
        if tag == "input":
            sort = told.get("type", "text")
            ticked = sort not in {"radio", "checkbox"} or "checked" in told
            fields.append(Field(name, sort, value, ticked, longest))
        elif tag == "button":
            fields.append(Field(name, "button", value, is_sent=False))
        elif tag == "textarea":
            sort = "hidden" if "hidden" in told else "textarea"
            self._area = Field(name, sort, "", longest=longest)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._offer(value, fields, is_chosen="selected" in told)

    def _offer(self, value: str, fields: list[Field], *, is_chosen: bool) -> None:
        """One of a list's options; the first stands until another is chosen."""
        others = [n for n, one in enumerate(fields) if one.name == self._select]
        for n in others if is_chosen else ():
            fields[n] = replace(fields[n], is_sent=False)
        fields.append(Field(self._select, "select", value, is_chosen or not others))

    def handle_data(self, data: str) -> None:
        """The text of an area, whose first line end is not part of it."""
        if self._area is not None:
            self._area = replace(self._area, value=self._area.value + data)

    def handle_endtag(self, tag: str) -> None:
        """The end of a form, or of one of its fields."""
        if tag == "textarea" and self._area is not None and self._fields is not None:
            self._fields.append(replace(self._area, value=self._area.value.removeprefix("\n")))
            self._area = None
        elif tag == "select":
            self._select = ""
        elif tag == "form" and self._fields is not None:
            self.forms.append(WebForm(self.path, self._action, tuple(self._fields)))
            self._fields = None
