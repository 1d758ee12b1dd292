"""Houses to which something happens; what was lost and doubled is counted over all of them."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.support.faults import summary
from tests.support.faults.tally import Tally
from tests.support.scene import Scene


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[[Tally], None]:
    """Count what came of one case among all of the run."""
    return lambda one: record_property(summary.OTHERS, asdict(one))


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A house with its engine in this process."""
    scene = Scene(tmp_path, sqlite_url)
    yield scene
    scene.close()
