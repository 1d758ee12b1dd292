"""The doctor has a line for each door: what is set, whether it is open, and what to mend."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from mechanism.vocabulary import Door
from notifications.email.inbound import arrival
from notifications.email.inbound.arrival import Arrival
from notifications.email.inbound.listener import MailDoor, listen_for_mail
from notifications.inbox import keep
from notifications.inbox.batch import Batcher
from notifications.twilio.callbacks import text_message
from operations import doctor, inbound_checks
from operations.doctor import Finding, FindingLevel
from store.session import Database
from tests.support.cast import NOW
from tests.support.desk import Desk
from tests.support.ports import free_port


@pytest.fixture
def deaf() -> int:
    """A port at which nobody answers."""
    return free_port()


@pytest.fixture
def stranger() -> Iterator[int]:
    """A port at which somebody answers who is no mail server of ours."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(b"HTTP/1.1 400 what?\r\n")

        threading.Thread(target=greet, daemon=True).start()
        port: int = server.getsockname()[1]
        yield port


@pytest.fixture
def listener(desk: Desk, deaf: int) -> Iterator[int]:
    """Our own listener for mail."""
    batcher = Batcher(desk.database, desk.installation.now)
    stop = listen_for_mail(
        MailDoor(batcher, lambda _ids: None), host="127.0.0.1", port=deaf, lmtp=True
    )
    yield deaf
    stop()
    batcher.close()


@pytest.fixture
def web() -> Iterator[int]:
    """A port that takes connections, as the web process does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        yield port


def found(desk: Desk, **changed: object) -> dict[str, Finding]:
    settings = desk.settings.model_copy(update=changed)
    lines = {one.what: one for one in doctor.examine(settings)}
    return {what: one for what, one in lines.items() if "door" in what or "replies" in what}


def test_each_door_that_is_open_is_well_and_says_when_it_was_last_heard(
    desk: Desk, web: int, listener: int
) -> None:
    with desk.database.transaction() as session:
        keep.keep_all(session, arrival.letters(Arrival(b"\n\nOK", "lmtp")), now=desk.now)

    lines = found(desk, web_port=web, inbox_port=listener, inbox_lmtp=True)

    assert {one.verdict for one in lines.values()} == {FindingLevel.OK}
    heard = f"{desk.now:%Y-%m-%d %H:%M} UTC"
    assert (
        lines["door mail listener"].says
        == f"speaks LMTP at 127.0.0.1:{listener}; last heard {heard}"
    )
    assert lines["door texts by twilio"].says == "open; nothing heard yet"
    assert lines["door mailbox"].says == "not configured"


def test_a_web_process_that_does_not_answer_shuts_every_door_of_its_own(
    desk: Desk, deaf: int
) -> None:
    lines = found(desk, web_port=deaf)

    for what in ("links", "texts by twilio", "keys on calls by twilio-voice"):
        assert lines[f"door {what}"].verdict is FindingLevel.FAILED
        assert lines[f"door {what}"].remedy == inbound_checks.START


def test_where_another_door_takes_mail_a_shut_one_is_a_warning(
    desk: Desk, web: int, deaf: int
) -> None:
    hooks = {"postmark": SecretStr("a long secret")}

    lines = found(desk, web_port=web, inbox_port=deaf, mail_webhooks=hooks)

    assert lines["door mail listener"].verdict is FindingLevel.WARNING
    assert "CM_PUBLIC_URL leads to this machine alone" in lines["door mail by postmark"].says
    assert "replies by e-mail" not in lines


def test_where_no_door_takes_mail_that_is_a_failure(desk: Desk, web: int, deaf: int) -> None:
    shut = {
        "imap_host": "127.0.0.1",
        "imap_port": deaf,
        "mail_webhooks": {"mailgun": SecretStr("")},
    }

    lines = found(desk, web_port=web, inbox_port=0, **shut)

    assert lines["door mail listener"].says == "not configured"
    assert lines["door mailbox"].verdict is FindingLevel.FAILED
    assert "CM_IMAP_HOST" in lines["door mailbox"].remedy
    assert "CM_MAIL_WEBHOOKS" in lines["door mail by mailgun"].remedy
    assert lines["replies by e-mail"].verdict is FindingLevel.FAILED


def test_somebody_else_at_the_listeners_port_is_seen(desk: Desk, web: int, stranger: int) -> None:
    line = found(desk, web_port=web, inbox_port=stranger)["door mail listener"]

    assert line.verdict is FindingLevel.FAILED
    assert "something else" in line.says


def test_what_was_heard_last_is_known_by_door_and_way_on_both_databases(
    database: Database,
) -> None:
    form = [("MessageSid", "SM1"), ("From", "+999100310001")]
    with database.transaction() as session:
        heard = [text_message(form), replace(text_message(form), provider="kannel")]
        keep.keep_all(session, heard, now=NOW)

    with database.reading() as session:
        assert inbound_checks.last_heard(session) == {
            (Door.SMS, "twilio"): NOW, (Door.SMS, "kannel"): NOW,
        }  # fmt: skip


def test_a_provider_elsewhere_that_cannot_reach_us_is_told(desk: Desk, web: int) -> None:
    lines = found(desk, web_port=web, sms_api="twilio")

    assert lines["door texts by twilio"].verdict is FindingLevel.WARNING
    assert "CM_PUBLIC_URL" in lines["door texts by twilio"].remedy
