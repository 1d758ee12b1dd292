"""What of the security checklist is shown, and by which tests?

Tests name the row that they show: `@pytest.mark.check(13)`. What no test can say is stated in
SECURITY.md, in a paragraph that ends with `(check 13)`.
"""
# ruff: noqa: INP001 - a script that lies beside what it writes

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
ROWS: Final = HERE / "security_checks.yaml"
STATED: Final = re.compile(r"\(checks? ([\d, and]+)\)")


@dataclass
class Row:
    """One row, and where it is shown or stated."""

    number: int
    sections: str
    says: str
    tests: list[tuple[str, str]] = field(default_factory=list)  # path, name
    stated: bool = False

    @property
    def green(self) -> bool:
        """Whether anything shows it."""
        return bool(self.tests) or self.stated


def rows() -> list[Row]:
    """Every row, with what shows it today."""
    found = {row.number: row for row in (Row(*one) for one in yaml.safe_load(ROWS.read_text()))}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for number, name in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            found[number].tests.append((str(path.relative_to(ROOT)), name))
    for number in _stated((ROOT / "SECURITY.md").read_text(encoding="utf-8")):
        found[number].stated = True
    return list(found.values())


def _marked(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.check":
                    yield from ((int(ast.literal_eval(number)), node.name) for number in mark.args)


def _stated(text: str) -> Iterator[int]:
    for found in STATED.finditer(text):
        yield from map(int, re.findall(r"\d+", found[1]))


def page() -> str:
    """The table, as it is committed."""
    every = rows()
    green = sum(row.green for row in every)
    lines = [
        "# Security checklist",
        "",
        (
            f"{green} of {len(every)} rows are shown by tests or stated in "
            "[SECURITY.md](../../SECURITY.md). The sections are those of OWASP ASVS 5.0, level 2, "
            "and what fits of level 3; the words are ours. "
            "Written by `python -m docs.reference.generate`."
        ),
        "",
        "| # | ASVS | what holds here | shown by |",
        "| --- | --- | --- | --- |",
        *(f"| {r.number} | {r.sections} | {r.says} | {_shown(r)} |" for r in every),
    ]
    return "\n".join(lines) + "\n"


def _shown(row: Row) -> str:
    tests = [f"[{_words(name)}](../../{path})" for path, name in row.tests]
    stated = ["stated in [SECURITY.md](../../SECURITY.md)"] if row.stated else []
    return "; ".join((*tests, *stated)) or "nothing yet"


def _words(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")
