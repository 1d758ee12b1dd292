"""Who of a member is told next, how, and when?

Pure: given the ladder that was pinned at activation, what has happened so far, and `now`.
A reminder and an escalation are the same act, the taking of a rung: the same rank again, or the
next rank.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Channel(StrEnum):
    """A kind of address."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"  # on the call sheet; a person dials it


class Rank(StrEnum):
    """The order within a member in which offices are told."""

    PRIMARY = "primary"
    ALTERNATE_1 = "alternate_1"
    ALTERNATE_2 = "alternate_2"
    DUTY_OFFICER = "duty_officer"  # answers at any hour; told together with the primary at night


@dataclass(frozen=True)
class Rung:
    """`after` this long since the activation, tell these ranks by these channels."""

    after: timedelta
    tell: tuple[Rank, ...]
    by: tuple[Channel, ...] = (Channel.EMAIL, Channel.SMS)


@dataclass(frozen=True)
class Ladder:
    """The rungs in the order of their times; a member is unreached when it `ends` unanswered."""

    rungs: tuple[Rung, ...]
    ends: timedelta


@dataclass(frozen=True)
class Setback:
    """Evidence that a person will not answer by a channel.

    A failure, a bounce, an opt-out or an out-of-office message.
    """

    rank: Rank
    channel: Channel


@dataclass(frozen=True)
class Climb:
    """What has happened to one notice: when it began, which rungs were taken, what came back.

    `reachable` are the ranks that have an address at all; a rung that would tell nobody new does
    not hold the next one up.
    """

    began_at: datetime
    taken: frozenset[int] = frozenset()
    setbacks: frozenset[Setback] = frozenset()
    reachable: frozenset[Rank] = frozenset(Rank)


class Purpose(StrEnum):
    """Why somebody of a member is written to by the ladder."""

    FIRST_NOTICE = "first_notice"
    REMINDER = "reminder"  # the same rank again
    ESCALATION = "escalation"  # the next rank
    OTHER_CHANNEL = "other_channel"  # the same rank, by what is left after a setback


@dataclass(frozen=True)
class Tell:
    """Tell this rank by these channels; `rung` is the rung taken by it."""

    rung: int
    rank: Rank
    channels: tuple[Channel, ...]
    purpose: Purpose


@dataclass(frozen=True)
class Step:
    """What to do now: rungs to take, whom to tell, whether the ladder has ended, when to look next.

    `look_again_at` is None once the ladder has ended.
    """

    take: tuple[int, ...]
    tell: tuple[Tell, ...]
    ended: bool
    look_again_at: datetime | None


def next_step(ladder: Ladder, climb: Climb, *, now: datetime) -> Step:
    """Everything that is due at `now` for one unanswered notice.

    A notice that has been acknowledged or cancelled must not be asked about: whoever calls this
    checks the state first, in the same transaction.
    """
    take = tuple(sorted(_due_by_time(ladder, climb, now) | _due_by_setback(ladder, climb)))
    tell = (*_other_channels(ladder, climb), *_by_rungs(ladder, climb, take))
    ended = now >= climb.began_at + ladder.ends
    after = replace(climb, taken=climb.taken | set(take))
    return Step(take, tell, ended, None if ended else _look_again_at(ladder, after))


def _due_by_time(ladder: Ladder, climb: Climb, now: datetime) -> set[int]:
    """Every rung whose time has come.

    After a stop of the machine several are taken together, and each rank is told once, by the
    latest of them: a member gets one text, not a heap of stale reminders.
    """
    due = {
        i
        for i, rung in enumerate(ladder.rungs)
        if i not in climb.taken and climb.began_at + rung.after <= now
    }
    while due and not _ranks_up_to(ladder, climb.taken | due) & climb.reachable:
        upward = _next_new_rung(ladder, climb.taken | due)
        if upward is None:
            break
        due.add(upward)
    return due


def _due_by_setback(ladder: Ladder, climb: Climb) -> set[int]:
    """The rung that tells the next rank, for each setback that nobody new has been told since."""
    due: set[int] = set()
    for setback in climb.setbacks:
        first = _first_told(ladder, climb.taken, setback.rank)
        if first is None or _somebody_new_after(ladder, climb.taken, first):
            continue
        upward = _next_new_rung(ladder, climb.taken)
        if upward is not None:
            due.add(upward)
    return due


def _ranks_up_to(ladder: Ladder, taken: Iterable[int]) -> frozenset[Rank]:
    return frozenset(rank for i in taken for rank in ladder.rungs[i].tell)


def _first_told(ladder: Ladder, taken: frozenset[int], rank: Rank) -> int | None:
    return min((i for i in taken if rank in ladder.rungs[i].tell), default=None)


def _somebody_new_after(ladder: Ladder, taken: frozenset[int], first: int) -> bool:
    known = _ranks_up_to(ladder, (i for i in taken if i <= first))
    return bool(_ranks_up_to(ladder, (i for i in taken if i > first)) - known)


def _next_new_rung(ladder: Ladder, taken: Collection[int]) -> int | None:
    known = _ranks_up_to(ladder, taken)
    return next(
        (i for i, r in enumerate(ladder.rungs) if i not in taken and set(r.tell) - known), None
    )


def _other_channels(ladder: Ladder, climb: Climb) -> Iterator[Tell]:
    """The channels of a person with a setback that no rung has used for that rank."""
    for setback in sorted(climb.setbacks, key=lambda s: (s.rank, s.channel)):
        first = _first_told(ladder, climb.taken, setback.rank)
        if first is None:
            continue
        used = {c for i in climb.taken for c in _channels_of(ladder.rungs[i], setback.rank)}
        left = tuple(c for c in (Channel.EMAIL, Channel.SMS) if c not in used)
        if left:
            yield Tell(first, setback.rank, left, Purpose.OTHER_CHANNEL)


def _channels_of(rung: Rung, rank: Rank) -> tuple[Channel, ...]:
    return rung.by if rank in rung.tell else ()


def _by_rungs(ladder: Ladder, climb: Climb, take: tuple[int, ...]) -> Iterator[Tell]:
    """Each rank once, by its latest rung among those taken now."""
    latest = {rank: i for i in take for rank in ladder.rungs[i].tell}
    told_before = _ranks_up_to(ladder, climb.taken)
    for rank, i in latest.items():
        if rank not in climb.reachable:
            continue
        yield Tell(i, rank, ladder.rungs[i].by, _purpose(rank, climb, told_before))


def _purpose(rank: Rank, climb: Climb, told_before: frozenset[Rank]) -> Purpose:
    if not climb.taken:
        return Purpose.FIRST_NOTICE
    return Purpose.REMINDER if rank in told_before else Purpose.ESCALATION


def _look_again_at(ladder: Ladder, climb: Climb) -> datetime:
    """When the next rung, or the end, comes due if nothing else happens."""
    times = [r.after for i, r in enumerate(ladder.rungs) if i not in climb.taken]
    return climb.began_at + min([*times, ladder.ends])
