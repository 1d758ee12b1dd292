"""What is a page: its address, what it shows and takes, who may enter, and what it asks for?

Everything that is true of one route stands in its `Page`: the guard, the proof, the limits, the
menu and the table of roles in the documents read it there. A page that says no rule of entry
cannot be made. What it holds when somebody comes is a `PageRequest`.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from enum import Enum, auto
from functools import cached_property
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.links import Link
from dashboard.web.sessions import FORM_COOKIE, Visitor
from dashboard.web.times import Times
from mechanism.vocabulary import Kind, Role
from settings import Settings
from store.act import Act
from store.installation import Installation

Chosen = TypeVar("Chosen")
Who = frozenset[Role | None]  # None is a stranger

CO_CHAIRS: Final[Who] = frozenset({Role.CO_CHAIR})
DESK: Final[Who] = frozenset({Role.CO_CHAIR, Role.SECRETARIAT})
SECRETARIAT: Final[Who] = frozenset({Role.SECRETARIAT})
OPERATORS: Final[Who] = frozenset({Role.OPERATOR})
AUDITORS: Final[Who] = frozenset({Role.AUDITOR})
READERS: Final[Who] = DESK | AUDITORS
STAFF: Final[Who] = frozenset(Role)
ANYONE: Final[Who] = STAFF | {None}

FORM_BYTES: Final = 64 * 1024
WEBHOOK_BYTES: Final = 1024 * 1024

_PART: Final = re.compile(r"\{(\w+)(?::\w+)?\}")


class PageWithoutRuleError(ValueError):
    """A page does not say who may enter, so that nobody can know whether it is meant to be open."""


class Typed(Enum):
    """What becomes of what is typed into a page's form."""

    CHECKED = auto()  # looked at before the act; kept for its sender where it cannot be done now
    OWN_CHECKS = auto()  # the page says itself what does not fit; kept all the same
    SECRET = auto()  # a password or a code: neither looked at nor kept


@dataclass(frozen=True)
class MenuEntry:
    """A page's line in the menu."""

    words: str
    to: Who | None = None  # who sees it; None: whoever may enter
    beneath: str = ""  # how the addresses begin that belong to it, if not with its own


@dataclass(frozen=True)
class PageRequest:
    """One request for a page, checked at the door."""

    http: Request
    installation: Installation
    page: "Page"
    visitor: Visitor | None
    form: FormData
    now: datetime
    real_now: datetime
    opened: tuple[Kind, str] | None = None  # the gravest situation that is open, for the band

    @property
    def who(self) -> Visitor:
        """The visitor, on a page that no stranger reaches."""
        if self.visitor is None:
            raise LookupError("a stranger came in by a page for staff")
        return self.visitor

    @property
    def act(self) -> Act:
        """What a signed-in visitor does now, for the own government."""
        who = self.who
        return Act(who.actor, self.now, signature=who.signature, government=who.government or "")

    @property
    def settings(self) -> Settings:
        """The installation's values."""
        return self.installation.settings

    @property
    def address(self) -> str:
        """Where the request comes from; personal data."""
        return self.http.client.host if self.http.client else ""

    @cached_property
    def times(self) -> Times:
        """Instants in words for this reader."""
        return Times(self.visitor.zone if self.visitor else "UTC", self.now)

    @cached_property
    def form_token(self) -> str:
        """What each form of this page carries."""
        return sessions.form_token(self.settings.key, self._binding)

    def path_of(self, page: str, /, **parts: object) -> str:
        """The address of the page of this name."""
        return path_of(self.http, page, **parts)

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.http.path_params[name])

    def typed(self, name: str) -> str:
        """What was typed in one field; a repeated field is refused, since it has two meanings."""
        values = self.ticked(name)
        if len(values) > 1:
            raise RefusedError(400, f"The field {name} came twice.")
        return values[0].strip() if values else ""

    def ticked(self, name: str) -> tuple[str, ...]:
        """Every value of one field."""
        return tuple(str(value) for value in self.form.getlist(name))

    def chosen(self, acts: Mapping[str, Chosen]) -> Chosen:
        """The act that the form names by its button."""
        act = acts.get(self.typed("act"))
        if act is None:
            raise RefusedError(400, "The form does not say what is to be done.")
        return act

    def asked(self, name: str) -> str:
        """One parameter of the address, or nothing."""
        return self.http.query_params.get(name, "")

    @property
    def _binding(self) -> str:
        if self.visitor is not None:
            return self.visitor.serial
        return self.http.cookies.get(FORM_COOKIE) or self.http.url.path


