"""What is played in a call of ours, and at which address?

Nothing that is said stands in an address: Twilio asks for each document at a path of ours that
carries the attempt and a mark, and signs its request.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from twilio.twiml.voice_response import (  # type: ignore[import-untyped]  # ships no types
    Gather,
    VoiceResponse,
)

from notifications.tokens import mark, marked_attempt

AttemptOf = Callable[[str, str, bytes], int | None]

MEDIA_TYPE: Final = "text/xml"
PATH: Final = "/twilio/voice"
_PURPOSE: Final = "twilio voice"
_TO_PRESS: Final = 8  # seconds after the last word
_TIMES: Final = 2  # the menu is said, before nobody is thought to listen
_LANGUAGE: Final = "en-GB"


def path(attempt: int, key: bytes) -> str:
    """Where Twilio asks what to play to this attempt's call; nobody else can guess it."""
    return f"{PATH}/{attempt}/{mark(attempt, purpose=_PURPOSE, key=key)}"


def answer_path(attempt: int, key: bytes) -> str:
    """Where it brings the keys that are pressed."""
    return f"{path(attempt, key)}/answer"


def status_path(attempt: int, key: bytes) -> str:
    """Where it reports how the call goes."""
    return f"{path(attempt, key)}/status"


def attempt_of(path_attempt: str, mac: str, key: bytes) -> int | None:
    """The attempt that a request is about; None where the path is not one of ours."""
    return marked_attempt(path_attempt, mac, purpose=_PURPOSE, key=key)


def told(lines: Sequence[str]) -> str:
    """A document that says these lines and ends the call."""
    response = VoiceResponse()
    _say(response, lines)
    response.hangup()
    return str(response)


def asked(lines: Sequence[str], *, answer: str, at_end: Sequence[str]) -> str:
    """One that says them, waits for a key that goes to `answer`, and ends with other words."""
    response = VoiceResponse()
    for _ in range(_TIMES):
        menu = Gather(num_digits=1, timeout=_TO_PRESS, finish_on_key="", action=answer)
        _say(menu, lines)
        response.append(menu)
    _say(response, at_end)
    response.hangup()
    return str(response)


def _say(into: Any, lines: Sequence[str]) -> None:
    for line in lines:
        into.say(line, language=_LANGUAGE)
        into.pause(length=1)
