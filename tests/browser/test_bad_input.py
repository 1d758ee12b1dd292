"""What goes wrong at a desk: hurried hands, two at once, what changed meanwhile, what stands still.

And what a browser is told to show otherwise: forced colours, paper, less motion.
"""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from convening import accounts, activate, providers
from dashboard.situations import new
from mechanism.vocabulary import Pin
from notifications import route_order
from playbooks.situation import SituationKind
from store.act import Act, Actor
from store.heartbeats import SILENT_AFTER
from store.tables import Account, Activation, Concurrence, Draft, Heartbeat, NoticeText
from tests.support.browser import steps
from tests.support.browser.steps import Hand, ends_every_session
from tests.support.browser.street import RATE, Street
from tests.support.browser.town import Town, andaman_sea

pytestmark = pytest.mark.browser

SEND = re.compile("^Send the exercise to")
OPERATOR = Actor("operator", "host")
A4_WIDTH = 695  # CSS pixels, within the margins


@pytest.fixture(scope="module", autouse=True)
def _at_a_persons_pace(town: Town) -> Iterator[None]:
    """No told minutes pass between a look and the press of a button."""
    town.set_on(rate=1.0)
    yield
    town.set_on(rate=RATE)


@pytest.fixture(scope="module")
def situation(town: Town) -> str:
    """An exercise of its own, in which most have not answered yet."""
    return town.activates()


def activations(town: Town) -> int:
    with town.installation.database.reading() as session:
        return session.query(Activation).count()


def prepared_by_the_secretariat(town: Town) -> str:
    """A draft that either co-chair may send; the address of its check page."""
    facts = andaman_sea().model_copy(update={"kind": SituationKind.EXERCISE})
    with town.installation.database.transaction() as session:
        typed = {
            "kind": facts.kind.value,
            "playbook": facts.playbook,
            "title": facts.title,
            "short_title": facts.short_title,
            "what_happened": facts.what_happened,
            "deadline": "60",
            "as_of": f"{facts.as_of:%Y-%m-%dT%H:%M}",
            "members": list(activate.asked_by_playbook(session, facts)),
        }
        owner = session.query(Account).filter_by(name="Bangkok duty desk").one()
        form = dict.fromkeys(new.TYPED, "") | typed
        draft = Draft(account_id=owner.id, form=form, changed_at=town.installation.now())
        session.add(draft)
        session.flush()
        return f"{town.url}/new/{draft.id}/check"


def types_the_word(page: Page) -> Locator:
    """The word is typed; the button that sends."""
    page.get_by_label("Type EXERCISE to show you mean it").fill("EXERCISE")
    return page.get_by_role("button", name=SEND)


def test_a_doubled_click_on_send_makes_one_situation(street: Street, town: Town) -> None:
    page = street.visitor("Canberra duty desk")
    steps.adds_a_passkey(page, town.url)
    steps.begins_a_situation(Hand(page), andaman_sea())
    page.get_by_role("button", name="Check what will be sent").click()
    before = activations(town)

    types_the_word(page).dblclick()

    steps.reference_of(page)
    assert activations(town) == before + 1


def test_without_a_script_a_doubled_click_makes_one_and_leads_to_it(
    street: Street, town: Town
) -> None:
    page = street.visitor("Jakarta duty desk", java_script_enabled=False)
    code = town.printed_codes("Jakarta duty desk")[0]
    hand = Hand(page)
    steps.presses_send_at_once(hand, andaman_sea())
    before = activations(town)
    page.get_by_label("Code", exact=True).fill(code)

    page.get_by_role("button", name="Use the code and send to the members").dblclick()

    board = page.locator(".facts")
    refusal = page.get_by_role("link", name="Go to the board")
    expect(board.or_(refusal)).to_be_visible()
    if refusal.is_visible():
        expect(page.get_by_text("It was not sent a second time.")).to_be_visible()
        refusal.click()
    expect(board).to_be_visible()
    assert activations(town) == before + 1
    for refused in ("403", "409"):
        street.expected(refused)


@pytest.mark.check(10)
def test_two_co_chairs_who_send_at_once_make_one_situation_and_both_come_to_it(
    street: Street, town: Town
) -> None:
    where = prepared_by_the_secretariat(town)
    pages = [street.visitor(account) for account in ("Canberra duty desk", "Jakarta duty desk")]
    for page in pages:
        steps.adds_a_passkey(page, town.url)
        page.goto(where)
    before = activations(town)

    for button in [types_the_word(page) for page in pages]:
        button.click(no_wait_after=True)

    for page in pages:
        refusal = page.get_by_role("link", name="Go to the board")
        expect(page.locator(".facts").or_(refusal)).to_be_visible()
    refused = [page for page in pages if "/new/" in page.url]
    assert len(refused) == 1
    expect(refused[0].locator("main")).to_contain_text(re.compile("This draft was sent by"))
    refused[0].get_by_role("link", name="Go to the board").click()
    assert steps.reference_of(pages[0]) == steps.reference_of(pages[1])
    assert activations(town) == before + 1
    street.expected("409")


