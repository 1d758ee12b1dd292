"""One exercise, told whole, as every view of the record is tested on it."""

from collections.abc import Callable

import pytest

from records.content import (
    RecordModel,
)
from tests.support.sample_record import NAUGHTY, in_another_process, sample


@pytest.fixture(scope="session")
def elsewhere() -> Callable[[str], bytes]:
    return in_another_process


@pytest.fixture(scope="session")
def naughty() -> str:
    """What every template language would love to act on."""
    return NAUGHTY


@pytest.fixture(scope="session")
def model() -> RecordModel:
    return sample()
