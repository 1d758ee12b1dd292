import re
from datetime import timedelta

import pytest

from convening import accounts
from dashboard.accounts import second_factor
from store.installation import Installation
from store.tables import Account, LedgerDisclosure, LedgerEntry, SignInLink, WebSession
from tests.support.clock import ToldTime
from tests.support.web import PASSWORD, Browser, NewBrowser, an_app
from tests.support.web_acts import give_password

WRONG = "not this one"


def a_link(installation: Installation, account: str, real: ToldTime) -> str:
    with installation.database.transaction() as session:
        row = session.query(Account).filter_by(name=account).one()
        return "/sign-in/" + accounts.new_sign_in_link(session, row, real_now=real.now())


@pytest.mark.check(28)
def test_opening_a_link_signs_nobody_in_and_its_button_does_so_once(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    link = a_link(installation, "co_chair-au", real)
    duty_officer = browser()

    duty_officer.open(link)
    duty_officer.open("/account", status=303)
    duty_officer.open(link)
    where = duty_officer.send(link)

    assert where == "/"
    assert "Set a password" in duty_officer.open("/")
    assert "used" in browser().open(link, status=410)


@pytest.mark.check(28)
def test_a_link_is_too_old_after_a_quarter_of_an_hour(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    link = a_link(installation, "co_chair-au", real)

    real.passes(timedelta(minutes=15))

    browser().open(link, status=410)


@pytest.mark.check(33)
def test_only_digests_of_links_and_sessions_are_kept(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    link = a_link(installation, "co_chair-au", real)
    visitor = browser()
    visitor.open(link)
    visitor.send(link)

    with installation.database.reading() as session:
        kept = session.query(SignInLink).one().digest, session.query(WebSession).one().digest

    assert link.removeprefix("/sign-in/") not in kept
    assert visitor.client.cookies["cm"] not in kept


def types_password_and_code(
    visitor: Browser, installation: Installation, real: ToldTime, next_path: str
) -> str:
    """Both steps of the way in without a passkey; where they lead."""
    visitor.send("/sign-in", status=200, name="co_chair-id", password=PASSWORD, next=next_path)
    return visitor.send(
        "/sign-in/code",
        nonce=hidden(visitor.page, "nonce"),
        next=hidden(visitor.page, "next"),
        code=an_app(installation, "co_chair-id", real)(),
    )


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_a_password_and_a_code_sign_in_and_an_own_path_is_gone_to(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    give_password(installation, "co_chair-id")
    an_app(installation, "co_chair-id", real)
    visitor = browser()
    visitor.open("/sign-in?next=/account")

    where = types_password_and_code(visitor, installation, real, "/account")

    assert where == "/account"
    visitor.open("/account")


@pytest.mark.check(26)
def test_a_password_alone_opens_nothing(browser: NewBrowser, installation: Installation) -> None:
    give_password(installation, "co_chair-id")
    visitor = browser()
    visitor.open("/sign-in")

    visitor.send("/sign-in", status=403, name="co_chair-id", password=PASSWORD, next="/")

    assert "A password alone opens no account" in visitor.page
    visitor.open("/account", status=303)


@pytest.mark.check(29)
def test_each_code_of_the_app_is_good_once(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    give_password(installation, "co_chair-id")
    code = an_app(installation, "co_chair-id", real)()
    one, other = browser(), browser()
    for visitor in (one, other):
        visitor.open("/sign-in")
        visitor.send("/sign-in", status=200, name="co_chair-id", password=PASSWORD, next="/")

    one.send("/sign-in/code", nonce=hidden(one.page, "nonce"), next="/", code=code)
    other.send("/sign-in/code", status=403, nonce=hidden(other.page, "nonce"), next="/", code=code)

    assert "That did not match" in other.page


@pytest.mark.check(29)
def test_a_printed_code_signs_in_once_and_only_its_own_account(
    browser: NewBrowser, installation: Installation
) -> None:
    give_password(installation, "co_chair-id")
    with installation.database.transaction() as session:
        account = session.query(Account).filter_by(name="co_chair-id").one()
        other = session.query(Account).filter_by(name="co_chair-au").one()
        codes = second_factor.print_codes(session, account.id, key=installation.settings.key)
        foreign = second_factor.print_codes(session, other.id, key=installation.settings.key)
    visitor = browser()
    visitor.open("/sign-in")

    def types(code: str, *, status: int) -> None:
        visitor.send("/sign-in", status=200, name="co_chair-id", password=PASSWORD, next="/")
        nonce = hidden(visitor.page, "nonce")
        visitor.send("/sign-in/code", status=status, nonce=nonce, next="/", code=code)

    types(foreign[0], status=403)
    types(codes[0], status=303)
    visitor.client.cookies.delete("cm")
    visitor.open("/sign-in")
    types(codes[0], status=403)


def test_the_page_for_the_code_is_good_in_this_browser_and_for_five_minutes(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    give_password(installation, "co_chair-id")
    shows = an_app(installation, "co_chair-id", real)
    visitor, elsewhere = browser(), browser()
    elsewhere.open("/sign-in")
    visitor.open("/sign-in")
    visitor.send("/sign-in", status=200, name="co_chair-id", password=PASSWORD, next="/")
    nonce = hidden(visitor.page, "nonce")

    elsewhere.send("/sign-in/code", status=403, nonce=nonce, next="/", code=shows())
    real.passes(timedelta(minutes=5))
    visitor.send("/sign-in/code", status=403, nonce=nonce, next="/", code=shows())

    assert "too old" in visitor.page


@pytest.mark.parametrize("path", ["//elsewhere.example", "https://elsewhere.example", "/\\x", ""])
@pytest.mark.check(20)
def test_nobody_is_led_elsewhere_after_signing_in(
    browser: NewBrowser, installation: Installation, real: ToldTime, path: str
) -> None:
    give_password(installation, "co_chair-id")
    an_app(installation, "co_chair-id", real)
    visitor = browser()
    visitor.open("/sign-in")

    where = types_password_and_code(visitor, installation, real, path)

    assert where == "/"


@pytest.mark.check(27)
def test_an_unknown_account_gets_the_same_answer_as_a_wrong_password(
    browser: NewBrowser, installation: Installation
) -> None:
    give_password(installation, "co_chair-id")
    one, other = browser(), browser()
    one.open("/sign-in")
    other.open("/sign-in")

    one.send("/sign-in", status=403, name="co_chair-id", password=WRONG, next="/")
    other.send("/sign-in", status=403, name="co_chair-xx", password=WRONG, next="/")

    def words(page: str) -> str:
        return page.replace("co_chair-id", "?").replace("co_chair-xx", "?").split("<main", 1)[1]

    first, second = words(one.page), words(other.page)
    assert first.count("That did not match") == 2
    assert len(first) == len(second)


@pytest.mark.check(12, 23)
def test_after_five_tries_an_account_waits_and_is_not_locked_for_ever(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    give_password(installation, "co_chair-id")
    an_app(installation, "co_chair-id", real)
    visitor = browser()
    visitor.open("/sign-in")
    for _ in range(5):
        visitor.send("/sign-in", status=403, name="co_chair-id", password=WRONG, next="/")

    visitor.send("/sign-in", status=429, name="co_chair-id", password=PASSWORD, next="/")
    assert "Wait 15 minutes" in visitor.page
    real.passes(timedelta(minutes=15))

    types_password_and_code(visitor, installation, real, "/")


@pytest.mark.check(12, 23)
def test_after_twenty_tries_an_address_waits_whatever_account_it_names(
    browser: NewBrowser, installation: Installation
) -> None:
    give_password(installation, "co_chair-id")
    visitor = browser()
    visitor.open("/sign-in")
    for number in range(20):
        visitor.send("/sign-in", status=403, name=f"guess-{number}", password=WRONG, next="/")

    visitor.send("/sign-in", status=429, name="co_chair-id", password=PASSWORD, next="/")


@pytest.mark.check(32)
def test_a_session_ends_after_half_an_hour_without_a_visit(
    browser: NewBrowser, real: ToldTime
) -> None:
    visitor = browser("co_chair-au")
    real.passes(timedelta(minutes=29))
    visitor.open("/account")
    real.passes(timedelta(minutes=29))
    visitor.open("/account")

    real.passes(timedelta(minutes=31))

    visitor.open("/account", status=303)


@pytest.mark.check(32)
def test_a_session_ends_after_twelve_hours_however_busy(
    browser: NewBrowser, real: ToldTime
) -> None:
    visitor = browser("co_chair-au")
    for _ in range(35):
        real.passes(timedelta(minutes=20))
        visitor.open("/account")

    real.passes(timedelta(minutes=20))

    visitor.open("/account", status=303)


@pytest.mark.check(34)
def test_signing_out_ends_the_session_and_not_only_the_cookie(browser: NewBrowser) -> None:
    visitor = browser("co_chair-au")
    cookie = visitor.client.cookies["cm"]
    visitor.open("/account")

    visitor.send("/sign-out")
    visitor.client.cookies.set("cm", cookie)

    visitor.open("/account", status=303)


@pytest.mark.check(34)
def test_a_disabled_account_is_out_at_once(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    visitor = browser("co_chair-au")
    visitor.open("/account")

    with installation.database.transaction() as session:
        session.query(Account).filter_by(name="co_chair-au").one().disabled_at = real.now()

    visitor.open("/account", status=303)


@pytest.mark.check(34, 35)
def test_a_new_password_ends_every_other_session(
    browser: NewBrowser, installation: Installation
) -> None:
    give_password(installation, "co_chair-au")
    here, elsewhere = browser("co_chair-au"), browser("co_chair-au")
    here.open("/account")

    here.send("/account/password", old=PASSWORD, new="quiet river stones at noon")

    here.open("/account")
    elsewhere.open("/account", status=303)


@pytest.mark.parametrize(
    "weak", ["short", "aaaaaaaaaaaaaaaaaaaa", "my co_chair-au password", "x" * 129]
)
@pytest.mark.check(24)
def test_a_weak_password_is_refused_with_the_remedy(
    browser: NewBrowser, installation: Installation, weak: str
) -> None:
    give_password(installation, "co_chair-au")
    visitor = browser("co_chair-au")
    visitor.open("/account")

    visitor.send("/account/password", status=400, old=PASSWORD, new=weak)

    assert 'href="#new"' in visitor.page


@pytest.mark.check(44)
def test_ways_in_are_in_the_ledger_with_the_address_as_a_private_value(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    give_password(installation, "co_chair-id")
    an_app(installation, "co_chair-id", real)
    visitor = browser()
    visitor.open("/sign-in")
    visitor.send("/sign-in", status=403, name="co_chair-id", password=WRONG, next="/")
    types_password_and_code(visitor, installation, real, "/")
    visitor.open("/account")
    visitor.send("/sign-out")

    with installation.database.reading() as session:
        entries = session.query(LedgerEntry).filter(LedgerEntry.log == "system").all()
        kinds, bodies = [e.type for e in entries], "".join(e.body for e in entries)
        disclosed = session.query(LedgerDisclosure).count()

    assert kinds[-3:] == [
        "cm.sign_in.refused.v1",
        "cm.web_session.opened.v1",
        "cm.web_session.ended.v1",
    ]
    assert "testclient" not in bodies
    assert PASSWORD not in bodies
    assert disclosed == 2
