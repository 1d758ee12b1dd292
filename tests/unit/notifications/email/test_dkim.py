"""How a receiver knows that an e-mail is ours and unchanged: an independent verifier is asked."""

from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import dkim as oracle  # type: ignore[import-untyped]  # ships no types
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.email import dkim
from notifications.email.dkim import Signer
from notifications.email.mime import MailContent, write
from tests.support.letters import LETTER, LETTERS
from tests.support.properties import examples

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EDWARDS = ed25519.Ed25519PrivateKey.generate()
SIGNER = Signer("cm.example", "cm2026", RSA)


class VerifyKey:
    """The one class of PyNaCl that the verifier uses, over the library that we have."""

    def __init__(self, key: bytes, *, encoder: object) -> None:
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(b64decode(key))

    def verify(self, said: bytes, signature: bytes) -> None:
        self._key.verify(signature, said)


@pytest.fixture(autouse=True)
def _edwards_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    nacl = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=VerifyKey),
        encoding=SimpleNamespace(Base64Encoder=None),
        exceptions=SimpleNamespace(ValueError=ValueError, BadSignatureError=InvalidSignature),
    )
    monkeypatch.setattr(oracle, "nacl", nacl, raising=False)


def record(name: bytes, timeout: int = 5) -> bytes:  # noqa: ARG001 - the verifier names it
    """What DNS says of our keys."""
    if name == b"cm2026._domainkey.cm.example.":
        der = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b"v=DKIM1; k=rsa; p=" + b64encode(der)
    assert name == b"ed2026._domainkey.cm.example."
    raw = EDWARDS.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return b"v=DKIM1; k=ed25519; p=" + b64encode(raw)


def signed(raw: bytes, signer: Signer = SIGNER) -> bytes:
    return signer.signature_of(raw) + raw


def is_ours(message: bytes, *, number: int = 0) -> bool:
    try:
        return bool(oracle.DKIM(message).verify(idx=number, dnsfunc=record))
    except oracle.ValidationError:  # the body is another
        return False


def test_what_we_send_is_known_as_ours() -> None:
    assert is_ours(signed(write(LETTER)))


@settings(max_examples=examples(50))
@given(LETTERS)
def test_any_letter_is_known_as_ours(letter: MailContent) -> None:
    assert is_ours(signed(write(letter)))


BODY = st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b".", b"a b"])).map(b"".join)


@given(BODY)
def test_blanks_and_empty_lines_are_read_as_others_read_them(body: bytes) -> None:
    head = b"From: <cm@cm.example>\r\nSubject:  a \t b \r\n\t c\r\n\r\n"

    assert is_ours(signed(head + body + b"\r\n"))


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        (b"confirm", b"ignore"),
        (b"Subject: [BP-2026-003]", b"Subject: [BP-2026-004]"),
        (b"Reply-To: ack+token", b"Reply-To: other"),
        (b"focal.point@", b"other@"),
    ],
)
def test_what_was_changed_on_the_way_is_not_ours(said: bytes, changed: bytes) -> None:
    message = signed(write(LETTER))

    assert said in message
    assert not is_ours(message.replace(said, changed))


def test_folding_and_blanks_that_a_relay_changes_do_not_matter() -> None:
    relayed = signed(write(LETTER)).replace(b"Auto-Submitted: auto", b"Auto-Submitted:\r\n   auto")

    assert is_ours(relayed)


def test_two_keys_sign_each_for_itself() -> None:
    raw = write(replace(LETTER, in_reply_to="<first@cm.example>"))
    second = Signer("cm.example", "ed2026", EDWARDS)

    both = SIGNER.signature_of(raw) + second.signature_of(raw) + raw

    assert is_ours(both, number=0)
    assert is_ours(both, number=1)
    assert max(map(len, both.split(b"\r\n"))) <= 100


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_key_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(pem(RSA))

    raw = write(LETTER)
    assert is_ours(signed(raw, dkim.signer("cm.example", "cm2026", tmp_path / "key.pem")))


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505 - what is refused
        ec.generate_private_key(ec.SECP256R1()),
    ],
    ids=["short", "another kind"],
)
def test_a_key_that_receivers_would_not_take_is_refused(
    tmp_path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
) -> None:
    (tmp_path / "weak.pem").write_bytes(pem(key))

    with pytest.raises(ValueError, match=r"weak\.pem"):
        dkim.signer("cm.example", "cm2026", tmp_path / "weak.pem")
