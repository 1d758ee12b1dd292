"""How few cases hold every pair of two factors' values at least once?"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

Factors = Mapping[str, Sequence[Any]]
Choice = Mapping[str, Any]
Pair = tuple[tuple[str, Any], tuple[str, Any]]


def every(factors: Factors) -> Iterator[Choice]:
    """The full product, one case after the other."""
    for values in product(*factors.values()):
        yield dict(zip(factors, values, strict=True))


def number_of(factors: Factors) -> int:
    """How many cases the full product has."""
    number = 1
    for values in factors.values():
        number *= len(values)
    return number


def pairs_in(choice: Choice) -> frozenset[Pair]:
    """The pairs that a case holds."""
    return frozenset(combinations(choice.items(), 2))


def all_pairs(factors: Factors) -> frozenset[Pair]:
    """The pairs that must be held."""
    return frozenset(
        ((one, a), (other, b))
        for one, other in combinations(factors, 2)
        for a, b in product(factors[one], factors[other])
    )


def pairwise(factors: Factors) -> Sequence[Choice]:
    """Cases that hold every pair; the same each time.

    Greedy: each case begins with a pair that is wanting, and every further factor takes the value
    that adds the most pairs that are wanting.
    """
    wanting = dict.fromkeys(sorted(all_pairs(factors), key=lambda pair: _order(factors, pair)))
    cases = []
    while wanting:
        choice = dict(next(iter(wanting)))
        for name, values in factors.items():
            if name not in choice:
                choice[name] = _best(choice, name, values, wanting)
        case = {name: choice[name] for name in factors}
        for pair in pairs_in(case):
            wanting.pop(pair, None)
        cases.append(case)
    return cases


def _order(factors: Factors, pair: Pair) -> tuple[int, ...]:
    """The largest factors first: their pairs decide how many cases there must be."""
    (one, a), (other, b) = pair
    size, names = -len(factors[one]) * len(factors[other]), list(factors)
    places = names.index(one), names.index(other), factors[one].index(a), factors[other].index(b)
    return size, *places


def _best(choice: Choice, name: str, values: Sequence[Any], wanting: Mapping[Pair, None]) -> Any:
    return max(values, key=lambda value: _gain({**choice, name: value}, name, wanting))


def _gain(choice: Choice, name: str, wanting: Mapping[Pair, None]) -> int:
    new = (name, choice[name])
    others = [(other, value) for other, value in choice.items() if other != name]
    return sum((o, new) in wanting or (new, o) in wanting for o in others)