PageAct = Callable[[PageRequest], Response]


@dataclass(frozen=True)
class AsyncAct:
    """An act that holds no thread while it waits: many come at one moment, or stay."""

    act: Callable[[PageRequest], Awaitable[Response]]


@dataclass(frozen=True)
class Page:
    """One route, and everything that is true of it."""

    path: str
    shows: PageAct | AsyncAct | None = None  # GET
    takes: PageAct | AsyncAct | None = None  # POST
    _: KW_ONLY
    lets: Who | None = None  # who may enter
    takes_from: Who | None = None  # who may send, where that is not everybody who may enter
    signed_by: str = ""  # the provider whose own signature stands for a session and a form's token
    proof: str = ""  # the act, in words, for which its sender must prove herself once more
    first_factor: bool = False  # without that proof for an account that has nothing to prove by
    opened_by_break_glass: bool = False
    typed: Typed = Typed.CHECKED
    reads_body: bool = False  # it reads the body itself, raw, and measures it
    compresses: bool = False  # its answers are compressed by itself, or not at all
    menu: MenuEntry | None = None
    name: str = ""  # by which links name it

    def __post_init__(self) -> None:
        """Refuse a page that leaves open who may enter."""
        if self.lets is None and not self.signed_by:
            raise PageWithoutRuleError(
                f"The page {self.path} says neither whom it lets in (lets=…) "
                "nor which provider signs what it takes (signed_by=…)."
            )

    @property
    def methods(self) -> list[str]:
        """The methods that this page answers; HEAD goes with GET."""
        return [m for m, act in (("GET", self.shows), ("POST", self.takes)) if act is not None]

    @property
    def largest_body(self) -> int | None:
        """How many bytes a request may bring; None where the page measures by itself."""
        if self.reads_body:
            return None
        return WEBHOOK_BYTES if self.signed_by else FORM_BYTES

    def entry(self, method: str) -> Who:
        """Who may enter by this method."""
        if self.lets is None:
            return ANYONE  # whoever it is, the signature decides
        if method == "POST" and self.takes_from is not None:
            return self.takes_from
        return self.lets

    def act_for(self, method: str) -> PageAct | AsyncAct:
        """What is done when somebody comes by this method."""
        act = self.takes if method == "POST" else self.shows
        if act is None:
            raise LookupError(f"{self.path} does not answer {method}")
        return act

    def path_of(self, **parts: object) -> str:
        """The address of this page, with its parts filled in."""
        return _PART.sub(lambda part: quote(str(parts[part[1]]), safe=""), self.path)


def by_name(pages: Iterable[Page]) -> dict[str, Page]:
    """The pages that links name; ValueError where two have one name."""
    named: dict[str, Page] = {}
    for page in pages:
        if page.name and named.setdefault(page.name, page) is not page:
            raise ValueError(f"two pages are called {page.name}")
    return named


def path_of(http: Request, page: str, /, **parts: object) -> str:
    """The address of the page of this name in the application that is visited."""
    named: Mapping[str, Page] = http.app.state.pages_by_name
    return named[page].path_of(**parts)


def path_of_link(http: Request, link: Link) -> str:
    """Where a refusal's link leads."""
    return path_of(http, link.page, **link.parts)


def see_other(path: str, *, anchor: str = "", **query: str) -> Response:
    """To another page, which is asked for by GET; what is empty is left out of its address."""
    asked = urlencode({name: value for name, value in query.items() if value}, safe="/")
    where = path + (f"?{asked}" if asked else "") + (f"#{anchor}" if anchor else "")
    return RedirectResponse(where, status_code=303)
