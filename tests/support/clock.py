"""A clock that stands still until a test sets it on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.support import cast


@dataclass
class ToldTime:
    """A clock that stands still until a test sets it on."""

    at: datetime = cast.NOW
    rate: float = 1.0
    simulated: bool = False

    def now(self) -> datetime:
        return self.at

    def passes(self, span: timedelta = timedelta(), /, **more: float) -> None:
        self.at += span + timedelta(**more)
