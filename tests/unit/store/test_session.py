"""One writer at a time, and none where nothing can be written."""

import errno
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from store.session import Database, is_read_only


def test_on_a_disk_that_takes_nothing_the_database_says_so_itself(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_url)
    with database.transaction() as session:
        session.execute(text("PRAGMA query_only = ON"))
    opened = Path.open

    def open_read_only(path: Path, mode: str = "r", *rest: Any) -> IO[Any]:
        if "a" in mode:
            raise OSError(errno.EROFS, "Read-only file system")
        return opened(path, mode, *rest)

    monkeypatch.setattr(Path, "open", open_read_only)

    with pytest.raises(OperationalError) as refused, database.transaction() as session:
        session.execute(text("DELETE FROM draft"))

    assert is_read_only(refused.value)
    database.close()
