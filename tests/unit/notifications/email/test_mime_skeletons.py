"""An e-mail written on a skeleton says exactly what the library's own says."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings

from notifications.email import mime
from notifications.email.mime import MailContent, address_lines, message_of, write
from tests.support.letters import LETTER, LETTERS
from tests.support.properties import examples
from tests.support.table import each


def by_the_library(letter: MailContent) -> bytes:
    """The same e-mail without our skeletons: what ours is measured against."""
    return address_lines(letter) + message_of(letter).as_bytes()


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def headers_of(message: EmailMessage) -> list[tuple[str, str]]:
    """All that must be alike; the library begins a long header with an empty line."""
    varying = {"content-type", "content-transfer-encoding"}
    return [(n, str(v).strip()) for n, v in message.items() if n.lower() not in varying]


def parts_of(message: EmailMessage) -> list[tuple[object, ...]]:
    return [
        (
            part.get_content_type(),
            {name: v for name, v in part["Content-Type"].params.items() if name != "boundary"},
            part.get_filename(),
            None if part.is_multipart() else words_of(part),
        )
        for part in message.walk()
    ]


def words_of(part: EmailMessage) -> bytes:
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    if part.get_content_maintype() != "text" or part.get_content_subtype() == "calendar":
        return octets
    return octets.replace(b"\r\n", b"\n")


@given(LETTERS)
@example(LETTER)
@example(replace(LETTER, subject="two  blanks " * 12 + "end", in_reply_to="<a@b.example>"))
@example(replace(LETTER, subject="=?utf-8?q?not=20ours?="))
@example(replace(LETTER, subject=" leading"))
@example(replace(LETTER, subject="Courtesy translation — ไทย " * 9))
@example(replace(LETTER, references=("<a@b.example>",) * 40))
@example(replace(LETTER, text="--=_00123456789abcdef0123456789abcdef--\n"))
def test_headers_structure_and_words_are_those_that_the_library_writes(letter: MailContent) -> None:
    raw = write(letter)
    ours, theirs = parsed(raw), parsed(by_the_library(letter))

    assert headers_of(ours) == headers_of(theirs)
    assert parts_of(ours) == parts_of(theirs)
    assert not any(part.defects for part in ours.walk())


@settings(max_examples=examples(50))
@given(LETTERS)
@example(replace(LETTER, text="a" * 5000))
def test_only_seven_bits_and_short_whole_lines_leave(letter: MailContent) -> None:
    raw = write(letter)

    assert raw.isascii()
    assert b"\x00" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")


@each(
    field=["subject", "to", "to_name", "message_id", "reply_to"],
    breaking=["\r\n", "\n", "\r", "\x00", "\x85", "\u2028", "\ud800"],
)
def test_what_would_break_a_header_is_refused_by_the_name_of_its_field(
    field: str, breaking: str
) -> None:
    value = getattr(LETTER, field)
    hostile = value[:5] + breaking + "Bcc: other@other.example" + value[5:]

    with pytest.raises(ValueError, match=field):
        write(replace(LETTER, **{field: hostile}))


def test_a_letter_of_plain_words_travels_as_it_is_and_any_other_part_as_base64() -> None:
    plain, foreign = (parsed(write(replace(LETTER, text=t))) for t in ("Reply OK\n", "ไทย\n"))

    assert [p["Content-Transfer-Encoding"] for p in plain.iter_parts()] == ["7bit", "7bit"]
    assert [p["Content-Transfer-Encoding"] for p in foreign.iter_parts()] == ["base64", "7bit"]


def test_the_library_builds_each_shape_once() -> None:
    mime._skeleton.cache_clear()
    for number in range(5):
        write(replace(LETTER, text=f"Reply OK {number}\n", to=f"office{number}@member.example"))

    assert mime._skeleton.cache_info().misses == 1
