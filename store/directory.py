"""Who are the members, and how is each of them reached?

What is no longer in the roster is retired and never deleted: old notices keep their addressees.
Ledger entries are the caller's.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from mechanism import wording
from mechanism.lifecycle import Health
from mechanism.vocabulary import Channel, Rank
from store import capabilities
from store.roster import (
    CONTACT_COLUMNS,
    MEMBER_COLUMNS,
    OFFICE_COLUMNS,
    ContactRow,
    OfficeRow,
    Roster,
    RosterMember,
    order_of,
)
from store.tables import ContactPoint, FocalPoint, Member

STALE_AFTER: Final = timedelta(days=90)
"""How long the word of an office about its own address is trusted."""


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
        if roster.countries is not None:
            changed, gone = capabilities.replace(self._session, roster.countries)
            self._report.changed += changed
            self._report.retired += gone
        self._session.flush()
        return self._report

    def _member(self, row: RosterMember, member: Member | None) -> None:
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
            "rank_order": order_of(row.rank),
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
    countries = capabilities.exported(session)
    whole = {"members": rows, **({"countries": countries} if countries else {})}
    return yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=100)


def _exported_member(session: Session, member: Member) -> dict[str, object]:
    offices = [_exported_office(office) for office in offices_of(session, member.code)]
    return {**_columns(member, MEMBER_COLUMNS), "focal_points": offices}


def _exported_office(office: FocalPoint) -> dict[str, object]:
    contacts = [_columns(point, CONTACT_COLUMNS) for point in _in_force(office)]
    return {**_columns(office, OFFICE_COLUMNS), "contacts": contacts}


def _columns(row: Member | FocalPoint | ContactPoint, columns: Iterable[str]) -> dict[str, object]:
    values = {name: getattr(row, name) for name in columns}
    return {k: str(v) if isinstance(v, StrEnum) else v for k, v in values.items() if v is not None}


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
        return f"{wording.SPOKEN[point.channel]} was never confirmed."
    return f"{wording.SPOKEN[point.channel]} was last confirmed on {point.verified_on:%-d %B %Y}."


_SAID: Final[dict[AttentionCause, Callable[[ContactPoint], str]]] = {
    AttentionCause.OPTED_OUT: lambda point: f"{wording.SPOKEN[point.channel]} was opted out of.",
    AttentionCause.FAILED: lambda point: f"{wording.SPOKEN[point.channel]} does not work.",
    AttentionCause.STALE: _said_stale,
}
