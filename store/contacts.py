"""Which offices of a member are asked, and at which addresses?"""

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from mechanism.ladder import Ladder
from mechanism.lifecycle import Health
from mechanism.vocabulary import WRITTEN, Channel, Rank
from store.tables import (
    Activation,
    ContactPoint,
    FocalPoint,
    Member,
    Notice,
)


def offices(member: Member, rank: Rank) -> Iterator[FocalPoint]:
    """The member's offices of a rank that stand today."""
    return (o for o in member.focal_points if o.rank is rank and o.retired_at is None)


def in_touch(notice: Notice) -> Iterator[FocalPoint]:
    """Who is written to of what follows a notice: the primary, and the office that answered it."""
    answered = notice.acknowledgement.focal_point if notice.acknowledgement is not None else None
    primary = next(offices(notice.member, Rank.PRIMARY), None)
    both = {office.id: office for office in (primary, answered) if office is not None}
    yield from both.values()


def addresses(office: FocalPoint, channels: Iterable[Channel]) -> Iterator[ContactPoint]:
    """The office's addresses by these channels that can be used at all."""
    wanted = set(channels)
    return (
        c
        for c in office.contact_points
        if c.channel in wanted and c.retired_at is None and c.health is not Health.OPTED_OUT
    )


def acting_duty(
    session: Session, activation: Activation | None, channels: Iterable[Channel]
) -> Iterator[ContactPoint]:
    """The addresses of the duty offices of the government that triggered."""
    member = session.get(Member, activation.triggered_for) if activation is not None else None
    if member is not None:
        for office in offices(member, Rank.DUTY_OFFICER):
            yield from addresses(office, channels)


def reachable(member: Member, ladder: Ladder) -> frozenset[Rank]:
    """The ranks of the member that have any address by which the ladder tells them."""
    told = {(rank, channel) for rung in ladder.rungs for rank in rung.tell for channel in rung.by}
    told |= {(rank, channel) for rank in Rank for channel in WRITTEN}
    return frozenset(
        office.rank
        for rank in Rank
        for office in offices(member, rank)
        if any((rank, contact.channel) in told for contact in addresses(office, Channel))
    )


def unwritten(member: Member) -> frozenset[tuple[Rank, Channel]]:
    """The channels in writing by which a rank of the member has no address."""
    return frozenset(
        (rank, channel)
        for rank in Rank
        for channel in WRITTEN
        if not any(any(addresses(office, (channel,))) for office in offices(member, rank))
    )
