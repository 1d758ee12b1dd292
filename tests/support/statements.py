"""How is a statement put into SQL once a process, and not once a test?

Each test has an engine of its own, and each engine would compile everything anew. Compiled
statements are kept by dialect; of one class, configured alike, one dialect is as good as another.
"""

from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.util import LRUCache

COMPILED: Final[LRUCache[Any, Any]] = LRUCache(5000)
ALIKE: Final[tuple[type[Dialect], ...]] = (SQLiteDialect_pysqlite, PGDialect_psycopg)


def are_shared() -> None:
    """From here on every engine of this process takes what another has compiled."""
    for dialect in ALIKE:
        dialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda one: hash(type(one))  # type: ignore[assignment, method-assign]
    event.listen(Engine, "engine_connect", _take_them)


def _take_them(connection: Connection) -> None:
    connection.engine._compiled_cache = COMPILED
