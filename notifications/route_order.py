"""Which providers may carry to an address, in which order, and from which sender?"""

from collections.abc import Mapping
from typing import assert_never

from mechanism.vocabulary import Channel
from notifications import registry
from notifications.prefixes import by_domain, by_prefix
from settings import Settings

Order = tuple[str, ...]


def channels(settings: Settings) -> Mapping[str, Channel]:
    """The providers that are set up here, by name, and what each of them carries."""
    return {row.name: row.channel for row in registry.set_up(settings)}


def order_for(
    channel: Channel, address: str, settings: Settings, *, preferred: str = ""
) -> tuple[str, ...]:
    """The providers by name, the first to be asked first; `preferred` is the address's own.

    A provider that is not set up here is left out; an order of such alone is no order.
    """
    known = tuple(name for name, carries in channels(settings).items() if carries is channel)
    order = _of_the_place(channel, address, settings)
    if preferred in known:
        order = (preferred, *(name for name in order if name != preferred))
    return tuple(name for name in order if name in known) or known


def _of_the_place(channel: Channel, address: str, settings: Settings) -> Order:
    """What the settings say of the number's country, or of the mailbox's domain."""
    match channel:
        case Channel.EMAIL:
            return by_domain(settings.mail_routes, address, ())
        case Channel.SMS:
            return by_prefix(settings.sms_routes, address, ())
        case Channel.VOICE:
            return ()
        case _:
            assert_never(channel)
