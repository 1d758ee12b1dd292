import re
import smtplib
import socket
from datetime import timedelta
from email.message import EmailMessage
from threading import Event

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from convening import stand_down
from convening.house import House
from dashboard import answers
from dashboard.answers import Pace, read, start_mail_door
from dashboard.frame import STATIC
from mechanism.ladder import Channel, Rank
from mechanism.lifecycle import MessageEvent, MessageState, NoticeState
from notifications import sms
from notifications.gateway.forms import filled_form
from notifications.gateway.webhooks import signature
from notifications.links import TokenPurpose
from store import ledger
from store.tables import (
    Activation,
    Attempt,
    LedgerEntry,
    Message,
    Need,
    Receipt,
    Reply,
    ReplyCode,
    TextKind,
    Token,
)
from tests.convening.test_answer_by_link import (
    DUTY_OFFICER,
    activated,
    contact_of,
    notice_of,
    office_of,
    token_of,
)
from tests.dashboard.conftest import NOW, Browser, NewBrowser, ToldTime

AUTH_TOKEN = "loopback-token"  # noqa: S105 - the default of the simulated gateway
HERE = "http://localhost:8080"


def link(house: House, activation: int, code: str, channel: Channel = Channel.SMS) -> str:
    return "/a/" + token_of(house, activation, code, channel)


def answer(focal_point: Browser, path: str, *, status: int = 303, **fields: str) -> str:
    """Send the form that carries what the page carries."""
    form_id = re.search(r'name="form_id" value="([^"]+)"', focal_point.page)
    return focal_point.send(
        path, {"form_id": form_id[1] if form_id else "", **fields}, status=status
    )


def state_of(house: House, activation: int, code: str) -> NoticeState:
    with house.database.reading() as session:
        return notice_of(session, activation, code).state


def test_a_focal_point_acknowledges_with_one_tap_and_reads_that_it_is_done(
    browser: NewBrowser, house: House
) -> None:
    activation = activated(house)
    path = link(house, activation, "BD")
    focal_point = browser()
    focal_point.open(path)

    where = answer(focal_point, path, answer="received")

    assert where == path
    page = focal_point.open(path)
    assert "Thank you. Bangladesh has acknowledged" in page
    assert "09:41:07 Dhaka" in page
    assert state_of(house, activation, "BD") is NoticeState.ACKNOWLEDGED


def test_the_page_says_things_in_the_order_in_which_they_are_needed(
    browser: NewBrowser, house: House
) -> None:
    page = browser().open(link(house, activated(house), "BD"))

    wanted = (
        "Real activation", "To the focal point for Bangladesh", "<h1>Boats in distress",
        "10:11 Dhaka", "04:11 UTC", "Acknowledge for Bangladesh", "It commits your government",
        "Six wooden boats", "I am not the right person", "How do I know that this is genuine?",
        "BP-2026-001",
    )  # fmt: skip
    places = [page.index(words) for words in wanted]
    assert places == sorted(places)


def test_an_exercise_says_so_in_the_title_the_band_and_the_frame(
    browser: NewBrowser, house: House
) -> None:
    page = browser().open(link(house, activated(house, kind="exercise"), "BD"))

    assert "<title>[EXERCISE] " in page
    assert "This is not a real emergency" in page
    assert 'class="exercise-page"' in page


def test_the_page_needs_no_cookie_and_no_script_and_tells_no_other_site(
    browser: NewBrowser, house: House
) -> None:
    focal_point = browser()

    got = focal_point.client.get(link(house, activated(house), "BD"))

    assert "set-cookie" not in got.headers
    assert "<script" not in got.text
    assert "style.css" not in got.text
    assert got.headers["referrer-policy"] == "no-referrer"
    assert got.headers["cache-control"] == "no-store"
    assert "noindex" in got.headers["x-robots-tag"]


def test_page_and_style_sheet_are_below_ten_kilobytes_even_unpacked(
    browser: NewBrowser, house: House
) -> None:
    page = browser().open(link(house, activated(house), "BD", Channel.EMAIL))

    style = (STATIC / "answers.css").read_bytes()
    assert len(page.encode()) + len(style) < 14_000  # a third of that once they are packed


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_changes_no_state_and_writes_no_event(
    browser: NewBrowser, house: House, method: str
) -> None:
    activation = activated(house)
    path = link(house, activation, "BD")
    with house.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(LedgerEntry))

    assert browser().client.request(method, path).status_code == 200

    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == before
        opened = [t.opened_at for t in session.scalars(select(Token)) if t.opened_at]
    assert len(opened) == (1 if method == "GET" else 0)
    assert state_of(house, activation, "BD") is NoticeState.NOTIFIED


