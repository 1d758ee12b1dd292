"""How do the acknowledgements look, drawn?

SVG by template, shared by the dashboard and the record: attributes, so that a strict page and the
typesetter both show them, and classes, so that the page's colours can take over. Colour is never
the only sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

WIDTH, HEIGHT = 340, 214
LEFT, RIGHT, TOP, BOTTOM = 28, 330, 36, 172  # of the field in which the curve runs
LETTER: Final = 5.6  # a generous width of one letter at 10 px

_STEPS_OF_MINUTES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400)
_STEPS_OF_COUNT: Final = (1, 2, 4, 5, 10, 20, 50, 100, 200, 500)

_DRAWINGS: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

Points = Sequence[tuple[float, int]]  # minutes since the trigger, members by then


@dataclass(frozen=True)
class ChartMark:
    """A vertical line with its word: reminder, alternates."""

    minutes: float
    label: str


@dataclass(frozen=True)
class Earlier:
    """The curve of the last exercise, for comparison."""

    label: str
    points: Points


@dataclass(frozen=True)
class Bar:
    """One member: from the first message to the acknowledgement, or to the end of the axis."""

    name: str
    told: float | None  # minutes since the trigger; None where nobody was written to
    acknowledged: float | None
    label: str  # in words, for example "4 min, SMS reply"


@dataclass(frozen=True)
class Axis:
    """Numbers on paper: `ticks` in the quantity's own unit, `to` its last value."""

    to: float
    ticks: tuple[int, ...]
    start: float
    end: float

    def at(self, value: float) -> float:
        """The coordinate of a value, to a tenth."""
        share = min(max(value, 0), self.to) / self.to
        return round(self.start + share * (self.end - self.start), 1)


def acknowledgement_curve(
    points: Points,
    *,
    asked: int,
    deadline: float | None,
    marks: Sequence[ChartMark] = (),
    now: float | None = None,
    previous: Earlier | None = None,
    name: str = "curve",
) -> str:
    """How many members had acknowledged by which minute; `name` is unique on its page."""
    along = _minutes(_latest(points, deadline, now, marks, previous))
    up = _counts(asked)
    end = now if now is not None else along.to
    reached = max((number for _, number in points), default=0)
    return _DRAWINGS.get_template("curve.svg.j2").render(
        name=name,
        title="Acknowledgements since the trigger",
        summary=_summary(points, asked, marks, deadline),
        along=along,
        up=up,
        unit=_unit(along),
        steps=_staircase(points, along, up, end),
        dot=(along.at(end), up.at(reached), f"{reached} now") if now is not None else None,
        earlier=_earlier(previous, along, up),
        marks=_labelled(marks, along, deadline),
        deadline=along.at(deadline) if deadline is not None else None,
        width=WIDTH,
        height=HEIGHT,
    )


def member_bars(bars: Sequence[Bar], *, until: float, name: str = "bars") -> str:
    """One line a member: when it was first told, when it acknowledged, and by what."""
    along = _minutes(until, start=168, end=388)
    rows = [_bar(bar, along, 14 + 18 * number) for number, bar in enumerate(bars)]
    return _DRAWINGS.get_template("bars.svg.j2").render(
        name=name,
        title="Time to acknowledgement, by member",
        summary="; ".join(f"{bar.name}: {bar.label}" for bar in bars),
        along=along,
        unit=_unit(along),
        rows=rows,
        foot=14 + 18 * len(bars),
        width=540,
    )


def minutes(span: timedelta) -> float:
    """A length of time in the charts' unit."""
    return span.total_seconds() / 60


def _latest(
    points: Points,
    deadline: float | None,
    now: float | None,
    marks: Sequence[ChartMark],
    previous: Earlier | None,
) -> float:
    ends = [at for at, _ in points] + [mark.minutes for mark in marks]
    ends += [at for at in (deadline, now) if at is not None]
    if previous and not ends:
        ends += [at for at, _ in previous.points]
    return max(ends, default=0)


def _minutes(latest: float, start: float = LEFT, end: float = RIGHT) -> Axis:
    step = next((step for step in _STEPS_OF_MINUTES if latest <= 6 * step), ceil(latest / 6))
    number = max(ceil(latest / step), 1)
    return Axis(number * step, tuple(step * n for n in range(number + 1)), start, end)


