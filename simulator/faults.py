"""What goes wrong, how often, for whom, and what has gone wrong so far?

Faults are data, so that a test or a drill says what it will meet. Each that strikes is remembered.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from validation import InvalidFileError, MendableError, compose, construct, faults_of


class Api(StrEnum):
    """A provider of the world outside that can break by itself."""

    TWILIO = "twilio"  # messages and calls
    KANNEL = "kannel"  # the second provider of SMS
    SMTP = "smtp"  # the mail server
    SMTP_SECOND = "smtp-second"  # another one, where the installation has two


class Trouble(StrEnum):
    """One kind of fault. `seconds` are real for what a client waits for, told for what comes later.

    Faults of an API and of SMTP strike one request each, those of callbacks one message or call.
    """

    WEB_CLOSED = "web_closed"  # no API and no page listens: connections are refused
    MAIL_CLOSED = "mail_closed"  # no mail server listens: connections are refused
    SMS_BUSY = "sms_busy"  # 429 with Retry-After of `seconds`; not taken
    SMS_REFUSED = "sms_refused"  # 400 with the provider's own `code`; not taken
    SMS_OPTED_OUT = "sms_opted_out"  # 400 with 21610, as after STOP; not taken
    SMS_ERROR = "sms_error"  # 503; not taken
    SMS_OUTAGE = "sms_outage"  # the connection is cut unanswered; not taken
    SMS_TAKEN_THEN_ERROR = "sms_taken_then_error"  # taken, and 503 all the same
    SMS_TAKEN_THEN_CUT = "sms_taken_then_cut"  # taken, and the connection is cut
    SMS_TAKEN_THEN_GARBLED = "sms_taken_then_garbled"  # taken, and 201 with a body of no use
    SMS_HANG = "sms_hang"  # taken, and answered only after `seconds`
    LIST_ERROR = "list_error"  # the list of messages, or of calls, answers 503
    UNDELIVERED = "undelivered"  # ends as undelivered with `code`
    FAILED_AFTER_SENT = "failed_after_sent"  # reported as sent, and then failed with `code`
    PARTLY_DELIVERED = "partly_delivered"  # a part of it never comes: ends as partially_delivered
    SLOW_DELIVERY = "slow_delivery"  # delivered `seconds` later, or expired by then
    SEGMENT_RATE = "segment_rate"  # a part leaves the sender each `seconds`; the rest waits in line
    CALLBACK_LOST = "callback_lost"  # no report ever comes
    CALLBACK_DOUBLED = "callback_doubled"  # each report comes twice
    CALLBACK_REORDERED = "callback_reordered"  # the last report comes first
    CALLBACK_LATE = "callback_late"  # reports come `seconds` later
    CALLBACK_EARLY = "callback_early"  # the first report comes before the API's answer
    BAD_SIGNATURE = "bad_signature"  # reports and replies are signed with a wrong key
    REPLY_LOST = "reply_lost"  # what a person sends or writes never arrives
    REPLY_DOUBLED = "reply_doubled"  # the same SMS is handed in twice
    CALL_LIMITED = "call_limited"  # 429 with Retry-After of `seconds`; not taken
    CALL_REFUSED = "call_refused"  # 400 with the provider's own `code`; not taken
    CALL_ERROR = "call_error"  # 503; not taken
    CALL_OUTAGE = "call_outage"  # the connection is cut unanswered; not taken
    CALL_TAKEN_THEN_ERROR = "call_taken_then_error"  # it will ring, and 503 all the same
    CALL_TAKEN_THEN_CUT = "call_taken_then_cut"  # it will ring, and the connection is cut
    CALL_HANG = "call_hang"  # it will ring, and is answered to only after `seconds`
    CALL_FAILED = "call_failed"  # the network cannot connect it
    CALL_LINE_BUSY = "call_line_busy"  # somebody else is on the line
    CALL_NO_ANSWER = "call_no_answer"  # it rings until the time is up
    CALL_DROPPED = "call_dropped"  # answered, and cut off after `seconds`
    MAIL_REFUSED_AT_GREETING = "mail_refused_at_greeting"  # `code`, else 421, before anything else
    MAIL_REFUSED_AT_MAIL = "mail_refused_at_mail"  # MAIL gets `code`; `match` is for the sender
    MAIL_REFUSED = "mail_refused"  # RCPT is answered with `code`, for example 421, 451, 550
    MAIL_GREYLISTED = "mail_greylisted"  # 451 at RCPT until `seconds` after the first try
    MAIL_REFUSED_AT_DATA = "mail_refused_at_data"  # DATA is answered with `code`; not taken
    MAIL_REFUSED_AFTER_DATA = "mail_refused_after_data"  # `code` after the final dot; not taken
    MAIL_OUTAGE = "mail_outage"  # the connection is cut at RCPT; not taken
    MAIL_TAKEN_THEN_CUT = "mail_taken_then_cut"  # taken after DATA, and the connection is cut
    MAIL_HANG = "mail_hang"  # taken, and answered only after `seconds`
    MAIL_SLOW = "mail_slow"  # RCPT is answered after `seconds`


BEFORE_SMS: Final = (
    Trouble.SMS_OUTAGE,
    Trouble.SMS_ERROR,
    Trouble.SMS_BUSY,
    Trouble.SMS_OPTED_OUT,
    Trouble.SMS_REFUSED,
)
"""What can befall a message before it is taken, whoever carries it; the first that strikes does."""
AFTER_SMS: Final = (
    Trouble.SMS_TAKEN_THEN_CUT,
    Trouble.SMS_TAKEN_THEN_ERROR,
    Trouble.SMS_TAKEN_THEN_GARBLED,
    Trouble.SMS_HANG,
)
"""What can befall the answer for a message that is taken."""

_WITHOUT_CODE: Final = "it is not answered with a number"
_CODES: Final = {
    **dict.fromkeys((Trouble.SMS_REFUSED, Trouble.CALL_REFUSED), (10000, 99999)),
    **dict.fromkeys((Trouble.UNDELIVERED, Trouble.FAILED_AFTER_SENT), (10000, 99999)),
    **dict.fromkeys(
        (
            Trouble.MAIL_REFUSED_AT_GREETING,
            Trouble.MAIL_REFUSED_AT_MAIL,
            Trouble.MAIL_REFUSED,
            Trouble.MAIL_REFUSED_AT_DATA,
            Trouble.MAIL_REFUSED_AFTER_DATA,
        ),
        (400, 599),
    ),
}
"""Which troubles are answered with a number of the plan's, and from where to where."""


