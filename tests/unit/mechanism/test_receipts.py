"""Early, late, doubled and reordered words of a provider cannot corrupt a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.lifecycle import MessageEvent, MessageState, next_state
from mechanism.receipts import NOTHING, WORDS, DeliveryStatus, heard

ENDS = {MessageState.DELIVERED, MessageState.FAILED, MessageState.BOUNCED, MessageState.CANCELLED}

statuses = st.sampled_from([*WORDS, "receiving", ""])
states = st.sampled_from(MessageState)


def after(state: MessageState, *words: str) -> MessageState:
    for word in words:
        event = heard(state, word, is_of_latest=True).event
        if event is not None:
            state = MessageState(next_state(state, event))
    return state


@pytest.mark.parametrize(
    "status",
    ["undelivered", "failed", "canceled", "partially_delivered", "busy", "no-answer"],
)
def test_what_did_not_arrive_whole_has_failed(status: str) -> None:
    assert after(MessageState.SENT, status) is MessageState.FAILED


def test_a_late_sent_does_not_take_delivered_back() -> None:
    assert after(MessageState.SENT, "delivered", "sent", "queued") is MessageState.DELIVERED


def test_a_receipt_may_be_faster_than_the_answer_to_the_call() -> None:
    assert after(MessageState.SENDING, "queued", "sent") is MessageState.SENDING
    assert after(MessageState.SENDING, "sent", "delivered") is MessageState.DELIVERED


def test_a_call_that_somebody_took_cannot_be_untaken() -> None:
    assert after(MessageState.UNKNOWN, "ringing") is MessageState.SENT
    assert after(MessageState.SENT, "completed", "ringing", "busy") is MessageState.DELIVERED


def test_a_word_that_comes_late_finds_what_was_lost_sight_of() -> None:
    assert after(MessageState.UNKNOWN, "sent") is MessageState.SENT


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        ("delivered", "undelivered", MessageState.DELIVERED),
        ("failed", "delivered", MessageState.FAILED),
    ],
)
def test_of_two_last_words_the_first_stands_and_the_second_is_an_anomaly(
    first: str, then: str, stands: MessageState
) -> None:
    state = after(MessageState.SENT, first)

    assert state is stands
    assert heard(state, then, is_of_latest=True).is_anomaly
    assert heard(state, first, is_of_latest=True) == NOTHING


def test_that_an_earlier_try_was_lost_says_nothing_of_the_one_on_the_wire() -> None:
    assert heard(MessageState.SENDING, "undelivered", is_of_latest=False) == NOTHING
    assert heard(MessageState.SENT, "delivered", is_of_latest=False).event is (
        MessageEvent.DELIVERED
    )


@given(states, st.lists(statuses, max_size=12))
def test_no_order_of_words_raises_or_leads_out_of_an_end(
    state: MessageState, words: list[str]
) -> None:
    for word in words:
        before, state = state, after(state, word)
        assert before not in ENDS or state is before


@given(st.lists(statuses, max_size=12), st.data())
def test_doubling_any_word_changes_nothing(words: list[str], data: st.DataObject) -> None:
    doubled = [again for word in words for again in [word] * data.draw(st.integers(1, 3))]

    assert after(MessageState.SENT, *words) is after(MessageState.SENT, *doubled)


@given(st.permutations(["queued", "sending", "sent", "delivered", "read"]))
def test_every_order_of_one_true_story_ends_in_the_same_state(words: list[str]) -> None:
    assert after(MessageState.SENT, *words) is MessageState.DELIVERED


@given(
    states, st.sampled_from([s for s, word in WORDS.items() if word is not DeliveryStatus.ARRIVED])
)
def test_only_arrival_is_heard_of_an_earlier_try(state: MessageState, status: str) -> None:
    assert heard(state, status, is_of_latest=False) == NOTHING
