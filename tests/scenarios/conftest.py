"""The house of a journey: everything real, on loopback, with a clock that the journey sets on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.scene import Scene


@pytest.fixture
def installation(
    request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path
) -> Iterator[Scene]:
    """On a fresh SQLite file; at the end every invariant is checked."""
    yield from _played(request, tmp_path, sqlite_url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either_installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """The same on each kind of database."""
    url = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    yield from _played(request, tmp_path, request.getfixturevalue(url))


def _played(request: pytest.FixtureRequest, home: Path, url: str) -> Iterator[Scene]:
    scene = Scene(home, url)
    failed = request.session.testsfailed
    try:
        yield scene
        if request.session.testsfailed == failed:  # else its own failure says more
            scene.ends()
    finally:
        scene.close()
