"""Which providers may carry to an address, in which order, and from which sender?"""

from collections.abc import Mapping
from typing import Final

from mechanism.ladder import Channel
from notifications import kannel_word
from notifications.prefixes import by_prefix
from settings import Settings

_THE_ONE: Final = {Channel.EMAIL: ("smtp",), Channel.VOICE: ("twilio-voice",)}


def channels(settings: Settings) -> Mapping[str, Channel]:
    """The providers that are set up here, by name, and what each of them carries."""
    of_one = {name: channel for channel, names in _THE_ONE.items() for name in names}
    return of_one | dict.fromkeys(settings.sms_providers, Channel.SMS)


def order_for(
    channel: Channel, address: str, settings: Settings, *, preferred: str = ""
) -> tuple[str, ...]:
    """The providers by name, the first to be asked first; `preferred` is the address's own.

    A provider that is not set up here is left out; an order of such alone is no order.
    """
    if channel is not Channel.SMS:
        return _THE_ONE.get(channel, (channel.value,))
    order = by_prefix(settings.sms_routes, address, ())
    if preferred in settings.sms_providers:
        order = (preferred, *(name for name in order if name != preferred))
    return tuple(n for n in order if n in settings.sms_providers) or settings.sms_providers


def sender_of(provider: str, address: str, settings: Settings) -> str:
    """What a text to this number comes from by this provider."""
    if provider == kannel_word.NAME:
        return settings.kannel_sender
    return by_prefix(settings.sms_senders, address, settings.sms_service or settings.sms_sender)
