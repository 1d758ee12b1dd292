"""The operator's desk: `convene`, one short function a verb.

`--json` prints one JSON document, or one a line, on standard output; everything else that is said
goes to standard error. Exit status 0 means that what was asked is so.
"""

import typer

from cli import (
    account,
    directory,
    evidence,
    installation,
    playbook,
    processes,
    provider,
    replies,
    situations,
)

app = typer.Typer(
    name="convene",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Convene the affected members: notify, remind, escalate, meet, record.",
)
app.add_typer(processes.verbs)
app.add_typer(installation.verbs)
app.add_typer(situations.verbs)
app.add_typer(replies.verbs)
app.add_typer(directory.verbs, name="directory")
app.add_typer(playbook.verbs, name="playbook")
app.add_typer(evidence.verbs, name="evidence")
app.add_typer(account.verbs, name="account")
app.add_typer(provider.verbs, name="provider")
