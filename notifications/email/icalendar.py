"""What does the calendar of one office get?

Instants are in UTC without a zone table, which every calendar reads alike; local times are words
in the description. One file invites one attendee, so that no list of addresses travels.
"""

from datetime import UTC, datetime
from typing import Final, TypedDict, Unpack

from icalendar import Calendar, Event, vCalAddress, vText

from notifications.email.mime import CalendarMethod

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
    """What calls a meeting off; `sequence` is one more than that of the last invitation."""
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
