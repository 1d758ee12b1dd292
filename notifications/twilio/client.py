"""How is Twilio asked, and what do its answers mean?

The SDK is used as it is, over an HTTP client of our own: its own asynchronous client ignores its
time-out, repeats a POST when asked to retry, hides Retry-After and logs telephone numbers.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]  # ships no types
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]  # ships no types
from twilio.http.response import Response  # type: ignore[import-untyped]  # ships no types

from notifications import provider_http
from notifications.prefixes import by_prefix
from notifications.provider import (
    Accepted,
    NotFound,
    Outcome,
    Refusal,
    Rejected,
    Unknown,
)
from notifications.twilio.refusals import is_known, refusal_of
from settings import Settings

if TYPE_CHECKING:
    from twilio.rest import Client  # type: ignore[import-untyped]  # ships no types

API: Final = "https://api.twilio.com"
_AT_ONCE = 20  # requests on the wire; any account's own rate is far below what this gives

_BY_STATUS = {401: Refusal.CONFIGURATION, 404: Refusal.CONFIGURATION, 429: Refusal.CAPACITY}
_ODD = (TwilioException, ValueError, TypeError, AttributeError)  # the SDK over an odd answer
_CLIENT_ERROR = 400


class _Refused(Exception):  # noqa: N818 - an answer on its way through the SDK, not a fault of ours
    """Twilio's answer of 400 and above, with the headers that the SDK would drop."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        super().__init__(status)
        self.status = status
        self.text = text
        self.headers = headers


class _Wire(AsyncHttpClient):  # type: ignore[misc]  # the SDK ships no types
    """One request, one answer: nothing repeated, nothing shared between calls, nothing logged."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._session = session
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def request(  # type: ignore[no-untyped-def]  # as the SDK's own, which is untyped here
        self,
        method: str,
        uri: str,
        params=None,
        data=None,
        headers=None,
        auth=None,
        timeout=None,  # noqa: ASYNC109 - the SDK's signature; the session's own limits hold
        allow_redirects=False,  # noqa: FBT002 - the SDK's signature
    ) -> Response:
        """Ask Twilio once, within the session's time limits."""
        login = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        asked = {"params": params, "data": data, "headers": {**(headers or {}), **login}}
        async with (
            self._turns,
            self._session.request(method, uri, allow_redirects=False, **asked) as answer,
        ):
            text = await answer.text()
        if answer.status >= _CLIENT_ERROR:
            raise _Refused(answer.status, text, answer.headers)
        return Response(answer.status, text, answer.headers)


class TwilioAccount:
    """One account at Twilio, or at a gateway that speaks its API."""

    def __init__(
        self, account_sid: str, auth_token: str, *, api_base: str = API, timeout: float = 10.0
    ) -> None:
        self._sign_in = (account_sid, auth_token)
        self._api_base = api_base
        self._limits = provider_http.limits(timeout)
        self._session: aiohttp.ClientSession | None = None
        self._client: Client | None = None

    @property
    def client(self) -> "Client":
        """The SDK's client, warm."""
        if self._client is None:
            self._session = aiohttp.ClientSession(timeout=self._limits)
            self._client = _client(self._sign_in, self._session, self._api_base)
        return self._client

    async def submit(self, create: Callable[["Client"], Awaitable[Any]]) -> Outcome:
        """Ask once for what `create` makes."""
        try:
            made = await create(self.client)
        except _Refused as refused:
            return _outcome(refused)
        except (*provider_http.BROKEN, *_ODD) as error:
            return provider_http.broken(error)
        return Accepted(made.sid) if made.sid else Unknown("answer without a sid")

    async def find(
        self, look: Callable[["Client"], Awaitable[Accepted | NotFound | Unknown]]
    ) -> Accepted | NotFound | Unknown:
        """What a look at Twilio's lists shows; Unknown where they cannot be had."""
        try:
            return await look(self.client)
        except (_Refused, *provider_http.BROKEN, *_ODD) as error:
            return Unknown(type(error).__name__)

    async def close(self) -> None:
        """Close the session; a later request makes a new one."""
        session, self._session, self._client = self._session, None, None
        if session is not None:
            await session.close()


class ByTwilio:
    """A provider that asks an account at Twilio, and is told of the outcome at our own address.

    `senders` is what a message comes from, by the prefix of the number that it goes to: a number, a
    name, or a messaging service. "" is for all others.
    """

    def __init__(
        self,
        account: TwilioAccount,
        *,
        senders: Mapping[str, str],
        public_url: str,
        callback_key: bytes,
    ) -> None:
        if not senders.get(""):
            raise ValueError("no sender: give a number, or of texts a messaging service")
        self._account = account
        self._senders = senders
        self._public_url = public_url.rstrip("/")
        self._key = callback_key

    @classmethod
    def from_settings(cls, settings: Settings, name: str) -> Self:
        """As the settings say; Twilio's own API, or the simulated one."""
        return cls(
            TwilioAccount(
                settings.sms_account,
                settings.sms_token.get_secret_value(),
                api_base=api_base(settings),
            ),
            senders=cls.senders(settings),
            public_url=settings.public_url,
            callback_key=settings.key,
        )

    @classmethod
    def met_at(cls, settings: Settings, name: str) -> tuple[str, int]:
        """Host and port of the API."""
        return provider_http.host_and_port(api_base(settings))

    @classmethod
    def sender(cls, settings: Settings, address: str) -> str:
        """What a message to this number comes from."""
        return by_prefix(cls.senders(settings), address, "")

    @staticmethod
    def senders(settings: Settings) -> Mapping[str, str]:
        """What messages come from, by the prefix of the number that they go to."""
        raise NotImplementedError

    async def open(self) -> None:
        """Import the SDK's slow parts and make the session; connects to nobody yet."""
        _ = self._account.client

    async def close(self) -> None:
        """Close the session; a later `submit` makes a new one."""
        await self._account.close()


def api_base(settings: Settings) -> str:
    """Where the API is met: Twilio's own, unless the settings name another."""
    return API if settings.sms_api == "twilio" else settings.sms_api


def _client(account: tuple[str, str], session: aiohttp.ClientSession, api_base: str) -> "Client":
    """The SDK's client with everything imported that a first send would wait for."""
    from twilio.rest import Client  # noqa: PLC0415 - slow and large; only senders need it

    own = {"TWILIO_EDGE": ""}  # not the process's environment, where an edge could hide
    client = Client(*account, http_client=_Wire(session), environment=own)
    client.api.base_url = api_base.rstrip("/")
    _ = client.messages, client.calls  # imports these resources
    return client


def _outcome(refused: _Refused) -> Outcome:
    """What an answer of 400 and above means."""
    if provider_http.says_nothing(refused.status):
        return Unknown(f"HTTP {refused.status}")
    code, detail = _code_and_detail(refused.text)
    if code is None:
        refusal, word = _BY_STATUS.get(refused.status, Refusal.POLICY), f"HTTP {refused.status}"
    else:
        refusal, word = refusal_of(code), str(code)
    if refused.status in _BY_STATUS and not is_known(code):
        refusal = _BY_STATUS[refused.status]
    later = provider_http.retry_after(refused.headers) if refusal is Refusal.CAPACITY else None
    return Rejected(refusal, word, detail, later)


def _code_and_detail(text: str) -> tuple[int | None, str]:
    """Twilio's code and sentence, in its older form of error or in that of RFC 9457."""
    try:
        body = json.loads(text)
        return int(body["code"]), str(body.get("message") or body.get("title") or "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return None, "an answer that cannot be read"
