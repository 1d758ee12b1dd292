"""Which world does the simulated gateway play for an installation?"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from notifications.kannel import callbacks
from settings import Settings, is_loopback
from simulator import (
    Gateway,
    Persona,
    PlannedFault,
    read_fault_plan,
    read_persona_file,
    run_gateway,
)
from store.clock import Clock, SystemClock
from store.migrations import open_up_to_date


def world_of(
    settings: Settings, personas: Path | None, faults: Path | None, *, rate: float, seed: int
) -> Gateway:
    """Providers, mail servers and people at the addresses where the installation looks for them."""
    return Gateway(
        account_sid=settings.sms_account,
        auth_token=settings.sms_token.get_secret_value(),
        number=settings.sms_sender,
        http_port=urlsplit(settings.sms_api).port or 0,
        smtp_port=settings.smtp_port,
        smtp_second_port=_second_port(settings),
        inbound_sms_url=f"{settings.public_url}/twilio/sms#rc=5&rp=all",
        kannel_inbound_url=callbacks.text_url(settings.public_url, settings.key),
        inbound_mail=(settings.inbox_host, settings.inbox_port),
        personas=_read_personas(personas),
        faults=read_faults(faults),
        rate=rate,
        seed=seed,
        clock=_clock(settings).now,
    )


async def play(world: Gateway, *, say: Callable[[str], None]) -> None:
    """Be that world until told to stop; its page is said once it is there."""
    await run_gateway(world, started=lambda it: say(f"gateway at {it.http_url}/_gateway/"))


def read_faults(path: Path | None) -> list[PlannedFault]:
    """The plan in a file; RefusedError tells every mistake in it."""
    return read_fault_plan(path.read_text("utf-8"), source=path.name) if path else []


def _read_personas(path: Path | None) -> list[Persona]:
    return read_persona_file(path.read_text("utf-8"), source=path.name) if path else []


def _second_port(settings: Settings) -> int | None:
    return settings.smtp_second_port if is_loopback(settings.smtp_second_host) else None


def _clock(settings: Settings) -> Clock:
    """The installation's, so that its people's phones show the same time; else the machine's."""
    if settings.database.startswith("sqlite") and not settings.home.exists():
        return SystemClock()
    with closing(open_up_to_date(settings)) as installation:
        return installation.clock
