"""In which words is each state said on a page?

One table for all pages, so that no page is more hopeful than another: handed over is not
delivered, delivered is not acknowledged. A glyph and a word always stand beside the colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mechanism import wording
from mechanism.lifecycle import ActivationState, Health, MessageState, NoticeState, RecordState
from mechanism.vocabulary import (
    AcknowledgementResponse,
    AttendanceAnswer,
    Channel,
    NeedCause,
    Rank,
    TextKind,
)
from playbooks.situation import ExerciseSort

DASH: Final = "\N{EN DASH}"


@dataclass(frozen=True)
class Sign:
    """How a state is shown: the colour's class, the glyph, the word."""

    style: str  # ok | wait | bad | info | off
    glyph: str
    word: str


SORT: Final = {
    ExerciseSort.DRILL: "Drill",
    ExerciseSort.COMMS_CHECK: "Comms check",
    ExerciseSort.TABLETOP: "Tabletop",
}

NOTICE: Final = {
    NoticeState.WAITING: Sign("wait", "○", "Not yet asked"),
    NoticeState.NOTIFIED: Sign("wait", "○", "Waiting"),
    NoticeState.ACKNOWLEDGED: Sign("ok", "✓", "Yes"),
    NoticeState.UNREACHED: Sign("bad", "✗", "Not reached"),
    NoticeState.CANCELLED: Sign("off", DASH, "Called off"),
}

MESSAGE: Final = {
    MessageState.QUEUED: Sign("wait", "○", "waits to be sent"),
    MessageState.SENDING: Sign("wait", "○", "is being handed over"),
    MessageState.SENT: Sign("info", "○", "handed over"),
    MessageState.DELIVERED: Sign("ok", "✓", "delivered"),
    MessageState.FAILED: Sign("bad", "✗", "failed"),
    MessageState.BOUNCED: Sign("bad", "✗", "bounced"),
    MessageState.UNKNOWN: Sign("wait", "!", "not known, being checked"),
    MessageState.CANCELLED: Sign("off", DASH, "called off"),
}

CALL: Final = {
    **MESSAGE,
    MessageState.SENT: Sign("info", "○", "is being called"),
    MessageState.DELIVERED: Sign("info", "○", "taken, by a person or a machine"),
    MessageState.FAILED: Sign("bad", "✗", "not taken"),
}
"""The same of a call: that it was taken says less than that a text was delivered."""

ACTIVATION: Final = {
    ActivationState.AWAITING_CONCURRENCE: Sign("wait", "○", "Waiting for the other co-chair"),
    ActivationState.ACTIVE: Sign("ok", "✓", "Active"),
    ActivationState.PAUSED: Sign("bad", "!", "Paused by an objection"),
    ActivationState.WITHDRAWN: Sign("bad", "✗", "Withdrawn"),
    ActivationState.STOOD_DOWN: Sign("off", DASH, "Stood down"),
    ActivationState.CLOSED: Sign("off", DASH, "Closed"),
}

RECORD: Final = {
    RecordState.DRAFT: Sign("wait", "○", "Draft"),
    RecordState.ADOPTED: Sign("ok", "✓", "Adopted"),
    RecordState.SUPERSEDED: Sign("off", DASH, "Superseded"),
}

ATTENDANCE: Final = {
    AttendanceAnswer.INVITED: "Not said",
    AttendanceAnswer.CONFIRMED: "Will join",
    AttendanceAnswer.REGRETS: "Cannot join",
    AttendanceAnswer.DELEGATED: "Sends someone",
    AttendanceAnswer.ATTENDED: "Attended",
    AttendanceAnswer.ABSENT: "Absent",
}

RESPONSE: Final = {
    AcknowledgementResponse.RECEIVED: "",
    AcknowledgementResponse.NEEDS_INSTRUCTIONS: "Needs instructions first",
    AcknowledgementResponse.DECLINES: "Does not wish to take part",
}

RANK: Final = {
    Rank.PRIMARY: "Primary",
    Rank.ALTERNATE_1: "First alternate",
    Rank.ALTERNATE_2: "Second alternate",
    Rank.DUTY_OFFICER: "Duty officer",
}

RANKS_TOLD: Final = {
    Rank.PRIMARY: "primaries",
    Rank.ALTERNATE_1: "alternates",
    Rank.ALTERNATE_2: "second alternates",
    Rank.DUTY_OFFICER: "duty officers",
}

HEALTH: Final = {
    Health.UNPROVEN: Sign("wait", "○", "Never answered from"),
    Health.WORKING: Sign("ok", "✓", "Works"),
    Health.FAILED: Sign("bad", "✗", "Does not work"),
    Health.OPTED_OUT: Sign("bad", "✗", "Opted out"),
}

TEXT: Final = {
    TextKind.FIRST_NOTICE: "First notice",
    TextKind.UPDATE: "Update",
    TextKind.CORRECTION: "Correction",
    TextKind.WITHDRAWAL: "Withdrawal",
    TextKind.STAND_DOWN: "Stand-down",
}

NEED_VERB: Final = {
    NeedCause.UNREACHED: "Phone and record the call",
    NeedCause.UNCLEAR_REPLY: "Read the reply",
    NeedCause.OBJECTION: "Resume, with a reason",
    NeedCause.NOT_SENT: "Phone and record the call",
    NeedCause.OPTED_OUT: "Phone and record the call",
    NeedCause.ENGINE: "Open the call sheet",
    NeedCause.DIRECTORY: "See the entry",
    NeedCause.CALL_BACK: "Call back and record it",
}


def said_of(channel: Channel, state: MessageState) -> Sign:
    """How a message of this channel stands."""
    return (CALL if channel is Channel.VOICE else MESSAGE)[state]


def masked(channel: Channel, address: str) -> str:
    """An address as it may be shown to everybody: enough to tell two apart, too little to use."""
    if channel is Channel.EMAIL:
        name, _, domain = address.partition("@")
        return f"{name[:1]}•••@{domain}"
    return f"{address[:4]} ••• •• {address[-4:]}"


def not_taken(channel: Channel, providers: Sequence[str]) -> str:
    """Said where no provider takes what goes by a channel."""
    kind = wording.MESSAGE[channel].capitalize()
    return f"{kind}s are not being taken by {' or '.join(providers)}:"
