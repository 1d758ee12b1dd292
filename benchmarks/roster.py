"""Who is asked? The fictional members of the example, and others like them up to 49."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import cycle
from typing import Any, Final

import yaml

from operations.examples import EXAMPLES
from store import roster
from store.roster import Roster

MEMBERS: Final = 49


def full_roster() -> Roster:
    """As many members as the mechanism has, each with primary, alternates and duty office."""
    example = yaml.safe_load((EXAMPLES / "roster.yaml").read_text("utf-8"))
    members = list(example["members"])
    members += _like(members, MEMBERS - len(members))
    text = yaml.safe_dump({"members": members}, allow_unicode=True)
    return roster.read_roster(text, source="roster of the benchmarks")


def _like(members: list[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    plain = cycle([one for one in members if one["roles"] == ["ad_hoc_group"]])
    for number in range(count):
        name = f"Fictional Member {number + 1}"
        more = {"code": f"FM{number + 1}", "display_name": name, "protocol_name": name}
        member = {**deepcopy(next(plain)), **more}
        for office in member["focal_points"]:
            for contact in office["contacts"]:
                contact["address"] = _another(contact["address"], number)
        yield member


def _another(address: str, number: int) -> str:
    if "@" in address:
        return f"fm{number + 1}.{address}"
    return f"+999{number:03}{address[-7:]}"
