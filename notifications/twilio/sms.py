"""How does an SMS leave by Twilio?"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from mechanism.vocabulary import Channel
from notifications.prefixes import by_prefix
from notifications.provider import Accepted, NotFound, Outcome, Outgoing, Unknown
from notifications.twilio.callbacks import NAME, status_path
from notifications.twilio.client import ByTwilio
from settings import Settings

if TYPE_CHECKING:
    from twilio.rest import Client  # type: ignore[import-untyped]  # ships no types

_A_PAGE = 1000  # Twilio's largest
_LISTED = 10_000  # where a number has had more messages than this, the list proves nothing
_SERVICE = re.compile("MG[0-9a-f]{32}")  # the SID of a messaging service
_LONGEST_VALIDITY = timedelta(hours=10)  # Twilio's own limit


class Twilio(ByTwilio):
    """SMS by Twilio's Messages API, or by a gateway that speaks it."""

    name = NAME
    channel = Channel.SMS

    @staticmethod
    def senders(settings: Settings) -> Mapping[str, str]:
        """A country's own sender, else the messaging service or the number."""
        return {"": settings.sms_service or settings.sms_sender, **settings.sms_senders}

    async def submit(self, outgoing: Outgoing) -> Outcome:
        """Hand one SMS over, once."""

        async def create(twilio: "Client") -> Any:
            return await twilio.messages.create_async(**self._asked(outgoing))

        return await self._account.submit(create)

    async def reconcile(self, outgoing: Outgoing) -> Accepted | NotFound | Unknown:
        """Look for the message in Twilio's list of what went to that number."""
        if not outgoing.search:
            return Unknown("nothing to search for")
        return await self._account.find(partial(self._found, outgoing=outgoing))

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
        sender = by_prefix(self._senders, address, "")
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