def test_an_email_link_has_no_office_chosen_and_asks_for_it_once_more(
    browser: NewBrowser, house: House
) -> None:
    activation = activated(house)
    path = link(house, activation, "BD", Channel.EMAIL)
    focal_point = browser()
    page = focal_point.open(path)
    assert "selected" not in page

    answer(focal_point, path, status=400, answer="received", office="")
    assert 'href="#office"' in focal_point.page
    assert "Nothing was recorded" in focal_point.page
    answer(focal_point, path, answer="received", office=str(office_of(house, "BD")))

    assert state_of(house, activation, "BD") is NoticeState.ACKNOWLEDGED


def test_the_same_form_sent_twice_is_one_answer(browser: NewBrowser, house: House) -> None:
    path = link(house, activated(house), "BD")
    focal_point = browser()
    focal_point.open(path)

    answer(focal_point, path, answer="received")
    answer(focal_point, path, answer="received")

    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 1


def test_a_form_from_another_site_is_refused(browser: NewBrowser, house: House) -> None:
    activation = activated(house)
    path = link(house, activation, "BD")
    stranger = browser()
    stranger.client.headers["Sec-Fetch-Site"] = "cross-site"
    stranger.open(path)

    answer(stranger, path, status=403, answer="received")

    assert state_of(house, activation, "BD") is NoticeState.NOTIFIED


def test_one_members_link_neither_reads_nor_answers_for_another(
    browser: NewBrowser, house: House
) -> None:
    activation = activated(house)
    path = link(house, activation, "BD", Channel.EMAIL)
    focal_point = browser()
    focal_point.open(path)

    answer(focal_point, path, status=400, answer="received", office=str(office_of(house, "TH")))

    assert state_of(house, activation, "TH") is NoticeState.NOTIFIED
    assert state_of(house, activation, "BD") is NoticeState.NOTIFIED


def test_a_word_about_the_meeting_is_kept_and_shown_again(
    browser: NewBrowser, house: House
) -> None:
    path = link(house, activated(house), "BD")
    focal_point = browser()
    focal_point.open(path)
    answer(focal_point, path, answer="received")
    focal_point.open(path)

    answer(focal_point, path, meeting="needs_instructions", delegate="")

    page = focal_point.open(path)
    assert re.search(r'value="needs_instructions" required checked', page)


def test_who_is_not_the_right_person_reads_that_another_office_is_asked(
    browser: NewBrowser, house: House
) -> None:
    path = link(house, activated(house), "BD")
    focal_point = browser()
    focal_point.open(path)

    answer(focal_point, path, answer="wrong_addressee")

    assert "The next office of Bangladesh is asked" in focal_point.open(path)


def test_a_link_that_is_unknown_and_one_of_another_kind_look_the_same(
    browser: NewBrowser, house: House
) -> None:
    activation = activated(house)
    concur = token_of(house, activation, "ID", purpose=TokenPurpose.CONCUR)

    unknown, other = browser().open("/a/" + "x" * 22, status=404), browser().open(
        f"/a/{concur}", status=404
    )  # fmt: skip

    assert unknown == other
    assert "Boats" not in unknown


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_who_fills_in_the_first_form_and_has_nothing_to_add_acknowledges(
    browser: NewBrowser, house: House, channel: Channel
) -> None:
    activation = activated(house)
    path = link(house, activation, "BD", channel)
    persona = browser()

    form = filled_form(persona.open(path), HERE + path)
    assert form is not None
    persona.client.post(form.action, data=form.fields)

    assert state_of(house, activation, "BD") is NoticeState.ACKNOWLEDGED


def test_a_withdrawal_is_said_in_large_letters(browser: NewBrowser, house: House) -> None:
    activation = activated(house)
    with house.database.transaction() as session:
        row = session.get_one(Activation, activation)
        saying = stand_down.suggested(row, TextKind.WITHDRAWAL)
        stand_down.say(
            session, row, saying, by="Duty officer", actor=DUTY_OFFICER, now=NOW,
            settings=house.settings,
        )  # fmt: skip

    page = browser().open(link(house, activation, "BD"))

    assert '<h1 class="huge">Withdrawn</h1>' in page
    assert "<button" not in page


