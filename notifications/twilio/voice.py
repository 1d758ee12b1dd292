"""How does a call leave by Twilio?"""

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mechanism.vocabulary import Channel
from notifications.provider import Accepted, NotFound, Outcome, Outgoing, Unknown
from notifications.twilio.client import REFUSED_PREFIXES, ByTwilio, TwilioAccount
from notifications.twilio.twiml import path, status_path

if TYPE_CHECKING:
    from twilio.rest import Client  # type: ignore[import-untyped]  # ships no types

NAME: Final = "twilio-voice"
_RINGS: Final = 45  # seconds, more than most answering machines wait
_LASTS: Final = 300  # seconds at most, so that a forgotten receiver ends somewhere
_EVENTS: Final = ["initiated", "ringing", "answered", "completed"]


class TwilioVoice(ByTwilio):
    """Calls by Twilio's Calls API, or by a gateway that speaks it."""

    name = NAME
    channel = Channel.VOICE

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        public_url: str,
        callback_key: bytes,
        sender: str,
        api_base: str | None = None,
        refused_prefixes: tuple[str, ...] = REFUSED_PREFIXES,
        timeout: float = 10.0,
    ) -> None:
        account = TwilioAccount(
            account_sid=account_sid,
            auth_token=auth_token,
            api_base=api_base,
            refused_prefixes=refused_prefixes,
            timeout=timeout,
        )
        super().__init__(account, public_url=public_url, callback_key=callback_key)
        self._sender = sender

    async def submit(self, outgoing: Outgoing) -> Outcome:
        """Have one call placed, once; what it says is asked for when somebody takes it."""

        async def create(twilio: "Client") -> Any:
            return await twilio.calls.create_async(**self._asked(outgoing))

        return await self._account.submit(outgoing, create)

    async def reconcile(self, outgoing: Outgoing) -> Accepted | NotFound | Unknown:
        """Look whether any call from us to that number is listed.

        That none is listed is certain. One that is may belong to another attempt: the list shows
        nothing of ours, and its times are of another clock. So it stays unknown, and the call's own
        report, whose path names the attempt, tells.
        """
        return await self._account.find(outgoing, partial(self._listed, outgoing=outgoing))

    async def _listed(self, twilio: "Client", *, outgoing: Outgoing) -> NotFound | Unknown:
        found = await twilio.calls.list_async(to=outgoing.address, from_=self._sender, limit=1)
        return Unknown("a call is listed, and perhaps another's") if found else NotFound()

    def _asked(self, outgoing: Outgoing) -> dict[str, object]:
        attempt = outgoing.attempt
        return {
            "to": outgoing.address,
            "from_": self._sender,
            "url": self._public_url + path(attempt, self._key),
            "status_callback": self._public_url + status_path(attempt, self._key),
            "status_callback_event": _EVENTS,
            "machine_detection": "DetectMessageEnd",
            "timeout": _RINGS,
            "time_limit": _LASTS,
        }
