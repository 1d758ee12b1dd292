"""What a co-chair and an auditor do with mouse and keyboard, one step a function."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from dashboard.web import sessions
from playbooks.situation import FigureFacts, SituationFacts
from store.tables import Account
from tests.support.browser.town import Town, until

FIRST_SCREEN = 800  # pixels
WIDTHS = (320, 375, 768, 1100, 1280)


@dataclass
class Hand:
    """A hand on mouse and keyboard that counts what it does."""

    page: Page
    clicks: int = 0
    fields: int = 0

    def clicks_on(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def types(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)
        self.fields += 1


def reference_of(page: Page) -> str:
    """The situation's reference, out of the address of its board."""
    expect(page).to_have_url(re.compile(r"/situation/BP-"))
    return page.url.split("/situation/")[1].split("?")[0]


def adds_a_passkey(page: Page, url: str) -> None:
    """The device of this browser gets one, so that each later act is one touch."""
    page.goto(f"{url}/account")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_label("Name of this device").fill("Duty phone")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_text("The passkey is added")).to_be_visible()


def begins_a_situation(hand: Hand, facts: SituationFacts) -> None:
    """Kind, one line, what happened: as much as a trigger needs."""
    hand.clicks_on(hand.page.get_by_role("link", name="New situation").first)
    hand.clicks_on(hand.page.get_by_role("radio", name="Exercise"))
    hand.types("What is happening, in one line", facts.title)
    hand.types("What members need to know", facts.what_happened)


def adds_the_facts(hand: Hand, facts: SituationFacts) -> None:
    """Where, the rescue coordination centre, three figures, and what is not known."""
    hand.clicks_on(hand.page.get_by_text("Add where, figures and what is not known"))
    fills_in_the_facts(hand, facts)


def fills_in_the_facts(hand: Hand, facts: SituationFacts) -> None:
    """The same, where that part of the form is open."""
    hand.types("Where", facts.where.name)
    hand.types("Search and rescue region", facts.where.search_and_rescue_region or "")
    hand.page.locator("#as_of").fill(f"{facts.as_of:%Y-%m-%dT%H:%M}")
    hand.types("Rescue coordination centre informed", facts.mrcc_informed or "")
    for row, figure in enumerate(facts.figures[:3]):
        _types_a_figure(hand.page, row, figure)
    hand.types("Already done, one a line", "\n".join(facts.actions_taken))
    hand.types("What is not known yet", facts.not_known or "")


def _types_a_figure(page: Page, row: int, figure: FigureFacts) -> None:
    for part, typed in _as_typed(figure):
        page.locator(f"#figure_{part}_{row}").fill(typed)
    page.locator(f"#figure_kind_{row}").select_option(figure.kind.value)
    page.locator(f"#figure_status_{row}").select_option(figure.status.value)


def _as_typed(figure: FigureFacts) -> Iterator[tuple[str, str]]:
    low, high = figure.value.minimum, figure.value.maximum
    yield "label", figure.label
    yield "value", str(low) if low == high else f"{low}-{high}"
    yield "unit", figure.unit
    yield "as_of", f"{figure.as_of:%Y-%m-%dT%H:%M}"
    yield "source", figure.source


def checks_and_sends(hand: Hand) -> str:
    """The second step, with the word and a touch of the device; the reference of what was sent."""
    checks_and_presses_send(hand)
    return reference_of(hand.page)


def checks_and_presses_send(hand: Hand) -> None:
    """The same up to the button."""
    hand.clicks_on(hand.page.get_by_role("button", name="Check what will be sent"))
    hand.types("Type EXERCISE to show you mean it", "EXERCISE")
    hand.clicks_on(hand.page.get_by_role("button", name=re.compile("^Send the exercise to")))


def presses_send_at_once(hand: Hand, facts: SituationFacts) -> None:
    """The whole way to the button, with as much as a trigger needs."""
    begins_a_situation(hand, facts)
    checks_and_presses_send(hand)


def confirms_by_code(hand: Hand, code: str) -> str:
    """The page that asks once more, answered from paper; the reference of what was sent."""
    expect(hand.page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    hand.types("Code", code)
    hand.clicks_on(hand.page.get_by_role("button", name="Use the code and send to the members"))
    return reference_of(hand.page)


def acknowledged(page: Page) -> Locator:
    """The figure of those who have acknowledged."""
    return page.locator(".figure").first


def bottom_of(target: Locator) -> float:
    """How far down it ends, in pixels; a board that is just being renewed is looked at again."""
    box = until("it is on the page", target.bounding_box)
    return float(box["y"] + box["height"])


def height_of(target: Locator) -> float:
    """How many pixels it takes; none where it is not there."""
    box = target.bounding_box() if target.count() else None
    return box["height"] if box else 0.0


def scrolls_sideways(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


def fixes_the_meeting(page: Page) -> None:
    """The playbook's proposal, with a place; checked, then sent."""
    page.get_by_role("link", name="Set up the meeting").click()
    page.get_by_label("Link or place").fill("https://meet.secretariat.example/consultation")
    page.get_by_role("button", name="Check the invitations").click()
    page.get_by_role("button", name=re.compile("^Send the invitations to")).click()
    expect(page.get_by_text("The meeting is fixed")).to_be_visible()


def takes_attendance(page: Page, *members: str) -> None:
    """Each of these members has joined, by its code."""
    for member in members:
        joined = page.locator(f"#member-{member}").get_by_role("button", name="Joined")
        joined.click()
        expect(joined).to_have_attribute("aria-pressed", "true")


def notes(page: Page, kind: str, text: str) -> None:
    """A point or a decision, under the first agenda item."""
    page.get_by_label("Kind", exact=True).select_option(label=kind)
    page.get_by_label("What was said or decided").fill(text)
    page.get_by_role("button", name="Note it").click()
    expect(page.locator("#points")).to_contain_text(text)


def notes_a_follow_up(page: Page, action: str, owner: str) -> None:
    page.get_by_label("What is to be done").fill(action)
    page.get_by_label("By which office").fill(owner)
    page.get_by_role("button", name="Note the follow-up").click()
    expect(page.locator("#follow-ups table")).to_contain_text(action)


def closes_the_meeting(page: Page) -> None:
    page.get_by_role("button", name="Close and draft the record").click()
    expect(page.get_by_role("heading", name="Revision 1")).to_be_visible()


def downloads(page: Page, button: Locator, folder: Path) -> Path:
    """What comes when the button is pressed, as a file."""
    with page.expect_download() as waiting:
        button.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def ends_every_session(town: Town, account: str) -> None:
    with town.installation.database.transaction() as session:
        found = session.query(Account).filter_by(name=account).one()
        for one in sessions.living_sessions(session, found.id, real_now=datetime.now(UTC)):
            one.ended_at = datetime.now(UTC)
