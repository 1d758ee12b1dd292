import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from convening import stand_down
from dashboard.member.translations import Translation, page_translations
from dashboard.web.layout import STATIC
from mechanism.lifecycle import NoticeState
from mechanism.vocabulary import Channel, TextKind
from notifications.content import translations
from notifications.tokens import TokenPurpose
from simulator.forms import filled_form
from store.act import Act
from store.installation import Installation
from store.tables import Activation, LedgerEntry, Reply, Token
from tests.support.clock import ToldTime
from tests.support.consultation import DUTY_OFFICER, activated, office_of, token_of
from tests.support.five_members import NOW
from tests.support.web import NewBrowser
from tests.support.web_acts import answer, link, state_of

AUTH_TOKEN = "loopback-token"  # noqa: S105 - the default of the simulated gateway
HERE = "http://localhost:8080"


def test_a_focal_point_acknowledges_with_one_tap_and_reads_that_it_is_done(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    path = link(installation, activation, "BD")
    focal_point = browser()
    focal_point.open(path)

    where = answer(focal_point, path, answer="received")

    assert where == path
    page = focal_point.open(path)
    assert "Thank you. Bangladesh has acknowledged" in page
    assert "09:41:07 Dhaka" in page
    assert state_of(installation, activation, "BD") is NoticeState.ACKNOWLEDGED


def test_the_page_says_things_in_the_order_in_which_they_are_needed(
    browser: NewBrowser, installation: Installation
) -> None:
    page = browser().open(link(installation, activated(installation), "BD"))

    wanted = (
        "Real activation", "To the focal point for Bangladesh", '<h1><bdi lang="en">Boats',
        "10:11 Dhaka", "04:11 UTC", "Acknowledge for Bangladesh", "It commits your government",
        "Six wooden boats", "I am not the right person", "How do I know that this is genuine?",
        "BP-2026-001",
    )  # fmt: skip
    places = [page.index(words) for words in wanted]
    assert places == sorted(places)


def test_an_exercise_says_so_in_the_title_the_band_and_the_frame(
    browser: NewBrowser, installation: Installation
) -> None:
    page = browser().open(link(installation, activated(installation, kind="exercise"), "BD"))

    assert "<title>[EXERCISE] " in page
    assert "This is not a real emergency" in page
    assert 'class="exercise-page"' in page


@pytest.mark.parametrize("spoken", page_translations()[1:], ids=lambda one: one.tag)
def test_the_page_is_in_each_language_and_marked_as_a_courtesy(
    browser: NewBrowser, installation: Installation, spoken: Translation
) -> None:
    focal_point = browser()
    path = link(installation, activated(installation, kind="exercise"), "BD") + spoken.query

    page = focal_point.open(path)

    assert f'<html lang="{spoken.tag}" dir="{spoken.direction}"' in page
    assert str(spoken.say("acknowledge_for", member="Bangladesh")) in page
    assert re.search(r'class="word">EXERCISE', page)
    assert f'<strong lang="{spoken.tag}" dir="{spoken.direction}">{spoken.name}' in page
    assert spoken.mark in page
    assert "A courtesy translation, not reviewed by a speaker" in page
    assert "<bdi>0:30</bdi>" in page  # left until the deadline

    assert answer(focal_point, path, answer="received") == path
    assert str(spoken.say("thank_you", member="Bangladesh")) in focal_point.open(path)


def test_the_page_is_english_unless_another_language_is_asked_for(
    browser: NewBrowser, installation: Installation
) -> None:
    path = link(installation, activated(installation), "BD")

    for asked in ("", "?lang=fr", "?lang=en", "?lang=%3Cscript%3E"):
        page = browser().open(path + asked)
        assert '<html lang="en" dir="ltr"' in page
        assert "courtesy" not in page
    assert 'href="?lang=prs" lang="prs" hreflang="prs" dir="rtl"' in page


def test_what_has_ended_is_said_in_the_language_that_was_chosen(
    browser: NewBrowser,
) -> None:
    page = browser().open("/a/no-such-token?lang=id", status=404)

    assert translations.page_words("id")["link_unknown"] in page


@pytest.mark.check(19)
def test_the_page_needs_no_cookie_and_no_script_and_tells_no_other_site(
    browser: NewBrowser, installation: Installation
) -> None:
    focal_point = browser()

    got = focal_point.client.get(link(installation, activated(installation), "BD"))

    assert "set-cookie" not in got.headers
    assert "<script" not in got.text
    assert "style.css" not in got.text
    assert got.headers["referrer-policy"] == "no-referrer"
    assert got.headers["cache-control"] == "no-store"
    assert "noindex" in got.headers["x-robots-tag"]


def test_page_and_style_sheet_are_below_ten_kilobytes_even_unpacked(
    browser: NewBrowser, installation: Installation
) -> None:
    page = browser().open(link(installation, activated(installation), "BD", Channel.EMAIL))

    style = (STATIC / "member.css").read_bytes()
    assert len(page.encode()) + len(style) < 14_000  # a third of that once they are packed


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.check(18)
def test_opening_changes_no_state_and_writes_no_event(
    browser: NewBrowser, installation: Installation, method: str
) -> None:
    activation = activated(installation)
    path = link(installation, activation, "BD")
    with installation.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(LedgerEntry))

    assert browser().client.request(method, path).status_code == 200

    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == before
        opened = [t.opened_at for t in session.scalars(select(Token)) if t.opened_at]
    assert len(opened) == (1 if method == "GET" else 0)
    assert state_of(installation, activation, "BD") is NoticeState.NOTIFIED