def test_a_check_page_that_is_stale_says_what_has_changed_and_can_be_sent_anew(
    street: Street, town: Town
) -> None:
    where = prepared_by_the_secretariat(town)
    page = street.visitor("Canberra duty desk")
    steps.adds_a_passkey(page, town.url)
    page.goto(where)
    before = activations(town)
    other = street.visitor("Jakarta duty desk")
    other.goto(where.removesuffix("/check"))
    other.get_by_label("What members need to know", exact=True).fill("Seven boats, not six.")
    other.get_by_role("button", name="Refresh the preview").click()
    expect(other.locator(".mail")).to_contain_text("Seven boats, not six.")

    types_the_word(page).click()

    note = page.locator(".note-bad")
    expect(note).to_contain_text("What would be sent has changed since you looked.")
    expect(note.get_by_role("listitem")).to_have_text("The situation: its title, text or figures.")
    assert activations(town) == before
    types_the_word(page).click()
    steps.reference_of(page)
    assert activations(town) == before + 1
    street.expected("409")


def test_what_cannot_be_seen_comes_back_to_be_looked_at_and_sent_on(
    street: Street, town: Town, situation: str
) -> None:
    page = street.visitor("Jakarta duty desk")
    steps.adds_a_passkey(page, town.url)
    page.goto(f"{town.url}/situation/{situation}/object")
    page.get_by_label("The reason").fill("It is \u202eno boat <b>but</b> a raft")

    page.get_by_role("button", name="Object and stop further messages").click()
    expect(page.get_by_role("alert")).to_contain_text("U+202E")
    page.get_by_role("button", name="Go on with what stands here").click()
    page.get_by_role("button", name="Use a passkey and object").click()

    expect(page.locator("section.needs")).to_contain_text("objects")
    with town.installation.database.reading() as session:
        said = session.query(Concurrence).order_by(Concurrence.id.desc()).first()
        assert said is not None
        assert said.reason == "It is no boat <b>but</b> a raft"
    for refused in ("400", "403"):
        street.expected(refused)


def test_an_act_whose_session_has_ended_is_done_after_the_sign_in_with_all_that_was_typed(
    street: Street, town: Town, situation: str
) -> None:
    page = street.visitor("Jakarta duty desk")
    steps.adds_a_passkey(page, town.url)
    page.goto(f"{town.url}/situation/{situation}/text")
    page.locator("#situation_update_title").fill("Two boats were found")
    written = "The first was towed in.\nOf the second's people <b>nine</b> are missing."
    page.locator("#situation_update_body").fill(written)
    ends_every_session(town, "Jakarta duty desk")

    page.get_by_role("button", name=re.compile("^Send this update to")).click()
    expect(page.get_by_text("nothing that you wrote is lost")).to_be_visible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Go on with what I wrote").click()
    page.get_by_role("button", name=re.compile("^Use a passkey and send a text")).click()

    expect(page.locator(".note-ok")).to_contain_text("on its way")
    with town.installation.database.reading() as session:
        newest = session.query(NoticeText).order_by(NoticeText.id.desc()).first()
        assert newest is not None
        assert newest.body.replace("\r", "") == written
    street.expected("403")


@contextmanager
def the_engine_stands_still(town: Town) -> Iterator[None]:
    """It is stopped as by a system that is out of memory, and was last seen a minute ago."""
    number = town.together.number_of("engine")
    with town.installation.database.transaction() as session:  # so that it holds no lock itself
        os.kill(number, signal.SIGSTOP)
        session.get_one(Heartbeat, "engine").at = accounts.real_now() - 2 * SILENT_AFTER
    try:
        yield
    finally:
        os.kill(number, signal.SIGCONT)
        with town.installation.database.transaction() as session:
            session.get_one(Heartbeat, "engine").at = accounts.real_now() + timedelta(seconds=1)


@contextmanager
def no_provider_takes_texts(town: Town) -> Iterator[None]:
    """A person has said so of each; its breaker would come to the same after some faults."""
    channels = route_order.channels(town.settings)
    names = [name for name, channel in channels.items() if channel.value == "sms"]
    for name in names:
        _pin(town, name, Pin.DOWN)
    try:
        yield
    finally:
        for name in names:
            _pin(town, name, Pin.AUTO)


def _pin(town: Town, name: str, to: Pin) -> None:
    with town.installation.database.transaction() as session:
        providers.pin(
            session,
            Act(OPERATOR, town.installation.now(), signature="Operator"),
            town.settings,
            name,
            to,
            reason="a test",
        )


