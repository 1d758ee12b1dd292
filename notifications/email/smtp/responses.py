"""What does a mail server's answer, or its silence, mean for the message?"""

import re
import ssl
from enum import StrEnum
from typing import Final

import aiosmtplib

from notifications.provider import Outcome, Refusal, Rejected, Unknown

DETAIL: Final = 200  # characters of a server's text worth keeping
CLOSING: Final = 421  # the server takes leave, whatever it was asked
UNUSABLE: Final = Rejected(Refusal.UNUSABLE, "unusable", "not an address that SMTP can carry")

_TEMPORARY, _PERMANENT = range(400, 500), range(500, 600)
_NO_SUCH_MAILBOX: Final = frozenset({550, 551, 553})
_LOCAL: Final = frozenset({451, 452})  # RFC 5321: an error in processing, and too little storage
_MAIL_SYSTEM: Final = "4.3."  # RFC 3463: full, not taking anything now, set up wrongly
_ENHANCED: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463


class SmtpStep(StrEnum):
    """Which of our words an answer answers."""

    OPENING = "opening"  # greeting, EHLO, STARTTLS, sign-in: nothing of a message is said yet
    RSET = "RSET"  # forget what was begun
    MAIL = "MAIL"  # from whom
    RCPT = "RCPT"  # to whom
    DATA = "DATA"  # may the text come
    TEXT = "text"  # the text and its final dot: whoever says yes has the message
    NOTHING = "nothing"  # a lone dot, where nobody is left who should get the text
    QUIT = "QUIT"  # farewell


_BEFORE_THE_RECIPIENT: Final = frozenset({SmtpStep.OPENING, SmtpStep.MAIL})

_STEP_OF: Final[dict[type[aiosmtplib.SMTPResponseException], SmtpStep]] = {
    aiosmtplib.SMTPConnectResponseError: SmtpStep.OPENING,
    aiosmtplib.SMTPHeloError: SmtpStep.OPENING,
    aiosmtplib.SMTPAuthenticationError: SmtpStep.OPENING,
    aiosmtplib.SMTPRecipientRefused: SmtpStep.RCPT,
    aiosmtplib.SMTPSenderRefused: SmtpStep.MAIL,
}


def says_no(code: int) -> bool:
    """Whether this is one of the two ways in which a server refuses."""
    return code in _TEMPORARY or code in _PERMANENT


def refused(code: int, text: str, *, at: SmtpStep) -> Rejected:
    """What a 4xx or 5xx means; surely not sent."""
    refusal = _for_now(code, text, at) if code in _TEMPORARY else _refusal(code, text, at)
    return Rejected(refusal, str(code), text[:DETAIL])


def _for_now(code: int, text: str, at: SmtpStep) -> Refusal:
    """Whose matter a 4xx is: the server's own, or this mailbox's or text's; greylisting is that."""
    if at in _BEFORE_THE_RECIPIENT or code == CLOSING:
        return Refusal.AWAY
    enhanced = _ENHANCED.match(text)
    is_local = code in _LOCAL if enhanced is None else enhanced[1].startswith(_MAIL_SYSTEM)
    return Refusal.AWAY if is_local else Refusal.TEMPORARY


def _refusal(code: int, text: str, at: SmtpStep) -> Refusal:
    """Whose matter a 5xx is: the address's, our own, or this message's by this way."""
    if at is SmtpStep.OPENING:
        return Refusal.CONFIGURATION
    enhanced = _ENHANCED.match(text)
    if enhanced is not None:
        if enhanced[1].startswith("5.1."):
            return Refusal.ADDRESS
        if enhanced[1].startswith("5.7."):  # not the mailbox but a rule: 550 is used for both
            return Refusal.POLICY
    unknown = at is SmtpStep.RCPT and code in _NO_SUCH_MAILBOX
    return Refusal.ADDRESS if unknown else Refusal.POLICY


def not_connected(why: str) -> Rejected:
    """Surely not sent: the server is away or fell silent before the text could leave."""
    return Rejected(Refusal.AWAY, "not_connected", why)


def outcome_of(error: BaseException, *, text_begun: bool = False) -> Outcome:
    """What it means that the conversation ended with this error."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and says_no(error.code):
        return refused(error.code, error.message, at=_STEP_OF.get(type(error), SmtpStep.TEXT))
    if text_begun:
        return Unknown(type(error).__name__)
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return UNUSABLE  # a bad certificate is both
    if _is_away(error):
        return not_connected(type(error).__name__)
    return Rejected(Refusal.CONFIGURATION, type(error).__name__, str(error)[:DETAIL])


def _is_away(error: BaseException) -> bool:
    """True for a server that cannot be reached or falls silent; not for one that cannot be trusted.

    A missing STARTTLS and a bad certificate are somebody's mistake, and time does not mend them.
    """
    if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError):
        return False
    if isinstance(error, aiosmtplib.SMTPException):
        return isinstance(error, OSError | aiosmtplib.SMTPResponseException)
    return isinstance(error, OSError) or not isinstance(error, Exception)  # or we ourselves stop
