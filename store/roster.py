"""What may a roster file say, and what is wrong with the one at hand?

YAML or CSV, checked at the door, every fault at once with its line and its remedy. What is then
made of it is `store.directory`'s.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

import phonenumbers
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from mechanism.vocabulary import Channel, MemberKind, MemberRole, Rank
from store.capabilities import CapabilityRow
from validation import (
    Fault,
    Form,
    InvalidFileError,
    MendableError,
    NotEmpty,
    Once,
    OneLine,
    Plain,
    compose,
    construct,
    faults_of,
    line_of,
    published,
)

Trail = tuple[str | int, ...]
Lines = Callable[[Trail], int | None]


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


Text = Annotated[Plain, BeforeValidator(_quoted), OneLine]
Name = Annotated[Text, StringConstraints(min_length=1)]
Language = Annotated[Text, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]


class ContactRow(Form):
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


class OfficeRow(Form):
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


class RosterMember(Form):
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


class RosterForm(Form):
    """The whole file."""

    members: Annotated[tuple[RosterMember, ...], NotEmpty]
    countries: tuple[CapabilityRow, ...] = Field(
        default=(), description="What is known here of SMS to a country; wins over the table."
    )


@dataclass(frozen=True)
class Roster:
    """Members in the order of their codes; `faults` is empty unless it was read in part."""

    members: tuple[RosterMember, ...]
    faults: tuple[Fault, ...] = field(default=(), compare=False)
    countries: tuple[CapabilityRow, ...] | None = None  # None: the file has no word about them


def read_roster(text: str, *, source: str, partial: bool = False) -> Roster:
    """The roster of a YAML or CSV file; RefusedError with every fault.

    With `partial`, members without a fault come back beside the faults of the others.
    """
    text = text.removeprefix("\ufeff")
    is_csv = source.lower().endswith(".csv")
    written = _csv_written(text, source) if is_csv else _yaml_written(text, source)
    good, faults = _checked(written.rows, written.lines)
    countries, more = _checked_countries(written)
    faults += more
    if faults and not partial:
        raise InvalidFileError(source, faults)
    return Roster(tuple(sorted(good, key=lambda m: m.code)), tuple(faults), countries)


@dataclass(frozen=True)
class _RosterFile:
    """A file's lists as they stand there, and the way back to their lines."""

    rows: list[object]
    lines: Lines
    countries: list[object] | None = None
    country_lines: Lines = lambda _path: None


def _csv_written(text: str, source: str) -> _RosterFile:
    return _RosterFile(*_csv_rows(text, source))


def _yaml_written(text: str, source: str) -> _RosterFile:
    node = compose(text, source=source)
    raw = construct(node, source=source)
    rows = raw.get("members") if isinstance(raw, dict) else None
    if not isinstance(rows, list) or not rows or not set(raw) <= {"members", "countries"}:
        mend = "Begin the file with 'members:' and list them below, each with a dash."
        raise InvalidFileError(source, [Fault(1, "file", "it is not a list of members", mend)])
    countries = raw.get("countries")
    if countries is not None and not isinstance(countries, list):
        mend = "List them below 'countries:', each with a dash."
        fault = Fault(line_of(node, ("countries",)), "countries", "it is not a list", mend)
        raise InvalidFileError(source, [fault])
    return _RosterFile(
        rows,
        lambda path: line_of(node, ("members", *path)),
        countries,
        lambda path: line_of(node, ("countries", *path)),
    )


def _checked_countries(
    written: _RosterFile,
) -> tuple[tuple[CapabilityRow, ...] | None, list[Fault]]:
    """The rows about countries, in order; None where the file has none or one has a fault."""
    if written.countries is None:
        return None, []
    found = [_read_country(i, row, written) for i, row in enumerate(written.countries)]
    faults = [fault for one in found if isinstance(one, list) for fault in one]
    good = [one for one in found if isinstance(one, CapabilityRow)]
    faults += _twice(good)
    if faults:
        return None, faults
    return tuple(sorted(good, key=lambda row: (row.country, row.provider))), []


def _read_country(i: int, row: object, written: _RosterFile) -> CapabilityRow | list[Fault]:
    try:
        read = CapabilityRow.model_validate(row)
        _country(read.country)
    except ValidationError as error:
        return [_placed_country(fault, i, written) for fault in faults_of(error, None)]
    except MendableError as error:
        fault = Fault(None, "country", error.wrong, error.mend)
        return [_placed_country(fault, i, written)]
    return read


def _placed_country(fault: Fault, i: int, written: _RosterFile) -> Fault:
    path = [] if fault.field == "file" else fault.field.split(".")
    line = written.country_lines((i, *(int(part) if part.isdigit() else part for part in path)))
    return replace(fault, line=line, field=".".join(["countries", str(i), *path]))


def _twice(rows: Sequence[CapabilityRow]) -> Iterator[Fault]:
    for n, row in enumerate(rows):
        if (row.country, row.provider) in {(r.country, r.provider) for r in rows[:n]}:
            wrong = f"{row.country} by {row.provider} is there already"
            yield Fault(None, "countries", wrong, "Say everything about it in one row.")


