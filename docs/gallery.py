"""Would a designer respect it? `python -m docs.gallery OUT [WORD ...]` shows every page.

The town of the browser tests is opened once and brought into telling states. Each page is then
photographed at five widths in light and dark, and printed; the main ones without a script too.
Words choose pages by a part of their names.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from playwright.sync_api import Page
from sqlalchemy import select

from dashboard.member.translations import translations
from docs.screens import DESK, RATE, SILENT, Studio, open_studio
from playbooks.situation import SituationKind
from store.tables import Member, Reply
from tests.support.browser import steps
from tests.support.browser.steps import FIRST_SCREEN, WIDTHS, Hand
from tests.support.browser.town import Town, andaman_sea, until
from tests.support.browser.widths import misfits

LONG_NAMES: Final = {
    "LK": "Democratic Socialist Republic of Sri Lanka",
    "IOM": "International Organization for Migration",
}
CO_CHAIR, OTHER, DESK_OFFICER, AUDITOR, OPERATOR = (
    "Canberra duty desk", "Jakarta duty desk", "Bangkok duty desk", "Audit office",
    "Operations desk",
)  # fmt: skip
NOBODY: Final = ""
MEMBER_MAIL, MEMBER_PHONE, OTHER_MAIL = "desk@mfa.bd.example", "+9990501", "duty@mfa.bd.example"
TELEPHONE: Final = "+999050100001"  # of the same member
FEW: Final = 4  # replies
PASSWORD: Final = "five plain words in a row"  # noqa: S105 - of a town that lives for minutes

Act = Callable[[Page], object]


@dataclass(frozen=True)
class Sight:
    """One page to look at: who looks, where, and what is done there before the picture."""

    name: str
    path: str
    who: str = NOBODY
    act: Act | None = None
    scriptless: bool = False  # looked at without a script too


@dataclass
class Gallery:
    """Where the pictures hang, and the browsers that they are taken with."""

    studio: Studio
    wall: Path
    words: tuple[str, ...] = ()
    pages: dict[tuple[str, bool], Page] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def show(self, sights: Iterator[Sight]) -> None:
        """Take each of them that is wanted."""
        for sight in sights:
            if not self.words or any(word in sight.name for word in self.words):
                self._take(sight, scripts=True)
                if sight.scriptless:
                    self._take(sight, scripts=False)

    def page(self, who: str, *, scripts: bool = True) -> Page:
        """The browser of an account, signed in once."""
        key = (who, scripts)
        if key not in self.pages:
            open_browser = (
                partial(self.studio.signed_in, who) if who else partial(self.studio.page, DESK)
            )
            self.pages[key] = open_browser(scripts=scripts)
        return self.pages[key]

    def _take(self, sight: Sight, *, scripts: bool) -> None:
        page = self.page(sight.who, scripts=scripts)
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        page.goto(f"{self.studio.town.url}{sight.path}")
        if sight.act is not None:
            sight.act(page)
        name = sight.name if scripts else f"{sight.name}-scriptless"
        sys.stderr.write(f"{name}\n")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            self._at_each_width(page, f"{name}-{scheme}")
        page.emulate_media(color_scheme="light")
        self.complaints += [f"{name}: {what}" for what in misfits(page)]
        page.pdf(path=self.wall / f"{name}.pdf", format="A4", print_background=True)

    def _at_each_width(self, page: Page, name: str) -> None:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": FIRST_SCREEN})
            page.screenshot(
                path=self.wall / f"{name}-{width}.png", full_page=True, animations="disabled"
            )


def of_an_empty_installation() -> Iterator[Sight]:
    """Before anything has happened: each page says what to do."""
    yield Sight("empty-home", "/", CO_CHAIR)
    yield Sight("empty-exercises", "/exercises", CO_CHAIR)
    yield Sight("empty-replies", "/replies", CO_CHAIR)
    yield Sight("empty-review", "/review", AUDITOR)
    yield Sight("empty-reach", "/reach?show=problems", DESK_OFFICER)


def of_the_way_in(town: Town) -> Iterator[Sight]:
    """What a stranger sees, and the account's own pages."""
    yield Sight("sign-in", "/sign-in", act=_opens_details, scriptless=True)
    yield Sight("sign-in-wrong", "/sign-in", act=_names_itself)
    yield Sight("sign-in-link", town.sign_in_link(AUDITOR).removeprefix(town.url))
    yield Sight("break-glass", "/break-glass")
    yield Sight("account", "/account", CO_CHAIR, scriptless=True)
    yield Sight("account-passkey", "/account", CO_CHAIR, _presses("Add a passkey"))
    yield Sight("account-keys", "/account", CO_CHAIR, _makes_a_passkey)
    yield Sight("account-app", "/account", CO_CHAIR, _presses("Set up"))
    yield Sight("account-codes", "/account", CO_CHAIR, _presses("Print ten new codes"))
    yield Sight("account-password", "/account", OPERATOR, _sets_a_password)
    yield Sight("sign-in-code", "/sign-in", act=_names_itself)
    yield Sight("accounts", "/accounts", OPERATOR)
    yield Sight("home-operator", "/", OPERATOR)
    yield Sight("refused-403", "/accounts", CO_CHAIR)
    yield Sight("refused-404", "/situation/BP-X-1999-001", CO_CHAIR)
    yield Sight("refused-404-stranger", "/nowhere")


