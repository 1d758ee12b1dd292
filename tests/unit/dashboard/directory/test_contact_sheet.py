"""Paper for the day when all is down: masked until asked for with a reason, then all of it."""

import base64
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from dashboard.directory import contact_sheet
from store.act import Act, Actor
from store.installation import Installation
from store.tables import ContactPoint, LedgerDisclosure, LedgerEntry, Notice
from tests.support.web import Browser, NewBrowser
from tests.support.web_acts import sent

BANGLADESH = "+99920204417"


def uncovered(installation: Installation) -> list[str]:
    with installation.database.reading() as session:
        query = select(LedgerEntry.body).where(LedgerEntry.type == "cm.contact_point.uncovered.v1")
        return list(session.scalars(query))


def names(page: str) -> list[str]:
    return re.findall(r"<h2>([^<]+) <small>", page)


def test_the_sheet_of_the_directory_is_masked_and_has_the_co_chairs_first(
    browser: NewBrowser,
) -> None:
    page = browser("secretariat").open("/directory/sheet")

    assert names(page) == ["Australia", "Indonesia", "Bangladesh", "Sri Lanka", "Thailand"]
    assert "+999 ••• •• 4417" in page
    assert BANGLADESH not in page
    assert "Dhaka, UTC+6:00" in page
    assert "at work 03:00 to 11:00 UTC, not Saturday, Sunday" in page


@pytest.mark.check(35, 43)
def test_full_numbers_need_a_reason_and_a_proof_and_are_logged_without_being_written_down(
    browser: NewBrowser, installation: Installation
) -> None:
    officer = browser("secretariat")
    officer.open("/directory/sheet")
    officer.send("/directory/sheet", status=403, reason="Quarterly print", proof_code="")
    officer.send("/directory/sheet", status=400, reason="")
    assert BANGLADESH not in officer.page
    assert uncovered(installation) == []

    officer.send("/directory/sheet", status=200, reason="Quarterly print")

    assert BANGLADESH in officer.page
    assert "by secretariat" in officer.page
    [body] = uncovered(installation)
    assert "+999" not in body
    assert "Quarterly" not in body
    with installation.database.reading() as session:
        every = session.scalars(select(ContactPoint.id)).all()
        kept = session.scalars(select(LedgerDisclosure.disclosure)).all()
    assert all(str(one) in body for one in every)
    assert any("Printed: Quarterly print" in read(one) for one in kept)


def read(disclosure: str) -> str:
    return base64.urlsafe_b64decode(disclosure + "==").decode()


def test_the_sheet_of_a_situation_has_the_words_and_whom_to_call_first(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    where = sent(co_chair)
    assert words_of(installation, "BD") not in co_chair.open(f"{where}/sheet")

    co_chair.send(f"{where}/sheet", status=200, reason="The mail is down")

    assert words_of(installation, "BD") in co_chair.page
    assert BANGLADESH in co_chair.page
    assert f"{where}/sheet" in co_chair.open(f"{where}/call")


def words_of(installation: Installation, code: str) -> str:
    with installation.database.reading() as session:
        return session.scalars(select(Notice.words).where(Notice.member_code == code)).one()


@pytest.mark.parametrize("who", ["auditor", "operator"])
def test_nobody_else_prints_it(browser: NewBrowser, who: str) -> None:
    browser(who).open("/directory/sheet", status=403)


def test_the_host_writes_it_as_one_file_and_into_the_ledger(installation: Installation) -> None:
    actor = Actor("operator", "command line", role="operator")
    with installation.database.transaction() as session:
        text = contact_sheet.for_the_host(
            session, Act(actor, installation.now() + timedelta(hours=1)), reason="Monthly"
        )

    assert BANGLADESH in text
    assert "@page" in text
    assert "&lt;" not in text.split("</style>")[0]
    assert re.findall(r'(?:src|href)="', text) == []
    assert len(uncovered(installation)) == 1


def test_a_name_with_a_script_in_it_is_harmless_on_paper(
    browser: NewBrowser, installation: Installation
) -> None:
    with installation.database.transaction() as session:
        office = session.scalars(select(ContactPoint)).first()
        assert office is not None
        office.focal_point.office = "<script>alert(1)</script>"

    page = opened(browser)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def opened(browser: NewBrowser) -> str:
    officer: Browser = browser("secretariat")
    return officer.open("/directory/sheet")
