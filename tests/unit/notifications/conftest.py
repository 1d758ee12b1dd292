"""The desk of `tests/unit/convening`, for what happens to messages and replies beneath it."""

from tests.unit.convening.conftest import desk, either_desk, told

__all__ = ["desk", "either_desk", "told"]
