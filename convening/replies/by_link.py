"""Answer by link: what a one-time link leads to, and what follows when its form is sent.

Opening a link changes no state, since machines open links too. What is sent is kept raw, and then
acknowledges, is passed on to the next office, or waits for a person who looks whether it came from
a machine.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from convening import acknowledge, concur, meeting, time_poll
from convening.acknowledge import MemberAnswer
from convening.replies import quarantine, setbacks
from convening.replies.quarantine import Disposition
from mechanism.answers import Meaning, ReplyKind
from mechanism.answers import Proof as HowSure
from mechanism.assurance import Evidence, Way, assurance
from mechanism.concurrence import Verdict
from mechanism.lifecycle import (
    ACTIVATION_ENDS,
    ActivationState,
    NoticeState,
    ReplyEvent,
    ReplyState,
)
from mechanism.poll import NotTaken
from mechanism.vocabulary import (
    AcknowledgementResponse,
    AttendanceAnswer,
    Channel,
    Door,
    NeedCause,
    SetbackKind,
)
from notifications import tokens
from notifications.hook import Heard
from notifications.inbox import keep
from notifications.tokens import TokenPurpose
from settings import Settings
from store import ledger, needs
from store.act import Act, by_engine
from store.events import Noted
from store.meetings import open_meeting
from store.tables import (
    Activation,
    AnswerRead,
    Concurrence,
    Convening,
    FocalPoint,
    Notice,
    Poll,
    Reply,
    ReplyCode,
    Token,
)

AUTOMATIC_WITHIN: Final = 3.0  # real seconds between the first opening and an answer from elsewhere
CODE_TRIES: Final = 5
WRONG_CODE: Final = "wrong_code"  # the reading of an answer whose code does not fit
MEETING_CHOICE: Final = "meeting_choice"  # the reading of a word about the meeting
TIMES_CHOICE: Final = "times_choice"  # the reading of a word about the times that are proposed
BY_LINK: Final = "by one-time link"

RESPONSES: Final = {
    Meaning.RECEIVED: AcknowledgementResponse.RECEIVED,
    Meaning.NEEDS_INSTRUCTIONS: AcknowledgementResponse.NEEDS_INSTRUCTIONS,
    Meaning.DECLINES: AcknowledgementResponse.DECLINES,
}
ATTENDANCE: Final = {
    Meaning.WILL_ATTEND: AttendanceAnswer.CONFIRMED,
    Meaning.DELEGATES: AttendanceAnswer.DELEGATED,
    Meaning.REGRETS: AttendanceAnswer.REGRETS,
}
OF_THE_MEETING: Final = frozenset({*ATTENDANCE, Meaning.NEEDS_INSTRUCTIONS})


class LinkState(StrEnum):
    """What a link leads to at this moment."""

    UNKNOWN = "unknown"  # nobody learns whether there ever was such a link
    REVOKED = "revoked"  # taken back by a person
    EXPIRED = "expired"  # the deadline and a day have passed
    WITHDRAWN = "withdrawn"  # the activation should not have been
    ENDED = "ended"  # stood down or closed
    ACKNOWLEDGED = "acknowledged"  # by any office of the member, on any channel
    LATE = "late"  # the deadline has passed; an answer still counts, as late
    OPEN = "open"  # an answer is waited for


ANSWERABLE: Final = frozenset({LinkState.OPEN, LinkState.LATE})
SHOWN: Final = ANSWERABLE | {LinkState.ACKNOWLEDGED}


class Came(StrEnum):
    """What came of a form that was sent."""

    DONE = "done"  # acknowledged, passed on, agreed, objected: as was asked
    REPEATED = "repeated"  # the same form was sent before; nothing was done twice
    TOO_LATE = "too_late"  # kept; somebody was first, or it has ended
    DOUBTED = "doubted"  # kept, and a person looks: it may have come from a machine
    OFFICE_MISSING = "office_missing"  # nothing was kept; the page asks again
    CODE_WRONG = "code_wrong"  # kept, to count the tries
    NO_TRIES_LEFT = "no_tries_left"  # nothing was kept; the office can still be named
    REASON_MISSING = "reason_missing"  # nothing was kept; an objection needs its reason
    TIMES_CLOSED = "times_closed"  # kept, and not counted: the times are not asked about any more
    TIMES_LATE = "times_late"  # kept, and not counted: the hour for answers has passed
    TIMES_NOT_ASKED = "times_not_asked"  # kept, and not counted: other times are asked about
    TIMES_MISSING = "times_missing"  # nothing was said of any time
    NO_LINK = "no_link"  # the link leads to nothing that can be answered


_REFUSED: Final = {
    NotTaken.CLOSED: Came.TIMES_CLOSED,
    NotTaken.LATE: Came.TIMES_LATE,
    NotTaken.NOT_ASKED: Came.TIMES_NOT_ASKED,
    NotTaken.NOTHING_SAID: Came.TIMES_MISSING,
}


@dataclass(frozen=True)
class Sent:
    """A form as it was sent, with what the door knows of its sender."""

    form: str  # the page's own mark: the same form twice is one answer
    raw: Sequence[tuple[str, str]]
    address: str
    agent: str
    seconds_open: float | None  # real seconds since the page was first opened; None: never
    office_id: int | None = None
    code: str = ""


@dataclass(frozen=True)
class _View:
    """What any link shows; only `standing` where it leads to nothing."""

    standing: LinkState
    token: Token | None = None

    @property
    def asks_office(self) -> bool:
        """Whether the form asks the one thing more that a machine does not do."""
        return self.token is not None and self.token.channel is Channel.EMAIL

    @property
    def offices(self) -> list[FocalPoint]:
        """The offices of the member, or of the co-chair's government, to choose from."""
        return _offices(self.token) if self.token is not None else []


