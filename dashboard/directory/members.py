"""Who stands in the directory, and what must be seen to?

Addresses are masked. A full one is shown by a button with a reason, and that is logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from dashboard.web import labels
from dashboard.web.errors import RefusedError
from dashboard.web.labels import Sign
from dashboard.web.layout import page
from dashboard.web.page import DESK, READERS, SECRETARIAT, MenuEntry, Page, PageRequest
from dashboard.web.sessions import note_uncovered
from dashboard.web.times import local_time
from mechanism import wording
from mechanism.vocabulary import Channel
from notifications.content.country_rules import Capability, capability
from store import directory
from store.directory import Attention, AttentionCause
from store.tables import ContactPoint, FocalPoint, Member
from validation import Fault


@dataclass(frozen=True)
class Card:
    """One member in the list, with what must be seen to."""

    member: Member
    attention: tuple[Attention, ...]


def show_directory(request: PageRequest) -> Response:
    """Every member, those first that need attention."""
    only = request.asked("show") == "attention"
    with request.installation.database.reading() as session:
        found = directory.attention(session, today=request.now.date())
        cards = [_card(member, found) for member in directory.members(session)]
        cards.sort(key=lambda card: (not card.attention, card.member.display_name))
        return page(
            request,
            "directory/members.html",
            cards=[card for card in cards if card.attention or not only],
            members=len(cards),
            needing=sum(bool(card.attention) for card in cards),
            unreachable=sum(map(_unreachable, cards)),
            stale=sum(any(a.cause is AttentionCause.STALE for a in c.attention) for c in cards),
            only=only,
            may_see_reach=request.who.role in DESK,
        )


def _card(member: Member, found: Sequence[Attention]) -> Card:
    return Card(member, tuple(a for a in found if a.member_code == member.code))


def _unreachable(card: Card) -> bool:
    return {AttentionCause.NO_EMAIL, AttentionCause.NO_SMS} <= {a.cause for a in card.attention}


@dataclass(frozen=True)
class Address:
    """One contact point as it is shown."""

    channel: str
    shown: str
    sign: Sign
    contact: ContactPoint
    replies: str
    due: str  # that the office must confirm it anew


@dataclass(frozen=True)
class OfficeEntry:
    """One office of a member with its addresses, in the order of escalation."""

    row: FocalPoint
    rank: str
    there: str
    addresses: tuple[Address, ...]


def show_entry(request: PageRequest) -> Response:
    """One member with its offices, addresses masked."""
    with request.installation.database.reading() as session:
        return _entry_page(request, session)


def uncover(request: PageRequest) -> Response:
    """The same page with full addresses, once; who asked, and why, is written down."""
    reason = request.typed("reason")
    with request.installation.database.transaction() as session:
        if not reason:
            fault = Fault(None, "reason", "The reason is missing", "Write why you need them.")
            return _entry_page(request, session, faults=(fault,))
        offices = directory.offices_of(session, member_of(session, request).code)
        contacts = [c for office in offices for c in standing(office)]
        note_uncovered(session, request.who, contacts, reason=reason, now=request.now)
        return _entry_page(request, session, uncovered=True)


def _entry_page(
    request: PageRequest,
    session: Session,
    *,
    uncovered: bool = False,
    faults: tuple[Fault, ...] = (),
) -> Response:
    member = member_of(session, request)
    found = directory.attention(session, today=request.now.date())
    return page(
        request,
        "directory/member.html",
        status=400 if faults else 200,
        member=member,
        offices=[
            _office(office, request.now, uncovered=uncovered)
            for office in directory.offices_of(session, member.code)
        ],
        attention=[a for a in found if a.member_code == member.code],
        uncovered=uncovered,
        may_change=request.who.role in SECRETARIAT,
        reason=request.typed("reason"),
        faults=faults,
    )


def _office(office: FocalPoint, now: datetime, *, uncovered: bool) -> OfficeEntry:
    can = capability(office.country)
    return OfficeEntry(
        office,
        labels.RANK[office.rank],
        local_time(office, now),
        tuple(_address(c, can, now.date(), uncovered=uncovered) for c in standing(office)),
    )


def _address(contact: ContactPoint, can: Capability, today: date, *, uncovered: bool) -> Address:
    shown = contact.address if uncovered else labels.masked(contact.channel, contact.address)
    sms = "can reply by SMS" if can.two_way else "gets the link only"
    replies = sms if contact.channel is Channel.SMS else ""
    sign = labels.HEALTH[contact.health]
    due = not_verified_for(contact, today)
    return Address(wording.CHANNEL[contact.channel], shown, sign, contact, replies, due)


def not_verified_for(contact: ContactPoint, today: date) -> str:
    """That the quarterly word of the office is due; "" where it is not."""
    if not directory.stale(contact, today=today):
        return ""
    if contact.verified_on is None or contact.verified_on > today:
        return "Never verified"
    return f"Not verified for {(today - contact.verified_on).days} days"


def standing(office: FocalPoint) -> list[ContactPoint]:
    """The addresses of an office that are in force."""
    return [contact for contact in office.contact_points if contact.retired_at is None]


def member_of(session: Session, request: PageRequest) -> Member:
    """The member in the path."""
    member = session.get(Member, request.part("member"))
    if member is None:
        raise RefusedError(404, "There is no member with this code.")
    return member


DIRECTORY: Final = Page("/directory", show_directory, lets=READERS, menu=MenuEntry("Directory"))
MEMBER: Final = Page("/directory/{member}", show_entry, lets=READERS, name="member")
UNCOVER: Final = Page(
    "/directory/{member}/uncover", takes=uncover, lets=READERS, proof="see full addresses"
)
