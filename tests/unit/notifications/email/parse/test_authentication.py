"""Whether a mail's domain stands by it; DNS is answered by the test, and never asked outside."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from threading import Event
from typing import Any

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mechanism.assurance import SenderCheck
from notifications.email.parse import authentication
from notifications.email.parse.authentication import EVERY, OFF, SILENCES, Authenticator
from notifications.email.parse.authentication_by_dns import Ask, DnsSilentError
from notifications.email.parse.message import read_raw
from notifications.email.parse.parsed import BY_DNS, NOT_CHECKED, Checked
from tests.support.patience import PATIENCE

PASSED, FAILED = SenderCheck.PASSED, SenderCheck.FAILED
NOTHING, UNKNOWN = SenderCheck.NOTHING_PUBLISHED, SenderCheck.NOT_CHECKED
MAIL = b"From: Desk <desk@foreign-office.example>\r\nSubject: Re: notice\r\n\r\nReceived.\r\n"
SENDER = "desk@foreign-office.example"
POLICY = {("_dmarc.foreign-office.example", "TXT"): ["v=DMARC1; p=reject"]}
SPF = {("foreign-office.example", "TXT"): ["v=spf1 ip4:198.51.100.7 -all"]}
ENVELOPE = {"mail_from": "desk@foreign-office.example", "peer": "8.8.8.8"}

Zone = Mapping[tuple[str, str], Sequence[str]]


def answered_by(zone: Zone) -> Callable[[str, str], Sequence[str]]:
    return lambda name, kind: zone.get((name, kind), ())


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked here who could be slow; the machine may be."""
    monkeypatch.setattr(authentication, "TAKES_AT_MOST", PATIENCE)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(key: rsa.RSAPrivateKey, domain: str, mail: bytes = MAIL) -> bytes:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    header: bytes = dkim.sign(mail, b"s1", domain.encode(), pem, include_headers=[b"from"])
    return header + mail


def published(key: rsa.RSAPrivateKey, domain: str) -> dict[tuple[str, str], list[str]]:
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    lines = pem.decode().strip().splitlines()[1:-1]
    return {(f"s1._domainkey.{domain}", "TXT"): ["v=DKIM1; k=rsa; p=" + "".join(lines)]}


def found(raw: bytes, zone: Zone, envelope: Mapping[str, Any] = ENVELOPE) -> Checked:
    sender = read_raw(raw).sender
    return check(raw, envelope, sender=sender, ask=answered_by(zone))


def check(
    raw: bytes,
    envelope: Mapping[str, Any],
    *,
    sender: str = SENDER,
    trusted: str = BY_DNS,
    ask: Ask | None = None,
) -> Checked:
    with closing(Authenticator(ask)) as authenticator:
        return authenticator.check(raw, envelope, sender=sender, trusted=trusted)


def test_a_signature_of_the_senders_own_domain_stands_by_the_mail(key: rsa.RSAPrivateKey) -> None:
    domain = "foreign-office.example"

    done = found(signed(key, domain), {**published(key, domain), **POLICY})

    assert (done.check, done.dkim, done.dmarc, done.domain) == (PASSED, "pass", "pass", domain)


def test_a_signature_of_a_domain_below_it_is_aligned_unless_the_policy_is_strict(
    key: rsa.RSAPrivateKey,
) -> None:
    domain = "mail.foreign-office.gov.test"
    raw = signed(key, domain, MAIL.replace(b"foreign-office.example", b"foreign-office.gov.test"))
    relaxed = {("_dmarc.foreign-office.gov.test", "TXT"): ["v=DMARC1; p=reject"]}
    strict = {("_dmarc.foreign-office.gov.test", "TXT"): ["v=DMARC1; p=reject; adkim=s"]}

    assert found(raw, {**published(key, domain), **relaxed}).check is PASSED
    assert found(raw, {**published(key, domain), **strict}).check is FAILED


def test_a_good_signature_of_somebody_else_proves_nothing(key: rsa.RSAPrivateKey) -> None:
    raw = signed(key, "elsewhere.test")

    done = found(raw, {**published(key, "elsewhere.test"), **POLICY})

    assert (done.check, done.dkim, done.dmarc) == (FAILED, "pass", "fail")


def test_a_mail_that_was_changed_after_signing_fails(key: rsa.RSAPrivateKey) -> None:
    domain = "foreign-office.example"
    raw = signed(key, domain).replace(b"Received.", b"Refused.")

    done = found(raw, {**published(key, domain), **POLICY})

    assert (done.check, done.dkim) == (FAILED, "fail")


def test_an_address_that_the_domain_lets_send_is_enough() -> None:
    zone = {**POLICY, ("foreign-office.example", "TXT"): ["v=spf1 ip4:8.8.8.8 -all"]}

    done = found(MAIL, zone)

    assert (done.check, done.spf) == (PASSED, "pass")


