"""What does a raw mail hold: who wrote, about which message of ours, and was it a person?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.answers import MailSign, Meaning, Proof, acknowledges, read_mail
from notifications.email.icalendar import invite
from notifications.email.parse.message import read_raw
from notifications.email.parse.parsed import CalendarReply
from tests.support.readings import reading_of

REPLIES = Path(__file__).parents[5] / "examples" / "replies"
OURS_ID = "<5f1c9a0e7b3d4c2a8e6f1d0b9a7c5e3f@convene.example>"
THREAD = "<BP-2026-003@convene.example>"

READINGS = {  # file: kind, automatic, answer
    "bounce": ("bounce", True, None),
    "calendar-accepted-outlook": ("calendar_reply", False, "will_attend"),
    "calendar-accepted-room": ("calendar_reply", True, "will_attend"),
    "calendar-declined-google": ("calendar_reply", False, "regrets"),
    "calendar-tentative-apple": ("calendar_reply", False, "received"),
    "challenge": ("challenge", True, None),
    "complaint": ("complaint", True, None),
    "delay": ("delay", True, None),
    "delivered": ("read_receipt", True, None),
    "human-auto-submitted-no": ("human", False, "received"),
    "human-between-quotes": ("human", False, "received"),
    "human-bottom-posted": ("human", False, "will_attend"),
    "human-declines": ("human", False, "declines"),
    "human-delegates": ("human", False, "delegates"),
    "human-does-not-confirm": ("human", False, "unclear"),
    "human-forwarded": ("human", False, "received"),
    "human-html-only": ("human", False, "received"),
    "human-needs-instructions": ("human", False, "needs_instructions"),
    "human-outlook-block": ("human", False, "received"),
    "human-thai-tis620": ("human", False, "received"),
    "human-top-posted": ("human", False, "received"),
    "human-unclear": ("human", False, "unclear"),
    "human-wrong-addressee": ("human", False, "wrong_addressee"),
    "out-of-office-english": ("auto_reply", True, None),
    "out-of-office-in-a-reply": ("auto_reply", True, None),
    "out-of-office-indonesian": ("auto_reply", True, None),
    "out-of-office-old-responder": ("auto_reply", True, None),
    "out-of-office-thai": ("auto_reply", True, None),
    "out-of-office-vietnamese": ("auto_reply", True, None),
    "read-receipt": ("read_receipt", True, None),
    "sealed": ("unreadable", False, None),
}
ACKNOWLEDGING = {
    *(name for name, (kind, _, _) in READINGS.items() if kind == "human"),
    "calendar-accepted-outlook",
    "calendar-declined-google",
    "calendar-tentative-apple",
} - {"human-wrong-addressee", "human-does-not-confirm", "human-unclear"}


def example(name: str) -> bytes:
    return (REPLIES / f"{name}.eml").read_bytes()


def mail(body: bytes = b"OK\n", **headers: str) -> bytes:
    fields = {"From": "desk@mofa.example", "Subject": "Re: notice", **headers}
    lines = (f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())
    return "".join(lines).encode() + b"\n" + body


def signs_of(raw: bytes) -> frozenset[MailSign]:
    """The signs that decide alone."""
    return read_raw(raw).heard.signs - {MailSign.DOUBTFUL}


def test_every_example_has_an_expected_reading() -> None:
    assert {path.stem for path in REPLIES.glob("*.eml")} == set(READINGS)


@pytest.mark.parametrize("name", READINGS)
def test_each_example_is_read_as_expected(name: str) -> None:
    reading = reading_of(example(name))

    assert (reading["kind"], reading["automatic"], reading["answer"]) == READINGS[name]
    assert reading["reason"]
    assert list(reading) == ["kind", "automatic", "answer", "text", "reason"]


@pytest.mark.parametrize("name", READINGS)
def test_only_persons_acknowledge_even_where_the_proof_is_strong(name: str) -> None:
    answer = read_mail(read_raw(example(name)).heard)

    assert acknowledges(answer, Proof.STRONG) == (name in ACKNOWLEDGING)


def test_the_words_shown_are_the_writers_own() -> None:
    assert reading_of(example("human-top-posted"))["text"] == (
        "We acknowledge receipt of your notice.\n\nDuty desk"
    )
    assert reading_of(example("human-html-only"))["text"] == (
        "Pesan diterima, terima kasih.\nMeja siaga"
    )


def test_the_threads_of_a_reply_are_found() -> None:
    read = read_raw(example("human-top-posted"))

    assert read.sender == "focal.point@mofa.bd.example"
    assert read.subject == "Re: [BP-2026-003] Urgent consultation: please confirm receipt"
    assert read.message_id == "<reply-1@mail.example>"
    assert read.in_reply_to == OURS_ID
    assert read.references == (THREAD, OURS_ID)
    assert read.recipients == ("ack+token@in.convene.example",)
    assert read.date == datetime(2026, 7, 14, 3, 41, tzinfo=UTC)


def test_a_bounce_names_the_attempt_the_message_and_the_address() -> None:
    read = read_raw(example("bounce"))

    assert read.envelope_ids == ("att41",)
    assert read.original_message_id == OURS_ID
    assert read.failed_recipients == (
        "focal.point@mofa.bd.example",
        "fp@internal.mofa.bd.example",
    )


def test_a_read_receipt_names_the_message_that_was_displayed() -> None:
    assert read_raw(example("read-receipt")).original_message_id == OURS_ID


@pytest.mark.parametrize(
    ("name", "until"),
    [
        ("out-of-office-english", "20 July 2026"),
        ("out-of-office-indonesian", "20 Juli 2026"),
        ("out-of-office-thai", "20 กรกฎาคม 2569"),
        ("out-of-office-vietnamese", "20/7/2026"),
        ("human-top-posted", ""),
    ],
)
def test_the_end_of_an_absence_is_kept_as_a_hint(name: str, until: str) -> None:
    assert read_raw(example(name)).until == until


# --- signs and their traps


@pytest.mark.parametrize(
    "headers",
    [
        {"Return_Path": "<>"},
        {"Precedence": "bulk"},
        {"Auto_Submitted": "no"},
        {"Auto_Submitted": "No ; by a person"},
        {"Auto_Submitted": ""},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Autoreply": "no"},
        {"X_Vacation": "False"},
        {"From": "Noreply Desk <desk@mofa.example>"},
        {"From": "Arnold Replyton <a.norman@mofa.example>"},
        {"Subject": "Author: the desk"},
        {"Subject": "SV: [BP-2026-003] Urgent"},
        {"Subject": "[BP-2026-003] Urgent: notice"},
        {"Subject": "EXERCISE EXERCISE EXERCISE [BP-X-2026-003] Urgent: notice"},
        {"List_Id": "<office.example>"},
        {"Subject": "Re: Automatic reply: notice"},
        {"Subject": "Re: Undeliverable: notice"},
        {"Subject": "Undeliverable parcels on the quay"},
        {"Importance": "high"},
    ],
)
def test_what_proves_nothing_makes_no_machine(headers: dict[str, str]) -> None:
    assert signs_of(mail(b"OK\n", **headers)) == frozenset()


@pytest.mark.parametrize(
    ("headers", "sign"),
    [
        ({"Auto_Submitted": "auto-replied"}, MailSign.AUTO_SUBMITTED),
        ({"Auto_Submitted": "auto-generated; type=x"}, MailSign.AUTO_SUBMITTED),
        ({"Auto_Submitted": "(comment) auto-notified"}, MailSign.AUTO_SUBMITTED),
        ({"X_Autoreply": "yes"}, MailSign.VACATION_HEADER),
        ({"X_Autorespond": "holiday"}, MailSign.VACATION_HEADER),
        ({"X_Auto_Submitted": "auto-replied"}, MailSign.VACATION_HEADER),
        ({"X_Autogenerated": "Reply"}, MailSign.VACATION_HEADER),
        ({"X_FC_MachineGenerated": "true"}, MailSign.VACATION_HEADER),
        ({"X_Precedence": "auto_reply"}, MailSign.VACATION_HEADER),
        ({"X_Mailer": "Office Autoresponder 2"}, MailSign.VACATION_HEADER),
        ({"Delivered_To": "Autoresponder"}, MailSign.VACATION_HEADER),
        ({"From": "no-reply@mofa.example"}, MailSign.ROBOT_SENDER),
        ({"From": "desk.DoNotReply@mofa.example"}, MailSign.ROBOT_SENDER),
        ({"From": "calendar-notification@google.com"}, MailSign.ROBOT_SENDER),
        ({"Subject": "Re: notice (Out of office)"}, MailSign.AUTOMATIC_SUBJECT),
        ({"Subject": "AUTO: the desk is closed"}, MailSign.AUTOMATIC_SUBJECT),
        ({"Subject": "Automatisk svar: notice"}, MailSign.AUTOMATIC_SUBJECT),
        ({"Subject": "Xyzzy plugh: [BP-2026-003] Urgent"}, MailSign.RENAMED),
        ({"From": "bounces+41@mx.example"}, MailSign.DAEMON_SENDER),
        ({"From": "MicrosoftExchange329e71ec88ae4615bbc3@mx.example"}, MailSign.DAEMON_SENDER),
        ({"From": "<>", "Subject": "Mail failure"}, MailSign.FAILURE_SUBJECT),
        ({"Subject": "Undeliverable: notice"}, MailSign.FAILURE_SUBJECT),
        ({"Subject": "failure notice"}, MailSign.FAILURE_SUBJECT),
        ({"Precedence": "auto-reply"}, MailSign.VACATION_HEADER),
        ({"X_POST_MessageClass": "9; Autoresponder"}, MailSign.VACATION_HEADER),
        ({"From": "MAILER-DAEMON@mx.example"}, MailSign.DAEMON_SENDER),
        ({"From": "Mail Delivery Subsystem <x@mx.example>"}, MailSign.DAEMON_SENDER),
        ({"From": "postmaster@mx.example", "Subject": "Delayed: x"}, MailSign.DELAY_REPORT),
        ({"Return_Path": "<>", "Subject": "Undeliverable: notice"}, MailSign.FAILURE_SUBJECT),
        ({"X_Failed_Recipients": "desk@mofa.example"}, MailSign.DELIVERY_REPORT),
        ({"Subject": "Read: notice"}, MailSign.READ_RECEIPT),
        ({"Subject": "Dibaca: notice"}, MailSign.READ_RECEIPT),
        ({"Subject": "Boxbe: message waiting"}, MailSign.CHALLENGE),
    ],
)
def test_a_machine_gives_itself_away(headers: dict[str, str], sign: MailSign) -> None:
    assert signs_of(mail(b"OK\n", **headers)) == {sign}


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: notice",
        "Out of Office",
        "Autoreply: notice",
        "Automatische Antwort: notice",
        "Réponse automatique : notice",
        "Respuesta automática: notice",
        "Resposta automática: notice",
        "自动答复: notice",
        "自動回覆\uff1anotice",
        "自動返信: notice",
        "자동 회신: notice",
        "การตอบกลับอัตโนมัติ: notice",
        "ตอบกลับอัตโนมัติ: notice",
        "Jawaban otomatis: notice",
        "Balasan automatik: notice",
        "Trả lời tự động: notice",
        "Otomatik yan\u0131t: notice",
        "رد تلقائي: notice",
        "پاسخ خودکار: notice",
        "স্বয়ংক্রিয় উত্তর: notice",
        "स्वचालित उत्तर: notice",
        "ස්වයංක්‍රීය පිළිතුර: notice",
        "தானியங்கி பதில்: notice",
        "Автоматический ответ: notice",
    ],
)
def test_automatic_subjects_are_known_in_the_members_languages(subject: str) -> None:
    message = EmailMessage()
    message["From"] = "desk@mofa.example"
    message["Subject"] = subject
    message.set_content("OK")

    assert signs_of(message.as_bytes()) == {MailSign.AUTOMATIC_SUBJECT}


@pytest.mark.parametrize(
    "headers",
    [
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"X_Auto_Response_Suppress": "All"},
        {"List_Id": "<office.example>"},
        {"From": "no address"},
    ],
)
def test_what_some_machines_write_makes_doubtful(headers: dict[str, str]) -> None:
    assert MailSign.DOUBTFUL in read_raw(mail(b"Thank you.\n", **headers)).heard.signs
    assert reading_of(mail(b"Thank you.\n", **headers))["answer"] is None


def test_an_envelope_from_nobody_is_as_telling_as_the_header() -> None:
    raw = mail(b"OK\n", Subject="Undeliverable message")
    other = mail(b"OK\n", Subject="A message is undeliverable")

    assert MailSign.FAILURE_SUBJECT in read_raw(raw, mail_from="").heard.signs
    assert MailSign.FAILURE_SUBJECT in read_raw(other, mail_from="").heard.signs
    assert MailSign.FAILURE_SUBJECT not in read_raw(other, mail_from="a@b.example").heard.signs


def test_words_of_waiting_from_nobody_are_a_delay() -> None:
    raw = mail(b"Your message has not yet been delivered.\n", Subject="Warning")

    assert MailSign.DELAY_REPORT in read_raw(raw, mail_from="").heard.signs


def test_a_report_that_failed_for_one_recipient_is_a_failure() -> None:
    raw = example("delay").replace(
        b"Action: delayed",
        b"Action: failed\n\nFinal-Recipient: rfc822;b@x.example\nAction: delayed",
    )

    assert MailSign.DELIVERY_REPORT in signs_of(raw)


def test_a_report_without_a_word_on_what_happened_is_a_failure() -> None:
    assert MailSign.DELIVERY_REPORT in signs_of(example("delay").replace(b"Action", b"X-Action"))


# --- text in every wrapping


@pytest.mark.parametrize(
    "charset", ["tis-620", "x-unknown", "us-ascii", "punycode", "rot13", "\x00"]
)
def test_a_wrong_or_unknown_charset_loses_no_message(charset: str) -> None:
    raw = mail(
        "ได้รับแล้ว OK".encode(),
        Content_Type=f'text/plain; charset="{charset}"',
        Content_Transfer_Encoding="8bit",
    )

    assert reading_of(raw)["answer"] == "received"


def test_a_display_name_cannot_pretend_to_be_the_sender() -> None:
    raw = mail(From='"co-chair@convene.example <co-chair@convene.example>" <other@other.example>')

    assert read_raw(raw).sender == "other@other.example"


@pytest.mark.parametrize("sender", ["", "no address", "=?utf-8?b?!!!?=", "(((((", '"""', "<>"])
def test_a_sender_that_is_none_is_left_empty(sender: str) -> None:
    assert read_raw(mail(From=sender)).sender == ""


