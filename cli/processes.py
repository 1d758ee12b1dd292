"""Which processes does an operator start: for real work, for show, and to rehearse?"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.desk import AsJson, console, failing_on, opened, say
from operations.examples import ROSTER, SITUATION
from validation import InvalidFileError

if TYPE_CHECKING:
    from operations.rehearsal import RehearsalOutcome
    from settings import Settings

verbs = typer.Typer()

DEMO_RATE: Final = 20.0  # the first reminder comes after 45 seconds
UNREADABLE: Final = (InvalidFileError, OSError, UnicodeDecodeError)  # what a stranger's file can be
CHATTY: Final = ("alembic", "httpx", "aiohttp.access", "mail.log")


@verbs.command()
def web() -> None:
    """Serve the dashboard, the members' pages and the doors for replies."""
    from dashboard.app import run_web
    from operations import ports

    _log_to_stderr()
    with opened() as installation, failing_on(ports.PortTakenError):
        ports.demand(ports.of_web(installation.settings))
        run_web(installation)


@verbs.command()
def engine() -> None:
    """Do at once what the database says is due."""
    from flows.engine import run_engine

    _log_to_stderr()
    with opened() as installation:
        asyncio.run(run_engine(installation))


@verbs.command()
def gateway(
    personas: Annotated[Path | None, typer.Option(help="YAML: how each office behaves.")] = None,
    faults: Annotated[Path | None, typer.Option(help="YAML: what goes wrong, and when.")] = None,
    rate: Annotated[float, typer.Option(help="Told seconds in a real one.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same deeds.")] = 0,
) -> None:
    """Simulate providers of SMS and calls, a mail server and the people behind them."""
    from operations import gateway as simulated
    from operations import ports
    from settings import Settings

    _log_to_stderr()
    settings = Settings()
    with failing_on(ports.PortTakenError, *UNREADABLE):
        ports.demand(ports.of_gateway(settings))
        world = simulated.world_of(settings, personas, faults, rate=rate, seed=seed)
    with _quiet_interrupt():
        asyncio.run(simulated.play(world, say=say))


@verbs.command()
def serve() -> None:
    """Run web, engine and Prefect's server together, and stop them cleanly."""
    from operations import parts, ports
    from operations.supervisor import NotReadyError, Together, until_told

    with opened() as installation:
        settings = installation.settings
    logs = settings.home.absolute() / "log"
    with failing_on(ports.PortTakenError, NotReadyError):
        ports.demand([*ports.of_web(settings), *ports.of_prefect(settings)])
        with Together(parts.of_installation(settings), environ={}, logs=logs) as together:
            together.wait_ready(seconds=60)
            say(f"the dashboard is at {settings.public_url}; logs are in {logs}")
            together.keep_up(until_told())


@verbs.command()
def demo(
    rate: Annotated[float, typer.Option(help="Told seconds in a real one.")] = DEMO_RATE,
    seed: Annotated[int, typer.Option(help="The same seed gives the same cast.")] = 1,
) -> None:
    """Run everything on loopback, with a fictional roster and personas that answer."""
    from operations import demo as demonstration
    from operations.ports import PortTakenError
    from operations.supervisor import NotReadyError, until_told
    from settings import Settings

    with failing_on(PortTakenError, NotReadyError):
        settings = demonstration.settings_for(Settings(), say=say)
        say("a fictional installation is being prepared")
        with demonstration.running(settings, rate=rate, seed=seed) as together:
            _show_demo(settings)
            together.keep_up(until_told())
    say("stopped")


def _show_demo(settings: "Settings") -> None:
    from dashboard.accounts import second_factor
    from operations import demo as demonstration

    print_codes = partial(second_factor.print_codes, key=settings.key)
    tell = partial(console().print, highlight=False, soft_wrap=True)
    tell(f"\nThe dashboard: [bold]{settings.public_url}[/bold]")
    for one in demonstration.sign_ins(settings, print_codes=print_codes):
        tell(f"  as {one.who}, once, within a quarter of an hour:\n    {one.link}")
        tell(f"    codes to confirm what you do, each good once: {'  '.join(one.codes)}")
    tell(f"Phones and mailboxes: {settings.sms_api}/_gateway/")
    tell("Everything is invented and nothing leaves this machine. Stop with Ctrl-C.\n")


@verbs.command()
def rehearse(
    playbook: Annotated[str | None, typer.Option(help="Another playbook than the file's.")] = None,
    roster: Annotated[Path, typer.Option(help="The roster.")] = ROSTER,
    situation: Annotated[Path, typer.Option(help="The facts.")] = SITUATION,
    seed: Annotated[int, typer.Option(help="The same seed gives the same cast.")] = 1,
    faults: Annotated[Path | None, typer.Option(help="A fault plan.")] = None,
    database: Annotated[str, typer.Option(help="Another database than a fresh SQLite.")] = "",
    out: Annotated[Path, typer.Option(help="Where the files go.")] = Path("var/rehearsal"),
    as_json: AsJson = False,
) -> None:
    """Run one whole consultation unattended, from the trigger to the record."""
    from operations import ports, rehearsal
    from operations.gateway import read_faults
    from operations.supervisor import NotReadyError

    with failing_on(*UNREADABLE):
        read_faults(faults)  # its mistakes are told before anything starts
    with failing_on(rehearsal.RehearsalFailedError, NotReadyError, InvalidFileError):
        asked = rehearsal.RehearsalRequest(out, playbook, roster, situation, seed, faults, database)
        outcome = rehearsal.rehearse(asked, ports=ports.any_free(4), say=say)
    print(outcome.as_json()) if as_json else _show_outcome(outcome)
    raise typer.Exit(0 if outcome.complete else 1)


def _show_outcome(outcome: "RehearsalOutcome") -> None:
    from rich.table import Table

    table = Table(title=outcome.reference, show_header=False)
    for name, value in asdict(outcome).items():
        shown = ", ".join(value) if name == "files" else str(value)
        table.add_row(name.replace("_", " "), shown)
    console().print(table)


def _log_to_stderr() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def _quiet_interrupt() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        say("stopped")
