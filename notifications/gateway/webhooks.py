"""How does the gateway call back, signed as Twilio signs?

The signature is computed here by itself, after the published description, and not by the SDK that
checks it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urldefrag

import aiohttp

from notifications.gateway.errands import Errands

_REPEATS = re.compile(r"(?:^|&)rc=(\d)\b")  # the connection override in the URL's fragment
_PATIENCE = aiohttp.ClientTimeout(total=15)  # Twilio gives a webhook no longer
_SUCCESS = range(200, 300)


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """HMAC-SHA1 over the URL and the fields in order of their names, in base64."""
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class Webhooks:
    """Posts forms to the project, as often as its URL allows."""

    def __init__(self, token: str, errands: Errands) -> None:
        self._token = token
        self._errands = errands
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, form: Mapping[str, str], *, token: str | None = None) -> None:
        """Hand the form in; what cannot be handed in is noted, and lost as it would be in life."""
        target, fragment = urldefrag(url)
        repeats = _REPEATS.search(fragment)
        for _ in range(1 + int(repeats[1] if repeats else 1)):
            if await self._posted(target, form, token or self._token):
                return
        self._errands.note(f"a call to {target} was not accepted")

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    async def _posted(self, url: str, form: Mapping[str, str], token: str) -> bool:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_PATIENCE)
        headers = {"X-Twilio-Signature": signature(token, url, form)}
        try:
            async with self._session.post(url, data=dict(form), headers=headers) as answer:
                await answer.read()
                return answer.status in _SUCCESS
        except (aiohttp.ClientError, OSError):
            return False
