"""Which states can a thing be in, what can happen to it, and where does that lead?

This is the only place that knows. `store.ledger.move()` is the only caller that acts on it, and
the lifecycle page of the reference is drawn from the tables below.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class MeaninglessEventError(Exception):
    """This event cannot happen to a thing in this state: a mistake of ours, never of a stranger."""


class ActivationState(StrEnum):
    """One call to the members of a situation."""

    AWAITING_CONCURRENCE = "awaiting_concurrence"  # nothing sent; a co-chair or time moves it
    ACTIVE = "active"  # the ladder climbs; a co-chair ends it
    PAUSED = "paused"  # an objection stopped further rungs; either co-chair resumes, with a reason
    WITHDRAWN = "withdrawn"  # it should not have been; an end
    STOOD_DOWN = "stood_down"  # no longer needed; an end
    CLOSED = "closed"  # done; an end


class ActivationEvent(StrEnum):
    """What can happen to an activation."""

    AGREED = "agreed"  # the other co-chair
    OBJECTED = "objected"  # the other co-chair, with a reason
    PROCEEDED_ALONE = "proceeded_alone"  # time-out of concurrence, where the playbook says: send
    LAPSED = "lapsed"  # time-out of concurrence, where the playbook says: do not send
    RESUMED = "resumed"  # either co-chair, with a reason
    WITHDRAWN = "withdrawn"  # a co-chair
    STOOD_DOWN = "stood_down"  # a co-chair
    CLOSED = "closed"  # a co-chair


class NoticeState(StrEnum):
    """One member's part in one activation."""

    WAITING = "waiting"  # nobody of the member was written to; the first rung moves it
    NOTIFIED = "notified"  # somebody was written to; an answer or the ladder's end moves it
    ACKNOWLEDGED = "acknowledged"  # the member has confirmed receipt; an end
    UNREACHED = "unreached"  # the ladder has ended and a person works on it; a late answer moves it
    CANCELLED = "cancelled"  # the activation ended first; an end


class NoticeEvent(StrEnum):
    """What can happen to a notice."""

    RUNG_TAKEN = "rung_taken"  # somebody is told, reminded, or told next
    ANSWERED = "answered"  # any person of the member, by any channel
    LADDER_ENDED = "ladder_ended"  # its whole time has passed without an answer
    CALLED_OFF = "called_off"  # the activation ended


class MessageState(StrEnum):
    """One text to one address, in the provider's reality."""

    QUEUED = "queued"  # committed, and taken by nobody that we know of; the engine claims it
    SENDING = "sending"  # an attempt is committed and perhaps on the wire; its outcome moves it
    SENT = "sent"  # the provider has taken it; a receipt may move it
    DELIVERED = "delivered"  # the network says that it arrived; an end, and no acknowledgement
    FAILED = "failed"  # surely not delivered; an end
    BOUNCED = "bounced"  # came back after it was taken; an end
    UNKNOWN = "unknown"  # perhaps sent; the reconciler or a late receipt moves it
    CANCELLED = "cancelled"  # called off before any attempt, or too old to be of use; an end


class MessageEvent(StrEnum):
    """What can happen to a message."""

    CLAIMED = "claimed"  # an engine has committed an attempt
    ACCEPTED = "accepted"  # the provider took it
    REFUSED = "refused"  # the provider never will
    DEFERRED = "deferred"  # surely not sent, to be tried again
    LOST_SIGHT_OF = "lost_sight_of"  # no way to tell yet
    DELIVERED = "delivered"  # receipt
    UNDELIVERED = "undelivered"  # receipt
    BOUNCED = "bounced"  # a report came back
    CALLED_OFF = "called_off"  # no longer wanted
    EXPIRED = "expired"  # later than it may arrive


class ReplyState(StrEnum):
    """Something that a stranger has sent us."""

    KEPT = "kept"  # raw and committed, unread; the reader moves it
    MATCHED = "matched"  # read, and it speaks for a notice; an end
    SET_ASIDE = "set_aside"  # read, and no answer; only a person may think otherwise
    WAITING = "waiting"  # read, and not understood by us; a person decides
    SETTLED = "settled"  # a person has decided; an end


class ReplyEvent(StrEnum):
    """What can happen to a reply."""

    MATCHED = "matched"  # the reader has found whose it is and what it says
    SET_ASIDE = "set_aside"  # the reader knows that it answers nothing
    QUARANTINED = "quarantined"  # the reader leaves it to a person
    SETTLED = "settled"  # a person says whose it is, or that it does not count


class NeedState(StrEnum):
    """A line that says that a person is needed."""

    OPEN = "open"  # told to people by its own ladder; a person or the facts settle it
    SETTLED = "settled"  # nobody is needed for it any more; an end


class NeedEvent(StrEnum):
    """What can happen to such a line."""

    SETTLED = "settled"  # a person says so, or what it was about has come right


class ConveningState(StrEnum):
    """A meeting to which the members are convened."""

    FIXED = "fixed"  # time and place are set and invitations go out; a co-chair moves it
    HELD = "held"  # it took place; an end
    CANCELLED = "cancelled"  # it will not take place; an end