def _counts(asked: int) -> Axis:
    step = next((step for step in _STEPS_OF_COUNT if asked <= 4 * step), ceil(asked / 4) or 1)
    return Axis(max(asked, 1), tuple(range(0, max(asked, 1) + 1, step)), BOTTOM, TOP)


def _unit(along: Axis) -> tuple[str, tuple[tuple[float, str], ...]]:
    """The axis's caption, and where each of its numbers stands."""
    hours = along.to >= 300 and all(tick % 60 == 0 for tick in along.ticks)  # noqa: PLR2004 - five hours
    words = "hours since the trigger" if hours else "minutes since the trigger"
    return words, tuple(
        (along.at(tick), str(tick // 60 if hours else tick)) for tick in along.ticks
    )


def _staircase(points: Points, along: Axis, up: Axis, end: float) -> str:
    """The path of a cumulative count: across, then up."""
    path = f"M{along.at(0)} {up.at(0)}"
    for at, number in points:
        path += f"H{along.at(at)}V{up.at(number)}"
    return path + f"H{along.at(end)}"


def _earlier(previous: Earlier | None, along: Axis, up: Axis) -> tuple[str, float, str] | None:
    """The path, the height at which its label stands clear below it, and the label."""
    if previous is None or not previous.points:
        return None
    end = min(previous.points[-1][0], along.to)
    left = along.end - len(previous.label) * LETTER
    lowest = max((n for at, n in previous.points if along.at(at) <= left), default=0)
    height = min(up.at(lowest) + 14, up.start - 4)
    return _staircase(previous.points, along, up, end), height, previous.label


@dataclass(frozen=True)
class _Word:
    """A mark's line at `x`, and its word around `middle` on one of two lines; "" for no room."""

    x: float
    middle: float
    line: int
    label: str


def _labelled(marks: Sequence[ChartMark], along: Axis, deadline: float | None) -> list[_Word]:
    """Neighbours whose words would touch stand on two lines; the upper is the deadline's too."""
    placed: list[_Word] = []
    free = [along.start - LETTER, along.start - LETTER]
    ends = [along.end + LETTER, along.at(deadline) - 9 * LETTER if deadline else along.end]
    for mark in sorted(marks, key=lambda mark: mark.minutes):
        x, half = along.at(mark.minutes), len(mark.label) * LETTER / 2
        middle = round(max(x, along.start + half), 1)
        room = [n for n in (0, 1) if free[n] <= middle - half and middle + half <= ends[n]]
        placed.append(_Word(x, middle, room[0], mark.label) if room else _Word(x, x, 0, ""))
        if room:
            free[room[0]] = middle + half + LETTER
    return placed


def _summary(points: Points, asked: int, marks: Sequence[ChartMark], deadline: float | None) -> str:
    reached = max((number for _, number in points), default=0)
    parts = [f"{reached} of {asked} members have acknowledged"]
    parts += [f"{after} after {before:.0f} minutes" for before, after in _milestones(points)]
    parts += [f"{mark.label} at {mark.minutes:.0f} minutes" for mark in marks]
    if deadline is not None:
        parts.append(f"deadline at {deadline:.0f} minutes")
    return "; ".join(parts) + "."


def _milestones(points: Points) -> list[tuple[float, int]]:
    """Every point of a short curve, or where a longer one crosses its quarters."""
    top = max((number for _, number in points), default=0)
    quarters = {ceil(top * quarter / 4) for quarter in (1, 2, 3, 4)}
    before = [(0.0, 0), *points]
    return [
        (at, number)
        for (_, low), (at, number) in pairwise(before)
        if any(low < quarter <= number for quarter in quarters)
    ]


def _bar(bar: Bar, along: Axis, y: int) -> dict[str, object]:
    told = along.at(bar.told) if bar.told is not None else None
    end = along.at(bar.acknowledged) if bar.acknowledged is not None else None
    return {
        "name": bar.name if len(bar.name) <= 28 else bar.name[:27] + "…",  # noqa: PLR2004 - the column
        "label": bar.label,
        "y": y,
        "from": told,
        "to": end if end is not None else along.end,
        "dot": end,
    }
