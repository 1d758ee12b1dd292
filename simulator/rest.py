"""What have all resources of Twilio's API in common: sign-in, errors, dates, pages, parameters?

After the public description of the API, which names the answers of success alone; the errors are
from the provider's list of them.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web

API_VERSION: Final = "2010-04-01"
_PAGE_SIZE: Final = 50
_LARGEST_PAGE: Final = 1000
_INVALID: Final = 20001
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Error(NamedTuple):
    """One of Twilio's errors."""

    status: int
    code: int
    message: str


UNKNOWN_ACCOUNT = Error(401, 20003, "Authenticate")
NOT_FOUND = Error(404, 20404, "The requested resource was not found")
BUSY = Error(429, 20429, "Too many requests")
AWAY = Error(503, 20503, "Service unavailable")

Form = Mapping[str, str]
Allows = Callable[[str], bool]
Query = Mapping[str, str]


class SignIn:
    """Whoever asks must be the account, with its token, and must name it in the path."""

    def __init__(self, account_sid: str, auth_token: str) -> None:
        self.account_sid = account_sid
        self._header = aiohttp.encode_basic_auth(account_sid, auth_token)

    def knows(self, request: web.Request) -> bool:
        """True where both are right."""
        named = request.match_info["account"] == self.account_sid
        return named and request.headers.get("Authorization") == self._header


async def form_of(request: web.Request) -> dict[str, str]:
    """The fields of the form; of one that is there several times, the values in one line each."""
    fields: dict[str, str] = {}
    if request.content_type != "application/x-www-form-urlencoded":
        return fields
    for name, value in (await request.post()).items():
        if isinstance(value, str):
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    return fields


def error_response(error: Error, headers: Mapping[str, str] | None = None) -> web.Response:
    """The error as Twilio words it."""
    body = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    return web.json_response(body, status=error.status, headers=headers)


def cut(request: web.Request) -> web.Response:
    """Drop the connection; the response that is returned reaches nobody."""
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return web.Response()


def is_number(text: str) -> bool:
    """A telephone number; those of +999 are taken, they are what this is for."""
    return _NUMBER.fullmatch(text) is not None


def is_url(text: str) -> bool:
    """An absolute address of the web, with a host that has no underscore."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = host.isascii() and "_" not in host and not re.search(r"[\s\x00-\x1f]", text)
    return parts.scheme in {"http", "https"} and bool(host) and plain


def is_truth(text: str) -> bool:
    return text in {"true", "false"}


def never(_: str) -> bool:
    """Nothing at all: what this would ask for is not simulated, and must not seem to be done."""
    return False


def is_day(text: str) -> bool:
    """A date, or an instant of which the date counts."""
    try:
        return _DATE.match(text) is not None and bool(date.fromisoformat(text[:10]))
    except ValueError:
        return False


def is_price(text: str) -> bool:
    try:
        return 0 <= float(text) < float("inf")
    except ValueError:
        return False


def whole(low: int, high: int) -> Allows:
    """A whole number within these bounds."""
    return lambda text: _WHOLE.fullmatch(text) is not None and low <= int(text) <= high


def one_of(*words: str) -> Allows:
    return lambda text: text in words


def several(allows: Allows) -> Allows:
    """Each value of a field that may be there several times."""
    return lambda text: all(allows(one) for one in text.split("\n"))


def or_nothing(allows: Allows) -> Allows:
    """A check that lets an empty value pass."""
    return lambda text: not text or allows(text)


def sid(prefix: str) -> Allows:
    """An identifier of this kind."""
    return lambda text: re.fullmatch(prefix + "[0-9a-fA-F]{32}", text) is not None


PAGING: Final[Mapping[str, Allows]] = {
    "PageSize": whole(1, _LARGEST_PAGE),
    "Page": whole(0, 10**9),
}


def misfit(given: Form, allowed: Mapping[str, Allows]) -> Error | None:
    """The first parameter that holds what it may not."""
    for name, allows in allowed.items():
        if name in given and not allows(given[name]):
            return Error(400, _INVALID, f"Invalid parameter: {name}")
    return None


def rfc_2822(at: datetime | None) -> str | None:
    """An instant as the API writes it, always in UTC."""
    return format_datetime(at.astimezone(UTC)) if at else None


def is_between(day: str | None, query: Query, name: str) -> bool:
    """Whether a date fits `name`, `name<` and `name>` of the query; no date fits none of them."""
    exactly, since, until = (query.get(f"{name}{sign}", "")[:10] for sign in ("", ">", "<"))
    if day is None:
        return not (exactly or since or until)
    return (exactly or day) == day and (since or day) <= day <= (until or day)


def page(
    path: str, query: Query, fitting: Iterable[dict[str, object]], *, name: str
) -> dict[str, object]:
    """One page of a list, with the way to its neighbours."""
    every: Sequence[dict[str, object]] = list(fitting)
    size = int(query.get("PageSize") or _PAGE_SIZE)
    number = int(query.get("Page") or 0)
    shown = every[number * size : (number + 1) * size]
    is_last = (number + 1) * size >= len(every)

    def uri(number: int) -> str:
        return f"{path}?{urlencode({**query, 'PageSize': size, 'Page': number})}"

    return {
        name: shown,
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": max(number * size + len(shown) - 1, 0),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "next_page_uri": None if is_last else uri(number + 1),
        "previous_page_uri": uri(number - 1) if number else None,
    }


def ok(body: dict[str, object], status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.json_response(body, status=status)
