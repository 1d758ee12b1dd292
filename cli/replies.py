"""How would a reply be read?"""

import json
from pathlib import Path

import typer

from cli.desk import AsJson

verbs = typer.Typer()


@verbs.command("read-reply")
def read_reply(files: list[Path], as_json: AsJson = False) -> None:
    """Say how raw e-mails would be read."""
    from contextlib import closing

    from notifications.email.parse.sandbox import Sandbox

    with closing(Sandbox()) as sandbox:
        for path in files:
            reading = {"file": str(path), **sandbox.reading_of(path.read_bytes())}
            if as_json:
                print(json.dumps(reading, ensure_ascii=False))
            else:
                print(f"{path}: {reading['kind']}, {reading['answer']} ({reading['reason']})")
