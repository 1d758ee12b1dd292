"""What is one mail of the corpus, and how is it put together?"""

import base64
import quopri
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from typing import Final

OURS: Final = "<5f1c9a0e7b3d4c2a8e6f1d0b9a7c5e3f@convene.example>"
REPLY_TO: Final = "ack+mfrggzdfmztwq2lk@in.convene.example"
SUBJECT: Final = "[BP-2026-003] Urgent consultation: please confirm receipt"
NOTICE: Final = (
    "Urgent consultation BP-2026-003.",
    "To confirm receipt only, reply OK to this mail by 14 Jul 0600 UTC.",
    "If you are not the right person, tell us: the next office is then asked.",
    "If you decline to participate or cannot attend, say so.",
)
WRITTEN_BY: Final = "Focal point <focal.point@mofa.bd.example>"


@dataclass(frozen=True)
class Specimen:
    """A raw mail, and how it must be read; `answer` None means that no meaning may be given."""

    name: str
    raw: bytes
    kind: str
    automatic: bool
    answer: str | None = None


@dataclass(frozen=True)
class Part:
    """One part of a mail, or its only one."""

    text: str
    content_type: str = "text/plain"
    charset: str = "utf-8"
    encoding: str = "8bit"
    headers: tuple[str, ...] = ()

    def lines(self) -> bytes:
        """The part with its own headers."""
        head = [
            f'Content-Type: {self.content_type}; charset="{self.charset}"',
            f"Content-Transfer-Encoding: {self.encoding}",
            *self.headers,
        ]
        return "\n".join([*head, "", ""]).encode() + self._body()

    def _body(self) -> bytes:
        raw = self.text.encode(self.charset, "replace")
        if self.encoding == "base64":
            return base64.encodebytes(raw)
        return quopri.encodestring(raw) if self.encoding == "quoted-printable" else raw


def multipart(kind: str, parts: Sequence[bytes], *, border: str = "=_b") -> bytes:
    """Parts, headers and all, within one another."""
    inner = b"".join(b"--%s\n%s\n" % (border.encode(), part) for part in parts)
    return b'Content-Type: multipart/%s; boundary="%s"\n\n%s--%s--\n' % (
        kind.encode(),
        border.encode(),
        inner,
        border.encode(),
    )


def mail(body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole mail: the headers of a reply to us, changed or left out (empty), and a body."""
    fields = {
        "Return-Path": "<focal.point@mofa.bd.example>",
        "From": WRITTEN_BY,
        "To": f"Convene <{REPLY_TO}>",
        "Subject": f"Re: {SUBJECT}",
        "Date": "Tue, 14 Jul 2026 09:41:00 +0600",
        "Message-ID": "<reply@mail.example>",
        "In-Reply-To": OURS,
        "MIME-Version": "1.0",
        **(headers or {}),
    }
    head = "".join(f"{name}: {_encoded(value)}\n" for name, value in fields.items() if value)
    return head.encode() + body


def _encoded(value: str) -> str:
    return value if value.isascii() else Header(value, "utf-8").encode()


def plain(text: str, headers: Mapping[str, str] | None = None) -> bytes:
    """A mail of one plain text."""
    return mail(Part(text).lines(), headers)
