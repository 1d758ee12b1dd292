"""Telling people that a person is needed: at once, again, and until somebody settles it."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening.messages import alerts
from mechanism.lifecycle import Health
from mechanism.vocabulary import MessagePurpose, NeedCause
from store.act import Act, by_engine
from store.needs import raise_need, settle
from store.tables import ContactPoint, Message, Need
from tests.support.desk import OFFICER, Desk


def raised(desk: Desk, *, about_it: str = "activation") -> None:
    with desk.database.transaction() as session:
        activation = desk.activation(session) if about_it == "activation" else None
        raise_need(
            session,
            by_engine(desk.now),
            NeedCause.UNREACHED,
            "Mu has not been reached.",
            key="unreached/1",
            activation=activation,
        )


def told(desk: Desk) -> int:
    with desk.database.transaction() as session:
        return alerts.tell_due(session, now=desk.now, settings=desk.settings)


def alarms(session: Session) -> list[str]:
    query = select(Message.address).where(Message.purpose == MessagePurpose.PERSON_NEEDED)
    return sorted(session.scalars(query))


def test_the_secretariat_and_the_acting_co_chairs_duty_office_are_told_at_once(
    either_desk: Desk,
) -> None:
    desk = either_desk
    desk.activates("MU")
    raised(desk)

    assert told(desk) == 1

    with desk.database.reading() as session:
        assert alarms(session) == [
            "+999100140001", "+999902000", "duty@secretariat.example", "duty@thule.example",
        ]  # fmt: skip


def test_the_acting_co_chair_is_told_where_its_government_is_not_among_those_asked(
    desk: Desk,
) -> None:
    desk.activates_for(("MU",))
    raised(desk)

    told(desk)

    with desk.database.reading() as session:
        assert "duty@thule.example" in alarms(session)


def test_a_duty_telephone_that_has_opted_out_is_sent_nothing(desk: Desk) -> None:
    desk.activates("MU")
    raised(desk)
    with desk.database.transaction() as session:
        phone = session.scalars(
            select(ContactPoint).where(ContactPoint.address == "+999100140001")
        ).one()
        phone.health = Health.OPTED_OUT

    told(desk)

    with desk.database.reading() as session:
        assert alarms(session) == [
            "+999902000", "duty@secretariat.example", "duty@thule.example",
        ]  # fmt: skip


def test_the_same_line_is_told_again_at_growing_intervals(desk: Desk) -> None:
    desk.activates("MU")
    raised(desk)
    began = desk.now
    instants = []
    for _ in range(60 * 6):
        if told(desk):
            instants.append(desk.now - began)
        desk.clock.passes(minutes=1)

    assert instants == [timedelta(minutes=m) for m in (0, 10, 40, 160, 280)]


def test_the_same_cause_is_one_line(desk: Desk) -> None:
    desk.activates("MU")
    raised(desk)
    raised(desk)

    assert told(desk) == 1


def test_nobody_is_told_of_what_is_settled(desk: Desk) -> None:
    desk.activates("MU")
    raised(desk)
    with desk.database.transaction() as session:
        need = session.scalars(select(Need)).one()
        assert settle(session, Act(OFFICER, desk.now, signature="Duty officer"), need)
        assert not settle(session, Act(OFFICER, desk.now, signature="Duty officer"), need)

    assert told(desk) == 0


def test_what_belongs_to_no_activation_is_told_to_the_secretariat(desk: Desk) -> None:
    raised(desk, about_it="the installation")

    told(desk)

    with desk.database.reading() as session:
        assert alarms(session) == ["+999902000", "duty@secretariat.example"]
