"""At which named points may a process die: around every commit and every provider call?"""

from enum import StrEnum


class Point(StrEnum):
    """One moment of the protocol; a process that gets there ends itself by SIGKILL."""

    NEVER = "never"  # nobody dies: the faults alone
    BEFORE_CLAIM = "before a claim is committed"
    AFTER_CLAIM = "after a claim is committed"
    BEFORE_CALL = "before the provider is called"
    REQUEST_WRITTEN = "the request is written"  # whether it is taken, nobody here will know
    ANSWER_READ = "the answer is read"  # what it said dies too
    BEFORE_SETTLING = "before an outcome is committed"
    AFTER_SETTLING = "after an outcome is committed"
    BEFORE_LOSING_SIGHT = "before a dead engine's sends are taken up"
    AFTER_LOSING_SIGHT = "after a dead engine's sends are taken up"
    BEFORE_ASKING = "before the provider is asked what became of a send"
    ASKED = "the provider has said what became of a send"
    BEFORE_RECONCILING = "before what became of a send is committed"
    AFTER_RECONCILING = "after what became of a send is committed"
    BEFORE_RUNG = "before a rung is committed"
    AFTER_RUNG = "after a rung is committed"
    BEFORE_KEEPING = "before a reply is kept"
    AFTER_KEEPING = "after a reply is kept"
    BEFORE_READING = "before a reply's reading is committed"
    AFTER_READING = "after a reply's reading is committed"
    BEFORE_TELLING = "before it is committed that a person is told"
    AFTER_TELLING = "after it is committed that a person is told"


SENDING = (
    Point.BEFORE_CLAIM, Point.AFTER_CLAIM, Point.BEFORE_CALL, Point.REQUEST_WRITTEN,
    Point.ANSWER_READ, Point.BEFORE_SETTLING, Point.AFTER_SETTLING,
)  # fmt: skip
"""On the way of a message out of the installation."""

FINDING = (
    Point.BEFORE_LOSING_SIGHT, Point.AFTER_LOSING_SIGHT, Point.BEFORE_ASKING, Point.ASKED,
    Point.BEFORE_RECONCILING, Point.AFTER_RECONCILING,
)  # fmt: skip
"""On the way to what became of a lost send."""

ELSEWHERE = (
    Point.BEFORE_RUNG, Point.AFTER_RUNG, Point.BEFORE_KEEPING, Point.AFTER_KEEPING,
    Point.BEFORE_READING, Point.AFTER_READING, Point.BEFORE_TELLING, Point.AFTER_TELLING,
)  # fmt: skip
"""Where timers fall due, answers are heard and people are told."""

LEAVING_IT_OPEN = frozenset(
    {Point.AFTER_CLAIM, Point.BEFORE_CALL, Point.REQUEST_WRITTEN, Point.ANSWER_READ,
     Point.BEFORE_SETTLING}
)  # fmt: skip
"""Whoever dies there leaves a send behind of which nobody knows whether it was taken."""

KEEPING = frozenset({Point.BEFORE_KEEPING, Point.AFTER_KEEPING})
"""The engine keeps only what no webhook has brought."""
