"""Answer by call: what an officer writes down who has spoken with a member, or tried to.

What was typed is kept raw like any other reply. How sure it is who spoke follows from the number
that was called and from the two words, and is never chosen by the officer.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from convening import acknowledge, activate
from convening.acknowledge import MemberAnswer
from mechanism.answers import Meaning, ReplyKind
from mechanism.answers import Proof as HowSure
from mechanism.assurance import Assurance, Evidence, Way, assurance
from mechanism.lifecycle import NoticeState, ReplyEvent
from mechanism.vocabulary import AcknowledgementResponse, Door, NeedCause, SetbackKind
from notifications.hook import Heard
from notifications.inbox import keep
from store import ledger, needs, setbacks
from store.act import Act, by_engine
from store.events import Noted
from store.tables import (
    Acknowledgement,
    Activation,
    AnswerRead,
    ContactPoint,
    FocalPoint,
    Notice,
    Reply,
)

LONGEST_NOTE: Final = 500


def to_call(activation: Activation) -> list[Notice]:
    """Who has not acknowledged, whoever cannot be reached first."""
    left = [n for n in activation.notices if n.state is not NoticeState.ACKNOWLEDGED]
    order = [
        NoticeState.UNREACHED,
        NoticeState.NOTIFIED,
        NoticeState.WAITING,
        NoticeState.CANCELLED,
    ]
    return sorted(left, key=lambda n: (order.index(n.state), n.member.display_name))


class CallOutcome(StrEnum):
    """How a call ended."""

    ACKNOWLEDGED = "acknowledged"  # the member has confirmed receipt
    REACHED = "reached_not_acknowledged"  # somebody spoke and did not confirm; the ladder goes on
    NO_ANSWER = "no_answer"  # the ladder goes on
    WRONG_NUMBER = "wrong_number"  # the directory must be mended; the next office is asked
    PASSED_ON = "passed_on"  # somebody else was named; whoever calls goes on with that office


class How(StrEnum):
    """By which way a person spoke with the member."""

    PHONE = "phone"  # we called
    INCOMING = "incoming"  # they called; it acknowledges nothing until they are called back
    IN_PERSON = "in_person"  # or at an embassy
    NOTE_VERBALE = "note_verbale"


class CodeWord(StrEnum):
    """Whether the member said the two words of its message; we never say them first."""

    GIVEN = "given"
    NOT_GIVEN = "not_given"
    NO_MESSAGE = "no_message_came"


class CannotRecordCallError(Exception):
    """The call cannot be written down as typed; `field` is where to mend it."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


@dataclass(frozen=True)
class Call:
    """A call as it was typed; `form` is the page's own mark, so that a form sent twice is one."""

    form: str
    outcome: CallOutcome
    how: How
    happened_at: datetime
    office: FocalPoint | None = None  # the office on file that was spoken to
    spoke_to: str = ""  # name and post, where it is nobody on file
    number: ContactPoint | None = None  # the directory number that was called
    code_word: CodeWord | None = None
    note_number: str = ""  # of the note verbale
    second_listener: str = ""
    note: str = ""


def record_call(session: Session, act: Act, notice: Notice, call: Call) -> Acknowledgement | None:
    """Keep what was typed and do what follows; the acknowledgement, where the call brought one.

    Raises CannotRecordCallError where something needed is missing. The same form twice is one call.
    """
    _check(notice, call, act.at)
    reply = _keep(session, act, notice, call)
    if reply is None:
        return None
    _log(session, act, notice, call, reply)
    ledger.move(session, act, reply, ReplyEvent.MATCHED)
    if call.outcome is CallOutcome.WRONG_NUMBER and call.number is not None:
        _wrong_number(session, notice, call.number, act.at)
    if call.outcome is not CallOutcome.ACKNOWLEDGED:
        return None
    if call.how is How.INCOMING:
        _call_back(session, act, notice, reply)
        return None
    word = MemberAnswer(
        door=Door.CALL,
        response=AcknowledgementResponse.RECEIVED,
        proof=proof_of(call),
        happened_at=call.happened_at,
        contact_point=call.number if call.office is None else None,
        focal_point=call.office,
        reply=reply,
    )
    return acknowledge.acknowledge(session, act, notice, word)


def proof_of(call: Call) -> Assurance:
    """How sure it is who spoke; a number that is not in the directory proves nothing by itself."""
    detail = call.note_number if call.how is How.NOTE_VERBALE else ""
    return assurance(Evidence(_way(call), detail))


def _way(call: Call) -> Way:
    if call.how is How.NOTE_VERBALE:
        return Way.NOTE_VERBALE
    if call.how is How.IN_PERSON:
        return Way.IN_PERSON
    if call.number is None:
        return Way.CALL_ELSEWHERE
    return Way.CALL_WITH_WORDS if call.code_word is CodeWord.GIVEN else Way.CALL


