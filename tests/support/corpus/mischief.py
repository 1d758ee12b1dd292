"""What else arrives: sealed mail, broken mail, traps, and attacks?"""

import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from asn1crypto import cms  # type: ignore[import-untyped]  # it ships no types
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from tests.support.corpus.specimen import NOTICE, SUBJECT, Part, Specimen, mail, multipart, plain

CONFIRMS: Final = b"Content-Type: text/plain; charset=utf-8\r\n\r\nWe confirm receipt.\r\n"


def specimens() -> list[Specimen]:
    """Signed and sealed, strange charsets, traps for hasty readers, and hostile mail."""
    return [
        *(
            Specimen(f"sealed/{name}", raw, kind, False, answer)
            for name, (raw, kind, answer) in sealed().items()
        ),
        *(Specimen(f"odd/{n}", raw, "human", False, answer) for n, (raw, answer) in ODD.items()),
        *(
            Specimen(f"trap/{name}", raw, kind, automatic, answer)
            for name, (raw, kind, automatic, answer) in TRAPS.items()
        ),
        *(
            Specimen(f"hostile/{name}", raw, kind, False, answer)
            for name, (raw, kind, answer) in HOSTILE.items()
        ),
    ]


# --- signed and sealed


@cache
def _signer() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    return (key := ec.generate_private_key(ec.SECP256R1())), _certificate(key)


def _certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Focal point")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )


def signed(content: bytes, *options: pkcs7.PKCS7Options) -> bytes:
    """Content within its signature, as S/MIME writes it into a mail."""
    key, certificate = _signer()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.SMIME, list(options))


def packed(kind: str, der: bytes) -> bytes:
    """A mail that is nothing but one S/MIME object."""
    part = b"Content-Type: application/pkcs7-mime; smime-type=%s; name=smime.p7m\n" % kind.encode()
    encoded = Part(der.decode("latin-1"), charset="latin-1", encoding="base64").lines()
    body = encoded.partition(b"\n\n")[2]
    return mail(part + b"Content-Transfer-Encoding: base64\n\n" + body)


def within_signature(content: bytes) -> bytes:
    """The DER of content within its signature."""
    key, certificate = _signer()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def compressed(content: bytes) -> bytes:
    """The DER of content that is compressed (RFC 3274)."""
    inner = {
        "version": 0,
        "compression_algorithm": {"algorithm": "zlib"},
        "encap_content_info": {"content_type": "data", "content": zlib.compress(content, 9)},
    }
    info = cms.ContentInfo(
        {"content_type": "compressed_data", "content": cms.CompressedData(inner)}
    )
    return bytes(info.dump())


def sealed_for_somebody() -> bytes:
    """The DER of content that only its addressee can open."""
    key = rsa.generate_private_key(65537, 2048)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(CONFIRMS).add_recipient(_certificate(key))
    return builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


@cache
def sealed() -> dict[str, tuple[bytes, str, str | None]]:
    """The keys are made anew in each run; what is read does not depend on them."""
    mixed = multipart("mixed", [Part("Diterima.").lines(), Part("Annex").lines()])
    tnef = Part("x\x9f>\x22", "application/ms-tnef; name=winmail.dat", "latin-1", "base64").lines()
    pgp = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWe confirm receipt.\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n-----END PGP SIGNATURE-----\n"
    )
    return {
        "smime-detached": (
            mail(signed(CONFIRMS, pkcs7.PKCS7Options.DetachedSignature)),
            "human",
            "received",
        ),
        "smime-opaque": (packed("signed-data", within_signature(CONFIRMS)), "human", "received"),
        "smime-opaque-multipart": (
            packed("signed-data", within_signature(mixed)),
            "human",
            "received",
        ),
        "smime-opaque-twice": (
            packed(
                "signed-data", within_signature(packed("signed-data", within_signature(CONFIRMS)))
            ),
            "human",
            "received",
        ),
        "smime-opaque-untyped": (
            packed("signed-data", within_signature(CONFIRMS)).replace(
                b"; smime-type=signed-data", b""
            ),
            "human",
            "received",
        ),
        "smime-old-type": (
            packed("signed-data", within_signature(CONFIRMS)).replace(
                b"pkcs7-mime", b"x-pkcs7-mime"
            ),
            "human",
            "received",
        ),
        "smime-compressed": (packed("compressed-data", compressed(CONFIRMS)), "human", "received"),
        "smime-encrypted": (packed("enveloped-data", sealed_for_somebody()), "unreadable", None),
        "smime-bomb": (
            packed("compressed-data", compressed(b"0" * 50_000_000)),
            "unreadable",
            None,
        ),
        "smime-garbage": (packed("signed-data", b"0\x82garbage"), "unreadable", None),
        "pgp-signed": (plain(pgp), "human", "received"),
        "pgp-encrypted": (
            plain("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"),
            "unreadable",
            None,
        ),
        "pgp-mime-encrypted": (
            mail(
                multipart(
                    "encrypted; protocol=application/pgp-encrypted",
                    [
                        b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
                        b"Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n",
                    ],
                )
            ),
            "unreadable",
            None,
        ),
        "winmail-alone": (mail(multipart("mixed", [tnef])), "unreadable", None),
        "winmail-beside-a-text": (
            mail(multipart("mixed", [Part("Diterima.").lines(), tnef])),
            "human",
            "received",
        ),
    }


