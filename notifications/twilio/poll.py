"""Which texts does the provider say have come in for us?

A webhook that is lost is an answer that is lost; Twilio keeps a list, which is asked for beside it.
Read over plain HTTP, since nothing of the SDK is needed for a list, and nothing is ever sent.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp

from notifications.hook import Heard
from notifications.twilio.callbacks import text_message
from notifications.twilio.client import api_base
from settings import Settings

PAGE: Final = 200
PAGES_AT_MOST: Final = 20  # more texts than any consultation brings; the newest come first
_LIMITS: Final = aiohttp.ClientTimeout(total=20, sock_connect=5)

_FIELDS: Final = {
    # of the list, and of the webhook's form
    "sid": "MessageSid",
    "account_sid": "AccountSid",
    "from": "From",
    "to": "To",
    "body": "Body",
    "num_media": "NumMedia",
    "num_segments": "NumSegments",
}


async def texts_since(settings: Settings, begun: datetime) -> list[Heard]:
    """What came in since then, as the webhook would have brought it; aiohttp's errors are raised.

    Raises ValueError too, where the answer is no such list.
    """
    account = (settings.sms_account, settings.sms_token.get_secret_value())
    login = {"Authorization": aiohttp.encode_basic_auth(*account)}
    async with aiohttp.ClientSession(timeout=_LIMITS, headers=login, raise_for_status=True) as http:
        listed = await _listed(http, settings, begun.astimezone(UTC).date())
    return [text_message(_form(text), way="list") for text in listed if _is_new(text, begun)]


async def _listed(
    http: aiohttp.ClientSession, settings: Settings, day: date
) -> list[Mapping[str, Any]]:
    base = api_base(settings)
    url = f"{base}/2010-04-01/Accounts/{settings.sms_account}/Messages.json"
    asked = {"DateSent>": day.isoformat(), "PageSize": str(PAGE), **_to(settings)}
    listed: list[Mapping[str, Any]] = []
    for _ in range(PAGES_AT_MOST):
        async with http.get(url, params=asked) as answer:
            page = await answer.json(content_type=None)
        listed.extend(_texts(page))
        following = page.get("next_page_uri")
        if not following:
            break
        url, asked = urljoin(base, str(following)), {}
    return listed


def _to(settings: Settings) -> dict[str, str]:
    """Our number, where there is only one; answers to several are picked out of everything."""
    only_one = not settings.sms_service and not settings.sms_senders
    return {"To": settings.sms_sender} if only_one else {}


def _texts(page: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(page, dict) or not isinstance(page.get("messages"), list):
        raise ValueError("not a list of messages")  # noqa: TRY004 - of a stranger's answer
    for text in page["messages"]:
        if isinstance(text, dict) and text.get("sid") and text.get("direction") == "inbound":
            yield text


def _form(text: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(ours, str(text.get(theirs) or "")) for theirs, ours in _FIELDS.items()]


def _is_new(text: Mapping[str, Any], begun: datetime) -> bool:
    """Not from an earlier consultation of that day; what cannot be dated counts."""
    try:
        at = parsedate_to_datetime(str(text.get("date_created")))
    except ValueError:
        return True
    return at.replace(tzinfo=at.tzinfo or UTC) >= begun.replace(microsecond=0)
