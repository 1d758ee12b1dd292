"""An operator sees how the providers stand, and takes a decision herself."""

import pytest
from sqlalchemy import select

from convening import providers
from mechanism.breaker import FAULTS, Tried
from mechanism.vocabulary import Channel, Pin
from notifications import registry
from notifications.outbox import circuit_breaker
from settings import MAIL_SERVERS, Settings
from store.act import Act, Actor
from store.tables import ContactPoint, LedgerEntry
from tests.support.desk import Desk

OPERATOR = Actor("operator", "command line", role="operator")
TEXTS = "+999100310001"  # the focal point of Atlantis


@pytest.fixture
def settings(desk: Desk) -> Settings:
    changed = {"kannel_api": "http://127.0.0.1:8090", "kannel_simulated": True}
    return desk.settings.model_copy(update=changed)


def lines(desk: Desk, settings: Settings) -> dict[str, providers.ProviderLine]:
    with desk.database.reading() as session:
        found = providers.lines(circuit_breaker.standings(session), settings, now=desk.now)
    return {line.name: line for line in found}


def pinned(desk: Desk, settings: Settings, name: str, to: Pin) -> providers.ProviderLine:
    with desk.database.transaction() as session:
        providers.pin(
            session,
            Act(OPERATOR, desk.now, signature="Operator"),
            settings,
            name,
            to,
            reason="maintenance",
        )
    return lines(desk, settings)[name]


def preferred(desk: Desk, settings: Settings, address: str, name: str) -> int:
    with desk.database.transaction() as session:
        return providers.prefer(
            session,
            Act(OPERATOR, desk.now),
            settings,
            address,
            name,
            reason="drops foreign numbers",
        )


def test_a_provider_of_which_nothing_is_known_is_used(desk: Desk, settings: Settings) -> None:
    found = lines(desk, settings)

    assert list(found) == ["smtp", "twilio-voice", "twilio", "kannel"]
    assert all(providers.is_used(line) for line in found.values())
    assert {line.breaker for line in found.values()} == {"closed"}


def test_one_that_is_not_set_up_is_not_shown(desk: Desk) -> None:
    assert "kannel" not in lines(desk, desk.settings)


def test_an_open_breaker_is_shown_with_its_time(desk: Desk, settings: Settings) -> None:
    with desk.database.transaction() as session:
        faults = [Tried(desk.now, is_fault=True)] * FAULTS
        circuit_breaker.observe(session, {"twilio": faults}, now=desk.now)

    line = lines(desk, settings)["twilio"]

    assert not providers.is_used(line)
    assert line.breaker == f"open since {desk.now:%Y-%m-%d %H:%M:%S} UTC"


def test_a_pin_is_shown_with_who_and_why_and_is_in_the_ledger(
    desk: Desk, settings: Settings
) -> None:
    line = pinned(desk, settings, "twilio", Pin.DOWN)

    assert not providers.is_used(line)
    assert line.pinned == f"Operator, {desk.now:%Y-%m-%d %H:%M} UTC: maintenance"
    with desk.database.reading() as session:
        query = select(LedgerEntry.body).where(LedgerEntry.type == "cm.provider.pinned.v1")
        (body,) = session.scalars(query)
    assert '"pin":"down"' in body
    assert "maintenance" not in body  # what a person wrote stands behind a digest


def test_a_provider_that_is_not_set_up_cannot_be_pinned(desk: Desk) -> None:
    with pytest.raises(providers.UnknownProviderError, match="there are smtp, twilio"):
        pinned(desk, desk.settings, "kannel", Pin.UP)


def test_one_address_may_be_given_another_order_and_get_the_countrys_back(
    desk: Desk, settings: Settings
) -> None:
    def own() -> str | None:
        with desk.database.reading() as session:
            query = select(ContactPoint.provider).where(ContactPoint.address == TEXTS)
            return session.scalar(query)

    assert preferred(desk, settings, TEXTS, "kannel") == 1
    assert own() == "kannel"
    preferred(desk, settings, TEXTS, "")
    assert own() == ""


def test_mail_to_one_address_may_leave_by_the_second_server_first(desk: Desk) -> None:
    two = desk.settings.model_copy(update={"smtp_second_host": "127.0.0.1"})

    assert preferred(desk, two, "desk@atlantis.example", "smtp-second") == 1


def test_a_provider_is_preferred_for_what_it_carries_only(desk: Desk, settings: Settings) -> None:
    assert preferred(desk, settings, "desk@atlantis.example", "kannel") == 0


def test_both_mail_servers_are_shown(desk: Desk) -> None:
    two = desk.settings.model_copy(update={"smtp_second_host": "127.0.0.1"})

    found = lines(desk, two)

    assert [name for name, line in found.items() if line.channel == "email"] == list(MAIL_SERVERS)


def test_mail_is_closed_only_where_neither_server_is_used(desk: Desk) -> None:
    two = desk.settings.model_copy(update={"smtp_second_host": "127.0.0.1"})
    closed = []
    for name in MAIL_SERVERS:
        pinned(desk, two, name, Pin.DOWN)
        with desk.database.reading() as session:
            closed.append(providers.closed_channels(session, two, now=desk.now))

    assert closed == [{}, {Channel.EMAIL: MAIL_SERVERS}]


def test_an_address_that_nobody_has_changes_nothing(desk: Desk, settings: Settings) -> None:
    assert preferred(desk, settings, "+999100999999", "kannel") == 0


def test_the_gateways_operator_gets_an_address_that_nobody_can_guess(settings: Settings) -> None:
    url = registry.inbound_urls(settings)["kannel"]

    assert url.startswith(f"{settings.public_url}/kannel/text/")
    assert url.endswith("?from=%p&to=%P&text=%b&id=%I")
