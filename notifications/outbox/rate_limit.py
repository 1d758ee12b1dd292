"""What may a sender send now, where several engines send for it at once?

One row for each sender at each provider; a batch takes what it needs under the row's lock, at once.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mechanism import bucket as rule
from mechanism.bucket import Bucket, Rate, Taken
from store.tables import SenderBucket


def take(
    session: Session, provider: str, sender: str, rate: Rate, costs: Sequence[int], *, now: datetime
) -> Taken:
    """Take for a batch in its order; whoever gets nothing is told how long to wait."""
    row = _locked(session, provider, sender, rule.full(rate, now=now))
    taken = rule.take(Bucket(row.tokens, row.filled_at), rate, costs, now=now)
    row.tokens, row.filled_at = taken.bucket.tokens, taken.bucket.filled_at
    return taken


def _locked(session: Session, provider: str, sender: str, new: Bucket) -> SenderBucket:
    """The sender's row for this transaction alone, made full where there is none yet."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    own = {"provider": provider, "sender": sender}
    blank = {**own, "tokens": new.tokens, "filled_at": new.filled_at}
    session.execute(dialect.insert(SenderBucket).values([blank]).on_conflict_do_nothing())
    query = select(SenderBucket).filter_by(**own).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).one()
