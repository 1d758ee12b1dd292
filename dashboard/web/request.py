"""What does a page hold when somebody comes: the house, the visitor, the form, the time?

A `Page` is one route: what it shows (GET) and what it takes (POST), as plain functions of a
`Visit`. The guard stands before each: it asks `access.ENTRY`, reads the form, and refuses a POST
that no page of ours has sent.
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
from store.installation import House
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
class Visit:
    """One request, checked at the door."""

    request: Request
    house: House
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
        return self.house.settings

    @property
    def address(self) -> str:
        """Where the request comes from; personal data."""
        return self.request.client.host if self.request.client else ""

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
        return str(self.request.path_params[name])

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
        return self.request.query_params.get(name, "")

    @property
    def _binding(self) -> str:
        if self.visitor is not None:
            return self.visitor.serial
        return self.request.cookies.get(FORM_COOKIE) or self.request.url.path


class SignedOutError(RefusedError):
    """A form came from somebody whose session has ended; one of ours can be kept for her."""

    def __init__(self, visit: Visit, *, is_ours: bool) -> None:
        super().__init__(
            403,
            "You are signed out.",
            "Sign in again, then go back and repeat what you did.",
            link=(SIGN_IN, "Sign in"),
        )
        self.visit = visit
        self.is_ours = is_ours


Act = Callable[[Visit], Response]


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

    async def enter(request: Request) -> Response:
        method = "POST" if request.method == "POST" else "GET"
        act = acts[method]
        if act is None:
            raise LookupError(f"{page.path} does not answer {method}")
        form = await _form(request) if method == "POST" else FormData()
        return await run_in_threadpool(_let_in, request, page.path, entry[method], form, act)

    return Route(page.path, enter, methods=page.methods)


def asked_often(path: str, show: Callable[[Visit], Awaitable[Response]]) -> Route:
    """A route that many ask for at once or that stays open (GET only), with the same guard."""
    entry = sessions.ENTRY[path]["GET"]

    async def enter(request: Request) -> Response:
        porter: Porter = request.app.state.porter
        visit = await porter.visit(request, path)
        if request.method == "HEAD":
            return Response()
        return _turned_away(visit, entry) or await show(visit)

    return Route(path, enter, methods=["GET"])


def brought_often(path: str, take: Callable[[Visit], Awaitable[Response]]) -> Route:
    """A route to which many strangers bring something at once (POST only), with the same guard.

    It is for programs, which have no session; so nothing is looked up before `take`.
    """
    entry = sessions.ENTRY[path]["POST"]

    async def enter(request: Request) -> Response:
        house: House = request.app.state.house
        now, real_now = house.now(), request.app.state.real_now()
        visit = Visit(request, house, path, None, await _form(request), now, real_now)
        return _turned_away(visit, entry) or await take(visit)

    return Route(path, enter, methods=["POST"])


Visitors = Mapping[str, Visitor]  # by their cookies


class Porter:
    """Knows who comes: all who come while it looks are known by the next look, in one query.

    Whom it has just let in it knows without a look, until it is told to forget: at each ring of
    the bell, and once a second. As long as nobody tells it, it looks for each.
    """

    def __init__(self, house: House, real_now: accounts.RealNow) -> None:
        self._house = house
        self._real_now = real_now
        self._known: dict[str, Visitor] | None = None
        self._asked: set[str] = set()
        self._next: asyncio.Future[Visitors] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def visit(self, request: Request, route: str) -> Visit:
        """The visit of one who brings no form."""
        cookie = request.cookies.get(session_cookie(self._house.settings), "")
        visitor = (self._known or {}).get(cookie) or (await self._look(cookie)).get(cookie)
        now, real_now = self._house.now(), self._real_now()
        return Visit(request, self._house, route, visitor, FormData(), now, real_now)

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
                    sessions.visitors_of, self._house, cookies, real_now=self._real_now()
                )
            except Exception as error:  # noqa: BLE001 - each who asked raises it
                asked.set_exception(error)
            else:
                asked.set_result(found)
                if known is not None:
                    known.update(found)
        self._looking = None


async def _form(request: Request) -> FormData:
    """What was typed, as our pages send it; a part with a charset of its own is none of them."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise RefusedError(400)
    return await request.form(max_files=0, max_fields=FIELDS_AT_MOST)


def _let_in(
    request: Request, route: str, entry: sessions.Who, form: FormData, act: Act
) -> Response:
    visit = _visit(request, route, form)
    if visit.visitor is not None and visit.visitor.role is not Role.OPERATOR:
        visit = replace(visit, opened=_opened(visit.house))
    return _turned_away(visit, entry) or act(visit)


def _visit(request: Request, route: str, form: FormData) -> Visit:
    house: House = request.app.state.house
    real_now = request.app.state.real_now()
    cookie = request.cookies.get(session_cookie(house.settings))
    visitor = sessions.visitor_of(house, cookie, real_now=real_now) if cookie else None
    return Visit(request, house, route, visitor, form, house.now(), real_now)


def _opened(house: House) -> tuple[Kind, str] | None:
    """The kind and reference of what is open, a real one first; read before the page reads."""
    query = (
        select(Situation.kind, Situation.reference)
        .join(Situation.activations)
        .where(Activation.state.not_in(ACTIVATION_ENDS))
        .order_by(Situation.kind.desc(), Situation.id.desc())
        .limit(1)
    )
    with house.database.reading() as session:
        row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def _turned_away(visit: Visit, entry: sessions.Who) -> Response | None:
    """Why this visit ends here: a stranger, the wrong role, a form from elsewhere; else None."""
    role = visit.visitor.role if visit.visitor else None
    if role not in entry:
        return _wrong_role(visit)
    _check_broken_glass(visit)
    if visit.request.method == "POST" and visit.route not in sessions.SIGNED_BY_THE_PROVIDER:
        _check_origin(visit)
    return None


def _wrong_role(visit: Visit) -> Response:
    if visit.visitor is not None:
        sessions.note_refusal(visit.house, visit.visitor, visit.route, reason="role")
        raise RefusedError(
            403,
            "This page is not for your role.",
            "If you need it, ask the secretariat's duty officer.",
        )
    if visit.request.method == "POST":
        raise SignedOutError(visit, is_ours=_is_from_our_page(visit))
    return RedirectResponse(f"{SIGN_IN}?next={visit.request.url.path}", status_code=303)


def _check_broken_glass(visit: Visit) -> None:
    """A session that the sealed halves opened can trigger and withdraw, and nothing else."""
    who = visit.visitor
    if who is None or who.method != sessions.BREAK_GLASS:
        return
    if visit.route not in sessions.OPENED_BY_BREAK_GLASS:
        sessions.note_refusal(visit.house, who, visit.route, reason="break-glass")
        raise RefusedError(
            403,
            "Break-glass opens the trigger and the withdrawal alone.",
            "For everything else sign in by an account.",
            link=("/", "Go to the board"),
        )


def _is_from_our_page(visit: Visit) -> bool:
    return sessions.is_from_our_page(
        visit.request.headers,
        origins=frozenset({_origin(visit.settings.public_url), _origin(str(visit.request.url))}),
        token=visit.typed("form_token"),
        expected=visit.form_token,
    )


def _check_origin(visit: Visit) -> None:
    if _is_from_our_page(visit):
        return
    if visit.visitor is not None:
        sessions.note_refusal(visit.house, visit.visitor, visit.route, reason="form")
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