@pytest.mark.parametrize("date", ["", "yesterday", "99 Foo 2026", "Tue, 14 Jul 20260 99:00"])
def test_a_date_that_is_none_is_left_out(date: str) -> None:
    assert read_raw(mail(Date=date)).date is None


def test_a_date_without_a_zone_is_taken_for_utc() -> None:
    date = read_raw(mail(Date="Tue, 14 Jul 2026 03:41:00 -0000")).date

    assert date == datetime(2026, 7, 14, 3, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>OK</p>", "OK"),
        ("<p>O<b>K</b>", "OK"),
        ("OK &amp; noted", "OK & noted"),
        ("<style>no</style><title>no</title><script>no</script>OK", "OK"),
        ("OK<!-- no --><!--[if mso]>no<![endif]-->", "OK"),
        ("OK<!-- never ends", "OK"),
        ("OK<div style='display: none'><div>no</div>no</div>", "OK"),
        ("<span hidden>no<span>no</span></span>OK", "OK"),
        ("<p style='color:red'>OK</p>", "OK"),
        ("OK<blockquote>I am not the right person</blockquote>", "OK"),
        ("OK<br/>Desk<hr/>", "OK\nDesk"),
        ("OK<![foo[", "OK"),
        ("OK" + "<a" + " b" * 2000 + ">", "OK"),
    ],
)
def test_html_is_read_as_a_reader_sees_it(html: str, text: str) -> None:
    assert reading_of(mail(html.encode(), Content_Type="text/html; charset=utf-8"))["text"] == text


