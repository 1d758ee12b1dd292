"""The source of every room, read once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "cli", "dashboard", "flows", "convening", "notifications", "records", "store", "playbooks",
    "mechanism", "operations", "simulator",
)  # fmt: skip
FILES_BESIDE_THE_ROOMS = ("settings.py", "validation.py", "lazy.py")


@dataclass(frozen=True)
class Source:
    """One file of ours, and what Python reads in it."""

    path: str
    tree: ast.Module

    @property
    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)


@cache
def sources() -> tuple[Source, ...]:
    """Every file of the rooms; migrations are written once and left as they were."""
    inside = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    beside = (ROOT / name for name in FILES_BESIDE_THE_ROOMS)
    return tuple(
        Source(str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for path in (*sorted(inside), *beside)
        if "versions" not in path.parts
    )


def read(text: str) -> Source:
    """A source that a test makes up."""
    return Source("made_up.py", ast.parse(text))
