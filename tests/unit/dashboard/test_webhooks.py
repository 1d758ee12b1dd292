import smtplib
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from threading import Event
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from dashboard.doors import Doors
from mechanism.lifecycle import MessageEvent, MessageState, NoticeState
from mechanism.vocabulary import Channel, Rank
from notifications.tokens import TokenPurpose
from notifications.twilio import callbacks
from simulator.webhooks import signature
from store import ledger
from store.act import by_engine
from store.installation import Installation
from store.tables import Attempt, LedgerEntry, Message, Need, Receipt, Reply
from tests.support.consultation import activated, contact_of, token_of
from tests.support.five_members import NOW
from tests.support.ports import free_port
from tests.support.web import Browser, NewBrowser
from tests.support.web_acts import state_of, text_from

AUTH_TOKEN = "loopback-token"  # noqa: S105 - the default of the simulated gateway
HERE = "http://localhost:8080"


def posted(stranger: Browser, path: str, form: dict[str, str], *, signed: str | None = "") -> int:
    """Post as the provider would; the status. `signed` is another token, or None for none."""
    headers = {}
    if signed is not None:
        headers["X-Twilio-Signature"] = signature(signed or AUTH_TOKEN, HERE + path, form)
    status: int = stranger.client.post(path, data=form, headers=headers).status_code
    return status


def test_a_signed_text_is_kept_and_read_and_acknowledges(
    browser: NewBrowser, installation: Installation
) -> None:
    activation = activated(installation)
    form = text_from(installation, activation, "BD")
    provider = browser()

    assert posted(provider, "/twilio/sms", form) == 200
    assert posted(provider, "/twilio/sms", form) == 200

    assert state_of(installation, activation, "BD") is NoticeState.ACKNOWLEDGED
    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 1


def test_the_provider_gets_an_empty_answer_in_its_own_form(
    browser: NewBrowser, installation: Installation
) -> None:
    form = text_from(installation, activated(installation), "BD")
    headers = {"X-Twilio-Signature": signature(AUTH_TOKEN, f"{HERE}/twilio/sms?edge=1", form)}

    got = browser().client.post("/twilio/sms?edge=1", data=form, headers=headers)

    assert (got.status_code, got.text) == (200, "<Response/>")
    assert got.headers["content-type"].startswith("text/xml")


def test_a_signature_for_the_host_that_a_stranger_names_is_worth_nothing(
    browser: NewBrowser, installation: Installation
) -> None:
    form = text_from(installation, activated(installation), "BD")
    signed = signature(AUTH_TOKEN, "http://elsewhere.example/twilio/sms", form)

    got = browser().client.post(
        "/twilio/sms",
        data=form,
        headers={"X-Twilio-Signature": signed, "Host": "elsewhere.example"},
    )

    assert got.status_code == 403


@pytest.mark.parametrize("signed", [None, "another-token"])
@pytest.mark.check(44)
def test_an_unsigned_webhook_is_refused_and_a_person_is_told_once(
    browser: NewBrowser, installation: Installation, signed: str | None
) -> None:
    activation = activated(installation)
    form = text_from(installation, activation, "BD")
    stranger = browser()

    for _ in range(25):
        assert posted(stranger, "/twilio/sms", form, signed=signed) == 403

    assert state_of(installation, activation, "BD") is NoticeState.NOTIFIED
    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 0
        refused = LedgerEntry.type == "cm.webhook.refused.v1"
        assert session.scalar(select(func.count()).where(refused)) == 10
        assert len(session.scalars(select(Need)).all()) == 1


def test_a_text_signed_with_the_next_token_is_taken_too(
    browser: NewBrowser, installation: Installation
) -> None:
    form = text_from(installation, activated(installation), "BD")
    visitor = browser()
    settings = installation.settings.model_copy(
        update={"sms_token_next": SecretStr("the-next-token")}
    )
    app: Any = visitor.client.app  # Starlette, to the client any application
    app.state.installation = Installation(settings, installation.database, installation.clock)

    assert posted(visitor, "/twilio/sms", form, signed="the-next-token") == 200


def attempted(installation: Installation) -> tuple[int, str]:
    """An SMS on the wire; its attempt, and the path of its reports."""
    activated(installation)
    with installation.database.transaction() as session:
        contact = contact_of(session, "BD", Channel.SMS, Rank.PRIMARY)
        message = session.scalars(
            select(Message).where(Message.contact_point_id == contact.id)
        ).one()
        ledger.move(
            session,
            by_engine(NOW),
            message,
            MessageEvent.CLAIMED,
            lease_until=NOW + timedelta(minutes=1),
        )
        attempt = Attempt(message_id=message.id, number=1, provider="sms", began_at=NOW)
        session.add(attempt)
        session.flush()
        return attempt.id, callbacks.status_path(attempt.id, installation.settings.key)


def report(status: str) -> dict[str, str]:
    return {"MessageSid": "SM" + "2" * 32, "MessageStatus": status}


def test_reports_move_a_message_upwards_only_and_a_repetition_does_nothing(
    browser: NewBrowser, installation: Installation
) -> None:
    attempt, path = attempted(installation)
    provider = browser()

    for status in ("sent", "delivered", "sent", "delivered"):
        assert posted(provider, path, report(status)) == 200

    with installation.database.reading() as session:
        assert session.get_one(Attempt, attempt).message.state is MessageState.DELIVERED
        assert session.scalar(select(func.count()).select_from(Receipt)) == 2


def test_a_report_on_a_guessed_address_is_refused_though_signed(
    browser: NewBrowser, installation: Installation
) -> None:
    attempt, path = attempted(installation)
    guessed = path.replace(f"/{attempt}/", f"/{attempt + 1}/")

    assert posted(browser(), guessed, report("delivered")) == 403


def test_a_report_about_an_attempt_that_nobody_knows_is_kept(
    browser: NewBrowser, installation: Installation
) -> None:
    path = callbacks.status_path(4711, installation.settings.key)

    assert posted(browser(), path, report("delivered")) == 200

    with installation.database.reading() as session:
        assert session.scalars(select(Receipt)).one().attempt_id is None


def test_a_body_of_more_than_a_megabyte_is_refused(browser: NewBrowser) -> None:
    form = {"MessageSid": "SM1", "Body": "x" * 1_100_000}

    assert posted(browser(), "/twilio/sms", form) == 413


def test_a_mail_to_the_personal_address_is_kept_read_and_acknowledges(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", purpose=TokenPurpose.MAIL)
    settings = installation.settings.model_copy(update={"inbox_port": free_port()})
    letter = EmailMessage()
    letter["From"], letter["To"] = "desk1@bd.example", f"ack+{token}@in.cm.example"
    letter["Message-ID"], letter["Subject"] = "<1@bd.example>", "Re: Boats"
    letter.set_content("OK")

    doors, has_read = (
        Doors(Installation(settings, installation.database, installation.clock)),
        Event(),
    )
    reads = doors.reader.read

    def reads_and_says_so(ids: Sequence[int]) -> None:
        reads(ids).add_done_callback(lambda _: has_read.set())

    monkeypatch.setattr(doors.reader, "read", reads_and_says_so)
    doors.open()
    try:
        with smtplib.SMTP(settings.inbox_host, settings.inbox_port) as client:
            client.send_message(letter)
        assert has_read.wait(10)
    finally:
        doors.close()

    assert state_of(installation, activation, "BD") is NoticeState.ACKNOWLEDGED
