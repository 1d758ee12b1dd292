"""The desk of `tests/convening`, for what happens to messages and replies beneath it."""

from tests.convening.conftest import desk, either_desk, told

__all__ = ["desk", "either_desk", "told"]
