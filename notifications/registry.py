"""Which providers are there, and which of them does this installation use?

A provider is a folder of its own and a row here, or a row that the settings name. Whatever knows
one by name, how it is reached, or what it brings, reads the rows. Its classes are loaded when they
are first asked for, so that the web process starts without them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from lazy import lazy
from mechanism.vocabulary import Channel
from notifications.hook import CallHook, Heard, Hook
from notifications.provider import Provider, ProviderClass, guarded
from settings import Settings

Collects = Callable[[Settings, datetime], Awaitable[list[Heard]]]


@dataclass(frozen=True)
class Row:
    """One provider; classes and functions by their dotted paths."""

    name: str
    channel: Channel
    provider: str  # its `ProviderClass`
    needs: tuple[str, ...] = ()  # the settings without which it is not set up
    hook: str = ""  # its `Hook`, a `CallHook` where it carries calls; none for a mail server
    hook_at: str = ""  # what its hook's paths begin with, where they are not /hook/NAME/
    collects: str = ""  # its `Collects`: what a lost webhook has not brought

    def is_set_up(self, settings: Settings) -> bool:
        """Whether the settings have everything that it needs."""
        return all(getattr(settings, name) for name in self.needs)

    @property
    def paths_begin(self) -> str:
        """By what its hook's paths are told from those of others."""
        return self.hook_at or f"/hook/{self.name}/"


ROWS: Final = (
    Row(
        name="smtp",
        channel=Channel.EMAIL,
        provider="notifications.email.smtp.provider.Smtp",
        needs=("smtp_host",),
    ),
    Row(
        name="smtp-second",
        channel=Channel.EMAIL,
        provider="notifications.email.smtp.provider.Smtp",
        needs=("smtp_second_host",),
    ),
    Row(
        name="twilio-voice",
        channel=Channel.VOICE,
        provider="notifications.twilio.voice.TwilioVoice",
        needs=("sms_api",),
        hook="notifications.twilio.callbacks.TwilioCalls",
        hook_at="/twilio/voice/",
    ),
    Row(
        name="twilio",
        channel=Channel.SMS,
        provider="notifications.twilio.sms.Twilio",
        needs=("sms_api",),
        hook="notifications.twilio.callbacks.TwilioTexts",
        hook_at="/twilio/",
        collects="notifications.twilio.poll.texts_since",
    ),
    Row(
        name="kannel",
        channel=Channel.SMS,
        provider="notifications.kannel.sms.Kannel",
        needs=("kannel_api",),
        hook="notifications.kannel.callbacks.KannelTexts",
        hook_at="/kannel/",
    ),
)


def rows(settings: Settings) -> tuple[Row, ...]:
    """Every provider that this installation knows: ours, and those that its settings name.

    Raises ValueError where a setting does not lead to the row of that name.
    """
    return (*ROWS, *(_further(name, path) for name, path in settings.further_providers.items()))


def set_up(settings: Settings) -> tuple[Row, ...]:
    """Those that it uses."""
    return tuple(row for row in rows(settings) if row.is_set_up(settings))


def providers(settings: Settings) -> Mapping[str, Provider]:
    """The providers as the settings name them; the simulated ones are reached by the same code.

    Raises ValueError, with the remedy, where one cannot be as it is set up.
    """
    refused = _refused(settings)
    return {
        row.name: guarded(_class(row).from_settings(settings, row.name), refused=refused)
        for row in set_up(settings)
    }


def addresses(settings: Settings) -> Mapping[str, tuple[str, int]]:
    """Host and port at which each provider is met, by its name."""
    return {row.name: _class(row).met_at(settings, row.name) for row in set_up(settings)}


def sender_of(name: str, address: str, settings: Settings) -> str:
    """What a message to this address comes from by this provider."""
    return _class(_named(name, settings)).sender(settings, address)


def collectors(settings: Settings) -> list[Collects]:
    """How each provider that keeps a list is asked for what has come in."""
    return [cast("Collects", _loaded(row.collects)) for row in set_up(settings) if row.collects]


def hook_at(path: str, settings: Settings) -> Hook | None:
    """How what comes to this path is read; None where no provider asks there.

    Also of a provider that is not set up any more: its last reports are still to come.
    """
    row = _at(path, settings)
    return _hook(row) if row is not None else None


def call_hook_at(path: str, settings: Settings) -> CallHook | None:
    """How what comes to this path about a call is read; None where no provider of calls asks."""
    row = _at(path, settings)
    if row is None or row.channel is not Channel.VOICE:
        return None
    return cast("CallHook", _hook(row))


def hook_modules(settings: Settings) -> tuple[str, ...]:
    """What is loaded when the first provider knocks, unless it is loaded before."""
    return tuple(row.hook.rpartition(".")[0] for row in set_up(settings) if row.hook)


def inbound_urls(settings: Settings) -> Mapping[str, str]:
    """Where each provider that is set up is to bring the texts of members, by its name."""
    texts = [row for row in set_up(settings) if row.channel is Channel.SMS and row.hook]
    return {row.name: _hook(row).inbound_url(settings) for row in texts}


def _further(name: str, path: str) -> Row:
    try:
        row = _loaded(path)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"CM_FURTHER_PROVIDERS: {path} cannot be loaded ({error})") from error
    if not isinstance(row, Row) or row.name != name:
        raise ValueError(f"CM_FURTHER_PROVIDERS: {path} is not the row of a provider {name!r}")
    return row


def _refused(settings: Settings) -> tuple[str, ...]:
    if not settings.refused_prefixes and not settings.sms_is_loopback:
        raise ValueError(
            "refused prefixes may be lifted only where every SMS API is simulated on this machine: "
            "set CM_SMS_REFUSED=+999"
        )
    return settings.refused_prefixes


def _at(path: str, settings: Settings) -> Row | None:
    begun = [row for row in rows(settings) if row.hook and path.startswith(row.paths_begin)]
    return max(begun, key=lambda row: len(row.paths_begin), default=None)


def _named(name: str, settings: Settings) -> Row:
    return next(row for row in rows(settings) if row.name == name)


def _class(row: Row) -> ProviderClass:
    return cast("ProviderClass", _loaded(row.provider))


def _hook(row: Row) -> Hook:
    return cast("Hook", _loaded(row.hook)())


def _loaded(path: str) -> Any:
    """What this dotted path names."""
    module, _, name = path.rpartition(".")
    return getattr(lazy(module), name)
