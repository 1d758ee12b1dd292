"""Who are the members, and how is each of them reached?

A roster comes in as YAML or CSV and is checked at the door, every fault at once. What is no longer
in it is retired and never deleted: old notices keep their addressees. Ledger entries are the
caller's.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

import phonenumbers
import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from intake import Fault, MendableError, RefusedError, compose, faults_of, line_of
from mechanism.ladder import Channel, Rank
from store.tables import ContactPoint, FocalPoint, Health, Member, MemberKind, MemberRole

STALE_AFTER: Final = timedelta(days=90)
"""How long the word of an office about its own address is trusted."""

Trail = tuple[str | int, ...]
Lines = Callable[[Trail], int | None]


# --- what a row may say --------------------------------------------------------------------------


class Representation(StrEnum):
    """The Co-Chairs' recorded decision about who speaks for a member; nothing here decides it."""

    NORMAL = "normal"
    CONTESTED = "contested"
    SUSPENDED = "suspended"
    NO_CONTACT = "no_contact"


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_TEST_NUMBER: Final = re.compile(r"\+999[0-9]{6,12}")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL: Final = re.compile(
    rf"(?=.{{6,254}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?![0-9]){_LABEL}"
)
"""The dot-atom form of RFC 5322, in ASCII, with a domain of at least two labels."""
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def _plain(text: str) -> str:
    if "[[" in text or "]]" in text:
        raise MendableError("'[[' and ']]' mark holes of our own", "Use single brackets.")
    found = _UNPRINTABLE.search(text)
    if found:
        wrong = f"it holds the invisible sign U+{ord(found[0]):04X}"
        raise MendableError(wrong, "Type it anew, on one line and without formatting.")
    return text


def _quoted(value: object) -> object:
    """YAML reads +999… as a number and NO as a no."""
    if isinstance(value, bool | int | float):
        wrong = f"it was read as {value!r} and not as text"
        raise MendableError(wrong, "Put it in quotation marks.")
    return value


def _zone(name: str) -> str:
    if name not in _zones():
        mend = "Use a name of the IANA list, such as Asia/Dhaka."
        raise MendableError(f"no time zone is called {name!r}", mend)
    return name


def _country(code: str) -> str:
    if code not in _countries():
        mend = "Use two capital letters of ISO 3166, such as BD."
        raise MendableError(f"no country has the code {code!r}", mend)
    return code


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _countries() -> frozenset[str]:
    """ISO 3166 as the time zone database publishes it."""
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if not line.startswith("#"))


def _different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        raise MendableError("it names something twice", "Name each once.")
    return values