@dataclass(frozen=True)
class LinkView(_View):
    """What a member's link shows."""

    notice: Notice | None = None
    is_own: bool = False  # the acknowledgement came by this very link
    passed_on: bool = False  # this office has said that it is not the one to ask
    doubted: bool = False  # an answer by this link waits for a person
    said_of_meeting: Meaning | None = None
    meeting: Convening | None = None
    poll: Poll | None = None  # the times that were asked about last, while nothing is fixed
    said_of_times: Mapping[datetime, bool] = field(default_factory=dict)
    tries_left: int = CODE_TRIES


@dataclass(frozen=True)
class ConcurView(_View):
    """What a co-chair's link shows."""

    activation: Activation | None = None
    said: Concurrence | None = None
    may_agree: bool = False
    may_object: bool = False


def _offices(token: Token) -> list[FocalPoint]:
    member = token.contact_point.focal_point.member
    return [office for office in member.focal_points if office.retired_at is None]


def look(session: Session, text: str, *, now: datetime) -> LinkView:
    """What a member's link leads to; changes nothing."""
    token = tokens.find(session, text, TokenPurpose.LINK)
    notice = _notice(session, token) if token is not None else None
    if token is None or notice is None:
        return LinkView(LinkState.UNKNOWN)
    standing = _standing(token, notice.activation, notice, now)
    if standing not in SHOWN:
        return LinkView(standing, token, notice)
    asked = time_poll.open_poll(session, notice.activation)
    return LinkView(
        standing,
        token,
        notice,
        is_own=_is_own(session, notice, token),
        passed_on=_is_passed_on(notice, token),
        doubted=bool(_doubted(session, token)),
        said_of_meeting=_said_of_meeting(session, notice),
        meeting=open_meeting(session, notice.activation),
        poll=asked,
        said_of_times=time_poll.said_by(session, asked, notice.member_code) if asked else {},
        tries_left=CODE_TRIES - _tries(session, token),
    )


def open_link(session: Session, text: str, *, now: datetime, address: str) -> LinkView:
    """What a member's link leads to; the first opening is noted, as weak evidence and no state."""
    _note_opening(tokens.find(session, text, TokenPurpose.LINK), now, address)
    return look(session, text, now=now)


