"""Hear: read what was kept, and do what follows from it.

Only a human answer with strong proof acknowledges. A bounce, an out-of-office and an opt-out bring
the other channel and the alternate at once. Everything else waits for a person, who is told.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import acknowledge, meet
from convening.acknowledge import Word
from mechanism import answers, codes
from mechanism.answers import Answer, Kind, Meaning, Proof, Response
from mechanism.lifecycle import ConveningState, ReplyEvent, ReplyState
from notifications import mail_reading, matching, outbox
from notifications.mail_reading import CalendarReply
from notifications.matching import Match
from settings import Settings
from store import ledger, needs, setbacks
from store.ledger import Actor, Because
from store.tables import (
    AcknowledgementResponse,
    AnswerRead,
    AttendanceAnswer,
    ContactPoint,
    Convening,
    Door,
    NeedCause,
    Notice,
    Reply,
    SetbackKind,
)

_SETBACKS: Final = {
    Kind.BOUNCE: SetbackKind.BOUNCED,
    Kind.AUTO_REPLY: SetbackKind.OUT_OF_OFFICE,
    Kind.OPT_OUT: SetbackKind.OPTED_OUT,
}
_PARTSTAT: Final = {
    "ACCEPTED": AttendanceAnswer.CONFIRMED,
    "DECLINED": AttendanceAnswer.REGRETS,
    "DELEGATED": AttendanceAnswer.DELEGATED,
}
_NEVER_SET_ASIDE: Final = frozenset({Kind.UNREADABLE, *_SETBACKS})  # unmatched, a person looks


@dataclass(frozen=True)
class Understood:
    """A reply's reading beside the notice that it speaks for."""

    answer: Answer
    match: Match
    note: str = ""
    calendar: CalendarReply | None = None


def hear(session: Session, reply: Reply, *, now: datetime, settings: Settings) -> None:
    """Read one kept reply and act on it, all in the caller's transaction; again is a no-op.

    The row is held, since its door and the engine's next look may come to it at one time.
    """
    session.refresh(reply, with_for_update=True)
    if reply.state is not ReplyState.KEPT:
        return
    understood = understand(session, reply, settings=settings)
    if understood.match.notice is not None and reply.activation is None:
        reply.activation = understood.match.notice.activation
    _keep_reading(session, reply, understood, now)
    _act(session, reply, understood, now)


def waiting_to_be_heard(session: Session, *, limit: int = 100) -> list[int]:
    """Replies that are kept and unread: the net under every door."""
    query = select(Reply.id).where(Reply.state == ReplyState.KEPT).order_by(Reply.id)
    return list(session.scalars(query.limit(limit)))


def hand_to_a_person(session: Session, reply: Reply, *, now: datetime) -> None:
    """What could not be read for a fault of ours must hold up nothing: a person reads it."""
    session.refresh(reply, with_for_update=True)
    if reply.state is not ReplyState.KEPT:
        return
    _end(session, reply, ReplyEvent.QUARANTINED, now)
    needs.raise_need(
        session,
        NeedCause.UNCLEAR_REPLY,
        "A reply could not be read for a fault inside; it needs to be read by a person.",
        key=f"reply/{reply.id}",
        activation=reply.activation,
        reply=reply,
        now=now,
    )


def understand(session: Session, reply: Reply, *, settings: Settings) -> Understood:
    """Whose it is and what it says; changes nothing."""
    match reply.door:
        case Door.SMS:
            return _understand_text(session, reply)
        case Door.MAIL:
            return _understand_mail(session, reply, settings)
        case Door.LINK | Door.CALL | Door.SIGNED_IN:
            raise ValueError("what is typed by a person is understood where it is typed")
        case _:
            assert_never(reply.door)


def _understand_text(session: Session, reply: Reply) -> Understood:
    text = dict(json.loads(reply.raw)).get("Body", "")
    found = codes.codes_in(text)
    return Understood(
        answers.read_text_message(text), matching.match_text(session, reply.sender, found)
    )


def _understand_mail(session: Session, reply: Reply, settings: Settings) -> Understood:
    mail = mail_reading.read_raw(reply.raw)
    recipients = list(reply.envelope.get("rcpt_tos", ()))
    match = matching.match_mail(session, mail, recipients, settings)
    if match.attempt is not None or match.notice is not None:
        mail = mail_reading.read_raw(reply.raw, ours=matching.our_words(session, match))
    reply.envelope = {**reply.envelope, "message_id": mail.message_id, "from": mail.sender}
    return Understood(answers.read_mail(mail.heard), match, mail.until, mail.calendar)


