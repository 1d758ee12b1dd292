"""What does the record say, line by line, whatever it is printed on?

Turns the model into strings and rows for the PDF and the Word document, so that both say the same
in the same words.
"""

import unicodedata
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final

from mechanism.durations import span
from mechanism.lifecycle import NoticeState, RecordState
from mechanism.vocabulary import Kind, Rank
from records.charts import Bar, ChartMark, acknowledgement_curve, member_bars, minutes
from records.content import (
    ConcurrenceLine,
    DoneBy,
    FigureLine,
    Meeting,
    MemberLine,
    Participant,
    Participation,
    RecordModel,
)

Row = list[str]
Sheet = dict[str, Any]

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
LAST_OF_LATIN: Final = "\u024f"
A_PAGE_OF_BARS: Final = 30
NONE: Final = "\N{EN DASH}"  # in a table's cell

OUTCOME: Final = {
    NoticeState.WAITING: "Not yet written to",
    NoticeState.NOTIFIED: "No answer yet",
    NoticeState.ACKNOWLEDGED: "Acknowledged",
    NoticeState.UNREACHED: "Not reached",
    NoticeState.CANCELLED: "Ended before an answer",
}
RANK: Final = {
    Rank.PRIMARY: "primary",
    Rank.ALTERNATE_1: "first alternate",
    Rank.ALTERNATE_2: "second alternate",
    Rank.DUTY_OFFICER: "duty officer",
}
PRESENCE: Final = {
    Participation.JOINED: "Joined",
    Participation.REGRETS: "Regrets",
    Participation.SENT_SOMEONE: "Sent someone",
    Participation.ABSENT: "Absent",
    None: "Not recorded",
}
STATUS: Final = {
    RecordState.DRAFT: "DRAFT",
    RecordState.ADOPTED: "ADOPTED",
    RecordState.SUPERSEDED: "SUPERSEDED",
}

# Characters that turn the direction of what follows: they can make a title read as another.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NO_CHARACTER: Final = frozenset({"Cc", "Cs", "Cn", "Co"})


def lay_out(model: RecordModel, *, unprintable: Collection[str] = ()) -> Sheet:
    """Everything that is printed, as strings; `unprintable` characters become their numbers."""
    sheet: Sheet = {
        "lang": model.lang,
        "forum": model.forum,
        "heading": "Record of the meeting" if model.meeting else "Record of the activation",
        "title": model.title,
        "reference": f"{model.reference}/A{model.activation}",
        "marking": model.marking,
        "banner": "EXERCISE: this is not a real emergency" if _practised(model) else "",
        "status": f"{STATUS[model.state]}, revision {model.revision}",
        "watermark": "" if model.state is RecordState.ADOPTED else STATUS[model.state],
        "cautions": list(_cautions(model)),
        "facts": list(_facts(model)),
        "situation": paragraphs(model.situation),
        "figures": [_figure(line) for line in model.figures],
        "concurrence": [_concurrence(line) for line in model.concurrence],
        "key_figures": _key_figures(model),
        "members": [_member(model, line) for line in model.members],
        "chronology": [[brief(row.at), row.text] for row in model.chronology],
        "times_note": "Times are simulated. " if model.simulated_clock else "",
        "curve": _curve(model),
        "curve_alt": curve_in_words(model),
        "bars": _bars(model),
        "meeting": _meeting(model.meeting) if model.meeting else None,
        "follow_ups": [
            [str(line.number), line.action, line.owner, _due(line.due), line.status]
            for line in model.follow_ups
        ],
        "reservations": [[line.by, line.text] for line in model.reservations],
        "checking": list(_checking(model)),
        "missing": list(_missing(unprintable)),
        "author": model.forum,
        "description": f"{model.reference}, {STATUS[model.state].lower()}, {model.marking}",
    }
    return {name: _printable(value, frozenset(unprintable)) for name, value in sheet.items()}


