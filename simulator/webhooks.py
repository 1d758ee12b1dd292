"""How does the gateway call back, signed as Twilio signs?

The signature is computed here by itself, after the published description, and not by the SDK that
checks it.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit

import aiohttp
from yarl import URL

from settings import leads_to_loopback
from simulator.background_tasks import BackgroundTasks

_LONGEST: Final = 15.0  # Twilio gives a webhook no longer
_SUCCESS: Final = range(200, 300)
_CLIENT_ERROR: Final = range(400, 500)
_MOST_REPEATS: Final = 5
_EVERY_REASON: Final = frozenset({"ct", "rt", "4xx", "5xx"})

Form = Mapping[str, str]


def signature(token: str, url: str, form: Form) -> str:
    """HMAC-SHA1 over the URL and the fields in order of their names, in base64."""
    return _signed(token, url, form, "sha1")


def _signed(secret: str, url: str, form: Form, algorithm: str) -> str:
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(secret.encode(), text.encode(), getattr(hashlib, algorithm)).digest()
    return base64.b64encode(digest).decode()


@dataclass(frozen=True)
class SharedKey:
    """A key for webhooks alone, signing with SHA-256; without one, the account's token signs."""

    name: str
    secret: str


@dataclass(frozen=True)
class Override:
    """What the fragment of a webhook's URL asks of the connection; the defaults are Twilio's.

    https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
    """

    repeats: int = 1
    on: frozenset[str] = frozenset({"ct"})  # connecting, reading, 4xx, 5xx
    connect: float = 5.0
    read: float = _LONGEST
    total: float = _LONGEST

    @classmethod
    def of(cls, fragment: str) -> Self:
        """The override that a fragment such as `rc=3&rp=5xx,ct&rt=2000` spells."""
        asked = {name: values[-1] for name, values in parse_qs(fragment).items()}
        on = frozenset(asked.get("rp", "ct").split(","))
        return cls(
            min(int(_digits(asked.get("rc"), 1)), _MOST_REPEATS),
            _EVERY_REASON if "all" in on else on,
            _digits(asked.get("ct"), 5000) / 1000,
            _digits(asked.get("rt"), 15000) / 1000,
            min(_digits(asked.get("tt"), 15000) / 1000, _LONGEST),
        )


def _digits(text: str | None, otherwise: int) -> float:
    return float(text) if text is not None and text.isascii() and text.isdigit() else otherwise


@dataclass(frozen=True)
class _Answer:
    """What came back; `reason` is why it may be worth asking again, or nothing."""

    reason: str
    text: str = ""


class Webhooks:
    """Calls the project's doors, as often as their URLs allow."""

    def __init__(
        self, token: str, background_tasks: BackgroundTasks, *, shared_key: SharedKey | None
    ) -> None:
        self._token = token
        self._shared_key = shared_key
        self._background_tasks = background_tasks
        self._doors: set[str] = set()
        self._session: aiohttp.ClientSession | None = None

    def trust(self, url: str) -> None:
        """Let the host of this address be called too; else none but this machine is."""
        self._doors.add(_host(url))

    async def post(self, url: str, form: Form, *, token: str | None = None) -> None:
        """Hand the form in; what cannot be handed in is noted, and lost as it would be in life."""
        await self.fetch(url, form, token=token)

    async def fetch(
        self, url: str, form: Form, *, method: str = "POST", token: str | None = None
    ) -> str | None:
        """What the door answers to the form; None where it cannot be had, which is noted."""
        target, fragment = urldefrag(url)
        if method == "GET":
            target, form = _with_query(target, form), {}
        headers = self._headers(target, form, token)
        answer = await self._ask(method, target, fragment, data=dict(form), headers=headers)
        return answer.text if not answer.reason else None

    async def get(self, url: str) -> None:
        """Ask for an address without any form or signature."""
        await self._ask("GET", url, "", data=None, headers={})

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _headers(self, url: str, form: Form, token: str | None) -> dict[str, str]:
        headers = {"I-Twilio-Idempotency-Token": secrets.token_hex(16)}  # the same on each repeat
        if self._shared_key is None:
            return headers | {"X-Twilio-Signature": signature(token or self._token, url, form)}
        settings = f"key={self._shared_key.name},algorithm=HMAC_SHA256"
        secret = token or self._shared_key.secret
        return headers | {
            "X-Twilio-Signature": _signed(secret, url, form, "sha256"),
            "X-Twilio-Webhooks-Signature-Settings": settings,
        }

    async def _ask(
        self,
        method: str,
        url: str,
        fragment: str,
        *,
        data: dict[str, str] | None,
        headers: Mapping[str, str],
    ) -> _Answer:
        if _host(url) not in self._doors and not leads_to_loopback(url):
            self._background_tasks.note("a webhook was not called: it leads off this machine")
            return _Answer("ct")
        override = Override.of(fragment)
        for _ in range(1 + override.repeats):
            answer = await self._once(method, url, override, data=data, headers=headers)
            if answer.reason not in override.on:
                break
        if answer.reason:
            door = url.partition("?")[0]
            self._background_tasks.note(f"a call to {door} was not accepted ({answer.reason})")
        return answer

    async def _once(
        self,
        method: str,
        url: str,
        override: Override,
        *,
        data: dict[str, str] | None,
        headers: Mapping[str, str],
    ) -> _Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        patience = aiohttp.ClientTimeout(
            total=override.total, sock_connect=override.connect, sock_read=override.read
        )
        target = URL(url, encoded=True)
        try:
            async with self._session.request(
                method, target, data=data or None, headers=headers, timeout=patience
            ) as answer:
                return _Answer(_reason(answer.status), await answer.text(errors="replace"))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return _Answer("ct")
        except (aiohttp.ClientError, OSError, ValueError):
            return _Answer("rt")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _with_query(url: str, form: Form) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(form)}"


def _reason(status: int) -> str:
    if status in _SUCCESS:
        return ""
    return "4xx" if status in _CLIENT_ERROR else "5xx"
