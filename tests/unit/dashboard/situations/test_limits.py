from datetime import timedelta

import pytest

from dashboard.situations import limits
from store.installation import Installation
from store.tables import Activation, LedgerEntry
from tests.support.clock import ToldTime
from tests.support.web import Browser, NewBrowser
from tests.support.web_acts import confirmed, drafted


def sends_real(co_chair: Browser, *, status: int = 303, **more: str) -> None:
    path = drafted(co_chair, kind="real")
    co_chair.send(path, {**confirmed(co_chair, path), "word": "REAL", **more}, status=status)


def activations(installation: Installation) -> int:
    with installation.database.reading() as session:
        return session.query(Activation).count()


@pytest.mark.check(6)
def test_a_fourth_real_situation_in_an_hour_needs_a_reason_and_is_never_refused_with_one(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    for _ in range(limits.REAL_SITUATIONS):
        sends_real(co_chair)

    sends_real(co_chair, status=400)
    assert 'href="#one_more"' in co_chair.page
    assert activations(installation) == limits.REAL_SITUATIONS
    sends_real(co_chair, one_more="A second boat, in another sea")

    assert activations(installation) == limits.REAL_SITUATIONS + 1
    with installation.database.reading() as session:
        passed = session.query(LedgerEntry).filter_by(type="cm.limit.passed.v1").one()
    assert "second boat" not in passed.body


def test_after_an_hour_no_reason_is_asked_for(
    browser: NewBrowser, told: ToldTime, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    for _ in range(limits.REAL_SITUATIONS):
        sends_real(co_chair)

    told.passes(timedelta(hours=1))
    sends_real(co_chair)

    assert activations(installation) == limits.REAL_SITUATIONS + 1


@pytest.mark.check(6)
def test_a_thirteenth_update_in_an_hour_waits_and_a_correction_does_not(
    browser: NewBrowser,
) -> None:
    co_chair = browser("co_chair-au")
    path = drafted(co_chair)
    board = co_chair.send(path, confirmed(co_chair, path)).partition("?")[0]
    update = {"kind": "situation_update", "situation_update_title": "News",
              "situation_update_body": "One more figure."}  # fmt: skip
    for _ in range(limits.UPDATES):
        co_chair.open(f"{board}/text")
        co_chair.send(f"{board}/text", update)

    co_chair.send(f"{board}/text", update, status=429)

    assert "updates were sent in the last hour" in co_chair.page
    co_chair.open(f"{board}/text")
    correction = {"kind": "correction", "correction_title": "Mended", "correction_body": "So."}
    co_chair.send(f"{board}/text", correction)
