"""What does the page about the measurements say? It is written by the run that measured.

Only ratios are comparable between machines: ours and the limit were taken in turns in one run.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from benchmarks.measuring import Measured

GROWTH: Final = "growth_"
HEAD: Final = """\
# Benchmarks

Written by `make bench`; `python -m benchmarks --full` runs the long ones too. Each figure of ours
stands beside its limit: what this machine can do at most where nothing is remembered or decided.
Both were taken in turns in one run, so the *ratio* is what can be compared between machines; the
values cannot. Above 1 is better than the limit, for latencies too.

"""
GROWN: Final = """
## Growth

Half texts and half e-mails, from the outbox to the last committed outcome. A ratio of 1 is linear;
above 1, a message of a large wave costs less than one of a wave of ten.

"""


def page(results: Mapping[str, Measured]) -> str:
    """The page, in Markdown."""
    figures = [_row(name, got) for name, got in results.items() if not name.startswith(GROWTH)]
    grown = [
        (name.removeprefix(GROWTH), f"{got.value:,.2f}", f"{got.ratio:.2f}")
        for name, got in results.items()
        if name.startswith(GROWTH)
    ]
    text = HEAD + _table(("name", "ours", "limit", "unit", "ratio", "n", "the limit is"), figures)
    if grown:
        text += GROWN + _table(("recipients", "ms a message", "ratio"), grown)
    return text


def _row(name: str, got: Measured) -> tuple[str, ...]:
    values = f"{got.value:,.2f}", f"{got.limit:,.2f}", got.unit, f"{got.ratio:.3g}", f"{got.n:,}"
    return f"`{name}`", *values, got.limit_name


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
