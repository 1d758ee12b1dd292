"""A consultation of the five members, and what an office does with the link that it has got."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import activate
from convening.activate import Wish
from convening.replies import by_link
from convening.replies.by_link import Came, LinkState, Sent
from mechanism.answers import Meaning
from mechanism.vocabulary import Channel, Rank
from notifications import tokens
from notifications.tokens import TokenPurpose
from playbooks.situation import SituationFacts
from store.act import ENGINE, Act, Actor
from store.installation import Installation
from store.tables import (
    Activation,
    ContactPoint,
    FocalPoint,
    Notice,
)
from tests.support.clock import ToldTime
from tests.support.five_members import MEMBERS

DUTY_OFFICER = Actor("person", "1", "co_chair", "AU")


FACTS = {
    "kind": "real",
    "title": "Boats in distress, northern Andaman Sea",
    "short_title": "Boats in distress, Andaman Sea",
    "what_happened": "Six wooden boats, about 410 people, drifting without power.",
    "where": {"name": "Northern Andaman Sea", "latitude": 10.5, "longitude": 95.5},
    "as_of": "2026-11-23T02:00:00Z",
    "playbook": "maritime-distress",
}


def activated(installation: Installation, **changed: object) -> int:
    """An activation of all five members by Australia; its id."""
    facts = SituationFacts.model_validate({**FACTS, **changed})
    wish = Wish(facts, tuple(code for code, *_ in MEMBERS))
    with installation.database.transaction() as session:
        plan = activate.draw_up(
            session,
            Act(ENGINE, installation.now(), government="AU"),
            wish,
            settings=installation.settings,
        )
        activation = activate.activate(
            session,
            Act(
                DUTY_OFFICER,
                installation.now(),
                signature="Duty officer, Australia",
                government="AU",
            ),
            wish,
            confirmed=plan.hash,
            settings=installation.settings,
        )
        return activation.id


def contact_of(session: Session, code: str, channel: Channel, rank: Rank) -> ContactPoint:
    query = select(ContactPoint).join(FocalPoint)
    return session.scalars(
        query.where(
            FocalPoint.member_code == code,
            FocalPoint.rank == rank,
            ContactPoint.channel == channel,
        )
    ).one()


def token_of(
    installation: Installation,
    activation: int,
    code: str,
    channel: Channel = Channel.EMAIL,
    *,
    rank: Rank = Rank.PRIMARY,
    purpose: TokenPurpose = TokenPurpose.LINK,
) -> str:
    """The link that this office has got, as it stands in its message."""
    with installation.database.reading() as session:
        contact = contact_of(session, code, channel, rank)
        row = session.get_one(Activation, activation)
        return tokens.token_of(
            tokens.seed_for(purpose, row, contact), key=installation.settings.key
        )


def office_of(installation: Installation, code: str, rank: Rank = Rank.PRIMARY) -> int:
    with installation.database.reading() as session:
        query = select(FocalPoint.id).where(FocalPoint.member_code == code, FocalPoint.rank == rank)
        return session.scalars(query).one()


def sent(
    form: str = "f1", *, office: int | None = None, code: str = "", seconds: float | None = 20.0,
    address: str = "192.0.2.9",
) -> Sent:  # fmt: skip
    return Sent(form, [("answer", "received")], address, "a phone", seconds, office, code)


def opened(installation: Installation, token: str, address: str = "192.0.2.9") -> None:
    with installation.database.transaction() as session:
        by_link.open_link(session, token, now=installation.now(), address=address)


def answered(
    installation: Installation, token: str, form: Sent, answer: Meaning = Meaning.RECEIVED
) -> Came:
    with installation.database.transaction() as session:
        return by_link.answer_by_link(session, token, answer, form, now=installation.now())


def looked(installation: Installation, token: str) -> LinkState:
    with installation.database.reading() as session:
        return by_link.look(session, token, now=installation.now()).standing


def notice_of(session: Session, activation: int, code: str) -> Notice:
    query = select(Notice).where(Notice.activation_id == activation, Notice.member_code == code)
    return session.scalars(query).one()


def passes(installation: Installation, span: timedelta) -> None:
    assert isinstance(installation.clock, ToldTime)
    installation.clock.passes(span)