def test_an_email_link_has_no_office_chosen_and_asks_for_it_once_more(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    path = link(installation, activation, "BD", Channel.EMAIL)
    focal_point = browser()
    page = focal_point.open(path)
    assert "selected" not in page

    answer(focal_point, path, status=400, answer="received", office="")
    assert 'href="#office"' in focal_point.page
    assert "Nothing was recorded" in focal_point.page
    answer(focal_point, path, answer="received", office=str(office_of(installation, "BD")))

    assert state_of(installation, activation, "BD") is NoticeState.ACKNOWLEDGED


def test_the_same_form_sent_twice_is_one_answer(
    browser: NewBrowser, installation: Installation
) -> None:
    path = link(installation, activated(installation), "BD")
    focal_point = browser()
    focal_point.open(path)

    answer(focal_point, path, answer="received")
    answer(focal_point, path, answer="received")

    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 1


@pytest.mark.check(18)
def test_a_form_from_another_site_is_refused(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    path = link(installation, activation, "BD")
    stranger = browser()
    stranger.client.headers["Sec-Fetch-Site"] = "cross-site"
    stranger.open(path)

    answer(stranger, path, status=403, answer="received")

    assert state_of(installation, activation, "BD") is NoticeState.NOTIFIED


@pytest.mark.check(37)
def test_one_members_link_neither_reads_nor_answers_for_another(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    path = link(installation, activation, "BD", Channel.EMAIL)
    focal_point = browser()
    focal_point.open(path)

    answer(
        focal_point, path, status=400, answer="received", office=str(office_of(installation, "TH"))
    )

    assert state_of(installation, activation, "TH") is NoticeState.NOTIFIED
    assert state_of(installation, activation, "BD") is NoticeState.NOTIFIED


def test_a_word_about_the_meeting_is_kept_and_shown_again(
    browser: NewBrowser, installation: Installation
) -> None:
    path = link(installation, activated(installation), "BD")
    focal_point = browser()
    focal_point.open(path)
    answer(focal_point, path, answer="received")
    focal_point.open(path)

    answer(focal_point, path, meeting="needs_instructions", delegate="")

    page = focal_point.open(path)
    assert re.search(r'value="needs_instructions" required checked', page)


def test_who_is_not_the_right_person_reads_that_another_office_is_asked(
    browser: NewBrowser, installation: Installation
) -> None:
    path = link(installation, activated(installation), "BD")
    focal_point = browser()
    focal_point.open(path)

    answer(focal_point, path, answer="wrong_addressee")

    assert "The next office of Bangladesh is asked" in focal_point.open(path)


def test_a_link_that_is_unknown_and_one_of_another_kind_look_the_same(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    concur = token_of(installation, activation, "ID", purpose=TokenPurpose.CONCUR)

    unknown, other = browser().open("/a/" + "x" * 22, status=404), browser().open(
        f"/a/{concur}", status=404
    )  # fmt: skip

    assert unknown == other
    assert "Boats" not in unknown


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_who_fills_in_the_first_form_and_has_nothing_to_add_acknowledges(
    browser: NewBrowser, installation: Installation, channel: Channel
) -> None:
    activation = activated(installation)
    path = link(installation, activation, "BD", channel)
    persona = browser()

    form = filled_form(persona.open(path), HERE + path)
    assert form is not None
    persona.client.post(form.action, data=form.fields)

    assert state_of(installation, activation, "BD") is NoticeState.ACKNOWLEDGED


def test_a_withdrawal_is_said_in_large_letters(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    with installation.database.transaction() as session:
        row = session.get_one(Activation, activation)
        saying = stand_down.suggested(row, TextKind.WITHDRAWAL)
        stand_down.say(
            session,
            Act(DUTY_OFFICER, NOW, signature="Duty officer"),
            row,
            saying,
            settings=installation.settings,
        )

    page = browser().open(link(installation, activation, "BD"))

    assert '<h1 class="huge">Withdrawn</h1>' in page
    assert "<button" not in page


@pytest.mark.check(1)
def test_what_a_stranger_could_write_is_shown_as_letters(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    path = link(installation, activation, "BD")
    focal_point = browser()
    focal_point.open(path)
    answer(focal_point, path, answer="received")
    focal_point.open(path)

    answer(focal_point, path, meeting="delegates", delegate="<script>alert(1)</script>")

    assert "<script" not in focal_point.open(path)


@pytest.mark.check(12)
def test_a_link_can_be_opened_thirty_times_a_minute(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    path = link(installation, activated(installation), "BD")
    focal_point = browser()
    for _ in range(30):
        focal_point.open(path)

    focal_point.open(path, status=429)
    real.passes(timedelta(seconds=3))

    focal_point.open(path)


@pytest.mark.check(12)
def test_an_address_outside_may_open_a_hundred_and_twenty_links_a_minute(
    browser: NewBrowser, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.web.rate_limit.PER_ADDRESS", 2)
    monkeypatch.setattr("dashboard.web.page.PageRequest.address", "203.0.113.9")
    activation = activated(installation)
    paths = [link(installation, activation, code) for code in ("BD", "ID", "AU")]
    scanner = browser()

    for path in paths[:2]:
        scanner.open(path)

    scanner.open(paths[2], status=429)


def test_links_that_were_taken_back_answer_no_more_and_codes_still_do(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    path = link(installation, activation, "BD")
    officer = browser("secretariat")
    page = "/situation/BP-2026-001/call/BD"
    officer.open(page)
    officer.send(f"{page}/links", status=400, reason="")

    officer.send(f"{page}/links", reason="The phone was lost")

    assert "received" not in browser().open(path, status=410)
    assert state_of(installation, activation, "BD") is NoticeState.NOTIFIED
    with installation.database.reading() as session:
        entry = session.query(LedgerEntry).filter_by(type="cm.links.taken_back.v1").one()
        assert "phone" not in entry.body


def test_the_other_co_chair_objects_by_a_link_with_a_reason(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    path = "/c/" + token_of(
        installation, activation, "ID", Channel.SMS, purpose=TokenPurpose.CONCUR
    )  # fmt: skip
    co_chair = browser()
    page = co_chair.open(path)
    assert "Agree for Indonesia" in page

    answer(co_chair, path, status=400, verdict="objects", reason=" ")
    assert 'href="#reason"' in co_chair.page
    answer(co_chair, path, verdict="objects", reason="The case has ended.")

    assert "Indonesia has objected" in co_chair.open(path)
