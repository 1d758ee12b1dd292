"""The operator sees whether messages can leave, by whom, and where the flow runs are."""

from dataclasses import replace

import pytest

from mechanism.vocabulary import Pin
from settings import Settings
from store.installation import Installation
from store.tables import Heartbeat, ProviderStanding
from tests.support.clock import ToldTime
from tests.support.five_members import NOW
from tests.support.web import NewBrowser

UI = "https://prefect.mechanism.example"


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """The house, where Prefect's UI has an address."""
    return replace(
        installation, settings=installation.settings.model_copy(update={"prefect_ui": UI})
    )


def test_an_engine_that_was_never_seen_is_said_first(browser: NewBrowser) -> None:
    page = browser("operator").open("/")

    assert "Messages are not being sent" in page
    assert "not seen" in page


def test_the_engine_says_itself_how_it_works_and_its_flow_runs_are_linked(
    installation: Installation, browser: NewBrowser, real: ToldTime
) -> None:
    with installation.database.transaction() as session:
        session.add(Heartbeat(name="engine", at=real.now(), detail="without Prefect"))

    page = browser("operator").open("/")

    assert "working" in page
    assert "Without Prefect" in page
    assert f'<a href="{UI}"' in page


def test_a_pinned_provider_is_shown_with_who_pinned_it_and_why(
    installation: Installation, browser: NewBrowser
) -> None:
    with installation.database.transaction() as session:
        session.add(
            ProviderStanding(
                name="twilio", pin=Pin.DOWN, pinned_at=NOW, pinned_by="Operations desk",
                pin_reason="its account is blocked",
            )
        )  # fmt: skip

    page = browser("operator").open("/")

    assert "Takes none" in page
    assert "Operations desk" in page
    assert "its account is blocked" in page


def test_an_address_of_prefect_that_cannot_be_linked_is_refused() -> None:
    with pytest.raises(ValueError, match="write the whole address"):
        Settings(prefect_ui="prefect.mechanism.example:4200")