def test_what_a_stranger_could_write_is_shown_as_letters(browser: NewBrowser, house: House) -> None:
    activation = activated(house)
    path = link(house, activation, "BD")
    focal_point = browser()
    focal_point.open(path)
    answer(focal_point, path, answer="received")
    focal_point.open(path)

    answer(focal_point, path, meeting="delegates", delegate="<script>alert(1)</script>")

    assert "<script" not in focal_point.open(path)


def test_a_link_can_be_opened_thirty_times_a_minute(
    browser: NewBrowser, house: House, real: ToldTime
) -> None:
    path = link(house, activated(house), "BD")
    focal_point = browser()
    for _ in range(30):
        focal_point.open(path)

    focal_point.open(path, status=429)
    real.passes(timedelta(seconds=3))

    focal_point.open(path)


def test_a_pace_refills_and_counts_each_key_by_itself() -> None:
    pace = Pace(2)

    assert [pace.lets("a", now=NOW) for _ in range(3)] == [True, True, False]
    assert pace.lets("b", now=NOW)
    assert not pace.lets("a", now=NOW + timedelta(seconds=20))
    assert pace.lets("a", now=NOW + timedelta(seconds=60))


# --- the co-chair's page -------------------------------------------------------------------------


def test_the_other_co_chair_objects_by_a_link_with_a_reason(
    browser: NewBrowser, house: House
) -> None:
    activation = activated(house)
    path = "/c/" + token_of(
        house, activation, "ID", Channel.SMS, purpose=TokenPurpose.CONCUR
    )  # fmt: skip
    co_chair = browser()
    page = co_chair.open(path)
    assert "Agree for Indonesia" in page

    answer(co_chair, path, status=400, verdict="objects", reason=" ")
    assert 'href="#reason"' in co_chair.page
    answer(co_chair, path, verdict="objects", reason="The case has ended.")

    assert "Indonesia has objected" in co_chair.open(path)


# --- webhooks ------------------------------------------------------------------------------------


def posted(stranger: Browser, path: str, form: dict[str, str], *, signed: str | None = "") -> int:
    """Post as the provider would; the status. `signed` is another token, or None for none."""
    headers = {}
    if signed is not None:
        headers["X-Twilio-Signature"] = signature(signed or AUTH_TOKEN, HERE + path, form)
    status: int = stranger.client.post(path, data=form, headers=headers).status_code
    return status


def text_from(house: House, activation: int, code: str, body: str = "OK {code}") -> dict[str, str]:
    with house.database.reading() as session:
        notice = notice_of(session, activation, code)
        row = session.scalars(select(ReplyCode).where(ReplyCode.notice_id == notice.id)).first()
        assert row is not None
        return {
            "MessageSid": "SM" + "1" * 32,
            "From": row.address,
            "To": house.settings.sms_sender,
            "Body": body.format(code=row.code),
        }


def test_a_signed_text_is_kept_and_read_and_acknowledges(browser: NewBrowser, house: House) -> None:
    activation = activated(house)
    form = text_from(house, activation, "BD")
    provider = browser()

    assert posted(provider, "/twilio/sms", form) == 200
    assert posted(provider, "/twilio/sms", form) == 200

    assert state_of(house, activation, "BD") is NoticeState.ACKNOWLEDGED
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 1


def test_the_provider_gets_an_empty_answer_in_its_own_form(
    browser: NewBrowser, house: House
) -> None:
    form = text_from(house, activated(house), "BD")
    headers = {"X-Twilio-Signature": signature(AUTH_TOKEN, f"{HERE}/twilio/sms?edge=1", form)}

    got = browser().client.post("/twilio/sms?edge=1", data=form, headers=headers)

    assert (got.status_code, got.text) == (200, "<Response/>")
    assert got.headers["content-type"].startswith("text/xml")


def test_a_signature_for_the_host_that_a_stranger_names_is_worth_nothing(
    browser: NewBrowser, house: House
) -> None:
    form = text_from(house, activated(house), "BD")
    signed = signature(AUTH_TOKEN, "http://elsewhere.example/twilio/sms", form)

    got = browser().client.post(
        "/twilio/sms",
        data=form,
        headers={"X-Twilio-Signature": signed, "Host": "elsewhere.example"},
    )

    assert got.status_code == 403