# --- odd, and from a person

ODD: Final = {
    "tis-620": (mail(Part("ได้รับแล้ว", charset="tis-620").lines()), "received"),
    "gb2312-called-ascii": (
        mail(Part("已收到", charset="gb2312").lines().replace(b"gb2312", b"gb18030")),
        "received",
    ),
    "utf-16": (
        mail(Part("We confirm receipt.", charset="utf-16", encoding="base64").lines()),
        "received",
    ),
    "utf-7": (mail(Part("We confirm receipt.", charset="utf-7").lines()), "received"),
    "iso-2022-jp": (
        mail(Part("受領しました。", charset="iso-2022-jp", encoding="7bit").lines()),
        "received",
    ),
    "euc-kr": (
        mail(Part("잘 받았습니다.", charset="euc-kr", encoding="base64").lines()),
        "received",
    ),
    "windows-1256": (mail(Part("تم الاستلام", charset="windows-1256").lines()), "received"),
    "koi8-r": (
        mail(Part("Подтверждаем.", charset="koi8-r", encoding="quoted-printable").lines()),
        "received",
    ),
    "unknown-charset": (mail(Part("OK").lines().replace(b"utf-8", b"x-user-defined")), "received"),
    "no-mime": (mail(b"\nReceived.\n", {"MIME-Version": ""}), "received"),
    "no-headers-at-all": (b"\n\nWe confirm receipt.\n", "received"),
    "crlf": (plain("We confirm receipt.").replace(b"\n", b"\r\n"), "received"),
    "lone-cr": (plain("We confirm receipt.\rDesk\r"), "received"),
    "noughts": (plain("We con\x00firm receipt\x00."), "received"),
    "bad-base64": (
        mail(Part("We confirm receipt.", encoding="base64").lines() + b"!!=="),
        "received",
    ),
    "base64-that-is-none": (
        mail(Part("We confirm receipt.").lines().replace(b"8bit", b"base64")),
        "unclear",
    ),
    "bad-quoted-printable": (
        plain("We confirm receipt.=\n=ZZ =").replace(b"8bit", b"quoted-printable"),
        "received",
    ),
    "unknown-encoding": (
        plain("We confirm receipt.").replace(b"8bit", b"x-uuencode-not"),
        "received",
    ),
    "eight-bit-headers": (
        plain("OK").replace(b"Focal point", "Büro ศูนย์".encode("latin-1", "replace")),
        "received",
    ),
    "control-marks": (plain("\u202eWe\u202c \u200econfirm\u200f receipt.\ufeff"), "received"),
    "full-width": (plain("\uff2f\uff2b"), "received"),
    "boundary-missing": (
        mail(b'Content-Type: multipart/mixed; boundary="b"\n\nWe confirm receipt.\n'),
        "received",
    ),
    "boundary-unclosed": (
        mail(multipart("mixed", [Part("We confirm receipt.").lines()])[:-10]),
        "received",
    ),
    "html-alone": (
        mail(Part("<p>We <b>confirm</b> receipt.</p>", "text/html").lines()),
        "received",
    ),
    "html-hides": (
        mail(
            Part(
                "<p>Please call.</p><div style='display:none'>We confirm receipt.</div>",
                "text/html",
            ).lines()
        ),
        "unclear",
    ),
    "format-flowed": (
        mail(Part("We confirm \nreceipt of your \nmessage.", "text/plain; format=flowed").lines()),
        "received",
    ),
    "attached-only": (
        mail(
            multipart(
                "mixed",
                [
                    Part("Kindly see the paper.").lines(),
                    Part(
                        "We confirm receipt.",
                        headers=("Content-Disposition: attachment; filename=a.txt",),
                    ).lines(),
                ],
            )
        ),
        "unclear",
    ),
    "long-line": (plain("We confirm receipt. " + "Regards " * 500), "received"),
}

# --- traps

