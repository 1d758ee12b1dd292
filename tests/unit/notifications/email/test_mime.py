"""How does one of our e-mails look on the wire?"""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.email.mime import (
    CalendarMethod,
    MailContent,
    message_id,
    thread_id,
    write,
)
from tests.support.table import each

KEY = b"k" * 32
LETTER = MailContent(
    sender="convene@convene.example",
    sender_name="Co-Chairs' secretariat",
    to="focal.point@mofa.example",
    to_name="Focal point, Ministry of Foreign Affairs",
    subject="[BP-2026-003] Urgent consultation",
    text="Please confirm receipt.\n",
    html="<p>Please confirm receipt.</p>\n",
    message_id=message_id(7, "convene.example", KEY),
    references=(thread_id("BP-2026-003", "convene.example"),),
    in_reply_to=None,
    reply_to="ack+token@in.convene.example",
    date=datetime(2026, 7, 14, 3, 33, 10, tzinfo=UTC),
)


def parsed(letter: MailContent) -> EmailMessage:
    return message_from_bytes(write(letter), policy=policy.default)


def changed(**fields: Any) -> MailContent:
    return replace(LETTER, **fields)


def test_the_headers_say_that_a_machine_sent_it_and_that_it_is_urgent() -> None:
    message = parsed(LETTER)

    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Importance"] == "high"
    assert message["X-Priority"] == "1"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert "List-Unsubscribe" not in message


def test_the_addresses_names_and_identifiers_are_those_of_the_letter() -> None:
    message = parsed(changed(in_reply_to=LETTER.message_id))

    assert message["From"].addresses[0].addr_spec == LETTER.sender
    assert message["From"].addresses[0].display_name == LETTER.sender_name
    assert message["To"].addresses[0].display_name == LETTER.to_name
    assert message["Reply-To"] == LETTER.reply_to
    assert message["Message-ID"] == LETTER.message_id
    assert message["In-Reply-To"] == LETTER.message_id
    assert message["References"] == "<BP-2026-003@convene.example>"
    assert message["Date"].datetime == LETTER.date


def test_text_and_html_are_two_forms_of_one_content() -> None:
    message = parsed(LETTER)

    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_letter_without_html_is_plain_text() -> None:
    message = parsed(changed(html=None))

    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == LETTER.text.splitlines()


def test_an_invitation_stands_beside_the_text_and_is_attached_too() -> None:
    raw = b"BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
    message = parsed(changed(calendar=raw, calendar_method=CalendarMethod.CANCEL))
    content, attached = message.iter_parts()
    inline = list(content.iter_parts())[-1]

    assert message.get_content_type() == "multipart/mixed"
    assert content.get_content_type() == "multipart/alternative"
    assert inline.get_content_type() == "text/calendar"
    assert inline["Content-Type"].params["method"] == "CANCEL"
    assert inline.get_payload(decode=True) == attached.get_payload(decode=True) == raw
    assert attached.get_filename() == "invite.ics"


def test_only_seven_bits_and_short_lines_leave_the_installation() -> None:
    raw = write(changed(text="Việt Nam " * 500, html="<p>" + "বাংলাদেশ" * 500 + "</p>"))

    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


HEADER_FIELDS = ["sender", "sender_name", "to", "to_name", "subject", "message_id", "reply_to"]
BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\ud800"]


@pytest.mark.check(4)
@each(field=[*HEADER_FIELDS, "in_reply_to"], breaking=BREAKS)
def test_what_would_break_a_header_is_refused_by_the_name_of_its_field(
    field: str, breaking: str
) -> None:
    value = getattr(LETTER, field) or LETTER.message_id
    hostile = value[:5] + breaking + "Bcc: other@other.example" + value[5:]

    with pytest.raises(ValueError, match=field):
        write(changed(**{field: hostile}))


@pytest.mark.parametrize(
    "identifier", ["", "a@b", "<a@b", "<a b@c>", "<a@b> <c@d>", "<no-at>", "<ü@b>", "<>"]
)
def test_a_reference_that_is_no_message_id_is_refused(identifier: str) -> None:
    with pytest.raises(ValueError, match="references"):
        write(changed(references=(identifier,)))


@pytest.mark.parametrize(
    "address", ["", "nobody", "@b.example", "a@", "ü@b.example", "a b@c.example"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="to is not an address"):
        write(changed(to=address))


def test_a_domain_in_other_letters_is_written_in_ascii() -> None:
    message = parsed(changed(to="office@büro.example"))

    assert message["To"].addresses[0].addr_spec == "office@xn--bro-hoa.example"


ONE_LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"]), max_size=200)


@given(ONE_LINE)
def test_any_subject_reads_back_as_it_was_written(subject: str) -> None:
    assert squeezed(str(parsed(changed(subject=subject))["Subject"] or "")) == squeezed(subject)


@pytest.mark.parametrize("text", ["é" * 150, "বাংলাদেশ " * 20, "a" * 300, "ü, " * 60])
def test_a_long_subject_reads_back_as_it_was_written(text: str) -> None:
    assert squeezed(str(parsed(changed(subject=text))["Subject"])) == squeezed(text)


def written_to(name: str) -> tuple[str, str]:
    """The name and address of the To: line as a mail program of any age reads it."""
    value = message_from_bytes(write(changed(to_name=name)))["To"]
    ((phrase, address),) = getaddresses([value])
    return str(make_header(decode_header(phrase))), address


@given(ONE_LINE)
@pytest.mark.check(4)
def test_no_name_can_change_the_address_or_add_one(name: str) -> None:
    read, address = written_to(name)

    assert address == LETTER.to
    assert squeezed(read) == squeezed(name)


@pytest.mark.parametrize(
    "name",
    [
        "Büro, Amt",
        "a" * 100 + '"\\',
        "ü" * 40 + ' "x" <other@other.example>, y',
        "=?utf-8?q?other=40other.example=2C?=",
        "(comment) Office",
        "other@other.example, Office",
        "กระทรวงการต่างประเทศ " * 6,
    ],
)
def test_a_hostile_or_long_name_stays_a_name(name: str) -> None:
    read, address = written_to(name)

    assert (squeezed(read), address) == (squeezed(name), LETTER.to)


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("text", [".\n", "From here\n", "a" * 5000 + "\n", "ไทย\n", "\n\n", ""])
def test_any_text_arrives_as_it_was_written(text: str) -> None:
    written = parsed(changed(html=None, text=text)).get_content()

    assert written.replace("\r\n", "\n") == (text or "\n")


def test_a_message_id_is_the_same_for_every_attempt_and_told_by_nobody_without_the_key() -> None:
    ours = message_id(7, "convene.example", KEY)

    assert ours == message_id(7, "convene.example", KEY)
    assert len(ours) == len("<@convene.example>") + 32
    assert len({ours, message_id(8, "convene.example", KEY), message_id(7, "x.example", b"")}) == 3
    assert ours != message_id(7, "convene.example", b"another key")
