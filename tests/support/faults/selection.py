"""Which cases of the fault matrix are played in this run, and how long will they take?

`make test` plays the few that hold most pairs; `make faults` the full product, those that hold
every pair, or a sample that a seed draws.
"""

import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.faults.matrix import Case, full_product, pairs
from tests.support.faults.tally import Tally

ALL: Final = "all"
PAIRS: Final = "pairs"
USUAL: Final = 8


@dataclass(frozen=True)
class Selection:
    """The cases of one run, and what they are called together."""

    name: str
    cases: list[Case]
    out_of: int

    @classmethod
    def of_environment(cls) -> "Selection":
        """FAULT_CASES is "all", "pairs", or a number of cases that FAULT_SEED draws.

        Without it, a few; the first of those that hold every pair hold the most.
        """
        wanted = os.environ.get("FAULT_CASES", "")
        product = full_product()
        if not wanted:
            return cls("cases that hold most pairs", pairs()[:USUAL], len(product))
        if wanted == PAIRS:
            return cls("cases that hold every pair", pairs(), len(product))
        if wanted == ALL:
            return cls("cases, the full product", product, len(product))
        seed = int(os.environ.get("FAULT_SEED", "1"))
        drawn = random.Random(seed).sample(product, min(int(wanted), len(product)))  # noqa: S311 - a draw of cases
        return cls(f"cases drawn by the seed {seed}", drawn, len(product))

    def beforehand(self, pace: Path) -> str:
        """How many there are, and how long they will take at the pace of the last run."""
        said = f"fault matrix: {len(self.cases)} {self.name}; the full product has {self.out_of}"
        if not pace.exists():
            return f"{said}; how long it takes is known after the first run"
        minutes = float(pace.read_text("utf-8")) * len(self.cases) / 60
        return f"{said}; at the pace of the last run about {minutes:.0f} minutes"

    def afterwards(self, tally: Tally) -> str:
        """What came of them."""
        return (
            f"fault matrix: {tally.cases} of {len(self.cases)} {self.name} held, "
            f"of a full product of {self.out_of}: {tally.messages} messages, {tally.lost} lost, "
            f"{tally.doubled_though_known} doubled though known, {tally.doubled_unknown} doubled "
            f"where nobody could know, {tally.unknown} unknown at the end; "
            f"{tally.answers} answers, {tally.answers_lost} lost"
        )


SELECTION: Final = Selection.of_environment()
