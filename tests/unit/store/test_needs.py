"""A line says that a person is needed: once, until a person or the facts settle it."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.lifecycle import NeedState
from mechanism.vocabulary import NeedCause
from store import needs
from store.act import Act, Actor, by_engine
from store.tables import LedgerEntry, Need
from tests.support.situations import NOW, notified

OFFICER = Actor("person", "7", role="secretariat")


def raised(session: Session, key: str = "engine", cause: NeedCause = NeedCause.ENGINE) -> Need:
    return needs.raise_need(session, by_engine(NOW), cause, "Somebody is needed.", key=key)


def types(session: Session) -> list[str]:
    return list(session.scalars(select(LedgerEntry.type).order_by(LedgerEntry.id)))


def test_people_are_told_at_once_of_a_new_line(session: Session) -> None:
    need = raised(session)

    assert (need.state, need.opened_at, need.due_at) == (NeedState.OPEN, NOW, NOW)
    assert types(session) == ["cm.need.opened.v1"]


def test_the_same_cause_coming_back_is_the_same_line(session: Session) -> None:
    first, second = raised(session), raised(session)

    assert first is second
    assert types(session) == ["cm.need.opened.v1"]


def test_a_settled_line_is_told_to_nobody_and_names_who_settled_it(session: Session) -> None:
    need = raised(session)

    assert needs.settle(session, Act(OFFICER, NOW, signature="Secretariat"), need)

    assert (need.state, need.due_at) == (NeedState.SETTLED, None)
    assert (need.settled_by, need.settled_at) == ("Secretariat", NOW)


def test_settling_it_again_changes_nothing(session: Session) -> None:
    need = raised(session)
    needs.settle(session, Act(OFFICER, NOW, signature="Secretariat"), need)

    assert not needs.settle(session, Act(OFFICER, NOW, signature="Another"), need)

    assert need.settled_by == "Secretariat"
    assert types(session) == ["cm.need.opened.v1", "cm.need.settled.v1"]


def test_a_line_that_was_settled_is_not_opened_a_second_time(session: Session) -> None:
    need = raised(session)
    needs.settle(session, Act(OFFICER, NOW, signature="Secretariat"), need)

    assert raised(session) is need
    assert need.state is NeedState.SETTLED


def test_open_lines_come_oldest_first_those_of_the_installation_beside_those_of_an_activation(
    session: Session,
) -> None:
    here = notified(session)
    there = notified(session, "BP-X-2026-002")
    of_installation = raised(session)
    for notice in (here, there):
        needs.raise_need(
            session,
            by_engine(NOW),
            NeedCause.UNREACHED,
            "Telephone.",
            key=f"unreached/{notice.id}",
            activation=notice.activation,
            notice=notice,
        )
    settled = raised(session, "other")
    needs.settle(session, Act(OFFICER, NOW, signature="Secretariat"), settled)

    keys = [need.dedupe_key for need in needs.open_needs(session, here.activation)]

    assert keys == [of_installation.dedupe_key, f"unreached/{here.id}"]
    assert len(needs.open_needs(session)) == 3


def test_an_answer_settles_only_the_line_that_the_member_could_not_be_reached(
    session: Session,
) -> None:
    here, there = notified(session), notified(session, "BP-X-2026-002")
    for notice, cause in (
        (here, NeedCause.UNREACHED),
        (here, NeedCause.OPTED_OUT),
        (there, NeedCause.UNREACHED),
    ):
        needs.raise_need(
            session, by_engine(NOW), cause, "Telephone.", key=f"{cause}/{notice.id}", notice=notice
        )

    needs.settle_for_notice(session, by_engine(NOW), here)

    left = {need.dedupe_key for need in needs.open_needs(session)}
    assert left == {f"opted_out/{here.id}", f"unreached/{there.id}"}


def test_the_ledger_hears_the_cause_and_not_the_sentence(session: Session) -> None:
    raised(session)

    body = session.scalars(select(LedgerEntry.body)).one()
    assert json.loads(body)["data"]["cause"] == "engine"
    assert "Somebody" not in body
