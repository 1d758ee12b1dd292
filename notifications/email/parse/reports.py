"""What does a mail system's report tell: of which message, which address, which end?"""

from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import Final

from mechanism.answers import MailSign
from notifications.email.parse.body import bytes_of, inner
from notifications.email.parse.headers import MANY, addresses_in, first, ids, raw_header

_STATUS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RECEIPT: Final = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_NOT_FAILED: Final = frozenset({"delayed", "delivered", "relayed", "expanded"})
_HEADERS_AT_MOST: Final = 65_536


def blocks_of(parts: list[Message]) -> list[Message]:
    """The blocks of fields of the report parts of a mail."""
    return [block for part in parts for block in _blocks(part)]


def _blocks(part: Message) -> list[Message]:
    kind = part.get_content_type()
    if kind not in _STATUS | _RECEIPT:
        return []
    found = inner(part)[:MANY]
    return found or [message_from_bytes(bytes_of(part)[:_HEADERS_AT_MOST], policy=compat32)]


def report_signs(message: Message, parts: list[Message], blocks: list[Message]) -> set[MailSign]:
    """What a report is a report of; nothing where it is none."""
    types = {part.get_content_type() for part in parts}
    if message.get_content_type() == "multipart/report":
        types.add(f"message/{str(message.get_param('report-type', '')).lower()}")
    found = set()
    if "message/feedback-report" in types:
        found.add(MailSign.COMPLAINT)
    if types & _RECEIPT:
        found.add(MailSign.READ_RECEIPT)
    if types & _STATUS:
        found.add(_delivery_sign(blocks))
    elif message.get("X-Failed-Recipients"):
        found.add(MailSign.DELIVERY_REPORT)
    return found


def _delivery_sign(blocks: list[Message]) -> MailSign:
    """A failure if any recipient failed, or if it is not said what happened."""
    actions = {_action(block) for block in blocks} - {""}
    if not actions or not actions <= _NOT_FAILED:
        return MailSign.DELIVERY_REPORT
    return MailSign.DELAY_REPORT if "delayed" in actions else MailSign.SUCCESS_REPORT


def _action(block: Message) -> str:
    return raw_header(block, "Action").partition("(")[0].strip().lower()


def envelope_ids(blocks: list[Message]) -> tuple[str, ...]:
    """The ENVIDs that a report gives back."""
    found = (raw_header(block, "Original-Envelope-Id").strip() for block in blocks)
    return tuple(dict.fromkeys(value for value in found if value))


def failed_recipients(message: Message, blocks: list[Message]) -> tuple[str, ...]:
    """The addresses that a report says could not be reached."""
    failed = [block for block in blocks if _action(block) == "failed"]
    values = [
        *(raw_header(block, "Original-Recipient") for block in failed),
        *(raw_header(block, "Final-Recipient") for block in failed),
        raw_header(message, "X-Failed-Recipients"),
    ]
    found = (x for value in values for x in addresses_in(value.rpartition(";")[2]))
    return tuple(dict.fromkeys(found))


def original_message_id(parts: list[Message], blocks: list[Message]) -> str:
    """The Message-ID that a report names, or that of the mail which it encloses."""
    named = (found for block in blocks for found in ids(block, "Original-Message-ID"))
    return first((*named, *(x for part in parts for x in _enclosed_ids(part))))


def _enclosed_ids(part: Message) -> list[str]:
    if part.get_content_type() in {"message/rfc822", "message/global"}:
        return [found for enclosed in inner(part) for found in ids(enclosed, "Message-ID")]
    if part.get_content_type() in {"text/rfc822-headers", "message/global-headers"}:
        enclosed = message_from_bytes(bytes_of(part)[:_HEADERS_AT_MOST], policy=compat32)
        return ids(enclosed, "Message-ID")
    return []