def _known(word: object) -> object:
    """Refuse a word that names no trouble, with the nearest that does."""
    if not isinstance(word, str) or word in set(Trouble):
        return word
    near = get_close_matches(word, set(Trouble), n=1, cutoff=0.5)
    mend = f"Write {str(near[0])!r}." if near else "Use a word from the list of troubles."
    raise MendableError(f"{word!r} is no trouble that is known", mend)


@dataclass
class PlannedFault:
    """One entry of a fault plan; `times` counts down, and None is for ever."""

    trouble: Annotated[Trouble, BeforeValidator(_known)]
    match: str = "*"  # the address, with * and ? as in file names
    times: int | None = 1
    seconds: float = 0.0
    code: int = 0
    window: tuple[float, float] | None = None  # told minutes after the start: from, until
    api: Api | None = None  # only at this provider; None is any

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    def is_at(self, api: Api | None) -> bool:
        """Whether it strikes there; None is where there is no provider of its own."""
        return self.api in {None, api}


def _sensible(fault: PlannedFault) -> PlannedFault:
    """Refuse what could never strike, or not as its writer thinks."""
    if fault.seconds < 0:
        raise MendableError("seconds go forward", "Write a number of 0 or more.")
    if fault.times is not None and fault.times < 1:
        raise MendableError(
            "it would never strike", "Write times: 1 or more, or times: null for ever."
        )
    if fault.window is not None and not 0 <= fault.window[0] < fault.window[1]:
        raise MendableError(
            "the window ends before it begins", "Write [from, until] in told minutes, 0 or more."
        )
    if fault.code:
        _check_code(fault)
    return fault


