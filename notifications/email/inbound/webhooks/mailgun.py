"""How does Mailgun hand a mail in?

A form with `body-mime`, where the address of the route ends in `mime`, signed over its time and a
token. It tries again for eight hours on any answer but 200 and 406, as its
manual for receiving by HTTP says.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from notifications.email.inbound.arrival import Arrival
from notifications.email.inbound.webhooks.dialect import Knock, UnsignedError, WithoutOriginalError
from notifications.email.inbound.webhooks.multipart import fields_of

# It is not documented whether a repetition is signed anew, and a mail that is handed in eight hours
# late must not be lost for it.
FRESH_FOR: Final = timedelta(hours=9)
AHEAD: Final = timedelta(minutes=5)  # of its clock before ours


class Mailgun:
    """Its form, signed with the account's key for webhooks."""

    name = "mailgun"

    def lets_in(self, knock: Knock, secret: str) -> bool:
        """The signature stands in the form itself."""
        return True

    def open(self, body: bytes, content_type: str, *, secret: str, now: datetime) -> Arrival:
        """The original and its envelope, if the form is signed and fresh."""
        try:
            fields = fields_of(body, content_type)
        except ValueError as error:
            raise UnsignedError from error
        given = {name: fields.get(name, b"") for name in ("timestamp", "token", "signature")}
        if not _is_signed(given["timestamp"], given["token"], given["signature"], secret=secret):
            raise UnsignedError
        if not _is_fresh(given["timestamp"], now):
            raise UnsignedError
        if not fields.get("body-mime"):
            raise WithoutOriginalError
        recipient = fields.get("recipient", b"").decode(errors="replace")
        return Arrival(
            raw=fields["body-mime"],
            way=self.name,
            sender=fields["sender"].decode(errors="replace") if "sender" in fields else None,
            recipients=tuple(part.strip() for part in recipient.split(",") if part.strip()),
            secure=True,
        )


def _is_signed(timestamp: bytes, token: bytes, signature: bytes, *, secret: str) -> bool:
    expected = hmac.new(secret.encode(), timestamp + token, hashlib.sha256).hexdigest()
    return bool(token) and hmac.compare_digest(expected.encode(), signature)


def _is_fresh(timestamp: bytes, now: datetime) -> bool:
    try:
        signed_at = datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return -AHEAD <= now - signed_at <= FRESH_FOR
