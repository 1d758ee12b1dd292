"""What does a key mean that is pressed on a call of ours, and how has a call ended?

Pure. A person who presses 1 acknowledges; a machine never does, whatever it seems to press.
"""

from enum import StrEnum
from typing import Final

from mechanism.answers import Answer, Meaning, ReplyKind


class Key(StrEnum):
    """What the menu of a call offers."""

    ACKNOWLEDGE = "1"
    AGAIN = "2"
    WRONG_NUMBER = "9"


class Ear(StrEnum):
    """Who has taken the call, as far as the provider can tell."""

    HUMAN = "human"  # is offered the menu
    MACHINE = "machine"  # records: hears how to call back, and nothing else
    NOBODY_KNOWS = "nobody_knows"  # hears the same, and may ask for the message by a key


class CallEnd(StrEnum):
    """How a call has ended."""

    ACKNOWLEDGED = "acknowledged"
    WRONG_NUMBER = "wrong_number"
    REACHED = "reached_not_acknowledged"  # a person listened and confirmed nothing
    MACHINE = "answering_machine"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"  # the network could not connect it
    CANCELLED = "cancelled"  # taken back before anybody took it


NOT_TAKEN: Final = {
    "no-answer": CallEnd.NO_ANSWER,
    "busy": CallEnd.BUSY,
    "failed": CallEnd.FAILED,
    "canceled": CallEnd.CANCELLED,
}
"""The last words about a call that nobody has taken."""
ENDED: Final = frozenset({"completed", *NOT_TAKEN})

_MEANS: Final = {
    Key.ACKNOWLEDGE: Meaning.RECEIVED,
    Key.WRONG_NUMBER: Meaning.WRONG_ADDRESSEE,
}


def who_listens(answered_by: str) -> Ear:
    """Of the provider's word: `human`, `machine_…`, `fax`, `unknown`, or none."""
    if answered_by.startswith("machine") or answered_by == "fax":
        return Ear.MACHINE
    return Ear.HUMAN if answered_by == "human" else Ear.NOBODY_KNOWS


def read_key(digits: str, ear: Ear) -> Answer:
    """The reading of one key; whatever the menu does not name as an answer says nothing."""
    text = digits[:8]
    if ear is Ear.MACHINE:
        return Answer(ReplyKind.AUTO_REPLY, True, None, text, "a machine took the call")
    meaning = _MEANS.get(Key(text)) if text in set(Key) else None
    reason = f"the key {text!r}, pressed on a call of ours"
    return Answer(ReplyKind.HUMAN, False, meaning, text, reason)


def how_it_ended(status: str, ear: Ear, keys: frozenset[str]) -> CallEnd:
    """Of a call's last status, who listened and which keys were read as answers."""
    if status in NOT_TAKEN:
        return NOT_TAKEN[status]
    if Key.ACKNOWLEDGE in keys:
        return CallEnd.ACKNOWLEDGED
    if Key.WRONG_NUMBER in keys:
        return CallEnd.WRONG_NUMBER
    return CallEnd.MACHINE if ear is Ear.MACHINE else CallEnd.REACHED
