"""Which events does the ledger know, what do they say, and how does a person read them?

Each type stands here once. `store.ledger` writes no other, and no other words in its `data`; the
timeline, the review and the page of the reference are read off these definitions. A type is never
changed once entries of it may have been written: another meaning is another type.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self


class Tone(StrEnum):
    """How a line of the timeline is drawn; what has none is in no timeline, and in the review."""

    PLAIN = ""
    GOOD = "ack"
    BAD = "bad"


Meanings = Mapping[str, str]
"""The meaning of each word that may stand in an event, by the word."""


@dataclass(frozen=True)
class Definition:
    """What there is to know of one type.

    `sentence` may leave room for the words in `ROOM`. `about` are the nouns of its subject where
    they are not the noun of the type. A value of `private` stands in the event as a digest only.
    """

    type: str
    sentence: str
    tone: Tone | None = None
    data: Meanings = field(default_factory=dict)
    private: Meanings = field(default_factory=dict)
    about: tuple[str, ...] = ()


ROOM: Final = ("government", "member", "channel", "how", "end", "purpose")
"""The words for which a sentence may leave room; `member` and `channel` may be unknown."""


class LedgerEvent(StrEnum):
    """A type of the ledger, as its text; everything about it beside."""

    noun: str
    participle: str
    about: frozenset[str]
    sentence: str
    tone: Tone | None
    data: Meanings
    private: Meanings

    def __new__(cls, said: Definition) -> Self:
        """Let the member be the type's text."""
        event = str.__new__(cls, said.type)
        event._value_ = said.type
        _, event.noun, event.participle, _ = said.type.split(".")
        event.about = frozenset(said.about or (event.noun,))
        event.sentence, event.tone = said.sentence, said.tone
        event.data, event.private = {**cls.in_every_one(), **said.data}, said.private
        return event

    @classmethod
    def in_every_one(cls) -> Meanings:
        """What stands in the data of every event of this kind."""
        return {}


_MEMBER: Final = {"member": "the code of the member"}
_DOOR: Final = {"door": "the way by which it came"}
_GOVERNMENT: Final = {"government": "the code of the government that acts"}
_REASON: Final = {"reason": "why, as it was typed"}
_ADDRESS: Final = {"address": "the address"}
_FROM: Final = {"address": "the network address of who asked"}
_STARTS: Final = {"starts_at": "when the meeting begins"}
_CAN: Final = {"can": "those that suit", "cannot": "those that do not"}
_REVISION: Final = {"revision": "which revision"}
_ANSWER: Final = {
    **_MEMBER,
    **_DOOR,
    "response": "what was answered",
    "dots": "how sure it is who answered, from 0 to 3",
    "assurance": "the same in words, which name nobody",
}
_READ: Final = {
    **_DOOR,
    "authenticity": "what the sender's domain says of a mail",
    "signature": "how a mail was signed, where it was",
}
_OPENED_OR_CLOSED: Final = {
    "faults": "how many tries of late were its fault",
    "successes": "how many it has taken of late",
}
_TRY: Final = {
    "message": "the number of the message",
    "number": "which try of it",
    "code": "the provider's code for what went wrong",
}
_SPOKEN: Final = {
    **_GOVERNMENT,
    **_DOOR,
    "assurance": "how sure it is who spoke, from 0 to 3",
    "proof": "the same in words, which name nobody",
}
_SETBACK: Final = {"kind": "what speaks against the address"}
_OF_OFFICE: Final = {
    "office": "the member's code and the office's rank",
    "channel": "its channel",
    "replaces": "the number of the address whose place it takes once it is proven",
}
_ITEM: Final = {"item": "the item of the agenda"}
_NOTED: Final = {"text": "what was noted"}
_REFUSED_THERE: Final = {"route": "the pattern of the page", "reason": "what was missing"}


