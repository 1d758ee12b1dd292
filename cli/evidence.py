"""What auditors take home: write it, and check it."""

from pathlib import Path
from typing import Annotated

import typer

from cli.desk import AsJson, fail, opened, say

verbs = typer.Typer(no_args_is_help=True, help="What auditors take home.")


@verbs.command()
def export(
    reference: str,
    out: Annotated[Path, typer.Option()],
    reason: Annotated[str, typer.Option(help="Kept in the ledger.")] = "asked for by an auditor",
) -> None:
    """Write the evidence bundle of a situation."""
    from sqlalchemy import select

    from convening.from_the_host import by_operator
    from convening.record import export_evidence
    from store.tables import Situation

    with opened() as installation, installation.database.transaction() as session:
        query = select(Situation).where(Situation.reference == reference)
        situation = session.scalars(query).first() or fail(f"no situation {reference}")
        content, bundle = export_evidence(
            session,
            by_operator(installation.now()),
            situation,
            reason=reason,
        )
    out.write_bytes(content)
    say(f"{bundle.size} events, root {bundle.root}")


@verbs.command()
def verify(bundle: Path, as_json: AsJson = False) -> None:
    """Check a bundle, exactly as its own verify.py does."""
    from records.verify import main

    raise typer.Exit(main([str(bundle), *(["--json"] if as_json else [])]))
