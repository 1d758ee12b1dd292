"""Which members, offices and accounts does an installation of the dashboard's tests have?"""

from datetime import UTC, date, datetime

from convening import accounts
from mechanism.lifecycle import Health
from mechanism.vocabulary import Channel, MemberKind, MemberRole, Rank, Role
from store.session import Database
from store.tables import ContactPoint, FocalPoint, Member

NOW = datetime(2026, 11, 23, 3, 41, 7, tzinfo=UTC)


MEMBERS = (
    ("AU", "Australia", MemberRole.CO_CHAIR, "Australia/Canberra"),
    ("ID", "Indonesia", MemberRole.CO_CHAIR, "Asia/Jakarta"),
    ("BD", "Bangladesh", MemberRole.AD_HOC_GROUP, "Asia/Dhaka"),
    ("LK", "Sri Lanka", MemberRole.AD_HOC_GROUP, "Asia/Colombo"),
    ("TH", "Thailand", MemberRole.STEERING_GROUP, "Asia/Bangkok"),
)


def furnish(database: Database) -> None:
    """Five members with two offices each, and one account for each role."""
    with database.transaction() as session:
        for number, (code, name, part, zone) in enumerate(MEMBERS):
            session.add(
                Member(
                    code=code,
                    kind=MemberKind.STATE,
                    display_name=name,
                    protocol_name=f"The Government of {name}",
                    roles=[part.value],
                )
            )
            session.flush()
            for order, rank in enumerate((Rank.PRIMARY, Rank.ALTERNATE_1)):
                session.add(_office(code, zone, rank, order, number))
        session.flush()
        for role, member in (
            (Role.CO_CHAIR, "AU"),
            (Role.CO_CHAIR, "ID"),
            (Role.SECRETARIAT, None),
            (Role.AUDITOR, None),
            (Role.OPERATOR, None),
        ):
            name = f"{role.value}-{member.lower()}" if member else role.value
            zone = {"AU": "Australia/Canberra", "ID": "Asia/Jakarta"}.get(member or "", "UTC")
            accounts.create_account(session, name, role, member_code=member, zone=zone, now=NOW)


def _office(code: str, zone: str, rank: Rank, order: int, number: int) -> FocalPoint:
    office = FocalPoint(
        member_code=code,
        rank=rank,
        rank_order=order,
        office=f"Duty desk {order + 1}",
        zone=zone,
        country=code,
        weekend=["saturday", "sunday"],
        languages=["en"],
    )
    office.contact_points = [
        _point(Channel.EMAIL, f"desk{order + 1}@{code.lower()}.example"),
        _point(Channel.SMS, f"+9991{number:02}{order}4417"),
        _point(Channel.VOICE, f"+9992{number:02}{order}4417"),
    ]
    return office


def _point(channel: Channel, address: str) -> ContactPoint:
    return ContactPoint(
        channel=channel, address=address, verified_on=date(2026, 10, 2), health=Health.WORKING
    )
