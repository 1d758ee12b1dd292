"""What can be read off the code itself: how it asks the database, where its chances come from."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.support.rooms import ROOT, sources

PLAYS = ("simulator/", "operations/personas.py", "operations/rehearsal.py")
"""What simulates people may throw dice that a seed decides."""


def statements_put_together(tree: ast.AST) -> Iterator[int]:
    """Lines on which a statement's text is put together out of values."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in {"text", "exec_driver_sql"} and _is_put_together(node.args[0]):
                yield node.lineno


def _is_put_together(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) and not _is_constant(part.value)
                   for part in node.values)  # fmt: skip
    return isinstance(node, ast.BinOp) or (
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".format")
    )


@pytest.mark.check(2)
def test_no_statement_is_put_together_out_of_values() -> None:
    found = [
        f"{source.path}:{line}"
        for source in sources()
        for line in statements_put_together(source.tree)
    ]

    assert found == []


@pytest.mark.parametrize("said", ['text(f"DELETE {x}")', 'text("a" + x)', 'text("{}".format(x))'])
def test_a_statement_that_is_would_be_found(said: str) -> None:
    assert list(statements_put_together(ast.parse(said))) == [1]


def _is_constant(node: ast.AST) -> bool:
    """A name in capitals is a constant of ours; a channel's name cannot be a parameter."""
    return isinstance(node, ast.Name) and node.id.isupper()


def imports_dice(node: ast.AST) -> bool:
    """Whether this line brings numbers that somebody could foretell."""
    if isinstance(node, ast.Import):
        return any(name.name == "random" for name in node.names)
    return isinstance(node, ast.ImportFrom) and node.module == "random"


@pytest.mark.check(38)
def test_what_must_not_be_guessed_never_comes_from_dice() -> None:
    found = [
        source.path
        for source in sources()
        if not source.path.startswith(PLAYS) and any(map(imports_dice, source.nodes))
    ]

    assert found == []


@pytest.mark.check(42)
def test_everything_that_is_installed_is_listed_with_its_version_and_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.findall(r"^[a-z0-9][^\n]*(?:\n +[^\n]+)*", lock, re.MULTILINE)

    assert len(entries) > 100
    assert [one.partition(" ")[0] for one in entries if "--hash=sha256:" not in one] == []
    assert [one.partition(" ")[0] for one in entries if "==" not in one] == []
