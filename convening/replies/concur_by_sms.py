"""Concur by text: a co-chair's office agrees or objects by SMS, with the code that it was sent.

The code counts from any telephone of that government's own offices on the roster, and from no
other. Whatever is not plain, comes without the code, or would take an earlier word back, changes
nothing: a person reads it, and its sender is told how to answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import concur
from convening.messages import confirmations
from convening.replies import setbacks
from mechanism.answers import Meaning, Proof, ReplyKind, read_text_message
from mechanism.assurance import Way
from mechanism.codes import codes_in
from mechanism.concurrence import Comes, Reading, Verdict, comes_to, read_verdict
from mechanism.lifecycle import ACTIVATION_ENDS, ReplyEvent
from mechanism.vocabulary import Channel, Door, NeedCause
from settings import Settings
from store import ledger, needs
from store.act import Act, by_engine
from store.ledger import Because
from store.tables import Activation, AnswerRead, ConcurrenceCode, ContactPoint, FocalPoint, Reply

NO_REASON: Final = "No reason was given in the text."
_MEANS: Final = {Verdict.AGREES: Meaning.RECEIVED, Verdict.OBJECTS: Meaning.DECLINES}


@dataclass(frozen=True)
class ConcurrenceText:
    """A text that answers the question of concurrence; `why` tells what keeps it from counting."""

    text: str
    activation: Activation
    code: str
    contact: ContactPoint | None  # the sender, where it is an office of that government
    reading: Reading
    why: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """What it says, where nothing keeps that from counting."""
        return None if self.why else self.reading.verdict


def asked_by(session: Session, reply: Reply) -> ConcurrenceText | None:
    """What a kept text answers; None where it is about something else."""
    if reply.door is not Door.SMS:
        return None
    text = reply.text
    if read_text_message(text).kind is ReplyKind.OPT_OUT:
        return None
    known = _codes(session, codes_in(text))
    own = [row for row in known if _at(session, reply.sender, row) is not None]
    if own:
        return _with_code(session, reply, text, own)
    reading = read_verdict(text)
    if reading.verdict is None:
        return None
    if known:
        why = "a co-chair's code, a number not on file"
        return ConcurrenceText(text, known[-1].activation, "", None, reading, why)
    return _without_code(session, reply, text, reading)


def _codes(session: Session, codes: Sequence[str]) -> list[ConcurrenceCode]:
    query = select(ConcurrenceCode).where(ConcurrenceCode.code.in_(codes))
    return list(session.scalars(query.order_by(ConcurrenceCode.id))) if codes else []


def _at(session: Session, number: str, row: ConcurrenceCode) -> ContactPoint | None:
    """The telephone of this number, where it is that of an office of the code's government."""
    member = row.contact_point.focal_point.member_code
    return next(
        (c for c in _standing(session, number) if c.focal_point.member_code == member), None
    )


def _standing(session: Session, number: str) -> Sequence[ContactPoint]:
    query = (
        select(ContactPoint)
        .join(ContactPoint.focal_point)
        .where(
            ContactPoint.address == number,
            ContactPoint.channel == Channel.SMS,
            ContactPoint.retired_at.is_(None),
            FocalPoint.retired_at.is_(None),
        )
    )
    return session.scalars(query.order_by(ContactPoint.id)).all()


def _with_code(
    session: Session, reply: Reply, text: str, rows: Sequence[ConcurrenceCode]
) -> ConcurrenceText:
    newest = rows[-1]
    several = len({row.activation_id for row in rows}) > 1
    reading = read_verdict(text)
    why = "it holds codes of more than one activation" if several else reading.why
    contact = _at(session, reply.sender, newest)
    return ConcurrenceText(text, newest.activation, newest.code, contact, reading, why)