TRAPS: Final = {
    "no-is-no-machine": (plain("Received.", {"Auto-Submitted": "no"}), "human", False, "received"),
    "bulk-is-no-machine": (plain("Received.", {"Precedence": "bulk"}), "human", False, "received"),
    "nobody-is-no-machine": (plain("Received.", {"Return-Path": "<>"}), "human", False, "received"),
    "suppress-is-no-machine": (
        plain("Received.", {"X-Auto-Response-Suppress": "All"}),
        "human",
        False,
        "received",
    ),
    "list-is-no-machine": (
        plain("Received.", {"List-Id": "<office.mofa.example>"}),
        "human",
        False,
        "received",
    ),
    "answer-to-a-responder": (
        plain("Received.", {"Subject": f"Re: Automatic reply: {SUBJECT}"}),
        "human",
        False,
        "received",
    ),
    "answer-to-a-bounce": (
        plain("Received.", {"Subject": f"RE: Undeliverable: {SUBJECT}"}),
        "human",
        False,
        "received",
    ),
    "empty-header": (plain("Received.", {"Auto-Submitted": " "}), "human", False, "received"),
    "bulk-and-not-understood": (
        plain("Thank you for writing.", {"Precedence": "bulk"}),
        "human",
        False,
        None,
    ),
    "nobody-and-not-understood": (
        plain("Thank you for writing.", {"Return-Path": "<>"}),
        "human",
        False,
        None,
    ),
    "leave-and-receipt": (
        plain("I am on leave this week, but I confirm receipt on behalf of the Ministry."),
        "human",
        False,
        None,
    ),
    "received-and-proof-asked": (
        plain("Message received. To prove you are a real person, press the button below."),
        "human",
        False,
        None,
    ),
    "press-here": (plain("Kindly click here to go on with us."), "human", False, None),
    "canned": (
        plain("Your message has been received and will be answered as soon as possible."),
        "human",
        False,
        None,
    ),
    "speaks-of-a-bounce": (
        plain("We confirm receipt. Your mail to my colleague bounced, his mailbox is full."),
        "human",
        False,
        "received",
    ),
    "speaks-of-leave": (
        plain("We confirm receipt. The Director is out of office; I act for him."),
        "human",
        False,
        None,
    ),
    "speaks-of-tickets": (
        plain("Received. Please quote our case number 12 in your answer."),
        "human",
        False,
        None,
    ),
    "contact-centre": (
        plain("Thank you for contacting the Ministry. We confirm receipt of your enquiry."),
        "human",
        False,
        None,
    ),
    "yes-above-a-robots-footer": (
        plain("OK. This mailbox is not monitored. Please do not reply."),
        "human",
        False,
        None,
    ),
    "robot-in-the-signature": (
        plain("We have received your message.\n-- \nThis is an automatically generated message."),
        "human",
        False,
        None,
    ),
    "formal-yes": (
        plain("This will acknowledge receipt of your letter."),
        "human",
        False,
        "received",
    ),
    "our-words-only": (plain("\n".join(f"> {line}" for line in NOTICE)), "unreadable", False, None),
    "empty": (plain(""), "unreadable", False, None),
    "stop": (plain("STOP"), "opt_out", False, None),
    "unsubscribe": (plain("Unsubscribe."), "opt_out", False, None),
    "token-in-a-bounce": (
        plain("OK", {"From": "mailer-daemon@mofa.example"}),
        "bounce",
        True,
        None,
    ),
    "yes-from-a-robot": (
        plain("YES. We acknowledge receipt.", {"Auto-Submitted": "auto-notified"}),
        "auto_reply",
        True,
        None,
    ),
    "two-auto-submitted": (
        plain("OK", {"Auto-Submitted": "no"}).replace(
            b"MIME-V", b"Auto-Submitted: auto-replied\nMIME-V"
        ),
        "auto_reply",
        True,
        None,
    ),
    "folded-auto-submitted": (
        plain("OK", {"Auto-Submitted": "\n auto-replied"}),
        "auto_reply",
        True,
        None,
    ),
    "encoded-auto-submitted": (
        plain("OK", {"Auto-Submitted": "=?utf-8?q?auto-replied?="}),
        "auto_reply",
        True,
        None,
    ),
}

# --- hostile

_NESTED: Final = b"".join(
    b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (depth, depth)
    for depth in range(300)
)
_MANY: Final = b'Content-Type: multipart/mixed; boundary="b"\n\n'
HOSTILE: Final = {
    "nested": (mail(_NESTED), "unreadable", None),
    "thousand-parts": (
        mail(_MANY + b"--b\n\nReceived.\n" + b"--b\n\nx\n" * 5_000),
        "human",
        "received",
    ),
    "huge-header": (
        mail(Part("Received.").lines(), {"X-Long": "y" * 300_000}),
        "human",
        "received",
    ),
    "thousand-headers": (
        mail(b"X-A: b\n" * 5_000 + Part("Received.").lines()),
        "human",
        "received",
    ),
    "huge-subject": (plain("Received.", {"Subject": "Re: " + "a" * 200_000}), "human", "received"),
    "noughts": (b"\x00" * 10_000, "unreadable", None),
    "nothing": (b"", "unreadable", None),
    "one-brace": (b"(", "unreadable", None),
    "header-only": (b"From: a@b.example\n", "unreadable", None),
    "quoted-lines": (plain("> x\n" * 20_000), "unreadable", None),
}
