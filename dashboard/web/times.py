"""How is an instant written on a page, so that nobody mistakes its zone?

The reader's zone first, then UTC, then both co-chairs'; 24 hours; seconds on what has happened,
none on what is planned. The instants come from the server's told clock, never from a browser.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from notifications.content.templates import place_of
from store.tables import FocalPoint

OFFICE_HOURS: Final = range(9, 17)  # an office's own hours
CO_CHAIR_ZONES: Final = ("Australia/Canberra", "Asia/Jakarta")


@dataclass(frozen=True)
class Times:
    """Instants in words for one reader, at one told `now`."""

    zone: str
    now: datetime

    def clock(self, at: datetime) -> Markup:
        """Hours, minutes and seconds in UTC, for dense tables that name the zone once."""
        return _time(at, self._figures(at, "UTC", "%H:%M:%S"))

    def event(self, at: datetime) -> Markup:
        """Something that has happened: the reader's zone, then UTC."""
        return self._joined(at, [z for z in self._zones if z in (self.zone, "UTC")], "%H:%M:%S")

    def plan(self, at: datetime) -> Markup:
        """Something that is planned: the reader's zone, UTC, both co-chairs'."""
        return self._joined(at, self._zones, "%H:%M")

    def appointment(self, at: datetime) -> Markup:
        """A meeting's time: weekday, day and zone, always, for it is copied into diaries."""
        return Markup(" · ").join(_time(at, _appointed(at, zone)) for zone in self._zones)

    def elsewhere(self, at: datetime) -> Markup:
        """A plan beside its large figure in UTC: every zone but UTC."""
        return self._joined(at, [zone for zone in self._zones if zone != "UTC"], "%H:%M")

    def utc(self, at: datetime) -> Markup:
        """A plan in UTC alone, where the other zones stand beside it."""
        return _time(at, f"{self._figures(at, 'UTC', '%H:%M')} UTC")

    def there(self, at: datetime, zone: str) -> Markup:
        """A plan in somebody else's zone."""
        return _time(at, f"{self._figures(at, zone, '%H:%M')} {place(zone)}")

    def appointment_there(self, at: datetime, zone: str) -> Markup:
        """A meeting's time in somebody else's zone."""
        return _time(at, _appointed(at, zone))

    def date(self, at: datetime) -> Markup:
        """The day in UTC and the minute."""
        return _time(at, f"{day(at)} {at.year}, {at.astimezone(UTC):%H:%M} UTC")

    @cached_property
    def _zones(self) -> list[str]:
        """Each place once: a reader's own zone may go by the name of a co-chair's."""
        named: dict[str, str] = {}
        for zone in (self.zone, "UTC", *CO_CHAIR_ZONES):
            named.setdefault(place(zone), zone)
        return list(named.values())

    def _joined(self, at: datetime, zones: list[str], shape: str) -> Markup:
        words = (f"{self._figures(at, zone, shape)} {place(zone)}" for zone in zones)
        return Markup(" · ").join(_time(at, text) for text in words)

    def _figures(self, at: datetime, zone: str, shape: str) -> str:
        """The clock there, and the day where it is not today's there."""
        local, today = at.astimezone(ZoneInfo(zone)), self.now.astimezone(ZoneInfo(zone))
        figures = f"{local:{shape}}"
        return figures if local.date() == today.date() else f"{local.day} {local:%b} {figures}"


def _appointed(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {day(local)}, {local:%H:%M} {place(zone)}"


def place(zone: str) -> str:
    """The name of a zone as it is said on pages and in messages alike."""
    return place_of(zone)


def day(at: datetime) -> str:
    """The day of the month and the month in words."""
    return f"{at.day} {at:%B}"


def clocks(now: datetime) -> list[tuple[str, str, int]]:
    """The clocks of the band with their minutes east: UTC with seconds, then each co-chair's."""
    there = [(now.astimezone(ZoneInfo(zone)), place(zone)) for zone in CO_CHAIR_ZONES]
    return [
        (f"{now.astimezone(UTC):%H:%M:%S}", "UTC", 0),
        *((f"{local:%H:%M}", name, _minutes_east(local)) for local, name in there),
    ]


def _minutes_east(local: datetime) -> int:
    return round((local.utcoffset() or timedelta()).total_seconds() / 60)


def minutes(length: timedelta) -> str:
    """A planned length of time: "30 minutes", "2 hours"."""
    whole = round(length.total_seconds() / 60)
    if whole % 60:
        return f"{whole} minutes"
    return "60 minutes" if whole == 60 else f"{whole // 60} hours"  # noqa: PLR2004 - an hour


def iso(at: datetime) -> str:
    """The instant for machines: RFC 3339 in UTC to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _time(at: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(iso(at), words)


def local_time(office: FocalPoint, now: datetime) -> str:
    """The office's clock, and whether it is at work."""
    local = now.astimezone(ZoneInfo(office.zone))
    weekend = f"{local:%a}".lower() in office.weekend or f"{local:%A}".lower() in office.weekend
    works = local.hour in OFFICE_HOURS and not weekend
    state = "in office hours" if works else "weekend" if weekend else "outside office hours"
    return f"{local:%H:%M} in {place(office.zone)}, {state}"
