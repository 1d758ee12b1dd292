"""Answer by key: what does whoever takes a call of the ladder hear, and what became of the call?

What is said follows from how the notice stands at that moment. Which key acknowledges is read by
`handle`, like every other answer; here is told what came of it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism import keypad
from mechanism.keypad import Key
from mechanism.lifecycle import ACTIVATION_ENDS, ReplyState
from mechanism.vocabulary import Channel, Door, Ear, SetbackKind
from notifications.content import templates
from notifications.hook import CallReport, CallStage, Heard
from notifications.outbox import settle
from settings import Settings
from store import ledger, setbacks
from store.act import Act, Actor
from store.events import Noted
from store.tables import Attempt, Message, Notice, Receipt, Reply


class Says(StrEnum):
    """What the mechanism says on the telephone, beside the text of the message itself."""

    MENU = "menu"  # the message, and what each key does
    MACHINE = "machine"  # how to call back, and nothing else
    UNSURE = "unsure"  # the same, and a key that leads to the menu
    THANKS = "thanks"  # this key has acknowledged
    ALREADY = "already"  # another answer had acknowledged
    ENDED = "ended"  # nobody waits for an answer any more
    WRONG_NUMBER = "wrong_number"
    OTHER_KEY = "other_key"  # not on the menu, which follows
    RECEIVED = "received"  # kept; it could not be read at once
    NO_KEY = "no_key"


_ASKS: Final = frozenset({Says.MENU, Says.UNSURE, Says.OTHER_KEY})


@dataclass(frozen=True)
class Speech:
    """What is said now; whether a key is waited for, and what is said where none comes."""

    says: Says
    lines: tuple[str, ...]
    at_end: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether a key is waited for."""
        return self.says in _ASKS


def take(
    session: Session, attempt: Attempt, report: CallReport, *, now: datetime, settings: Settings
) -> Speech:
    """Somebody, or something, has taken the call: keep who, and say what that one may hear.

    A machine's taking it speaks against the office's answering: the next is asked at once.
    """
    settle.take_report(session, report, now=now)
    ear, message = report.ear or Ear.NOBODY_KNOWS, attempt.message
    standing = _standing(message.notice)
    if ear is Ear.MACHINE and standing is Says.MENU and message.notice and message.contact_point:
        setbacks.record(
            session, message.notice, message.contact_point, SetbackKind.OUT_OF_OFFICE,
            now=now, note="an answering machine took the call",
        )  # fmt: skip
    return speech(message, _to(ear, standing), settings)


def _to(ear: Ear, standing: Says) -> Says:
    """A machine is told nothing that is the member's own business."""
    if ear is Ear.MACHINE:
        return Says.MACHINE
    return Says.UNSURE if ear is Ear.NOBODY_KNOWS and standing is Says.MENU else standing


def answer(session: Session, attempt: Attempt, key: Heard, *, settings: Settings) -> Speech:
    """What came of a key that has been kept, and read if that was possible."""
    query = select(Reply).where(
        Reply.door == key.door,
        Reply.provider == key.provider,
        Reply.provider_id == key.provider_id,
    )
    says = _came_of(key.text, session.scalars(query).one_or_none(), attempt.message.notice)
    return speech(attempt.message, says, settings)


def _came_of(digits: str, reply: Reply | None, notice: Notice | None) -> Says:
    if reply is None or reply.state is ReplyState.KEPT:
        return Says.RECEIVED
    if reply.answer is not None and reply.answer.automatic:
        return Says.MACHINE
    if digits == Key.WRONG_NUMBER:
        return Says.WRONG_NUMBER
    first = notice.acknowledgement if notice is not None else None
    if first is not None and first.reply_id == reply.id:
        return Says.THANKS
    standing = _standing(notice)
    if standing is not Says.MENU or digits == Key.AGAIN:
        return standing
    return Says.OTHER_KEY


def _standing(notice: Notice | None) -> Says:
    """What a person who takes the call is to hear, as the notice stands."""
    if notice is None:
        return Says.ENDED
    if notice.acknowledgement is not None:
        return Says.ALREADY
    return Says.ENDED if notice.activation.state in ACTIVATION_ENDS else Says.MENU


def end(session: Session, report: CallReport, *, now: datetime) -> None:
    """The provider's word about a call; again, early or out of order, it harms nothing.

    That it was taken is kept as whoever asks what to say tells it, who knows by whom.
    """
    attempt = session.get(Attempt, report.attempt)
    if attempt is None or report.stage is CallStage.TAKEN:
        return
    fresh = settle.take_report(session, report, now=now)
    if fresh and report.stage is CallStage.ENDED and attempt.message.notice is not None:
        _log(session, attempt, attempt.message.notice, report, now)


def _log(
    session: Session, attempt: Attempt, notice: Notice, report: CallReport, now: datetime
) -> None:
    ending = keypad.how_it_ended(report.not_taken, _ear(session, report), _keys(session, report))
    ledger.append(
        session,
        Act(Actor("provider", attempt.provider), now),
        Noted.CALL_ENDED,
        subject=ledger.subject_of(notice),
        data={
            "member": notice.member_code,
            "end": ending.value,
            "rank": _rank(attempt.message),
            "attempt": attempt.id,
        },
    )


def _rank(message: Message) -> str:
    contact = message.contact_point
    return contact.focal_point.rank.value if contact is not None else ""


def _ear(session: Session, report: CallReport) -> Ear:
    """Who has taken the call: as this report says, or an earlier one."""
    query = select(Receipt.ear).where(
        Receipt.provider == report.provider,
        Receipt.provider_id == report.provider_id,
        Receipt.ear.is_not(None),
    )
    return report.ear or session.scalars(query.order_by(Receipt.id)).first() or Ear.NOBODY_KNOWS


def _keys(session: Session, report: CallReport) -> frozenset[str]:
    """The keys of this call that were read as answers."""
    keys = (Key.ACKNOWLEDGE, Key.WRONG_NUMBER)
    query = select(Reply.text).where(
        Reply.door == Door.VOICE,
        Reply.provider == report.provider,
        Reply.provider_id.in_([keypad.known_by(report.provider_id, key) for key in keys]),
        Reply.state.in_((ReplyState.MATCHED, ReplyState.SETTLED)),
    )
    return frozenset(session.scalars(query))


def speech(message: Message, says: Says, settings: Settings) -> Speech:
    """What is said of this message now, beside or instead of its own text."""
    own = tuple(message.body.splitlines())
    if says is Says.MENU:
        lines = own
    elif says is Says.OTHER_KEY:
        lines = (*_words(message, says, settings), *own)
    else:
        lines = _words(message, says, settings)
    at_end = _words(message, Says.NO_KEY, settings) if says in _ASKS else ()
    return Speech(says, lines, at_end)


def _words(message: Message, says: Says, settings: Settings) -> tuple[str, ...]:
    activation, notice = message.activation, message.notice
    values = {
        "says": says.value,
        "kind": activation.kind.value if activation is not None else "",
        "reference": templates.spelled(activation.log) if activation is not None else "",
        "member_name": notice.member.display_name if notice is not None else "",
        "phone": templates.spelled(settings.duty_phone),
    }
    return tuple(templates.write("call", Channel.VOICE, values).body.splitlines())
