"""How does an SMS leave by Twilio?"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mechanism.vocabulary import Channel
from notifications.provider import Accepted, NotFound, Outcome, Outgoing, Unknown
from notifications.route_order import by_prefix
from notifications.twilio.callbacks import status_path
from notifications.twilio.client import REFUSED_PREFIXES, ByTwilio, TwilioAccount

if TYPE_CHECKING:
    from twilio.rest import Client  # type: ignore[import-untyped]  # ships no types

_A_PAGE = 1000  # Twilio's largest
_LISTED = 10_000  # where a number has had more messages than this, the list proves nothing
_SERVICE = re.compile("MG[0-9a-f]{32}")  # the SID of a messaging service
_LONGEST_VALIDITY = timedelta(hours=10)  # Twilio's own limit


class Twilio(ByTwilio):
    """SMS by Twilio's Messages API, or by a gateway that speaks it."""

    name = "twilio"
    channel = Channel.SMS

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        public_url: str,
        callback_key: bytes,
        sender: str | None = None,
        messaging_service_sid: str | None = None,
        senders: Mapping[str, str] = MappingProxyType({}),
        api_base: str | None = None,
        refused_prefixes: tuple[str, ...] = REFUSED_PREFIXES,
        timeout: float = 10.0,
    ) -> None:
        if not sender and not messaging_service_sid:
            raise ValueError("no sender of SMS: give a sender number or a messaging service")
        account = TwilioAccount(
            account_sid=account_sid,
            auth_token=auth_token,
            api_base=api_base,
            refused_prefixes=refused_prefixes,
            timeout=timeout,
        )
        super().__init__(account, public_url=public_url, callback_key=callback_key)
        self._sender = messaging_service_sid or sender or ""
        self._senders = senders

    async def submit(self, outgoing: Outgoing) -> Outcome:
        """Hand one SMS over, once."""

        async def create(twilio: "Client") -> Any:
            return await twilio.messages.create_async(**self._asked(outgoing))

        return await self._account.submit(outgoing, create)

    async def reconcile(self, outgoing: Outgoing) -> Accepted | NotFound | Unknown:
        """Look for the message in Twilio's list of what went to that number."""
        if not outgoing.search and not self._account.refuses(outgoing.address):
            return Unknown("nothing to search for")
        return await self._account.find(outgoing, partial(self._found, outgoing=outgoing))

    async def _found(
        self, twilio: "Client", *, outgoing: Outgoing
    ) -> Accepted | NotFound | Unknown:
        """Page on, the newest first; by page and not by date, which is unset while it is queued."""
        listed = await twilio.messages.stream_async(
            to=outgoing.address, limit=_LISTED, page_size=_A_PAGE
        )
        seen = 0
        async for message in listed:
            if outgoing.search in (message.body or ""):
                return Accepted(message.sid)
            seen += 1
        return NotFound() if seen < _LISTED else Unknown("the list is too long to be sure")

    def _from(self, address: str) -> dict[str, str]:
        """The sender for this number's country: a number, a name, or a messaging service."""
        sender = by_prefix(self._senders, address, self._sender)
        name = "messaging_service_sid" if _SERVICE.fullmatch(sender) else "from_"
        return {name: sender}

    def _asked(self, outgoing: Outgoing) -> dict[str, object]:
        valid_for = min(max(outgoing.valid_for, timedelta(seconds=1)), _LONGEST_VALIDITY)
        return {
            "to": outgoing.address,
            "body": outgoing.body,
            "status_callback": self._public_url + status_path(outgoing.attempt, self._key),
            "validity_period": int(valid_for.total_seconds()),
            **self._from(outgoing.address),
        }