def instant(moment: datetime) -> str:
    """Day and second, in UTC; the column or sentence says so."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {MONTHS[utc.month - 1]} {utc.year}, {utc:%H:%M:%S}"


def brief(moment: datetime) -> str:
    """For a column: 23 Nov, 13:07:56; the year stands at the head of the record."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {MONTHS[utc.month - 1][:3]}, {utc:%H:%M:%S}"


def minute(moment: datetime) -> str:
    """For meetings and deadlines, which nobody sets to the second."""
    utc = moment.astimezone(UTC)
    return f"{day(utc)}, {utc:%H:%M} UTC"


def day(moment: date) -> str:
    """For a reader: 11 May 2026."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def lasting(length: timedelta | None) -> str:
    """A length of time, or that it was not reached."""
    return "not reached" if length is None else span(length)


def paragraphs(text: str) -> list[str]:
    """Parted by line breaks, without the empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def latin(text: str) -> str:
    """What a drawing can carry: text inside a drawing has no reading of complex scripts."""
    kept = "".join(character for character in text if character <= LAST_OF_LATIN)
    return kept.strip(" \N{MIDDLE DOT}/()-")


def curve_in_words(model: RecordModel) -> str:
    """The chart for those who do not see it."""
    figures = model.key_figures
    return (
        f"Members that had acknowledged, by time since the trigger: {figures.acknowledged} of "
        f"{figures.asked} in all; half after {lasting(figures.to_half)}; nine tenths after "
        f"{lasting(figures.to_nine_tenths)}; all after {lasting(figures.to_all)}."
    ).replace("after not reached", "not reached")


def _practised(model: RecordModel) -> bool:
    return model.kind is Kind.EXERCISE


def _cautions(model: RecordModel) -> Iterator[str]:
    if _practised(model):
        yield "This was an exercise, and no real emergency."
    if model.simulated_clock:
        yield "Times are simulated: the clock was accelerated."
    if model.kept_inside:
        yield "Not leaving this installation: messages went to a simulated gateway beside it."
    if model.state is RecordState.DRAFT:
        yield "This is a draft. It becomes the record when it is adopted."
    if model.state is RecordState.SUPERSEDED:
        yield "A later revision stands in the place of this one."


def _facts(model: RecordModel) -> Iterator[Row]:
    yield ["Reference", f"{model.reference}, activation {model.activation}"]
    for act in model.adopted:
        yield ["Adopted by", _act(act)]
    yield ["Triggered by", _act(model.triggered)]
    if model.deadline:
        yield ["Deadline to acknowledge", minute(model.deadline)]
    mark = model.playbook
    yield ["Playbook", f"{mark.name}, version {mark.version} (fingerprint {mark.fingerprint[:16]})"]
    yield ["This document", f"made {instant(model.generated_at)} UTC"]


def _act(act: DoneBy) -> str:
    return f"{act.by}, {instant(act.at)} UTC"


def _figure(line: FigureLine) -> Row:
    amount = f"{line.value} to {line.upper}" if line.upper else line.value
    as_of = minute(line.as_of) if line.as_of else "not stated"
    return [line.label, f"{amount} {line.unit}".strip(), as_of, line.source, line.status]


def _concurrence(line: ConcurrenceLine) -> Row:
    said = f"{line.said}: {line.reason}" if line.reason else line.said
    return [line.by, said, brief(line.at) if line.at else "not recorded"]


def _key_figures(model: RecordModel) -> list[Row]:
    figures = model.key_figures
    late = f" ({figures.late} late)" if figures.late else ""
    return [
        ["Members asked", str(figures.asked)],
        ["Acknowledged", f"{figures.acknowledged}{late}"],
        ["Not reached", str(figures.unreached)],
        ["First message after", lasting(figures.to_first_message)],
        ["Half after", lasting(figures.to_half)],
        ["Nine tenths after", lasting(figures.to_nine_tenths)],
        ["All after", lasting(figures.to_all)],
    ]