def test_an_address_that_the_domain_does_not_name_fails_where_there_is_a_policy() -> None:
    assert found(MAIL, {**POLICY, **SPF}).check is FAILED
    assert found(MAIL, {**POLICY, **SPF}).spf == "fail"
    assert found(MAIL, SPF).check is NOTHING


@pytest.mark.parametrize("peer", ["", "127.0.0.1", "10.0.0.1", "mx.example"])
def test_an_address_of_our_own_or_none_is_not_asked_about(peer: str) -> None:
    done = found(MAIL, SPF, {**ENVELOPE, "peer": peer})

    assert (done.spf, done.check) == ("", NOTHING)


def test_a_domain_without_policy_and_signature_says_nothing_either_way() -> None:
    done = found(MAIL, {})

    assert (done.check, done.dmarc, done.dkim) == (NOTHING, "none", "none")


def test_dns_that_does_not_answer_is_no_evidence(key: rsa.RSAPrivateKey) -> None:
    def silent(_name: str, _kind: str) -> Sequence[str]:
        raise DnsSilentError

    done = check(signed(key, "foreign-office.example"), ENVELOPE, ask=silent)

    assert done.check is UNKNOWN
    assert done.dmarc == "temperror"


def test_dns_that_hangs_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "TAKES_AT_MOST", 0.05)
    go_on = Event()

    def hangs(_name: str, _kind: str) -> Sequence[str]:
        go_on.wait(10)
        return ()

    assert check(MAIL, ENVELOPE, ask=hangs) == NOT_CHECKED
    go_on.set()


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\x00", b"From: nobody\n\nx", b"DKIM-Signature: v=1; a=;\nFrom: a@b.test\n\nx"],
)
def test_bytes_that_are_no_mail_are_looked_at_without_harm(raw: bytes) -> None:
    assert found(raw, {}).check in {NOTHING, UNKNOWN}


def test_where_nobody_looks_it_is_said_so() -> None:
    assert check(MAIL, ENVELOPE, sender=SENDER, trusted=OFF) == NOT_CHECKED


def stamped(*lines: str) -> bytes:
    return "".join(f"Authentication-Results: {line}\r\n" for line in lines).encode() + MAIL


@pytest.mark.parametrize(
    ("dmarc", "expected"),
    [("pass", PASSED), ("fail", FAILED), ("none", NOTHING), ("temperror", UNKNOWN)],
)
def test_our_own_mail_servers_word_is_taken(dmarc: str, expected: SenderCheck) -> None:
    raw = stamped(f"mx.cm.example; dkim=pass header.d=x.test; dmarc={dmarc} header.from=x.test")

    done = check(raw, ENVELOPE, sender=SENDER, trusted="mx.cm.example")

    assert (done.check, done.dkim, done.by) == (expected, "pass", "mx.cm.example")


def test_a_word_under_any_other_name_is_ignored() -> None:
    raw = stamped("mx.evil.test; dmarc=pass header.from=x.test", "not a header at all;;;=")

    assert check(raw, ENVELOPE, sender=SENDER, trusted="mx.cm.example") == NOT_CHECKED


def test_of_two_words_under_our_name_the_upper_one_counts() -> None:
    raw = stamped("mx.cm.example; dmarc=fail header.from=x.test",
                  "mx.cm.example; dmarc=pass header.from=x.test")  # fmt: skip

    assert check(raw, ENVELOPE, sender=SENDER, trusted="mx.cm.example").check is FAILED


def test_what_is_kept_names_what_was_found_and_leaves_out_what_was_not() -> None:
    assert NOT_CHECKED.kept() == {"check": "not_checked"}
    assert Checked(PASSED, "a.test", dkim="pass", by=BY_DNS).kept() == {
        "check": "passed", "domain": "a.test", "dkim": "pass", "by": "dns",
    }  # fmt: skip


def test_dns_that_stays_silent_is_asked_about_every_tenth_mail_until_it_answers() -> None:
    asked: list[str] = []
    is_silent = True

    def answers(name: str, _kind: str) -> Sequence[str]:
        asked.append(name)
        if is_silent:
            raise DnsSilentError
        return ()

    with closing(Authenticator(answers)) as authenticator:
        for _ in range(SILENCES + 2 * EVERY):
            authenticator.check(MAIL, {}, sender=SENDER, trusted=BY_DNS)
        assert len(asked) == SILENCES + 2

        is_silent = False
        for _ in range(EVERY):
            authenticator.check(MAIL, {}, sender=SENDER, trusted=BY_DNS)
        assert authenticator._patience.allows()
