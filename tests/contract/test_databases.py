"""One suite for both databases: what is remembered is remembered alike."""

import asyncio
import json
import sqlite3
import threading
from datetime import UTC, datetime

import pytest
import rfc8785
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from mechanism.lifecycle import MeaninglessEventError, NeedEvent, NeedState
from mechanism.vocabulary import NeedCause
from store import ledger
from store.act import Act, Actor
from store.events import Noted
from store.session import Database
from store.tables import Base, LedgerEntry, LedgerPending, Need

NOW = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)
OFFICER = Actor("person", "7", role="co_chair", government="AU")


def open_need(database: Database, key: str = "engine") -> int:
    with database.transaction() as session:
        need = Need(dedupe_key=key, cause=NeedCause.ENGINE, sentence="A test.", opened_at=NOW)
        session.add(need)
        session.flush()
        return need.id


def test_the_migrated_schema_is_the_one_that_the_code_believes_in(database: Database) -> None:
    with database.reading() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_a_state_is_moved_and_its_entry_is_written_in_one_breath(database: Database) -> None:
    need_id = open_need(database)

    with database.transaction() as session:
        need = session.get_one(Need, need_id)
        assert ledger.move(session, Act(OFFICER, NOW), need, NeedEvent.SETTLED, settled_at=NOW)

    with database.reading() as session:
        assert session.get_one(Need, need_id).state is NeedState.SETTLED
        event = json.loads(session.scalars(select(LedgerEntry.body)).one())
        assert event["type"] == "cm.need.settled.v1"
        assert event["data"]["change"] == {"before": "open", "after": "settled"}
        assert session.scalars(select(LedgerPending)).one().log == "system"


def test_who_loses_the_race_is_told_and_writes_nothing(database: Database) -> None:
    need_id = open_need(database)
    with database.reading() as session:
        stale = session.get_one(Need, need_id)
        session.expunge(stale)
    with database.transaction() as session:
        ledger.move(session, Act(OFFICER, NOW), session.get_one(Need, need_id), NeedEvent.SETTLED)

    with database.transaction() as session:
        session.add(stale)
        assert not ledger.move(session, Act(OFFICER, NOW), stale, NeedEvent.SETTLED)

    with database.reading() as session:
        assert len(session.scalars(select(LedgerEntry)).all()) == 1


def test_a_meaningless_event_is_refused_loudly_and_leaves_nothing(database: Database) -> None:
    need_id = open_need(database)
    with database.transaction() as session:
        need = session.get_one(Need, need_id)
        ledger.move(session, Act(OFFICER, NOW), need, NeedEvent.SETTLED)

    with database.transaction() as session:
        need = session.get_one(Need, need_id)
        with pytest.raises(MeaninglessEventError):
            ledger.move(session, Act(OFFICER, NOW), need, NeedEvent.SETTLED)


@pytest.mark.check(9)
def test_an_exception_undoes_the_state_and_the_entry_together(database: Database) -> None:
    need_id = open_need(database)

    def fails_half_way() -> None:
        with database.transaction() as session:
            need = session.get_one(Need, need_id)
            ledger.move(session, Act(OFFICER, NOW), need, NeedEvent.SETTLED)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails_half_way()

    with database.reading() as session:
        assert session.get_one(Need, need_id).state is NeedState.OPEN
        assert session.scalars(select(LedgerEntry)).all() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET body = 'x'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_entry SET log = 'elsewhere' WHERE id = 1",
    ],
)
@pytest.mark.check(45)
def test_an_entry_can_be_neither_changed_nor_removed(database: Database, statement: str) -> None:
    with database.transaction() as session:
        subject = ledger.Subject("system", "notice", "1")
        ledger.append(session, Act(OFFICER, NOW), Noted.MEETING_WISH_NOTED, subject=subject)

    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(text(statement))


def test_an_entry_cannot_be_replaced_on_sqlite_even_by_a_connection_with_default_pragmas(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)
    with database.transaction() as session:
        subject = ledger.Subject("system", "notice", "1")
        ledger.append(session, Act(OFFICER, NOW), Noted.MEETING_WISH_NOTED, subject=subject)
    raw = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(
            "INSERT OR REPLACE INTO ledger_entry SELECT id, log, event_id, type, at, 'x', leaf"
            " FROM ledger_entry"
        )

    raw.close()
    database.close()


def test_a_personal_value_stands_in_the_ledger_only_as_a_digest(database: Database) -> None:
    with database.transaction() as session:
        ledger.append(
            session,
            Act(OFFICER, NOW),
            Noted.MEETING_WISH_NOTED,
            subject=ledger.Subject("system", "notice", "1"),
            private={"delegate": "+999050000001"},
        )

    with database.reading() as session:
        body = session.scalars(select(LedgerEntry.body)).one()
        assert "+999050000001" not in body
        assert set(json.loads(body)["data"]["delegate"]) == {"..."}


def test_the_text_in_the_row_is_canonical_json(database: Database) -> None:
    with database.transaction() as session:
        ledger.append(
            session,
            Act(OFFICER, NOW),
            Noted.MEETING_WISH_NOTED,
            subject=ledger.Subject("system", "notice", "1"),
            data={"said": ["Malé, Türkiye ✓", -5, None, True, {"b": 1, "a": 2}]},
        )

    with database.reading() as session:
        body = session.scalars(select(LedgerEntry.body)).one()
        assert rfc8785.dumps(json.loads(body)).decode() == body


def test_a_naive_time_is_refused_at_the_door(database: Database) -> None:
    with pytest.raises(Exception, match="must carry its zone"), database.transaction() as session:
        session.add(
            Need(
                dedupe_key="x",
                cause=NeedCause.ENGINE,
                sentence="A test.",
                opened_at=datetime(2026, 1, 1),  # noqa: DTZ001 - the point of the test
            )
        )


def test_an_impossible_row_is_refused_by_the_database_itself(database: Database) -> None:
    open_need(database)

    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(text("UPDATE need SET state = 'sleeping'"))


def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    def write(writer: int) -> None:
        for n in range(10):
            with database.transaction() as session:
                subject = ledger.Subject("system", "notice", f"{writer}-{n}")
                ledger.append(session, Act(OFFICER, NOW), Noted.MEETING_WISH_NOTED, subject=subject)

    writers = [threading.Thread(target=write, args=(w,)) for w in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    with database.reading() as session:
        assert len(session.scalars(select(LedgerEntry)).all()) == 40


async def test_whoever_listens_hears_of_a_commit(database: Database) -> None:
    listener = database.bell.listen()
    first = asyncio.create_task(listener.wait(5))
    while not await asyncio.to_thread(_heard, database, first):
        pass
    assert await first
    await listener.close()


def _heard(database: Database, first: "asyncio.Task[bool]") -> bool:
    """Commit something, until the listener (which may still be connecting) has heard one."""
    with database.transaction() as session:
        subject = ledger.Subject("system", "notice", "1")
        ledger.append(session, Act(OFFICER, NOW), Noted.MEETING_WISH_NOTED, subject=subject)
    return first.done()
