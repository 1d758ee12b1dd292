"""How is one requirement tried in every cell of a table, and each cell named that fails?"""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from itertools import product

Requirement = Callable[..., None]


def each(**axes: Iterable[object]) -> Callable[[Requirement], Requirement]:
    """One test for the whole table; it goes on where a cell fails, and shows all that did."""

    def of(requirement: Requirement) -> Requirement:
        cells = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]

        @wraps(requirement)
        def in_every_cell(**fixtures: object) -> None:
            said = [_said(requirement, cell, fixtures) for cell in cells]
            failed = [one for one in said if one]
            assert not failed, f"{len(failed)} of {len(cells)} cells\n" + "\n".join(failed)
            assert cells, "a table without cells shows nothing"

        signature = inspect.signature(requirement)
        fixtures = [one for name, one in signature.parameters.items() if name not in axes]
        in_every_cell.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return in_every_cell

    return of


def _said(
    requirement: Requirement, cell: dict[str, object], fixtures: dict[str, object]
) -> str | None:
    """What is wrong in this cell."""
    try:
        requirement(**cell, **fixtures)
    except Exception as error:  # noqa: BLE001 - it is told with those of the other cells
        return f"{cell}: {type(error).__name__}: {error}"
    return None
