"""How often may one link or one address come? Counted where every web process sees it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import pace
from store.session import Database
from store.tables import VisitAllowance

NOW = datetime(2026, 11, 23, 3, 40, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    url = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return Database(request.getfixturevalue(url))


def lets(database: Database, key: str, *, after: float = 0) -> bool:
    with database.transaction() as session:
        return pace.lets(session, key, a_minute=2, real_now=NOW + timedelta(seconds=after))


def used_up(session: Session, key: str, *, after: float = 0) -> bool:
    at = NOW + timedelta(seconds=after)
    return pace.is_used_up(session, key, a_minute=2, real_now=at)


def test_it_refills_evenly_and_counts_each_key_by_itself(database: Database) -> None:
    assert [lets(database, "a") for _ in range(3)] == [True, True, False]
    assert lets(database, "b")
    assert not lets(database, "a", after=20)
    assert lets(database, "a", after=60)
    database.close()


def test_looking_counts_nothing(database: Database) -> None:
    assert [lets(database, "a") for _ in range(2)] == [True, True]

    with database.reading() as session:
        assert [used_up(session, key) for key in ("a", "a", "b")] == [True, True, False]
        assert not used_up(session, "a", after=30)
    database.close()


def test_no_key_is_kept_as_it_is_and_old_ones_are_forgotten(database: Database) -> None:
    lets(database, "address/203.0.113.9")
    lets(database, "other", after=3600)

    with database.reading() as session:
        rows = session.scalars(select(VisitAllowance)).all()
        assert [len(row.key) for row in rows] == [64]
        assert "203" not in rows[0].key
        assert session.scalar(select(func.count()).select_from(VisitAllowance)) == 1
    database.close()
