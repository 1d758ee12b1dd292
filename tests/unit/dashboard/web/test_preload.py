"""What is loaded a moment after the start, so that nobody who comes later waits for it."""

import sys
from importlib.util import find_spec

import pytest

from dashboard.web.preload import SOON, preload


@pytest.mark.parametrize("name", SOON)
def test_what_is_to_be_loaded_beforehand_is_there(name: str) -> None:
    assert find_spec(name) is not None


async def test_what_cannot_be_loaded_keeps_nothing_else_cold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)

    await preload(["no_such_module", "colorsys"], after=0)

    assert "colorsys" in sys.modules
