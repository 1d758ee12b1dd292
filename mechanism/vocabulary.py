"""Which words does everybody use?

States are not here: they are rules, and stand in `mechanism.lifecycle`.
"""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Whether a situation is real; fixed for ever when its first row is written."""

    REAL = "real"
    EXERCISE = "exercise"


class MemberKind(StrEnum):
    """What acknowledges."""

    STATE = "state"
    ORGANISATION = "organisation"


class MemberRole(StrEnum):
    """What a member is in the mechanism itself, apart from any situation."""

    CO_CHAIR = "co_chair"
    STEERING_GROUP = "steering_group"
    AD_HOC_GROUP = "ad_hoc_group"


class Role(StrEnum):
    """What a person may do on the dashboard."""

    CO_CHAIR = "co_chair"
    SECRETARIAT = "secretariat"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class TextKind(StrEnum):
    """What a text to the members is."""

    FIRST_NOTICE = "first_notice"
    UPDATE = "situation_update"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    STAND_DOWN = "stand_down"


class MessagePurpose(StrEnum):
    """Why one message is sent."""

    FIRST_NOTICE = "first_notice"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    OTHER_CHANNEL = "other_channel"
    CONFIRMATION = "confirmation"  # what somebody who answered gets back
    UPDATE = "situation_update"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    STAND_DOWN = "stand_down"
    BREAK_GLASS = "break_glass"  # staff are told that the sealed way in was used
    CONCURRENCE = "concurrence"  # the other co-chair is told, and may agree or object
    PERSON_NEEDED = "person_needed"  # a duty office is told that a person is needed
    INVITATION = "invitation"
    POLL = "poll"  # the members are asked which of several times they can
    ADDRESS_TEST = "address_test"  # an office is asked to answer, which proves the address
    ADDRESS_CHANGED = "address_changed"  # an office is told that its own entry was changed
    ACCESS_CHANGED = "access_changed"  # a government is told of a new way in to an account of its


LADDER_PURPOSES = frozenset(
    {
        MessagePurpose.FIRST_NOTICE,
        MessagePurpose.REMINDER,
        MessagePurpose.ESCALATION,
        MessagePurpose.OTHER_CHANNEL,
    }
)


class AttemptOutcome(StrEnum):
    """How one try at a provider ended; NULL while it is on the wire."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"  # unknown at first, and reconciliation found that it never was taken


class Pin(StrEnum):
    """What a person has said about a provider."""

    AUTO = "auto"  # nothing: its breaker decides
    UP = "up"  # used, whatever its breaker says
    DOWN = "down"  # not used, until a person says otherwise


class Door(StrEnum):
    """By which way a reply came in."""

    SMS = "sms"
    MAIL = "mail"
    LINK = "link"
    CALL = "call"  # typed by a person who telephoned
    VOICE = "voice"  # a key pressed on a call of the ladder
    SIGNED_IN = "signed_in"  # a co-chair's own act on the dashboard


class Ear(StrEnum):
    """Who has taken the call, as far as the provider can tell."""

    HUMAN = "human"  # is offered the menu
    MACHINE = "machine"  # records: hears how to call back, and nothing else
    NOBODY_KNOWS = "nobody_knows"  # hears the same, and may ask for the message by a key


class SetbackKind(StrEnum):
    """Why a person will not answer by a channel."""

    FAILED = "failed"
    BOUNCED = "bounced"
    OPTED_OUT = "opted_out"
    OUT_OF_OFFICE = "out_of_office"
    WRONG_ADDRESSEE = "wrong_addressee"
    NOT_CARRIED = "not_carried"  # refused, or a call that nobody took; the address may be right
    NOT_KNOWN = "not_known"  # the outcome of a send could not be found out


class NeedCause(StrEnum):
    """What a person is needed for."""

    UNREACHED = "unreached"
    UNCLEAR_REPLY = "unclear_reply"
    OBJECTION = "objection"
    NOT_SENT = "not_sent"  # a message could not be sent or its fate is not known
    OPTED_OUT = "opted_out"
    ENGINE = "engine"  # something inside broke
    DIRECTORY = "directory"
    CALL_BACK = "call_back"


class ConcurrenceAnswer(StrEnum):
    """What a co-chair said about an activation."""

    AGREED = "agreed"
    OBJECTED = "objected"
    RESUMED = "resumed"


class AcknowledgementResponse(StrEnum):
    """What an acknowledgement says beyond receipt; none commits a government."""

    RECEIVED = "received"
    NEEDS_INSTRUCTIONS = "received_needs_instructions"
    DECLINES = "declines_to_participate"


class AttendanceAnswer(StrEnum):
    """A member's part in a convening."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    REGRETS = "regrets"
    DELEGATED = "delegated"
    ATTENDED = "attended"
    ABSENT = "absent"


class PointKind(StrEnum):
    """What was noted at a convening."""

    POINT = "point"
    DECISION = "decision"


class Channel(StrEnum):
    """A kind of address."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"  # a person dials it from the call sheet; the ladder too, where a rung says so


WRITTEN: Final = (Channel.EMAIL, Channel.SMS)
"""What an office can read when it likes; a call asks for somebody at once."""


class Rank(StrEnum):
    """The order within a member in which offices are told."""

    PRIMARY = "primary"
    ALTERNATE_1 = "alternate_1"
    ALTERNATE_2 = "alternate_2"
    DUTY_OFFICER = "duty_officer"  # answers at any hour; told together with the primary at night
