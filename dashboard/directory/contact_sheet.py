"""Whom does an officer call, and on which number, when everything here is down?

The contact sheet is paper: printed while all is well, kept under lock. It is masked until somebody
asks for the numbers with a reason, and that is logged, as everywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening.replies.by_call import to_call
from dashboard.web import labels
from dashboard.web.address import activation_named
from dashboard.web.labels import Sign
from dashboard.web.layout import STATIC, TEMPLATES, band_of, page
from dashboard.web.page import DESK, Page, PageRequest
from dashboard.web.sessions import note_uncovered
from dashboard.web.times import OFFICE_HOURS, Times, place
from mechanism import wording
from mechanism.lifecycle import NoticeState
from mechanism.vocabulary import Channel
from store import directory, ledger
from store.act import Act
from store.events import Noted
from store.tables import Activation, ContactPoint, FocalPoint, Member, Notice
from validation import Fault

IN_ORDER: Final = (Channel.VOICE, Channel.SMS, Channel.EMAIL)
"""A person at a desk is called first; what needs a network that may be down comes last."""

NO_REASON: Final = Fault(None, "reason", "The reason is missing", "Write why you need them.")


@dataclass(frozen=True)
class SheetLine:
    """One address, as it is printed."""

    channel: str
    shown: str
    sign: Sign
    verified: str


@dataclass(frozen=True)
class Desk:
    """One office of a member."""

    rank: str
    name: str
    languages: str
    zone: str  # its place, and how far it is from UTC on the day of printing
    hours: str  # when it is at work, in UTC
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True)
class SheetEntry:
    """One member, in the order in which members are called."""

    member: Member
    desks: tuple[Desk, ...]
    sign: Sign | None = None  # how its notice stands; None on the sheet of the whole directory
    words: str = ""  # the two words of its message; "" where there is none, or it is masked
    done: bool = False


@dataclass(frozen=True)
class Sheet:
    """Everything that is on the paper."""

    entries: tuple[SheetEntry, ...]
    contacts: tuple[ContactPoint, ...]
    covered: bool
    activation: Activation | None = None


def of_directory(session: Session, *, now: datetime, covered: bool) -> Sheet:
    """Every member, the co-chairs first."""
    members = sorted(
        directory.members(session), key=lambda one: (not one.is_co_chair, one.display_name)
    )
    entries = tuple(SheetEntry(one, _desks(one, now, covered=covered)) for one in members)
    return Sheet(entries, _contacts(members), covered)


def of_situation(activation: Activation, *, now: datetime, covered: bool) -> Sheet:
    """Those who were asked, whoever cannot be reached first, and whoever has answered last."""
    left = to_call(activation)
    done = [n for n in activation.notices if n.state is NoticeState.ACKNOWLEDGED]
    notices = [*left, *sorted(done, key=lambda n: n.member.display_name)]
    entries = tuple(_entry(notice, now, covered=covered) for notice in notices)
    return Sheet(entries, _contacts([n.member for n in notices]), covered, activation)


def _entry(notice: Notice, now: datetime, *, covered: bool) -> SheetEntry:
    return SheetEntry(
        notice.member,
        _desks(notice.member, now, covered=covered),
        labels.NOTICE[notice.state],
        "" if covered else notice.words,
        notice.state is NoticeState.ACKNOWLEDGED,
    )


def _contacts(members: Sequence[Member]) -> tuple[ContactPoint, ...]:
    return tuple(c for one in members for office in _offices(one) for c in _standing(office))


def _desks(member: Member, now: datetime, *, covered: bool) -> tuple[Desk, ...]:
    return tuple(_desk(office, now, covered=covered) for office in _offices(member))


def _desk(office: FocalPoint, now: datetime, *, covered: bool) -> Desk:
    return Desk(
        labels.RANK[office.rank],
        office.office,
        ", ".join(office.languages),
        f"{place(office.zone)}, {_offset(office.zone, now)}",
        _hours(office, now),
        tuple(_line(c, covered=covered) for c in _standing(office)),
    )


def _line(contact: ContactPoint, *, covered: bool) -> SheetLine:
    shown = labels.masked(contact.channel, contact.address) if covered else contact.address
    verified = (
        f"verified {contact.verified_on:%-d %B %Y}" if contact.verified_on else "never verified"
    )
    return SheetLine(
        wording.CHANNEL[contact.channel], shown, labels.HEALTH[contact.health], verified
    )


def _offices(member: Member) -> Iterator[FocalPoint]:
    return (office for office in member.focal_points if office.retired_at is None)


def _standing(office: FocalPoint) -> list[ContactPoint]:
    standing = [c for c in office.contact_points if c.retired_at is None]
    return sorted(standing, key=lambda c: IN_ORDER.index(c.channel))


def _offset(zone: str, now: datetime) -> str:
    """How far from UTC: paper has no clock."""
    minutes = (
        round((now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds()) // 60
    )
    sign = "+" if minutes >= 0 else "\N{MINUS SIGN}"
    return f"UTC{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


def _hours(office: FocalPoint, now: datetime) -> str:
    """When the office is at work, in UTC, and on which days it is not."""
    there = now.astimezone(ZoneInfo(office.zone)).replace(minute=0, second=0, microsecond=0)
    first, end = (
        there.replace(hour=hour).astimezone(ZoneInfo("UTC"))
        for hour in (OFFICE_HOURS.start, OFFICE_HOURS.stop)
    )
    closed = ", ".join(day.capitalize() for day in office.weekend)
    return f"{first:%H:%M} to {end:%H:%M} UTC" + (f", not {closed}" if closed else "")


def show_directory_sheet(request: PageRequest) -> Response:
    """The whole directory, masked."""
    with request.installation.database.reading() as session:
        return _page(request, of_directory(session, now=request.now, covered=True))


def print_directory_sheet(request: PageRequest) -> Response:
    """The whole directory with its numbers, once; who asked, and why, is written down."""
    with request.installation.database.transaction() as session:
        covered = not request.typed("reason")
        return _uncovered(request, session, of_directory(session, now=request.now, covered=covered))


def show_situation_sheet(request: PageRequest) -> Response:
    """Those who were asked in a situation, masked."""
    with request.installation.database.reading() as session:
        activation = activation_named(session, request)
        return _page(request, of_situation(activation, now=request.now, covered=True))


def print_situation_sheet(request: PageRequest) -> Response:
    """The same with numbers and words."""
    with request.installation.database.transaction() as session:
        activation, covered = activation_named(session, request), not request.typed("reason")
        return _uncovered(
            request, session, of_situation(activation, now=request.now, covered=covered)
        )


def _uncovered(request: PageRequest, session: Session, sheet: Sheet) -> Response:
    reason = request.typed("reason")
    if not reason:
        return _page(request, sheet, faults=(NO_REASON,))
    note_uncovered(
        session, request.who, sheet.contacts, reason=f"Printed: {reason}", now=request.now
    )
    return _page(request, sheet)


def _page(request: PageRequest, sheet: Sheet, *, faults: tuple[Fault, ...] = ()) -> Response:
    words_of_page: dict[str, Any] = {
        "sheet": sheet,
        "printed_by": request.who.signature,
        "reason": request.typed("reason"),
        "faults": faults,
    }
    if sheet.activation is not None:
        reference = sheet.activation.situation.reference
        words_of_page["band"] = band_of(sheet.activation.kind, reference)
    return page(
        request, "directory/contact_sheet.html", status=400 if faults else 200, **words_of_page
    )


def for_the_host(session: Session, act: Act, *, reason: str) -> str:
    """The whole directory as one file of HTML that needs nothing else, full numbers and all."""
    sheet = of_directory(session, now=act.at, covered=False)
    ledger.append(
        session,
        act,
        Noted.CONTACT_POINT_UNCOVERED,
        subject=ledger.Subject(ledger.SYSTEM_LOG, "directory", "sheet"),
        data={"contact_points": [contact.id for contact in sheet.contacts]},
        private={"reason": f"Printed: {reason}"},
    )
    return TEMPLATES.get_template("directory/contact_sheet_file.html").render(
        sheet=sheet,
        printed_by="the operator, from the host",
        now=act.at,
        times=Times("UTC", act.at),
        style=(STATIC / "contact_sheet.css").read_text("utf-8"),
    )


DIRECTORY_SHEET: Final = Page(
    "/directory/sheet",
    show_directory_sheet,
    print_directory_sheet,
    lets=DESK,
    proof="print the contact sheet",
)
SITUATION_SHEET: Final = Page(
    "/situation/{reference}/sheet",
    show_situation_sheet,
    print_situation_sheet,
    lets=DESK,
    proof="print the contact sheet",
)
