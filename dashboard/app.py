"""Which addresses does this installation answer, and what runs them?

The routes are a list, in sections; the guard before each is `dashboard.web.request`, the rules of
entry are `dashboard.web.sessions`.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from os import PathLike, stat_result
from typing import Final

import uvicorn
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from convening.accounts import RealNow, real_now
from dashboard import exercises, kannel, playbooks, replies, review, voice, webhooks
from dashboard.accounts import admin, break_glass, my_account, reauthenticate, sign_in, sso
from dashboard.directory import contact_sheet, edit, members, reachability
from dashboard.meetings import meeting, record, time_poll
from dashboard.member import pages
from dashboard.situations import board_page, calls, concurrence, csv_export, home, new, texts
from dashboard.web import errors, form_checks, form_rescue, headers, live, preload, render_cache
from dashboard.web.errors import RefusedError
from dashboard.web.layout import STATIC, refusal_page
from dashboard.web.request import Guard, Page, SignedOutError, is_https, route_of
from store.installation import Installation

PAGES: Final[list[Page]] = [
    # the way in and out
    *sign_in.ROUTES,
    *my_account.ROUTES,
    *admin.ROUTES,
    *sso.ROUTES,
    *break_glass.ROUTES,
    *reauthenticate.ROUTES,
    # the desk
    *home.ROUTES,
    *board_page.ROUTES,
    *concurrence.ROUTES,
    *texts.ROUTES,
    *csv_export.ROUTES,
    *new.ROUTES,
    *calls.ROUTES,
    *replies.ROUTES,
    *contact_sheet.ROUTES,
    *members.ROUTES,
    *edit.ROUTES,
    *reachability.ROUTES,
    *playbooks.ROUTES,
    *exercises.ROUTES,
    # the meeting
    *meeting.ROUTES,
    *record.ROUTES,
    *time_poll.ROUTES,
    # focal points and providers
    *pages.ROUTES,
    *webhooks.ROUTES,
    *voice.ROUTES,
    *kannel.ROUTES,
    # auditors
    *review.ROUTES,
]


class KeptFiles(StaticFiles):
    """Static files; one that is asked for by its content's hash never changes."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        if scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class Packing(GZipMiddleware):
    """Packs every page but those that are packed already, once for all who ask."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a board and its stream pass as they are."""
        if scope["type"] == "http" and scope["path"].endswith(render_cache.PACKED):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def routes() -> list[BaseRoute]:
    """Every route with its guard."""
    return [
        *live.STREAMS,  # what is asked for most is looked for first
        *webhooks.TEXT_ROUTES,
        *board_page.FRAGMENTS,
        *(route_of(_guarded(page)) for page in PAGES),
        *webhooks.MAIL_ROUTES,
        Mount("/static", KeptFiles(directory=STATIC), name="static"),
    ]


def _guarded(page: Page) -> Page:
    """What was typed is looked at first, then proved, and kept where it cannot be written down."""
    return form_rescue.guarded(form_checks.guarded(reauthenticate.guarded(page)))


def create_app(installation: Installation, *, real_now: RealNow = real_now) -> Starlette:
    """The web application of one installation."""
    https = is_https(installation.settings)
    app = Starlette(
        routes=routes(),
        middleware=[
            Middleware(headers.Dressed, https=https, too_large=_too_large),
            Middleware(Packing, minimum_size=1000, compresslevel=6),
        ],
        exception_handlers={
            RefusedError: _refused,
            SignedOutError: _signed_out,
            HTTPException: _http_refused,
            DBAPIError: _unwritten,
            Exception: _broken,
        },
        lifespan=_alive,
    )
    app.state.installation = installation
    app.state.real_now = real_now
    app.state.render_cache = render_cache.RenderCache()
    app.state.guard = Guard(installation, real_now)
    app.state.change_watcher = live.ChangeWatcher(installation, real_now, app.state.guard)
    app.state.doors = webhooks.Doors(installation)
    return app


def run_web(installation: Installation) -> None:
    """Serve until told to stop; open boards are let go at once, so that stopping takes a second."""
    web_server(create_app(installation)).run()


def web_server(app: Starlette) -> uvicorn.Server:
    """The server for an application, where its settings say."""
    settings = app.state.installation.settings
    return _Server(
        app.state.change_watcher,
        uvicorn.Config(
            app,
            host=settings.web_host,
            port=settings.web_port,
            access_log=False,  # its lines would hold the tokens of links
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
            server_header=False,
            timeout_graceful_shutdown=1,
            log_config=None,
        ),
    )


class _Server(uvicorn.Server):
    """A server that ends its streams before it waits for them."""

    def __init__(self, change_watcher: live.ChangeWatcher, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._change_watcher = change_watcher

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the watchers go, then everybody else."""
        self._change_watcher.end()
        await super().shutdown(sockets)


@contextlib.asynccontextmanager
async def _alive(app: Starlette) -> AsyncIterator[None]:
    """While the application runs, the ledger is looked at, and the doors for mail are open."""
    beside = asyncio.gather(app.state.change_watcher.run(), preload.preload())
    try:
        app.state.doors.open()
        yield
    finally:
        app.state.doors.close()
        beside.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beside


def _refused(http: Request, error: Exception) -> Response:
    """A page of ours has refused."""
    if not isinstance(error, RefusedError):
        raise error
    errors.note(error, route=_route(http))
    return refusal_page(http, error)


def _signed_out(http: Request, error: Exception) -> Response:
    """A form came too late: the way in keeps it, where it is one of ours."""
    if not isinstance(error, SignedOutError) or not error.is_ours:
        return _refused(http, error)
    errors.note(error, route=_route(http))
    return sign_in.sign_in_again(error.request)


def _http_refused(http: Request, error: Exception) -> Response:
    """The web layer has refused: no such page, no such method, too large."""
    if not isinstance(error, HTTPException):
        raise error
    refusal = errors.refusal_of(error.status_code)
    errors.note(refusal, route=_route(http))
    response = refusal_page(http, refusal)
    response.headers.update(error.headers or {})
    return response


def _unwritten(http: Request, error: Exception) -> Response:
    """The database refuses by its state, where no form is to be kept."""
    if not isinstance(error, DBAPIError):
        raise error
    return _refused(http, form_rescue.refusal_of(error))


def _broken(http: Request, _error: Exception) -> Response:
    """A fault of ours: it is dressed here, since it leaves by a door outside the middleware."""
    response = _refused(http, errors.refusal_of(500))
    https = is_https(http.app.state.installation.settings)
    response.raw_headers = headers.dressed(response.raw_headers, http.url.path, https=https)
    return response


def _too_large(http: Request) -> Response:
    return _refused(http, errors.refusal_of(413))


def _route(http: Request) -> str:
    """The route's pattern, never the path itself: a path may hold a token."""
    return str(getattr(http.scope.get("route"), "path", "no route"))
