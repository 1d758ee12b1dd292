"""What lies within a mail that is signed, sealed or packed?

A signature is only recognised here, never judged. What is sealed for somebody else, and Outlook's
own wrapping (winmail.dat), is not opened: a person is told which of them it is.
"""

import zlib
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import Any, Final

from asn1crypto import cms  # type: ignore[import-untyped]  # it ships no types

from notifications.email.parse.body import bytes_of, parts_of
from notifications.email.parse.parsed import Signature

_UNPACKED_AT_MOST: Final = 1_048_576
_WRAPPED_AT_MOST: Final = 3  # signed, encrypted and signed again: nobody wraps deeper
_SMIME: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_PGP_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_SEALED: Final = "-----BEGIN PGP MESSAGE-----"
_SEALED: Final = "it is encrypted, and its text cannot be seen"
_PACKED: Final = "it is packed as winmail.dat, which only Outlook opens"
_BROKEN: Final = "its S/MIME wrapping cannot be opened"
_TOO_LARGE: Final = "its S/MIME wrapping holds more than is read"


def opened(parts: list[Message]) -> list[Message]:
    """The parts, each S/MIME object that can be opened followed by what lies within it."""
    found, within = list(parts), parts
    for _ in range(_WRAPPED_AT_MOST):
        within = [x for part in within if _is_smime(part) for x in parts_of(_content(part))]
        found += within
    return found


def why_no_text(parts: list[Message], text: str) -> str:
    """Why the text of a mail cannot be seen; empty where it simply says nothing."""
    types = {part.get_content_type() for part in parts}
    if "multipart/encrypted" in types or text.lstrip().startswith(_PGP_SEALED):
        return _SEALED
    wrapped = [_opened(part)[1] for part in parts if _is_smime(part)]
    packed = _PACKED if types & _TNEF or any(map(_is_winmail, parts)) else ""
    return next((why for why in wrapped if why), packed)


def signature_of(message: Message, parts: list[Message], text: str) -> Signature | None:
    """How a mail is signed, if it is."""
    if message.get_content_type() == "multipart/signed":
        pgp = "pgp" in str(message.get_param("protocol", "")).lower()
        return Signature.PGP_MIME if pgp else Signature.SMIME_DETACHED
    if any(_is_smime(part) and _kind(part) == "signed_data" for part in parts):
        return Signature.SMIME_OPAQUE
    return Signature.PGP_INLINE if text.lstrip().startswith(_PGP_SIGNED) else None


def _is_smime(part: Message) -> bool:
    return part.get_content_type() in _SMIME or (
        part.get_content_type() == "application/octet-stream"
        and (part.get_filename() or "").lower().endswith(".p7m")
    )


def _is_winmail(part: Message) -> bool:
    return (part.get_filename() or "").lower() == "winmail.dat"


def _kind(part: Message) -> str:
    try:
        return str(_loaded(part)["content_type"].native)
    except Exception:  # noqa: BLE001 - a stranger's bytes; asn1crypto raises whatever it meets
        return ""


def _content(part: Message) -> Message:
    return message_from_bytes(_opened(part)[0], policy=compat32)


def _opened(part: Message) -> tuple[bytes, str]:
    """What lies within an S/MIME object, and why nothing does."""
    try:
        return _within(_loaded(part))
    except Exception:  # noqa: BLE001 - a stranger's bytes; asn1crypto raises whatever it meets
        return b"", _BROKEN


def _loaded(part: Message) -> Any:
    return cms.ContentInfo.load(bytes_of(part))


def _within(info: Any) -> tuple[bytes, str]:
    kind, content = info["content_type"].native, info["content"]
    if kind == "signed_data":
        return _as_bytes(content["encap_content_info"]["content"]), ""
    if kind == "compressed_data":
        return _unpacked(_as_bytes(content["encap_content_info"]["content"]))
    return b"", _SEALED


def _as_bytes(content: Any) -> bytes:
    """An octet string; what else a signature may hold has no text for a reader."""
    found = content.native
    if not isinstance(found, bytes):
        raise TypeError("it holds no mail")
    return found


def _unpacked(packed: bytes) -> tuple[bytes, str]:
    found = zlib.decompressobj().decompress(packed, _UNPACKED_AT_MOST + 1)
    return (b"", _TOO_LARGE) if len(found) > _UNPACKED_AT_MOST else (found, "")
