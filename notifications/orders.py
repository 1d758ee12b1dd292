"""Which providers may carry to an address, in which order, and from which sender?"""

from collections.abc import Mapping
from typing import Final, assert_never

from mechanism.ladder import Channel
from notifications import kannel_word
from notifications.prefixes import by_domain, by_prefix
from settings import Settings

_VOICE: Final = ("twilio-voice",)

Order = tuple[str, ...]


def channels(settings: Settings) -> Mapping[str, Channel]:
    """The providers that are set up here, by name, and what each of them carries."""
    of = (Channel.EMAIL, Channel.VOICE, Channel.SMS)
    return {name: channel for channel in of for name in _set_up(channel, settings)}


def order_for(
    channel: Channel, address: str, settings: Settings, *, preferred: str = ""
) -> tuple[str, ...]:
    """The providers by name, the first to be asked first; `preferred` is the address's own.

    A provider that is not set up here is left out; an order of such alone is no order.
    """
    known = _set_up(channel, settings)
    order = _of_the_place(channel, address, settings)
    if preferred in known:
        order = (preferred, *(name for name in order if name != preferred))
    return tuple(name for name in order if name in known) or known


def _set_up(channel: Channel, settings: Settings) -> Order:
    match channel:
        case Channel.EMAIL:
            return tuple(settings.mail_servers)
        case Channel.SMS:
            return settings.sms_providers
        case Channel.VOICE:
            return _VOICE
        case _:
            assert_never(channel)


def _of_the_place(channel: Channel, address: str, settings: Settings) -> Order:
    """What the settings say of the number's country, or of the mailbox's domain."""
    match channel:
        case Channel.EMAIL:
            return by_domain(settings.mail_routes, address, ())
        case Channel.SMS:
            return by_prefix(settings.sms_routes, address, ())
        case Channel.VOICE:
            return _VOICE
        case _:
            assert_never(channel)


def sender_of(provider: str, address: str, settings: Settings) -> str:
    """What a text to this number comes from by this provider."""
    if provider == kannel_word.NAME:
        return settings.kannel_sender
    return by_prefix(settings.sms_senders, address, settings.sms_service or settings.sms_sender)
