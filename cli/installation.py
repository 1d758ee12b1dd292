"""Is the installation up to date, is it in order, and what will work today?"""

import json
from dataclasses import asdict

import typer

from cli.desk import AsJson, opened, say

verbs = typer.Typer()


@verbs.command()
def migrate() -> None:
    """Bring the database up to date."""
    with opened() as installation:
        say(f"{'SQLite' if installation.database.is_sqlite else 'PostgreSQL'} is up to date")


@verbs.command()
def countries(as_json: AsJson = False) -> None:
    """Say what will work today: each office, by each channel, and how it can answer."""
    from convening import reachability

    with opened() as installation, installation.database.reading() as session:
        found = reachability.today(session, now=installation.now(), settings=installation.settings)
        for one in found:
            print(json.dumps(one.as_line())) if as_json else print(one.sentence)
    failed = any(one.verdict is reachability.Reachability.FAILED for one in found)
    raise typer.Exit(1 if failed else 0)


@verbs.command()
def doctor(as_json: AsJson = False) -> None:
    """Examine the installation; each line is ok, a warning or failed, with the remedy."""
    from operations.doctor import examine, is_healthy
    from settings import Settings

    found = examine(Settings())
    for one in found:
        line = f"{one.verdict.value:8} {one.what}: {one.says}. {one.remedy}".rstrip()
        print(json.dumps(asdict(one))) if as_json else print(line)
    raise typer.Exit(0 if is_healthy(found) else 1)
