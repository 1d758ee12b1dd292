"""Who acts, for which government, and when?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True)
class Actor:
    """Who did it: the kind and an opaque id, never a name; the role and government where known."""

    kind: str  # person | focal_point | engine | provider | operator
    id: str
    role: str = ""
    government: str = ""


ENGINE: Final = Actor("engine", "engine")


@dataclass(frozen=True)
class Act:
    """One act of somebody: who, in whose name it is signed, for which government, and when."""

    actor: Actor
    at: datetime
    signature: str = ""  # as it is shown and printed: an office, never a person's name
    government: str = ""  # the code of a member; empty where nobody speaks for one


def by_engine(at: datetime) -> Act:
    """What the engine does by itself, by rules that were agreed beforehand."""
    return Act(ENGINE, at)
