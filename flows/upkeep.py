"""Keep the installation in order: name stale contact points, remove what has expired."""

from datetime import UTC, datetime

from prefect import flow
from sqlalchemy import delete
from sqlalchemy.orm import Session

from flows.worker_context import worker_context
from mechanism import retention
from mechanism.vocabulary import NeedCause
from store import directory, needs
from store.act import by_engine
from store.installation import Installation
from store.tables import SignInLink, SignInTry


@flow(name="upkeep")
async def upkeep() -> int:
    """Once a day; how many things in the directory need attention."""
    async with worker_context() as here:
        return tidy(here.installation)


def tidy(installation: Installation) -> int:
    """One transaction: a line for a person if the directory needs one, and no expired rows."""
    with installation.database.transaction() as session:
        _remove_expired(session, datetime.now(UTC))
        now = installation.now()
        found = directory.attention(session, today=now.date())
        if found:
            needs.raise_need(
                session,
                by_engine(now),
                NeedCause.DIRECTORY,
                f"{len(found)} things in the directory need attention: stale, failed or missing "
                "contact points.",
                key=f"directory/{now:%G-W%V}",
            )
    return len(found)


def _remove_expired(session: Session, real_now: datetime) -> None:
    session.execute(delete(SignInLink).where(SignInLink.expires_at < real_now))
    session.execute(delete(SignInTry).where(SignInTry.at < real_now - retention.SIGN_IN_TRIES))
