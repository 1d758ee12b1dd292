"""What does a key mean that is pressed on a call of ours, and how has a call ended?

Pure. A person who presses 1 acknowledges; a machine never does, whatever it seems to press.
"""

from enum import StrEnum
from typing import Final

from mechanism.answers import Answer, Meaning, ReplyKind
from mechanism.vocabulary import Ear


class Key(StrEnum):
    """What the menu of a call offers."""

    ACKNOWLEDGE = "1"
    AGAIN = "2"
    WRONG_NUMBER = "9"


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


_MEANS: Final = {
    Key.ACKNOWLEDGE: Meaning.RECEIVED,
    Key.WRONG_NUMBER: Meaning.WRONG_ADDRESSEE,
}


def known_by(call: str, digits: str) -> str:
    """By what a key is known again: the same one again in one call is the same answer."""
    return f"{call}/{digits}"


def read_key(digits: str, ear: Ear) -> Answer:
    """The reading of one key; whatever the menu does not name as an answer says nothing."""
    text = digits[:8]
    if ear is Ear.MACHINE:
        return Answer(ReplyKind.AUTO_REPLY, True, None, text, "a machine took the call")
    meaning = _MEANS.get(Key(text)) if text in set(Key) else None
    reason = f"the key {text!r}, pressed on a call of ours"
    return Answer(ReplyKind.HUMAN, False, meaning, text, reason)


def how_it_ended(not_taken: CallEnd | None, ear: Ear, keys: frozenset[str]) -> CallEnd:
    """Of why nobody took it, if so, who listened and which keys were read as answers."""
    if not_taken is not None:
        return not_taken
    if Key.ACKNOWLEDGE in keys:
        return CallEnd.ACKNOWLEDGED
    if Key.WRONG_NUMBER in keys:
        return CallEnd.WRONG_NUMBER
    return CallEnd.MACHINE if ear is Ear.MACHINE else CallEnd.REACHED
