"""Who of a member is told next: in time, at once after a setback, once each, and no more at all."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mechanism.ladder import (
    Climb,
    Ladder,
    Purpose,
    Rung,
    Setback,
    Tell,
    chief_purpose,
    foreseen,
    milestones,
    next_step,
)
from mechanism.lifecycle import (
    NOTICE_ENDS,
    ActivationEvent,
    ActivationState,
    NoticeEvent,
    NoticeState,
    can_happen,
    next_state,
)
from mechanism.vocabulary import Channel, Rank
from tests.support.properties import examples

BEGAN = datetime(2026, 11, 23, 18, tzinfo=UTC)
PRIMARY, ALTERNATE, SECOND, DUTY = Rank
EMAIL, SMS, VOICE = Channel
BOTH = (EMAIL, SMS)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


BY_DAY = Ladder(
    (
        Rung(minutes(0), (PRIMARY,), (EMAIL,)),
        Rung(minutes(30), (PRIMARY,)),
        Rung(minutes(60), (ALTERNATE,)),
        Rung(minutes(90), (SECOND,)),
        Rung(minutes(120), (DUTY,)),
    ),
    ends=minutes(180),
)
CALLING = Ladder(
    (
        Rung(minutes(0), (PRIMARY,)),
        Rung(minutes(20), (PRIMARY,), (VOICE,)),
        Rung(minutes(30), (ALTERNATE,)),
    ),
    ends=minutes(60),
)
AT_NIGHT = Ladder(
    (
        Rung(minutes(0), (PRIMARY, DUTY)),
        Rung(minutes(15), (PRIMARY, DUTY)),
        Rung(minutes(30), (ALTERNATE,)),
    ),
    ends=minutes(60),
)


def climbed(
    *taken: int, setbacks: tuple[Setback, ...] = (), without: tuple[Rank, ...] = ()
) -> Climb:
    return Climb(BEGAN, frozenset(taken), frozenset(setbacks), frozenset(Rank) - set(without))


def told(ladder: Ladder, climb: Climb, after: float) -> list[tuple[Rank, Purpose]]:
    step = next_step(ladder, climb, now=BEGAN + minutes(after))
    return [(tell.rank, tell.purpose) for tell in step.tell]


class TestInTime:
    def test_the_first_look_tells_the_first_rung(self) -> None:
        step = next_step(BY_DAY, climbed(), now=BEGAN)

        assert step.take == (0,)
        assert step.tell == (Tell(0, PRIMARY, (EMAIL,), Purpose.FIRST_NOTICE),)
        assert step.look_again_at == BEGAN + minutes(30)

    def test_before_its_time_no_rung_is_taken(self) -> None:
        step = next_step(BY_DAY, climbed(0), now=BEGAN + minutes(29))

        assert (step.take, step.tell, step.ended) == ((), (), False)
        assert step.look_again_at == BEGAN + minutes(30)

    def test_the_same_rank_again_is_reminded_and_the_next_rank_is_asked_next(self) -> None:
        assert told(BY_DAY, climbed(0), 30) == [(PRIMARY, Purpose.REMINDER)]
        assert told(BY_DAY, climbed(0, 1), 60) == [(ALTERNATE, Purpose.ESCALATION)]

    def test_at_night_primary_and_duty_officer_are_told_together(self) -> None:
        assert told(AT_NIGHT, climbed(), 0) == [
            (PRIMARY, Purpose.FIRST_NOTICE),
            (DUTY, Purpose.FIRST_NOTICE),
        ]

    def test_after_the_last_rung_the_next_look_is_at_the_ladders_end(self) -> None:
        step = next_step(BY_DAY, climbed(0, 1, 2, 3), now=BEGAN + minutes(120))

        assert step.look_again_at == BEGAN + minutes(180)

    def test_at_its_end_the_ladder_tells_nobody_and_is_not_looked_at_again(self) -> None:
        step = next_step(BY_DAY, climbed(0), now=BEGAN + minutes(180))

        assert (step.take, step.tell, step.ended, step.look_again_at) == ((), (), True, None)


class TestAfterDowntime:
    def test_rungs_that_were_missed_are_taken_together_and_each_rank_is_told_once(self) -> None:
        step = next_step(BY_DAY, climbed(0), now=BEGAN + minutes(100))

        assert step.take == (1, 2, 3)
        assert [(t.rank, t.rung) for t in step.tell] == [(PRIMARY, 1), (ALTERNATE, 2), (SECOND, 3)]

    def test_whoever_was_never_told_gets_a_first_notice_though_it_is_late(self) -> None:
        assert told(BY_DAY, climbed(), 70) == [
            (PRIMARY, Purpose.FIRST_NOTICE),
            (ALTERNATE, Purpose.FIRST_NOTICE),
        ]


class TestSetbacks:
    def test_the_next_rank_is_asked_at_once_and_the_other_channel_is_tried(self) -> None:
        climb = climbed(0, setbacks=(Setback(PRIMARY, EMAIL),))

        step = next_step(BY_DAY, climb, now=BEGAN + minutes(1))

        assert step.take == (2,)
        assert step.tell == (
            Tell(0, PRIMARY, (SMS,), Purpose.OTHER_CHANNEL),
            Tell(2, ALTERNATE, BOTH, Purpose.ESCALATION),
        )
        assert step.look_again_at == BEGAN + minutes(30)

    def test_where_both_channels_were_used_only_the_next_rank_is_asked(self) -> None:
        climb = climbed(0, setbacks=(Setback(PRIMARY, SMS),))

        assert told(AT_NIGHT, climb, 1) == [(ALTERNATE, Purpose.ESCALATION)]

    def test_two_setbacks_of_one_office_bring_one_rank_and_not_two(self) -> None:
        climb = climbed(0, setbacks=(Setback(PRIMARY, EMAIL), Setback(PRIMARY, SMS)))

        assert next_step(BY_DAY, climb, now=BEGAN).take == (2,)

    def test_a_second_look_at_the_same_setback_brings_nobody_more(self) -> None:
        climb = climbed(0, 2, setbacks=(Setback(PRIMARY, EMAIL),))

        assert next_step(BY_DAY, climb, now=BEGAN + minutes(2)).take == ()

    def test_a_setback_of_the_next_rank_brings_the_one_after(self) -> None:
        both = (Setback(PRIMARY, EMAIL), Setback(ALTERNATE, SMS))

        assert next_step(BY_DAY, climbed(0, 2, setbacks=both), now=BEGAN).take == (3,)

    def test_a_setback_of_an_office_that_this_ladder_has_not_told_changes_nothing(self) -> None:
        climb = climbed(0, setbacks=(Setback(DUTY, SMS),))

        assert next_step(BY_DAY, climb, now=BEGAN).take == ()

    def test_an_office_with_two_setbacks_is_told_by_what_is_left_once(self) -> None:
        climb = climbed(0, 2, setbacks=(Setback(PRIMARY, EMAIL), Setback(PRIMARY, SMS)))

        step = next_step(BY_DAY, climb, now=BEGAN + minutes(1))

        assert step.tell == (Tell(0, PRIMARY, (SMS,), Purpose.OTHER_CHANNEL),)

    def test_a_setback_of_the_last_rank_finds_nobody_more(self) -> None:
        climb = climbed(0, 1, 2, setbacks=(Setback(ALTERNATE, SMS),))

        assert next_step(AT_NIGHT, climb, now=BEGAN + minutes(31)).take == ()

    def test_a_reminder_by_the_other_channel_is_not_doubled_by_a_setback(self) -> None:
        climb = climbed(0, setbacks=(Setback(PRIMARY, EMAIL),))

        assert told(BY_DAY, climb, 30) == [
            (PRIMARY, Purpose.REMINDER),
            (ALTERNATE, Purpose.ESCALATION),
        ]


class TestCalls:
    def test_a_rung_may_call(self) -> None:
        step = next_step(CALLING, climbed(0), now=BEGAN + minutes(20))

        assert step.tell == (Tell(1, PRIMARY, (VOICE,), Purpose.REMINDER),)

    def test_after_a_stop_a_rung_that_only_calls_does_not_swallow_the_text_before_it(self) -> None:
        step = next_step(CALLING, climbed(), now=BEGAN + minutes(20))

        assert step.tell == (Tell(1, PRIMARY, (EMAIL, SMS, VOICE), Purpose.FIRST_NOTICE),)

    def test_what_is_left_after_text_and_mail_is_a_call(self) -> None:
        both = (Setback(PRIMARY, EMAIL), Setback(PRIMARY, SMS))

        step = next_step(CALLING, climbed(0, setbacks=both), now=BEGAN + minutes(1))

        assert Tell(0, PRIMARY, (VOICE,), Purpose.OTHER_CHANNEL) in step.tell

    def test_nobody_is_called_at_once_to_whom_one_of_the_two_may_still_come(self) -> None:
        climb = climbed(0, setbacks=(Setback(PRIMARY, EMAIL),))

        assert told(CALLING, climb, 1) == [(ALTERNATE, Purpose.ESCALATION)]

    def test_who_has_no_number_for_texts_is_called_when_the_mail_comes_back(self) -> None:
        climb = replace(
            climbed(0, setbacks=(Setback(PRIMARY, EMAIL),)), unwritten=frozenset({(PRIMARY, SMS)})
        )

        step = next_step(CALLING, climb, now=BEGAN + minutes(1))

        assert Tell(0, PRIMARY, (VOICE,), Purpose.OTHER_CHANNEL) in step.tell

    def test_a_ladder_that_never_calls_does_not_begin_to(self) -> None:
        both = (Setback(PRIMARY, EMAIL), Setback(PRIMARY, SMS))

        assert told(AT_NIGHT, climbed(0, setbacks=both), 1) == [(ALTERNATE, Purpose.ESCALATION)]

    def test_who_has_been_called_is_not_called_once_more_for_a_setback(self) -> None:
        every = tuple(Setback(PRIMARY, channel) for channel in Channel)

        assert told(CALLING, climbed(0, 1, 2, setbacks=every), 31) == []

    def test_a_call_that_nobody_takes_brings_the_next_rank_at_once(self) -> None:
        climb = climbed(0, 1, setbacks=(Setback(PRIMARY, VOICE),))

        assert told(CALLING, climb, 21) == [(ALTERNATE, Purpose.ESCALATION)]


class TestUnreachableRanks:
    def test_a_rank_without_an_address_does_not_hold_up_the_next(self) -> None:
        assert told(BY_DAY, climbed(without=(PRIMARY,)), 0) == [(ALTERNATE, Purpose.FIRST_NOTICE)]

    def test_several_ranks_without_an_address_are_passed_over_together(self) -> None:
        step = next_step(BY_DAY, climbed(without=(PRIMARY, ALTERNATE)), now=BEGAN)

        assert step.take == (0, 2, 3)
        assert [tell.rank for tell in step.tell] == [SECOND]

    def test_it_does_not_hold_up_the_next_later_on_either(self) -> None:
        climb = climbed(0, 1, without=(ALTERNATE,))

        assert told(BY_DAY, climb, 60) == [(SECOND, Purpose.ESCALATION)]

    def test_a_setback_passes_over_a_rank_without_an_address(self) -> None:
        climb = climbed(0, without=(ALTERNATE,), setbacks=(Setback(PRIMARY, SMS),))

        assert (SECOND, Purpose.ESCALATION) in told(BY_DAY, climb, 1)

    def test_a_rank_passed_over_before_does_not_count_as_told_after_a_setback(self) -> None:
        climb = climbed(0, 1, 2, without=(ALTERNATE,), setbacks=(Setback(PRIMARY, SMS),))

        assert told(BY_DAY, climb, 61) == [(SECOND, Purpose.ESCALATION)]

    def test_a_reminder_to_an_office_that_has_gone_asks_the_next_instead(self) -> None:
        assert told(BY_DAY, climbed(0, without=(PRIMARY,)), 30) == [(ALTERNATE, Purpose.ESCALATION)]

    def test_where_nobody_can_be_reached_the_rung_is_taken_and_nobody_is_told(self) -> None:
        step = next_step(BY_DAY, climbed(without=tuple(Rank)), now=BEGAN)

        assert (step.take, step.tell) == ((0,), ())
        assert step.look_again_at == BEGAN + minutes(30)


def some_of(ranks: type[Rank] = Rank) -> st.SearchStrategy[tuple[Rank, ...]]:
    return st.lists(st.sampled_from(ranks), min_size=1, max_size=4, unique=True).map(tuple)


CHANNELS = st.sampled_from([BOTH, (EMAIL,), (SMS,), (VOICE,), (EMAIL, SMS, VOICE)])


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    waits = draw(st.lists(st.integers(1, 60), min_size=1, max_size=6))
    times = [minutes(sum(waits[:n])) for n in range(len(waits))]
    rungs = tuple(Rung(after, draw(some_of()), draw(CHANNELS)) for after in times)
    return Ladder(rungs, ends=minutes(sum(waits)))


SETBACKS = st.builds(Setback, st.sampled_from(Rank), st.sampled_from(Channel))
UNWRITTEN = st.tuples(st.sampled_from(Rank), st.sampled_from(BOTH))


@st.composite
def climbs(draw: st.DrawFn, ladder: Ladder) -> Climb:
    taken = draw(st.frozensets(st.integers(0, len(ladder.rungs) - 1)))
    return Climb(
        BEGAN,
        taken,
        draw(st.frozensets(SETBACKS, max_size=4)),
        draw(st.frozensets(st.sampled_from(Rank))),
        draw(st.frozensets(UNWRITTEN, max_size=3)),
    )


@given(st.data(), ladders(), st.integers(0, 400))
def test_a_rung_is_taken_once_and_a_rank_is_told_once_by_each_channel(
    data: st.DataObject, ladder: Ladder, after: int
) -> None:
    climb = data.draw(climbs(ladder))

    step = next_step(ladder, climb, now=BEGAN + minutes(after))

    assert not set(step.take) & climb.taken
    said = [(tell.rank, channel) for tell in step.tell for channel in tell.channels]
    assert len(set(said)) == len(said)
    assert {tell.rank for tell in step.tell} <= climb.reachable


@given(st.data(), ladders(), st.integers(0, 400))
def test_the_next_look_is_later_than_this_one_and_never_after_the_end(
    data: st.DataObject, ladder: Ladder, after: int
) -> None:
    now = BEGAN + minutes(after)

    step = next_step(ladder, data.draw(climbs(ladder)), now=now)

    assert step.ended == (now >= BEGAN + ladder.ends)
    assert (step.look_again_at is None) == step.ended
    if step.look_again_at is not None:
        assert now < step.look_again_at <= BEGAN + ladder.ends


@given(st.data(), ladders(), st.integers(0, 400))
def test_a_second_look_at_the_same_moment_takes_nothing_more(
    data: st.DataObject, ladder: Ladder, after: int
) -> None:
    climb, now = data.draw(climbs(ladder)), BEGAN + minutes(after)
    first = next_step(ladder, climb, now=now)
    later = replace(climb, taken=climb.taken | set(first.take))

    again = next_step(ladder, later, now=now)

    brought = {t.rank for t in first.tell if t.purpose is not Purpose.OTHER_CHANNEL}
    if not {setback.rank for setback in climb.setbacks} & brought:
        assert again.take == ()


@given(st.data(), ladders())
def test_a_setback_brings_the_next_rank_at_once_where_there_is_one(
    data: st.DataObject, ladder: Ladder
) -> None:
    first = next_step(ladder, climbed(), now=BEGAN)
    rank = data.draw(st.sampled_from(ladder.rungs[0].tell))
    climb = climbed(*first.take, setbacks=(Setback(rank, EMAIL),))

    step = next_step(ladder, climb, now=BEGAN)

    known = set(ladder.rungs[0].tell)
    others = {r for rung in ladder.rungs for r in rung.tell} - known
    assert bool({tell.rank for tell in step.tell} - known) == bool(others)


@given(ladders(), st.frozensets(st.sampled_from(Rank), min_size=1))
def test_somebody_is_told_at_once_if_the_ladder_ever_tells_anybody_who_can_be_reached(
    ladder: Ladder, reachable: frozenset[Rank]
) -> None:
    step = next_step(ladder, Climb(BEGAN, reachable=reachable), now=BEGAN)

    ever = {rank for rung in ladder.rungs for rank in rung.tell} & reachable
    assert bool(step.tell) == bool(ever)


MEMBERS = ("AU", "BD", "ID")


@dataclass
class Part:
    """One member's part, as the installation keeps it."""

    reachable: frozenset[Rank]
    state: NoticeState = NoticeState.WAITING
    due_at: datetime | None = None
    taken: list[int] = field(default_factory=list)
    setbacks: set[Setback] = field(default_factory=set)
    told: list[tuple[datetime, Tell]] = field(default_factory=list)
    ends: list[NoticeState] = field(default_factory=list)
    answered_at: datetime | None = None
    late: bool = False


