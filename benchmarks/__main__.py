"""Measure: `python -m benchmarks [NAME …] [--full]`, a table here and JSON in var/bench.

A run of everything also writes the page docs/reference/benchmarks.md.
"""

import argparse
import importlib
import json
import pkgutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Final

from benchmarks import report, subjects
from benchmarks.measuring import Benchmark, Measured, SkippedError

OUT: Final = Path("var/bench/results.json")
PAGE: Final = Path("docs/reference/benchmarks.md")
ENOUGH: Final = 240  # seconds for one benchmark, many times what it takes on a quiet machine
PATIENCE: Final = 3600  # seconds for a long one
Results = dict[str, Measured]


def main() -> int:
    """Run what was asked; status 1 where a benchmark broke, or no such name is known."""
    asked = _arguments()
    known = {one.name: one for one in _found()}
    strange = [name for name in asked.names if name not in known]
    if strange:
        print(f"no such benchmark: {', '.join(strange)}. There are: {', '.join(known)}")
        return 1
    signal.signal(signal.SIGTERM, _stop)
    results: Results = {}
    try:
        broken = _run([known[name] for name in asked.names or known], asked, results)
    finally:
        _write(results)
    if not asked.names:
        PAGE.write_text(report.page(results), encoding="utf-8")
    return 1 if broken else 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Whoever stops us gets what is measured so far, and no process is left behind."""
    sys.exit("stopped")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; without any, all")
    parser.add_argument("--full", action="store_true", help="the long ones too")
    return parser.parse_args()


def _found() -> Iterator[Benchmark]:
    """Every benchmark of every file in `subjects`."""
    for file in sorted(pkgutil.iter_modules(subjects.__path__), key=lambda one: one.name):
        yield from importlib.import_module(f"{subjects.__name__}.{file.name}").BENCHMARKS


def _run(wanted: list[Benchmark], asked: argparse.Namespace, results: Results) -> bool:
    """Fill the results; True where a benchmark broke."""
    broken = False
    print(f"{'name':24} {'ours':>11} {'limit':>11} {'':7} {'ratio':>6} {'n':>7}  the limit is")
    for benchmark in wanted:
        try:
            results[benchmark.name] = _one(benchmark, asked)
        except SkippedError as reason:
            print(f"{benchmark.name:24} skipped: {reason}", flush=True)
        except Exception as error:  # noqa: BLE001 - the others are still worth measuring
            broken = True
            print(f"{benchmark.name:24} broke: {type(error).__name__}: {error}", flush=True)
    return broken


def _one(benchmark: Benchmark, asked: argparse.Namespace) -> Measured:
    if benchmark.long and not (asked.full or benchmark.name in asked.names):
        raise SkippedError("takes minutes; run it by its name, or with --full")
    began = time.monotonic()
    with _within(PATIENCE if benchmark.long else ENOUGH):
        got = benchmark.measure()
    print(
        f"{benchmark.name:24} {got.value:11,.2f} {got.limit:11,.2f} {got.unit:7} "
        f"{got.ratio:6.3g} {got.n:7}  {got.limit_name} ({time.monotonic() - began:.0f} s)",
        flush=True,
    )
    return got


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    """TimeoutError after so long: it ends as after any fault, and so do its processes."""

    def too_late(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def _write(results: Results) -> None:
    """What was measured in this run, and nothing from an earlier one."""
    rows = [{"name": name, **asdict(got), "ratio": got.ratio} for name, got in results.items()]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"{len(rows)} figures in {OUT}")


if __name__ == "__main__":
    sys.exit(main())