def _member(model: RecordModel, line: MemberLine) -> Row:
    late = " late" if line.late else ""
    rank = f" ({RANK[line.rank]})" if line.rank else ""
    sure = f"{line.channel}; {line.assurance}" if line.assurance else line.channel
    at = brief(line.acknowledged_at) if line.acknowledged_at else NONE
    waited = lasting(model.since_trigger(line.acknowledged_at)) if line.acknowledged_at else NONE
    return [
        line.code,
        line.name,
        OUTCOME[line.state] + late,
        f"{line.acknowledged_by}{rank}".strip() or NONE,
        sure or NONE,
        at,
        waited,
    ]


def _curve(model: RecordModel) -> str:
    deadline = minutes(model.since_trigger(model.deadline)) if model.deadline else None
    return acknowledgement_curve(
        [(minutes(since), number) for since, number in model.curve],
        asked=len(model.members),
        deadline=deadline,
        marks=[ChartMark(minutes(model.since_trigger(m.at)), latin(m.label)) for m in model.marks],
    )


def _bars(model: RecordModel) -> list[str]:
    last = max((since for since, _ in model.curve), default=timedelta())
    ends = [last, model.since_trigger(model.deadline)] if model.deadline else [last]
    bars = [_bar(model, line) for line in model.members]
    parts = [bars[start : start + A_PAGE_OF_BARS] for start in range(0, len(bars), A_PAGE_OF_BARS)]
    return [member_bars(part, until=minutes(max(ends))) for part in parts]


def _bar(model: RecordModel, line: MemberLine) -> Bar:
    def at(moment: datetime | None) -> float | None:
        return minutes(model.since_trigger(moment)) if moment else None

    label = OUTCOME[line.state].lower()
    if line.acknowledged_at:
        label = f"{lasting(model.since_trigger(line.acknowledged_at))}, {line.channel}"
    return Bar(
        latin(line.name) or latin(line.code),
        at(line.first_told_at),
        at(line.acknowledged_at),
        latin(label),
    )


def _meeting(meeting: Meeting) -> Sheet:
    numbers = count(1)
    return {
        "facts": list(_meeting_facts(meeting)),
        "participants": [_participant(one) for one in meeting.participants],
        "agenda": [
            {
                "title": item.title,
                "points": [[f"{next(numbers)}.", point] for point in item.points],
            }
            for item in meeting.agenda
        ],
        "decisions": [[f"{n}.", text] for n, text in enumerate(meeting.decisions, start=1)],
    }


def _meeting_facts(meeting: Meeting) -> Iterator[Row]:
    yield ["Meeting", f"M{meeting.number}, {meeting.level}, {meeting.modality}"]
    yield ["Began", minute(meeting.starts)]
    yield ["Ended", minute(meeting.ends) if meeting.ends else "not recorded"]
    if meeting.place:
        yield ["Place", meeting.place]


def _participant(one: Participant) -> Row:
    presence = PRESENCE[one.attendance]
    said = f"{presence}: {one.note}" if one.note else presence
    return [one.member, one.delegate or NONE, said]


def _due(moment: date | None) -> str:
    return day(moment) if moment else "none set"


def _checking(model: RecordModel) -> Iterator[Row]:
    if model.seal:
        yield ["Ledger", model.seal.log]
        yield ["Entries when this was made", str(model.seal.size)]
        yield ["Root of the ledger", model.seal.root]
    else:
        yield ["Ledger", "not sealed when this was made"]
    yield ["SHA-256 of its data", model.sha256]


def _missing(unprintable: Collection[str]) -> Iterator[str]:
    if unprintable:
        yield (
            "Some characters could not be printed here and stand as their numbers, such as "
            f"{_number(min(unprintable))}; the attached record.json holds them."
        )


def _printable(value: Any, unprintable: Collection[str]) -> Any:
    match value:
        case str():
            return "".join(_seen(character, unprintable) for character in value)
        case list():
            return [_printable(item, unprintable) for item in value]
        case dict():
            return {name: _printable(item, unprintable) for name, item in value.items()}
    return value


def _seen(character: str, unprintable: Collection[str]) -> str:
    if character in "\n\t\r":
        return " "
    hidden = character in _TURNING or unicodedata.category(character) in _NO_CHARACTER
    return _number(character) if hidden or character in unprintable else character


def _number(character: str) -> str:
    return f"[U+{ord(character):04X}]"
