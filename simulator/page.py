"""What does the gateway's page show of each phone and mailbox?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mechanism.vocabulary import Channel
from simulator.exchange import SimulatedCall
from simulator.received import PersonSaid, Received

_WORDS = {Channel.EMAIL: "mail", Channel.SMS: "SMS", Channel.VOICE: "call"}


class LineKind(StrEnum):
    """What a line is; the page's style knows these words."""

    GOT = "got"  # it is in the phone or mailbox
    SAID = "said"  # the person sent it
    CALL = "call"  # it was said on the telephone
    LOST = "lost"  # nobody here ever sees it


@dataclass(frozen=True)
class PageLine:
    """One message, answer or call."""

    kind: LineKind
    at: datetime
    head: str
    text: str
    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class AddressPage:
    """One address, with everything that happened there, the first thing first."""

    address: str
    sort: str
    lines: tuple[PageLine, ...]


def places(
    received: Iterable[Received], said: Iterable[PersonSaid], calls: Iterable[SimulatedCall]
) -> list[AddressPage]:
    """Every address at which anything happened, in the order of the first thing there."""
    found: dict[str, list[PageLine]] = {}
    for one in received:
        if not (one.channel is Channel.VOICE and one.provider_id):  # calls are shown as they go on
            found.setdefault(one.to, []).append(_received(one))
    for answer in said:
        line = PageLine(LineKind.SAID, answer.at, "sent from here", answer.text)
        found.setdefault(answer.address, []).append(line)
    for call in calls:
        found.setdefault(call.to, []).append(_call(call))
    return [_shown(address, lines) for address, lines in found.items()]


def _shown(address: str, lines: list[PageLine]) -> AddressPage:
    sort = "mailbox" if "@" in address else "phone"
    return AddressPage(address, sort, tuple(sorted(lines, key=lambda line: line.at)))


def _received(one: Received) -> PageLine:
    kind = LineKind.GOT if one.arrived else LineKind.LOST
    by = f" by {one.api}" if one.api else ""
    head = f"{_WORDS[one.channel]} from {one.sender}{by}"
    return PageLine(kind, one.at, head, one.text, one.subject, one.trouble.replace("_", " "))


def _call(call: SimulatedCall) -> PageLine:
    by = f", answered by {call.answered_by.replace('_', ' ')}" if call.answered_by else ""
    keys = f"pressed {', '.join(call.pressed)}" if call.pressed else "pressed nothing"
    note = f"{call.seconds} s, {keys}" if call.started else ""
    head = f"call from {call.sender}, {call.status}{by}"
    return PageLine(
        LineKind.CALL if call.started else LineKind.LOST, call.created, head, call.words, "", note
    )