def look_at_concurrence(session: Session, text: str, *, now: datetime) -> ConcurView:
    """What a co-chair's link leads to; changes nothing."""
    token = tokens.find(session, text, TokenPurpose.CONCUR)
    activation = session.get(Activation, token.activation_id) if token is not None else None
    if token is None or activation is None:
        return ConcurView(LinkState.UNKNOWN)
    standing = _standing(token, activation, None, now)
    government = token.contact_point.focal_point.member_code
    said = [c for c in activation.concurrences if c.member_code == government]
    answerable = standing is LinkState.OPEN
    return ConcurView(
        standing,
        token,
        activation,
        said=said[-1] if said else None,
        may_agree=answerable and concur.may(activation, government, Verdict.AGREES),
        may_object=answerable and concur.may(activation, government, Verdict.OBJECTS),
    )


def open_concurrence(session: Session, text: str, *, now: datetime, address: str) -> ConcurView:
    """What a co-chair's link leads to; the first opening is noted."""
    _note_opening(tokens.find(session, text, TokenPurpose.CONCUR), now, address)
    return look_at_concurrence(session, text, now=now)


def _note_opening(token: Token | None, now: datetime, address: str) -> None:
    if token is not None and token.opened_at is None:
        token.opened_at, token.opened_from = now, address[:64]


def _notice(session: Session, token: Token) -> Notice | None:
    """The member's notice; a link that a text to everybody brought is bound to none of itself."""
    if token.notice is not None:
        return token.notice
    query = select(Notice).where(
        Notice.activation_id == token.activation_id,
        Notice.member_code == token.contact_point.focal_point.member_code,
    )
    return session.scalar(query)


def _standing(
    token: Token, activation: Activation, notice: Notice | None, now: datetime
) -> LinkState:
    if token.revoked_at is not None:
        return LinkState.REVOKED
    if activation.state is ActivationState.WITHDRAWN:
        return LinkState.WITHDRAWN
    if activation.state in ACTIVATION_ENDS:
        return LinkState.ENDED
    if notice is not None and notice.state is NoticeState.ACKNOWLEDGED:
        return LinkState.ACKNOWLEDGED
    if token.expires_at is not None and now > token.expires_at:
        return LinkState.EXPIRED
    deadline = activation.deadline_at
    if notice is not None and deadline is not None and now > deadline:
        return LinkState.LATE
    return LinkState.OPEN


def _is_own(session: Session, notice: Notice, token: Token) -> bool:
    told = notice.acknowledgement
    reply = session.get(Reply, told.reply_id) if told is not None and told.reply_id else None
    return reply is not None and reply.door is Door.LINK and _is_by(reply, token)


def _is_by(reply: Reply, token: Token) -> bool:
    return reply.provider_id.startswith(f"{token.digest}:")


def _is_passed_on(notice: Notice, token: Token) -> bool:
    return any(
        s.kind is SetbackKind.WRONG_ADDRESSEE and s.contact_point_id == token.contact_point_id
        for s in notice.setbacks
    )


def _doubted(session: Session, token: Token) -> list[Reply]:
    query = select(Reply).where(
        Reply.door == Door.LINK,
        Reply.provider_id.startswith(f"{token.digest}:"),
        Reply.state == ReplyState.WAITING,
    )
    return list(session.scalars(query))


def _said_of_meeting(session: Session, notice: Notice) -> Meaning | None:
    """The member's last word by any of its links."""
    query = (
        select(AnswerRead.meaning)
        .join(Reply)
        .where(
            AnswerRead.notice_id == notice.id,
            AnswerRead.kind == MEETING_CHOICE,
            Reply.state == ReplyState.MATCHED,
        )
        .order_by(AnswerRead.reply_id.desc())
    )
    said = session.scalar(query.limit(1))
    return Meaning(said) if said else None


def _tries(session: Session, token: Token) -> int:
    query = (
        select(func.count())
        .select_from(AnswerRead)
        .join(Reply)
        .where(
            Reply.door == Door.LINK,
            Reply.provider_id.startswith(f"{token.digest}:"),
            AnswerRead.kind == WRONG_CODE,
        )
    )
    return session.scalar(query) or 0


