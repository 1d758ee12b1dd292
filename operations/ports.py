"""On which ports do our processes listen, which setting names each, and is it free?"""

import os
import socket
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from settings import Settings, is_loopback

HERE: Final = "127.0.0.1"


class PortTakenError(Exception):
    """Nothing can listen where a process should; says which setting mends it."""


@dataclass(frozen=True)
class ListenAddress:
    """Where a process listens; a port of 0 is any that is free."""

    setting: str  # the field of Settings that names the port
    host: str
    port: int


def of_web(settings: Settings) -> Iterator[ListenAddress]:
    """The dashboard's, and the mail listener's in the same process."""
    yield ListenAddress("web_port", settings.web_host, settings.web_port)
    yield ListenAddress("inbox_port", settings.inbox_host, settings.inbox_port)


def of_gateway(settings: Settings) -> Iterator[ListenAddress]:
    """The simulated provider's, and that of each simulated mail server."""
    yield ListenAddress("sms_api", HERE, urlsplit(settings.sms_api).port or 0)
    yield ListenAddress("smtp_port", HERE, settings.smtp_port)
    if is_loopback(settings.smtp_second_host):
        yield ListenAddress("smtp_second_port", HERE, settings.smtp_second_port)


def of_prefect(settings: Settings) -> Iterator[ListenAddress]:
    """That of Prefect's server, where the settings name one of this installation's own."""
    if settings.prefect_api.startswith(f"http://{HERE}:"):
        yield ListenAddress("prefect_api", HERE, urlsplit(settings.prefect_api).port or 0)


def demand(listeners: Iterable[ListenAddress]) -> None:
    """Raise PortTakenError for the first that is not free, before anything has started."""
    with ExitStack() as held:
        for one in listeners:
            held.enter_context(_held(one))


def drawn(listeners: Iterable[ListenAddress], *, named: Collection[str]) -> dict[str, int]:
    """A port for each setting, all different: another than the usual where that is taken.

    Those in `named` were chosen by somebody, and raise PortTakenError instead.
    """
    named_first = sorted(listeners, key=lambda one: one.setting not in named)
    with ExitStack() as held:
        return {
            one.setting: held.enter_context(
                _held(one) if one.setting in named else _held_or_another(one)
            ).getsockname()[1]
            for one in named_first
        }


def any_free(number: int) -> list[int]:
    """Ports at which nobody listens now, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server((HERE, 0))) for _ in range(number)]
        return [one.getsockname()[1] for one in sockets]


def _held_or_another(wanted: ListenAddress) -> socket.socket:
    try:
        return _held(wanted)
    except PortTakenError:
        return _held(ListenAddress(wanted.setting, wanted.host, 0))


def _held(wanted: ListenAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    try:
        return socket.create_server((wanted.host, wanted.port), family=family)
    except OSError as error:
        setting, why = f"CM_{wanted.setting.upper()}", os.strerror(error.errno or 0)
        mend = "an address with a port" if setting.endswith("_API") else "a port"
        raise PortTakenError(
            f"{setting}: nothing can listen at port {wanted.port} of {wanted.host} ({why}). "
            f"Stop what listens there, or set {setting} to {mend} that is free."
        ) from error