def _keep_reading(session: Session, reply: Reply, understood: Understood, now: datetime) -> None:
    answer, match = understood.answer, understood.match
    session.add(
        AnswerRead(
            reply_id=reply.id,
            notice_id=match.notice.id if match.notice is not None else None,
            contact_point_id=match.contact_point.id if match.contact_point is not None else None,
            kind=answer.kind.value,
            automatic=answer.automatic,
            meaning=answer.answer.value if answer.answer is not None else None,
            proof=match.proof.value if match.proof is not None else "none",
            text=answer.text,
            reason=f"{answer.reason}; {match.how}"[:300],
            read_at=now,
        )
    )
    session.flush()


def _act(session: Session, reply: Reply, understood: Understood, now: datetime) -> None:
    answer, match = understood.answer, understood.match
    if answer.kind is Kind.OPT_OUT and reply.door is Door.SMS:
        stopped = matching.open_at(session, reply.sender)
        if len(stopped) > 1:
            _stopped(session, reply, stopped, now)
            return
    if match.proof is None or match.notice is None or match.contact_point is None:
        if answer.automatic and answer.kind not in _NEVER_SET_ASIDE:
            _end(session, reply, ReplyEvent.SET_ASIDE, now)
        else:
            _quarantine(session, reply, understood, now)
    elif answer.kind in _SETBACKS:
        _set_back(session, reply, understood, match.notice, match.contact_point, now)
    elif _acts_for_itself(answer, match.proof):
        _answered(session, reply, answer, match.notice, match.contact_point, now)
        if understood.calendar is not None:
            _attends(session, understood.calendar, match.notice, match.contact_point, now)
    elif answer.automatic:
        _end(session, reply, ReplyEvent.SET_ASIDE, now)
    else:
        _quarantine(session, reply, understood, now)


def _stopped(
    session: Session, reply: Reply, stopped: Sequence[tuple[Notice, ContactPoint]], now: datetime
) -> None:
    """No text will reach this number any more, whichever notice was meant: all go on without it."""
    _end(session, reply, ReplyEvent.SET_ASIDE, now)
    for notice, contact in stopped:
        setbacks.record(session, notice, contact, SetbackKind.OPTED_OUT, now=now)
        outbox.tell_of_opt_out(session, contact, notice, now=now)


def _attends(
    session: Session, calendar: CalendarReply, notice: Notice, contact: ContactPoint, now: datetime
) -> None:
    """A calendar's answer says who comes; that is a fact of its own beside the receipt."""
    convening = session.scalars(select(Convening).where(Convening.uid == calendar.uid)).first()
    answer = _PARTSTAT.get(calendar.partstat)
    if convening is None or answer is None or convening.activation_id != notice.activation_id:
        return
    if convening.state is ConveningState.FIXED:
        meet.take_attendance(
            session, convening, notice.member_code, answer, actor=speaker(contact), now=now
        )


def _acts_for_itself(answer: Answer, proof: Proof) -> bool:
    return answers.acknowledges(answer, proof) or answer.answer is Meaning.WRONG_ADDRESSEE


def _answered(
    session: Session,
    reply: Reply,
    answer: Answer,
    notice: Notice,
    contact: ContactPoint,
    now: datetime,
) -> None:
    _end(session, reply, ReplyEvent.MATCHED, now)
    if answer.answer is Meaning.WRONG_ADDRESSEE:
        wrong_addressee(session, reply, notice, contact, now)
        return
    word = Word(
        door=reply.door,
        response=_response(answer),
        proof=_proof_of(reply, contact),
        happened_at=reply.received_at,
        contact_point=contact,
        reply=reply,
    )
    acknowledge.acknowledge(session, notice, word, actor=speaker(contact), now=now)
    acknowledge.confirm(session, notice, contact, reply, now=now)


def _response(answer: Answer) -> AcknowledgementResponse:
    said = answers.response_of(answer)
    return AcknowledgementResponse(said.value if said is not None else Response.RECEIVED.value)