def of_a_trigger() -> Iterator[Sight]:
    """Step 1 and step 2, with and without faults."""
    yield Sight("new", "/new", CO_CHAIR, scriptless=True)
    yield Sight("new-faults", "/new", CO_CHAIR, _presses("Check what will be sent"))
    yield Sight("new-preview", "/", CO_CHAIR, _previews)
    yield Sight("check", "/", CO_CHAIR, _checks)
    yield Sight("check-wrong-word", "/", CO_CHAIR, _sends_without_the_word)
    yield Sight("prove", "/", CO_CHAIR, _is_asked_for_a_proof, scriptless=True)
    yield Sight("check-secretariat", "/", DESK_OFFICER, _checks)


def of_the_desk() -> Iterator[Sight]:
    """The pages that belong to no situation."""
    yield Sight("home", "/?all=1", CO_CHAIR)
    yield Sight("directory", "/directory", CO_CHAIR)
    yield Sight("directory-entry", "/directory/LK", CO_CHAIR)
    yield Sight("directory-change", "/directory/LK/change", DESK_OFFICER)
    yield Sight("directory-change-open", "/directory/LK/change", DESK_OFFICER, _opens_details)
    yield Sight("contact-sheet", "/directory/sheet", CO_CHAIR)
    yield Sight("reach", "/reach", DESK_OFFICER)
    yield Sight("playbooks", "/playbooks", CO_CHAIR)
    yield Sight("playbook", "/playbooks/maritime-distress", CO_CHAIR)
    yield Sight("exercises", "/exercises", CO_CHAIR)
    yield Sight("replies", "/replies", DESK_OFFICER, _opens_details)
    yield Sight("reply", "/replies", DESK_OFFICER, _reads_the_first)


def of_a_situation(name: str, reference: str) -> Iterator[Sight]:
    """Everything that a co-chair can open of it."""
    here = f"/situation/{reference}"
    yield Sight(f"{name}-board", here, CO_CHAIR, scriptless=True)
    yield Sight(f"{name}-board-open", here, CO_CHAIR, _opens_details)
    yield Sight(f"{name}-text", f"{here}/text", CO_CHAIR)
    yield Sight(f"{name}-call", f"{here}/call", DESK_OFFICER)
    yield Sight(f"{name}-call-one", f"{here}/call/BD", DESK_OFFICER, _opens_details)
    yield Sight(f"{name}-meeting", f"{here}/meeting", CO_CHAIR)
    yield Sight(f"{name}-record", f"{here}/record", CO_CHAIR)
    yield Sight(f"{name}-review", f"/review/{reference}", AUDITOR)
    yield Sight(f"{name}-event", f"/review/{reference}/event/3", AUDITOR)


