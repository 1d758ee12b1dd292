"""What was agreed beforehand: is it whole, and what would each office get?"""

from pathlib import Path
from typing import Annotated

import typer

from cli.desk import complain, failing_on, say
from validation import InvalidFileError

verbs = typer.Typer(no_args_is_help=True, help="What was agreed beforehand.")


@verbs.command()
def check(files: Annotated[list[Path] | None, typer.Argument()] = None) -> None:
    """Check playbooks, the installation's own if none is named: form and wording."""
    from convening.messages import preflight
    from playbooks import lint, schema
    from settings import Settings

    paths = files or sorted(schema.OWN_DIRECTORY.glob("*.yaml"))
    settings, bad = Settings(), 0
    for path in paths:
        try:
            checked = lint.check(path.read_text("utf-8"), source=path.name)
            preflight.check_sms(checked, source=path.name, settings=settings)
            say(f"{path.name}: good")
        except InvalidFileError as error:
            bad += 1
            complain(error)
    raise typer.Exit(1 if bad else 0)


@verbs.command()
def show(name: str) -> None:
    """Print what each office would get, with the example roster."""
    from operations.preview import preview
    from playbooks.schema import UnknownPlaybookError
    from settings import Settings

    with failing_on(UnknownPlaybookError):
        for shown in preview(name, settings=Settings()):
            print(shown)
