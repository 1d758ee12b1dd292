"""Demonstrate: everything on loopback, with a fictional roster and people who answer.

The demonstration's installation is made anew at each start, and its clock runs fast, so that a
newcomer sees a consultation happen within two minutes.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from convening import accounts
from mechanism.vocabulary import Role
from operations import parts, ports
from operations.examples import ROSTER
from operations.furnish import furnish
from operations.supervisor import Together
from settings import ONLY_SIMULATED, Settings, is_loopback, leads_to_loopback
from store.installation import Installation

MINUTES: Final = (1.0, 9.0)  # within which a persona that answers does so
CODES_SHOWN: Final = 5


def settings_for(asked: Settings, *, say: Callable[[str], None]) -> Settings:
    """The settings with all their world on this machine; those that name ports here hold.

    Raises PortTakenError where such a port is in use. A port that nobody has named is the usual
    one, or another where that is in use, which is said.
    """
    named = frozenset(setting for setting in _NAMES_A_PORT_HERE if _is_named(asked, setting))
    here = _with_usual_ports(asked, named)
    listeners = [*ports.of_gateway(here), *ports.of_web(here), *ports.of_prefect(here)]
    opened = ports.drawn(listeners, named=named)
    for one in listeners:
        if (port := opened[one.setting]) != one.port:
            setting = f"CM_{one.setting.upper()}"
            say(f"port {one.port} is in use, so {port} is opened; {setting} names another")
    return here.model_copy(update={"home": asked.home / "demo", **_addresses(opened)})


_NAMES_A_PORT_HERE: Final[Mapping[str, Callable[[Settings], bool]]] = {
    "web_port": lambda _: True,
    "inbox_port": lambda asked: asked.inbox_port > 0,  # without its listener no mail is answered
    "sms_api": lambda asked: leads_to_loopback(asked.sms_api),
    "smtp_port": lambda asked: is_loopback(asked.smtp_host),
    "prefect_api": lambda asked: not asked.prefect_api or leads_to_loopback(asked.prefect_api),
}
"""Whether each, where it is set, is about this machine, and not about a real provider."""


def _is_named(asked: Settings, setting: str) -> bool:
    return setting in asked.model_fields_set and _NAMES_A_PORT_HERE[setting](asked)


def _with_usual_ports(asked: Settings, named: Collection[str]) -> Settings:
    usual = Settings.model_construct()
    others = {name: getattr(usual, name) for name in _NAMES_A_PORT_HERE if name not in named}
    prefect = others.get("prefect_api", asked.prefect_api)
    others["prefect_api"] = _prefect_at(urlsplit(prefect).port or 0) if prefect else ""
    return asked.model_copy(
        update={**ONLY_SIMULATED, "inbox_lmtp": False, "database_url": "", **others}
    )


def _prefect_at(port: int) -> str:
    return f"http://{ports.HERE}:{port}/api"


def _addresses(opened: Mapping[str, int]) -> dict[str, Any]:
    return {
        "public_url": f"http://localhost:{opened['web_port']}",
        "web_port": opened["web_port"],
        "inbox_port": opened["inbox_port"],
        "sms_api": f"http://{ports.HERE}:{opened['sms_api']}",
        "smtp_host": ports.HERE,
        "smtp_port": opened["smtp_port"],
        "prefect_api": _prefect_at(opened["prefect_api"]) if "prefect_api" in opened else "",
    }


def prepare(settings: Settings, *, rate: float, seed: int) -> Path:
    """A new installation with the fictional roster, a fast clock; the file of its personas."""
    shutil.rmtree(settings.home, ignore_errors=True)
    return furnish(settings, ROSTER, seed=seed, minutes=MINUTES, rate=rate)


@contextmanager
def running(settings: Settings, *, rate: float, seed: int) -> Iterator[Together]:
    """Everything at work, on an installation made anew; NotReadyError where a process is not."""
    personas = prepare(settings, rate=rate, seed=seed)
    processes = [parts.gateway(settings, personas, rate=rate), *parts.of_installation(settings)]
    surroundings, logs = parts.environment(settings), settings.home.absolute() / "log"
    with Together(processes, environ=surroundings, logs=logs) as together:
        together.wait_ready(seconds=60)
        yield together


@dataclass(frozen=True)
class DemoSignIn:
    """A way in for one of the demonstration's accounts, once, within a quarter of an hour."""

    who: str
    link: str
    codes: Sequence[str]  # to confirm what is done, each good once


def sign_ins(
    settings: Settings, *, print_codes: Callable[[Session, int], Sequence[str]]
) -> list[DemoSignIn]:
    """An account of each role, with its link and codes."""
    made = []
    with (
        closing(Installation.open(settings)) as installation,
        installation.database.transaction() as session,
    ):
        for who, name, role, member, zone in _ACCOUNTS:
            account = accounts.create_account(
                session, name, role, member_code=member, zone=zone, now=installation.now()
            )
            token = accounts.new_sign_in_link(session, account, real_now=accounts.real_now())
            link = f"{settings.public_url}/sign-in/{token}"
            made.append(DemoSignIn(who, link, print_codes(session, account.id)[:CODES_SHOWN]))
    return made


_ACCOUNTS: Final = (
    ("co-chair, Australia", "Canberra duty desk", Role.CO_CHAIR, "AU", "Australia/Canberra"),
    ("co-chair, Indonesia", "Jakarta duty desk", Role.CO_CHAIR, "ID", "Asia/Jakarta"),
    ("secretariat", "Secretariat duty desk", Role.SECRETARIAT, None, "Asia/Bangkok"),
    ("auditor", "Auditor", Role.AUDITOR, None, "UTC"),
)