def of_members(town: Town, reference: str) -> Iterator[Sight]:
    """The page behind a link, in every language, and after an answer."""
    link = town.member_link(reference, "email", to=MEMBER_MAIL).removeprefix(town.url)
    sms = town.member_link(reference, "sms", to=MEMBER_PHONE).removeprefix(town.url)
    other = town.member_link(reference, "email", to=OTHER_MAIL).removeprefix(town.url)
    yield Sight("member-sms", sms)
    for spoken in translations():
        yield Sight(f"member-{spoken.tag}", f"{link}{spoken.query}", act=_opens_details)
    yield Sight("member-fault", link, act=_presses("Acknowledge for"))
    yield Sight("member-unknown", "/a/no-such-token-anywhere")
    yield Sight("member-after", link, act=_acknowledges)
    for spoken in translations()[1:]:
        yield Sight(f"member-after-{spoken.tag}", f"{link}{spoken.query}")
    yield Sight("member-already", other)


def _presses(button: str) -> Act:
    return lambda page: page.get_by_role("button", name=re.compile(f"^{button}")).first.click()


def _opens_details(page: Page) -> None:
    page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true })")


def _reads_the_first(page: Page) -> None:
    page.get_by_role("link", name="Read the reply").first.click()


def _makes_a_passkey(page: Page) -> None:
    _presses("Add a passkey")(page)
    page.get_by_label("Name of this device").fill("Duty phone")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_text("The passkey is added").wait_for()


def _sets_a_password(page: Page) -> None:
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()