def _checked(rows: Sequence[object], lines: Lines) -> tuple[list[RosterMember], list[Fault]]:
    """The members without a fault, and the faults of all, in the order of the file."""
    good: list[RosterMember] = []
    faults: list[Fault] = []
    seen = _Seen(lines)
    for i, row in enumerate(rows):
        found = _read_member(row)
        if isinstance(found, RosterMember):
            again = list(seen.again(i, found))
            faults += again
            good += [] if again else [_inorder_of(found)]
        else:
            faults += [_placed(fault, i, row, lines) for fault in found]
    return good, faults


def _read_member(row: object) -> RosterMember | list[Fault]:
    try:
        return RosterMember.model_validate(row)
    except ValidationError as error:
        return faults_of(error, None)


def _placed(fault: Fault, i: int, row: object, lines: Lines) -> Fault:
    """The fault with its line, and with the member's code where one can be read."""
    path = [] if fault.field == "file" else fault.field.split(".")
    line = lines((i, *(int(part) if part.isdigit() else part for part in path)))
    code = row.get("code") if isinstance(row, dict) else None
    return replace(fault, line=line, field=".".join([str(code or f"members.{i}"), *path]))


def _inorder_of(member: RosterMember) -> RosterMember:
    """Offices by rank and addresses by channel: the same roster is equal however it was written."""
    offices = sorted(member.focal_points, key=lambda office: order_of(office.rank))
    return member.model_copy(update={"focal_points": tuple(map(_addresses_in_order, offices))})


def _addresses_in_order(office: OfficeRow) -> OfficeRow:
    contacts = sorted(office.contacts, key=lambda c: (list(Channel).index(c.channel), c.address))
    return office.model_copy(update={"contacts": tuple(contacts)})


def order_of(rank: Rank) -> int:
    """The place of a rank in the order of escalation."""
    return list(Rank).index(rank)


class _Seen:
    """What the file has named so far, to find what it names a second time."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._first: dict[tuple[str, ...], int | None] = {}

    def again(self, i: int, member: RosterMember) -> Iterator[Fault]:
        """A fault for everything of this member that was named before."""
        yield from self._one((i, "code"), ("member", member.code), member.code)
        for j, office in enumerate(member.focal_points):
            path: Trail = (i, "focal_points", j, "rank")
            yield from self._one(path, ("rank", member.code, office.rank), member.code)
            yield from self._addresses((i, "focal_points", j, "contacts"), member, office)

    def _addresses(self, path: Trail, member: RosterMember, office: OfficeRow) -> Iterator[Fault]:
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


MEMBER_COLUMNS: Final = (
    "code", "kind", "display_name", "protocol_name", "roles", "representation", "note",
)  # fmt: skip
OFFICE_COLUMNS: Final = (
    "rank", "office", "zone", "country", "weekend", "languages", "designation",
)  # fmt: skip
CONTACT_COLUMNS: Final = ("channel", "address", "verified_on")
COLUMNS: Final = (*MEMBER_COLUMNS, *OFFICE_COLUMNS, *CONTACT_COLUMNS)
"""The columns of a roster in CSV; several roles, days or languages are parted by spaces."""

_LISTS: Final = {"roles", "weekend", "languages"}
_MAY_LACK: Final = {
    "roles", "representation", "note", "weekend", "languages", "designation", "verified_on",
}  # fmt: skip


@dataclass(frozen=True)
class _RosterLine:
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
        contacts.append(line.part(CONTACT_COLUMNS))
    if faults:
        raise InvalidFileError(source, faults)
    return list(rows), lambda path: _nearest(lines, path)


def _nearest(lines: dict[Trail, int], path: Trail) -> int | None:
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)


def _member_at(rows: list[dict[str, Any]], line: _RosterLine, lines: dict[Trail, int]) -> int:
    code = line.fields.get("code")
    for i, row in enumerate(rows):
        if row.get("code") == code:
            return i
    lines[len(rows),] = line.number
    rows.append({**line.part(MEMBER_COLUMNS), "focal_points": []})
    return len(rows) - 1


def _office_at(row: dict[str, Any], i: int, line: _RosterLine, lines: dict[Trail, int]) -> int:
    offices = row["focal_points"]
    for j, office in enumerate(offices):
        if office.get("rank") == line.fields.get("rank"):
            return j
    lines[i, "focal_points", len(offices)] = line.number
    offices.append({**line.part(OFFICE_COLUMNS), "contacts": []})
    return len(offices) - 1


def _contradictions(
    member: dict[str, Any], office: dict[str, Any], line: _RosterLine
) -> Iterator[Fault]:
    """Fields that say something else than the first row of the same member or office."""
    for columns, first in ((MEMBER_COLUMNS, member), (OFFICE_COLUMNS, office)):
        here = line.part(columns)
        for name in columns:
            if here.get(name) != first.get(name):
                wrong = f"it says {here.get(name)!r} here and {first.get(name)!r} further up"
                yield Fault(line.number, name, wrong, "Say the same in each of these rows.")


def _table(text: str, source: str) -> list[_RosterLine]:
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
        raise InvalidFileError(source, [fault]) from error
    columns = rows[0][1] if rows else []
    faults = [*_column_faults(columns), *_width_faults(rows[1:], len(columns))]
    if faults:
        raise InvalidFileError(source, faults)
    return [_RosterLine(n, _given(columns, row)) for n, row in rows[1:] if any(row)]


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


def schemas() -> dict[str, str]:
    """The published JSON Schema by its file's name."""
    return {"roster.schema.json": published(RosterForm)}
