"""What does it mean for us that Twilio names one of its error codes?

The codes are those of https://www.twilio.com/docs/api/errors.
"""

from typing import Final

from notifications.provider import Refusal, Rejected

_BY_CODE: Final = {
    **dict.fromkeys((21211, 21612, 21614, 30003, 30004, 30005, 30006), Refusal.ADDRESS),
    **dict.fromkeys((13224, 21217), Refusal.ADDRESS),  # of calls: no number
    21610: Refusal.OPTED_OUT,
    **dict.fromkeys((30007, 30008), Refusal.POLICY),
    21216: Refusal.POLICY,  # a number that the account may not call
    **dict.fromkeys((10004, 20429, 21611, 30001), Refusal.CAPACITY),
    **dict.fromkeys((20003, 20404, 21408, 21602, 21603, 21604, 21617), Refusal.CONFIGURATION),
    **dict.fromkeys((21201, 21205, 21210, 21212, 21213, 21215), Refusal.CONFIGURATION),  # of calls
}


def is_known(code: int | None) -> bool:
    """Whether it is one of Twilio's error codes whose class we know."""
    return code in _BY_CODE


def refusal_of(code: int) -> Refusal:
    """The class of one of Twilio's error codes; an unknown code closes this way, not the person."""
    return _BY_CODE.get(code, Refusal.POLICY)


def reported(code: str) -> Rejected | None:
    """The ErrorCode of a status report, as the refusal that it is; None where it names none."""
    if not code.isdecimal():
        return None
    return Rejected(refusal_of(int(code)), code, "reported afterwards")
