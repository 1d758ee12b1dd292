"""Early, late, doubled and reordered words of a provider cannot corrupt a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.lifecycle import MessageEvent, MessageState, next_state
from mechanism.receipts import NOTHING, DeliveryStatus, heard

ENDS = {MessageState.DELIVERED, MessageState.FAILED, MessageState.BOUNCED, MessageState.CANCELLED}

any_words = st.sampled_from([*DeliveryStatus, None])
states = st.sampled_from(MessageState)


def after(state: MessageState, *words: DeliveryStatus | None) -> MessageState:
    for word in words:
        event = heard(state, word, is_of_latest=True).event
        if event is not None:
            state = MessageState(next_state(state, event))
    return state


def test_what_is_lost_has_failed() -> None:
    assert after(MessageState.SENT, DeliveryStatus.LOST) is MessageState.FAILED


def test_a_late_word_does_not_take_arrival_back() -> None:
    assert (
        after(MessageState.SENT, DeliveryStatus.ARRIVED, DeliveryStatus.TAKEN, DeliveryStatus.LOST)
        is MessageState.DELIVERED
    )


def test_a_receipt_may_be_faster_than_the_answer_to_the_call() -> None:
    assert after(MessageState.SENDING, DeliveryStatus.TAKEN) is MessageState.SENDING
    assert (
        after(MessageState.SENDING, DeliveryStatus.TAKEN, DeliveryStatus.ARRIVED)
        is MessageState.DELIVERED
    )


def test_a_word_that_comes_late_finds_what_was_lost_sight_of() -> None:
    assert after(MessageState.UNKNOWN, DeliveryStatus.TAKEN) is MessageState.SENT


def test_what_says_nothing_to_us_changes_nothing() -> None:
    assert heard(MessageState.SENT, None, is_of_latest=True) == NOTHING


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        (DeliveryStatus.ARRIVED, DeliveryStatus.LOST, MessageState.DELIVERED),
        (DeliveryStatus.LOST, DeliveryStatus.ARRIVED, MessageState.FAILED),
    ],
)
def test_of_two_last_words_the_first_stands_and_the_second_is_an_anomaly(
    first: DeliveryStatus, then: DeliveryStatus, stands: MessageState
) -> None:
    state = after(MessageState.SENT, first)

    assert state is stands
    assert heard(state, then, is_of_latest=True).is_anomaly
    assert heard(state, first, is_of_latest=True) == NOTHING


def test_that_an_earlier_try_was_lost_says_nothing_of_the_one_on_the_wire() -> None:
    assert heard(MessageState.SENDING, DeliveryStatus.LOST, is_of_latest=False) == NOTHING
    assert heard(MessageState.SENT, DeliveryStatus.ARRIVED, is_of_latest=False).event is (
        MessageEvent.DELIVERED
    )


@given(states, st.lists(any_words, max_size=12))
def test_no_order_of_words_raises_or_leads_out_of_an_end(
    state: MessageState, words: list[DeliveryStatus | None]
) -> None:
    for word in words:
        before, state = state, after(state, word)
        assert before not in ENDS or state is before


@given(st.lists(any_words, max_size=12), st.data())
def test_doubling_any_word_changes_nothing(
    words: list[DeliveryStatus | None], data: st.DataObject
) -> None:
    doubled = [again for word in words for again in [word] * data.draw(st.integers(1, 3))]

    assert after(MessageState.SENT, *words) is after(MessageState.SENT, *doubled)


@given(
    st.permutations(
        [DeliveryStatus.TAKEN, DeliveryStatus.TAKEN, DeliveryStatus.ARRIVED, DeliveryStatus.ARRIVED]
    )
)
def test_every_order_of_one_true_story_ends_in_the_same_state(words: list[DeliveryStatus]) -> None:
    assert after(MessageState.SENT, *words) is MessageState.DELIVERED


@given(states, st.sampled_from([DeliveryStatus.TAKEN, DeliveryStatus.LOST, None]))
def test_only_arrival_is_heard_of_an_earlier_try(
    state: MessageState, word: DeliveryStatus | None
) -> None:
    assert heard(state, word, is_of_latest=False) == NOTHING