@pytest.mark.parametrize(
    ("stands", "on_the_board", "before_sending"),
    [
        (the_engine_stands_still, "Messages are not being sent:", "Messages would not leave now"),
        (no_provider_takes_texts, "Texts are not being taken by", "Texts are not being taken by"),
    ],
)
def test_what_keeps_messages_from_leaving_is_on_the_open_board_and_before_the_button(
    street: Street,
    town: Town,
    situation: str,
    stands: Callable[[Town], AbstractContextManager[None]],
    on_the_board: str,
    before_sending: str,
) -> None:
    where = prepared_by_the_secretariat(town)
    page = street.visitor("Canberra duty desk")
    page.goto(f"{town.url}/situation/{situation}")
    first = page.locator("section.needs .need").first
    expect(page.locator("#live")).to_contain_text("Live. Last change")
    expect(page.locator("main")).not_to_contain_text(on_the_board)

    with stands(town):
        expect(first).to_contain_text(on_the_board)
        expect(first.get_by_role("link", name="Open the call sheet")).to_be_visible()
        page.goto(where)
        warning = page.locator(".warning", has_text=before_sending)
        assert steps.bottom_of(warning) < steps.bottom_of(page.get_by_role("button", name=SEND))

    page.reload()
    expect(warning).to_have_count(0)


def test_with_forced_colours_every_state_has_its_words_and_its_edge(
    street: Street, town: Town, situation: str
) -> None:
    page = street.visitor("Canberra duty desk")
    page.goto(f"{town.url}/situation/{situation}")
    expect(page.locator(".tag").first).to_be_visible()

    page.emulate_media(forced_colors="active")

    tags = [tag for tag in page.locator("main .tag").all() if tag.is_visible()]
    assert len({tag.inner_text() for tag in tags}) >= 2
    for tag in tags:
        assert re.search(r"\w{3}", tag.inner_text())
        expect(tag).to_have_css("border-style", "solid")
        expect(tag).to_have_css("border-width", "2px")
    expect(page.locator(".band")).to_have_css("border-style", "solid")
    expect(page.locator(".band")).to_contain_text(re.compile("exercise", re.IGNORECASE))
    done, waits = page.locator(".unit-ok").first, page.locator(".unit:not(.unit-ok)").first
    assert ground(done) != ground(waits)  # full and empty, whatever the two colours are
    assert ground(done) == page.evaluate(
        "() => { const p = document.createElement('p'); p.style.color = 'CanvasText';"
        "document.body.append(p); const c = getComputedStyle(p).color; p.remove(); return c }"
    )


def ground(target: Locator) -> str:
    return str(target.evaluate("it => getComputedStyle(it).backgroundColor"))


@pytest.mark.parametrize("path", ["/situation/{}", "/review/{}"])
def test_on_paper_stands_what_was_on_the_page_black_on_white_and_whole(
    street: Street, town: Town, situation: str, path: str
) -> None:
    page = street.visitor("Audit office", color_scheme="dark")
    page.goto(town.url + path.format(situation))
    rows = page.locator("main tbody tr").count()

    page.set_viewport_size({"width": A4_WIDTH, "height": 1000})
    page.emulate_media(media="print", color_scheme="dark")

    for no_use in (".menu", ".menu-below", ".whoami", ".skip", ".to-menu", "main button"):
        for one in page.locator(no_use).all():
            expect(one).to_be_hidden()
    expect(page.locator("body")).to_have_css("color", "rgb(0, 0, 0)")
    printed = page.locator("main tbody tr")
    assert rows > 5
    assert len([row for row in printed.all() if row.is_visible()]) == rows
    assert page.evaluate(BEYOND_THE_PAPER) == []
    assert len(page.pdf(format="A4", print_background=False)) > 10_000


BEYOND_THE_PAPER = """() => [...document.querySelectorAll("main *")]
  .filter((it) => it.checkVisibility() && !it.closest("svg, .visually-hidden"))
  .filter((it) => it.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    || (getComputedStyle(it).overflow !== "visible" && it.scrollWidth > it.clientWidth + 1))
  .map((it) => it.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(("motion", "breathes"), [("no-preference", True), ("reduce", False)])
def test_the_live_dot_stands_still_for_whoever_wants_less_motion(
    street: Street,
    town: Town,
    situation: str,
    motion: str,
    breathes: bool,  # noqa: FBT001
) -> None:
    page = street.visitor("Canberra duty desk", reduced_motion=motion)
    page.goto(f"{town.url}/situation/{situation}")
    expect(page.locator("#live")).to_contain_text("Live. Last change")

    running = "document.getAnimations().filter((it) => it.playState === 'running').length"
    moving = page.evaluate(running)

    assert (moving > 0) is breathes
