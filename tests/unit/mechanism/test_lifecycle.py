"""What can happen to a thing, and where that leads, stands in one table; it leads somewhere."""

from collections import defaultdict
from enum import StrEnum

import pytest

from mechanism.lifecycle import (
    ACTIVATION_ENDS,
    NOTICE_ENDS,
    TRANSITIONS,
    ActivationEvent,
    ActivationState,
    Health,
    HealthEvent,
    MeaninglessEventError,
    MessageEvent,
    MessageState,
    NoticeEvent,
    NoticeState,
    can_happen,
    is_end,
    next_state,
)

NOUNS = list(TRANSITIONS)
FIRST = {noun: next(iter(noun)) for noun in NOUNS}
"""The state in which a thing begins stands first; a message, a notice, a reply are made in it."""
ALSO_FIRST: dict[type[StrEnum], StrEnum] = {
    ActivationState: ActivationState.ACTIVE  # where no concurrence is waited for
}


def events_of(noun: type[StrEnum]) -> set[StrEnum]:
    return {event for _, event in TRANSITIONS[noun]}


def ways_from(state: StrEnum) -> set[StrEnum]:
    return {after for (before, _), after in TRANSITIONS[type(state)].items() if before is state}


def reached_from(*starts: StrEnum) -> set[StrEnum]:
    seen, new = set[StrEnum](), set(starts)
    while new:
        seen |= new
        new = {after for state in new for after in ways_from(state)} - seen
    return seen


@pytest.mark.parametrize("noun", NOUNS)
def test_every_state_can_be_reached_from_where_a_thing_begins(noun: type[StrEnum]) -> None:
    assert reached_from(FIRST[noun], ALSO_FIRST.get(noun, FIRST[noun])) == set(noun)


@pytest.mark.parametrize("noun", NOUNS)
def test_from_every_state_an_end_can_be_reached(noun: type[StrEnum]) -> None:
    for state in noun:
        assert any(is_end(end) for end in reached_from(state)), state


@pytest.mark.parametrize("noun", NOUNS)
def test_a_table_holds_states_of_its_noun_and_one_kind_of_event(noun: type[StrEnum]) -> None:
    table = TRANSITIONS[noun]

    assert {type(state) for pair in table.items() for state in (pair[0][0], pair[1])} == {noun}
    assert len({type(event) for event in events_of(noun)}) == 1


@pytest.mark.parametrize("noun", NOUNS)
def test_every_event_has_a_meaning_for_some_state(noun: type[StrEnum]) -> None:
    [kind] = {type(event) for event in events_of(noun)}

    assert set(kind) == events_of(noun)


@pytest.mark.parametrize("noun", NOUNS)
def test_what_can_happen_leads_on_and_what_cannot_is_refused_loudly(noun: type[StrEnum]) -> None:
    [kind] = {type(event) for event in events_of(noun)}
    for state in noun:
        for event in kind:
            if can_happen(state, event):
                assert next_state(state, event) is TRANSITIONS[noun][state, event]
            else:
                with pytest.raises(MeaninglessEventError, match=noun.__name__):
                    next_state(state, event)


def test_the_ends_of_a_notice_are_three() -> None:
    assert {
        NoticeState.ACKNOWLEDGED, NoticeState.UNREACHED, NoticeState.CANCELLED,
    } == NOTICE_ENDS  # fmt: skip


def test_the_ends_of_an_activation_are_three() -> None:
    assert {
        ActivationState.WITHDRAWN, ActivationState.STOOD_DOWN, ActivationState.CLOSED,
    } == ACTIVATION_ENDS  # fmt: skip


def test_nothing_happens_to_a_notice_that_is_acknowledged_or_cancelled() -> None:
    for state in (NoticeState.ACKNOWLEDGED, NoticeState.CANCELLED):
        assert not any(can_happen(state, event) for event in NoticeEvent)


def test_an_unreached_member_can_still_answer_and_nothing_else_happens_to_it() -> None:
    possible = [event for event in NoticeEvent if can_happen(NoticeState.UNREACHED, event)]

    assert possible == [NoticeEvent.ANSWERED]


def test_a_member_can_answer_before_anybody_of_it_was_written_to() -> None:
    after = next_state(NoticeState.WAITING, NoticeEvent.ANSWERED)

    assert after is NoticeState.ACKNOWLEDGED


def test_a_co_chair_can_withdraw_whatever_has_not_ended() -> None:
    for state in set(ActivationState) - ACTIVATION_ENDS:
        assert can_happen(state, ActivationEvent.WITHDRAWN)


def test_no_message_is_sent_again_once_it_has_surely_left_or_surely_failed() -> None:
    settled = {
        MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED, MessageState.BOUNCED,
        MessageState.CANCELLED,
    }  # fmt: skip

    for state in settled:
        assert not {MessageState.QUEUED, MessageState.SENDING} & reached_from(state)


def test_only_what_is_still_queued_can_be_called_off() -> None:
    able = [state for state in MessageState if can_happen(state, MessageEvent.CALLED_OFF)]

    assert able == [MessageState.QUEUED]


def test_receipts_lead_to_the_same_end_whether_they_come_early_late_or_after_a_silence() -> None:
    leads = defaultdict(set)
    for state in (MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN):
        for event in (MessageEvent.DELIVERED, MessageEvent.UNDELIVERED, MessageEvent.BOUNCED):
            leads[event].add(next_state(state, event))

    assert [len(ends) for ends in leads.values()] == [1, 1, 1]


def test_only_who_answers_a_test_from_an_address_undoes_its_opt_out() -> None:
    able = [event for event in HealthEvent if can_happen(Health.OPTED_OUT, event)]

    assert able == [HealthEvent.VERIFIED]


def test_an_address_can_opt_out_whatever_was_known_of_it() -> None:
    for health in set(Health) - {Health.OPTED_OUT}:
        assert next_state(health, HealthEvent.OPTED_OUT) is Health.OPTED_OUT


def test_an_address_that_works_need_not_be_told_so_with_every_answer() -> None:
    assert not can_happen(Health.WORKING, HealthEvent.ANSWERED)
