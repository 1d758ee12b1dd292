"""Examine an installation: what would fail at the trigger, found while there is time."""

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from sqlalchemy.exc import SQLAlchemyError

from convening import providers
from mechanism.vocabulary import Pin
from notifications import registry
from notifications.outbox import circuit_breaker
from operations import inbound_checks
from operations.inbound_checks import DoorFinding, DoorState, Group
from settings import Settings
from store import directory
from store.clock import clock_of
from store.heartbeats import engine_silence
from store.migrations import revision_of
from store.session import Database

DISK_WANTED: Final = 1_000_000_000  # bytes; the ledger of years fits
LONGEST_ADDRESS: Final = 21  # characters that leave a text with a link within one part


class FindingLevel(StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARNING = "warning"  # works, with less than it could
    FAILED = "failed"  # an activation would suffer


@dataclass(frozen=True)
class Finding:
    """One line of the examination, with the remedy where there is something to mend."""

    what: str
    verdict: FindingLevel
    says: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which they matter."""
    try:
        registry.rows(settings)
    except ValueError as error:  # nothing else can be told without them
        return [Finding("providers", FindingLevel.FAILED, str(error), "Mend this setting.")]
    return [
        *_configuration(settings),
        *_database(settings),
        *_providers(settings),
        _prefect(settings),
        _disk(settings),
    ]  # fmt: skip


def is_healthy(findings: list[Finding]) -> bool:
    """Whether nothing has failed; warnings are no failure."""
    return all(finding.verdict is not FindingLevel.FAILED for finding in findings)


def _configuration(settings: Settings) -> Iterator[Finding]:
    if settings.leaves_installation:
        says = "messages leave this installation"
    else:
        says = "not leaving this installation: every provider is on this machine"
    yield Finding("configuration", FindingLevel.OK, says)
    if len(settings.public_url) > LONGEST_ADDRESS:
        yield Finding(
            "public address", FindingLevel.WARNING,
            f"longer than {LONGEST_ADDRESS} characters: a text with a link goes without the title",
            "Use a shorter name for CM_PUBLIC_URL.",
        )  # fmt: skip
    https = settings.public_url.startswith("https://")
    if not https and urlsplit(settings.public_url).hostname != "localhost":
        yield Finding(
            "public address", FindingLevel.FAILED, "links would travel unencrypted",
            "Put the web behind TLS and set CM_PUBLIC_URL to its https address.",
        )  # fmt: skip


def _database(settings: Settings) -> Iterator[Finding]:
    database = Database(settings.database)
    try:
        schema = _schema(database)
        yield schema
        if schema.verdict is FindingLevel.OK:
            yield from _kept(database)
            yield from _doors(database, settings)
    except SQLAlchemyError as error:
        yield Finding(
            "database", FindingLevel.FAILED, f"cannot be read ({type(error).__name__})",
            "Check CM_DATABASE_URL, and run `convene migrate`.",
        )  # fmt: skip
    finally:
        database.close()


def _schema(database: Database) -> Finding:
    revision = revision_of(database)
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    if revision is None:
        return Finding("database", FindingLevel.FAILED, f"{kind}, empty", "Run `convene migrate`.")
    return Finding("database", FindingLevel.OK, f"{kind}, schema {revision}")


def _kept(database: Database) -> Iterator[Finding]:
    clock = clock_of(database)
    with database.reading() as session:
        count = len(directory.members(session))
        due = len(directory.attention(session, today=clock.now().date()))
        silence = engine_silence(session, real_now=datetime.now(UTC))
    yield _directory(count, due)
    yield _engine(silence)
    if clock.simulated:
        yield Finding(
            "clock", FindingLevel.WARNING, f"told, {clock.rate:g} times fast: a demonstration",
            "Use another database for real work.",
        )  # fmt: skip


def _doors(database: Database, settings: Settings) -> Iterator[Finding]:
    """A line for each; mail that no door takes is a failure, even where none is broken."""
    with database.reading() as session:
        found = inbound_checks.standings(settings, inbound_checks.last_heard(session))
    takes_mail = any(
        d.group is Group.MAIL and d.how in {DoorState.OPEN, DoorState.DOUBTFUL} for d in found
    )
    for door in found:
        yield Finding(
            f"door {door.what}", _verdict(door, takes_mail=takes_mail), door.says, door.remedy
        )
    if not takes_mail:
        yield Finding(
            "replies by e-mail", FindingLevel.FAILED, "no door takes them",
            "Open one of those for mail: see docs/how-to/hear-replies.md.",
        )  # fmt: skip


def _verdict(door: DoorFinding, *, takes_mail: bool) -> FindingLevel:
    if door.how is DoorState.SHUT:
        spared = takes_mail and door.group is Group.MAIL
        return FindingLevel.WARNING if spared else FindingLevel.FAILED
    return FindingLevel.WARNING if door.how is DoorState.DOUBTFUL else FindingLevel.OK


def _directory(count: int, due: int) -> Finding:
    if count == 0:
        return Finding(
            "directory", FindingLevel.FAILED, "empty", "Run `convene directory import FILE`."
        )
    if due:
        says = f"{count} members; {due} things need attention"
        return Finding("directory", FindingLevel.WARNING, says, "See `convene directory check`.")
    return Finding("directory", FindingLevel.OK, f"{count} members")


def _engine(silence: timedelta | None) -> Finding:
    if silence is not None:
        return Finding(
            "engine", FindingLevel.FAILED, "not seen for half a minute", "Start `convene serve`."
        )
    return Finding("engine", FindingLevel.OK, "at work")


def _providers(settings: Settings) -> Iterator[Finding]:
    """One that does not work is a failure only where no other of its channel does."""
    try:
        registry.providers(settings)
    except ValueError as error:  # what the engine would refuse at its start
        yield Finding(
            "providers", FindingLevel.FAILED, str(error), "Mend the settings that it names."
        )
    lines = {line.name: line for line in _standing(settings)}
    faults = {
        name: _fault(lines[name], host, port)
        for name, (host, port) in registry.addresses(settings).items()
    }
    working = {lines[name].channel for name, fault in faults.items() if not fault}
    for name, fault in faults.items():
        line = lines[name]
        what, pinned = f"provider {name}", f", pinned {line.pin}" if line.pin != Pin.AUTO else ""
        if not fault:
            yield Finding(what, FindingLevel.OK, f"answers; breaker {line.breaker}{pinned}")
            continue
        verdict = FindingLevel.WARNING if line.channel in working else FindingLevel.FAILED
        yield Finding(what, verdict, *fault)


def _standing(settings: Settings) -> list[providers.ProviderLine]:
    """As the database says; where there is none yet, as if nothing had been seen."""
    database = Database(settings.database)
    try:
        now = clock_of(database).now()
        with database.reading() as session:
            return providers.lines(circuit_breaker.standings(session), settings, now=now)
    except SQLAlchemyError:
        return providers.lines({}, settings, now=datetime.now(UTC))
    finally:
        database.close()


def _fault(line: providers.ProviderLine, host: str, port: int) -> tuple[str, str] | None:
    """What is wrong and the remedy, where anything is."""
    if line.pin == Pin.DOWN:
        return f"pinned down by {line.pinned}", f"Run `convene provider pin {line.name} auto`."
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError as error:
        return f"{host}:{port} does not answer ({error})", "Start it, or check its address."
    if not providers.is_used(line):
        return f"answers, but its breaker is {line.breaker}", "See what it refuses."
    return None


def _prefect(settings: Settings) -> Finding:
    if not settings.prefect_api:
        return Finding("Prefect", FindingLevel.WARNING, "not configured: no history of flow runs")
    try:
        with urlopen(f"{settings.prefect_api}/health", timeout=3):  # noqa: S310 - the operator's own
            return Finding("Prefect", FindingLevel.OK, "its server answers")
    except (URLError, OSError):
        return Finding(
            "Prefect", FindingLevel.WARNING, "its server does not answer; waves run without it",
            "Start it by `convene serve`, or set CM_PREFECT_API.",
        )  # fmt: skip


def _disk(settings: Settings) -> Finding:
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free
    says = f"{free // 1_000_000_000} GB free"
    if free < DISK_WANTED:
        return Finding("disk", FindingLevel.FAILED, says, "Make room where CM_HOME lies.")
    return Finding("disk", FindingLevel.OK, says)
