"""Times are put to the members in two steps, counted on one page, and one is fixed by one click."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from convening import time_poll
from convening.time_poll import AnswerOrigin
from mechanism.lifecycle import ConveningState, PollState
from mechanism.vocabulary import Door, MessagePurpose
from store.act import Actor
from store.installation import Installation
from store.tables import Activation, Convening, Message, Poll
from tests.support.clock import ToldTime
from tests.support.consultation import activated
from tests.support.web import Browser, NewBrowser
from tests.support.web_acts import answer, link

HERE = "/situation/BP-2026-001/times"
MEETING = "/situation/BP-2026-001/meeting"
TIMES = ["2026-11-23T07:00:00Z", "2026-11-24T04:00:00Z"]
QUESTION: dict[str, str | list[str]] = {
    "times": TIMES,
    "closes": "2",
    "zone": "UTC",
    "length": "60",
    "level": "senior officials",
    "modality": "video conference",
    "place": "https://meet.example/room",
    "agenda": "Exchange of the latest information",
}


def asks(desk: Browser, **changed: str) -> str:
    desk.open(HERE)
    return desk.send(HERE, {**QUESTION, **changed}, act="ask")


def says(installation: Installation, member: str, **answers: bool) -> None:
    with installation.database.transaction() as session:
        activation = session.scalars(select(Activation)).one()
        slots = session.scalars(select(Poll)).one().slots
        heard = AnswerOrigin(Door.LINK, Actor("focal_point", "1", "primary", member))
        named = {slots[int(n[1:]) - 1].starts_at: can for n, can in answers.items()}
        assert (
            time_poll.record_slot_answer(
                session, activation, member, named, heard=heard, now=installation.now()
            )
            is None
        )


def state(installation: Installation) -> PollState:
    with installation.database.reading() as session:
        return session.scalars(select(Poll).order_by(Poll.id.desc())).first().state  # type: ignore[union-attr]


def test_the_three_proposals_stand_ready_and_the_check_sends_nothing(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    page = co_chair.open(HERE)
    offered = re.findall(r'name="times" value="([^"]+)" checked', page)

    co_chair.send(HERE, {**QUESTION, "times": offered}, status=200, act="check")

    assert 1 <= len(offered) <= 3
    assert "Ask 5 members" in co_chair.page
    assert co_chair.page.count('name="times"') == len(offered)
    with installation.database.reading() as session:
        assert session.scalars(select(Poll)).all() == []


def test_what_was_checked_is_asked_by_email_and_sms_and_shown_with_its_counts(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")

    where = asks(co_chair)
    says(installation, "BD", t1=True, t2=False)
    page = co_chair.open(where)

    assert "The members are asked." in page
    assert "1 can" in page
    assert "1 cannot" in page
    assert page.count("has not said") == 8
    with installation.database.reading() as session:
        asked = session.scalars(select(Message).where(Message.purpose == MessagePurpose.POLL)).all()
        assert {m.channel.value for m in asked} == {"email", "sms"}


def test_the_way_to_the_meeting_leads_to_the_counts_while_they_are_taken(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    asks(co_chair)

    assert co_chair.client.get(MEETING, follow_redirects=False).headers["location"] == HERE


def test_a_needed_member_that_cannot_is_named_beside_the_time(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    asks(co_chair)

    says(installation, "AU", t1=False)

    assert "Needed, and cannot: Australia" in co_chair.open(HERE)


def test_one_click_fixes_a_time_and_sends_the_invitations(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    asks(co_chair)
    co_chair.open(HERE)

    where = co_chair.send(HERE, {"at": TIMES[1]}, act="fix")

    assert where == f"{MEETING}?done=sent"
    assert state(installation) is PollState.FIXED
    with installation.database.reading() as session:
        fixed = session.scalars(select(Convening)).one()
        assert (fixed.state, fixed.place) == (ConveningState.FIXED, QUESTION["place"])
        assert f"{fixed.starts_at:%Y-%m-%dT%H:%M:%SZ}" == TIMES[1]
    assert "fixed at one of these times" in co_chair.open(HERE)
    co_chair.send(HERE, {"at": TIMES[0]}, status=409, act="fix")


@pytest.mark.parametrize("at", ["2026-11-23T08:00:00Z", "2020-01-01T00:00:00Z", "tomorrow", ""])
def test_a_time_that_was_not_asked_about_is_not_fixed(
    browser: NewBrowser, installation: Installation, at: str
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    asks(co_chair)

    co_chair.send(HERE, {"at": at}, status=400, act="fix")

    assert "Choose another of the times" in co_chair.page
    assert state(installation) is PollState.OPEN


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"times": []}, "times"),
        ({"times": ["soon"]}, "times"),
        ({"times": ["2020-01-01T00:00:00Z"]}, "times"),
        ({"times": [f"2026-11-2{n}T07:00:00Z" for n in range(4, 8)]}, "times"),
        ({"closes": "24"}, "closes"),  # after the first of the times
        ({"closes": "soon"}, "closes"),
        ({"day": "tomorrow"}, "day"),
        ({"place": ""}, "place"),
    ],
)
@pytest.mark.parametrize("act", ["check", "ask"])
def test_what_is_wrong_is_linked_to_its_field_and_nothing_is_sent(
    browser: NewBrowser,
    installation: Installation,
    changed: dict[str, str | list[str]],
    field: str,
    act: str,
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    co_chair.open(HERE)

    co_chair.send(HERE, {**QUESTION, **changed}, status=400, act=act)

    assert f'href="#{field}"' in co_chair.page
    with installation.database.reading() as session:
        assert session.scalars(select(Poll)).all() == []


def test_a_further_time_may_be_typed_in_a_named_zone(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")

    asks(co_chair, day="2026-11-25", hour="18:00", zone="Australia/Canberra")

    with installation.database.reading() as session:
        last = session.scalars(select(Poll)).one().slots[-1]
        assert f"{last.starts_at:%Y-%m-%dT%H:%MZ}" == "2026-11-25T07:00Z"


def test_a_time_that_is_fixed_without_the_poll_ends_it(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    asks(co_chair)
    page = co_chair.open(f"{MEETING}?another=1")
    assert "Members are asked which time suits." in page

    occasion = {k: v for k, v in QUESTION.items() if k not in {"times", "closes"}}
    co_chair.send(MEETING, {**occasion, "day": "2026-11-25", "hour": "07:00"}, act="send")

    assert state(installation) is PollState.CANCELLED
    assert "none of its times was fixed" in co_chair.open(HERE)


def test_a_poll_that_was_ended_may_be_followed_by_another(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    asks(co_chair)
    co_chair.open(HERE)
    co_chair.send(HERE, {}, act="end")
    told.passes(timedelta(minutes=1))

    assert "Times to put to the members" in co_chair.open(f"{HERE}?another=1")
    co_chair.send(HERE, QUESTION, act="ask")

    assert state(installation) is PollState.OPEN


def test_a_members_own_time_stands_beside_with_a_way_to_use_it(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    with installation.database.transaction() as session:
        activation = session.scalars(select(Activation)).one()
        heard = AnswerOrigin(Door.MAIL, Actor("focal_point", "1", "primary", "BD"))
        at = installation.now() + timedelta(hours=20)
        time_poll.take_proposed_time(
            session, activation, "BD", at, heard=heard, now=installation.now()
        )

    page = browser("co_chair-au").open(MEETING)

    assert "Proposed by members" in page
    assert "Bangladesh" in page.partition("Proposed by members")[2]


def test_whoever_may_only_read_sees_counts_and_no_buttons(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    assert "No times are asked about" in browser("auditor").open(HERE)
    asks(browser("co_chair-au"))

    page = browser("auditor").open(HERE)

    assert "5 not said" in page
    assert 'value="fix"' not in page


@pytest.fixture
def member(browser: NewBrowser, installation: Installation) -> tuple[Browser, str]:
    """Bangladesh has acknowledged by its link, and is asked which time suits."""
    path = link(installation, activated(installation), "BD")
    focal_point = browser()
    focal_point.open(path)
    answer(focal_point, path, answer="received")
    asks(browser("co_chair-au"))
    focal_point.open(path)
    return focal_point, path


def counted(installation: Installation) -> list[tuple[int, int]]:
    with installation.database.reading() as session:
        counts = time_poll.counts(session, session.scalars(select(Poll)).one())
        return [(len(count.can), len(count.cannot)) for count in counts]


def test_a_member_says_which_times_it_can_and_may_change_that(
    member: tuple[Browser, str], installation: Installation
) -> None:
    focal_point, path = member
    assert "Which times can Bangladesh?" in focal_point.page

    answer(focal_point, path, poll="1", time_1="can", time_2="cannot")
    assert counted(installation) == [(1, 0), (0, 1)]
    page = focal_point.open(path)
    assert "An answer is kept" in page
    assert page.count("checked") == 2
    answer(focal_point, path, poll="1", time_2="can")

    assert counted(installation) == [(1, 0), (1, 0)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"poll": "1"}, "No time was answered"),
        ({"poll": "1", "time_3": "can"}, "Other times are asked about now"),
        ({"poll": "2", "time_1": "can"}, "Other times are asked about now"),
        ({"poll": "\u0661", "time_1": "can"}, "Other times are asked about now"),
    ],
)
def test_what_was_not_asked_is_not_counted_and_the_page_says_so(
    member: tuple[Browser, str], installation: Installation, fields: dict[str, str], said: str
) -> None:
    focal_point, path = member

    answer(focal_point, path, status=400, **fields)

    assert said in focal_point.page
    assert counted(installation) == [(0, 0), (0, 0)]


def test_a_word_that_is_on_no_form_is_refused(
    member: tuple[Browser, str], installation: Installation
) -> None:
    focal_point, path = member

    answer(focal_point, path, status=400, poll="1", time_1="perhaps")

    assert counted(installation) == [(0, 0), (0, 0)]


def test_after_the_hour_and_after_the_end_an_answer_is_refused_in_words(
    member: tuple[Browser, str], installation: Installation, browser: NewBrowser, told: ToldTime
) -> None:
    focal_point, path = member
    told.passes(timedelta(hours=2, minutes=1))
    answer(focal_point, path, status=400, poll="1", time_1="can")
    assert "Answers about the times are not taken any more" in focal_point.page

    co_chair = browser("co_chair-au")
    co_chair.open(HERE)
    co_chair.send(HERE, {"at": TIMES[1]}, act="fix")
    focal_point.open(path)
    answer(focal_point, path, status=400, poll="1", time_1="can")

    assert "The times are not asked about any more" in focal_point.page
    assert counted(installation) == [(0, 0), (0, 0)]


def test_whoever_has_not_acknowledged_is_not_asked_about_times_yet(
    browser: NewBrowser, installation: Installation
) -> None:
    path = link(installation, activated(installation), "BD")
    asks(browser("co_chair-au"))
    focal_point = browser()

    assert "Which times can" not in focal_point.open(path)