def _check(notice: Notice, call: Call, now: datetime) -> None:
    """Everything without which the call would say less than it seems to."""
    member = notice.member_code
    if call.happened_at > now:
        raise CannotRecordCallError("happened_at", "the call would be in the future")
    if call.happened_at < notice.activation.triggered_at:
        raise CannotRecordCallError("happened_at", "the call would be before the activation")
    if len(call.note) > LONGEST_NOTE:
        raise CannotRecordCallError("note", f"the note is longer than {LONGEST_NOTE} characters")
    if call.how is How.NOTE_VERBALE and not call.note_number:
        raise CannotRecordCallError("note_number", "the note verbale's number is missing")
    if call.outcome is CallOutcome.WRONG_NUMBER and call.number is None:
        raise CannotRecordCallError("number", "which number is wrong is missing")
    spoke = call.outcome in {CallOutcome.ACKNOWLEDGED, CallOutcome.REACHED, CallOutcome.PASSED_ON}
    if spoke and call.office is None and not call.spoke_to:
        raise CannotRecordCallError("spoke_to", "who was spoken to is missing")
    counts = call.outcome is CallOutcome.ACKNOWLEDGED and call.how is How.PHONE
    if counts and not call.second_listener and _asks_second_listener(notice):
        raise CannotRecordCallError(
            "second_listener", "the playbook asks for a second listener, who is missing"
        )
    offices = [call.office, call.number.focal_point if call.number is not None else None]
    if any(office is not None and office.member_code != member for office in offices):
        raise CannotRecordCallError("number", "it belongs to another member")


def _asks_second_listener(notice: Notice) -> bool:
    return activate.pinned(notice.activation).proof.second_listener


def _keep(session: Session, act: Act, notice: Notice, call: Call) -> Reply | None:
    heard = Heard(
        door=Door.CALL,
        provider_id=f"{notice.id}:{call.form}",
        sender=_address(call),
        recipient="",
        raw=json.dumps(_as_typed(notice, call, act.signature), ensure_ascii=False).encode(),
        envelope={},
    )
    reply = keep.keep(session, heard, now=act.at)
    if reply is None:
        return None
    reply.activation = notice.activation
    session.add(_reading(reply, notice, call, act.at))
    session.flush()
    return reply


def _address(call: Call) -> str:
    return call.number.address if call.number is not None else ""


def _as_typed(notice: Notice, call: Call, by: str) -> dict[str, str]:
    """The form as it was filled in; its bytes are what is kept of a call."""
    return {
        "member": notice.member_code,
        "outcome": call.outcome.value,
        "how": call.how.value,
        "happened_at": ledger.instant(call.happened_at),
        "office": call.office.office if call.office is not None else "",
        "spoke_to": call.spoke_to,
        "number": _address(call),
        "code_word": call.code_word.value if call.code_word is not None else "",
        "note_number": call.note_number,
        "second_listener": call.second_listener,
        "note": call.note,
        "written_by": by,
    }


def _reading(reply: Reply, notice: Notice, call: Call, now: datetime) -> AnswerRead:
    return AnswerRead(
        reply_id=reply.id,
        notice_id=notice.id,
        contact_point_id=call.number.id if call.number is not None else None,
        kind=ReplyKind.HUMAN.value,
        automatic=False,
        meaning=Meaning.RECEIVED.value if call.outcome is CallOutcome.ACKNOWLEDGED else None,
        proof=HowSure.STRONG.value,
        text=call.note,
        reason=f"{call.outcome.value.replace('_', ' ')}, {call.how.value.replace('_', ' ')}",
        read_at=now,
    )


def _log(session: Session, act: Act, notice: Notice, call: Call, reply: Reply) -> None:
    private = {
        "spoke_to": call.spoke_to,
        "number": _address(call),
        "second_listener": call.second_listener,
        "note": call.note,
    }
    ledger.append(
        session,
        act,
        Noted.CALL_RECORDED,
        subject=ledger.subject_of(notice),
        evidence=ledger.evidence_of(reply),
        data={
            "member": notice.member_code,
            "outcome": call.outcome.value,
            "how": call.how.value,
            "office": call.office.id if call.office is not None else None,
            "directory_number": call.number is not None,
            "code_word": call.code_word.value if call.code_word is not None else None,
            "note_verbale": call.note_number,
        },
        private={name: value for name, value in private.items() if value},
        happened_at=call.happened_at,
    )


def _call_back(session: Session, act: Act, notice: Notice, reply: Reply) -> None:
    """Anybody can telephone and say who they are: they are called back on a directory number."""
    needs.raise_need(
        session,
        act,
        NeedCause.CALL_BACK,
        f"Call {notice.member.display_name} back on a directory number: somebody has called us to "
        "acknowledge, and a call to us proves nothing.",
        key=f"call-back/{notice.id}/{reply.id}",
        activation=notice.activation,
        notice=notice,
    )


def _wrong_number(session: Session, notice: Notice, number: ContactPoint, now: datetime) -> None:
    """The number is marked, the next office is asked at once, and somebody mends the directory."""
    setbacks.record(
        session, notice, number, SetbackKind.FAILED, now=now, note="wrong number, by a call"
    )
    office = number.focal_point
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.DIRECTORY,
        f"A number of {office.office}, {notice.member.display_name}, is wrong; mend the directory.",
        key=f"wrong-number/{number.id}",
        activation=notice.activation,
        notice=notice,
    )
