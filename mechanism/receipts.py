"""What does a provider's word about a message change, however late, doubled or out of order?

Pure: a lattice. Words only lead upwards; of two last words that contradict each other the first
stands, and the second is noted as an anomaly.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mechanism.lifecycle import MessageEvent, MessageState, can_happen


class DeliveryStatus(StrEnum):
    """What the statuses of all providers come to."""

    TAKEN = "taken"  # on its way; says nothing about arrival
    ARRIVED = "arrived"  # a last word
    LOST = "lost"  # a last word


_EVENT: Final = {
    DeliveryStatus.TAKEN: MessageEvent.ACCEPTED,
    DeliveryStatus.ARRIVED: MessageEvent.DELIVERED,
    DeliveryStatus.LOST: MessageEvent.UNDELIVERED,
}
_CONTRADICTS: Final = frozenset(
    {
        (MessageState.DELIVERED, DeliveryStatus.LOST),
        (MessageState.FAILED, DeliveryStatus.ARRIVED),
        (MessageState.BOUNCED, DeliveryStatus.ARRIVED),
    }
)


@dataclass(frozen=True)
class StatusEffect:
    """The event that happens to the message, if any; whether the word contradicts a last one."""

    event: MessageEvent | None = None
    is_anomaly: bool = False


NOTHING: Final = StatusEffect()


def heard(state: MessageState, word: DeliveryStatus | None, *, is_of_latest: bool) -> StatusEffect:
    """What a word about one of its attempts means for a message in this state; None says nothing.

    `is_of_latest` is false where another attempt has been made since: that the earlier one was lost
    says nothing then, and that it arrived says all.
    """
    if word is None or (not is_of_latest and word is not DeliveryStatus.ARRIVED):
        return NOTHING
    if (state, word) in _CONTRADICTS:
        return StatusEffect(is_anomaly=True)
    if state is MessageState.SENDING and word is DeliveryStatus.TAKEN:
        return NOTHING  # the answer to the call itself is about to say so
    event = _EVENT[word]
    return StatusEffect(event) if can_happen(state, event) else NOTHING
