"""What has traffic shown of an address?"""

from typing import Any

from sqlalchemy.orm import Session

from mechanism.lifecycle import HealthEvent, can_happen
from store import ledger
from store.act import Act
from store.ledger import WITHOUT_MORE, Because
from store.tables import ContactPoint


def show(
    session: Session,
    act: Act,
    contact: ContactPoint,
    event: HealthEvent,
    *,
    note: str = "",
    because: Because = WITHOUT_MORE,
    **beside: Any,
) -> None:
    """Move its health where that means anything to it; the note says why it is as it is now.

    Where somebody else moves it at this moment, it is looked at anew: no opt-out is lost to a race.
    """
    beside["health_note"] = note[:200]
    while can_happen(contact.health, event):
        if ledger.move(session, act, contact, event, because=because, **beside):
            return
