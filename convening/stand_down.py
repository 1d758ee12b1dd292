"""Say more to everybody, or end it: update, correct, withdraw, stand down, close.

Each goes to everybody who got anything, by every channel that was used. What ends an activation
stops its ladder first, in the same transaction.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from convening import activate
from convening.messages import compose
from convening.messages.compose import Line
from mechanism.lifecycle import ActivationEvent, MessageState, NoticeEvent, can_happen
from mechanism.vocabulary import WRITTEN, Kind, MessagePurpose, NeedCause, TextKind
from notifications.content import templates, translations
from notifications.outbox import queue
from settings import Settings
from store import ledger, needs
from store.act import Act
from store.events import Noted
from store.ledger import Because
from store.tables import Activation, ContactPoint, Message, NoticeText

PURPOSE: Final = {
    TextKind.UPDATE: MessagePurpose.UPDATE,
    TextKind.CORRECTION: MessagePurpose.CORRECTION,
    TextKind.WITHDRAWAL: MessagePurpose.WITHDRAWAL,
    TextKind.STAND_DOWN: MessagePurpose.STAND_DOWN,
}
ENDING: Final = {
    TextKind.WITHDRAWAL: ActivationEvent.WITHDRAWN,
    TextKind.STAND_DOWN: ActivationEvent.STOOD_DOWN,
}
LEFT: Final = (
    MessageState.SENDING,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.UNKNOWN,
    MessageState.QUEUED,
)


REAL_EVENT: Final = "REAL EVENT: exercise suspended"
SUSPENDED: Final = (
    "The exercise under this reference ends now, because a real event needs the same desks. "
    "Nothing more is asked of you in the exercise. What is real comes under another reference, "
    "without the word EXERCISE."
)


class TooLateError(Exception):
    """The activation has ended already, and cannot end in this way any more."""


@dataclass(frozen=True)
class Saying:
    """What a co-chair says to everybody: the kind of text, its one line, and the text."""

    kind: TextKind
    title: str
    body: str


def suggested(activation: Activation, kind: TextKind) -> Saying:
    """The text that stands ready from second 0; a co-chair may change it."""
    title = str(activation.plan["facts"]["title"])
    bodies = {
        TextKind.UPDATE: "",
        TextKind.CORRECTION: ("The first notice contained an error. The correct information is: "),
        TextKind.WITHDRAWAL: (
            "This notice was sent in error and is withdrawn. Nothing is asked of you. Disregard "
            "every earlier message with this reference."
        ),
        TextKind.STAND_DOWN: (
            "The consultation under this reference is no longer needed and is stood down. Nothing "
            "more is asked of you. Thank you."
        ),
    }
    return Saying(kind, title, bodies[kind])


def say(
    session: Session, act: Act, activation: Activation, saying: Saying, *, settings: Settings
) -> NoticeText:
    """Say it to everybody who got anything; a withdrawal or stand-down ends the activation too.

    Raises TooLateError where the activation has ended already.
    """
    event = ENDING.get(saying.kind)
    if event is not None:
        end(session, act, activation, event)
    text = _keep(session, act, activation, saying)
    for line in _lines(session, activation, text, settings):
        key = f"text/{text.id}/{line.contact.id}"
        compose.queue_line(session, activation, None, line, now=act.at, settings=settings, key=key)
    return text


def suspend(
    session: Session, act: Act, activation: Activation, *, settings: Settings
) -> NoticeText:
    """A real event: the exercise is withdrawn at once, and everybody who got anything is told so.

    Raises TooLateError where it has ended; what is real is never suspended.
    """
    if activation.kind is not Kind.EXERCISE:
        raise TooLateError("only an exercise is suspended")
    saying = Saying(TextKind.WITHDRAWAL, REAL_EVENT, SUSPENDED)
    return say(session, act, activation, saying, settings=settings)


def is_suspension(text: NoticeText) -> bool:
    """Whether an exercise gave way to a real event by this text."""
    return text.kind is TextKind.WITHDRAWAL and text.title == REAL_EVENT


def close(session: Session, act: Act, activation: Activation) -> None:
    """The consultation is done: every notice has its end; nothing is said to the members."""
    end(session, act, activation, ActivationEvent.CLOSED)


def end(session: Session, act: Act, activation: Activation, event: ActivationEvent) -> None:
    """Let it end by this event, and every notice with it; TooLateError where it has ended."""
    if not can_happen(activation.state, event):
        raise TooLateError(f"it is {activation.state.value.replace('_', ' ')}")
    if not ledger.move(session, act, activation, event, ended_at=act.at):
        raise TooLateError("somebody else has just ended it")
    for notice in activation.notices:
        queue.call_off(session, notice, now=act.at)
        if can_happen(notice.state, NoticeEvent.CALLED_OFF):
            because = Because(data={"member": notice.member_code})
            ledger.move(session, act, notice, NoticeEvent.CALLED_OFF, because=because, due_at=None)
    for need in needs.open_needs(session, activation):
        if need.activation_id == activation.id and need.cause is not NeedCause.UNCLEAR_REPLY:
            needs.settle(session, replace(act, signature=event.value), need)


def _keep(session: Session, act: Act, activation: Activation, saying: Saying) -> NoticeText:
    earlier = [t for t in activation.texts if t.kind is saying.kind]
    text = NoticeText(
        activation_id=activation.id,
        kind=saying.kind,
        revision=len(earlier) + 1,
        supersedes_id=_superseded(session, activation),
        title=saying.title,
        body=saying.body,
        issued_by=act.signature,
        issued_at=act.at,
    )
    session.add(text)
    session.flush()
    session.expire(activation, ["texts"])
    ledger.append(
        session,
        act,
        Noted.NOTICE_TEXT_ISSUED,
        subject=ledger.Subject(activation.log, "notice_text", str(text.id)),
        data={"kind": saying.kind.value, "revision": text.revision, "title": saying.title},
    )
    return text


def _superseded(session: Session, activation: Activation) -> int | None:
    query = select(func.max(NoticeText.id)).where(NoticeText.activation_id == activation.id)
    return session.scalar(query)


def _lines(
    session: Session, activation: Activation, text: NoticeText, settings: Settings
) -> Iterator[Line]:
    for contact in _written_to(session, activation):
        office = contact.focal_point
        values = _words(activation, text, office.office, office.member.display_name, settings)
        language = translations.courtesy(office.languages, contact.channel)
        name = "suspended" if is_suspension(text) else "to_everybody"
        words = templates.write(name, contact.channel, values, language=language)
        yield Line(office.member, office, contact, PURPOSE[text.kind], text.revision, words)


def _written_to(session: Session, activation: Activation) -> list[ContactPoint]:
    """Every mailbox and telephone to which anything has left, or is about to; no call tells it."""
    query = (
        select(ContactPoint)
        .join(Message, Message.contact_point_id == ContactPoint.id)
        .where(
            Message.activation_id == activation.id,
            Message.state.in_(LEFT),
            ContactPoint.channel.in_(WRITTEN),
        )
        .order_by(ContactPoint.id)
        .distinct()
    )
    return list(session.scalars(query))


def _words(
    activation: Activation, text: NoticeText, office: str, member: str, settings: Settings
) -> dict[str, Any]:
    return {
        "kind": activation.kind.value,
        "reference": activation.situation.reference,
        "text_kind": text.kind.value,
        "revision": text.revision,
        "title": text.title,
        "body": text.body,
        "short_title": activation.short_title,
        "office": office,
        "member_name": member,
        "marking": activate.pinned(activation).wording.marking.value,
        "issued_at": text.issued_at,
        "leaves_installation": settings.leaves_installation,
    }
