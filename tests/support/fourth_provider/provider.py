"""How does a text leave by Pigeon?"""

from typing import Self

import aiohttp
from pydantic_settings import BaseSettings, SettingsConfigDict

from mechanism.vocabulary import Channel
from notifications import provider_http
from notifications.provider import Accepted, Outcome, Outgoing, Refusal, Rejected, Unknown
from notifications.tokens import mark
from settings import Settings

PURPOSE = "pigeon status"


class PigeonSettings(BaseSettings):
    """What differs between two installations that use it."""

    model_config = SettingsConfigDict(env_prefix="PIGEON_")

    api: str = ""
    secret: str = ""
    sender: str = "HARBOUR"


class Pigeon:
    """Its API takes one text as a form, and answers with its number."""

    name = "pigeon"
    channel = Channel.SMS

    def __init__(self, own: PigeonSettings, *, public_url: str, callback_key: bytes) -> None:
        self._own, self._public_url, self._key = own, public_url, callback_key
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def from_settings(cls, settings: Settings, name: str) -> Self:
        return cls(PigeonSettings(), public_url=settings.public_url, callback_key=settings.key)

    @staticmethod
    def met_at(settings: Settings, name: str) -> tuple[str, int]:
        return provider_http.host_and_port(PigeonSettings().api)

    @staticmethod
    def sender(settings: Settings, address: str) -> str:
        return PigeonSettings().sender

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=provider_http.limits(10))

    async def submit(self, outgoing: Outgoing) -> Outcome:
        if self._session is None:
            await self.open()
        assert self._session is not None
        mac = mark(outgoing.attempt, purpose=PURPOSE, key=self._key)
        form = {
            "to": outgoing.address,
            "words": outgoing.body,
            "tell": f"{self._public_url}/hook/pigeon/status/{outgoing.attempt}/{mac}",
        }
        try:
            async with self._session.post(f"{self._own.api}/fly", data=form) as answer:
                text = await answer.text()
        except provider_http.BROKEN as error:
            return provider_http.broken(error)
        if text == "no pigeons today":
            return Rejected(Refusal.AWAY, "none", text)
        return Accepted(text) if answer.ok and text else Unknown(f"HTTP {answer.status}")

    async def reconcile(self, outgoing: Outgoing) -> Unknown:
        return Unknown("a pigeon cannot be asked")

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
