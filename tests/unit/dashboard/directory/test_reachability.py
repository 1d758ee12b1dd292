"""The page that says what will work today."""

from mechanism.lifecycle import Health
from store.installation import Installation
from store.tables import ContactPoint
from tests.support.web import NewBrowser


def test_what_does_not_work_stands_first_and_addresses_are_masked(
    installation: Installation, browser: NewBrowser
) -> None:
    with installation.database.transaction() as session:
        broken = session.query(ContactPoint).filter_by(address="desk2@th.example").one()
        broken.health = Health.FAILED
        unproven = session.query(ContactPoint).filter_by(address="desk2@au.example").one()
        unproven.health = Health.UNPROVEN

    rows = browser("secretariat").open("/reach").partition("<tbody")[2]

    assert rows.index("d•••@th.example") < rows.index("d•••@au.example") < rows.index("Works")
    assert "Will not work" in rows
    assert "Nobody has answered from it yet" in rows
    assert "desk2@" not in rows


def test_each_number_says_how_its_country_can_answer(browser: NewBrowser) -> None:
    page = browser("co_chair-au").open("/reach")

    assert "<span>An SMS<br>" in page  # Australia
    assert "The link in the SMS" in page  # Indonesia, Bangladesh
    assert "oes without the title" in page  # Thailand
    assert "twilio, 2026-11-23" in page


def test_a_reader_may_ask_for_the_problems_alone(browser: NewBrowser) -> None:
    secretariat = browser("secretariat")

    assert "Every address works." not in secretariat.open("/reach")
    assert "Every address works." in secretariat.open("/reach?show=problems")


def test_the_directory_leads_to_it(browser: NewBrowser) -> None:
    assert 'href="/reach"' in browser("co_chair-au").open("/directory")
    assert 'href="/reach"' not in browser("auditor").open("/directory")


def test_an_auditor_does_not_see_it(browser: NewBrowser) -> None:
    browser("auditor").open("/reach", status=403)
