"""What does every response carry, and how much may a request bring?

Plain ASGI around everything, so that a stream is not held back and an error is dressed too.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.body_limit import RequestBodyLimitResponder
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from validation import whole_number

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
HSTS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
NEVER_KEPT: Final = (b"cache-control", b"no-store")
ASKED_AGAIN: Final = (b"cache-control", b"no-cache")

FORM_BYTES: Final = 64 * 1024
WEBHOOK_BYTES: Final = 1024 * 1024
WEBHOOKS: Final = ("/hook/", "/twilio/")
OWN_LIMIT: Final = "/mail/"  # its door measures by itself, and tells a person
STATIC: Final = "/static/"
BODILESS: Final = frozenset({"GET", "HEAD"})  # whatever is sent along, nobody reads it

Pair = tuple[bytes, bytes]


def dressed(own: Iterable[Pair], path: str, *, https: bool) -> list[Pair]:
    """A response's own headers and what every one carries; a page is kept by no browser or proxy.

    In bytes, as they go over the wire: two hundred who watch a board ask at one moment.
    """
    put = [*SECURITY, *([HSTS] if https else [])]
    if not path.startswith(STATIC):
        put.append(NEVER_KEPT)
    elif not any(name == ASKED_AGAIN[0] for name, _ in own):
        put.append(ASKED_AGAIN)
    names = {name for name, _ in put}
    return [*(pair for pair in own if pair[0] not in names), *put]


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

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                message["headers"] = dressed(own, scope["path"], https=self._https)
            await send(message)

        await self._limited(scope, receive, send_dressed)

    def _limited(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["path"].startswith(OWN_LIMIT):
            return self._app(scope, receive, send)
        limit = WEBHOOK_BYTES if scope["path"].startswith(WEBHOOKS) else FORM_BYTES
        if _declared(scope) > limit:
            return self._too_large(Request(scope))(scope, receive, send)
        if scope["method"] in BODILESS:
            return self._app(scope, receive, send)
        return RequestBodyLimitResponder(self._app, limit)(scope, receive, send)


def _declared(scope: Scope) -> int:
    return whole_number(Headers(scope=scope).get("content-length", "")) or 0
