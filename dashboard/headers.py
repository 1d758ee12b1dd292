"""What does every response carry, and how much may a request bring?

Plain ASGI around everything, so that a stream is not held back and an error is dressed too.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitResponder
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake import whole_number

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS: Final = "max-age=31536000; includeSubDomains"

FORM_BYTES: Final = 64 * 1024
WEBHOOK_BYTES: Final = 1024 * 1024
WEBHOOKS: Final = "/twilio/"
OWN_LIMIT: Final = "/mail/"  # its door measures by itself, and tells a person
STATIC: Final = "/static/"


def dress(headers: MutableHeaders, path: str, *, https: bool) -> None:
    """Put what every response carries; a page is never kept by a browser or a proxy."""
    headers.update(SECURITY)
    if https:
        headers["Strict-Transport-Security"] = HSTS
    if not path.startswith(STATIC):
        headers["Cache-Control"] = "no-store"
    elif "cache-control" not in headers:
        headers["Cache-Control"] = "no-cache"


class Dressed:
    """Every response with its headers, and no body larger than its route takes."""

    def __init__(
        self, app: ASGIApp, *, https: bool, too_large: Callable[[Request], Response]
    ) -> None:
        self._app = app
        self._https = https
        self._too_large = too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and dress what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                dress(MutableHeaders(scope=message), scope["path"], https=self._https)
            await send(message)

        await self._limited(scope, receive, dressed)

    def _limited(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["path"].startswith(OWN_LIMIT):
            return self._app(scope, receive, send)
        limit = WEBHOOK_BYTES if scope["path"].startswith(WEBHOOKS) else FORM_BYTES
        if _declared(scope) > limit:
            return self._too_large(Request(scope))(scope, receive, send)
        return RequestBodyLimitResponder(self._app, limit)(scope, receive, send)


def _declared(scope: Scope) -> int:
    return whole_number(Headers(scope=scope).get("content-length", "")) or 0