def answer_by_link(
    session: Session, text: str, answer: Meaning, sent: Sent, *, now: datetime
) -> Came:
    """Keep the answer and do what it asks; the page itself is its confirmation."""
    view = look(session, text, now=now)
    token, notice = view.token, view.notice
    if token is None or notice is None or view.standing in {LinkState.REVOKED, LinkState.EXPIRED}:
        return Came.NO_LINK
    if answer not in RESPONSES and answer is not Meaning.WRONG_ADDRESSEE:
        raise ValueError(f"a link's first answer cannot be {answer.value!r}")
    if view.standing not in ANSWERABLE:
        return _after_all(session, token, notice, answer, sent, now)
    asked = view.asks_office and answer is not Meaning.WRONG_ADDRESSEE
    missing = _missing(session, view, sent) if asked else None
    if missing in {Came.OFFICE_MISSING, Came.NO_TRIES_LEFT}:
        return missing
    reply = _keep(session, token, notice.activation, sent, now)
    if reply is None:
        return Came.REPEATED
    if missing is Came.CODE_WRONG:
        _read(session, reply, notice, token, WRONG_CODE, answer, "the code does not fit", now)
        _move(session, reply, ReplyEvent.SET_ASIDE, token, now)
        return missing
    _read(session, reply, notice, token, ReplyKind.HUMAN, answer, BY_LINK, now)
    if _is_doubtful(token, sent):
        return _doubt(session, reply, notice.activation, notice, now)
    _move(session, reply, ReplyEvent.MATCHED, token, now)
    if answer is Meaning.WRONG_ADDRESSEE:
        setbacks.wrong_addressee(session, reply, notice, token.contact_point, now)
        return Came.DONE
    return _acknowledge(session, token, notice, reply, answer, sent, now)


def _after_all(
    session: Session, token: Token, notice: Notice, answer: Meaning, sent: Sent, now: datetime
) -> Came:
    """Somebody was first, or it has ended: the answer is kept and changes nothing for the member.

    An office that is not the one to ask is still believed, for the directory's sake.
    """
    reply = _keep(session, token, notice.activation, sent, now)
    if reply is None:
        return Came.REPEATED
    _read(session, reply, notice, token, ReplyKind.HUMAN, answer, BY_LINK, now)
    _move(session, reply, ReplyEvent.MATCHED, token, now)
    if answer is Meaning.WRONG_ADDRESSEE and not _is_doubtful(token, sent):
        setbacks.wrong_addressee(session, reply, notice, token.contact_point, now)
        return Came.DONE
    return Came.TOO_LATE


def _missing(session: Session, view: LinkView, sent: Sent) -> Came | None:
    """What is missing of the one thing more that an e-mail's link asks."""
    if view.notice is None:
        return Came.NO_LINK
    if not sent.code:
        named = sent.office_id in {office.id for office in view.offices}
        return None if named else Came.OFFICE_MISSING
    if view.tries_left <= 0:
        return Came.NO_TRIES_LEFT
    known = select(ReplyCode.id).where(
        ReplyCode.notice_id == view.notice.id, ReplyCode.code == sent.code
    )
    return None if session.scalars(known).first() is not None else Came.CODE_WRONG


def _keep(
    session: Session, token: Token, activation: Activation, sent: Sent, now: datetime
) -> Reply | None:
    """The form, raw; None where this very form was kept before."""
    heard = Heard(
        door=Door.LINK,
        provider_id=f"{token.digest}:{sent.form}",
        sender=token.contact_point.address,
        recipient="",
        raw=json.dumps([list(field) for field in sent.raw], ensure_ascii=False).encode(),
        envelope={"from": sent.address, "agent": sent.agent[:200], "channel": token.channel.value},
    )
    reply = keep.keep(session, heard, now=now)
    if reply is not None:
        reply.activation = activation
    return reply


def _read(
    session: Session,
    reply: Reply,
    notice: Notice | None,
    token: Token,
    kind: str,
    answer: Meaning,
    reason: str,
    now: datetime,
) -> None:
    session.add(
        AnswerRead(
            reply_id=reply.id,
            notice_id=notice.id if notice is not None else None,
            contact_point_id=token.contact_point_id,
            kind=kind,
            automatic=False,
            meaning=answer.value,
            proof=HowSure.STRONG.value,
            text=_as_words(reply.raw),
            reason=reason,
            read_at=now,
        )
    )
    session.flush()


