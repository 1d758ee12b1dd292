"""What does a page hold when somebody comes: the installation, the visitor, the form, the time?

A `Page` is one route: what it shows (GET) and what it takes (POST), as plain functions of a
`PageRequest`. The guard stands before each: it asks `access.ENTRY`, reads the form, and refuses a
POST that no page of ours has sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.convertors import IntegerConvertor, StringConvertor, register_url_convertor
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from convening import accounts
from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.sessions import Visitor
from dashboard.web.times import Times
from mechanism.lifecycle import ACTIVATION_ENDS
from mechanism.vocabulary import Kind, Role
from settings import Settings
from store.installation import Installation
from store.tables import Activation, Situation

Chosen = TypeVar("Chosen")
FIELDS_AT_MOST: Final = 500
SIGN_IN: Final = "/sign-in"
FORM_COOKIE: Final = "cm-form"


class _Number(IntegerConvertor):
    """A number in an address, if it is one that a database can look for."""

    regex = "[0-9]{1,18}"


class _Name(StringConvertor):
    """A name in an address, if it is one that a database can look for."""

    regex = "[^/\0]+"


register_url_convertor("int", _Number())
register_url_convertor("str", _Name())


@dataclass(frozen=True)
class PageRequest:
    """One request, checked at the door."""

    http: Request
    installation: Installation
    route: str
    visitor: Visitor | None
    form: FormData
    now: datetime
    real_now: datetime
    opened: tuple[Kind, str] | None = None  # the gravest situation that is open, for the band

    @property
    def who(self) -> Visitor:
        """The visitor, on a route that no stranger reaches."""
        if self.visitor is None:
            raise LookupError("a stranger came in by a route for staff")
        return self.visitor

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


class SignedOutError(RefusedError):
    """A form came from somebody whose session has ended; one of ours can be kept for her."""

    def __init__(self, request: PageRequest, *, is_ours: bool) -> None:
        super().__init__(
            403,
            "You are signed out.",
            "Sign in again, then go back and repeat what you did.",
            link=(SIGN_IN, "Sign in"),
        )
        self.request = request
        self.is_ours = is_ours


Act = Callable[[PageRequest], Response]


@dataclass(frozen=True)
class Page:
    """One route: what it shows and what it takes."""

    path: str
    shows: Act | None = None
    takes: Act | None = None

    @property
    def methods(self) -> list[str]:
        """The methods that this route answers, as `access.ENTRY` names them."""
        return [m for m, act in (("GET", self.shows), ("POST", self.takes)) if act is not None]


def route_of(page: Page) -> Route:
    """The route with its guard; KeyError where `access.ENTRY` does not know it."""
    entry = {method: sessions.ENTRY[page.path][method] for method in page.methods}
    acts = {"GET": page.shows, "POST": page.takes}

    async def enter(http: Request) -> Response:
        method = "POST" if http.method == "POST" else "GET"
        act = acts[method]
        if act is None:
            raise LookupError(f"{page.path} does not answer {method}")
        form = await _form(http) if method == "POST" else FormData()
        return await run_in_threadpool(_let_in, http, page.path, entry[method], form, act)

    return Route(page.path, enter, methods=page.methods)


def asked_often(path: str, show: Callable[[PageRequest], Awaitable[Response]]) -> Route:
    """A route that many ask for at once or that stays open (GET only), with the same guard."""
    entry = sessions.ENTRY[path]["GET"]

    async def enter(http: Request) -> Response:
        guard: Guard = http.app.state.guard
        request = await guard.request(http, path)
        if http.method == "HEAD":
            return Response()
        return _turned_away(request, entry) or await show(request)

    return Route(path, enter, methods=["GET"])


def brought_often(path: str, take: Callable[[PageRequest], Awaitable[Response]]) -> Route:
    """A route to which many strangers bring something at once (POST only), with the same guard.

    It is for programs, which have no session; so nothing is looked up before `take`.
    """
    entry = sessions.ENTRY[path]["POST"]

    async def enter(http: Request) -> Response:
        installation: Installation = http.app.state.installation
        now, real_now = installation.now(), http.app.state.real_now()
        request = PageRequest(http, installation, path, None, await _form(http), now, real_now)
        return _turned_away(request, entry) or await take(request)

    return Route(path, enter, methods=["POST"])


Visitors = Mapping[str, Visitor]  # by their cookies


class Guard:
    """Knows who comes: all who come while it looks are known by the next look, in one query.

    Whom it has just let in it knows without a look, until it is told to forget: at each ring of
    the bell, and once a second. As long as nobody tells it, it looks for each.
    """

    def __init__(self, installation: Installation, real_now: accounts.RealNow) -> None:
        self._installation = installation
        self._real_now = real_now
        self._known: dict[str, Visitor] | None = None
        self._asked: set[str] = set()
        self._next: asyncio.Future[Visitors] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def request(self, http: Request, route: str) -> PageRequest:
        """The visit of one who brings no form."""
        cookie = http.cookies.get(session_cookie(self._installation.settings), "")
        visitor = (self._known or {}).get(cookie) or (await self._look(cookie)).get(cookie)
        now, real_now = self._installation.now(), self._real_now()
        return PageRequest(http, self._installation, route, visitor, FormData(), now, real_now)

    def forget(self) -> None:
        """Something may have changed; what a look now under way will see is not kept."""
        self._known = {}

    async def _look(self, cookie: str) -> Visitors:
        self._asked.add(cookie)
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_for_all())
        return await asyncio.shield(self._next)

    async def _look_for_all(self) -> None:
        while self._next is not None:
            asked, self._next = self._next, None
            cookies, self._asked = self._asked, set()
            known = self._known
            try:
                found = await run_in_threadpool(
                    sessions.visitors_of, self._installation, cookies, real_now=self._real_now()
                )
            except Exception as error:  # noqa: BLE001 - each who asked raises it
                asked.set_exception(error)
            else:
                asked.set_result(found)
                if known is not None:
                    known.update(found)
        self._looking = None


async def _form(http: Request) -> FormData:
    """What was typed, as our pages send it; a part with a charset of its own is none of them."""
    if http.headers.get("content-type", "").lower().startswith("multipart/"):
        raise RefusedError(400)
    return await http.form(max_files=0, max_fields=FIELDS_AT_MOST)


def _let_in(http: Request, route: str, entry: sessions.Who, form: FormData, act: Act) -> Response:
    request = _page_request(http, route, form)
    if request.visitor is not None and request.visitor.role is not Role.OPERATOR:
        request = replace(request, opened=_opened(request.installation))
    return _turned_away(request, entry) or act(request)


def _page_request(http: Request, route: str, form: FormData) -> PageRequest:
    installation: Installation = http.app.state.installation
    real_now = http.app.state.real_now()
    cookie = http.cookies.get(session_cookie(installation.settings))
    visitor = sessions.visitor_of(installation, cookie, real_now=real_now) if cookie else None
    return PageRequest(http, installation, route, visitor, form, installation.now(), real_now)


def _opened(installation: Installation) -> tuple[Kind, str] | None:
    """The kind and reference of what is open, a real one first; read before the page reads."""
    query = (
        select(Situation.kind, Situation.reference)
        .join(Situation.activations)
        .where(Activation.state.not_in(ACTIVATION_ENDS))
        .order_by(Situation.kind.desc(), Situation.id.desc())
        .limit(1)
    )
    with installation.database.reading() as session:
        row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def _turned_away(request: PageRequest, entry: sessions.Who) -> Response | None:
    """Why this visit ends here: a stranger, the wrong role, a form from elsewhere; else None."""
    role = request.visitor.role if request.visitor else None
    if role not in entry:
        return _wrong_role(request)
    _check_broken_glass(request)
    if request.http.method == "POST" and request.route not in sessions.SIGNED_BY_THE_PROVIDER:
        _check_origin(request)
    return None


def _wrong_role(request: PageRequest) -> Response:
    if request.visitor is not None:
        sessions.note_refusal(request.installation, request.visitor, request.route, reason="role")
        raise RefusedError(
            403,
            "This page is not for your role.",
            "If you need it, ask the secretariat's duty officer.",
        )
    if request.http.method == "POST":
        raise SignedOutError(request, is_ours=_is_from_our_page(request))
    return RedirectResponse(f"{SIGN_IN}?next={request.http.url.path}", status_code=303)


def _check_broken_glass(request: PageRequest) -> None:
    """A session that the sealed halves opened can trigger and withdraw, and nothing else."""
    who = request.visitor
    if who is None or who.method != sessions.BREAK_GLASS:
        return
    if request.route not in sessions.OPENED_BY_BREAK_GLASS:
        sessions.note_refusal(request.installation, who, request.route, reason="break-glass")
        raise RefusedError(
            403,
            "Break-glass opens the trigger and the withdrawal alone.",
            "For everything else sign in by an account.",
            link=("/", "Go to the board"),
        )


def _is_from_our_page(request: PageRequest) -> bool:
    return sessions.is_from_our_page(
        request.http.headers,
        origins=frozenset({_origin(request.settings.public_url), _origin(str(request.http.url))}),
        token=request.typed("form_token"),
        expected=request.form_token,
    )


def _check_origin(request: PageRequest) -> None:
    if _is_from_our_page(request):
        return
    if request.visitor is not None:
        sessions.note_refusal(request.installation, request.visitor, request.route, reason="form")
    raise RefusedError(
        403,
        "This form did not come from a page of ours, or its page was too old.",
        "Open the page again and repeat what you did.",
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def session_cookie(settings: Settings) -> str:
    """The cookie's name: the `__Host-` prefix needs HTTPS."""
    return "__Host-cm" if is_https(settings) else "cm"


def with_session(response: Response, settings: Settings, secret: str) -> Response:
    """The response, with the cookie of a session."""
    response.set_cookie(
        session_cookie(settings),
        secret,
        max_age=int(sessions.ABSOLUTE.total_seconds()),
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
    )
    return response


def is_https(settings: Settings) -> bool:
    """Whether the public address is encrypted; cookies and HSTS follow it."""
    return settings.public_url.startswith("https:")
