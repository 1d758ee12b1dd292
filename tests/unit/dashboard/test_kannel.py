"""What a Kannel gateway brings is believed for the mark or the word in its path."""

from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from mechanism.lifecycle import MessageEvent, MessageState, NoticeState
from notifications.kannel import callbacks
from store import ledger
from store.act import by_engine
from store.installation import Installation
from store.tables import Attempt, Message, Need, Receipt, Reply
from tests.support.consultation import activated
from tests.support.five_members import NOW
from tests.support.web import NewBrowser
from tests.support.web_acts import state_of, text_from


def on_the_wire(installation: Installation, activation: int) -> int:
    """The id of an attempt by Kannel at one of the activation's texts."""
    with installation.database.transaction() as session:
        query = select(Message).where(Message.activation_id == activation, Message.channel == "sms")
        message = session.scalars(query.order_by(Message.id)).first()
        assert message is not None
        ledger.move(session, by_engine(NOW), message, MessageEvent.CLAIMED, lease_until=NOW)
        attempt = Attempt(message=message, number=1, provider="kannel", began_at=NOW)
        session.add(attempt)
        session.flush()
        return attempt.id


def reported(
    installation: Installation, browser: NewBrowser, attempt: int, status: str, reply: str = ""
) -> int:
    """Report as Kannel would; the answer's status."""
    path = callbacks.status_path(attempt, installation.settings.key)
    query = urlencode({"status": status, "reply": reply})
    got = browser().client.get(f"{path}?{query}")
    assert got.text == "" or got.status_code >= 400
    code: int = got.status_code
    return code


def message_state(installation: Installation, attempt: int) -> MessageState:
    with installation.database.reading() as session:
        return session.get_one(Attempt, attempt).message.state


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ([("8", "ACK/"), ("1", "id:1 stat:DELIVRD err:000")], MessageState.DELIVERED),
        ([("1", ""), ("8", "ACK/"), ("1", "")], MessageState.DELIVERED),
        ([("8", "ACK/"), ("2", "id:1 stat:UNDELIV err:001")], MessageState.FAILED),
        ([("16", "NACK/11/Invalid Destination Address")], MessageState.FAILED),
        ([("8", "ACK/"), ("32", ""), ("x", "")], MessageState.SENDING),
    ],
)
def test_reports_move_the_message_upwards_only(
    browser: NewBrowser,
    installation: Installation,
    reports: list[tuple[str, str]],
    state: MessageState,
) -> None:
    attempt = on_the_wire(installation, activated(installation))

    for status, reply in reports:
        assert reported(installation, browser, attempt, status, reply) == 200

    assert message_state(installation, attempt) is state
    with installation.database.reading() as session:
        kept = session.scalars(select(Receipt.status).where(Receipt.attempt_id == attempt)).all()
    assert len(kept) == len(dict.fromkeys(status for status, _ in reports))


def test_a_report_without_the_mark_of_its_attempt_changes_nothing(
    browser: NewBrowser, installation: Installation
) -> None:
    attempt = on_the_wire(installation, activated(installation))
    path = callbacks.status_path(attempt, b"another key")

    got = browser().client.get(f"{path}?status=1&reply=")

    assert got.status_code == 403
    assert message_state(installation, attempt) is MessageState.SENDING
    with installation.database.reading() as session:
        sentences = session.scalars(select(Need.sentence)).all()
    assert any("our Kannel gateway did not make" in sentence for sentence in sentences)


def said(installation: Installation, activation: int, code: str, **changed: str) -> str:
    """The address that Kannel asks for when a member's text has come."""
    form = text_from(installation, activation, code)
    query = {"from": form["From"], "to": "+999901001", "text": form["Body"], "id": "a-b-c"}
    word = callbacks.text_word(installation.settings.key)
    return f"{callbacks.TEXT_PATH}/{word}?{urlencode(query | changed)}"


def test_a_text_with_the_code_acknowledges_and_nothing_is_texted_back(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    path, gateway = said(installation, activation, "BD"), browser().client

    answers = [gateway.get(path), gateway.get(path)]

    assert [(got.status_code, got.text) for got in answers] == [(200, ""), (200, "")]
    assert state_of(installation, activation, "BD") is NoticeState.ACKNOWLEDGED
    with installation.database.reading() as session:
        assert len(session.scalars(select(Reply)).all()) == 1


def test_a_number_without_its_plus_is_the_same_number(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    bare = text_from(installation, activation, "BD")["From"].removeprefix("+")

    browser().client.get(said(installation, activation, "BD", **{"from": bare}))

    assert state_of(installation, activation, "BD") is NoticeState.ACKNOWLEDGED


def test_a_stranger_who_does_not_know_the_word_is_refused(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    path = said(installation, activation, "BD").replace(
        callbacks.text_word(installation.settings.key), "guessed"
    )

    assert browser().client.get(path).status_code == 403
    assert state_of(installation, activation, "BD") is not NoticeState.ACKNOWLEDGED


def test_a_text_that_cannot_be_told_from_others_is_refused(
    browser: NewBrowser, installation: Installation
) -> None:
    path = said(installation, activated(installation), "BD", id="")

    assert browser().client.get(path).status_code == 400
