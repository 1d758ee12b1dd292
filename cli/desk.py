"""How does every verb speak, fail, and open the installation?"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from store.installation import Installation

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


def console() -> "Console":
    """Where the person who watches is spoken to; standard output is for what was asked."""
    from rich.console import Console

    return Console(file=sys.stderr)


def say(sentence: str) -> None:
    """Tell the person who watches."""
    console().print(f"[dim]{datetime.now(UTC):%H:%M:%S}[/dim] {sentence}", highlight=False)


def complain(fault: object) -> None:
    """Show one of several faults."""
    console().print(str(fault), style="red", markup=False)


def fail(message: object) -> NoReturn:
    """Say what is wrong and how to mend it, and end with status 1."""
    console().print(str(message), style="bold red", markup=False, highlight=False)
    raise typer.Exit(1)


@contextmanager
def failing_on(*errors: type[Exception]) -> Iterator[None]:
    """These end the verb, in their own words."""
    try:
        yield
    except errors as error:
        fail(error)


@contextmanager
def opened() -> Iterator["Installation"]:
    """The installation that the environment describes, brought up to date."""
    from settings import Settings
    from store.migrations import open_up_to_date

    installation = open_up_to_date(Settings())
    try:
        yield installation
    finally:
        installation.close()
