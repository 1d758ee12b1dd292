"""Which text does a mail show to its reader, and which of its parts hold it?"""

import re
from email.message import Message
from typing import Final

from notifications.html_text import plain
from notifications.mail_headers import text_in

_TEXT_AT_MOST: Final = 131_072  # bytes of one text part
_PARTS_AT_MOST: Final = 100
_PARAMETERS_AT_MOST: Final = 4_096  # characters; no program writes more
_UNTIL: Final = re.compile(
    r"(?:\b(?:until|till|back on|back in the office on|return on|returning on|returning|hingga|"
    r"sehingga|sampai dengan|sampai|kembali pada|jusqu'au|jusqu\u2019au|bis zum|bis|até|hasta|"
    r"đến hết ngày|đến ngày)\b|จนถึง|ถึงวันที่|至|まで)\s*(.{1,60}?)"
    r"(?=[.;,!?\n()]|\s(?:and|with|dan|et|und)\b|$)",
    re.IGNORECASE,
)


def parts_of(message: Message) -> list[Message]:
    """The parts of a mail from the first to the last, those of enclosed mails left out."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < _PARTS_AT_MOST:
        part = waiting.pop()
        found.append(_with_short_parameters(part))
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(inner(part)))
    return found


def inner(part: Message) -> list[Message]:
    """The parts of a part; a text is never asked for here, since that would decode it."""
    within = part.get_payload() if part.is_multipart() else []
    return [each for each in within if isinstance(each, Message)]


def _with_short_parameters(part: Message) -> Message:
    """The part itself; what its type says in more words than any program writes is cut off."""
    for name in ("Content-Type", "Content-Disposition"):
        value = str(part.get(name, ""))
        if len(value) > _PARAMETERS_AT_MOST:
            part.replace_header(name, value[:_PARAMETERS_AT_MOST])
    return part


def text_of(parts: list[Message]) -> str:
    """The plain text of a mail, or its HTML made plain; attached files are not its text."""
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    plain_texts = "\n".join(part_text(x) for x in shown if _is_plain(x))
    if plain_texts.strip():
        return plain_texts
    return "\n".join(plain(part_text(x)) for x in shown if x.get_content_type() == "text/html")


def _is_plain(part: Message) -> bool:
    """Whether it is plain text; parts that were announced and are not there leave text too."""
    whole = part.get_content_maintype() == "multipart" and not part.is_multipart()
    return whole or part.get_content_type() == "text/plain"


def part_text(part: Message) -> str:
    """The text of one part, in whichever charset it proves to be."""
    return text_in(bytes_of(part)[:_TEXT_AT_MOST], part.get_content_charset("utf-8")).replace(
        "\x00", ""
    )


def bytes_of(part: Message) -> bytes:
    """What a part holds once its transfer encoding is taken off."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def until(text: str) -> str:
    """The end of an absence as a responder puts it: a hint, never a date to act on."""
    found = _UNTIL.search(text[:2_000])
    return " ".join(found[1].split()) if found else ""