def _without_code(
    session: Session, reply: Reply, text: str, reading: Reading
) -> ConcurrenceText | None:
    """A plain word from a telephone that was asked, and is still: it needs its code."""
    query = select(ConcurrenceCode).where(ConcurrenceCode.address == reply.sender)
    rows = [
        row
        for row in session.scalars(query.order_by(ConcurrenceCode.id))
        if row.activation.state not in ACTIVATION_ENDS and _at(session, reply.sender, row)
    ]
    if not rows:
        return None
    newest = rows[-1]
    contact = _at(session, reply.sender, newest)
    return ConcurrenceText(
        text, newest.activation, newest.code, contact, reading, "it names no code"
    )


def take(
    session: Session, reply: Reply, asked: ConcurrenceText, *, now: datetime, settings: Settings
) -> None:
    """Agree or object by it, or leave it to a person; its sender is told what it came to."""
    reply.activation = asked.activation
    _keep_reading(session, reply, asked, now)
    came = _act(session, reply, asked, now, settings)
    if asked.contact is not None and not asked.reading.automatic:
        confirmations.of_concurrence(
            session, asked.activation, asked.contact, reply, came=came, code=asked.code, now=now
        )


def _act(
    session: Session, reply: Reply, asked: ConcurrenceText, now: datetime, settings: Settings
) -> str:
    verdict, contact = asked.verdict, asked.contact
    if verdict is None or contact is None:
        _leave(session, reply, asked, asked.why, now)
        return "unclear"
    government = contact.focal_point.member_code
    said = concur.said(asked.activation, government)
    comes = comes_to(verdict, asked.activation.state, said)
    if comes is Comes.CONTRADICTS:
        _leave(session, reply, asked, "it would take back an earlier word", now)
        return comes.value
    _end(session, reply, ReplyEvent.MATCHED, now)
    if comes is Comes.COUNTS:
        return _concur(session, reply, asked, contact, verdict, now, settings)
    return comes.value


def _concur(
    session: Session,
    reply: Reply,
    asked: ConcurrenceText,
    contact: ContactPoint,
    verdict: Verdict,
    now: datetime,
    settings: Settings,
) -> str:
    done = concur.answer(
        session,
        Act(setbacks.speaker(contact), now),
        asked.activation,
        verdict,
        contact.focal_point,
        reply=reply,
        reason=(asked.reading.reason or NO_REASON)[:500],
        way=Way.SMS_CODE,
        settings=settings,
    )
    if not done:
        return Comes.AGAIN.value
    return "objected" if verdict is Verdict.OBJECTS else "agreed"


def _keep_reading(session: Session, reply: Reply, asked: ConcurrenceText, now: datetime) -> None:
    verdict, contact = asked.verdict, asked.contact
    why = f"{asked.reading.verdict or 'unclear'}: {asked.why or 'the code sent to this government'}"
    session.add(
        AnswerRead(
            reply_id=reply.id,
            contact_point_id=contact.id if contact is not None else None,
            kind=ReplyKind.AUTO_REPLY if asked.reading.automatic else ReplyKind.HUMAN,
            automatic=asked.reading.automatic,
            meaning=_MEANS[verdict].value if verdict is not None else Meaning.UNCLEAR.value,
            proof=Proof.STRONG.value if contact is not None and verdict is not None else "none",
            text=asked.text,
            reason=f"concurrence, {why}"[:300],
            read_at=now,
        )
    )
    session.flush()
    session.expire(reply, ["answer"])


def _leave(session: Session, reply: Reply, asked: ConcurrenceText, why: str, now: datetime) -> None:
    """Nothing is changed by it, and a person is told at once."""
    _end(session, reply, ReplyEvent.QUARANTINED, now)
    contact = asked.contact
    who = contact.focal_point.member.display_name if contact is not None else "Somebody"
    needs.raise_need(
        session,
        by_engine(now),
        NeedCause.UNCLEAR_REPLY,
        f"{who}'s text changes nothing: {why}. Telephone.",
        key=f"reply/{reply.id}",
        activation=asked.activation,
        reply=reply,
    )


def _end(session: Session, reply: Reply, event: ReplyEvent, now: datetime) -> None:
    because = Because(evidence=ledger.evidence_of(reply), data={"door": reply.door.value})
    ledger.move(session, by_engine(now), reply, event, because=because)
