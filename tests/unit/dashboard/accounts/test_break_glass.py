from datetime import timedelta

import pytest

from dashboard.accounts import break_glass, sign_in_tries
from mechanism.vocabulary import MessagePurpose
from store.installation import Installation
from store.tables import Account, Activation, LedgerEntry, Message
from tests.support.clock import ToldTime
from tests.support.web import Browser, NewBrowser
from tests.support.web_acts import confirmed, drafted

FORM = {"government": "AU", "reason": "Every passkey is on the phones that are gone"}


@pytest.fixture
def halves(installation: Installation, real: ToldTime) -> tuple[str, str]:
    with installation.database.transaction() as session:
        return break_glass.seal(session, key=installation.settings.key, real_now=real.now())


def breaks_the_glass(visitor: Browser, halves: tuple[str, str], *, status: int = 303) -> str:
    visitor.open("/break-glass")
    visitor.app = lambda: ""
    return visitor.send(
        "/break-glass", {**FORM, "one": halves[0], "other": halves[1]}, status=status
    )


@pytest.mark.check(26)
def test_both_halves_open_once_and_everybody_who_must_know_is_told(
    browser: NewBrowser, installation: Installation, halves: tuple[str, str]
) -> None:
    with installation.database.transaction() as session:
        session.query(Account).filter_by(name="auditor").one().mailbox = "audit@office.example"

    assert breaks_the_glass(browser(), (halves[1].lower(), halves[0])) == "/new"

    with installation.database.reading() as session:
        told = session.query(Message).filter_by(purpose=MessagePurpose.BREAK_GLASS).all()
        addresses = {message.address for message in told}
        used = session.query(LedgerEntry).filter_by(type="cm.break_glass.used.v1").one()
        for expected in (
            "desk1@au.example",
            "desk1@id.example",
            "audit@office.example",
            installation.settings.duty_phone,
            installation.settings.duty_mailbox,
        ):
            assert expected in addresses
        assert FORM["reason"] not in used.body
    breaks_the_glass(browser(), halves, status=403)


def test_one_half_opens_nothing_however_often(browser: NewBrowser, halves: tuple[str, str]) -> None:
    visitor = browser()
    for _ in range(sign_in_tries.TRIES_PER_ACCOUNT):
        breaks_the_glass(visitor, (halves[0], halves[0]), status=403)

    breaks_the_glass(visitor, halves, status=429)


def test_without_a_reason_nothing_opens(browser: NewBrowser, halves: tuple[str, str]) -> None:
    visitor = browser()
    visitor.open("/break-glass")

    form = {**FORM, "reason": "", "one": halves[0], "other": halves[1]}
    visitor.send("/break-glass", form, status=400)

    assert 'href="#reason"' in visitor.page


def test_it_triggers_a_real_situation_and_withdraws_it_and_nothing_else(
    browser: NewBrowser, installation: Installation, halves: tuple[str, str]
) -> None:
    visitor = browser()
    breaks_the_glass(visitor, halves)

    practice = drafted(visitor)
    visitor.send(practice, confirmed(visitor, practice), status=403)
    real = drafted(visitor, kind="real")
    board = visitor.send(real, confirmed(visitor, real)).partition("?")[0]
    visitor.open("/directory", status=403)
    visitor.open(f"{board}/meeting", status=403)
    visitor.open(f"{board}/text")
    text = {"kind": "situation_update", "situation_update_title": "News",
            "situation_update_body": "More."}  # fmt: skip
    visitor.send(f"{board}/text", text, status=403)
    visitor.open(f"{board}/text")
    ending = {"kind": "withdrawal", "withdrawal_title": "Withdrawn", "withdrawal_body": "In error."}
    visitor.send(f"{board}/text", ending)

    with installation.database.reading() as session:
        (activation,) = session.query(Activation).all()
        assert activation.state.value == "withdrawn"


def test_it_ends_after_four_hours(
    browser: NewBrowser, real: ToldTime, halves: tuple[str, str]
) -> None:
    visitor = browser()
    breaks_the_glass(visitor, halves)
    for _ in range(11):
        real.passes(timedelta(minutes=20))
        visitor.open("/new")

    real.passes(timedelta(minutes=21))

    visitor.open("/new", status=303)


def test_new_halves_end_those_from_before(
    browser: NewBrowser, installation: Installation, real: ToldTime, halves: tuple[str, str]
) -> None:
    with installation.database.transaction() as session:
        newer = break_glass.seal(session, key=installation.settings.key, real_now=real.now())

    breaks_the_glass(browser(), halves, status=403)
    breaks_the_glass(browser(), newer)