def _names_itself(page: Page) -> None:
    page.get_by_label("Account").fill(OPERATOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on to the code").click()


def _writes(page: Page) -> None:
    page.goto(page.url.rstrip("/") + "/new")
    page.get_by_role("radio", name="Real").check()
    hand, facts = Hand(page), andaman_sea()
    hand.types("What is happening, in one line", facts.title)
    hand.types("What members need to know", facts.what_happened)
    steps.adds_the_facts(hand, facts)


def _previews(page: Page) -> None:
    _writes(page)
    page.get_by_role("button", name="Refresh the preview").click()


def _checks(page: Page) -> None:
    _writes(page)
    page.get_by_role("button", name="Check what will be sent").click()


def _sends_without_the_word(page: Page) -> None:
    _checks(page)
    _submits(page)


def _submits(page: Page) -> None:
    """As a browser without a script does."""
    with page.expect_navigation():
        page.locator("form.confirm").evaluate("form => form.submit()")


def _is_asked_for_a_proof(page: Page) -> None:
    _checks(page)
    page.get_by_label("Type REAL to show you mean it").fill("REAL")
    _submits(page)


def _acknowledges(page: Page) -> None:
    office = page.get_by_label("Your office")
    if office.count():
        office.select_option(index=1)
        page.get_by_role("button", name=re.compile("^Acknowledge for")).click()


def walk(gallery: Gallery) -> None:
    """From an empty database to a closed and a withdrawn activation, with a look at every page."""
    town = gallery.studio.town
    town.set_on(rate=1)
    names_are_long(town)
    gallery.show(of_an_empty_installation())
    gallery.show(of_the_way_in(town))
    gallery.show(of_a_trigger())
    _an_exercise(gallery, town)
    _a_real_activation(gallery, town)


def _an_exercise(gallery: Gallery, town: Town) -> None:
    reference = town.activates()
    town.set_on(rate=RATE)
    members_have_answered(town)
    town.set_on(rate=1)
    gallery.show(of_a_situation("open", reference))
    gallery.show(of_the_desk())
    gallery.show(of_members(town, reference))
    page = gallery.page(CO_CHAIR)
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.goto(f"{town.url}/situation/{reference}")
    _meets(gallery, page, reference)
    page.goto(f"{town.url}/situation/{reference}/text")
    page.get_by_role("button", name="Close the activation").click()
    page.wait_for_url(re.compile("done="))
    gallery.show(of_a_situation("closed", reference))
    gallery.show(iter([Sight("exercise-score", f"/exercises/{reference}", CO_CHAIR)]))


def _meets(gallery: Gallery, page: Page, reference: str) -> None:
    here = f"/situation/{reference}/meeting"
    gallery.show(iter([Sight("meeting-check", here, CO_CHAIR, _proposes_a_meeting)]))
    page.goto(f"{gallery.studio.town.url}/situation/{reference}")
    steps.fixes_the_meeting(page)
    steps.takes_attendance(page, "AU", "ID")
    steps.notes(page, "Point", "The latest information was exchanged.")
    steps.notes(page, "Decision", "Information is shared daily at 03:00 UTC.")
    steps.notes_a_follow_up(page, "Circulate the record for comments", "Secretariat")
    gallery.show(iter([Sight("meeting-held", here, CO_CHAIR, _opens_details)]))
    gallery.show(iter([Sight("meeting-change", f"{here}?change=1", CO_CHAIR)]))
    page.goto(f"{gallery.studio.town.url}{here}")
    steps.closes_the_meeting(page)


def _a_real_activation(gallery: Gallery, town: Town) -> None:
    reference = town.activates(kind=SituationKind.REAL)
    gallery.show(of_a_situation("real", reference))
    link = town.member_link(reference, "sms", to=MEMBER_PHONE).removeprefix(town.url)
    gallery.show(iter([Sight("member-real", link, act=_opens_details)]))
    gallery.show(iter([Sight("object", f"/situation/{reference}/object", OTHER)]))
    _withdraws(gallery.page(CO_CHAIR), f"{town.url}/situation/{reference}")
    gallery.show(iter([Sight("member-withdrawn", link)]))
    gallery.show(iter([Sight("withdrawn-board", f"/situation/{reference}", CO_CHAIR)]))


def names_are_long(town: Town) -> None:
    """Some members are called by their whole names."""
    with town.installation.database.transaction() as session:
        for member in session.scalars(select(Member).where(Member.code.in_(LONG_NAMES))):
            member.display_name = LONG_NAMES[member.code]


def members_have_answered(town: Town) -> None:
    """Some by themselves; two say what a person must read."""
    until("replies have come in", lambda: _replies(town) > FEW)
    town.speaks(TELEPHONE, "Which desk is this, please? We cannot say yes before the minister has.")
    town.speaks(OTHER_MAIL, "I am on leave until Monday. Is this real, and who else is asked?")
    until("these too", lambda: _replies(town) > FEW + 2)


def _replies(town: Town) -> int:
    with town.installation.database.reading() as session:
        return len(session.scalars(select(Reply.id)).all())


def _proposes_a_meeting(page: Page) -> None:
    page.get_by_label("Link or place").fill("https://meet.secretariat.example/consultation")
    page.get_by_role("button", name="Check the invitations").click()


def _withdraws(page: Page, board: str) -> None:
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.goto(f"{board}/text")
    page.get_by_role("button", name=re.compile("withdraw", re.IGNORECASE)).click()
    page.wait_for_url(re.compile("done="))


def main() -> None:
    """Take every picture that is asked for, and say what does not fit."""
    wall, words = Path(sys.argv[1]), tuple(sys.argv[2:])
    wall.mkdir(parents=True, exist_ok=True)
    with open_studio(silent=(*SILENT, "MY")) as studio:
        gallery = Gallery(studio, wall, words)
        walk(gallery)
    sys.stdout.writelines(f"{line}\n" for line in gallery.complaints)


if __name__ == "__main__":
    main()