def _not_empty(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """As min_length, but silent while an item has a fault of its own."""
    if not values:
        raise MendableError("it is empty", "Name at least one.")
    return values


Text = Annotated[
    str, BeforeValidator(_quoted), StringConstraints(strip_whitespace=True), AfterValidator(_plain)
]
Name = Annotated[Text, StringConstraints(min_length=1)]
Language = Annotated[Text, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
Once = AfterValidator(_different)
NotEmpty = AfterValidator(_not_empty)


class _Row(BaseModel):
    """Frozen, and nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ContactRow(_Row):
    """An address of an office."""

    channel: Channel
    address: Name = Field(description="E-mail address, or number with + and country code.")
    verified_on: date | None = Field(
        default=None, description="When the office itself last confirmed it; left out if never."
    )

    @field_validator("address")
    @classmethod
    def _fits_its_channel(cls, address: str, known: ValidationInfo) -> str:
        match known.data.get("channel"):
            case None:  # it has a fault of its own
                return address
            case Channel.EMAIL:
                return _email(address)
            case _:
                return _number(address)


def _email(address: str) -> str:
    if not _EMAIL.fullmatch(address):
        mend = "Use the plain form name@office.example, without quotation marks or a display name."
        raise MendableError(f"{address!r} is not an e-mail address", mend)
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def _number(written: str) -> str:
    """E.164; the test range +999, which no telephone network has, is let through as it is."""
    bare = re.sub(r"[ ()./-]", "", written)
    if _TEST_NUMBER.fullmatch(bare):
        return bare
    try:
        number = phonenumbers.parse(bare if re.fullmatch(r"\+[0-9]{6,16}", bare) else "")
    except phonenumbers.NumberParseException:
        number = phonenumbers.PhoneNumber()
    if not phonenumbers.is_valid_number(number):
        mend = "Write + and the country code, then the number, such as +61 491 570 156."
        raise MendableError(f"{written!r} is not a telephone number", mend)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class OfficeRow(_Row):
    """An office of a member, with its place in the order of escalation."""

    rank: Rank
    office: Annotated[Name, Field(max_length=120, description="An office, never a person.")]
    zone: Annotated[Name, AfterValidator(_zone)] = Field(description="IANA time zone.")
    country: Annotated[Name, AfterValidator(_country)] = Field(
        description="ISO 3166 code of the country where the office is; decides how it can reply."
    )
    weekend: Annotated[tuple[Weekday, ...], Once] = Field(
        default=(), max_length=3, description="Days when it is closed; none for a duty office."
    )
    languages: Annotated[tuple[Language, ...], Once, NotEmpty] = Field(
        default=("en",), description="ISO 639 language tags, the preferred first."
    )
    designation: Annotated[Text, Field(max_length=200)] = Field(
        default="", description="Why this address is authoritative: the note's number and date."
    )
    contacts: Annotated[tuple[ContactRow, ...], NotEmpty] = Field(max_length=12)


class MemberRow(_Row):
    """A state or organisation, and its offices."""

    code: Annotated[Name, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,15}$")] = Field(
        description="Short capital letters; ISO 3166 for states by custom, but any will do."
    )
    kind: MemberKind
    display_name: Annotated[Name, Field(max_length=80)]
    protocol_name: Annotated[Name, Field(max_length=200, description="For formal papers.")]
    roles: Annotated[tuple[MemberRole, ...], Once] = ()
    representation: Representation = Representation.NORMAL
    note: Annotated[Text, Field(max_length=500)] = ""
    focal_points: Annotated[tuple[OfficeRow, ...], NotEmpty]


class RosterForm(_Row):
    """The whole file."""

    members: Annotated[tuple[MemberRow, ...], NotEmpty]


@dataclass(frozen=True)
class Roster:
    """Members in the order of their codes; `faults` is empty unless it was read in part."""

    members: tuple[MemberRow, ...]
    faults: tuple[Fault, ...] = field(default=(), compare=False)


# --- reading -------------------------------------------------------------------------------------


def read_roster(text: str, *, source: str, partial: bool = False) -> Roster:
    """The roster of a YAML or CSV file; RefusedError with every fault.

    With `partial`, members without a fault come back beside the faults of the others.
    """
    text = text.removeprefix("\ufeff")
    is_csv = source.lower().endswith(".csv")
    rows, lines = _csv_rows(text, source) if is_csv else _yaml_rows(text, source)
    good, faults = _checked(rows, lines)
    if faults and not partial:
        raise RefusedError(source, faults)
    return Roster(tuple(sorted(good, key=lambda m: m.code)), tuple(faults))


def _yaml_rows(text: str, source: str) -> tuple[list[object], Lines]:
    node = compose(text, source=source)
    try:
        raw = yaml.safe_load(text)
    except ValueError as error:  # PyYAML lets a date such as 30 February through as far as this
        fault = Fault(None, "file", f"it holds a date that does not exist ({error})", "Correct it.")
        raise RefusedError(source, [fault]) from error
    rows = raw.get("members") if isinstance(raw, dict) else None
    if not isinstance(rows, list) or not rows or set(raw) != {"members"}:
        mend = "Begin the file with 'members:' and list them below, each with a dash."
        raise RefusedError(source, [Fault(1, "file", "it is not a list of members", mend)])
    return rows, lambda path: line_of(node, ("members", *path))


def _checked(rows: Sequence[object], lines: Lines) -> tuple[list[MemberRow], list[Fault]]:
    """The members without a fault, and the faults of all, in the order of the file."""
    good: list[MemberRow] = []
    faults: list[Fault] = []
    seen = _Seen(lines)
    for i, row in enumerate(rows):
        found = _read_member(row)
        if isinstance(found, MemberRow):
            again = list(seen.again(i, found))
            faults += again
            good += [] if again else [_in_order(found)]
        else:
            faults += [_placed(fault, i, row, lines) for fault in found]
    return good, faults


def _read_member(row: object) -> MemberRow | list[Fault]:
    try:
        return MemberRow.model_validate(row)
    except ValidationError as error:
        return faults_of(error, None)


def _placed(fault: Fault, i: int, row: object, lines: Lines) -> Fault:
    """The fault with its line, and with the member's code where one can be read."""
    path = [] if fault.field == "file" else fault.field.split(".")
    line = lines((i, *(int(part) if part.isdigit() else part for part in path)))
    code = row.get("code") if isinstance(row, dict) else None
    return replace(fault, line=line, field=".".join([str(code or f"members.{i}"), *path]))


def _in_order(member: MemberRow) -> MemberRow:
    """Offices by rank and addresses by channel: the same roster is equal however it was written."""
    offices = sorted(member.focal_points, key=lambda office: _order(office.rank))
    return member.model_copy(update={"focal_points": tuple(map(_addresses_in_order, offices))})


def _addresses_in_order(office: OfficeRow) -> OfficeRow:
    contacts = sorted(office.contacts, key=lambda c: (list(Channel).index(c.channel), c.address))
    return office.model_copy(update={"contacts": tuple(contacts)})


def _order(rank: Rank) -> int:
    return list(Rank).index(rank)


class _Seen:
    """What the file has named so far, to find what it names a second time."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._first: dict[tuple[str, ...], int | None] = {}

    def again(self, i: int, member: MemberRow) -> Iterator[Fault]:
        """A fault for everything of this member that was named before."""
        yield from self._one((i, "code"), ("member", member.code), member.code)
        for j, office in enumerate(member.focal_points):
            path: Trail = (i, "focal_points", j, "rank")
            yield from self._one(path, ("rank", member.code, office.rank), member.code)
            yield from self._addresses((i, "focal_points", j, "contacts"), member, office)

    def _addresses(self, path: Trail, member: MemberRow, office: OfficeRow) -> Iterator[Fault]:
        for k, contact in enumerate(office.contacts):
            key = ("address", contact.channel, contact.address.lower())
            yield from self._one((*path, k, "address"), key, member.code)

    def _one(self, path: Trail, key: tuple[str, ...], code: str) -> Iterator[Fault]:
        line = self._lines(path)
        if key not in self._first:
            self._first[key] = line
            return
        where = f" (first on line {self._first[key]})" if self._first[key] else ""
        name = ".".join([code, *map(str, path[1:])])
        yield Fault(line, name, f"this {key[0]} is there already{where}", _TWICE[key[0]])


_TWICE: Final = {
    "member": "Put all offices of a member under one entry.",
    "rank": "Give each office of a member its own rank.",
    "address": "An answer must tell whose it is: give each office its own address.",
}


# --- CSV: one row per address, everything else repeated ------------------------------------------

_MEMBER_COLUMNS: Final = (
    "code", "kind", "display_name", "protocol_name", "roles", "representation", "note",
)  # fmt: skip
_OFFICE_COLUMNS: Final = (
    "rank", "office", "zone", "country", "weekend", "languages", "designation",
)  # fmt: skip
_CONTACT_COLUMNS: Final = ("channel", "address", "verified_on")
COLUMNS: Final = (*_MEMBER_COLUMNS, *_OFFICE_COLUMNS, *_CONTACT_COLUMNS)
"""The columns of a roster in CSV; several roles, days or languages are parted by spaces."""

_LISTS: Final = {"roles", "weekend", "languages"}
_MAY_LACK: Final = {
    "roles", "representation", "note", "weekend", "languages", "designation", "verified_on",
}  # fmt: skip


@dataclass(frozen=True)
class _Line:
    """One row of the file, by column, empty fields left out."""

    number: int
    fields: dict[str, str]

    def part(self, columns: Iterable[str]) -> dict[str, object]:
        """Some of its fields as a model reads them."""
        given = {name: self.fields[name] for name in columns if name in self.fields}
        return {k: v.split() if k in _LISTS else v for k, v in given.items()}


def _csv_rows(text: str, source: str) -> tuple[list[object], Lines]:
    table = _table(text, source)
    rows: list[dict[str, Any]] = []
    lines: dict[Trail, int] = {}
    faults: list[Fault] = []
    for line in table:
        i = _member_at(rows, line, lines)
        j = _office_at(rows[i], i, line, lines)
        faults += _contradictions(rows[i], rows[i]["focal_points"][j], line)
        contacts = rows[i]["focal_points"][j]["contacts"]
        lines[i, "focal_points", j, "contacts", len(contacts)] = line.number
        contacts.append(line.part(_CONTACT_COLUMNS))
    if faults:
        raise RefusedError(source, faults)
    return list(rows), lambda path: _nearest(lines, path)


def _nearest(lines: dict[Trail, int], path: Trail) -> int | None:
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)


def _member_at(rows: list[dict[str, Any]], line: _Line, lines: dict[Trail, int]) -> int:
    code = line.fields.get("code")
    for i, row in enumerate(rows):
        if row.get("code") == code:
            return i
    lines[len(rows),] = line.number
    rows.append({**line.part(_MEMBER_COLUMNS), "focal_points": []})
    return len(rows) - 1


def _office_at(row: dict[str, Any], i: int, line: _Line, lines: dict[Trail, int]) -> int:
    offices = row["focal_points"]
    for j, office in enumerate(offices):
        if office.get("rank") == line.fields.get("rank"):
            return j
    lines[i, "focal_points", len(offices)] = line.number
    offices.append({**line.part(_OFFICE_COLUMNS), "contacts": []})
    return len(offices) - 1


def _contradictions(member: dict[str, Any], office: dict[str, Any], line: _Line) -> Iterator[Fault]:
    """Fields that say something else than the first row of the same member or office."""
    for columns, first in ((_MEMBER_COLUMNS, member), (_OFFICE_COLUMNS, office)):
        here = line.part(columns)
        for name in columns:
            if here.get(name) != first.get(name):
                wrong = f"it says {here.get(name)!r} here and {first.get(name)!r} further up"
                yield Fault(line.number, name, wrong, "Say the same in each of these rows.")


def _table(text: str, source: str) -> list[_Line]:
    """The rows of the file under their column names; spreadsheets part them by , or ;."""
    head = text.partition("\n")[0]
    reader = csv.reader(
        StringIO(text, newline=""), delimiter=";" if ";" in head else ",", strict=True
    )
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        fault = Fault(
            reader.line_num, "file", f"not readable as CSV ({error})", "Check the quotes."
        )
        raise RefusedError(source, [fault]) from error
    columns = rows[0][1] if rows else []
    faults = [*_column_faults(columns), *_width_faults(rows[1:], len(columns))]
    if faults:
        raise RefusedError(source, faults)
    return [_Line(n, _given(columns, row)) for n, row in rows[1:] if any(row)]


def _given(columns: list[str], row: list[str]) -> dict[str, str]:
    return {name: cell for name, cell in zip(columns, row, strict=True) if cell}


def _column_faults(columns: list[str]) -> Iterator[Fault]:
    for name in COLUMNS:
        if name not in columns and name not in _MAY_LACK:
            yield Fault(1, name, "this column is missing", "Add it to the first row.")
    for name in columns:
        if name not in COLUMNS:
            mend = f"Remove it, or use one of: {', '.join(COLUMNS)}."
            yield Fault(1, name or "file", "this column is not known", mend)
        elif columns.count(name) > 1:
            yield Fault(1, name, "this column is there twice", "Remove one of them.")


def _width_faults(rows: list[tuple[int, list[str]]], width: int) -> Iterator[Fault]:
    for number, row in rows:
        if any(row) and len(row) != width:
            wrong = f"it has {len(row)} fields, the first row has {width}"
            yield Fault(number, "file", wrong, "Put quotes around fields that hold a comma.")


# --- importing and exporting ---------------------------------------------------------------------

_WITH_OFFICES: Final = select(Member).options(
    selectinload(Member.focal_points).selectinload(FocalPoint.contact_points)
)


@dataclass
class ImportReport:
    """What an import did, by names such as BD, BD/primary and BD/primary/email; no addresses."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def import_roster(session: Session, roster: Roster, *, now: datetime) -> ImportReport:
    """Make the directory say what the roster says.

    What is no longer there is retired, unless the roster was read in part: then a member that is
    missing may be missing for its fault only.
    """
    return _Import(session, now).of(roster)


class _Import:
    """One import under way."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._report = ImportReport()

    def of(self, roster: Roster) -> ImportReport:
        """Upsert every row, then retire what no row named."""
        known = {member.code: member for member in self._session.scalars(_WITH_OFFICES)}
        for row in roster.members:
            self._member(row, known.get(row.code))
        if not roster.faults:
            named = {row.code for row in roster.members}
            for member in known.values():
                if member.code not in named:
                    self._retire_member(member)
        self._session.flush()
        return self._report

    def _member(self, row: MemberRow, member: Member | None) -> None:
        values = {
            **row.model_dump(exclude={"focal_points"}),
            "roles": [str(role) for role in row.roles],
            "representation": str(row.representation),
        }
        if member is None:
            member = Member(**values, focal_points=[])
            self._session.add(member)
            self._report.added.append(row.code)
        else:
            self._set(member, values, row.code)
        known = {office.rank: office for office in member.focal_points}
        for office_row in row.focal_points:
            self._office(member, office_row, known.pop(office_row.rank, None))
        for office in known.values():
            self._retire_office(office)

    def _office(self, member: Member, row: OfficeRow, office: FocalPoint | None) -> None:
        name = f"{member.code}/{row.rank}"
        values = {
            **row.model_dump(exclude={"contacts", "weekend", "languages"}),
            "rank_order": _order(row.rank),
            "weekend": [str(day) for day in row.weekend],
            "languages": list(row.languages),
        }
        if office is None:
            office = FocalPoint(**values, contact_points=[])
            member.focal_points.append(office)
            self._report.added.append(name)
        else:
            self._set(office, values, name)
        known = {(point.channel, point.address): point for point in office.contact_points}
        for contact_row in row.contacts:
            key = (contact_row.channel, contact_row.address)
            self._contact(office, contact_row, known.pop(key, None))
        for point in known.values():
            self._retire(point, f"{name}/{point.channel}")

    def _contact(self, office: FocalPoint, row: ContactRow, point: ContactPoint | None) -> None:
        name = f"{office.member.code}/{office.rank}/{row.channel}"
        if point is not None:
            self._set(point, row.model_dump(), name)
            return
        health, note = self._health_elsewhere(row)
        office.contact_points.append(
            ContactPoint(**row.model_dump(), health=health, health_note=note)
        )
        self._report.added.append(name)

    def _health_elsewhere(self, row: ContactRow) -> tuple[Health, str]:
        """A number that was opted out stays so when it moves to another office."""
        same = (ContactPoint.channel == row.channel, ContactPoint.address == row.address)
        latest = select(ContactPoint).where(*same).order_by(ContactPoint.id.desc()).limit(1)
        before = self._session.scalar(latest)
        return (before.health, before.health_note) if before else (Health.UNPROVEN, "")

    def _set(
        self, row: Member | FocalPoint | ContactPoint, values: dict[str, Any], name: str
    ) -> None:
        """Write what differs; a row that was retired and is named again is in force again."""
        new = {**values, "retired_at": None}
        differs = [key for key, value in new.items() if getattr(row, key) != value]
        for key in differs:
            setattr(row, key, new[key])
        (self._report.changed if differs else self._report.unchanged).append(name)

    def _retire_member(self, member: Member) -> None:
        for office in member.focal_points:
            self._retire_office(office)
        self._retire(member, member.code)

    def _retire_office(self, office: FocalPoint) -> None:
        name = f"{office.member_code}/{office.rank}"
        for point in office.contact_points:
            self._retire(point, f"{name}/{point.channel}")
        self._retire(office, name)

    def _retire(self, row: Member | FocalPoint | ContactPoint, name: str) -> None:
        if row.retired_at is None:
            row.retired_at = self._now
            self._report.retired.append(name)


def export_roster(session: Session) -> str:
    """The directory as YAML that reads back as an equal roster."""
    rows = [_exported_member(session, member) for member in members(session)]
    return yaml.safe_dump({"members": rows}, sort_keys=False, allow_unicode=True, width=100)


def _exported_member(session: Session, member: Member) -> dict[str, object]:
    offices = [_exported_office(office) for office in offices_of(session, member.code)]
    return {**_columns(member, _MEMBER_COLUMNS), "focal_points": offices}


def _exported_office(office: FocalPoint) -> dict[str, object]:
    contacts = [_columns(point, _CONTACT_COLUMNS) for point in _in_force(office)]
    return {**_columns(office, _OFFICE_COLUMNS), "contacts": contacts}


def _columns(row: Member | FocalPoint | ContactPoint, columns: Iterable[str]) -> dict[str, object]:
    values = {name: getattr(row, name) for name in columns}
    return {k: str(v) if isinstance(v, StrEnum) else v for k, v in values.items() if v is not None}


# --- asking --------------------------------------------------------------------------------------


def members(session: Session) -> Sequence[Member]:
    """Every member in force, in the order of the codes, with offices and addresses loaded."""
    in_force = _WITH_OFFICES.where(Member.retired_at.is_(None)).order_by(Member.code)
    return session.scalars(in_force).all()


def co_chairs(session: Session) -> list[Member]:
    """The members who may activate."""
    return [member for member in members(session) if member.is_co_chair]


def offices_of(session: Session, code: str) -> Sequence[FocalPoint]:
    """The offices of a member in force, in the order of escalation."""
    mine = (FocalPoint.member_code == code, FocalPoint.retired_at.is_(None))
    in_order = select(FocalPoint).where(*mine).order_by(FocalPoint.rank_order)
    return session.scalars(in_order.options(selectinload(FocalPoint.contact_points))).all()


def usable(point: ContactPoint) -> bool:
    """Whether writing to it can be of use."""
    return point.retired_at is None and point.health not in {Health.FAILED, Health.OPTED_OUT}


def stale(point: ContactPoint, *, today: date) -> bool:
    """Whether the office's own word about it is older than 90 days, or was never given.

    A date later than tomorrow is a mistake and proves nothing; tomorrow it is already in Auckland.
    """
    if point.verified_on is None:
        return True
    return not timedelta(days=-1) <= today - point.verified_on <= STALE_AFTER


class AttentionCause(StrEnum):
    """Why somebody must look at an entry of the directory."""

    NO_EMAIL = "no_email"  # no office of the member has a usable e-mail address
    NO_SMS = "no_sms"  # no office of the member has a usable number for texts
    NO_ALTERNATE = "no_alternate"  # nobody stands behind the primary
    FAILED = "failed"  # the address does not work
    OPTED_OUT = "opted_out"  # the person sent STOP; only the person can undo it
    STALE = "stale"  # not confirmed for 90 days


@dataclass(frozen=True)
class Attention:
    """Something in the directory to be seen to, the whole member or one address of it."""

    member_code: str
    cause: AttentionCause
    sentence: str
    rank: Rank | None = None
    channel: Channel | None = None
    contact_point_id: int | None = None


def attention(session: Session, *, today: date) -> list[Attention]:
    """Everything to be seen to, by member; what is wrong with the member as a whole comes first."""
    return [
        found
        for member in members(session)
        for found in (*_of_member(member), *_of_addresses(member, today))
    ]


def _offices(member: Member) -> list[FocalPoint]:
    return [office for office in member.focal_points if office.retired_at is None]


def _in_force(office: FocalPoint) -> list[ContactPoint]:
    return [point for point in office.contact_points if point.retired_at is None]


def _of_member(member: Member) -> Iterator[Attention]:
    offices, name = _offices(member), member.display_name
    by = {point.channel for office in offices for point in _in_force(office) if usable(point)}
    if Channel.EMAIL not in by:
        sentence = f"{name} has no e-mail address that works."
        yield Attention(member.code, AttentionCause.NO_EMAIL, sentence)
    if Channel.SMS not in by:
        sentence = f"{name} has no number for texts that works."
        yield Attention(member.code, AttentionCause.NO_SMS, sentence)
    if not {Rank.ALTERNATE_1, Rank.ALTERNATE_2} & {office.rank for office in offices}:
        sentence = f"{name} has no alternate."
        yield Attention(member.code, AttentionCause.NO_ALTERNATE, sentence)


def _of_addresses(member: Member, today: date) -> Iterator[Attention]:
    for office in _offices(member):
        for point in _in_force(office):
            cause = _cause(point, today)
            if cause is not None:
                sentence = f"{member.display_name}, {office.office}: {_SAID[cause](point)}"
                place = (office.rank, point.channel, point.id)
                yield Attention(member.code, cause, sentence, *place)


def _cause(point: ContactPoint, today: date) -> AttentionCause | None:
    """The worst that is known of an address."""
    if point.health is Health.OPTED_OUT:
        return AttentionCause.OPTED_OUT
    if point.health is Health.FAILED:
        return AttentionCause.FAILED
    return AttentionCause.STALE if stale(point, today=today) else None


def _said_stale(point: ContactPoint) -> str:
    if point.verified_on is None:
        return f"{point.channel} was never confirmed."
    return f"{point.channel} was last confirmed on {point.verified_on.isoformat()}."


_SAID: Final[dict[AttentionCause, Callable[[ContactPoint], str]]] = {
    AttentionCause.OPTED_OUT: lambda point: f"{point.channel} was opted out of.",
    AttentionCause.FAILED: lambda point: f"{point.channel} does not work.",
    AttentionCause.STALE: _said_stale,
}


def schemas() -> dict[str, str]:
    """The published JSON Schema by its file's name."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema = dialect | RosterForm.model_json_schema()
    return {"roster.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"}