def test_an_attached_text_is_not_the_writers_word() -> None:
    message = EmailMessage()
    message["From"] = "desk@mofa.example"
    message.set_content("Kindly see the paper.")
    message.add_attachment("We confirm receipt.", filename="paper.txt")

    assert reading_of(message.as_bytes())["answer"] == "unclear"


def test_our_own_words_quoted_without_marks_are_not_theirs() -> None:
    ours = (
        "To confirm receipt only, reply to this mail.\nIf you are not the right person, tell us.\n"
    )
    body = b"Kindly call us.\n\n" + ours.encode()

    answer = read_mail(read_raw(mail(body), ours=ours).heard)

    assert (answer.answer, answer.text) == (Meaning.UNCLEAR, "Kindly call us.")


# --- calendar replies


def test_a_calendar_reply_is_read_wherever_it_stands() -> None:
    expected = CalendarReply(
        "BP-2026-003-M1@convene.example",
        1,
        "focal.point@mofa.bd.example",
        "DECLINED",
        "REPLY",
    )

    found = read_raw(example("calendar-declined-google")).calendar

    assert found is not None
    assert replace(found, stamp=None, starts_at=None, ends_at=None) == expected
    assert read_raw(example("calendar-tentative-apple")).calendar is not None


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("20261123T030000Z", datetime(2026, 11, 23, 3, tzinfo=UTC)),
        ("20261123T030000", None),
        ("00010101T000000Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("20261123", None),
        ("soon", None),
    ],
)
def test_a_calendars_time_counts_only_with_its_zone(stamp: str, expected: datetime | None) -> None:
    raw = (
        f"BEGIN:VCALENDAR\r\nMETHOD:COUNTER\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTAMP:{stamp}\r\n"
        "DTSTART;TZID=Customized Time Zone:20261124T090000\r\nDTEND:20261124T100000Z\r\n"
        "ATTENDEE;PARTSTAT=TENTATIVE:mailto:a@b.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )

    found = read_raw(calendar_mail(raw.encode())).calendar

    assert found is not None
    assert (found.stamp, found.starts_at) == (expected, None)
    assert found.ends_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


def calendar_mail(raw: bytes) -> bytes:
    return mail(raw, Content_Type="text/calendar; method=REPLY")


@pytest.mark.parametrize(
    ("calendar", "reason"),
    [
        (b"garbage", "cannot be read"),
        (b"BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n", "no reply"),
        (b"BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:x\nEND:VEVENT\nEND:VCALENDAR\n", "one"),
        (b"x" * 70_000, "too large"),
    ],
)
def test_a_broken_calendar_part_goes_to_a_person_with_the_reason(
    calendar: bytes, reason: str
) -> None:
    reading = reading_of(calendar_mail(calendar))

    assert reading["kind"] == "unreadable"
    assert reason in str(reading["reason"])


def test_our_own_invitation_sent_back_is_no_reply() -> None:
    when = datetime(2026, 7, 14, 4, tzinfo=UTC)
    raw = invite(
        uid="u@x.example",
        sequence=0,
        starts_at=when,
        ends_at=when,
        summary="s",
        description="d",
        location="l",
        organizer="a@x.example",
        attendee="b@x.example",
        attendee_name="b",
        stamp=when,
    )

    assert read_raw(calendar_mail(raw)).calendar is None


# --- hostile mail


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    assert reading_of(raw)["kind"]


@given(st.sampled_from(sorted(READINGS)), st.data())
def test_a_damaged_example_is_still_read(name: str, data: st.DataObject) -> None:
    raw = bytearray(example(name))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))

    assert reading_of(bytes(raw))["kind"]


