"""What goes wrong, how often, and for whom?

Faults are data, so that a test or a drill says what it will meet. Each that strikes is remembered.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter


class Trouble(StrEnum):
    """One kind of fault. `seconds` are real for what a client waits for, told for what comes later.

    Faults of the API and of SMTP strike one request each, those of callbacks one message each.
    """

    SMS_BUSY = "sms_busy"  # 429 with Retry-After of `seconds`; not taken
    SMS_REFUSED = "sms_refused"  # 400 with the provider's own `code`; not taken
    SMS_ERROR = "sms_error"  # 503; not taken
    SMS_OUTAGE = "sms_outage"  # the connection is cut unanswered; not taken
    SMS_TAKEN_THEN_ERROR = "sms_taken_then_error"  # taken, and 503 all the same
    SMS_TAKEN_THEN_CUT = "sms_taken_then_cut"  # taken, and the connection is cut
    SMS_TAKEN_THEN_GARBLED = "sms_taken_then_garbled"  # taken, and 201 with a body of no use
    SMS_HANG = "sms_hang"  # taken, and answered only after `seconds`
    LIST_ERROR = "list_error"  # the list of messages answers 503
    UNDELIVERED = "undelivered"  # ends as undelivered with `code`
    SLOW_DELIVERY = "slow_delivery"  # delivered `seconds` later, or expired by then
    CALLBACK_LOST = "callback_lost"  # no report ever comes
    CALLBACK_DOUBLED = "callback_doubled"  # each report comes twice
    CALLBACK_REORDERED = "callback_reordered"  # the last report comes first
    CALLBACK_LATE = "callback_late"  # reports come `seconds` later
    CALLBACK_EARLY = "callback_early"  # the first report comes before the API's answer
    BAD_SIGNATURE = "bad_signature"  # reports and replies are signed with a wrong key
    REPLY_LOST = "reply_lost"  # what a person sends never arrives
    REPLY_DOUBLED = "reply_doubled"  # the same SMS is handed in twice
    MAIL_REFUSED = "mail_refused"  # RCPT is answered with `code`, for example 421, 451, 550
    MAIL_OUTAGE = "mail_outage"  # the connection is cut at RCPT; not taken
    MAIL_TAKEN_THEN_CUT = "mail_taken_then_cut"  # taken after DATA, and the connection is cut
    MAIL_REFUSED_AFTER_DATA = "mail_refused_after_data"  # `code` after the final dot; not taken
    MAIL_HANG = "mail_hang"  # taken, and answered only after `seconds`


@dataclass
class Fault:
    """One entry of a fault plan; `times` counts down, and None is for ever."""

    trouble: Trouble
    match: str = "*"  # the address, with * and ? as in file names
    times: int | None = 1
    seconds: float = 0.0
    code: int = 0
    window: tuple[float, float] | None = None  # told minutes after the start: from, until

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


_FAULTS = TypeAdapter(list[Fault])


class FaultPlan:
    """What will strike, and what has struck."""

    def __init__(self, faults: Iterable[Fault], *, elapsed: Callable[[], timedelta]) -> None:
        """`elapsed` says how much told time has passed since the start."""
        self._elapsed = elapsed
        self._faults: list[Fault] = []
        self.add(*faults)
        self.struck: list[tuple[Trouble, str]] = []

    def add(self, *faults: Fault) -> None:
        """Let these strike too, after those that were there before."""
        self._faults.extend(replace(fault) for fault in faults)  # ours count down, theirs stay

    def clear(self) -> None:
        """Let nothing strike any more."""
        self._faults.clear()

    def strike(self, trouble: Trouble, address: str) -> Fault | None:
        """The fault of this kind that meets this address now; using it up is part of asking."""
        for fault in self._faults:
            if fault.trouble is trouble and self._meets(fault, address):
                fault.times = None if fault.times is None else fault.times - 1
                self.struck.append((trouble, address))
                return fault
        return None

    def _meets(self, fault: Fault, address: str) -> bool:
        begins, ends = fault.window or (0.0, float("inf"))
        in_time = begins <= self._elapsed() / timedelta(minutes=1) < ends
        return fault.times != 0 and in_time and fnmatchcase(address, fault.match)

    def first(self, address: str, *troubles: Trouble) -> Fault | None:
        """The first of these kinds that strikes; the others are not used up."""
        return next((f for t in troubles if (f := self.strike(t, address))), None)


def read_faults(data: object) -> list[Fault]:
    """Faults from YAML or JSON; pydantic's ValidationError names what is wrong."""
    return _FAULTS.validate_python(data)
