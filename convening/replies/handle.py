"""Hear: read what was kept, and do what follows from it.

Only a human answer with proof acknowledges; a calendar's answer states attendance beside it. What
speaks against an answer goes on to the next way and the next office. Everything else waits for a
person.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import acknowledge, contacts
from convening.acknowledge import MemberAnswer
from convening.messages import confirmations
from convening.replies import (
    address_test,
    by_calendar,
    concur_by_sms,
    matching,
    quarantine,
    setbacks,
)
from convening.replies.interpret import Opened, Understood, interpret, open_mail
from convening.replies.setbacks import FOR_A_PERSON, SETBACKS, speaker
from mechanism import answers
from mechanism.answers import Answer, Meaning, Proof, ReplyKind
from mechanism.assurance import SentFrom, assurance
from mechanism.lifecycle import ReplyEvent, ReplyState
from mechanism.vocabulary import AcknowledgementResponse, Door, NeedCause
from notifications.email.parse.parsed import NOT_CHECKED, Checked
from settings import Settings
from store import ledger, needs
from store.act import Act, by_engine
from store.installation import Installation
from store.ledger import Because
from store.tables import AnswerRead, ContactPoint, Notice, Reply

_NEVER_SET_ASIDE: Final = frozenset({ReplyKind.UNREADABLE, *SETBACKS, *FOR_A_PERSON})


def read_kept(installation: Installation, reply_id: int) -> None:
    """Open it first, then read it in a transaction of its own: none waits for a stranger's mail."""
    with installation.database.reading() as session:
        reply = session.get_one(Reply, reply_id)
    if reply.state is not ReplyState.KEPT:
        return
    is_mail = reply.door is Door.MAIL
    opened = open_mail(reply, installation) if is_mail else None
    with installation.database.transaction() as session:
        reply = session.get_one(Reply, reply_id)
        handle(
            session, reply, now=installation.now(), settings=installation.settings, opened=opened
        )


def handle(
    session: Session,
    reply: Reply,
    *,
    now: datetime,
    settings: Settings,
    opened: Opened | None = None,
) -> None:
    """Read one kept reply and act on it, all in the caller's transaction; again is a no-op.

    A mail comes opened, which asks nothing of the database and may take seconds.

    The row is held, since its door and the engine's next look may come to it at one time.
    """
    session.refresh(reply, with_for_update=True)
    if reply.state is not ReplyState.KEPT:
        return
    asked = concur_by_sms.asked_by(session, reply)
    if asked is not None:
        concur_by_sms.take(session, reply, asked, now=now, settings=settings)
        return
    understood = interpret(session, reply, settings=settings, opened=opened)
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
    _end(session, reply, ReplyEvent.QUARANTINED, NOT_CHECKED, now)
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.UNCLEAR_REPLY,
        "A reply could not be read for a fault inside; it needs to be read by a person.",
        key=f"reply/{reply.id}",
        activation=reply.activation,
        reply=reply,
    )


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
    session.expire(reply, ["answer"])


def _act(session: Session, reply: Reply, understood: Understood, now: datetime) -> None:
    answer, match = understood.answer, understood.match
    if answer.kind is ReplyKind.OPT_OUT and reply.door is Door.SMS:
        several = matching.open_at(session, reply.sender)
        if len(several) > 1:
            _end(session, reply, ReplyEvent.SET_ASIDE, understood.checked, now)
            setbacks.stopped(session, several, now=now)
            return
    tested = address_test.tested_by(session, reply, answer, mail=understood.mail)
    if tested is not None:
        _end(session, reply, ReplyEvent.MATCHED, understood.checked, now)
        contacts.proven(session, Act(speaker(tested), now), tested)
        return
    if match.proof is None or not (match.notice or match.attempt):
        _unproven(session, reply, understood, now)
    elif answer.kind in SETBACKS:
        _end(session, reply, ReplyEvent.SET_ASIDE, understood.checked, now)
        setbacks.set_back(session, answer, understood.until, match, now=now)
    elif answer.kind in FOR_A_PERSON:
        _quarantine(session, reply, understood, FOR_A_PERSON[answer.kind], now)
    elif match.notice is None or match.contact_point is None:
        _unproven(session, reply, understood, now)
    else:
        _of_notice(session, reply, understood, match.notice, match.contact_point, now)