def test_what_is_foreseen_tells_first_then_reminds_or_asks_the_next_office() -> None:
    told = [(tell.rung, tell.rank, tell.purpose) for tell in foreseen(AT_NIGHT)]

    assert told == [
        (0, PRIMARY, Purpose.FIRST_NOTICE),
        (0, DUTY, Purpose.FIRST_NOTICE),
        (1, PRIMARY, Purpose.REMINDER),
        (1, DUTY, Purpose.REMINDER),
        (2, ALTERNATE, Purpose.ESCALATION),
    ]


def test_what_is_foreseen_is_what_is_told_if_nothing_happens() -> None:
    told: list[Tell] = []
    climb = Climb(BEGAN)
    for rung in BY_DAY.rungs:
        step = next_step(BY_DAY, climb, now=BEGAN + rung.after)
        told += step.tell
        climb = replace(climb, taken=climb.taken | set(step.take))

    assert told == list(foreseen(BY_DAY))


def test_every_later_rung_is_a_reminder_or_the_first_rank_that_it_adds() -> None:
    adds = Ladder((*AT_NIGHT.rungs, Rung(minutes(45), (PRIMARY, SECOND))), ends=minutes(60))

    marks = [(after, tell.rank, tell.purpose) for after, tell in milestones(adds)]

    assert marks == [
        (minutes(15), PRIMARY, Purpose.REMINDER),
        (minutes(30), ALTERNATE, Purpose.ESCALATION),
        (minutes(45), SECOND, Purpose.ESCALATION),
    ]


