"""What does it mean for a send that its HTTP request broke, or was answered by a number alone?"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from notifications.provider import Refusal, Rejected, Unknown

CONNECT_SECONDS: Final = 5.0
BROKEN: Final = (aiohttp.ClientError, OSError)  # cut connections and time-outs
_SERVER_ERROR: Final = 500
_REQUEST_TIMEOUT: Final = 408  # an error of the caller by its number, and yet it says nothing


def limits(timeout: float) -> aiohttp.ClientTimeout:
    """The whole request within the time-out, and its connection sooner."""
    return aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, CONNECT_SECONDS))


def broken(error: Exception) -> Rejected | Unknown:
    """Surely not sent where no byte has left, else nobody knows."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Rejected(Refusal.CONFIGURATION, "certificate", "the API's certificate is bad")
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Rejected(Refusal.AWAY, "not_connected", type(error).__name__)
    return Unknown(type(error).__name__)


def says_nothing(status: int) -> bool:
    """Whether an answer of this number leaves it open what became of the request."""
    return status >= _SERVER_ERROR or status == _REQUEST_TIMEOUT


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The wait that is asked for; a date in place of seconds is taken as no word at all."""
    seconds = headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdigit() else None


def host_and_port(url: str) -> tuple[str, int]:
    """Whom a connection to this address is made to."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
