"""What has traffic shown of an address?"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mechanism.lifecycle import HealthEvent, can_happen
from store import ledger
from store.ledger import WITHOUT_MORE, Actor, Because
from store.tables import ContactPoint


def show(
    session: Session,
    contact: ContactPoint,
    event: HealthEvent,
    *,
    actor: Actor,
    now: datetime,
    note: str = "",
    because: Because = WITHOUT_MORE,
    **beside: Any,
) -> None:
    """Move its health where that means anything to it; the note says why it is as it is now.

    Where somebody else moves it at this moment, it is looked at anew: no opt-out is lost to a race.
    """
    beside["health_note"] = note[:200]
    while can_happen(contact.health, event):
        if ledger.move(session, contact, event, actor=actor, now=now, because=because, **beside):
            return
