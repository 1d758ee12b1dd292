"""What does the record of one activation hold?

One frozen model; the PDF, the Word document and the JSON are views of it. Everything that can be
computed is computed here, from instants, and what did not happen stays None: nothing is invented.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from pydantic import TypeAdapter

from mechanism.lifecycle import NoticeState, RecordState
from mechanism.vocabulary import Kind, Rank

SCHEMA: Final = "consultation-record/1"


class Participation(StrEnum):
    """A participant's presence at the meeting; apart from acknowledgement."""

    JOINED = "joined"  # was there
    REGRETS = "regrets"  # said beforehand that nobody would come
    SENT_SOMEONE = "sent_someone"  # another person came in the place of the one invited
    ABSENT = "absent"  # neither came nor sent regrets


@dataclass(frozen=True)
class PlaybookMark:
    """Which playbook was pinned, so that it can be laid beside the record."""

    name: str
    version: str
    fingerprint: str


@dataclass(frozen=True)
class DoneBy:
    """Who did it, and when; an office, not a person."""

    by: str
    at: datetime


@dataclass(frozen=True)
class FigureLine:
    """One figure of the situation; `upper` makes it a range."""

    label: str
    value: str
    as_of: datetime | None
    source: str
    status: str  # for example reported, confirmed, disputed
    upper: str | None = None
    unit: str = ""


@dataclass(frozen=True)
class ConcurrenceLine:
    """What the other co-chair said, or that it could not be asked in time."""

    by: str
    said: str
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class MemberLine:
    """One member's part in the activation; an acknowledgement is receipt only."""

    code: str
    name: str
    state: NoticeState
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""  # the office
    rank: Rank | None = None
    channel: str = ""  # in words: one-time link, SMS reply, telephone
    assurance: str = ""  # in words: how sure it is that it was they
    first_told_at: datetime | None = None
    late: bool = False


@dataclass(frozen=True)
class Mark:
    """A moment drawn into the chart: reminder, alternates."""

    label: str
    at: datetime


@dataclass(frozen=True)
class Happening:
    at: datetime
    text: str


@dataclass(frozen=True)
class Participant:
    """One delegation at the meeting; `attendance` None means that it was not recorded."""

    member: str
    delegate: str = ""  # office or name and title, as the delegation wishes to be listed
    attendance: Participation | None = None
    note: str = ""


@dataclass(frozen=True)
class AgendaItem:
    """What was discussed under one heading, without saying by whom."""

    title: str
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Meeting:
    """The meeting that was convened."""

    number: int
    level: str
    modality: str
    starts: datetime
    ends: datetime | None = None
    place: str = ""
    participants: tuple[Participant, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True)
class FollowUpLine:
    """One thing to be done; the owner is a member or an office."""

    number: int
    action: str
    owner: str
    due: date | None
    status: str


@dataclass(frozen=True)
class Reservation:
    """What a participant wished to have written down."""

    by: str
    text: str


@dataclass(frozen=True)
class Seal:
    """The ledger as it stood when the record was made."""

    log: str
    size: int
    root: str  # base64, as in the checkpoint


@dataclass(frozen=True)
class KeyFigures:
    """How well members were reached; None where it was not."""

    asked: int
    acknowledged: int
    late: int
    unreached: int
    to_first_message: timedelta | None
    to_half: timedelta | None
    to_nine_tenths: timedelta | None
    to_all: timedelta | None


@dataclass(frozen=True, kw_only=True)
class RecordModel:
    """The record of one activation; fill the rest step by step with `dataclasses.replace`."""

    reference: str
    activation: int
    kind: Kind
    title: str
    marking: str
    playbook: PlaybookMark
    triggered: DoneBy
    generated_at: datetime
    state: RecordState = RecordState.DRAFT
    revision: int = 1
    adopted: tuple[DoneBy, ...] = ()
    simulated_clock: bool = False  # the times are those of an accelerated clock
    kept_inside: bool = False  # every provider was on this machine: no message left it
    forum: str = "Consultation Mechanism"
    lang: str = "en"
    situation: str = ""
    figures: tuple[FigureLine, ...] = ()
    concurrence: tuple[ConcurrenceLine, ...] = ()
    deadline: datetime | None = None
    first_message_at: datetime | None = None
    members: tuple[MemberLine, ...] = ()
    marks: tuple[Mark, ...] = ()
    chronology: tuple[Happening, ...] = ()
    meeting: Meeting | None = None
    follow_ups: tuple[FollowUpLine, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    seal: Seal | None = None

    @cached_property
    def curve(self) -> tuple[tuple[timedelta, int], ...]:
        """How many members had acknowledged, at each moment when one did."""
        moments = sorted(m.acknowledged_at for m in self.members if m.acknowledged_at)
        return tuple(
            (self.since_trigger(moment), count) for count, moment in enumerate(moments, start=1)
        )

    @cached_property
    def key_figures(self) -> KeyFigures:
        """Counted from the members' lines and the instants."""
        states = [member.state for member in self.members]
        return KeyFigures(
            asked=len(states),
            acknowledged=states.count(NoticeState.ACKNOWLEDGED),
            late=sum(member.late for member in self.members),
            unreached=states.count(NoticeState.UNREACHED),
            to_first_message=self._time_to_first_message(),
            to_half=self._time_to(50),
            to_nine_tenths=self._time_to(90),
            to_all=self._time_to(100),
        )

    def since_trigger(self, moment: datetime) -> timedelta:
        """Never negative: who triggered has acknowledged at that moment."""
        return max(moment - self.triggered.at, timedelta())

    def _time_to_first_message(self) -> timedelta | None:
        return self.since_trigger(self.first_message_at) if self.first_message_at else None

    def _time_to(self, percent: int) -> timedelta | None:
        """When that share of all members asked had acknowledged."""
        needed = -(-len(self.members) * percent // 100)
        reached = [since for since, count in self.curve if count == needed]
        return reached[0] if reached else None

    def to_json(self) -> str:
        """The canonical text: sorted keys, compact, no floats, instants in UTC."""
        computed = {"curve": _plain(self.curve), "key_figures": _plain(self.key_figures)}
        document = {"schema": SCHEMA, "computed": computed, **_plain(self)}
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def sha256(self) -> str:
        """What identifies the record, whatever it is printed on."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def read_model(text: str) -> RecordModel:
    """The record that `to_json()` wrote; what is computed is computed anew."""
    document = json.loads(text)
    own = {field.name: document[field.name] for field in fields(RecordModel)}
    return TypeAdapter(RecordModel).validate_python(own)


def _plain(value: object) -> Any:
    """The value in JSON's terms; loud where it has none."""
    match value:
        case None | bool() | int() | str():
            return str(value) if isinstance(value, StrEnum) else value
        case datetime():
            return _instant(value)
        case date():
            return value.isoformat()
        case timedelta():
            return int(value.total_seconds())
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case Sequence():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"a record cannot hold a {type(value).__name__}")


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a record holds no time without its zone")
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"