@pytest.mark.parametrize(
    ("purposes", "chief"),
    [
        ([], Purpose.FIRST_NOTICE),
        ([Purpose.OTHER_CHANNEL], Purpose.FIRST_NOTICE),
        ([Purpose.FIRST_NOTICE, Purpose.REMINDER], Purpose.REMINDER),
        ([Purpose.REMINDER, Purpose.ESCALATION], Purpose.ESCALATION),
    ],
)
def test_rungs_of_several_purposes_are_said_to_be_for_the_weightiest(
    purposes: list[Purpose], chief: Purpose
) -> None:
    assert chief_purpose(purposes) is chief


class OrdersOfEvents(RuleBasedStateMachine):
    """Looks, answers, setbacks, pauses and an end, in any order and with any gaps between them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGAN
        self.activation = ActivationState.ACTIVE

    @initialize(ladder=ladders(), data=st.data())
    def activate(self, ladder: Ladder, data: st.DataObject) -> None:
        self.ladder = ladder
        ranks = st.frozensets(st.sampled_from(Rank), min_size=1)
        self.parts = {code: Part(data.draw(ranks), due_at=BEGAN) for code in MEMBERS}
        self.look()

    @rule(gap=st.integers(0, 90))
    def time_passes(self, gap: int) -> None:
        self.now += minutes(gap)

    @rule()
    def look(self) -> None:
        """As the engine does: whoever is due, and only while the activation is active."""
        if self.activation is not ActivationState.ACTIVE:
            return
        for part in self.parts.values():
            if part.due_at is not None and part.due_at <= self.now:
                self.climb(part)

    def climb(self, part: Part) -> None:
        climb = Climb(BEGAN, frozenset(part.taken), frozenset(part.setbacks), part.reachable)
        step = next_step(self.ladder, climb, now=self.now)
        part.told += [(self.now, tell) for tell in step.tell]
        part.taken += step.take
        if step.take:
            self.happen(part, NoticeEvent.RUNG_TAKEN)
        if step.ended:
            self.happen(part, NoticeEvent.LADDER_ENDED)
        part.due_at = step.look_again_at

    def happen(self, part: Part, event: NoticeEvent) -> None:
        after = next_state(part.state, event)
        assert isinstance(after, NoticeState)
        if after in NOTICE_ENDS:
            part.ends.append(after)
        part.state = after

    @rule(code=st.sampled_from(MEMBERS))
    def answer(self, code: str) -> None:
        part = self.parts[code]
        others = {c: repr(p) for c, p in self.parts.items() if c != code}
        if self.activation.value in {"active", "paused"} and can_happen(
            part.state, NoticeEvent.ANSWERED
        ):
            part.late = part.state is NoticeState.UNREACHED
            self.happen(part, NoticeEvent.ANSWERED)
            part.answered_at, part.due_at = self.now, None
        assert {c: repr(p) for c, p in self.parts.items() if c != code} == others

    @rule(code=st.sampled_from(MEMBERS), setback=SETBACKS)
    def set_back(self, code: str, setback: Setback) -> None:
        part = self.parts[code]
        part.setbacks.add(setback)
        if part.state in {NoticeState.WAITING, NoticeState.NOTIFIED}:
            part.due_at = self.now

    @precondition(lambda self: self.activation is ActivationState.ACTIVE)
    @rule()
    def object(self) -> None:
        self.activation = ActivationState.PAUSED

    @precondition(lambda self: self.activation is ActivationState.PAUSED)
    @rule()
    def resume(self) -> None:
        self.activation = ActivationState.ACTIVE

    @precondition(lambda self: can_happen(self.activation, ActivationEvent.CLOSED))
    @rule()
    def close(self) -> None:
        self.activation = ActivationState.CLOSED
        for part in self.parts.values():
            if can_happen(part.state, NoticeEvent.CALLED_OFF):
                self.happen(part, NoticeEvent.CALLED_OFF)
                part.due_at = None

    @invariant()
    def nobody_of_a_member_that_has_acknowledged_is_told_again(self) -> None:
        for part in self.parts.values():
            if part.answered_at is not None:
                assert all(at <= part.answered_at for at, _ in part.told)
                assert part.due_at is None

    @invariant()
    def whoever_has_not_answered_is_never_forgotten(self) -> None:
        for part in self.parts.values():
            climbing = part.state in {NoticeState.WAITING, NoticeState.NOTIFIED}
            assert climbing == (part.due_at is not None)

    @invariant()
    def no_rung_is_taken_twice(self) -> None:
        for part in self.parts.values():
            assert len(set(part.taken)) == len(part.taken)

    @invariant()
    def a_late_answer_counts_and_is_the_only_second_end(self) -> None:
        for part in self.parts.values():
            assert part.ends in (
                [],
                [part.state],
                [NoticeState.UNREACHED, NoticeState.ACKNOWLEDGED],
            )
            assert part.late == (len(part.ends) == 2)

    @invariant()
    def when_the_activation_has_closed_every_notice_has_an_end(self) -> None:
        if self.activation is ActivationState.CLOSED:
            assert all(part.state in NOTICE_ENDS for part in self.parts.values())

    @invariant()
    def nobody_is_told_who_has_no_address(self) -> None:
        for part in self.parts.values():
            assert all(tell.rank in part.reachable for _, tell in part.told)


TestOrdersOfEvents = OrdersOfEvents.TestCase
TestOrdersOfEvents.settings = settings(max_examples=examples(40))


def test_the_model_above_is_not_blind() -> None:
    machine = OrdersOfEvents()
    machine.parts = {"AU": Part(frozenset(Rank), NoticeState.ACKNOWLEDGED, answered_at=BEGAN)}
    machine.parts["AU"].told.append((BEGAN + minutes(1), Tell(0, PRIMARY, BOTH, Purpose.REMINDER)))

    with pytest.raises(AssertionError):
        machine.nobody_of_a_member_that_has_acknowledged_is_told_again()