def _check_code(fault: PlannedFault) -> None:
    if fault.trouble not in _CODES:
        raise MendableError(f"{fault.trouble} takes no code: {_WITHOUT_CODE}", "Remove the code.")
    low, high = _CODES[fault.trouble]
    if not low <= fault.code <= high:
        raise MendableError(
            f"the code {fault.code} cannot be an answer", f"Write one from {low} to {high}."
        )


_FAULTS: Final = TypeAdapter(list[Annotated[PlannedFault, AfterValidator(_sensible)]])


@dataclass(frozen=True)
class Struck:
    """What the world outside really did: which trouble, when in told time, to whom, by whom."""

    at: datetime
    trouble: Trouble
    address: str
    api: Api | None = None


class FaultPlan:
    """What will strike, and what has struck."""

    def __init__(
        self,
        faults: Iterable[PlannedFault],
        *,
        elapsed: Callable[[], timedelta],
        clock: Callable[[], datetime],
    ) -> None:
        """`elapsed` says how much told time has passed since the start."""
        self.history: list[Struck] = []
        self.on_change: Callable[[], None] = lambda: None
        self._elapsed = elapsed
        self._clock = clock
        self._faults: list[PlannedFault] = []
        self.add(*faults)

    @property
    def struck(self) -> list[tuple[Trouble, str]]:
        """What has struck, and whom, in order."""
        return [(one.trouble, one.address) for one in self.history]

    def add(self, *faults: PlannedFault) -> None:
        """Let these strike too, after those that were there before."""
        self._faults.extend(replace(fault) for fault in faults)  # ours count down, theirs stay
        self.on_change()

    def clear(self) -> None:
        self._faults.clear()
        self.on_change()

    def strike(
        self, trouble: Trouble, address: str, *, api: Api | None = None
    ) -> PlannedFault | None:
        """The fault of this kind that meets this address now; using it up is part of asking."""
        for fault in self._faults:
            if fault.trouble is trouble and self._meets(fault, address, api):
                fault.times = None if fault.times is None else fault.times - 1
                self.note(trouble, address, api=api)
                return fault
        return None

    def first(
        self, address: str, *troubles: Trouble, api: Api | None = None
    ) -> PlannedFault | None:
        """The first of these kinds that strikes; the others are not used up."""
        return next((f for t in troubles if (f := self.strike(t, address, api=api))), None)

    def stands(self, trouble: Trouble, *, api: Api | None = None) -> bool:
        """True while a fault of this kind is in its window: there, or anywhere if no API is named.

        Asking uses nothing up.
        """
        there = (f for f in self._faults if api is None or f.is_at(api))
        return any(f.trouble is trouble and self._is_in_time(f) for f in there)

    def next_turn(self) -> timedelta | None:
        """How much told time is left until some window begins or ends; None for never."""
        now = self._elapsed()
        turns = (timedelta(minutes=m) for fault in self._faults for m in fault.window or ())
        return min((turn - now for turn in turns if turn > now), default=None)

    def note(self, trouble: Trouble, address: str, *, api: Api | None = None) -> None:
        """Remember that this has struck."""
        self.history.append(Struck(self._clock(), trouble, address, api))

    def _meets(self, fault: PlannedFault, address: str, api: Api | None) -> bool:
        here = fault.is_at(api) and fnmatchcase(address, fault.match)
        return here and fault.times != 0 and self._is_in_time(fault)

    def _is_in_time(self, fault: PlannedFault) -> bool:
        begins, ends = fault.window or (0.0, float("inf"))
        return begins <= self._elapsed() / timedelta(minutes=1) < ends


def read_faults(data: object) -> list[PlannedFault]:
    """Faults from plain values; pydantic's ValidationError names what is wrong."""
    return _FAULTS.validate_python(data)


def read_fault_plan(text: str, *, source: str) -> list[PlannedFault]:
    """Faults from YAML; RefusedError names line, fault and remedy of each mistake."""
    node = compose(text, source=source)
    try:
        return read_faults(construct(node, source=source) or [])
    except ValidationError as error:
        raise InvalidFileError(source, faults_of(error, node)) from error
