"""What does the gateway's page show of each phone and mailbox?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mechanism.vocabulary import Channel
from simulator.exchange import Call
from simulator.received import Received, Said

_WORDS = {Channel.EMAIL: "mail", Channel.SMS: "SMS", Channel.VOICE: "call"}


class Kind(StrEnum):
    """What a line is; the page's style knows these words."""

    GOT = "got"  # it is in the phone or mailbox
    SAID = "said"  # the person sent it
    CALL = "call"  # it was said on the telephone
    LOST = "lost"  # nobody here ever sees it


@dataclass(frozen=True)
class Line:
    """One message, answer or call."""

    kind: Kind
    at: datetime
    head: str
    text: str
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class Shown:
    """One address, with everything that happened there, the first thing first."""

    address: str
    sort: str
    lines: tuple[Line, ...]


def places(
    received: Iterable[Received], said: Iterable[Said], calls: Iterable[Call]
) -> list[Shown]:
    """Every address at which anything happened, in the order of the first thing there."""
    found: dict[str, list[Line]] = {}
    for one in received:
        if not (one.channel is Channel.VOICE and one.provider_id):  # calls are shown as they go on
            found.setdefault(one.to, []).append(_received(one))
    for answer in said:
        line = Line(Kind.SAID, answer.at, "sent from here", answer.text)
        found.setdefault(answer.address, []).append(line)
    for call in calls:
        found.setdefault(call.to, []).append(_call(call))
    return [_shown(address, lines) for address, lines in found.items()]


def _shown(address: str, lines: list[Line]) -> Shown:
    sort = "mailbox" if "@" in address else "phone"
    return Shown(address, sort, tuple(sorted(lines, key=lambda line: line.at)))


def _received(one: Received) -> Line:
    kind = Kind.GOT if one.arrived else Kind.LOST
    by = f" by {one.api}" if one.api else ""
    head = f"{_WORDS[one.channel]} from {one.sender}{by}"
    return Line(kind, one.at, head, one.text, one.subject, one.trouble.replace("_", " "))


def _call(call: Call) -> Line:
    by = f", answered by {call.answered_by.replace('_', ' ')}" if call.answered_by else ""
    keys = f"pressed {', '.join(call.pressed)}" if call.pressed else "pressed nothing"
    note = f"{call.seconds} s, {keys}" if call.started else ""
    head = f"call from {call.sender}, {call.status}{by}"
    return Line(Kind.CALL if call.started else Kind.LOST, call.created, head, call.words, "", note)
