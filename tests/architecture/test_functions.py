"""A function is a short paragraph."""

import ast
from statistics import median

from tests.support.rooms import sources

LONGEST = 60
EXCEPTIONS: dict[str, str] = {}  # path:name → why it must be so long


def lengths() -> dict[str, int]:
    """Lines of each function, from its name to its end."""
    return {
        f"{source.path}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_no_function_is_longer_than_a_page_of_the_editor() -> None:
    found = lengths()

    long = {name: lines for name, lines in found.items() if lines > LONGEST}
    assert set(long) == set(EXCEPTIONS), f"{long}; the median is {median(found.values())}"
