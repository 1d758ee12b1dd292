"""`python -m cli` is `convene`, with the interpreter that is named."""

from cli import app

app()
