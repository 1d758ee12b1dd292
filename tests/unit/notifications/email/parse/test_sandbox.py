"""Who reads a mail that may be dangerous to read?"""

import os
import signal
from collections.abc import Iterator

import pytest

from notifications.email.parse.message import read_raw
from notifications.email.parse.sandbox import (
    Sandbox,
    is_plain,
)
from tests.support.corpus import mischief
from tests.support.corpus.specimen import plain

YES = plain("We confirm receipt.")
LARGE = plain("We confirm receipt.\n\n" + "> quoted\n" * 30_000)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


def test_small_and_plain_mail_is_read_on_the_spot() -> None:
    here = Sandbox()

    assert is_plain(YES)
    assert here.read(YES) == read_raw(YES)
    assert here._process is None


@pytest.mark.parametrize(
    "raw", [LARGE, plain("\n" * 6_000), mischief.sealed()["smime-opaque"][0], b"\x00" * 200_000]
)
def test_what_is_large_or_odd_is_read_elsewhere_and_read_alike(
    sandbox: Sandbox, raw: bytes
) -> None:
    assert not is_plain(raw)
    assert sandbox.read(raw, ours="we wrote") == read_raw(raw, ours="we wrote")


def test_the_envelope_of_nobody_reaches_the_process(sandbox: Sandbox) -> None:
    raw = plain("Thank you for writing.")

    assert sandbox.read_elsewhere(raw, "") == read_raw(raw, mail_from="")
    assert sandbox.read_elsewhere(raw, "") != read_raw(raw)


def test_a_mail_that_takes_too_long_goes_to_a_person_with_the_reason() -> None:
    impatient = Sandbox(seconds=0)

    assert "longer than 0 seconds" in impatient.read_elsewhere(YES).heard.note
    impatient.close()


def test_a_process_without_memory_ends_and_the_mail_goes_to_a_person() -> None:
    poor = Sandbox(memory=1_000_000)

    assert "ended" in poor.read_elsewhere(LARGE).heard.note
    poor.close()


def test_a_process_that_was_killed_is_started_anew(sandbox: Sandbox) -> None:
    assert sandbox.read_elsewhere(YES) == read_raw(YES)
    assert sandbox._process is not None
    first = sandbox._process.pid
    os.kill(first, signal.SIGKILL)
    sandbox._process.wait()

    assert sandbox.read_elsewhere(YES) == read_raw(YES)
    assert sandbox._process.pid != first


def test_a_reading_is_told_in_the_promised_words(sandbox: Sandbox) -> None:
    reading = sandbox.reading_of(LARGE)

    assert list(reading) == ["kind", "automatic", "answer", "text", "reason"]
    assert (reading["kind"], reading["answer"]) == ("human", "received")