TOP = b"From: a@b.example\nSubject: x\n"
HTML = TOP + b"Content-Type: text/html\n\n"
REPORT = TOP + (
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    b"--b\nContent-Type: message/delivery-status\n\n"
)
NESTED = b"".join(
    b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (depth, depth)
    for depth in range(1_000)
)
HOSTILE = {
    "comments": HTML + b"<!--" * 1_000_000,
    "angles": HTML + b"<" * 4_000_000,
    "open tags": HTML + b"<a " * 1_300_000,
    "attributes": HTML + b"<a b='" * 600_000,
    "marked sections": HTML + b"<![if " * 600_000,
    "entities": HTML + b"&#1" * 1_300_000,
    "scripts": HTML + b"<script></scrip " * 250_000,
    "headers": b"A: b\n" * 800_000,
    "folded header": b"Subject: x\n" + b" y\n" * 1_300_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?x?= " * 280_000,
    "parentheses": b"From: " + b"(" * 4_000_000,
    "quotes": b"From: " + b'"\\' * 2_000_000,
    "references": b"References: " + b"<a@b> " * 660_000,
    "parameters": b"Content-Type: text/plain; " + b"a*0*=b;" * 570_000 + b"\n\nOK",
    "dispositions": b"Content-Disposition: inline; " + b'f;;"="' * 660_000 + b"\n\nOK",
    "nested": TOP + NESTED,
    "nested, then lines": TOP + NESTED[:1_800] + b"\n" * 4_000_000,
    "mails within mails": TOP + b"Content-Type: message/rfc822\n\n" * 130_000,
    "empty report blocks": REPORT + b"\n" * 4_000_000,
    "parts": TOP + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 570_000,
    "base64": TOP + b"Content-Transfer-Encoding: base64\n\n" + b"!@#$" * 1_000_000,
    "quoted-printable": TOP
    + b"Content-Transfer-Encoding: quoted-printable\n\n"
    + b"=4" * 2_000_000,
    "punycode": TOP + b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 2_000_000,
    "calendar": TOP
    + b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n"
    + b"BEGIN:VEVENT\n" * 4_800,
    "quoted lines": TOP + b"\n" + b">" * 4_000_000,
    "attributions": TOP + b"\n" + b"On 14 Jul 2026 a@b.example wrote\n" * 120_000,
    "noughts": b"\x00" * 4_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_of_four_megabytes_is_read_within_a_second(
    name: str, cpu_seconds: Callable[[Callable[[], object]], float]
) -> None:
    assert cpu_seconds(lambda: reading_of(HOSTILE[name])) < 1
    assert reading_of(HOSTILE[name])["kind"]


def test_a_mail_of_too_many_parts_within_parts_goes_to_a_person() -> None:
    reading = reading_of(HOSTILE["nested"])

    assert reading["kind"] == "unreadable"
    assert reading["reason"] == "it holds too many parts within parts"
