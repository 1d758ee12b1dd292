"""How does a person's calendar answer an invitation?"""

from datetime import datetime
from enum import StrEnum

import icalendar


class Attends(StrEnum):
    """What a person answers to an invitation; the values are PARTSTAT's (RFC 5545)."""

    ACCEPTED = "ACCEPTED"
    TENTATIVE = "TENTATIVE"
    DECLINED = "DECLINED"
    NEVER = "never"  # leaves every invitation unanswered


def meeting(request: str) -> str:
    """Which meeting, in which version, an invitation is about; nothing where it cannot be read."""
    event = _event(request)
    return f"{event.get('UID', '')} {event.get('SEQUENCE', 0)}" if event is not None else ""


def organizer(request: str) -> str:
    """The address that the answer goes to."""
    event = _event(request)
    return _address(event.get("ORGANIZER", "")) if event is not None else ""


def reply(request: str, address: str, *, attends: Attends, now: datetime) -> str:
    """The calendar object that answers the invitation for this address (RFC 5546, REPLY)."""
    asked = _event(request)
    assert asked is not None, "a reply without an invitation"  # noqa: S101 - asked about before
    event = icalendar.Event()
    for name in ("UID", "SEQUENCE", "ORGANIZER", "DTSTART", "DTEND", "SUMMARY", "RECURRENCE-ID"):
        if name in asked:
            event[name] = asked[name]
    event.add("DTSTAMP", now)
    attendee = icalendar.vCalAddress(f"mailto:{address}")
    attendee.params["PARTSTAT"] = attends.value
    event.add("ATTENDEE", attendee)
    answer = icalendar.Calendar()
    answer.add("PRODID", "-//gateway.example//simulated calendar//EN")
    answer.add("VERSION", "2.0")
    answer.add("METHOD", "REPLY")
    answer.add_component(event)
    return str(answer.to_ical(), "utf-8")


def _event(request: str) -> icalendar.Component | None:
    """The event of a METHOD:REQUEST."""
    if not request:
        return None
    try:
        calendar = icalendar.Calendar.from_ical(request)
    except ValueError:
        return None
    if str(calendar.get("METHOD", "")).upper() != "REQUEST":
        return None
    return next(iter(calendar.walk("VEVENT")), None)


def _address(uri: object) -> str:
    text = str(uri)
    return text[len("mailto:") :] if text.lower().startswith("mailto:") else text
