"""How does Postmark hand a mail in?

JSON with `RawEmail`, where "include raw email content" is switched on. It tries again for ten hours
on any answer but 200 and 403, as its manual for inbound webhooks says.
"""

import json
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from notifications.email.inbound.arrival import Arrival
from notifications.email.inbound.webhooks.dialect import Knock, WithoutOriginalError, knows_secret

Text = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else "")]


class _Posted(BaseModel):
    """The part of its document that says what the original cannot."""

    model_config = ConfigDict(extra="ignore")

    raw: Text = Field(default="", alias="RawEmail")
    recipient: Text = Field(default="", alias="OriginalRecipient")


class Postmark:
    """Its JSON, with our secret in the path or as a password."""

    name = "postmark"

    def lets_in(self, knock: Knock, secret: str) -> bool:
        """The secret alone shows who knocks: the document is not signed."""
        return knows_secret(knock, secret)

    def open(self, body: bytes, content_type: str, *, secret: str, now: datetime) -> Arrival:
        """The original; the envelope's sender stands in its Return-Path, if anywhere."""
        try:
            posted = _Posted.model_validate(json.loads(body))
        except (ValidationError, ValueError, RecursionError) as error:
            raise WithoutOriginalError from error
        if not posted.raw:
            raise WithoutOriginalError
        recipients = (posted.recipient,) if posted.recipient else ()
        raw = posted.raw.encode("utf-8", "surrogatepass")
        return Arrival(raw, self.name, recipients=recipients, secure=True)
