"""Which providers may carry to an address, in which order, and from which sender?"""

from collections.abc import Mapping
from typing import Final, TypeVar, assert_never

from mechanism.vocabulary import Channel
from notifications.kannel import callbacks
from settings import Settings

T = TypeVar("T")


def by_prefix(table: Mapping[str, T], number: str, otherwise: T) -> T:
    """The entry of the longest prefix that the number begins with."""
    fitting = [prefix for prefix in table if number.startswith(prefix)]
    return table[max(fitting, key=len)] if fitting else otherwise


def by_domain(table: Mapping[str, T], mailbox: str, otherwise: T) -> T:
    """The entry of the longest domain that the mailbox's is, or lies below; "" is every domain."""
    own = f".{mailbox.rpartition('@')[2].lower()}"
    fitting = [domain for domain in table if not domain or own.endswith(f".{domain}")]
    return table[max(fitting, key=len)] if fitting else otherwise


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
    if provider == callbacks.NAME:
        return settings.kannel_sender
    return by_prefix(settings.sms_senders, address, settings.sms_service or settings.sms_sender)
