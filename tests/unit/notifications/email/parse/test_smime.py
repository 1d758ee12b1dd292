"""What lies within a mail that is signed, sealed or packed?"""

import pytest

from notifications.email.parse.message import read_raw
from notifications.email.parse.parsed import Signature
from tests.support.corpus import mischief
from tests.support.corpus.specimen import Part, mail, multipart, plain
from tests.support.readings import reading_of

SIGNED = {
    "smime-detached": Signature.SMIME_DETACHED,
    "smime-opaque": Signature.SMIME_OPAQUE,
    "smime-opaque-twice": Signature.SMIME_OPAQUE,
    "pgp-signed": Signature.PGP_INLINE,
    "smime-compressed": None,
    "smime-encrypted": None,
    "smime-garbage": None,
    "winmail-alone": None,
}
REASONS = {
    "smime-encrypted": "encrypted",
    "smime-bomb": "more than is read",
    "smime-garbage": "cannot be opened",
    "pgp-encrypted": "encrypted",
    "pgp-mime-encrypted": "encrypted",
    "winmail-alone": "winmail.dat",
}


def raw(name: str) -> bytes:
    return mischief.sealed()[name][0]


@pytest.mark.parametrize("name", SIGNED)
def test_a_signature_is_recognised_and_not_judged(name: str) -> None:
    assert read_raw(raw(name)).signature is SIGNED[name]


def test_a_pgp_part_beside_the_text_is_recognised() -> None:
    parts = [Part("Received.").lines(), b"Content-Type: application/pgp-signature\n\nx\n"]
    signed = mail(multipart("signed; protocol=application/pgp-signature", parts))

    assert read_raw(signed).signature is Signature.PGP_MIME
    assert reading_of(signed)["answer"] == "received"


def test_plain_mail_has_no_signature() -> None:
    assert read_raw(plain("Received.")).signature is None


@pytest.mark.parametrize("name", REASONS)
def test_what_cannot_be_opened_goes_to_a_person_with_the_reason(name: str) -> None:
    reading = reading_of(raw(name))

    assert (reading["kind"], reading["automatic"]) == ("unreadable", False)
    assert REASONS[name] in str(reading["reason"])


def test_a_signature_around_something_else_than_a_mail_holds_nothing_to_read() -> None:
    inner = mischief.packed("signed-data", mischief.within_signature(b""))

    assert reading_of(inner)["kind"] == "unreadable"


def test_a_machines_header_stands_outside_the_seal_and_counts() -> None:
    sealed = b"Auto-Submitted: auto-replied\n" + raw("smime-opaque")

    assert reading_of(sealed)["automatic"] is True
