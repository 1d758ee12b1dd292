"""A class name means one thing in the whole of the product."""

import ast
from collections.abc import Iterable

from tests.support.rooms import Source, read, sources


def told_apart_by_their_files(code: Iterable[Source]) -> list[str]:
    """Each class name that stands in more than one place, with its places."""
    places: dict[str, list[str]] = {}
    for source in code:
        for node in source.nodes:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(f"{source.path}:{node.lineno}")
    return [f"{name}: {', '.join(at)}" for name, at in sorted(places.items()) if len(at) > 1]


def test_no_two_classes_have_one_name() -> None:
    assert told_apart_by_their_files(sources()) == []


def test_a_second_class_of_a_name_is_found_wherever_it_stands() -> None:
    code = [read("class Line: ..."), read("def f():\n    class Line: ..."), read("class Row: ...")]

    assert told_apart_by_their_files(code) == ["Line: made_up.py:1, made_up.py:2"]
