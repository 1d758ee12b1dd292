"""The tests have a house too: what they share lies in one place, and no test leans on another."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rooms import ROOMS, ROOT

TESTS = ROOT / "tests"
HOUSE = {
    "unit", "contract", "scenarios", "faults", "browser", "architecture", "simulator", "support",
}  # fmt: skip
USERS = ("tests", "benchmarks", "docs", *ROOMS)


def imported(source: str) -> Iterator[str]:
    """The names of the modules, and of what is taken out of them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def leans_on_a_test(name: str) -> bool:
    """Whether it is of a module of tests, or of a file of fixtures."""
    parts = name.split(".")
    return parts[0] == "tests" and any(
        part.startswith("test_") or part == "conftest" for part in parts
    )


def test_nobody_imports_from_a_module_of_tests() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for room in USERS
        for path in (ROOT / room).rglob("*.py")
        for name in imported(path.read_text("utf-8"))
        if leans_on_a_test(name)
    ]

    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "from tests.unit.convening.test_notify import x", "import tests.browser.test_desk",
        "from tests.browser import test_desk", "from tests.browser.conftest import Street",
    ],
)  # fmt: skip
def test_whoever_did_would_be_found(text: str) -> None:
    assert any(map(leans_on_a_test, imported(text)))


def test_the_house_has_these_rooms_and_support_one_place() -> None:
    rooms = {path.name for path in TESTS.iterdir() if path.is_dir() and path.name[0] not in "_."}
    helpers = [
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("*.py")
        if not is_at_home(path.relative_to(TESTS))
    ]

    assert rooms == HOUSE
    assert helpers == []


def is_at_home(path: Path) -> bool:
    """A test, the fixtures of a folder, or shared by several."""
    is_known = path.name.startswith("test_") or path.name in {"conftest.py", "__init__.py"}
    return is_known or path.parts[0] == "support"


def test_every_unit_test_is_of_a_room() -> None:
    rooms = {path.name for path in (TESTS / "unit").iterdir() if path.is_dir()}

    assert rooms - {"__pycache__"} <= set(ROOMS)