def _as_words(raw: bytes) -> str:
    """The form's fields for a person who reads it, without the marks that only machines need."""
    fields = [(name, value) for name, value in json.loads(raw) if value]
    return "; ".join(f"{name}: {value}" for name, value in fields if not name.startswith("form"))


def _is_doubtful(token: Token, sent: Sent) -> bool:
    """Whether it may be a mail scanner's: sent at once, and from elsewhere than the page went."""
    if sent.seconds_open is None:
        return True
    return sent.seconds_open < AUTOMATIC_WITHIN and sent.address != token.opened_from


def _doubt(
    session: Session, reply: Reply, activation: Activation, notice: Notice | None, now: datetime
) -> Came:
    ledger.move(session, by_engine(now), reply, ReplyEvent.QUARANTINED)
    who = notice.member.display_name if notice is not None else "the other Co-Chair"
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.UNCLEAR_REPLY,
        "A link was answered within seconds of its opening, from another connection: perhaps by a "
        f"machine that checks mail. It may be from {who}: telephone.",
        key=f"reply/{reply.id}",
        activation=activation,
        notice=notice,
        reply=reply,
    )
    return Came.DOUBTED


def _move(session: Session, reply: Reply, event: ReplyEvent, token: Token, now: datetime) -> None:
    ledger.move(session, Act(setbacks.speaker(token.contact_point), now), reply, event)


def _acknowledge(
    session: Session,
    token: Token,
    notice: Notice,
    reply: Reply,
    answer: Meaning,
    sent: Sent,
    now: datetime,
) -> Came:
    named = session.get(FocalPoint, sent.office_id) if sent.office_id and not sent.code else None
    own = named is None or named.id == token.contact_point.focal_point_id
    word = MemberAnswer(
        door=Door.LINK,
        response=RESPONSES[answer],
        proof=assurance(Evidence(_way(token, sent))),
        happened_at=now,
        contact_point=token.contact_point if own else None,
        focal_point=named,
        reply=reply,
    )
    actor = setbacks.speaker(token.contact_point)
    if acknowledge.acknowledge(session, Act(actor, now), notice, word) is None:
        return Came.TOO_LATE
    for doubted in _doubted(session, token):
        quarantine.settle(
            session, Act(actor, now, signature="the same link"), doubted, Disposition.ANSWERED_AGAIN
        )
    return Came.DONE


def _way(token: Token, sent: Sent) -> Way:
    """What the link's holder had to know beside it."""
    if token.channel is not Channel.EMAIL:
        return Way.LINK_TEXT
    return Way.LINK_CODE if sent.code else Way.LINK_OFFICE


def say_of_meeting(
    session: Session, text: str, said: Meaning, sent: Sent, *, delegate: str = "", now: datetime
) -> Came:
    """Keep what the member says about the meeting; attendance where one is fixed, else a note."""
    view = look(session, text, now=now)
    token, notice = view.token, view.notice
    if token is None or notice is None or view.standing is not LinkState.ACKNOWLEDGED:
        return Came.NO_LINK
    if said not in OF_THE_MEETING:
        raise ValueError(f"nobody can say {said.value!r} of a meeting")
    reply = _keep(session, token, notice.activation, sent, now)
    if reply is None:
        return Came.REPEATED
    _read(session, reply, notice, token, MEETING_CHOICE, said, BY_LINK, now)
    _move(session, reply, ReplyEvent.MATCHED, token, now)
    actor = setbacks.speaker(token.contact_point)
    if view.meeting is not None and said in ATTENDANCE:
        meeting.take_attendance(
            session,
            Act(actor, now),
            view.meeting,
            notice.member_code,
            ATTENDANCE[said],
            delegate=delegate,
        )
        return Came.DONE
    ledger.append(
        session,
        Act(actor, now),
        Noted.MEETING_WISH_NOTED,
        subject=ledger.subject_of(notice),
        evidence=ledger.evidence_of(reply),
        data={"member": notice.member_code, "said": said.value},
        private={"delegate": delegate} if delegate else None,
    )
    return Came.DONE


