"""Which lines say that a person is needed?

Raising one commits it with whatever caused it; `convening.messages.alerts` tells people. The same
key is one line, however often its cause comes back.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.lifecycle import NeedEvent, NeedState
from mechanism.vocabulary import NeedCause
from store import ledger
from store.act import Act
from store.events import Noted
from store.tables import Activation, Need, Notice, Reply


def raise_need(
    session: Session,
    act: Act,
    cause: NeedCause,
    sentence: str,
    *,
    key: str,
    activation: Activation | None = None,
    notice: Notice | None = None,
    reply: Reply | None = None,
    tell_at: datetime | None = None,
) -> Need:
    """The line for this key: a new one, told to people at once, or the one that stands already.

    With `tell_at` it stands on the board until then, and is told to people if it stands there yet.
    """
    standing = session.scalar(select(Need).where(Need.dedupe_key == key))
    if standing is not None:
        return standing
    need = Need(
        dedupe_key=key,
        cause=cause,
        sentence=sentence,
        activation=activation,
        notice=notice,
        reply=reply,
        opened_at=act.at,
        due_at=tell_at or act.at,
    )
    session.add(need)
    session.flush()
    ledger.append(
        session,
        act,
        Noted.NEED_OPENED,
        subject=ledger.subject_of(need),
        data={"cause": cause.value},
    )
    return need


def settle(session: Session, act: Act, need: Need) -> bool:
    """A person, or the facts, have settled it; False if it was settled before."""
    if need.state is NeedState.SETTLED:
        return False
    return ledger.move(
        session,
        act,
        need,
        NeedEvent.SETTLED,
        settled_at=act.at,
        settled_by=act.signature,
        due_at=None,
    )


def open_needs(session: Session, activation: Activation | None = None) -> list[Need]:
    """What needs a person now, the oldest first; of one activation, or of all."""
    query = select(Need).where(Need.state == NeedState.OPEN).order_by(Need.opened_at, Need.id)
    if activation is not None:
        query = query.where((Need.activation_id == activation.id) | Need.activation_id.is_(None))
    return list(session.scalars(query))


def settle_for_notice(session: Session, act: Act, notice: Notice) -> None:
    """The member has answered: the facts settle the line that it could not be reached.

    A reply that waits for a person goes on waiting on the board, but nobody is called for it any
    more: nothing depends on it.
    """
    query = select(Need).where(Need.notice_id == notice.id, Need.state == NeedState.OPEN)
    for need in session.scalars(query):
        if need.cause is NeedCause.UNREACHED:
            settle(session, replace(act, signature="acknowledged"), need)
        elif need.cause is NeedCause.UNCLEAR_REPLY:
            need.due_at = None
