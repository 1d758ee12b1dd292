"""What stands around every page: the band, the masthead, the clocks, the footer?

Templates are strict: a missing word is an error. What a page must not forget (the clocks, the
form token, whether anything leaves this installation) is put in here, once.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboard.web import times
from dashboard.web.errors import RefusedError
from dashboard.web.headers import STATIC_PATH
from dashboard.web.page import MenuEntry, Page, PageRequest, path_of, path_of_link
from dashboard.web.sessions import Visitor
from mechanism.durations import span
from mechanism.lifecycle import ACTIVATION_ENDS
from mechanism.vocabulary import Kind, Role
from store.installation import Installation
from store.tables import Activation

HERE: Final = Path(__file__).parents[1]
STATIC: Final = HERE / "static"


@dataclass(frozen=True)
class Band:
    """The strip at the top that says whether this is real; `style` is its class in the CSS."""

    style: str  # real | exercise | none | review
    word: str
    beside: str = ""
    reference: str = ""
    title_prefix: str = ""  # before the page's <title>

    @property
    def framed(self) -> bool:
        """Whether the page has the frame of an exercise."""
        return self.style == "exercise"


NO_BAND: Final = Band("none", "No active situation")
SIGNED_OUT: Final = Band("none", "Signed out")  # a stranger learns nothing of any situation
REFUSED: Final = Band("none", "Not done")
UNDECIDED: Final = Band("none", "Draft", "Nothing has been sent")

ROLE_WORDS: Final = {
    Role.CO_CHAIR: "Co-chair",
    Role.SECRETARIAT: "Secretariat",
    Role.AUDITOR: "Auditor",
    Role.OPERATOR: "Operator",
}


def band_for(activation: Activation) -> Band:
    """The band of a page about one activation, open or closed."""
    shown = review_band if activation.state in ACTIVATION_ENDS else band_of
    return shown(activation.kind, activation.situation.reference)


def band_of(kind: Kind, reference: str) -> Band:
    """The band of a situation that is open."""
    if kind is Kind.EXERCISE:
        beside = "This is not a real emergency"
        return Band("exercise", "Exercise", beside, reference, "[EXERCISE] ")
    return Band("real", "Real activation", reference=reference)


def draft_band(kind: Kind) -> Band:
    """The band before anything is sent: it never looks sent."""
    if kind is Kind.EXERCISE:
        return Band("exercise", "Draft exercise", "Nothing has been sent", "", "[EXERCISE] ")
    return Band("real", "Draft real activation", "Nothing has been sent")


def standing_band(request: PageRequest) -> Band:
    """The band of a page that is of no situation: what is open now, the real ones first."""
    if request.visitor is None:
        return SIGNED_OUT
    return band_of(*request.opened) if request.opened else NO_BAND


def review_band(kind: Kind, reference: str) -> Band:
    """The band over what is closed."""
    word = f"Review of a closed {'exercise' if kind is Kind.EXERCISE else 'real activation'}"
    prefix = "[EXERCISE] " if kind is Kind.EXERCISE else ""
    style = "exercise" if kind is Kind.EXERCISE else "review"
    return Band(style, word, reference=reference, title_prefix=prefix)


@dataclass(frozen=True)
class MenuItem:
    """One entry of the menu."""

    path: str
    words: str
    here: bool


def menu(pages: Iterable[Page], visitor: Visitor | None, path: str) -> list[MenuItem]:
    """What this visitor may open from every page."""
    role = visitor.role if visitor else None
    return [
        MenuItem(page.path, page.menu.words, _is_here(page, page.menu, path))
        for page in pages
        if page.menu is not None and role in (page.menu.to or page.entry("GET"))
    ]


def _is_here(page: Page, entry: MenuEntry, path: str) -> bool:
    return path == page.path or path.startswith(entry.beneath or f"{page.path}/")


def page(request: PageRequest, template: str, *, status: int = 200, **words: Any) -> HTMLResponse:
    """A whole page in its frame."""
    frame = {
        **_frame(request.http, request.installation, request.visitor),
        "now": request.now,
        "times": request.times,
        "form_token": request.form_token,
        "faults": (),
    }
    if "band" not in words:
        frame["band"] = standing_band(request)
    return HTMLResponse(TEMPLATES.get_template(template).render(frame | words), status)


def refusal_page(http: Request, refusal: RefusedError) -> HTMLResponse:
    """A refusal in the frame; asks nothing of the database, which may be what has failed."""
    installation: Installation = http.app.state.installation
    words = {
        **_frame(http, installation, None),
        "band": REFUSED,
        "refusal": refusal,
        "way_on": path_of_link(http, refusal.link),
        "faults": (),
    }
    return HTMLResponse(TEMPLATES.get_template("web/refusal.html").render(words), refusal.status)


def fragment(template: str, **words: Any) -> str:
    """A part of a page, without its frame."""
    return TEMPLATES.get_template(template).render(words)


def _frame(http: Request, installation: Installation, visitor: Visitor | None) -> dict[str, Any]:
    return {
        "clocks": times.clocks(installation.now()),
        "server_now": times.iso(installation.now()),
        "rate": installation.clock.rate,
        "simulated": installation.clock.simulated,
        "stays_here": not installation.settings.leaves_installation,
        "visitor": visitor,
        "menu": menu(http.app.state.menu, visitor, http.url.path),
        "path_of": partial(path_of, http),
        "refresh": None,
        "script": False,
        "passkeys": visitor is not None,
        "path": http.url.path,
    }


@cache
def asset(name: str) -> str:
    """The address of a static file, with its content's hash, so that it can be kept for ever."""
    content = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"{STATIC_PATH}/{name}?v={content}"


def safe_drawing(svg: str) -> Markup:
    """An SVG that a template of ours has drawn, escaped there."""
    return Markup(svg)  # noqa: S704 - drawn by autoescaped templates only


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        auto_reload=False,  # or each page looks at each of its files
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(asset=asset, ROLE_WORDS=ROLE_WORDS, span=span, iso=times.iso)
    return environment


TEMPLATES: Final = _environment()
