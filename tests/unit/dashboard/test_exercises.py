"""Exercises: scored by what was agreed beforehand, suspended in one act when something is real."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from convening import acknowledge, stand_down
from convening.acknowledge import MemberAnswer
from mechanism.assurance import Assurance
from mechanism.lifecycle import ActivationState, MessageState
from mechanism.vocabulary import AcknowledgementResponse, Channel, Door, MessagePurpose, Rank
from store.act import Act, Actor
from store.installation import Installation
from store.tables import Activation, Message, Notice
from tests.support.clock import ToldTime
from tests.support.consultation import DUTY_OFFICER, activated, contact_of
from tests.support.web import NewBrowser

EXERCISE = "/exercises/BP-X-2026-001"
BOARD = "/situation/BP-X-2026-001"


def answers(installation: Installation, code: str, *, on_file: bool) -> None:
    with installation.database.transaction() as session:
        notice = session.scalars(select(Notice).where(Notice.member_code == code)).one()
        contact = contact_of(session, code, Channel.SMS, Rank.PRIMARY) if on_file else None
        word = MemberAnswer(
            door=Door.SMS, response=AcknowledgementResponse.RECEIVED,
            proof=Assurance(1, "SMS from the number on file"), happened_at=installation.now(),
            contact_point=contact,
        )  # fmt: skip
        actor = Actor("focal_point", "1", "primary", code)
        acknowledge.acknowledge(session, Act(actor, installation.now()), notice, word)


def texts(installation: Installation) -> list[Message]:
    with installation.database.reading() as session:
        query = select(Message).where(Message.purpose == MessagePurpose.WITHDRAWAL)
        return list(session.scalars(query))


def test_only_answers_within_the_window_from_details_on_file_are_scored(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    activated(installation, kind="exercise")
    told.passes(timedelta(minutes=4))
    answers(installation, "BD", on_file=True)
    answers(installation, "LK", on_file=False)
    told.passes(timedelta(minutes=40))
    answers(installation, "TH", on_file=True)

    page = browser("auditor").open(EXERCISE)

    scored = page[page.index('id="scored"') : page.index('id="answered-not-scored"')]
    apart = page[page.index('id="answered-not-scored"') : page.index('id="never-answered"')]
    assert "Bangladesh" in scored
    assert "4 min 00 s" in scored
    assert "Sri Lanka" in apart
    assert "not from details on file" in apart
    assert "Thailand" in apart
    assert "Indonesia" in page[page.index('id="never-answered"') :]
    assert "2 of 5" in browser("auditor").open("/exercises")


def test_the_quorum_of_an_exercise_waits_for_both_co_chairs(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    activated(installation, kind="exercise")
    told.passes(timedelta(minutes=4))
    for code in ("BD", "LK", "TH"):
        answers(installation, code, on_file=True)
    without = browser("auditor").open(EXERCISE)
    told.passes(timedelta(minutes=3))
    answers(installation, "ID", on_file=True)

    page = browser("auditor").open(EXERCISE)

    assert "Quorum of 3" in without
    assert '<dt>Quorum of 3</dt><dd><p class="figure">4 min 00 s' not in without
    assert '<dt>Quorum of 3</dt><dd><p class="figure">7 min 00 s' in page


def test_the_sort_and_whether_it_was_announced_are_part_of_the_plan(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(
        installation,
        kind="exercise",
        exercise={"sort": "tabletop", "announced": True, "window": "PT10M"},
    )

    page = browser("co_chair-id").open(EXERCISE)

    assert "Tabletop. Announced." in page
    assert "Scored within 10 min 00 s" in page


def test_what_is_real_is_no_exercise(browser: NewBrowser, installation: Installation) -> None:
    activated(installation)

    browser("auditor").open("/exercises/BP-2026-001", status=404)
    page = browser("auditor").open("/exercises")
    assert "No exercise has been held" in page


@pytest.mark.parametrize("who", ["co_chair-au", "secretariat"])
def test_a_real_event_suspends_the_exercise_in_one_act(
    browser: NewBrowser, installation: Installation, who: str
) -> None:
    activated(installation, kind="exercise")
    with installation.database.transaction() as session:
        for message in session.scalars(select(Message)):
            message.state = MessageState.SENT
    officer = browser(who)
    assert "REAL EVENT: suspend the exercise" in officer.open(BOARD)

    where = officer.send(f"{BOARD}/suspend")

    assert "the exercise is suspended" in officer.open(where)
    assert "REAL EVENT: suspend" not in officer.page
    with installation.database.reading() as session:
        assert session.scalars(select(Activation)).one().state is ActivationState.WITHDRAWN
        first = {
            one.address
            for one in session.scalars(select(Message))
            if one.purpose is MessagePurpose.FIRST_NOTICE
        }
    sent = texts(installation)
    assert {one.address for one in sent} >= first
    assert all(stand_down.REAL_EVENT in f"{one.subject} {one.body}" for one in sent)
    assert all("EXERCISE EXERCISE EXERCISE" in one.body for one in sent)


@pytest.mark.check(35)
def test_suspending_asks_for_a_proof_and_never_touches_what_is_real(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    officer = browser("co_chair-au")
    officer.open("/situation/BP-2026-001")
    assert "REAL EVENT: suspend" not in officer.page
    officer.send("/situation/BP-2026-001/suspend", status=403, proof_code="")

    officer.send("/situation/BP-2026-001/suspend", status=409)

    assert texts(installation) == []


def test_an_auditor_suspends_nothing(browser: NewBrowser, installation: Installation) -> None:
    activated(installation, kind="exercise")
    auditor = browser("auditor")
    assert "REAL EVENT: suspend" not in auditor.open(BOARD)

    auditor.send(f"{BOARD}/suspend", status=403)


def test_the_board_draws_the_last_exercise_beside_the_present_curve(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    first = activated(installation, kind="exercise")
    told.passes(timedelta(minutes=5))
    answers(installation, "BD", on_file=True)
    assert "exercise of" not in browser("co_chair-au").open(BOARD)
    with installation.database.transaction() as session:
        stand_down.close(
            session, Act(DUTY_OFFICER, installation.now()), session.get_one(Activation, first)
        )

    told.passes(timedelta(hours=2))
    activated(installation)

    page = browser("co_chair-au").open("/situation/BP-2026-001")
    assert "exercise of 23 Nov" in page
    assert "stroke-dasharray" in page
