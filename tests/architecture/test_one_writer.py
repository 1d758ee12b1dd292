"""A change of state goes through one door: store/ledger.py, which writes the entry beside it."""

import ast
import re
from collections.abc import Iterator

import pytest

from store.tables import Base
from tests.support.rooms import Source, read, sources

STATES = {table.class_.state_column for table in Base.registry.mappers}
RAW_SQL = re.compile(
    rf"\bUPDATE\s+\w+\s+SET\b[^;]*\b(?:{'|'.join(sorted(STATES))})\b", re.IGNORECASE
)


def writes_of_state(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if _assigns(node) or _updates(node) or _speaks_sql(node):
            yield f"{source.path}:{getattr(node, 'lineno', 0)}"


def _assigns(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="setattr"), args=[_, name, *_]):
            return _says_state([name])
        case ast.Assign(targets=targets):
            return any(_is_a_state(target) for target in targets)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return _is_a_state(target)
    return False


def _is_a_state(target: ast.expr) -> bool:
    """`row.state`, also among several; what hangs on `app.state` is something else."""
    if isinstance(target, ast.Tuple | ast.List):
        return any(_is_a_state(part) for part in target.elts)
    return isinstance(target, ast.Attribute) and target.attr in STATES


def _updates(node: ast.AST) -> bool:
    """`.values(state=…)`, `.values({"state": …})`, and `.values(**whatever)`, which may be it."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr not in {"values", "update", "ordered_values"}:
        return False
    words = [keyword.arg for keyword in node.keywords]
    keys = [key for arg in node.args if isinstance(arg, ast.Dict) for key in arg.keys]
    return (
        not STATES.isdisjoint(words)
        or _says_state(keys)
        or (node.func.attr == "values" and None in words)
    )


def _says_state(nodes: list[ast.expr | None] | list[ast.expr]) -> bool:
    return any(isinstance(node, ast.Constant) and node.value in STATES for node in nodes)


def _speaks_sql(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and RAW_SQL.search(node.value) is not None
    )


def test_a_state_stands_in_one_of_two_columns() -> None:
    assert sorted(STATES) == ["health", "state"]


def test_exactly_one_place_writes_a_state() -> None:
    found = [place for source in sources() for place in writes_of_state(source)]

    assert [place.partition(":")[0] for place in found] == ["store/ledger.py"], found


@pytest.mark.parametrize(
    "text",
    [
        "notice.state = NoticeState.ACKNOWLEDGED",
        "notice.state: NoticeState = later",
        "first.state, second.state = a, b",
        "setattr(notice, 'state', x)",
        "contact.health, contact.health_note = Health.FAILED, note",
        "session.execute(update(ContactPoint).values(health=x))",
        "session.execute(update(ContactPoint).values({'health': x}))",
        "setattr(contact, 'health', x)",
        "text('UPDATE contact_point SET health = :h')",
        "session.execute(update(Notice).values(state=x))",
        "session.execute(update(Notice).values({'state': x}))",
        "session.execute(update(Notice).values(**beside))",
        "session.query(Notice).update({'state': x})",
        "text('UPDATE notice SET due_at = NULL, state = :s')",
    ],
)
def test_a_second_writer_would_be_found(text: str) -> None:
    assert list(writes_of_state(read(text)))


@pytest.mark.parametrize(
    "text",
    [
        "state = notice.state",
        "Notice(state=x)",
        "ContactPoint(health=x)",
        "contact.health_note = x",
        "app.state.house = house",
        "update(Notice).values(due_at=x)",
        "d.values()",
    ],
)
def test_whoever_only_reads_is_left_in_peace(text: str) -> None:
    assert not list(writes_of_state(read(text)))