class ConveningEvent(StrEnum):
    """What can happen to a convening."""

    HELD = "held"  # a co-chair closes it
    CANCELLED = "cancelled"  # a co-chair


class PollState(StrEnum):
    """Times to meet that were put to the members."""

    OPEN = "open"  # members answer until its hour; a co-chair fixes one of its times or ends it
    FIXED = "fixed"  # a meeting stands at one of its times; an end
    CANCELLED = "cancelled"  # none of its times is wanted any more; an end


class PollEvent(StrEnum):
    """What can happen to a poll of times."""

    FIXED = "fixed"  # a co-chair
    CANCELLED = "cancelled"  # a co-chair, or a meeting that was fixed at another time


class RecordState(StrEnum):
    """One revision of a meeting's record."""

    DRAFT = "draft"  # made from the ledger; a co-chair adopts it or makes the next revision
    ADOPTED = "adopted"  # a co-chair stands by it; only a later revision moves it
    SUPERSEDED = "superseded"  # a later revision stands in its place; an end


class RecordEvent(StrEnum):
    """What can happen to a record."""

    ADOPTED = "adopted"  # a co-chair
    SUPERSEDED = "superseded"  # the next revision was made


class Health(StrEnum):
    """What traffic has shown of a contact point."""

    UNPROVEN = "unproven"  # nothing was ever answered from it; the first traffic moves it
    WORKING = "working"  # an answer came from it; a failure, STOP or a new beginning moves it
    FAILED = "failed"  # it refuses what is sent there; an answer, STOP or a new beginning moves it
    OPTED_OUT = "opted_out"  # STOP came from it; only who answers a test from it undoes that


class HealthEvent(StrEnum):
    """What traffic can show of a contact point."""

    VERIFIED = "verified"  # somebody has answered a test from it
    ANSWERED = "answered"  # a notice was answered from it
    FAILED = "failed"  # a message came back, or the provider refuses the address
    OPTED_OUT = "opted_out"  # the person sent STOP
    REINSTATED = "reinstated"  # it was retired, and is the office's address again


_A, _AE = ActivationState, ActivationEvent
_N, _NE = NoticeState, NoticeEvent
_M, _ME = MessageState, MessageEvent
_H, _HE = Health, HealthEvent

