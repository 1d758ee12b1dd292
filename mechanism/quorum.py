"""When have enough of those asked acknowledged, and those among them who must be?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import TypeVar

from mechanism.vocabulary import AcknowledgementResponse

When = TypeVar("When", datetime, timedelta)


@dataclass(frozen=True)
class Quorum:
    """So many members, by their codes, and these among them."""

    number: int
    must_include: frozenset[str] = frozenset()

    def is_reached_by(self, members: Collection[str]) -> bool:
        """Whether these members, each once, are enough and the right ones."""
        return len(members) >= self.number and self.must_include <= set(members)

    def lacks_only(self, members: Collection[str]) -> frozenset[str]:
        """Who must be among them and is not, where they are enough by their number."""
        enough = len(members) >= self.number
        return self.must_include - set(members) if enough else frozenset()

    def reached_at(self, said: Mapping[str, When]) -> When | None:
        """When it was reached, given when each member spoke; None where it was not."""
        for at in sorted(said.values()):
            if self.is_reached_by([member for member, when in said.items() if when <= at]):
                return at
        return None


def quorum(
    asked: Mapping[str, Iterable[str]],
    *,
    acknowledged: int | str | Fraction,
    must_include: Collection[str],
) -> Quorum:
    """What it takes when members with these roles are asked: a number, or a share rounded up.

    Nobody is waited for who was not asked: neither by the number nor by a role.
    """
    if isinstance(acknowledged, int):
        number = min(acknowledged, len(asked))
    else:
        number = ceil(Fraction(acknowledged) * len(asked))
    needed = (code for code, roles in asked.items() if set(roles) & set(must_include))
    return Quorum(number, frozenset(needed))


def counts(response: AcknowledgementResponse) -> bool:
    """Whether who acknowledges with this counts: who declines was reached, and is not present."""
    return response is not AcknowledgementResponse.DECLINES
