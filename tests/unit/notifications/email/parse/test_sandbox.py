"""Who reads a mail that may be dangerous to read?"""

import os
import signal
from collections.abc import Iterator

import pytest

from notifications.email.parse.message import read_raw
from notifications.email.parse.sandbox import SandboxedReader, is_plain, read_safely, reading_of
from tests.support.corpus import mischief
from tests.support.corpus.specimen import plain

YES = plain("We confirm receipt.")
LARGE = plain("We confirm receipt.\n\n" + "> quoted\n" * 30_000)


@pytest.fixture(scope="module")
def reader() -> Iterator[SandboxedReader]:
    reader = SandboxedReader()
    yield reader
    reader.close()


def test_small_and_plain_mail_is_read_on_the_spot() -> None:
    assert is_plain(YES)
    assert read_safely(YES) == read_raw(YES)


@pytest.mark.parametrize(
    "raw", [LARGE, plain("\n" * 6_000), mischief.sealed()["smime-opaque"][0], b"\x00" * 200_000]
)
def test_what_is_large_or_odd_is_read_elsewhere_and_read_alike(raw: bytes) -> None:
    assert not is_plain(raw)
    assert read_safely(raw, ours="we wrote") == read_raw(raw, ours="we wrote")


def test_the_envelope_of_nobody_reaches_the_process(reader: SandboxedReader) -> None:
    raw = plain("Thank you for writing.")

    assert reader.read(raw, "") == read_raw(raw, mail_from="")
    assert reader.read(raw, "") != read_raw(raw)


def test_a_mail_that_takes_too_long_goes_to_a_person_with_the_reason() -> None:
    impatient = SandboxedReader(seconds=0)

    assert "longer than 0 seconds" in impatient.read(YES).heard.note
    impatient.close()


def test_a_process_without_memory_ends_and_the_mail_goes_to_a_person() -> None:
    poor = SandboxedReader(memory=1_000_000)

    assert "ended" in poor.read(LARGE).heard.note
    poor.close()


def test_a_process_that_was_killed_is_started_anew(reader: SandboxedReader) -> None:
    assert reader.read(YES) == read_raw(YES)
    assert reader._process is not None
    first = reader._process.pid
    os.kill(first, signal.SIGKILL)
    reader._process.wait()

    assert reader.read(YES) == read_raw(YES)
    assert reader._process.pid != first


def test_a_reading_is_told_in_the_promised_words() -> None:
    reading = reading_of(LARGE)

    assert list(reading) == ["kind", "automatic", "answer", "text", "reason"]
    assert (reading["kind"], reading["answer"]) == ("human", "received")
