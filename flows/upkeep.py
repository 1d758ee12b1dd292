"""Keep the house in order: name stale contact points, remove what has expired."""

from datetime import UTC, datetime, timedelta
from typing import Final

from prefect import flow
from sqlalchemy import delete
from sqlalchemy.orm import Session

from flows.worker_context import premises
from mechanism.vocabulary import NeedCause
from store import directory, needs
from store.installation import House
from store.tables import SignInLink, SignInTry

KEEP_TRIES: Final = timedelta(days=1)


@flow(name="upkeep")
async def upkeep() -> int:
    """Once a day; how many things in the directory need attention."""
    here = await premises()
    return tidy(here.house)


def tidy(house: House) -> int:
    """One transaction: a line for a person if the directory needs one, and no expired rows."""
    with house.database.transaction() as session:
        _remove_expired(session, datetime.now(UTC))
        now = house.now()
        found = directory.attention(session, today=now.date())
        if found:
            needs.raise_need(
                session,
                NeedCause.DIRECTORY,
                f"{len(found)} things in the directory need attention: stale, failed or missing "
                "contact points.",
                key=f"directory/{now:%G-W%V}",
                now=now,
            )
    return len(found)


def _remove_expired(session: Session, real_now: datetime) -> None:
    session.execute(delete(SignInLink).where(SignInLink.expires_at < real_now))
    session.execute(delete(SignInTry).where(SignInTry.at < real_now - KEEP_TRIES))
