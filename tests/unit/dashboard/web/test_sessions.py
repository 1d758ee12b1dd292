"""The table of roles and routes, tried route by route; and the three ways of refusing a form."""

import re
from itertools import product

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from starlette.routing import Mount, Route

from convening import accounts
from dashboard.app import PAGES, routes
from dashboard.situations.home import home
from dashboard.web.page import STAFF, Page, PageWithoutRuleError
from mechanism.vocabulary import Role
from store.installation import Installation
from store.tables import LedgerEntry, WebSession
from tests.support.table import each
from tests.support.web import NewBrowser

SIGN_IN = "/sign-in"
ACCOUNTS = {
    Role.CO_CHAIR: "co_chair-au",
    Role.SECRETARIAT: "secretariat",
    Role.AUDITOR: "auditor",
    Role.OPERATOR: "operator",
}
STREAMED = {"/situation/{reference}/live"}
ANSWERED = [page for page in PAGES if page.path not in STREAMED]


@pytest.mark.check(36)
def test_every_route_is_a_page_that_says_who_may_enter() -> None:
    served = {(r.path, m) for r in routes() if isinstance(r, Route) for m in r.methods or ()}
    listed = {(page.path, method) for page in PAGES for method in page.methods}

    assert {(path, method) for path, method in served if method != "HEAD"} == listed
    assert [r.path for r in routes() if isinstance(r, Mount)] == ["/static"]
    assert all(page.entry(method) for page in PAGES for method in page.methods)


@pytest.mark.check(36)
def test_a_page_that_does_not_say_who_may_enter_is_refused_by_its_name() -> None:
    """The pages are made when the application is loaded, so that it does not start with one."""
    with pytest.raises(PageWithoutRuleError, match="The page /forgotten says neither"):
        Page("/forgotten", home)

    assert Page("/forgotten", home, lets=STAFF).entry("GET") == STAFF
    assert None in Page("/forgotten", takes=home, signed_by="twilio").entry("POST")


def somewhere(path: str) -> str:
    """An address of a route; what it names need not exist."""
    return re.sub(r"\{\w+(:int)?\}", lambda found: "1" if found[1] else "XX", path)


@pytest.mark.check(36)
@each(page=ANSWERED)
def test_a_route_lets_in_the_roles_of_the_table_and_no_other(
    browser: NewBrowser, page: Page
) -> None:
    for role, method in product(Role, page.methods):
        visitor = browser(ACCOUNTS[role])
        visitor.open("/account")
        token = re.search(r'name="form_token" value="(\w+)"', visitor.page)

        answer = visitor.client.request(
            method,
            somewhere(page.path),
            data={"form_token": token[1]} if token and method == "POST" else None,
            follow_redirects=False,
        )

        refused = "This page is not for your role" in answer.text
        assert refused == (role not in page.entry(method)), (role, method)


@each(page=ANSWERED)
def test_a_stranger_is_led_to_the_sign_in(browser: NewBrowser, page: Page) -> None:
    for method in page.methods:
        answer = browser().client.request(method, somewhere(page.path), follow_redirects=False)

        if None in page.entry(method):
            assert not answer.headers.get("location", "").startswith(SIGN_IN + "?next")
        elif method == "GET":
            assert answer.status_code == 303
            assert answer.headers["location"].startswith(SIGN_IN)
        else:
            assert answer.status_code == 403
            assert "You are signed out" in answer.text


def test_the_stream_of_a_board_is_not_for_strangers(browser: NewBrowser) -> None:
    for path in STREAMED:
        browser().open(somewhere(path), status=303)


@pytest.mark.check(44)
def test_a_turned_away_visitor_is_written_down(
    browser: NewBrowser, installation: Installation
) -> None:
    browser("auditor").open("/new", status=403)

    with installation.database.reading() as session:
        kinds = [entry.type for entry in session.query(LedgerEntry)]
    assert "cm.access.refused.v1" in kinds


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://localhost:8080"}, True),
        ({"Origin": "http://elsewhere.example"}, False),
        ({"Origin": "null"}, False),  # says nothing, and there is no token
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8080"}, False),
        ({}, False),
    ],
)
@pytest.mark.check(18)
def test_a_form_must_come_from_a_page_of_ours(
    browser: NewBrowser,
    installation: Installation,
    headers: dict[str, str],
    passes: bool,  # noqa: FBT001
) -> None:
    visitor = browser("co_chair-au")

    answer = visitor.client.post("/sign-out", headers=headers, follow_redirects=False)

    with installation.database.reading() as session:
        ended = session.query(WebSession).filter(WebSession.ended_at.is_not(None)).count()
    assert ended == (1 if passes else 0)
    assert answer.status_code == (303 if passes else 403)


@pytest.mark.check(18)
def test_without_those_headers_the_token_in_the_form_passes_and_no_other_does(
    browser: NewBrowser,
) -> None:
    visitor, other = browser("co_chair-au"), browser("co_chair-id")
    visitor.open("/account")
    other.open("/account")
    foreign = re.search(r'name="form_token" value="(\w+)"', other.page)
    assert foreign is not None

    visitor.send("/sign-out", {"form_token": foreign[1]}, status=403)
    visitor.open("/account")

    visitor.send("/sign-out")
    visitor.open("/account", status=303)


@pytest.mark.check(18)
def test_reading_changes_nothing(browser: NewBrowser, installation: Installation) -> None:
    co_chair = browser("co_chair-au")
    co_chair.open("/account")

    def entries() -> int:
        with installation.database.reading() as session:
            return session.query(LedgerEntry).count()

    before = entries()
    for page in ANSWERED:
        if page.signed_by:
            continue  # a gateway hands over by GET alone, under a mark of ours
        if page.shows is not None and Role.CO_CHAIR in page.entry("GET"):
            co_chair.client.get(somewhere(page.path), follow_redirects=False)
            co_chair.client.head(somewhere(page.path), follow_redirects=False)
    assert entries() == before


def test_the_password_of_nobody_costs_as_much_as_any_and_fits_no_word() -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

    of_nobody = accounts.no_password(hasher)

    assert not hasher.check_needs_rehash(of_nobody)
    assert of_nobody != accounts.no_password(hasher)
    with pytest.raises(VerifyMismatchError):
        hasher.verify(of_nobody, "a word of somebody's")