class Moved(LedgerEvent):
    """A state has changed: written by `ledger.move()` alone, one for each transition."""

    @classmethod
    def in_every_one(cls) -> Meanings:
        """The two states."""
        return {"change": "the state before and after"}

    ACTIVATION_AGREED = Definition(
        "cm.activation.agreed.v1", "The other co-chair agreed: the messages leave"
    )
    ACTIVATION_OBJECTED = Definition(
        "cm.activation.objected.v1", "An objection paused the activation",
        data=_GOVERNMENT, private=_REASON,
    )  # fmt: skip
    ACTIVATION_PROCEEDED_ALONE = Definition(
        "cm.activation.proceeded_alone.v1", "The time-out passed: sent without the other co-chair",
        Tone.PLAIN,
    )  # fmt: skip
    ACTIVATION_LAPSED = Definition(
        "cm.activation.lapsed.v1", "The time-out passed: withdrawn without sending", Tone.BAD
    )
    ACTIVATION_RESUMED = Definition("cm.activation.resumed.v1", "{government} resumed", Tone.PLAIN)
    ACTIVATION_WITHDRAWN = Definition(
        "cm.activation.withdrawn.v1", "The activation was withdrawn", Tone.BAD
    )
    ACTIVATION_STOOD_DOWN = Definition(
        "cm.activation.stood_down.v1", "{government} stood the activation down", Tone.PLAIN
    )
    ACTIVATION_CLOSED = Definition(
        "cm.activation.closed.v1", "{government} closed the activation", Tone.PLAIN
    )

    NOTICE_RUNG_TAKEN = Definition(
        "cm.notice.rung_taken.v1", "{purpose} to {member}", Tone.PLAIN,
        data={
            **_MEMBER,
            "rungs": "the rungs of the ladder that were taken",
            "purposes": "what its messages are for",
            "messages": "how many were queued",
        },
    )  # fmt: skip
    NOTICE_ANSWERED = Definition(
        "cm.notice.answered.v1", "{member} acknowledged {how}", Tone.GOOD,
        data={**_ANSWER, "late": "whether it came after the deadline"},
    )  # fmt: skip
    NOTICE_LADDER_ENDED = Definition(
        "cm.notice.ladder_ended.v1", "{member}: no step is left, a person is needed", Tone.PLAIN,
        data=_MEMBER,
    )  # fmt: skip
    NOTICE_CALLED_OFF = Definition(
        "cm.notice.called_off.v1", "{member}: nothing more is asked, the activation has ended",
        data=_MEMBER,
    )  # fmt: skip

    MESSAGE_CLAIMED = Definition("cm.message.claimed.v1", "{member}: {channel} is being sent")
    MESSAGE_ACCEPTED = Definition(
        "cm.message.accepted.v1", "{member}: {channel} was taken by the provider"
    )
    MESSAGE_REFUSED = Definition("cm.message.refused.v1", "{member}: {channel} failed", Tone.BAD)
    MESSAGE_DEFERRED = Definition(
        "cm.message.deferred.v1", "{member}: {channel} was not sent, and is tried again"
    )
    MESSAGE_LOST_SIGHT_OF = Definition(
        "cm.message.lost_sight_of.v1", "{member}: not known whether the {channel} was sent",
        Tone.BAD,
    )  # fmt: skip
    MESSAGE_DELIVERED = Definition("cm.message.delivered.v1", "{member}: {channel} arrived")
    MESSAGE_UNDELIVERED = Definition(
        "cm.message.undelivered.v1", "{member}: {channel} failed", Tone.BAD
    )
    MESSAGE_BOUNCED = Definition("cm.message.bounced.v1", "{member}: {channel} bounced", Tone.BAD)
    MESSAGE_CALLED_OFF = Definition(
        "cm.message.called_off.v1", "{member}: {channel} was called off",
        data={"reason": "why nobody wants it any more"},
    )  # fmt: skip
    MESSAGE_EXPIRED = Definition(
        "cm.message.expired.v1", "{member}: {channel} was too old to be sent",
        data={"reason": "why it is of no use any more"},
    )  # fmt: skip

    REPLY_MATCHED = Definition(
        "cm.reply.matched.v1", "A reply was read: it is known whose", data=_READ
    )
    REPLY_SET_ASIDE = Definition(
        "cm.reply.set_aside.v1", "A reply was read: it answers nothing", data=_READ
    )
    REPLY_QUARANTINED = Definition(
        "cm.reply.quarantined.v1", "A reply waits for a person to read it", data=_READ
    )
    REPLY_SETTLED = Definition(
        "cm.reply.settled.v1", "A person settled a reply",
        data={"disposition": "what the person decided"},
    )  # fmt: skip

    NEED_SETTLED = Definition("cm.need.settled.v1", "{member}: no person is needed any more")

    CONVENING_HELD = Definition(
        "cm.convening.held.v1", "The meeting was held", Tone.PLAIN,
        data={"attended": "the codes of the members that came"},
    )  # fmt: skip
    CONVENING_CANCELLED = Definition(
        "cm.convening.cancelled.v1", "The meeting was cancelled", private=_REASON
    )

    POLL_FIXED = Definition(
        "cm.poll.fixed.v1", "A time of the poll was chosen",
        data={
            **_STARTS,
            "can": "the members that it suits",
            "cannot": "the members that it does not suit",
            "silent": "the members that have not said",
        },
    )  # fmt: skip
    POLL_CANCELLED = Definition("cm.poll.cancelled.v1", "The poll of times was ended", Tone.PLAIN)

    RECORD_ADOPTED = Definition(
        "cm.record.adopted.v1", "The record was adopted", Tone.PLAIN, data=_REVISION
    )
    RECORD_SUPERSEDED = Definition(
        "cm.record.superseded.v1", "A later revision of the record took the place of one"
    )

    CONTACT_POINT_VERIFIED = Definition(
        "cm.contact_point.verified.v1", "An address was tested, and answers", private=_ADDRESS
    )
    CONTACT_POINT_ANSWERED = Definition(
        "cm.contact_point.answered.v1", "An answer came from an address: it works"
    )
    CONTACT_POINT_FAILED = Definition(
        "cm.contact_point.failed.v1", "An address does not work", data=_SETBACK
    )
    CONTACT_POINT_OPTED_OUT = Definition(
        "cm.contact_point.opted_out.v1", "An address has opted out of texts", data=_SETBACK
    )
    CONTACT_POINT_REINSTATED = Definition(
        "cm.contact_point.reinstated.v1", "A retired address is used again: its old proof is void"
    )


