"""Which times may be put to the members, who has said what of them, and does one suit?

Silence is not a yes. The last word of a member on a time counts, in whatever order words came in.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mechanism.quorum import Quorum

AT_MOST: Final = 3  # times of one poll: more would not be read at night


class NotTaken(StrEnum):
    """Why an answer about times is not taken."""

    CLOSED = "closed"  # a time was fixed, the poll was ended, or the activation is over
    LATE = "late"  # the hour until which answers were asked for has passed
    NOT_ASKED = "not_asked"  # the time is not among those that were put to the members
    NOTHING_SAID = "nothing_said"  # no time was answered


@dataclass(frozen=True)
class Availability:
    """A member's word on a time."""

    member: str
    starts_at: datetime
    can: bool
    at: datetime


@dataclass(frozen=True)
class Count:
    """Who can at a time, who cannot, and who has not said; in the order in which they were asked.

    `suits` is True where a quorum can.
    """

    starts_at: datetime
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    silent: tuple[str, ...]
    missing: tuple[str, ...]  # of those who are needed: cannot
    suits: bool


def faults_of(times: Sequence[datetime], *, closes_at: datetime, now: datetime) -> Iterator[str]:
    """Why these times cannot be put to the members; nothing where they can."""
    if not times:
        yield "no time is proposed"
    if len(times) > AT_MOST:
        yield f"more than {AT_MOST} times are proposed"
    if len(set(times)) < len(times):
        yield "a time is proposed twice"
    if any(at <= now for at in times):
        yield "a time is in the past"
    if closes_at <= now:
        yield "answers would be asked for until a time in the past"
    elif any(at < closes_at for at in times):
        yield "answers would be asked for after one of the times"


def refused(
    answers: Mapping[datetime, bool],
    times: Collection[datetime],
    *,
    is_open: bool,
    closes_at: datetime,
    now: datetime,
) -> NotTaken | None:
    """Why a member's answers are not taken; None where they are."""
    if not is_open:
        return NotTaken.CLOSED
    if now > closes_at:
        return NotTaken.LATE
    if not answers:
        return NotTaken.NOTHING_SAID
    return None if set(answers) <= set(times) else NotTaken.NOT_ASKED


def counts(
    times: Iterable[datetime],
    said: Iterable[Availability],
    *,
    asked: Sequence[str],
    quorum: Quorum,
) -> tuple[Count, ...]:
    """What the members have said of each time, the soonest first."""
    last = _last_words(said)
    return tuple(_count({m: last.get((m, at)) for m in asked}, at, quorum) for at in sorted(times))


def _last_words(said: Iterable[Availability]) -> dict[tuple[str, datetime], bool]:
    """Of two words of one instant the no counts: nobody is taken for a yes by chance."""
    in_order = sorted(said, key=lambda word: (word.at, not word.can))
    return {(word.member, word.starts_at): word.can for word in in_order}


def _count(said: Mapping[str, bool | None], at: datetime, quorum: Quorum) -> Count:
    can = tuple(member for member, word in said.items() if word is True)
    cannot = tuple(member for member, word in said.items() if word is False)
    return Count(
        starts_at=at,
        can=can,
        cannot=cannot,
        silent=tuple(member for member, word in said.items() if word is None),
        missing=tuple(member for member in cannot if member in quorum.must_include),
        suits=quorum.is_reached_by(can),
    )
