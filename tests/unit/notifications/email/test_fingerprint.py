"""The cover of a mail is looked at before the mail is read, and nothing on it can break that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.email.fingerprint import LARGEST_HEAD, fingerprint


@given(st.binary(max_size=2000))
def test_any_bytes_have_a_cover(raw: bytes) -> None:
    assert fingerprint(raw) == fingerprint(raw)


@pytest.mark.parametrize(
    "head",
    [
        b"To: " + b"(" * LARGEST_HEAD, b"To: " + b'"' * LARGEST_HEAD, b"To: a@b," * 40_000,
        b"X: y\n" * 200_000, b"\0" * LARGEST_HEAD, b"Received: with " * 30_000,
    ],
)  # fmt: skip
def test_no_cover_is_too_much(head: bytes) -> None:
    assert fingerprint(head + b"\n\nOK").digest


@pytest.mark.parametrize(
    ("protocol", "encrypted"),
    [("ESMTPS", True), ("ESMTPSA", True), ("UTF8SMTPS", True), ("LMTPS", True),
     ("ESMTP", False), ("SMTP", False), ("UTF8SMTP", False), ("LMTP", False), ("magic", None)],
)  # fmt: skip
def test_the_last_hop_says_whether_it_was_encrypted(protocol: str, encrypted: object) -> None:
    raw = f"Received: from a by b\n with {protocol} id 1\nReceived: from c by a with SMTP\n\nOK"

    assert fingerprint(raw.encode()).encrypted is encrypted


def test_the_note_of_the_envelope_goes_before_whom_it_is_addressed_to() -> None:
    to = b"To: Desk <ack+bbbb@in.example>, ack+cccc@in.example\nSubject: ack+dddd@in.example\n"

    assert fingerprint(to + b"\nOK").recipients == ("ack+bbbb@in.example", "ack+cccc@in.example")
    noted = b"Delivered-To: ACK+aaaa@in.example\n" + to
    assert fingerprint(noted + b"\nOK").recipients == ("ack+aaaa@in.example",)