@pytest.mark.parametrize("signed", [None, "another-token"])
def test_an_unsigned_webhook_is_refused_and_a_person_is_told_once(
    browser: NewBrowser, house: House, signed: str | None
) -> None:
    activation = activated(house)
    form = text_from(house, activation, "BD")
    stranger = browser()

    for _ in range(25):
        assert posted(stranger, "/twilio/sms", form, signed=signed) == 403

    assert state_of(house, activation, "BD") is NoticeState.NOTIFIED
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 0
        refused = LedgerEntry.type == "cm.webhook.refused.v1"
        assert session.scalar(select(func.count()).where(refused)) == 10
        assert len(session.scalars(select(Need)).all()) == 1


def test_a_text_signed_with_the_next_token_is_taken_too(browser: NewBrowser, house: House) -> None:
    form = text_from(house, activated(house), "BD")
    visitor = browser()
    settings = house.settings.model_copy(update={"sms_token_next": SecretStr("the-next-token")})
    visitor.client.app.state.house = House(settings, house.database, house.clock)  # type: ignore[attr-defined]  # Starlette

    assert posted(visitor, "/twilio/sms", form, signed="the-next-token") == 200


def attempted(house: House) -> tuple[int, str]:
    """An SMS on the wire; its attempt, and the path of its reports."""
    activated(house)
    with house.database.transaction() as session:
        contact = contact_of(session, "BD", Channel.SMS, Rank.PRIMARY)
        message = session.scalars(
            select(Message).where(Message.contact_point_id == contact.id)
        ).one()
        ledger.move(
            session, message, MessageEvent.CLAIMED, actor=ledger.ENGINE, now=NOW,
            lease_until=NOW + timedelta(minutes=1),
        )  # fmt: skip
        attempt = Attempt(message_id=message.id, number=1, provider="sms", began_at=NOW)
        session.add(attempt)
        session.flush()
        return attempt.id, sms.status_path(attempt.id, house.settings.key)


def report(status: str) -> dict[str, str]:
    return {"MessageSid": "SM" + "2" * 32, "MessageStatus": status}


def test_reports_move_a_message_upwards_only_and_a_repetition_does_nothing(
    browser: NewBrowser, house: House
) -> None:
    attempt, path = attempted(house)
    provider = browser()

    for status in ("sent", "delivered", "sent", "delivered"):
        assert posted(provider, path, report(status)) == 200

    with house.database.reading() as session:
        assert session.get_one(Attempt, attempt).message.state is MessageState.DELIVERED
        assert session.scalar(select(func.count()).select_from(Receipt)) == 2


def test_a_report_on_a_guessed_address_is_refused_though_signed(
    browser: NewBrowser, house: House
) -> None:
    attempt, path = attempted(house)
    guessed = path.replace(f"/{attempt}/", f"/{attempt + 1}/")

    assert posted(browser(), guessed, report("delivered")) == 403


def test_a_report_about_an_attempt_that_nobody_knows_is_kept(
    browser: NewBrowser, house: House
) -> None:
    path = sms.status_path(4711, house.settings.key)

    assert posted(browser(), path, report("delivered")) == 200

    with house.database.reading() as session:
        assert session.scalars(select(Receipt)).one().attempt_id is None


def test_a_body_of_more_than_a_megabyte_is_refused(browser: NewBrowser) -> None:
    form = {"MessageSid": "SM1", "Body": "x" * 1_100_000}

    assert posted(browser(), "/twilio/sms", form) == 413


# --- the door for mail ---------------------------------------------------------------------------


def a_free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def test_a_mail_to_the_personal_address_is_kept_read_and_acknowledges(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    activation = activated(house)
    has_read = Event()

    def read_and_say_so(house: House, reply_id: int) -> None:
        read(house, reply_id)
        has_read.set()

    monkeypatch.setattr(answers, "read", read_and_say_so)
    token = token_of(house, activation, "BD", purpose=TokenPurpose.MAIL)
    settings = house.settings.model_copy(update={"inbox_port": a_free_port()})
    stop = start_mail_door(House(settings, house.database, house.clock))
    letter = EmailMessage()
    letter["From"], letter["To"] = "desk1@bd.example", f"ack+{token}@in.cm.example"
    letter["Message-ID"], letter["Subject"] = "<1@bd.example>", "Re: Boats"
    letter.set_content("OK")

    try:
        with smtplib.SMTP(settings.inbox_host, settings.inbox_port) as client:
            client.send_message(letter)
        assert has_read.wait(10)
    finally:
        stop()

    assert state_of(house, activation, "BD") is NoticeState.ACKNOWLEDGED
