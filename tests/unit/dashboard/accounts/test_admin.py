"""The operator closes and mends accounts, never her own, and no way in is added unseen."""

import re

import pytest
from sqlalchemy import select

from convening import accounts
from mechanism.vocabulary import Channel, MessagePurpose, Rank, Role
from store.installation import Installation
from store.tables import Account, ContactPoint, FocalPoint, LedgerEntry, Message
from tests.support.clock import ToldTime
from tests.support.web import Browser, NewBrowser


def number_of(installation: Installation, name: str) -> int:
    with installation.database.reading() as session:
        return session.scalars(select(Account.id).where(Account.name == name)).one()


def does(
    operator: Browser, installation: Installation, act: str, name: str, *, status: int = 303
) -> str:
    operator.open("/accounts")
    return operator.send(f"/accounts/{number_of(installation, name)}", act=act, status=status)


def told(installation: Installation) -> list[Message]:
    with installation.database.reading() as session:
        query = select(Message).where(Message.purpose == MessagePurpose.ACCESS_CHANGED)
        return list(session.scalars(query))


def events(installation: Installation) -> list[str]:
    with installation.database.reading() as session:
        return list(session.scalars(select(LedgerEntry.type)))


@pytest.mark.check(34)
def test_a_disabled_account_is_out_at_once_and_back_when_enabled(
    browser: NewBrowser, installation: Installation
) -> None:
    operator, co_chair = browser("operator"), browser("co_chair-au")
    co_chair.open("/account")

    assert "Its sessions have ended" in operator.open(
        does(operator, installation, "disable", "co_chair-au")
    )

    co_chair.open("/account", status=303)
    does(operator, installation, "enable", "co_chair-au")
    assert {"cm.account.disabled.v1", "cm.account.enabled.v1"} <= set(events(installation))


@pytest.mark.check(28)
def test_a_one_time_link_is_shown_once_and_opens_once(
    browser: NewBrowser, installation: Installation
) -> None:
    operator = browser("operator")
    does(operator, installation, "link", "co_chair-id", status=200)
    found = re.search(r"http://localhost:8080(/sign-in/[\w-]+)", operator.page)
    assert found is not None
    assert found[1] not in operator.open("/accounts")

    holder = browser()
    holder.open(found[1])
    assert holder.send(found[1]) == "/"
    browser().open(found[1], status=410)


def test_what_was_lost_opens_nothing_any_more(
    browser: NewBrowser, installation: Installation
) -> None:
    operator, co_chair = browser("operator"), browser("co_chair-id")
    does(operator, installation, "lost", "co_chair-id")

    co_chair.open("/account", status=303)
    assert "Nothing yet: a one-time link only" in operator.open("/accounts")


@pytest.mark.check(26)
def test_nobody_acts_on_her_own_account_nor_without_a_proof(
    browser: NewBrowser, installation: Installation
) -> None:
    operator = browser("operator")
    does(operator, installation, "disable", "operator", status=403)
    assert "Nobody acts on her own account" in operator.page
    path = f"/accounts/{number_of(installation, 'auditor')}"
    operator.open("/accounts")
    operator.send(path, act="disable", proof_code="", status=403)

    assert "cm.account.disabled.v1" not in events(installation)


@pytest.mark.parametrize("who", ["secretariat", "auditor"])
def test_the_accounts_are_for_operators_and_co_chairs(browser: NewBrowser, who: str) -> None:
    browser(who).open("/accounts", status=403)


@pytest.fixture
def colleague(installation: Installation) -> str:
    """A second account of Australia."""
    with installation.database.transaction() as session:
        accounts.create_account(
            session,
            "deputy-au",
            Role.CO_CHAIR,
            member_code="AU",
            zone="UTC",
            now=installation.now(),
        )
    return "deputy-au"


@pytest.mark.check(28)
def test_what_a_co_chair_has_lost_is_renewed_by_a_second_one_of_the_same_government(
    browser: NewBrowser, installation: Installation, colleague: str
) -> None:
    lost, renews = browser("co_chair-au"), browser(colleague)

    page = renews.open("/accounts")
    assert "co_chair-au" in page
    assert "co_chair-id" not in page
    does(renews, installation, "lost", "co_chair-au")
    does(renews, installation, "link", "co_chair-au", status=200)

    lost.open("/account", status=303)
    assert "One-time link for co_chair-au" in renews.page
    assert {"cm.account.factors_ended.v1", "cm.account.link_made.v1"} <= set(events(installation))


@pytest.mark.parametrize(
    ("act", "whose"),
    [("link", "co_chair-id"), ("lost", "co_chair-id"), ("lost", "auditor"), ("link", "operator"),
     ("disable", "co_chair-au"), ("enable", "co_chair-au"), ("link", "deputy-au")],
)  # fmt: skip
@pytest.mark.check(28)
def test_a_co_chair_renews_for_her_own_government_alone_and_closes_nothing(
    browser: NewBrowser, installation: Installation, colleague: str, act: str, whose: str
) -> None:
    does(browser(colleague), installation, act, whose, status=403)

    assert not {event for event in events(installation) if event.startswith("cm.account.")} & {
        "cm.account.factors_ended.v1", "cm.account.link_made.v1", "cm.account.disabled.v1",
        "cm.account.enabled.v1",
    }  # fmt: skip


@pytest.mark.check(28)
def test_an_operator_makes_the_link_only_where_no_second_one_can(
    browser: NewBrowser, installation: Installation, colleague: str
) -> None:
    operator = browser("operator")
    does(operator, installation, "link", "co_chair-au", status=200)  # the deputy has no factor yet

    browser(colleague)
    does(operator, installation, "link", "co_chair-au", status=403)

    assert f"{colleague} makes this link" in operator.page


@pytest.mark.check(27)
def test_the_government_and_the_secretariat_are_told_of_a_new_way_in(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    with installation.database.transaction() as session:
        office = FocalPoint(
            member_code="AU", rank=Rank.DUTY_OFFICER, rank_order=9, office="Duty office",
            zone="Australia/Canberra", country="AU",
        )  # fmt: skip
        office.contact_points = [ContactPoint(channel=Channel.EMAIL, address="duty@au.example")]
        session.add(office)
        account = session.query(Account).filter_by(name="co_chair-au").one()
        token = accounts.new_sign_in_link(session, account, real_now=real.now())

    holder = browser()
    holder.open(f"/sign-in/{token}")
    holder.send(f"/sign-in/{token}")

    sent = told(installation)
    assert {one.address for one in sent} == {installation.settings.duty_mailbox, "duty@au.example"}
    assert all("Somebody has signed in by a one-time link" in one.body for one in sent)
    assert all(token not in one.body for one in sent)
