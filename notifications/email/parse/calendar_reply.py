"""What does the calendar of one office answer?

It is read as data only: which of several answers counts is decided elsewhere.
"""

from datetime import UTC, datetime
from typing import Final

from icalendar import Calendar, Component, vCalAddress, vDDDTypes

from notifications.email.parse.parsed import CalendarReply

_READ_AT_MOST: Final = 65_536
_METHODS: Final = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER"})
_THINGS: Final = frozenset({"ROOM", "RESOURCE"})  # of CUTYPE
_THINGS_AT: Final = ("@resource.calendar.google.com", "@group.calendar.google.com")


def read_calendar(raw: bytes) -> tuple[CalendarReply | None, str]:
    """The answer that a calendar part holds; else why it holds none."""
    if len(raw) > _READ_AT_MOST:
        return None, "a calendar part that is too large"
    try:
        calendar = Calendar.from_ical(raw)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None, "a calendar part that cannot be read"
    method = str(calendar.get("METHOD", "")).strip().upper()
    events = calendar.walk("VEVENT")
    if method not in _METHODS or not events:
        return None, "a calendar part that is no reply"
    whole = [event for event in events if "RECURRENCE-ID" not in event]
    return _reply_in((whole or events)[0], method)


def _reply_in(event: Component, method: str) -> tuple[CalendarReply | None, str]:
    attendee, sequence = event.get("ATTENDEE"), event.get("SEQUENCE", 0)
    if not isinstance(attendee, vCalAddress):
        return None, "a calendar reply that does not speak for one attendee"
    address = str(attendee).strip().lower().removeprefix("mailto:")
    stated = str(attendee.params.get("PARTSTAT", "")).strip().upper()
    reply = CalendarReply(
        uid=str(event.get("UID", "")),
        sequence=sequence if isinstance(sequence, int) else 0,
        attendee=address,
        partstat="" if method == "DECLINECOUNTER" else stated,
        method=method,
        comment=_comment(event),
        stamp=_instant(event, "DTSTAMP"),
        starts_at=_instant(event, "DTSTART"),
        ends_at=_instant(event, "DTEND"),
        is_thing=str(attendee.params.get("CUTYPE", "")).upper() in _THINGS
        or address.endswith(_THINGS_AT),
    )
    return reply, ""


def _comment(event: Component) -> str:
    """What the attendee wrote beside the answer; calendars put it into one property or several."""
    found = event.get("COMMENT", "")
    comments = found if isinstance(found, list) else [found]
    return "\n".join(map(str, comments)).strip()


def _instant(event: Component, name: str) -> datetime | None:
    """A time with a zone that is known; any other is asked for, never guessed."""
    found = event.get(name)
    value = found.dt if isinstance(found, vDDDTypes) else None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None
