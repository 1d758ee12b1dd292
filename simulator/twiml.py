"""What does a TwiML document tell a call to do?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

_MOST_DIGITS: Final = 32


class TwimlError(ValueError):
    """No TwiML, or a verb that this gateway does not play."""


@dataclass(frozen=True)
class Say:
    """Read this out, so many times."""

    text: str
    times: int = 1


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds."""

    seconds: int = 1


@dataclass(frozen=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup: ...


@dataclass(frozen=True)
class Gather:
    """Speak, and wait for keys."""

    spoken: tuple[Say | Pause, ...]
    action: str = ""  # empty is the document's own address
    method: str = "POST"
    seconds: int = 5  # to wait for the first key and for each further one
    most: int = _MOST_DIGITS
    asks_when_empty: bool = False


Verb = Say | Pause | Redirect | Hangup | Gather


def read_twiml(text: str) -> tuple[Verb, ...]:
    """The verbs, in order; TwimlError where there is anything that is not known."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - the project's own words, over loopback
    except ET.ParseError as error:
        raise TwimlError(f"not XML: {error}") from error
    if root.tag != "Response":
        raise TwimlError(f"the root is <{root.tag}>, not <Response>")
    return tuple(_verb(element) for element in root)


def _verb(element: ET.Element) -> Verb:
    match element.tag:
        case "Say" | "Pause":
            return _spoken(element)
        case "Redirect":
            return Redirect((element.text or "").strip(), _method(element))
        case "Hangup":
            return Hangup()
        case "Gather":
            return _gather(element)
        case other:
            raise TwimlError(f"<{other}> is not played here")


def _spoken(element: ET.Element) -> Say | Pause:
    if element.tag == "Pause":
        return Pause(_whole(element, "length", 1))
    if element.tag == "Say":
        words = " ".join("".join(element.itertext()).split())
        return Say(words, max(_whole(element, "loop", 1), 1))
    raise TwimlError(f"<{element.tag}> is not played inside <Gather>")


def _gather(element: ET.Element) -> Gather:
    if "dtmf" not in element.get("input", "dtmf").split():
        raise TwimlError("<Gather> without keys is not played here")
    return Gather(
        tuple(_inside(element)),
        element.get("action", ""),
        _method(element),
        _whole(element, "timeout", 5),
        _whole(element, "numDigits", _MOST_DIGITS),
        element.get("actionOnEmptyResult", "false") == "true",
    )


def _inside(element: ET.Element) -> Iterator[Say | Pause]:
    return (_spoken(child) for child in element)


def _method(element: ET.Element) -> str:
    method = element.get("method", "POST").upper()
    if method not in {"GET", "POST"}:
        raise TwimlError(f"the method {method} is neither GET nor POST")
    return method


def _whole(element: ET.Element, name: str, otherwise: int) -> int:
    text = element.get(name, str(otherwise))
    if not (text.isascii() and text.isdigit()):
        raise TwimlError(f"{name}={text!r} is no whole number")
    return int(text)
