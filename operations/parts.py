"""Which processes make an installation, in which surroundings, and when is each of them ready?"""

import json
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from operations import ports
from operations.supervisor import Part, convene
from settings import Settings

EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound


def of_installation(settings: Settings) -> list[Part]:
    """Web and engine, and Prefect's server where the settings name a local one."""
    parts = [web(settings), engine()]
    if any(ports.of_prefect(settings)):
        parts.append(prefect_server(settings))
    return parts


def web(settings: Settings) -> Part:
    """The dashboard, the members' pages and the doors for replies."""
    host = ports.HERE if settings.web_host in EVERY_ADDRESS else settings.web_host
    shown = f"[{host}]" if ":" in host else host
    return Part("web", convene("web"), f"http://{shown}:{settings.web_port}/sign-in")


def engine() -> Part:
    """What does at once that which is due; ready when its heartbeat is in the database."""
    return Part("engine", convene("engine"))


def prefect_server(settings: Settings) -> Part:
    """Prefect's own server, on the address that the settings name; it may come up late."""
    address = urlsplit(settings.prefect_api)
    where = ("--host", str(address.hostname), "--port", str(address.port))
    command = (sys.executable, "-m", "prefect", "server", "start", *where)
    return Part("prefect", command, environ=settings.prefect_environment)


def gateway(
    settings: Settings, personas: Path, *, rate: float, seed: int = 0, faults: Path | None = None
) -> Part:
    """The simulated world outside."""
    plan = ("--faults", str(faults.absolute())) if faults is not None else ()
    played = ("--personas", str(personas), "--rate", str(rate), "--seed", str(seed), *plan)
    return Part("gateway", convene("gateway", *played), f"{settings.sms_api}/_gateway/")


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the processes of an installation read them."""
    set_here = {name: value for name, value in settings.model_dump().items() if value is not None}
    return {f"CM_{name.upper()}": _written(value) for name, value in set_here.items()}


def _written(value: Any) -> str:
    """A setting as the environment holds it: a secret in full, a table as JSON."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=_written)
    return str(value)
