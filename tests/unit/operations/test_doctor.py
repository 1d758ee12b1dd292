"""The doctor has a line for each provider, and knows which trouble is a failure."""

import socket
from collections.abc import Iterator

import pytest

from convening import providers
from mechanism.vocabulary import Pin
from operations import doctor
from operations.doctor import FindingLevel
from settings import Settings
from store.act import Act, Actor
from tests.support.desk import Desk
from tests.support.ports import free_port

OPERATOR = Actor("operator", "command line", role="operator")


@pytest.fixture
def listening() -> Iterator[int]:
    """A port at which somebody answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        yield port


@pytest.fixture
def deaf() -> int:
    """A port at which nobody answers."""
    return free_port()


def settings(
    desk: Desk, *, smtp: int, twilio: int, kannel: int | None = None, second: int | None = None
) -> Settings:
    changed: dict[str, object] = {"smtp_port": smtp, "sms_api": f"http://127.0.0.1:{twilio}"}
    if kannel is not None:
        changed |= {"kannel_api": f"http://127.0.0.1:{kannel}", "kannel_simulated": True}
    if second is not None:
        changed |= {"smtp_second_host": "127.0.0.1", "smtp_second_port": second}
    return desk.settings.model_copy(update=changed)


def verdicts(changed: Settings) -> dict[str, FindingLevel]:
    found = doctor.examine(changed)
    return {one.what: one.verdict for one in found if one.what.startswith("provider")}


def test_each_provider_that_answers_is_well(desk: Desk, listening: int) -> None:
    found = verdicts(settings(desk, smtp=listening, twilio=listening, kannel=listening))

    assert found == dict.fromkeys(
        ("provider smtp", "provider twilio", "provider twilio-voice", "provider kannel"),
        FindingLevel.OK,
    )


def test_a_provider_that_the_engine_would_refuse_is_named_and_the_others_are_examined(
    desk: Desk, listening: int
) -> None:
    changed = settings(desk, smtp=listening, twilio=listening)
    unsafe = {"kannel_api": "http://kannel.mechanism.example:1", "sms_refused": "+999"}

    found = verdicts(changed.model_copy(update=unsafe))

    assert found["providers"] is FindingLevel.FAILED
    assert found["provider twilio"] is FindingLevel.OK


def test_a_provider_that_does_not_answer_is_a_failure_where_it_is_the_only_one(
    desk: Desk, listening: int, deaf: int
) -> None:
    assert verdicts(settings(desk, smtp=listening, twilio=deaf)) == {
        "provider smtp": FindingLevel.OK,
        "provider twilio": FindingLevel.FAILED,
        "provider twilio-voice": FindingLevel.FAILED,
    }


def test_it_is_a_warning_where_another_carries_the_channel(
    desk: Desk, listening: int, deaf: int
) -> None:
    found = verdicts(settings(desk, smtp=listening, twilio=deaf, kannel=listening))

    assert found["provider twilio"] is FindingLevel.WARNING
    assert found["provider kannel"] is FindingLevel.OK


def test_a_mail_server_that_is_away_is_a_warning_where_the_second_answers(
    desk: Desk, listening: int, deaf: int
) -> None:
    found = verdicts(settings(desk, smtp=deaf, twilio=listening, second=listening))

    assert found["provider smtp"] is FindingLevel.WARNING
    assert found["provider smtp-second"] is FindingLevel.OK


def test_two_mail_servers_that_are_both_away_are_a_failure(
    desk: Desk, listening: int, deaf: int
) -> None:
    found = verdicts(settings(desk, smtp=deaf, twilio=listening, second=deaf))

    assert found["provider smtp"] is found["provider smtp-second"] is FindingLevel.FAILED


def test_a_channel_whose_every_provider_is_out_is_a_failure(
    desk: Desk, listening: int, deaf: int
) -> None:
    changed = settings(desk, smtp=listening, twilio=listening, kannel=deaf)
    with desk.database.transaction() as session:
        providers.pin(
            session,
            Act(OPERATOR, desk.now, signature="Operator"),
            changed,
            "twilio",
            Pin.DOWN,
            reason="maintenance",
        )

    found = {one.what: one for one in doctor.examine(changed)}

    assert found["provider twilio"].verdict is FindingLevel.FAILED
    assert found["provider kannel"].verdict is FindingLevel.FAILED
    assert "pinned down by Operator" in found["provider twilio"].says
    assert found["provider twilio"].remedy == "Run `convene provider pin twilio auto`."


def test_a_provider_of_ones_own_that_is_not_there_is_told_with_its_setting(desk: Desk) -> None:
    nobody = {"pigeon": "nobody.knows.ROW"}

    (found,) = doctor.examine(desk.settings.model_copy(update={"further_providers": nobody}))

    assert found.verdict is FindingLevel.FAILED
    assert "CM_FURTHER_PROVIDERS: nobody.knows.ROW" in found.says
