"""Who comes, and may she enter: the guard that stands before every page?

It reads what the `Page` says: it knows the visitor by her cookie, reads the form, and turns away
the wrong role, a break-glass session, and a POST that no page of ours has sent.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.convertors import IntegerConvertor, StringConvertor, register_url_convertor
from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.web import sessions
from dashboard.web.errors import RefusedError
from dashboard.web.headers import BodyLimit
from dashboard.web.links import Link
from dashboard.web.page import AsyncAct, Page, PageAct, PageRequest, path_of, see_other
from dashboard.web.sessions import Visitor, session_cookie
from mechanism.lifecycle import ACTIVATION_ENDS
from mechanism.vocabulary import Kind, Role
from store.clock import RealNow
from store.installation import Installation
from store.tables import Activation, Situation

FIELDS_AT_MOST: Final = 500
COMPRESSED: Final = Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)


class _Number(IntegerConvertor):
    """A number in an address, if it is one that a database can look for."""

    regex = "[0-9]{1,18}"


class _Name(StringConvertor):
    """A name in an address, if it is one that a database can look for."""

    regex = "[^/\0]+"


register_url_convertor("int", _Number())
register_url_convertor("str", _Name())


class SignedOutError(RefusedError):
    """A form came from somebody whose session has ended; one of ours can be kept for her."""

    def __init__(self, request: PageRequest, *, is_ours: bool) -> None:
        super().__init__(
            403,
            "You are signed out.",
            "Sign in again, then go back and repeat what you did.",
            link=Link("sign_in", "Sign in"),
        )
        self.request = request
        self.is_ours = is_ours


def route_of(page: Page) -> Route:
    """The route of a page, with its guard."""

    async def enter(http: Request) -> Response:
        act = page.act_for(http.method)
        if isinstance(act, AsyncAct):
            return await _let_in_async(http, page, act)
        form = await _form(http) if http.method == "POST" else FormData()
        return await run_in_threadpool(_let_in, http, page, form, act)

    middleware = [] if page.compresses else [COMPRESSED]
    if page.largest_body is not None:
        middleware.append(Middleware(BodyLimit, largest=page.largest_body))
    return Route(page.path, enter, methods=page.methods, middleware=middleware)


Visitors = Mapping[str, Visitor]  # by their cookies


class Guard:
    """Knows who comes: all who come while it looks are known by the next look, in one query.

    Whom it has just let in it knows without a look, until it is told to forget: at each ring of
    the bell, and once a second. As long as nobody tells it, it looks for each.
    """

    def __init__(self, installation: Installation, real_now: RealNow) -> None:
        self._installation = installation
        self._real_now = real_now
        self._known: dict[str, Visitor] | None = None
        self._asked: set[str] = set()
        self._next: asyncio.Future[Visitors] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def visitor(self, http: Request) -> Visitor | None:
        """Who holds this request's cookie; None where nobody who may be here does."""
        cookie = http.cookies.get(session_cookie(self._installation.settings), "")
        return (self._known or {}).get(cookie) or (await self._look(cookie)).get(cookie)

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


def _let_in(http: Request, page: Page, form: FormData, act: PageAct) -> Response:
    request = _page_request(http, page, form, visitor=_visitor(http, page))
    if request.visitor is not None and request.visitor.role is not Role.OPERATOR:
        request = replace(request, opened=_opened(request.installation))
    return _turned_away(request) or act(request)


async def _let_in_async(http: Request, page: Page, act: AsyncAct) -> Response:
    """As many as come at one moment: no thread is held, and they are known in one look."""
    guard: Guard = http.app.state.guard
    visitor = None if page.signed_by else await guard.visitor(http)
    if http.method == "HEAD":
        return Response()
    has_form = http.method == "POST" and not page.reads_body
    form = await _form(http) if has_form else FormData()
    request = _page_request(http, page, form, visitor=visitor)
    return _turned_away(request) or await act.act(request)


def _visitor(http: Request, page: Page) -> Visitor | None:
    """Who comes; a provider's program has no session, so nothing is looked up for it."""
    installation: Installation = http.app.state.installation
    cookie = http.cookies.get(session_cookie(installation.settings))
    if page.signed_by or not cookie:
        return None
    return sessions.visitor_of(installation, cookie, real_now=http.app.state.real_now())


def _page_request(
    http: Request, page: Page, form: FormData, *, visitor: Visitor | None
) -> PageRequest:
    installation: Installation = http.app.state.installation
    now, real_now = installation.now(), http.app.state.real_now()
    return PageRequest(http, installation, page, visitor, form, now, real_now)


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


def _turned_away(request: PageRequest) -> Response | None:
    """Why this visit ends here: a stranger, the wrong role, a form from elsewhere; else None."""
    role = request.visitor.role if request.visitor else None
    if role not in request.page.entry(request.http.method):
        return _wrong_role(request)
    _check_broken_glass(request)
    if request.http.method == "POST" and not request.page.signed_by:
        _check_origin(request)
    return None


def _wrong_role(request: PageRequest) -> Response:
    if request.visitor is not None:
        _note_refusal(request, request.visitor, reason="role")
        raise RefusedError(
            403,
            "This page is not for your role.",
            "If you need it, ask the secretariat's duty officer.",
        )
    if request.http.method == "POST":
        raise SignedOutError(request, is_ours=_is_from_our_page(request))
    return see_other(path_of(request.http, "sign_in"), next=request.http.url.path)


def _check_broken_glass(request: PageRequest) -> None:
    """A session that the sealed halves opened can trigger and withdraw, and nothing else."""
    who = request.visitor
    if who is None or who.method != sessions.BREAK_GLASS:
        return
    if not request.page.opened_by_break_glass:
        _note_refusal(request, who, reason="break-glass")
        raise RefusedError(
            403,
            "Break-glass opens the trigger and the withdrawal alone.",
            "For everything else sign in by an account.",
            link=Link("start", "Go to the board"),
        )


def _note_refusal(request: PageRequest, visitor: Visitor, *, reason: str) -> None:
    sessions.note_refusal(request.installation, visitor, request.page.path, reason=reason)


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
        _note_refusal(request, request.visitor, reason="form")
    raise RefusedError(
        403,
        "This form did not come from a page of ours, or its page was too old.",
        "Open the page again and repeat what you did.",
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
