"""How does a call leave by Twilio?"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mechanism.vocabulary import Channel
from notifications.prefixes import by_prefix
from notifications.provider import Accepted, NotFound, Outcome, Outgoing, Unknown
from notifications.twilio.callbacks import VOICE
from notifications.twilio.client import ByTwilio
from notifications.twilio.twiml import path, status_path
from settings import Settings

if TYPE_CHECKING:
    from twilio.rest import Client  # type: ignore[import-untyped]  # ships no types

_RINGS: Final = 45  # seconds, more than most answering machines wait
_LASTS: Final = 300  # seconds at most, so that a forgotten receiver ends somewhere
_EVENTS: Final = ["initiated", "ringing", "answered", "completed"]


class TwilioVoice(ByTwilio):
    """Calls by Twilio's Calls API, or by a gateway that speaks it."""

    name = VOICE
    channel = Channel.VOICE

    @staticmethod
    def senders(settings: Settings) -> Mapping[str, str]:
        """One number for all of them."""
        return {"": settings.voice_sender or settings.sms_sender}

    async def submit(self, outgoing: Outgoing) -> Outcome:
        """Have one call placed, once; what it says is asked for when somebody takes it."""

        async def create(twilio: "Client") -> Any:
            return await twilio.calls.create_async(**self._asked(outgoing))

        return await self._account.submit(create)

    async def reconcile(self, outgoing: Outgoing) -> Accepted | NotFound | Unknown:
        """Look whether any call from us to that number is listed.

        That none is listed is certain. One that is may belong to another attempt: the list shows
        nothing of ours, and its times are of another clock. So it stays unknown, and the call's own
        report, whose path names the attempt, tells.
        """
        return await self._account.find(partial(self._listed, outgoing=outgoing))

    async def _listed(self, twilio: "Client", *, outgoing: Outgoing) -> NotFound | Unknown:
        asked = {"to": outgoing.address, "from_": self._from(outgoing)}
        found = await twilio.calls.list_async(**asked, limit=1)
        return Unknown("a call is listed, and perhaps another's") if found else NotFound()

    def _from(self, outgoing: Outgoing) -> str:
        return by_prefix(self._senders, outgoing.address, "")

    def _asked(self, outgoing: Outgoing) -> dict[str, object]:
        attempt = outgoing.attempt
        return {
            "to": outgoing.address,
            "from_": self._from(outgoing),
            "url": self._public_url + path(attempt, self._key),
            "status_callback": self._public_url + status_path(attempt, self._key),
            "status_callback_event": _EVENTS,
            "machine_detection": "DetectMessageEnd",
            "timeout": _RINGS,
            "time_limit": _LASTS,
        }
