"""A whole consultation, as a co-chair and an auditor see and do it."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import steps
from tests.support.browser.steps import Hand
from tests.support.browser.street import Street
from tests.support.browser.town import andaman_sea
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.browser


def test_a_consultation_goes_from_the_trigger_to_evidence_that_anybody_can_verify(
    street: Street, tmp_path: Path
) -> None:
    co_chair = street.visitor("Canberra duty desk")
    reference = writes_checks_and_sends(co_chair)
    watches_answers_come_in(co_chair)
    meets(co_chair)
    record_is_handed_over(co_chair, tmp_path)
    ends_it(co_chair, reference)

    auditor = street.visitor("Audit office")
    reads_the_review(auditor, reference)
    sees_a_reply_beside_its_reading(auditor)
    bundle = takes_the_evidence(auditor, reference, tmp_path)
    assert verified(bundle)


def writes_checks_and_sends(page: Page) -> str:
    hand, facts = Hand(page), andaman_sea()
    steps.begins_a_situation(hand, facts)
    expect(page.locator(".over")).to_have_text("Step 1 of 2. Nothing is sent from this page.")
    steps.adds_the_facts(hand, facts)
    reference = steps.checks_and_sends(hand)
    expect(page.locator("h1")).to_have_text(facts.title)
    return reference


def watches_answers_come_in(page: Page) -> None:
    """The page is never loaded anew: what changes came by itself."""
    loads: list[str] = []
    page.on("domcontentloaded", lambda loaded: loads.append(loaded.url))
    expect(page.locator("#live")).to_contain_text("Live. Last change")
    shown = page.locator(".figure").first.inner_text()

    expect(steps.acknowledged(page)).not_to_have_text(shown)
    expect(page.locator("tr.done").nth(3)).to_be_visible()

    assert loads == []
    page.get_by_text("All details and texts").click()
    expect(page.locator("#details")).to_contain_text("Persons adrift")


def meets(page: Page) -> None:
    steps.fixes_the_meeting(page)
    steps.takes_attendance(page, "AU", "ID")
    steps.notes(page, "Point", "The latest information was exchanged.")
    steps.notes(page, "Decision", "Information is shared daily.")
    steps.notes_a_follow_up(page, "Circulate the record for comments", "Secretariat")
    steps.closes_the_meeting(page)


def record_is_handed_over(page: Page, folder: Path) -> None:
    pdf = steps.downloads(page, page.get_by_role("link", name="Download the PDF"), folder)
    word = page.get_by_role("link", name="Download the Word document")
    docx = steps.downloads(page, word, folder)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert docx.read_bytes().startswith(b"PK")

    page.get_by_role("button", name="Adopt revision 1").click()

    expect(page.get_by_text("The record is adopted.")).to_be_visible()


def ends_it(page: Page, reference: str) -> None:
    page.get_by_role("link", name="Back to the board").click()
    page.get_by_role("link", name="End the exercise").click()
    page.get_by_role("button", name="Close the activation").click()
    expect(page.locator(".band")).to_contain_text("Review of a closed exercise")
    expect(page.locator(".band")).to_contain_text(reference)


def reads_the_review(page: Page, reference: str) -> None:
    page.get_by_role("link", name="Review").first.click()
    page.locator("tr", has_text=reference).get_by_role("link").click()
    expect(page.locator(".facts .figure")).to_have_count(6)
    expect(page.locator("#events tbody tr").nth(20)).to_be_visible()


def sees_a_reply_beside_its_reading(page: Page) -> None:
    review = page.url
    page.get_by_label("Kind of event").select_option(label="notice answered")
    page.get_by_role("button", name="Filter").click()
    page.locator("#events tbody tr", has_text="sha256:").first.get_by_role("link").click()
    page.get_by_label("Why you need to see them").fill("A test of the exercise")
    page.get_by_role("button", name="Uncover, and write that down").click()
    expect(page.locator("section", has_text="As it came").locator(".raw").first).not_to_be_empty()
    expect(page.locator("dl", has=page.get_by_text("Meaning", exact=True))).to_be_visible()
    page.goto(review)
    expect(page.get_by_text(re.compile("uncovered .* of event"))).to_be_visible()


def takes_the_evidence(page: Page, reference: str, folder: Path) -> Path:
    page.get_by_label("What it is for").fill("A test of the exercise")
    button = page.get_by_role("button", name="Download the evidence bundle")
    bundle = steps.downloads(page, button, folder)
    assert bundle.name == f"{reference}.evidence.zip"
    return bundle


def verified(bundle: Path) -> bool:
    """The verdict of the bundle's own verifier, as `python3 verify.py` gives it."""
    with zipfile.ZipFile(bundle) as packed:
        packed.extract("verify.py", bundle.parent)
    done = subprocess.run(  # noqa: S603 - the file that we have just made
        [sys.executable, "-I", "verify.py", bundle.name],
        cwd=bundle.parent, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return True
