"""How does SendGrid hand a mail in?

A form with `email`, where "POST the raw, full MIME message" is switched on, and the envelope as
JSON. It tries again for three days, and only after an answer of 500 and above, as
its manual for inbound parsing says.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifications.email.inbound.arrival import Arrival
from notifications.email.inbound.webhooks.dialect import Knock, WithoutOriginalError, knows_secret
from notifications.email.inbound.webhooks.multipart import fields_of


class SendGrid:
    """Its form, with our secret in the path or as a password."""

    name = "sendgrid"

    def lets_in(self, knock: Knock, secret: str) -> bool:
        """The secret alone shows who knocks: the form is not signed."""
        return knows_secret(knock, secret)

    def open(self, body: bytes, content_type: str, *, secret: str, now: datetime) -> Arrival:
        """The original, the envelope, and what it found out about SPF and DKIM."""
        try:
            fields = fields_of(body, content_type)
        except ValueError as error:
            raise WithoutOriginalError from error
        if not fields.get("email"):
            raise WithoutOriginalError
        envelope = _envelope(fields)
        sender, recipients = envelope.get("from"), envelope.get("to")
        return Arrival(
            raw=fields["email"],
            way=self.name,
            sender=sender if isinstance(sender, str) else None,
            recipients=tuple(map(str, recipients)) if isinstance(recipients, list) else (),
            secure=True,
            beside={
                "peer": _text(fields, "sender_ip"),
                "provider_says": {name: _text(fields, name) for name in ("SPF", "dkim")},
            },
        )


def _envelope(fields: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        envelope = json.loads(fields.get("envelope", b"{}"))
    except (ValueError, RecursionError):
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _text(fields: Mapping[str, bytes], name: str) -> str:
    return fields.get(name, b"").decode(errors="replace")[:300]
