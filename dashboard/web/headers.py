"""What does every response carry, and how much may a request bring?

Plain ASGI, so that a stream is not held back and an error carries the headers too.
"""

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
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

STATIC_PATH: Final = "/static"
BODILESS: Final = frozenset({"GET", "HEAD"})  # whatever is sent along, nobody reads it

Pair = tuple[bytes, bytes]


def with_security(own: Iterable[Pair], path: str, *, https: bool) -> list[Pair]:
    """A response's own headers and what every one carries; a page is kept by no browser or proxy.

    In bytes, as they go over the wire: two hundred who watch a board ask at one moment.
    """
    put = [*SECURITY, *([HSTS] if https else [])]
    if not path.startswith(f"{STATIC_PATH}/"):
        put.append(NEVER_KEPT)
    elif not any(name == ASKED_AGAIN[0] for name, _ in own):
        put.append(ASKED_AGAIN)
    names = {name for name, _ in put}
    return [*(pair for pair in own if pair[0] not in names), *put]


class SecurityHeaders:
    """Every response with its headers, an error too."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add them to what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_security(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                message["headers"] = with_security(own, scope["path"], https=self._https)
            await send(message)

        await self._app(scope, receive, send_with_security)


class BodyLimit:
    """No body larger than its page takes; what says beforehand that it is larger is not read."""

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        self._app = app
        self._limited = RequestBodyLimitMiddleware(app, largest)
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is small enough; HTTPException otherwise."""
        if _declared(scope) > self._largest:
            raise HTTPException(413)
        app = self._app if scope["method"] in BODILESS else self._limited
        await app(scope, receive, send)


def _declared(scope: Scope) -> int:
    return whole_number(Headers(scope=scope).get("content-length", "")) or 0
