"""Which addresses does this installation answer, and what runs them?

The pages are a list; what is true of each stands in its `Page`, and the guard before each is
`dashboard.web.guard`. A new page is its module, its template, its test and one line here.
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
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from convening.accounts import real_now
from convening.standstill import versions_of
from dashboard import doors, exercises, playbooks, replies, review, webhooks
from dashboard.accounts import admin, break_glass, my_account, reauthenticate, sign_in, sso
from dashboard.directory import contact_sheet, edit, members, reachability
from dashboard.meetings import meeting, record, time_poll
from dashboard.member import pages
from dashboard.situations import board_page, calls, concurrence, csv_export, home, new, texts
from dashboard.web import errors, form_checks, form_rescue, headers, live, preload, render_cache
from dashboard.web.errors import RefusedError
from dashboard.web.guard import COMPRESSED, Guard, SignedOutError, route_of
from dashboard.web.headers import STATIC_PATH
from dashboard.web.layout import STATIC, refusal_page
from dashboard.web.page import Page, by_name
from dashboard.web.sessions import is_https
from notifications import registry
from store.clock import RealNow
from store.installation import Installation

PAGES: Final = (
    # what many ask for at one moment is looked for first
    board_page.STREAM,
    webhooks.TWILIO_TEXT,
    board_page.FRAGMENT,
    # the way in and out
    sign_in.SIGN_IN,
    sign_in.CODE,
    sign_in.PASSKEY_QUESTION,
    sign_in.PASSKEY,
    sign_in.LINK,
    sign_in.SIGN_OUT,
    sso.BEGIN,
    sso.BACK,
    break_glass.BREAK_GLASS,
    reauthenticate.QUESTION,
    # one's own account
    my_account.ACCOUNT,
    my_account.PASSWORD,
    my_account.SESSIONS,
    my_account.NEW_PASSKEY,
    my_account.PASSKEYS,
    my_account.PASSKEY_END,
    my_account.NEW_APP,
    my_account.APP,
    my_account.CODES,
    # the desk
    home.HOME,
    new.NEW,
    new.DRAFT,
    new.CHECK,
    board_page.BOARD,
    csv_export.MEMBERS,
    concurrence.AGREE,
    concurrence.OBJECT,
    concurrence.RESUME,
    texts.TEXT,
    texts.CLOSE,
    texts.SUSPEND,
    calls.CALL_SHEET,
    calls.CALL,
    calls.NUMBERS,
    calls.LINKS,
    calls.SEEN_TO,
    replies.REPLIES,
    replies.REPLY,
    contact_sheet.SITUATION_SHEET,
    contact_sheet.DIRECTORY_SHEET,
    members.DIRECTORY,
    members.MEMBER,
    members.UNCOVER,
    edit.EDIT,
    reachability.REACHABILITY,
    playbooks.PLAYBOOKS,
    playbooks.PLAYBOOK,
    exercises.EXERCISES,
    exercises.EXERCISE,
    # the meeting
    meeting.MEETING,
    time_poll.TIMES,
    record.RECORD,
    record.ADOPTION,
    record.DOCUMENT,
    # focal points and providers
    pages.LINK,
    pages.CONCURRENCE,
    webhooks.TWILIO_STATUS,
    webhooks.TWILIO_CALL,
    webhooks.TWILIO_KEY,
    webhooks.TWILIO_CALL_STATUS,
    webhooks.KANNEL_STATUS,
    webhooks.KANNEL_TEXT,
    webhooks.STATUS,
    webhooks.TEXT,
    webhooks.MAIL,
    webhooks.MAIL_WITH_KEY,
    # auditors and operators
    review.REVIEW,
    review.SITUATION,
    review.EVENT,
    review.EVIDENCE,
    admin.ACCOUNTS,
    admin.ACCOUNT,
)
"""Every page there is. A route is looked for from above: what names less stands below."""


class HashedStaticFiles(StaticFiles):
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


def routes() -> list[BaseRoute]:
    """Every route with its guard."""
    static = HashedStaticFiles(directory=STATIC)
    return [
        *(route_of(_guarded(page)) for page in PAGES),
        Mount(STATIC_PATH, static, name="static", middleware=[COMPRESSED]),
    ]


def _guarded(page: Page) -> Page:
    """What was typed is looked at first, then proved, and kept where it cannot be written down."""
    return form_rescue.guarded(form_checks.guarded(reauthenticate.guarded(page)))


def create_app(installation: Installation, *, real_now: RealNow = real_now) -> Starlette:
    """The web application of one installation."""
    https = is_https(installation.settings)
    app = Starlette(
        routes=routes(),
        middleware=[Middleware(headers.SecurityHeaders, https=https)],
        exception_handlers={
            RefusedError: _refused,
            SignedOutError: _signed_out,
            HTTPException: _http_refused,
            DBAPIError: _not_written,
            Exception: _failed,
        },
        lifespan=_lifespan,
    )
    app.state.installation = installation
    app.state.real_now = real_now
    app.state.render_cache = render_cache.RenderCache()
    app.state.guard = Guard(installation, real_now)
    app.state.pages_by_name = by_name(PAGES)
    app.state.menu = [page for page in PAGES if page.menu is not None]
    app.state.change_watcher = live.ChangeWatcher(
        installation,
        real_now,
        app.state.guard,
        versions=versions_of,
    )
    app.state.identity_providers = {}  # what each publishes of itself, once it was asked
    app.state.doors = doors.Doors(installation)
    return app


def run_web(installation: Installation) -> None:
    """Serve until told to stop; open boards are let go at once, so that stopping takes a second."""
    web_server(create_app(installation)).run()


def web_server(app: Starlette) -> uvicorn.Server:
    """The server for an application, where its settings say."""
    settings = app.state.installation.settings
    return _StreamEndingServer(
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


class _StreamEndingServer(uvicorn.Server):
    """A server that ends its streams before it waits for them."""

    def __init__(self, change_watcher: live.ChangeWatcher, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._change_watcher = change_watcher

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the watchers go, then everybody else."""
        self._change_watcher.end()
        await super().shutdown(sockets)


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """While the application runs, the ledger is looked at, and the doors for mail are open."""
    settings = app.state.installation.settings
    soon = (*registry.hook_modules(settings), *preload.SOON)
    beside = asyncio.gather(app.state.change_watcher.run(), preload.preload(soon))
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


def _not_written(http: Request, error: Exception) -> Response:
    """The database refuses by its state, where no form is to be kept."""
    if not isinstance(error, DBAPIError):
        raise error
    return _refused(http, form_rescue.refusal_of(error))


def _failed(http: Request, _error: Exception) -> Response:
    """A fault of ours: it gets its headers here, since it leaves outside the middleware."""
    response = _refused(http, errors.refusal_of(500))
    https = is_https(http.app.state.installation.settings)
    response.raw_headers = headers.with_security(response.raw_headers, http.url.path, https=https)
    return response


def _route(http: Request) -> str:
    """The route's pattern, never the path itself: a path may hold a token."""
    return str(getattr(http.scope.get("route"), "path", "no route"))
