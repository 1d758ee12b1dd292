"""How many examples does a property get, and out of which seed?

`quick` is what everybody runs: the same examples each time, none of them remembered, no deadline on
a machine that others use too. `long` draws anew, by a seed that is said: TIMES as many.
"""

import os
from typing import Final

from hypothesis import settings

USUAL: Final = 100
TIMES: Final = int(os.environ.get("TIMES", "20"))


def register() -> None:
    """Both profiles; `--hypothesis-profile long` asks for the other one."""
    settings.register_profile(
        "quick", max_examples=USUAL, derandomize=True, deadline=None, database=None
    )
    settings.register_profile(
        "long", max_examples=USUAL * TIMES, deadline=None, database=None, print_blob=True
    )
    settings.load_profile("quick")


def examples(number: int) -> int:
    """As many where one takes long, or more of them are wanted; in proportion to the profile."""
    return number * settings().max_examples // USUAL
