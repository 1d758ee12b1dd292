"""What was lost, and what was doubled? Counted from the tables and from what reached the wire."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mechanism.lifecycle import MessageState
from mechanism.vocabulary import Door
from simulator import Trouble
from store.tables import Message, Need, Reply, SetbackSeen
from tests.support.invariants import Wire, was_uncertain, wire_of, wire_of_message
from tests.support.scene import Scene


@dataclass
class Tally:
    """The figures of one case, or of many."""

    cases: int = 0
    messages: int = 0  # that were to be sent and were not called off
    lost: int = 0  # never taken, and nobody was told
    doubled_though_known: int = 0
    doubled_unknown: int = 0  # where one try may have been taken without our knowing
    unknown: int = 0  # whose fate is not known at the end; a person is told of each
    answers: int = 0
    answers_lost: int = 0

    def add(self, other: "Tally") -> None:
        """Count a further case."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)

    @classmethod
    def sum(cls, every: Iterable[dict[str, int]]) -> Self:
        """All of them as one; each has the names above."""
        total = cls()
        for figures in every:
            total.add(cls(**figures))
        return total

    def write(self, path: Path) -> None:
        """As JSON, for comparing one release with the next."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def of(cls, scene: Scene) -> Self:
        """What became of everything in one installation."""
        with scene.installation.database.reading() as session:
            tally = cls(cases=1)
            _count_messages(session, scene, tally)
            _count_answers(session, scene, tally)
            return tally


def _count_messages(session: Session, scene: Scene, tally: Tally) -> None:
    written: dict[Wire, list[Message]] = defaultdict(list)
    wanted = select(Message).where(Message.state != MessageState.CANCELLED)
    for message in session.scalars(wanted):
        written[wire_of_message(message, scene.settings)].append(message)
    taken = Counter(
        wire_of(got) for got in scene.gateway.arrivals if got.arrived or got.provider_id
    )
    for wire, messages in written.items():
        tally.messages += len(messages)
        tally.lost += sum(not _is_accounted_for(session, m, taken[wire]) for m in messages)
        tally.unknown += sum(m.state is MessageState.UNKNOWN for m in messages)
        doubled = max(0, taken[wire] - len(messages))
        if any(map(was_uncertain, messages)):
            tally.doubled_unknown += doubled
        else:
            tally.doubled_though_known += doubled


def _is_accounted_for(session: Session, message: Message, taken: int) -> bool:
    """It was taken at least once, or the ladder and people know that it was not."""
    if taken:
        return True
    setback = select(func.count()).where(
        SetbackSeen.notice_id == message.notice_id,
        SetbackSeen.contact_point_id == message.contact_point_id,
    )
    told = select(func.count()).where(Need.dedupe_key == f"not-sent/{message.id}")
    return bool(session.scalar(setback) or session.scalar(told))


def _count_answers(session: Session, scene: Scene, tally: Tally) -> None:
    never_arrived = sum(t is Trouble.REPLY_LOST for t, _ in scene.gateway.faults.struck)
    tally.answers = len(scene.gateway.said) - never_arrived
    doors = [Door.SMS, Door.MAIL]
    kept = session.scalar(select(func.count()).select_from(Reply).where(Reply.door.in_(doors))) or 0
    tally.answers_lost = max(0, tally.answers - kept)
