"""How does a receiver know that an e-mail is ours and unchanged, where no mail server signs for us?

DKIM (RFC 6376, RFC 8463) with relaxed canonicalisation of headers and body.
"""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from settings import Settings

SIGNED: Final[tuple[str, ...]] = (
    "from", "to", "reply-to", "subject", "date", "message-id", "references", "in-reply-to",
    "auto-submitted", "mime-version", "content-type",
)  # fmt: skip
_SHORTEST_RSA: Final = 2048
_FOLD: Final = 72
_BLANKS: Final = re.compile(rb"[ \t]+")
_FOLDS: Final = re.compile(rb"\r\n(?=[ \t])")
_BLANK_ENDS: Final = re.compile(rb"[ \t]+(?=\r\n)")

Key = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True)
class Signer:
    """One key of one domain; its public half stands in DNS at `selector._domainkey.domain`."""

    domain: str
    selector: str
    key: Key

    def signature_of(self, raw: bytes) -> bytes:
        """The header line that goes above the message; other signatures do not change it."""
        head, _, body = raw.partition(b"\r\n\r\n")
        headers = _last_of_each(head + b"\r\n")
        names = [name for name in SIGNED if name in headers]
        unsigned = self._line(names, b64encode(hashlib.sha256(relaxed_body(body)).digest()))
        covered = b"".join(relaxed_header(headers[name]) for name in names)
        said = covered + relaxed_header(unsigned).removesuffix(b"\r\n")
        return unsigned.removesuffix(b"\r\n") + _folded(self._signature(said)) + b"\r\n"

    def _line(self, names: list[str], body_hash: bytes) -> bytes:
        """The whole line but for the signature itself."""
        algorithm = "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"
        return (
            f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={self.domain};\r\n"
            f" s={self.selector}; h={_named(names)};\r\n"
            f" bh={body_hash.decode()};\r\n b=\r\n"
        ).encode("ascii")

    def _signature(self, said: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return b64encode(self.key.sign(said, PKCS1v15(), SHA256()))
        return b64encode(self.key.sign(hashlib.sha256(said).digest()))  # RFC 8463, section 3


@lru_cache(maxsize=8)
def signer(domain: str, selector: str, key_file: Path) -> Signer:
    """The signer whose private key (PEM) lies in the file; ValueError says what is wrong there."""
    key = load_pem_private_key(key_file.read_bytes(), password=None)
    if isinstance(key, RSAPrivateKey) and key.key_size < _SHORTEST_RSA:
        raise ValueError(f"{key_file.name}: an RSA key for DKIM has at least {_SHORTEST_RSA} bits")
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError(f"{key_file.name}: a key for DKIM is an RSA key or an Ed25519 key")  # noqa: TRY004 - of the file, not of an argument
    return Signer(domain, selector, key)


def signers(settings: Settings) -> list[Signer]:
    """Those whose keys the installation has; none where the mail server signs."""
    domain = settings.mail_domain
    return [signer(domain, selector, file) for selector, file in settings.dkim_keys]


def relaxed_header(header: bytes) -> bytes:
    """One header, unfolded, its name in small letters, each run of blanks one blank."""
    name, _, value = header.partition(b":")
    plain = _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.strip().lower() + b":" + plain + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """Each run of blanks one blank, none at the end of a line, and no empty lines at the end."""
    lines = _BLANKS.sub(b" ", _BLANK_ENDS.sub(b"", body)).rstrip(b" ").rstrip(b"\r\n")
    return lines + b"\r\n" if lines else b""


def _last_of_each(head: bytes) -> dict[str, bytes]:
    """The headers by name; of several with one name a signature covers the last."""
    unfolded = _FOLDS.sub(b"", head)
    lines = unfolded.removesuffix(b"\r\n").split(b"\r\n")
    return {line.partition(b":")[0].decode("ascii").strip().lower(): line for line in lines}


def _named(names: list[str]) -> str:
    return ":\r\n ".join(":".join(names[i : i + 6]) for i in range(0, len(names), 6))


def _folded(signature: bytes) -> bytes:
    lines = [signature[i : i + _FOLD] for i in range(0, len(signature), _FOLD)]
    return b"\r\n ".join(lines)
