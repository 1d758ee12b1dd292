"""Who of a member is told next, how, and when?

Pure: given the ladder that was pinned at activation, what has happened so far, and `now`.
A reminder and an escalation are the same act, the taking of a rung: the same rank again, or the
next rank.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mechanism.vocabulary import WRITTEN, Channel, Rank


@dataclass(frozen=True)
class Rung:
    """`after` this long since the activation, tell these ranks by these channels."""

    after: timedelta
    tell: tuple[Rank, ...]
    by: tuple[Channel, ...] = WRITTEN


@dataclass(frozen=True)
class Ladder:
    """The rungs in the order of their times; a member is unreached when it `ends` unanswered."""

    rungs: tuple[Rung, ...]
    ends: timedelta

    @property
    def channels(self) -> tuple[Channel, ...]:
        """By which channels anybody may be told: in writing always, by a call if any rung calls."""
        calls = any(Channel.VOICE in rung.by for rung in self.rungs)
        return (*WRITTEN, Channel.VOICE) if calls else WRITTEN


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

    `reachable` are the ranks that have an address at all; a rung for others does not hold the next
    one up. `unwritten` are the channels in writing by which a rank has no address.
    """

    began_at: datetime
    taken: frozenset[int] = frozenset()
    setbacks: frozenset[Setback] = frozenset()
    reachable: frozenset[Rank] = frozenset(Rank)
    unwritten: frozenset[tuple[Rank, Channel]] = frozenset()


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
    checks the state first, in the same transaction. An ended ladder tells nobody: a person does.
    """
    if now >= climb.began_at + ladder.ends:
        return Step(take=(), tell=(), ended=True, look_again_at=None)
    take = tuple(sorted(_due_by_time(ladder, climb, now) | _due_by_setback(ladder, climb)))
    tell = (*_other_channels(ladder, climb, take), *_by_rungs(ladder, climb, take))
    after = replace(climb, taken=climb.taken | set(take))
    return Step(take, tell, ended=False, look_again_at=_look_again_at(ladder, after))


def _due_by_time(ladder: Ladder, climb: Climb, now: datetime) -> set[int]:
    """Every rung whose time has come.

    After a stop of the machine several are taken together, and each rank is told once by each
    channel: a member gets one text, not a heap of stale reminders.
    """
    due = {
        i
        for i, rung in enumerate(ladder.rungs)
        if i not in climb.taken and climb.began_at + rung.after <= now
    }
    if due and not _reaches_somebody(ladder, climb, due):
        due |= _upward(ladder, climb.reachable, climb.taken | due)
    return due


def _reaches_somebody(ladder: Ladder, climb: Climb, due: set[int]) -> bool:
    """Whether the ranks that these rungs tell first, or else remind, can be written to."""
    told = _ranks_up_to(ladder, due)
    new = told - _ranks_up_to(ladder, climb.taken)
    return bool((new or told) & climb.reachable)


def _due_by_setback(ladder: Ladder, climb: Climb) -> set[int]:
    """The rungs up to the next rank, for each setback that nobody new has been told since."""
    due: set[int] = set()
    for setback in climb.setbacks:
        first = _first_told(ladder, climb.taken, setback.rank)
        if first is not None and not _somebody_new_after(ladder, climb, first):
            due |= _upward(ladder, climb.reachable, climb.taken)
    return due


def _ranks_up_to(ladder: Ladder, taken: Iterable[int]) -> frozenset[Rank]:
    return frozenset(rank for i in taken for rank in ladder.rungs[i].tell)


def _first_told(ladder: Ladder, taken: frozenset[int], rank: Rank) -> int | None:
    return min((i for i in taken if rank in ladder.rungs[i].tell), default=None)


def _somebody_new_after(ladder: Ladder, climb: Climb, first: int) -> bool:
    known = _ranks_up_to(ladder, (i for i in climb.taken if i <= first))
    later = _ranks_up_to(ladder, (i for i in climb.taken if i > first))
    return bool((later - known) & climb.reachable)


def _upward(ladder: Ladder, reachable: frozenset[Rank], taken: Collection[int]) -> set[int]:
    """The rungs up to the next that tells a new rank which can be reached; none if there is none.

    Those on the way tell ranks without an address, and are over.
    """
    known = _ranks_up_to(ladder, taken)
    passed: set[int] = set()
    for i, rung in enumerate(ladder.rungs):
        new = set(rung.tell) - known
        if i in taken or not new:
            continue
        passed.add(i)
        if new & reachable:
            return passed
    return set()


def _other_channels(ladder: Ladder, climb: Climb, take: tuple[int, ...]) -> Iterator[Tell]:
    """For each rank with a setback, the channels that no rung uses for it, now or before.

    A call is among them only if the playbook's ladder calls anywhere, and only once nothing in
    writing is left: each such channel has had its setback, or the rank has no address for it.
    """
    for rank in sorted({setback.rank for setback in climb.setbacks} & climb.reachable):
        first = _first_told(ladder, climb.taken, rank)
        if first is None:
            continue
        rungs = (ladder.rungs[i] for i in (*climb.taken, *take))
        used = {channel for rung in rungs for channel in _channels_of(rung, rank)}
        left = tuple(c for c in _open_channels(ladder, climb, rank) if c not in used)
        if left:
            yield Tell(first, rank, left, Purpose.OTHER_CHANNEL)


def _open_channels(ladder: Ladder, climb: Climb, rank: Rank) -> tuple[Channel, ...]:
    """The channels by which a rank may be told beyond what its rungs say."""
    in_vain = {setback.channel for setback in climb.setbacks if setback.rank is rank}
    in_vain |= {channel for one, channel in climb.unwritten if one is rank}
    return ladder.channels if in_vain.issuperset(WRITTEN) else WRITTEN


def _channels_of(rung: Rung, rank: Rank) -> tuple[Channel, ...]:
    return rung.by if rank in rung.tell else ()


def _by_rungs(ladder: Ladder, climb: Climb, take: tuple[int, ...]) -> Iterator[Tell]:
    """Each rank once, by its latest rung among those taken now.

    By the channels of all of them: a rung that only calls must not swallow the text before it.
    """
    latest = {rank: i for i in take for rank in ladder.rungs[i].tell}
    told_before = _ranks_up_to(ladder, climb.taken)
    for rank, i in latest.items():
        if rank not in climb.reachable:
            continue
        by = {channel for j in take for channel in _channels_of(ladder.rungs[j], rank)}
        channels = tuple(channel for channel in Channel if channel in by)
        yield Tell(i, rank, channels, _purpose(rank, told_before))


def _purpose(rank: Rank, told_before: Collection[Rank]) -> Purpose:
    """Why a rank is told by a rung, given the ranks that were told by earlier ones."""
    if not told_before:
        return Purpose.FIRST_NOTICE
    return Purpose.REMINDER if rank in told_before else Purpose.ESCALATION


def foreseen(ladder: Ladder) -> Iterator[Tell]:
    """Whom every rung tells, in their order, if nothing happens meanwhile."""
    told: frozenset[Rank] = frozenset()
    for i, rung in enumerate(ladder.rungs):
        for rank in rung.tell:
            yield Tell(i, rank, rung.by, _purpose(rank, told))
        told |= set(rung.tell)


def milestones(ladder: Ladder) -> Iterator[tuple[timedelta, Tell]]:
    """Each rung after the first, with what it is for: the first rank that it adds, else a reminder.

    A drawing of an activation has a mark for each of them.
    """
    for i, rung in enumerate(ladder.rungs[1:], start=1):
        tells = [tell for tell in foreseen(ladder) if tell.rung == i]
        added = (tell for tell in tells if tell.purpose is Purpose.ESCALATION)
        yield rung.after, next(added, tells[0])


def chief_purpose(purposes: Collection[Purpose]) -> Purpose:
    """What rungs of several purposes are said to be for: an office more, else a reminder."""
    weighty = (Purpose.ESCALATION, Purpose.REMINDER)
    return next((one for one in weighty if one in purposes), Purpose.FIRST_NOTICE)


def _look_again_at(ladder: Ladder, climb: Climb) -> datetime:
    """When the next rung, or the end, comes due if nothing else happens."""
    times = [r.after for i, r in enumerate(ladder.rungs) if i not in climb.taken]
    return climb.began_at + min([*times, ladder.ends])