def _unproven(session: Session, reply: Reply, understood: Understood, now: datetime) -> None:
    """Nothing says for sure whose it is: a machine's is set aside, a person's waits.

    A calendar that answers by itself for an office says who comes: somebody must see it.
    """
    answer, calendar = understood.answer, understood.calendar
    states_attendance = calendar is not None and not calendar.is_thing
    if answer.automatic and answer.kind not in _NEVER_SET_ASIDE and not states_attendance:
        _end(session, reply, ReplyEvent.SET_ASIDE, understood.checked, now)
    else:
        _quarantine(session, reply, understood, "", now)


def _of_notice(
    session: Session,
    reply: Reply,
    understood: Understood,
    notice: Notice,
    contact: ContactPoint,
    now: datetime,
) -> None:
    answer, proof, calendar = understood.answer, understood.match.proof, understood.calendar
    if proof is not None and answers.acknowledges(answer, proof):
        _answered(session, reply, understood, notice, contact, now)
    elif answer.answer is Meaning.WRONG_ADDRESSEE:
        _end(session, reply, ReplyEvent.MATCHED, understood.checked, now)
        setbacks.wrong_addressee(session, reply, notice, contact, now)
    elif (
        answer.kind is ReplyKind.CALENDAR_REPLY or reply.door is Door.VOICE
    ):  # another key says nothing
        _end(session, reply, ReplyEvent.SET_ASIDE, understood.checked, now)
    elif answer.automatic:
        _end(session, reply, ReplyEvent.SET_ASIDE, understood.checked, now)
        return
    else:
        _quarantine(session, reply, understood, answer.reason, now)
    if calendar is not None:
        by_calendar.by_calendar(session, Act(speaker(contact), now), calendar, notice, reply)


def _answered(
    session: Session,
    reply: Reply,
    understood: Understood,
    notice: Notice,
    contact: ContactPoint,
    now: datetime,
) -> None:
    _end(session, reply, ReplyEvent.MATCHED, understood.checked, now)
    word = MemberAnswer(
        door=reply.door,
        response=_response(understood.answer),
        proof=assurance(understood.evidence),
        happened_at=reply.received_at,
        contact_point=contact,
        reply=reply,
    )
    acknowledge.acknowledge(session, Act(speaker(contact), now), notice, word)
    confirmations.confirm(session, notice, contact, reply, now=now)
    quarantine.stop_telling(session, reply.sender)


def _response(answer: Answer) -> AcknowledgementResponse:
    said = answers.response_of(answer)
    return said or AcknowledgementResponse.RECEIVED


def _quarantine(
    session: Session, reply: Reply, understood: Understood, why: str, now: datetime
) -> None:
    answer, match = understood.answer, understood.match
    because = _because(reply, understood.checked)
    quarantine.put(session, reply, match, because=because, why=why, now=now)
    if answer.automatic:
        return
    notice, contact = match.notice, match.contact_point
    if match.choices:
        confirmations.ask_which(session, match.choices, reply, now=now)
    elif notice and contact and _can_be_answered(reply, understood, contact):
        confirmations.confirm(session, notice, contact, reply, now=now)


def _can_be_answered(reply: Reply, understood: Understood, contact: ContactPoint) -> bool:
    """Ask back only where the answer surely came from the address that we would write to."""
    if reply.door is Door.SMS:
        return reply.sender == contact.address
    proven = understood.match.proof is Proof.STRONG
    return proven and understood.evidence.sent_from is SentFrom.ITS_ADDRESS


def _end(
    session: Session, reply: Reply, event: ReplyEvent, checked: Checked, now: datetime
) -> None:
    because = _because(reply, checked)
    ledger.move(session, by_engine(now), reply, event, because=because)


def _because(reply: Reply, checked: Checked) -> Because:
    """What the ledger says of a reply: its door, what its domain says of it, and how it is signed.

    A signature is recognised, not judged: an auditor finds it in the kept bytes, by their hash.
    """
    data: dict[str, ledger.Json] = {"door": reply.door.value}
    if reply.door is Door.MAIL:
        known = checked.kept()
        known.pop("domain", None)  # the address behind it may be a person's own
        data["authenticity"] = known
        if signature := reply.envelope.get("signature"):
            data["signature"] = signature
    return Because(evidence=ledger.evidence_of(reply), data=data)
