"""What does the calendar of one office get, and what does it answer?

Instants are in UTC without a zone table, which every calendar reads alike; local times are words
in the description. One file invites one attendee, so that no list of addresses travels. An answer
is read as data only: which of several counts is decided elsewhere.
"""

from datetime import UTC, datetime
from typing import Final, TypedDict, Unpack

from icalendar import Calendar, Component, Event, vCalAddress, vDDDTypes, vText

from notifications.mail_writing import CalendarMethod
from notifications.read_mail import CalendarReply

_PRODUCT: Final = "-//Consultation mechanism//Convene//EN"


class _Meeting(TypedDict):
    """What `invite()` is told, but for the method."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    location: str
    organizer: str
    attendee: str
    attendee_name: str
    stamp: datetime


def invite(
    *,
    uid: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    summary: str,
    description: str,
    location: str,
    organizer: str,
    attendee: str,
    attendee_name: str,
    stamp: datetime,
    method: CalendarMethod | str = CalendarMethod.REQUEST,
) -> bytes:
    """One meeting for one attendee's calendar.

    The UID stays for the life of the meeting; `sequence` rises with every change of time, place
    or state. `organizer` is a mailbox that is read: answers go there.
    """
    method = CalendarMethod(method)
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", _utc(stamp))
    event.add("dtstart", _utc(starts_at))
    event.add("dtend", _utc(ends_at))
    event.add("summary", summary)
    event.add("description", description)
    event.add("location", location)
    event.add("status", "CANCELLED" if method is CalendarMethod.CANCEL else "CONFIRMED")
    event.add("organizer", _mailto("organizer", organizer))
    event.add("attendee", _attendee(attendee, attendee_name), encode=False)
    return _calendar(event, method)


def cancel(**meeting: Unpack[_Meeting]) -> bytes:
    """The same meeting called off; `sequence` is one more than that of the last invitation."""
    return invite(**meeting, method=CalendarMethod.CANCEL)


def _calendar(event: Event, method: CalendarMethod) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _attendee(address: str, name: str) -> vCalAddress:
    attendee = _mailto("attendee", address)
    attendee.params["CN"] = vText(" ".join(name.replace('"', "'").split()))  # no quote is allowed
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["RSVP"] = vText("TRUE")
    return attendee


def _mailto(field: str, address: str) -> vCalAddress:
    if len(address.split()) != 1 or "@" not in address:
        raise ValueError(f"{field} is not an address")
    return vCalAddress(f"mailto:{address}")


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("a meeting's time must carry its zone")
    return instant.astimezone(UTC).replace(microsecond=0)


# --- answers -------------------------------------------------------------------------------------

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