def _proof_of(reply: Reply, contact: ContactPoint) -> acknowledge.Proof:
    if reply.door is Door.SMS:
        return acknowledge.Proof(1, "SMS from the number on file")
    if str(reply.envelope.get("from", "")).lower() == contact.address.lower():
        return acknowledge.Proof(1, "e-mail reply to the personal reply address")
    return acknowledge.Proof(1, "personal reply address, but sent from another address")


def speaker(contact: ContactPoint) -> Actor:
    """An office of a member, as an actor: never by name."""
    office = contact.focal_point
    return Actor("focal_point", str(office.id), office.rank.value, office.member_code)


def wrong_addressee(
    session: Session, reply: Reply, notice: Notice, contact: ContactPoint, now: datetime
) -> None:
    """An office says that it is not the one to ask: the next is asked, the directory is mended."""
    setbacks.record(session, notice, contact, SetbackKind.WRONG_ADDRESSEE, now=now)
    needs.raise_need(
        session,
        NeedCause.DIRECTORY,
        f"{contact.focal_point.office} of {notice.member.display_name} says that it is not the "
        "right addressee; mend the directory.",
        key=f"wrong-addressee/{contact.id}",
        activation=notice.activation,
        notice=notice,
        reply=reply,
        now=now,
    )


def _set_back(
    session: Session,
    reply: Reply,
    understood: Understood,
    notice: Notice,
    contact: ContactPoint,
    now: datetime,
) -> None:
    kind, attempt = _SETBACKS[understood.answer.kind], understood.match.attempt
    _end(session, reply, ReplyEvent.SET_ASIDE, now)
    if kind is SetbackKind.BOUNCED and attempt is not None:
        outbox.bounce(session, attempt, note=understood.answer.reason, now=now)
    else:
        setbacks.record(session, notice, contact, kind, now=now, note=understood.note)
    if kind is SetbackKind.OPTED_OUT:
        outbox.tell_of_opt_out(session, contact, notice, now=now)


def _quarantine(session: Session, reply: Reply, understood: Understood, now: datetime) -> None:
    match = understood.match
    _end(session, reply, ReplyEvent.QUARANTINED, now)
    who = f" It may be from {match.notice.member.display_name}." if match.notice else ""
    by = "text" if reply.door is Door.SMS else "mail"
    needs.raise_need(
        session,
        NeedCause.UNCLEAR_REPLY,
        f"A {by} waits to be read: {match.how}.{who}",
        key=f"reply/{reply.id}",
        activation=match.notice.activation if match.notice is not None else None,
        notice=match.notice,
        reply=reply,
        now=now,
    )
    if match.notice is not None and match.contact_point is not None and _known(reply, match):
        acknowledge.confirm(session, match.notice, match.contact_point, reply, now=now)


def _known(reply: Reply, match: Match) -> bool:
    """Ask back only where the answer surely came from the address that we would write to."""
    contact = match.contact_point
    return contact is not None and reply.door is Door.SMS and reply.sender == contact.address


def _end(session: Session, reply: Reply, event: ReplyEvent, now: datetime) -> None:
    because = Because(evidence=(f"sha256:{reply.sha256}",), data={"door": reply.door.value})
    ledger.move(session, reply, event, actor=ledger.ENGINE, now=now, because=because)


def settle_reply(
    session: Session,
    reply: Reply,
    *,
    notice: Notice | None,
    disposition: str,
    by: str,
    actor: Actor,
    now: datetime,
) -> None:
    """A person has read it: it acknowledges for `notice`, or (None) it does not count."""
    because = Because(data={"disposition": disposition})
    if not ledger.move(session, reply, ReplyEvent.SETTLED, actor=actor, now=now, because=because):
        return
    if reply.answer is not None:
        reply.answer.settled_by, reply.answer.disposition = by, disposition[:40]
    for need in needs.open_needs(session):
        if need.reply_id == reply.id:
            needs.settle(session, need, by=by, actor=actor, now=now)
    if notice is not None:
        word = Word(
            door=reply.door,
            response=AcknowledgementResponse.RECEIVED,
            proof=acknowledge.Proof(1, f"unclear reply, read by {by}"),
            happened_at=reply.received_at,
            reply=reply,
        )
        acknowledge.acknowledge(session, notice, word, actor=actor, now=now)