def say_of_times(
    session: Session,
    text: str,
    number: int,
    said: Mapping[int, bool],
    sent: Sent,
    *,
    now: datetime,
) -> Came:
    """Keep which times of a poll the member can; `said` is by the times' numbers in that poll."""
    view = look(session, text, now=now)
    token, notice = view.token, view.notice
    if token is None or notice is None or view.standing is not LinkState.ACKNOWLEDGED:
        return Came.NO_LINK
    reply = _keep(session, token, notice.activation, sent, now)
    if reply is None:
        return Came.REPEATED
    _read(session, reply, notice, token, TIMES_CHOICE, Meaning.RECEIVED, BY_LINK, now)
    refused = _record_times(session, token, notice, number, said, reply, now)
    event = ReplyEvent.MATCHED if refused is None else ReplyEvent.SET_ASIDE
    _move(session, reply, event, token, now)
    return Came.DONE if refused is None else _REFUSED[refused]


def _record_times(
    session: Session,
    token: Token,
    notice: Notice,
    number: int,
    said: Mapping[int, bool],
    reply: Reply,
    now: datetime,
) -> NotTaken | None:
    asked = time_poll.latest(session, notice.activation)
    if asked is None:
        return NotTaken.CLOSED
    times = {slot.number: slot.starts_at for slot in asked.slots}
    if asked.number != number or not set(said) <= set(times):
        return NotTaken.NOT_ASKED
    heard = time_poll.AnswerOrigin(Door.LINK, setbacks.speaker(token.contact_point), reply)
    answers = {times[n]: can for n, can in said.items()}
    return time_poll.record_slot_answer(
        session, notice.activation, notice.member_code, answers, heard=heard, now=now
    )


def take_back(session: Session, act: Act, notice: Notice, *, reason: str) -> int:
    """The member's links and reply addresses answer no more; how many there were.

    For a phone that was lost, or a message that was passed around: codes of texts go on, and a
    person calls.
    """
    standing = [
        token
        for token in tokens.of_member(session, notice.activation, notice.member_code)
        if token.revoked_at is None
    ]
    for token in standing:
        token.revoked_at = act.at
    ledger.append(
        session,
        act,
        Noted.LINKS_TAKEN_BACK,
        subject=ledger.subject_of(notice),
        data={"member": notice.member_code, "tokens": len(standing)},
        private={"reason": reason} if reason else None,
    )
    return len(standing)


def concur_by_link(
    session: Session,
    text: str,
    verdict: Verdict,
    sent: Sent,
    *,
    reason: str = "",
    now: datetime,
    settings: Settings,
) -> Came:
    """Keep the other co-chair's word, and agree or object by it."""
    view = look_at_concurrence(session, text, now=now)
    token, activation = view.token, view.activation
    may = view.may_agree if verdict is Verdict.AGREES else view.may_object
    if token is None or activation is None or view.standing is not LinkState.OPEN:
        return Came.NO_LINK
    if view.asks_office and sent.office_id not in {office.id for office in view.offices}:
        return Came.OFFICE_MISSING
    if verdict is Verdict.OBJECTS and not reason:
        return Came.REASON_MISSING
    reply = _keep(session, token, activation, sent, now)
    if reply is None:
        return Came.REPEATED
    meaning = Meaning.RECEIVED if verdict is Verdict.AGREES else Meaning.DECLINES
    _read(session, reply, None, token, ReplyKind.HUMAN, meaning, f"{verdict.value} {BY_LINK}", now)
    if _is_doubtful(token, sent):
        return _doubt(session, reply, activation, None, now)
    _move(session, reply, ReplyEvent.MATCHED, token, now)
    if not may:
        return Came.TOO_LATE
    done = concur.answer(
        session,
        Act(setbacks.speaker(token.contact_point), now),
        activation,
        verdict,
        _named(token, sent),
        reply=reply,
        reason=reason,
        way=_way(token, sent),
        settings=settings,
    )
    return Came.DONE if done else Came.TOO_LATE


def _named(token: Token, sent: Sent) -> FocalPoint:
    own = token.contact_point.focal_point
    return next((o for o in _offices(token) if o.id == sent.office_id), own)
