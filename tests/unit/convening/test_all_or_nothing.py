"""A situation, its messages and its ledger entries are committed together or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from store.tables import Activation, LedgerEntry, Message, Notice, Situation
from tests.support.desk import Desk

EVERYTHING = (Situation, Activation, Notice, Message, LedgerEntry)


@contextmanager
def fails_at(desk: Desk, statement: int, taken: list[str]) -> Iterator[None]:
    """The database refuses one of the statements that write; those before it were taken."""

    def looks(*about: object) -> None:
        said = str(about[2])
        if said.startswith(("INSERT", "UPDATE")):
            taken.append(said)
            if len(taken) == statement:
                raise OperationalError(said, {}, Exception("the disk is full"))

    event.listen(desk.database.engine, "before_cursor_execute", looks)
    try:
        yield
    finally:
        event.remove(desk.database.engine, "before_cursor_execute", looks)


def kept(desk: Desk) -> list[int]:
    with desk.database.reading() as session:
        return [session.query(table).count() for table in EVERYTHING]


@pytest.mark.check(9)
def test_whichever_statement_of_a_send_fails_nothing_of_it_is_kept(desk: Desk) -> None:
    confirmed = desk.confirmed(desk.wish("ATLANTIS"))
    before = kept(desk)

    for number in count(1):
        taken: list[str] = []
        with fails_at(desk, number, taken), suppress(OperationalError):
            desk.activates("ATLANTIS", confirmed=confirmed)
        if len(taken) < number:  # nothing failed: it was sent
            break
        assert kept(desk) == before, taken[-1]

    assert number > len(EVERYTHING)
    assert all(after > had for after, had in zip(kept(desk), before, strict=True))
