"""What has changed between the plan that somebody looked at and the plan as it is now?

The check page carries a short digest of each part of what it shows; the digests decide nothing.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from convening.activate import Plan

SITUATION, PLAYBOOK, DEADLINE = "situation", "playbook", "deadline"
_WORDS: Final = {
    SITUATION: "The situation: its title, text or figures",
    PLAYBOOK: "The playbook: its steps or its wording",
    DEADLINE: "The time to acknowledge",
}
_SHORT: Final = 12  # hexadecimal digits: enough to tell two apart


def carried(plan: Plan) -> str:
    """The digests of a plan's parts, as a field of its page carries them."""
    return json.dumps(_digests(plan), separators=(",", ":"))


def changes(before: str, plan: Plan) -> list[str]:
    """What is different now, in words; nothing where that cannot be said."""
    try:
        seen = dict(json.loads(before))
    except (ValueError, TypeError, RecursionError):
        return []
    return list(_different(seen, _digests(plan), plan))


def _different(before: Mapping[str, Any], now: Mapping[str, str], plan: Plan) -> Iterator[str]:
    names = {member.code: member.display_name for member in (*plan.members, *plan.co_chairs)}
    for part in [*now, *(one for one in before if one not in now)]:
        name = names.get(part, part)
        if part in _WORDS and before.get(part) != now[part]:
            yield _WORDS[part]
        elif part not in now:
            yield f"{name} would no longer be written to"
        elif part not in before:
            yield f"{name} would be written to as well"
        elif part not in _WORDS and before[part] != now[part]:
            yield f"{name}: its offices or addresses"


def _digests(plan: Plan) -> dict[str, str]:
    """By part; a member's is of every office and address that any step would write to."""
    parts: dict[str, list[str]] = {
        SITUATION: [plan.wish.facts.model_dump_json()],
        PLAYBOOK: [plan.playbook_text],
        DEADLINE: [str(plan.playbook.deadline)],
    }
    for line in (*plan.lines, *plan.later, *plan.to_co_chairs):
        said = (str(line.office.id), line.contact.address, str(line.rung))
        parts.setdefault(line.member.code, []).extend(said)
    return {part: _digest(said) for part, said in parts.items()}


def _digest(said: list[str]) -> str:
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:_SHORT]
