"""The roster of members and their offices: bring it in, look it through, take it out."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.desk import AsJson, complain, fail, opened, say
from validation import InvalidFileError

verbs = typer.Typer(no_args_is_help=True, help="The roster of members and their offices.")


@verbs.command("import")
def import_(
    file: Path,
    partial: Annotated[bool, typer.Option(help="Import the good members of a bad file.")] = False,
) -> None:
    """Import a roster, YAML or CSV: all of it, or nothing."""
    from convening import from_the_host
    from store import roster

    try:
        read = roster.read_roster(file.read_text("utf-8"), source=file.name, partial=partial)
    except InvalidFileError as error:
        fail(f"{error}\nNothing was imported.")
    with opened() as installation, installation.database.transaction() as session:
        report = from_the_host.import_roster(session, read, now=installation.now())
    for fault in read.faults:
        complain(fault)
    say(f"{len(report.added)} added, {len(report.changed)} changed, {len(report.retired)} retired")
    raise typer.Exit(1 if read.faults else 0)


@verbs.command()
def export() -> None:
    """Print the roster as YAML, as it can be imported again."""
    from store import directory

    with opened() as installation, installation.database.reading() as session:
        print(directory.export_roster(session))


@verbs.command()
def sheet(
    out: Annotated[Path, typer.Option(help="The file to write, in HTML.")],
    reason: Annotated[str, typer.Option(help="Why: it goes into the ledger.")],
) -> None:
    """Write the contact sheet with full numbers, to print for when all is down."""
    from convening.from_the_host import by_operator
    from dashboard.directory import contact_sheet

    with opened() as installation, installation.database.transaction() as session:
        text = contact_sheet.for_the_host(session, by_operator(installation.now()), reason=reason)
    out.write_text(text, encoding="utf-8")
    out.chmod(0o600)


@verbs.command()
def check(as_json: AsJson = False) -> None:
    """Say what needs attention before an activation does."""
    from convening import reachability
    from store import directory

    with opened() as installation, installation.database.reading() as session:
        found = directory.attention(session, today=installation.now().date())
        lacking = list(reachability.lacking_languages(session))
    for one in found:
        line = {"member": one.member_code, "cause": one.cause.value, "says": one.sentence}
        print(json.dumps(line)) if as_json else print(f"{one.member_code}: {one.sentence}")
    for member, sentence in lacking:  # worth knowing, and no fault of the directory's
        line = {"member": member.code, "cause": "language", "says": sentence}
        print(json.dumps(line)) if as_json else print(f"{member.code}: {sentence}")
    raise typer.Exit(1 if found else 0)
