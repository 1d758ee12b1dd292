"""What does the calendar of one office get: an invitation, a change, a cancellation?"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Component

from notifications.email.icalendar import cancel, invite

JAKARTA = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Meeting:
    uid: str = "BP-2026-003-M1@convene.example"
    sequence: int = 0
    starts_at: datetime = datetime(2026, 7, 14, 11, 0, tzinfo=JAKARTA)
    ends_at: datetime = datetime(2026, 7, 14, 12, 0, tzinfo=JAKARTA)
    summary: str = "BP-2026-003: consultation"
    description: str = "11:00 Jakarta, 14:00 Canberra, 10:00 Dhaka"
    location: str = "https://meet.convene.example/m1"
    organizer: str = "convene@in.convene.example"
    attendee: str = "focal.point@mofa.example"
    attendee_name: str = "Focal point, Ministry of Foreign Affairs"
    stamp: datetime = datetime(2026, 7, 14, 3, 33, 10, tzinfo=UTC)


def event_of(raw: bytes) -> Component:
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    return event


def invited(meeting: Meeting = Meeting()) -> bytes:
    return invite(**vars(meeting))


def test_instants_are_in_utc_and_no_zone_table_travels() -> None:
    raw = invited()

    assert b"DTSTART:20260714T040000Z" in raw
    assert b"DTEND:20260714T050000Z" in raw
    assert b"VTIMEZONE" not in raw
    assert b"TZID" not in raw


def test_one_attendee_is_asked_to_answer_the_mailbox_that_is_read() -> None:
    event = event_of(invited())

    assert str(event["ATTENDEE"]) == "mailto:focal.point@mofa.example"
    assert dict(event["ATTENDEE"].params) == {
        "CN": "Focal point, Ministry of Foreign Affairs",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }
    assert str(event["ORGANIZER"]) == "mailto:convene@in.convene.example"


def test_the_same_meeting_gives_the_same_bytes() -> None:
    assert invited() == invited()


def test_a_cancellation_is_the_same_meeting_called_off() -> None:
    raw = cancel(**vars(replace(Meeting(), sequence=1)))
    event = event_of(raw)

    assert Calendar.from_ical(raw)["METHOD"] == "CANCEL"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (Meeting.uid, 1, "CANCELLED")


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="PUBLISH"):
        invite(**vars(Meeting()), method="PUBLISH")


@pytest.mark.parametrize("field", ["starts_at", "ends_at", "stamp"])
def test_a_time_without_a_zone_is_refused(field: str) -> None:
    naive: dict[str, Any] = {field: datetime(2026, 7, 14, 4, 0)}  # noqa: DTZ001 - the point

    with pytest.raises(ValueError, match="zone"):
        invited(replace(Meeting(), **naive))


@pytest.mark.parametrize("field", ["organizer", "attendee"])
@pytest.mark.parametrize("address", ["", "nobody", "a@b.example\r\nATTENDEE:mailto:x@y.example"])
def test_what_is_no_address_is_refused(field: str, address: str) -> None:
    wrong: dict[str, Any] = {field: address}

    with pytest.raises(ValueError, match=field):
        invited(replace(Meeting(), **wrong))


def test_a_line_break_in_a_name_or_title_adds_no_line() -> None:
    hostile = 'Büro; "x", y:z\r\nATTENDEE:mailto:other@other.example'
    raw = invited(replace(Meeting(), summary=hostile, attendee_name=hostile, location=hostile))

    assert raw.count(b"\r\nATTENDEE") == 1
    assert str(event_of(raw)["SUMMARY"]).startswith('Büro; "x", y:z')


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_any_title_reads_back_as_it_was_written(title: str) -> None:
    raw = invited(replace(Meeting(), summary=title))

    assert str(event_of(raw)["SUMMARY"]) == title
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
