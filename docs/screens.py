"""What does it look like? `python -m docs.screens` takes the pictures in `screens/` anew.

The town of the browser tests is opened once more, a co-chair's consultation is carried through it,
and each page is photographed on the way.
"""

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import typst
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from store.tables import Convening
from tests.support.browser import steps
from tests.support.browser.chromium import LONG, give_authenticator, started
from tests.support.browser.steps import Hand
from tests.support.browser.town import Town, andaman_sea, open_town, until

SCREENS: Final = Path(__file__).parent / "screens"
RATE: Final = 40.0  # a told minute is a second and a half
SILENT: Final = ("BD", "UNHCR")  # so that the board has somebody to wait for
MEMBER_PHONE: Final = "+99905010"  # Bangladesh's primary office
DESK: Final = (1280, 900)
PHONE: Final = (375, 667)
MOST_BYTES: Final = 300 * 1024


@dataclass(frozen=True)
class Studio:
    """A browser in front of a town."""

    chromium: Browser
    town: Town

    def page(self, size: tuple[int, int], *, scripts: bool = True) -> Page:
        """A new browser of this size."""
        width, height = size
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts
        )
        context.set_default_timeout(LONG)
        page = context.new_page()
        if scripts:
            give_authenticator(page)
        return page

    def signed_in(self, account: str, *, scripts: bool = True) -> Page:
        """The same for a desk, signed in."""
        page = self.page(DESK, scripts=scripts)
        page.goto(self.town.sign_in_link(account))
        page.get_by_role("button", name="Sign in").click()
        return page


def take(page: Page, name: str, *, height: int = 0) -> None:
    """One picture of what the window shows from its top, or from a window of another height."""
    if height:
        page.set_viewport_size({"width": DESK[0], "height": height})
    page.evaluate("scrollTo(0, 0)")
    path = SCREENS / f"{name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    if height:
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    _weigh(path)


def _weigh(path: Path) -> None:
    kilobytes = path.stat().st_size // 1024
    sys.stderr.write(f"{path.name}: {kilobytes} KB\n")
    if path.stat().st_size > MOST_BYTES:
        sys.stderr.write(f"{path.name} is larger than a reader of the documents should load\n")


def of_the_trigger(page: Page) -> str:
    """The form with its preview, and the check; the reference of what was sent."""
    hand, facts = Hand(page), andaman_sea()
    steps.begins_a_situation(hand, facts)
    page.get_by_role("button", name="Refresh the preview").click()
    expect(page.locator(".mail")).to_be_visible()
    take(page, "new-situation")
    page.get_by_text("Add where, figures and what is not known").click()
    steps.fills_in_the_facts(hand, facts)
    page.get_by_role("button", name="Check what will be sent").click()
    expect(page.locator(".confirm")).to_be_visible()
    take(page, "check", height=1140)  # with the word and the button
    hand.types("Type EXERCISE to show you mean it", "EXERCISE")
    page.get_by_role("button", name=re.compile("^Send the exercise to")).click()
    return steps.reference_of(page)


def of_a_member(studio: Studio, reference: str) -> None:
    """The page behind the link in an SMS, on a telephone."""
    page = studio.page(PHONE)
    page.goto(studio.town.member_link(reference, "sms", to=MEMBER_PHONE))
    take(page, "member-page")


def of_the_board(page: Page, town: Town, reference: str) -> None:
    """Some have acknowledged, some have not, and one reply needs a person."""
    page.goto(f"{town.url}/situation/{reference}")
    expect(page.locator("tr.done").nth(4)).to_be_visible()
    town.speaks(MEMBER_PHONE + "0001", "Which desk is this, please?")
    expect(page.locator(".need").first).to_be_visible()
    take(page, "board")


def of_the_meeting(page: Page, town: Town) -> None:
    """The invitations were sent, calendars have answered, and the meeting is being held."""
    steps.fixes_the_meeting(page)
    answered = page.locator("#attendance").get_by_text("Will join").nth(3)
    until("calendars have answered", lambda: page.reload() and answered.is_visible())
    town.set_on(rate=1, to=_start_of_the_meeting(town))
    steps.takes_attendance(page, "AU", "ID")
    steps.notes(page, "Point", "The latest information was exchanged.")
    steps.notes(page, "Decision", "Information is shared daily at 03:00 UTC.")
    steps.notes_a_follow_up(page, "Circulate the record for comments", "Secretariat")
    take(page, "meeting")


def _start_of_the_meeting(town: Town) -> datetime:
    with town.installation.database.reading() as session:
        return session.scalars(select(Convening.starts_at)).one()


def of_the_record(page: Page) -> None:
    """The first page of the PDF."""
    steps.closes_the_meeting(page)
    with tempfile.TemporaryDirectory() as folder:
        button = page.get_by_role("link", name="Download the PDF")
        pdf = steps.downloads(page, button, Path(folder))
        path = SCREENS / "record-page-1.png"
        path.write_bytes(_first_page(pdf))
        _weigh(path)


def _first_page(pdf: Path) -> bytes:
    source = pdf.with_suffix(".typ")
    sheet = "#set page(width: 210mm, height: 297mm, margin: 0pt)\n"
    source.write_text(f'{sheet}#image("{pdf.name}", page: 1, width: 100%)', encoding="utf-8")
    return typst.compile(source, format="png", ppi=96)


def of_the_review(studio: Studio, reference: str) -> None:
    """What an auditor sees."""
    page = studio.signed_in("Audit office")
    page.goto(f"{studio.town.url}/review/{reference}")
    take(page, "review")


def of_the_phones(studio: Studio) -> None:
    """The simulated network's own page."""
    page = studio.page(DESK)
    page.goto(f"{studio.town.settings.sms_api}/_gateway/")
    take(page, "phones")


@contextmanager
def open_studio(*, silent: Sequence[str] = SILENT) -> Iterator[Studio]:
    """The town with its browser, for as long as pictures are taken."""
    with (
        started() as chromium,
        tempfile.TemporaryDirectory(prefix="screens-") as home,
        open_town(Path(home), rate=RATE, silent=silent) as town,
    ):
        yield Studio(chromium, town)


def main() -> None:
    """Take every picture."""
    SCREENS.mkdir(exist_ok=True)
    with open_studio() as studio:
        co_chair = studio.signed_in("Canberra duty desk")
        studio.town.set_on(rate=1)
        reference = of_the_trigger(co_chair)
        of_a_member(studio, reference)
        studio.town.set_on(rate=RATE)
        of_the_board(co_chair, studio.town, reference)
        of_the_meeting(co_chair, studio.town)
        of_the_record(co_chair)
        of_the_review(studio, reference)
        of_the_phones(studio)


if __name__ == "__main__":
    main()
