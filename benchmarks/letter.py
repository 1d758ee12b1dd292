"""Which letter and which text stand for those that really go out? Of their usual sizes."""

from datetime import UTC, datetime
from typing import Final

from notifications.email.mime import MailContent, write

ADDRESS: Final = "desk@foreign-ministry.example"
NUMBER: Final = "+999784100001"
SENTENCE: Final = "A vessel with people on board is in distress; the Co-Chairs consult you now. "
TEXT: Final = "BP-X-2026-001 Vessel in distress. Confirm by 14:00 UTC. Reply OK 48213"
HTML: Final = f"<!doctype html><html><body><p>{SENTENCE * 20}</p></body></html>"
FORM: Final = {
    "To": NUMBER,
    "From": "+999901000",
    "Body": TEXT,
    "StatusCallback": "http://127.0.0.1:8080/twilio/status/1/0123456789abcdef",
    "ValidityPeriod": "36000",
}
LETTER: Final = MailContent(
    sender="cm@cm.example",
    sender_name="Bali Process Co-Chairs",
    to=ADDRESS,
    to_name="Irregular migration desk, Fictional Member",
    subject="BP-X-2026-001: vessel in distress, please confirm receipt",
    text=SENTENCE * 12,
    html=HTML,
    message_id="<0123456789abcdef@cm.example>",
    references=("<BP-X-2026-001@cm.example>",),
    in_reply_to=None,
    reply_to="ack+0123456789abcdef@in.cm.example",
    date=datetime(2026, 11, 2, 3, 14, tzinfo=UTC),
)


def as_bytes() -> bytes:
    """The letter as it goes out."""
    return write(LETTER)