TRANSITIONS: Final[Mapping[type[StrEnum], Mapping[tuple[StrEnum, StrEnum], StrEnum]]] = {
    ActivationState: {
        (_A.AWAITING_CONCURRENCE, _AE.AGREED): _A.ACTIVE,
        (_A.AWAITING_CONCURRENCE, _AE.OBJECTED): _A.PAUSED,
        (_A.AWAITING_CONCURRENCE, _AE.PROCEEDED_ALONE): _A.ACTIVE,
        (_A.AWAITING_CONCURRENCE, _AE.LAPSED): _A.WITHDRAWN,
        (_A.AWAITING_CONCURRENCE, _AE.WITHDRAWN): _A.WITHDRAWN,
        (_A.ACTIVE, _AE.OBJECTED): _A.PAUSED,
        (_A.ACTIVE, _AE.WITHDRAWN): _A.WITHDRAWN,
        (_A.ACTIVE, _AE.STOOD_DOWN): _A.STOOD_DOWN,
        (_A.ACTIVE, _AE.CLOSED): _A.CLOSED,
        (_A.PAUSED, _AE.RESUMED): _A.ACTIVE,
        (_A.PAUSED, _AE.WITHDRAWN): _A.WITHDRAWN,
        (_A.PAUSED, _AE.STOOD_DOWN): _A.STOOD_DOWN,
    },
    NoticeState: {
        (_N.WAITING, _NE.RUNG_TAKEN): _N.NOTIFIED,
        (_N.WAITING, _NE.ANSWERED): _N.ACKNOWLEDGED,
        (_N.WAITING, _NE.LADDER_ENDED): _N.UNREACHED,
        (_N.WAITING, _NE.CALLED_OFF): _N.CANCELLED,
        (_N.NOTIFIED, _NE.RUNG_TAKEN): _N.NOTIFIED,
        (_N.NOTIFIED, _NE.ANSWERED): _N.ACKNOWLEDGED,
        (_N.NOTIFIED, _NE.LADDER_ENDED): _N.UNREACHED,
        (_N.NOTIFIED, _NE.CALLED_OFF): _N.CANCELLED,
        (_N.UNREACHED, _NE.ANSWERED): _N.ACKNOWLEDGED,
    },
    MessageState: {
        (_M.QUEUED, _ME.CLAIMED): _M.SENDING,
        (_M.QUEUED, _ME.CALLED_OFF): _M.CANCELLED,
        (_M.QUEUED, _ME.EXPIRED): _M.CANCELLED,
        (_M.QUEUED, _ME.ACCEPTED): _M.SENT,  # the first try was taken after all, says a late word
        (_M.QUEUED, _ME.DELIVERED): _M.DELIVERED,  # the same, and it has arrived
        (_M.SENDING, _ME.ACCEPTED): _M.SENT,
        (_M.SENDING, _ME.REFUSED): _M.FAILED,
        (_M.SENDING, _ME.DEFERRED): _M.QUEUED,
        (_M.SENDING, _ME.LOST_SIGHT_OF): _M.UNKNOWN,
        (_M.SENDING, _ME.DELIVERED): _M.DELIVERED,  # a receipt can be faster than the answer
        (_M.SENDING, _ME.UNDELIVERED): _M.FAILED,
        (_M.SENDING, _ME.BOUNCED): _M.BOUNCED,
        (_M.UNKNOWN, _ME.ACCEPTED): _M.SENT,
        (_M.UNKNOWN, _ME.DEFERRED): _M.QUEUED,
        (_M.UNKNOWN, _ME.DELIVERED): _M.DELIVERED,
        (_M.UNKNOWN, _ME.UNDELIVERED): _M.FAILED,
        (_M.UNKNOWN, _ME.BOUNCED): _M.BOUNCED,
        (_M.SENT, _ME.DELIVERED): _M.DELIVERED,
        (_M.SENT, _ME.UNDELIVERED): _M.FAILED,
        (_M.SENT, _ME.BOUNCED): _M.BOUNCED,
    },
    ReplyState: {
        (ReplyState.KEPT, ReplyEvent.MATCHED): ReplyState.MATCHED,
        (ReplyState.KEPT, ReplyEvent.SET_ASIDE): ReplyState.SET_ASIDE,
        (ReplyState.KEPT, ReplyEvent.QUARANTINED): ReplyState.WAITING,
        (ReplyState.WAITING, ReplyEvent.SETTLED): ReplyState.SETTLED,
        (ReplyState.SET_ASIDE, ReplyEvent.SETTLED): ReplyState.SETTLED,
    },
    NeedState: {(NeedState.OPEN, NeedEvent.SETTLED): NeedState.SETTLED},
    ConveningState: {
        (ConveningState.FIXED, ConveningEvent.HELD): ConveningState.HELD,
        (ConveningState.FIXED, ConveningEvent.CANCELLED): ConveningState.CANCELLED,
    },
    PollState: {
        (PollState.OPEN, PollEvent.FIXED): PollState.FIXED,
        (PollState.OPEN, PollEvent.CANCELLED): PollState.CANCELLED,
    },
    RecordState: {
        (RecordState.DRAFT, RecordEvent.ADOPTED): RecordState.ADOPTED,
        (RecordState.DRAFT, RecordEvent.SUPERSEDED): RecordState.SUPERSEDED,
        (RecordState.ADOPTED, RecordEvent.SUPERSEDED): RecordState.SUPERSEDED,
    },
    Health: {
        (_H.UNPROVEN, _HE.VERIFIED): _H.WORKING,
        (_H.UNPROVEN, _HE.ANSWERED): _H.WORKING,
        (_H.UNPROVEN, _HE.FAILED): _H.FAILED,
        (_H.UNPROVEN, _HE.OPTED_OUT): _H.OPTED_OUT,
        (_H.WORKING, _HE.VERIFIED): _H.WORKING,
        (_H.WORKING, _HE.FAILED): _H.FAILED,
        (_H.WORKING, _HE.OPTED_OUT): _H.OPTED_OUT,
        (_H.WORKING, _HE.REINSTATED): _H.UNPROVEN,
        (_H.FAILED, _HE.VERIFIED): _H.WORKING,
        (_H.FAILED, _HE.ANSWERED): _H.WORKING,
        (_H.FAILED, _HE.OPTED_OUT): _H.OPTED_OUT,
        (_H.FAILED, _HE.REINSTATED): _H.UNPROVEN,
        (_H.OPTED_OUT, _HE.VERIFIED): _H.WORKING,
    },
}


def can_happen(state: StrEnum, event: StrEnum) -> bool:
    """Whether this event has a meaning for a thing in this state."""
    return (state, event) in TRANSITIONS[type(state)]


def next_state(state: StrEnum, event: StrEnum) -> StrEnum:
    """Where the event leads; MeaninglessEventError where it has no meaning."""
    try:
        return TRANSITIONS[type(state)][state, event]
    except KeyError:
        raise MeaninglessEventError(
            f"{event.value!r} cannot happen to a {type(state).__name__} that is {state.value!r}"
        ) from None


def is_end(state: StrEnum) -> bool:
    """Whether nothing automatic is still expected of a thing in this state."""
    if state in {NoticeState.UNREACHED, ReplyState.SET_ASIDE, Health.OPTED_OUT}:
        return True  # a late answer may come, a person read what was set aside, or answer a test
    return all(start is not state for start, _ in TRANSITIONS[type(state)])


NOTICE_ENDS: Final = frozenset(state for state in NoticeState if is_end(state))
ACTIVATION_ENDS: Final = frozenset(state for state in ActivationState if is_end(state))
