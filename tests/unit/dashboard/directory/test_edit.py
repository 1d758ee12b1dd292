"""The secretariat changes an address in the browser; nobody else does."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from mechanism.vocabulary import MessagePurpose
from store.installation import Installation
from store.tables import ContactPoint, Message
from tests.support.web import Browser, NewBrowser

HERE = "/directory/BD/change"


def contacts(installation: Installation) -> dict[str, tuple[int, bool]]:
    with installation.database.reading() as session:
        rows = session.scalars(select(ContactPoint))
        return {one.address: (one.id, one.retired_at is None) for one in rows}


def office(page: str) -> str:
    found = re.search(r'name="office" value="(\d+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def officer(browser: NewBrowser) -> Browser:
    officer = browser("secretariat")
    officer.open(HERE)
    return officer


def test_an_address_is_added_replaced_and_retired(
    officer: Browser, installation: Installation
) -> None:
    adds = {"act": "add", "office": office(officer.page), "channel": "email"}
    where = officer.send(HERE, adds, address="night@bd.example")
    assert "Added. It is used from now on" in officer.open(where)
    old, _ = contacts(installation)["desk1@bd.example"]
    officer.send(HERE, act="replace", contact=str(old), address="first@bd.example")
    assert "place once somebody has answered" in officer.open(HERE)
    officer.send(HERE, act="retire", contact=str(old))

    now = contacts(installation)
    assert now["night@bd.example"][1]
    assert now["first@bd.example"][1]
    assert not now["desk1@bd.example"][1]


def test_a_test_is_sent_once_in_five_minutes(officer: Browser, installation: Installation) -> None:
    contact = str(contacts(installation)["desk1@bd.example"][0])
    officer.send(HERE, act="test", contact=contact)
    officer.send(HERE, act="test", contact=contact, status=400)

    assert "less than five minutes ago" in officer.page
    with installation.database.reading() as session:
        query = select(Message).where(Message.purpose == MessagePurpose.ADDRESS_TEST)
        [message] = session.scalars(query)
    assert "Nothing is asked but to answer OK" in message.body


@pytest.mark.parametrize("address", ["", "no address", "+12", "a@b@c", "<script>@bd.example"])
@pytest.mark.check(7)
def test_what_is_no_address_is_refused_and_shown_again(
    officer: Browser, installation: Installation, address: str
) -> None:
    before = contacts(installation)
    number = office(officer.page)

    officer.send(
        HERE, {"act": "add", "office": number, "channel": "email"}, address=address, status=400
    )

    assert f'href="#address_new_{number}"' in officer.page
    assert "<script>@" not in officer.page
    assert contacts(installation) == before


def test_an_address_of_another_member_is_not_touched(
    officer: Browser, installation: Installation
) -> None:
    other = str(contacts(installation)["desk1@lk.example"][0])

    officer.send(HERE, act="retire", contact=other, status=409)

    assert contacts(installation)["desk1@lk.example"][1]


@pytest.mark.parametrize("who", ["co_chair-au", "auditor", "operator"])
def test_nobody_but_the_secretariat_changes_addresses(browser: NewBrowser, who: str) -> None:
    browser(who).open(HERE, status=403)


def test_what_is_due_for_the_quarterly_word_says_for_how_long(
    browser: NewBrowser, installation: Installation
) -> None:
    with installation.database.transaction() as session:
        query = select(ContactPoint).where(ContactPoint.address == "desk1@bd.example")
        session.scalars(query).one().verified_on = date(2026, 8, 23)

    assert "Not verified for 92 days" in browser("auditor").open("/directory/BD")
    assert "Not verified for 92 days" in browser("secretariat").open(HERE)
