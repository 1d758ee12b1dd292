"""What only a real browser can show: the live board, the policy, the small screen."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from convening import acknowledge
from mechanism.assurance import Assurance
from mechanism.vocabulary import AcknowledgementResponse, Door, Rank
from store.act import Act, Actor
from store.installation import Installation
from store.tables import FocalPoint, Heartbeat, Notice
from tests.support.browser.chromium import started_for_tests
from tests.support.clock import ToldTime
from tests.support.five_members import NOW
from tests.support.web import LOG, NewBrowser, Served, signed_in
from tests.support.web_acts import sent

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/new", "/directory", "/directory/BD", "/exercises", "/replies", "/account",
    f"/situation/{LOG}", f"/situation/{LOG}/text", f"/situation/{LOG}/call",
    f"/situation/{LOG}/call/BD",
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started_for_tests() as browser:
        yield browser


@pytest.fixture
def situation(installation: Installation, browser: NewBrowser, real: ToldTime) -> str:
    """An exercise that is open; the path of its board."""
    with installation.database.transaction() as session:
        session.add(Heartbeat(name="engine", at=real.now() + timedelta(days=1)))
    return sent(browser("co_chair-au"))


def opened(chromium: Browser, served: Served, path: str, *, width: int = 1280) -> Page:
    """A page, signed in as a co-chair; every complaint of the browser is kept."""
    context = chromium.new_context(viewport={"width": width, "height": 800})
    cookie = signed_in(served.installation, "co_chair-au", served.app.state.real_now())
    context.add_cookies([{"name": "cm", "value": cookie, "url": served.url}])
    page = context.new_page()
    page.goto(served.url + path)
    return page


def somebody_acknowledges(installation: Installation, member: str) -> None:
    with installation.database.transaction() as session:
        notice = session.query(Notice).filter_by(member_code=member).one()
        office = session.query(FocalPoint).filter_by(member_code=member, rank=Rank.PRIMARY).one()
        word = acknowledge.MemberAnswer(
            door=Door.LINK,
            response=AcknowledgementResponse.RECEIVED,
            proof=Assurance(2, "one-time link"),
            happened_at=NOW,
            focal_point=office,
        )
        actor = Actor("focal_point", str(office.id))
        acknowledge.acknowledge(session, Act(actor, NOW), notice, word)


def test_an_acknowledgement_appears_by_itself_and_keeps_focus_and_what_was_opened(
    chromium: Browser, served: Served, situation: str
) -> None:
    page = opened(chromium, served, situation)
    expect(page.locator("#live")).to_contain_text("Live. Last change")
    page.locator("#dots summary").click()
    page.locator(".actions a").first.focus()

    somebody_acknowledges(served.installation, "BD")

    expect(page.locator(".figure").first).to_have_text("2 of 5")
    expect(page.locator("#dots")).to_have_attribute("open", "")
    page.context.close()


def test_a_lost_connection_is_said_in_words(
    chromium: Browser, served: Served, situation: str
) -> None:
    page = opened(chromium, served, situation)
    expect(page.locator("#live")).to_contain_text("Live. Last change")

    served.stop()

    expect(page.locator("#live")).to_contain_text("Connection lost. Trying again.")
    page.context.close()


def test_the_first_screen_answers_the_five_questions(
    chromium: Browser, served: Served, situation: str
) -> None:
    page = opened(chromium, served, situation)

    for part in (".band", ".facts", ".actions"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800
    page.context.close()


@pytest.mark.usefixtures("situation")
@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways_on_a_small_screen_or_breaks_its_policy(
    chromium: Browser, served: Served, path: str
) -> None:
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page = opened(chromium, served, "/account", width=320)
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(served.url + path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert complaints == []
    assert {f"http://{host}" for host in hosts} <= {served.url}
    page.context.close()


def test_the_band_follows_the_choice_of_kind_without_a_script(
    chromium: Browser, served: Served
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    cookie = signed_in(served.installation, "co_chair-au", served.app.state.real_now())
    context.add_cookies([{"name": "cm", "value": cookie, "url": served.url}])
    page = context.new_page()
    page.goto(f"{served.url}/new")

    page.check("#kind-exercise")

    striped = re.compile("repeating-linear-gradient")
    expect(page.locator(".band")).to_have_css("background-image", striped)
    context.close()