class Noted(LedgerEvent):
    """Something was done, said or seen: written by `ledger.append()`."""

    ACTIVATION_TRIGGERED = Definition(
        "cm.activation.triggered.v1", "{government} triggered the situation", Tone.PLAIN,
        data={
            "kind": "real or exercise",
            "playbook": "its name and version",
            "members": "the codes of the members that are asked",
            "concurrence": "whether the other co-chair is waited for",
            "state": "in which state it begins",
        },
    )  # fmt: skip
    CONCURRENCE_AGREED = Definition(
        "cm.concurrence.agreed.v1", "{government} agreed as co-chair {how}", Tone.GOOD,
        data=_SPOKEN, private=_REASON, about=("activation",),
    )  # fmt: skip
    CONCURRENCE_OBJECTED = Definition(
        "cm.concurrence.objected.v1", "{government} objected {how}: further steps are paused",
        Tone.BAD, data=_SPOKEN, private=_REASON, about=("activation",),
    )  # fmt: skip
    CONCURRENCE_RESUMED = Definition(
        "cm.concurrence.resumed.v1", "{government} said why the activation goes on",
        data=_SPOKEN, private=_REASON, about=("activation",),
    )  # fmt: skip
    NOTICE_TEXT_ISSUED = Definition(
        "cm.notice_text.issued.v1", "A further text was sent to all", Tone.PLAIN,
        data={"kind": "what the text is", "title": "its one line", **_REVISION},
    )  # fmt: skip

    MESSAGE_QUEUED = Definition(
        "cm.message.queued.v1", "{member}: {channel} was queued",
        data={
            "purpose": "what it is for",
            "channel": "by which channel it leaves",
            "notice": "the number of the notice that it belongs to",
            "rung": "the rung of the ladder",
        },
        private=_ADDRESS,
    )  # fmt: skip
    ATTEMPT_ACCEPTED = Definition(
        "cm.attempt.accepted.v1", "{member}: a try to send the {channel} was accepted", data=_TRY
    )
    ATTEMPT_REJECTED = Definition(
        "cm.attempt.rejected.v1", "{member}: a try to send the {channel} was rejected", data=_TRY
    )
    ATTEMPT_UNKNOWN = Definition(
        "cm.attempt.unknown.v1", "{member}: not known whether a try to send the {channel} arrived",
        data=_TRY,
    )  # fmt: skip
    ATTEMPT_NOT_FOUND = Definition(
        "cm.attempt.not_found.v1",
        "{member}: the provider knows nothing of the {channel}",
        data=_TRY,
    )
    RECEIPT_CONTRADICTED = Definition(
        "cm.receipt.contradicted.v1", "{member}: a later report of the {channel} says otherwise",
        data={"status": "the provider's later word", "stands": "the state that stands"},
        about=("attempt",),
    )  # fmt: skip
    SETBACK_SEEN = Definition(
        "cm.setback.seen.v1", "{member}: something speaks against an address",
        data={**_SETBACK, "channel": "its channel", "rank": "the rank of its office"},
        about=("notice",),
    )  # fmt: skip
    BREAKER_OPENED = Definition(
        "cm.breaker.opened.v1", "A provider fails again and again: another is used",
        data=_OPENED_OR_CLOSED, about=("provider",),
    )  # fmt: skip
    BREAKER_CLOSED = Definition(
        "cm.breaker.closed.v1", "A provider works again", data=_OPENED_OR_CLOSED,
        about=("provider",),
    )  # fmt: skip
    PROVIDER_PINNED = Definition(
        "cm.provider.pinned.v1", "A person said whether a provider is used",
        data={"pin": "used, not used, or left to its breaker"},
        private={"by": "who said so", **_REASON},
    )  # fmt: skip

    REPLY_KEPT = Definition(
        "cm.reply.kept.v1", "A reply came in", data=_DOOR, private={"sender": "where it came from"}
    )
    REPLY_PASSED_ON = Definition(
        "cm.reply.passed_on.v1", "A reply was passed on to an office that can say what it is",
        data={
            "office": "the number of the office; none where it went to the duty officers",
            "addresses": "to how many addresses",
        },
        private={"by": "who passed it on"},
    )  # fmt: skip
    ANSWER_ADDED = Definition(
        "cm.answer.added.v1", "{member}: a further answer was kept", Tone.PLAIN,
        data=_ANSWER, about=("notice",),
    )  # fmt: skip
    CONFIRMATION_WITHHELD = Definition(
        "cm.confirmation.withheld.v1", "An answer was not confirmed: its address had enough",
        data={"most": "how many may be sent", "hours": "in so many hours"}, about=("reply",),
    )  # fmt: skip
    CALENDAR_REPLY_KEPT_BESIDE = Definition(
        "cm.calendar_reply.kept_beside.v1", "{member}: a calendar's answer changed no attendance",
        data={**_MEMBER, "why": "why it does not count"}, about=("reply",),
    )  # fmt: skip
    CALL_RECORDED = Definition(
        "cm.call.recorded.v1", "{member}: a call was recorded", Tone.PLAIN,
        data={
            **_MEMBER,
            "outcome": "how it went",
            "how": "by which way a person spoke with the member",
            "office": "the number of the office that was called",
            "directory_number": "whether its number is in the directory",
            "code_word": "whether the member said the two words of its message",
            "note_verbale": "the number of the note that was named",
        },
        private={
            "spoke_to": "who answered",
            "number": "the number",
            "second_listener": "who listened too",
            "note": "what was said",
        },
        about=("notice",),
    )  # fmt: skip
    CALL_ENDED = Definition(
        "cm.call.ended.v1", "{member}: called, {end}", Tone.PLAIN,
        data={
            **_MEMBER,
            "end": "how it ended",
            "rank": "the rank of the office that was called",
            "attempt": "the number of the attempt",
        },
        about=("notice",),
    )  # fmt: skip
    LINKS_TAKEN_BACK = Definition(
        "cm.links.taken_back.v1", "{member}: its links were taken back", Tone.PLAIN,
        data={**_MEMBER, "tokens": "how many links and reply addresses"}, private=_REASON,
        about=("notice",),
    )  # fmt: skip
    MEETING_WISH_NOTED = Definition(
        "cm.meeting_wish.noted.v1", "{member} said whether it would come to a meeting",
        data={**_MEMBER, "said": "what it said"}, private={"delegate": "whom it would send"},
        about=("notice",),
    )  # fmt: skip

    NEED_OPENED = Definition(
        "cm.need.opened.v1", "{member}: a person is needed", data={"cause": "what for"}
    )
    NEED_TOLD = Definition(
        "cm.need.told.v1", "{member}: people were told that one is needed",
        data={"cause": "what for", "times": "how often they have been told"},
    )  # fmt: skip

    POLL_OPENED = Definition(
        "cm.poll.opened.v1", "The members were asked which time suits", Tone.PLAIN,
        data={
            "times": "the times that are asked about",
            "closes_at": "until when they may answer",
            "asked": "the codes of the members",
        },
    )  # fmt: skip
    SLOT_ANSWERED = Definition(
        "cm.slot.answered.v1", "{member} said which times it can {how}", Tone.PLAIN,
        data={**_MEMBER, **_DOOR, **_CAN}, about=("poll",),
    )  # fmt: skip
    SLOT_PROPOSED = Definition(
        "cm.slot.proposed.v1", "{member} proposed a time {how}", Tone.PLAIN,
        data={**_MEMBER, **_DOOR, **_CAN}, about=("activation",),
    )  # fmt: skip
    CONVENING_FIXED = Definition(
        "cm.convening.fixed.v1", "A meeting was fixed", Tone.PLAIN,
        data={
            **_STARTS,
            "ends_at": "when it ends",
            "level": "of which level it is",
            "modality": "in a room, by video, or both",
            "invited": "the codes of the members",
        },
    )  # fmt: skip
    CONVENING_CHANGED = Definition(
        "cm.convening.changed.v1", "The meeting was moved",
        data={
            **_STARTS,
            "started_at": "when it would have begun",
            "ends_at": "when it ends",
            "sequence": "the number of the change, as calendars count",
        },
    )  # fmt: skip
    ATTENDANCE_RECORDED = Definition(
        "cm.attendance.recorded.v1", "{member}: its part in the meeting was recorded",
        data={**_MEMBER, "answer": "whether it comes"}, private={"delegate": "whom it sends"},
        about=("convening",),
    )  # fmt: skip
    POINT_NOTED = Definition(
        "cm.point.noted.v1", "A point of the meeting was noted", data=_ITEM, private=_NOTED
    )
    DECISION_NOTED = Definition(
        "cm.decision.noted.v1", "A decision of the meeting was noted", data=_ITEM, private=_NOTED,
        about=("point",),
    )  # fmt: skip
    FOLLOW_UP_ASSIGNED = Definition(
        "cm.follow_up.assigned.v1", "Something to be done was assigned",
        data={"number": "its number in the meeting", "owner": "who has undertaken it"},
        private={"action": "what is to be done"},
    )  # fmt: skip
    RECORD_DRAFTED = Definition(
        "cm.record.drafted.v1", "A revision of the record was drafted", data=_REVISION
    )

    SITUATION_VIEWED = Definition(
        "cm.situation.viewed.v1", "Somebody looked at the review",
        data={"reference": "the situation's reference"},
    )  # fmt: skip
    DISCLOSURE_UNCOVERED = Definition(
        "cm.disclosure.uncovered.v1", "Somebody uncovered the personal values of an event",
        data={
            "event": "the event's id",
            "number": "its number in the log",
            "values": "the names of the values",
        },
        private=_REASON, about=("situation",),
    )  # fmt: skip
    EXPORT_CREATED = Definition(
        "cm.export.created.v1", "Somebody took the evidence bundle away", data=_REASON,
        about=("situation",),
    )  # fmt: skip

    CONTACT_POINT_ADDED = Definition(
        "cm.contact_point.added.v1", "An address was added to an office",
        data=_OF_OFFICE,
        private=_ADDRESS,
    )  # fmt: skip
    CONTACT_POINT_REPLACED = Definition(
        "cm.contact_point.replaced.v1", "An address is to take the place of another",
        data=_OF_OFFICE, private=_ADDRESS,
    )  # fmt: skip
    CONTACT_POINT_RETIRED = Definition(
        "cm.contact_point.retired.v1", "An address is used no more",
        data=_OF_OFFICE, private=_ADDRESS,
    )  # fmt: skip
    CONTACT_POINT_TESTED = Definition(
        "cm.contact_point.tested.v1", "An address was asked to answer"
    )
    CONTACT_POINT_PROVIDER_PREFERRED = Definition(
        "cm.contact_point.provider_preferred.v1", "A provider is asked first for an address",
        data={"provider": "its name; empty for the order of the country or domain"},
        private=_REASON,
    )  # fmt: skip
    CONTACT_POINT_UNCOVERED = Definition(
        "cm.contact_point.uncovered.v1", "Somebody has seen full addresses",
        data={"contact_points": "the numbers of the addresses"}, private=_REASON,
        about=("account", "directory"),
    )  # fmt: skip
    DIRECTORY_IMPORTED = Definition(
        "cm.directory.imported.v1", "A roster was imported",
        data={
            "added": "how many entries are new",
            "changed": "how many are changed",
            "retired": "how many are in force no more",
        },
    )  # fmt: skip

    ACCOUNT_CREATED = Definition("cm.account.created.v1", "An account was created")
    ACCOUNT_DISABLED = Definition("cm.account.disabled.v1", "An account was disabled")
    ACCOUNT_ENABLED = Definition("cm.account.enabled.v1", "An account was enabled again")
    ACCOUNT_LINK_MADE = Definition(
        "cm.account.link_made.v1", "A one-time link to an account was made"
    )
    ACCOUNT_PASSWORD_SET = Definition("cm.account.password_set.v1", "An account's password was set")
    ACCOUNT_PASSKEY_ADDED = Definition(
        "cm.account.passkey_added.v1", "A passkey was added to an account"
    )
    ACCOUNT_PASSKEY_REMOVED = Definition(
        "cm.account.passkey_removed.v1", "A passkey of an account was ended"
    )
    ACCOUNT_APP_ADDED = Definition(
        "cm.account.app_added.v1", "An app for codes was added to an account"
    )
    ACCOUNT_CODES_PRINTED = Definition(
        "cm.account.codes_printed.v1", "Codes for an account were printed"
    )
    ACCOUNT_FACTORS_ENDED = Definition(
        "cm.account.factors_ended.v1", "Everything by which an account proves itself was ended"
    )
    ACCOUNT_IDENTITY_LINKED = Definition(
        "cm.account.identity_linked.v1", "An account was linked to an identity provider",
        data={"issuer": "the identity provider"},
    )  # fmt: skip
    WEB_SESSION_OPENED = Definition(
        "cm.web_session.opened.v1", "Somebody signed in",
        data={"method": "by what"}, private=_FROM, about=("account",),
    )  # fmt: skip
    WEB_SESSION_ENDED = Definition(
        "cm.web_session.ended.v1", "Somebody signed out", about=("account",)
    )
    SIGN_IN_REFUSED = Definition(
        "cm.sign_in.refused.v1", "Somebody failed to sign in", private=_FROM, about=("account",)
    )
    ACCESS_REFUSED = Definition(
        "cm.access.refused.v1", "Somebody was turned away from a page", data=_REFUSED_THERE,
        about=("account",),
    )  # fmt: skip
    WEBHOOK_REFUSED = Definition(
        "cm.webhook.refused.v1", "A report that no provider of ours has signed was refused",
        data={"route": "the pattern of the address", "why": "what was wrong"}, private=_FROM,
    )  # fmt: skip
    ACT_PROVED = Definition(
        "cm.act.proved.v1", "Who acted proved once more who it is",
        data={
            "act": "what was done",
            "form_sha256": "the hash of what was sent",
            "nonce": "the challenge",
            "by": "what proved it",
            "key": "the passkey's public key",
            "clientDataJSON": "what the browser says that was signed",
            "authenticatorData": "what the device says of itself",
            "signature": "the device's signature",
            "attestationObject": "what a new device says of itself",
        },
        about=("account",),
    )  # fmt: skip
    BREAK_GLASS_USED = Definition(
        "cm.break_glass.used.v1", "{government} came in by the code for emergencies",
        data=_GOVERNMENT, private=_REASON, about=("activation", "account"),
    )  # fmt: skip
    LIMIT_PASSED = Definition(
        "cm.limit.passed.v1", "A co-chair went beyond what is plausible in an hour",
        data={"limit": "which limit"}, private=_REASON, about=("account",),
    )  # fmt: skip


CATALOGUE: Final[Mapping[str, LedgerEvent]] = {
    event.value: event for kind in (Moved, Noted) for event in kind
}
_MOVED: Final = {(event.noun, event.participle): event for event in Moved}


def moved(noun: str, event: StrEnum) -> Moved:
    """What is written when this befalls a thing of this noun; KeyError where nothing is defined."""
    return _MOVED[noun, event.value]
