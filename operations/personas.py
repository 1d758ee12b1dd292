"""How do the offices of a demonstration or rehearsal behave?

Each member that is asked plays a part; the same seed gives the same cast. What comes out is what
the simulated gateway reads as personas.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mechanism.vocabulary import Channel, Rank
from notifications.content.country_rules import capability
from store import contacts
from store.tables import FocalPoint, Member

Persona = dict[str, Any]

# What the primary of each member in turn does; where it does not answer, the alternate must.
PARTS: Final = (
    "prompt",
    "uses_link",
    "answers_by_email",
    "answers_by_sms",
    "silent",
    "wrong_code",
    "bounces",
    "out_of_office",
    "slow",
    "opts_out",
)
NEEDS_THE_ALTERNATE: Final = frozenset({"silent", "bounces", "out_of_office", "opts_out"})
ON_CALL: Final = {"silent": "presses_1", "slow": "presses_1", "out_of_office": "machine"}
"""What happens at the duty officer's telephone, where the ladder calls; all others let it ring."""
BY_TEXT: Final = frozenset({"answers_by_sms", "wrong_code", "opts_out"})


def cast(members: Sequence[Member], *, seed: int, minutes: tuple[float, float]) -> list[Persona]:
    """One persona an office: primaries as cast, alternates who answer, duty offices that wait."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    parts = [PARTS[i % len(PARTS)] for i in range(len(members))]
    draw.shuffle(parts)
    return [
        persona
        for member, part in zip(members, parts, strict=True)
        for persona in _of(member, part, minutes)
    ]


def _of(member: Member, part: str, minutes: tuple[float, float]) -> Iterator[Persona]:
    for office in member.focal_points:
        if office.retired_at is None:
            does, how = _part_of(office, part, minutes)
            yield {"addresses": _addresses(office), "does": does, **how, "attends": "ACCEPTED"}


def _part_of(
    office: FocalPoint, part: str, minutes: tuple[float, float]
) -> tuple[str, dict[str, Any]]:
    low, high = minutes
    if office.rank is Rank.PRIMARY:
        does = part if part not in BY_TEXT or capability(office.country).two_way else "prompt"
        return does, {} if does == "slow" else {"after": [low, high]}
    if office.rank is Rank.DUTY_OFFICER:
        return "silent", {"on_call": ON_CALL[part]} if part in ON_CALL else {}
    if part not in NEEDS_THE_ALTERNATE:
        return "silent", {}
    return "prompt", {"after": [low, high]}


def _addresses(office: FocalPoint) -> list[str]:
    return [contact.address for contact in contacts.addresses(office, Channel)]
