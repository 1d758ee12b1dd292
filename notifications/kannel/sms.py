"""How does an SMS leave by a Kannel gateway?

Kannel and its kin hand texts to operators by SMPP. Everything travels in the headers and the body
of a POST, so that no access log on the way holds a number, a text or a password. Kannel keeps no
list that could be searched afterwards: what is unknown stays so until a report tells. The answers
are those of Kannel's source, gw/smsbox.c.
"""

import re
from datetime import timedelta
from typing import Final, Self
from urllib.parse import urlsplit

import aiohttp

from mechanism.vocabulary import Channel
from notifications import provider_http
from notifications.content.gsm_segments import Alphabet, count
from notifications.kannel.callbacks import NAME, provider_id_of, status_path
from notifications.provider import (
    Accepted,
    Outcome,
    Outgoing,
    Refusal,
    Rejected,
    Unknown,
)
from settings import Settings, leads_to_loopback

_AT_ONCE: Final = 20
_SHORTEST: Final = timedelta(minutes=1)  # Kannel counts in whole minutes
_EVERY_REPORT: Final = 31  # delivered, not delivered, queued, taken and refused by the centre
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_CODING: Final = {Alphabet.GSM7: "0", Alphabet.UCS2: "2"}
_TAKEN: Final = ("0:", "3:", "Sent.")  # on its way; stored until a link is up; answered at once
_SUCCESS: Final = range(200, 300)


class Kannel:
    """SMS by Kannel's `sendsms` interface."""

    name = NAME
    channel = Channel.SMS

    def __init__(
        self,
        *,
        api_base: str,
        user: str,
        password: str,
        sender: str,
        public_url: str,
        callback_key: bytes,
        timeout: float = 10.0,
    ) -> None:
        if urlsplit(api_base).scheme != "https" and not leads_to_loopback(api_base):
            raise ValueError(
                f"{api_base} would show every text on the way: use https, or a Kannel on this "
                "machine"
            )
        self._url = f"{api_base.rstrip('/')}/cgi-bin/sendsms"
        self._own = {
            "X-Kannel-Username": user,
            "X-Kannel-Password": password,
            "X-Kannel-From": sender,
            "X-Kannel-DLR-Mask": str(_EVERY_REPORT),
            "Content-Type": "text/plain; charset=UTF-8",
        }
        self._public_url = public_url.rstrip("/")
        self._key = callback_key
        self._limits = provider_http.limits(timeout)
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def from_settings(cls, settings: Settings, name: str) -> Self:
        """As the settings say."""
        return cls(
            api_base=settings.kannel_api,
            user=settings.kannel_user,
            password=settings.kannel_password.get_secret_value(),
            sender=settings.kannel_sender,
            public_url=settings.public_url,
            callback_key=settings.key,
        )

    @staticmethod
    def met_at(settings: Settings, name: str) -> tuple[str, int]:
        """Host and port of its smsbox."""
        return provider_http.host_and_port(settings.kannel_api)

    @staticmethod
    def sender(settings: Settings, address: str) -> str:
        """What every text comes from."""
        return settings.kannel_sender

    async def open(self) -> None:
        """Make the session; connects to nobody yet."""
        self._opened()

    async def submit(self, outgoing: Outgoing) -> Outcome:
        """Hand one SMS over, once."""
        if not _NUMBER.fullmatch(outgoing.address):
            return Rejected(Refusal.UNUSABLE, "unusable", "not a number that Kannel can carry")
        try:
            return await self._ask(outgoing)
        except provider_http.BROKEN as error:
            return provider_http.broken(error)

    async def reconcile(self, outgoing: Outgoing) -> Unknown:
        """Kannel cannot be asked."""
        return Unknown("Kannel keeps no list")

    async def close(self) -> None:
        """Close the session; a later `submit` makes a new one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _ask(self, outgoing: Outgoing) -> Outcome:
        async with self._opened().post(
            self._url,
            headers=self._headers(outgoing),
            data=outgoing.body.encode(),
            allow_redirects=False,
        ) as answer:
            text = await answer.text(errors="replace")
            return _outcome(answer, text, outgoing.attempt)

    def _headers(self, outgoing: Outgoing) -> dict[str, str]:
        report = self._public_url + status_path(outgoing.attempt, self._key)
        return {
            **self._own,
            "X-Kannel-To": outgoing.address,
            "X-Kannel-Coding": _CODING[count(outgoing.body).alphabet],
            "X-Kannel-Validity": str(max(outgoing.valid_for, _SHORTEST) // _SHORTEST),
            "X-Kannel-DLR-Url": f"{report}?status=%d&reply=%A",
        }

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_AT_ONCE)
            self._session = aiohttp.ClientSession(timeout=self._limits, connector=connector)
        return self._session


def _outcome(answer: aiohttp.ClientResponse, text: str, attempt: int) -> Outcome:
    """What Kannel's answer means."""
    code = f"HTTP {answer.status}"
    if answer.status in _SUCCESS:
        taken = text.startswith(_TAKEN)
        return Accepted(provider_id_of(attempt)) if taken else Unknown("an answer of other words")
    if text.startswith("Temporal failure"):  # no box took it; a proxy's 503 says something else
        return Rejected(Refusal.AWAY, "503", "no box took it")
    if provider_http.says_nothing(answer.status):
        return Unknown(code)
    if answer.status == 429:  # noqa: PLR2004 - too many requests
        return Rejected(
            Refusal.CAPACITY, code, "too many", provider_http.retry_after(answer.headers)
        )
    if text.startswith(("Not routable", "Number(s) has")):  # no route, or on a list of Kannel's
        return Rejected(Refusal.POLICY, code, "no route to this number")
    return Rejected(Refusal.CONFIGURATION, code, "Kannel does not know us, or not our request")
