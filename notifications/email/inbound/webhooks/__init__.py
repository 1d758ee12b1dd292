"""Which mail providers can hand mail in by a webhook?

A further provider is a file beside these, and its name in this list.
"""

from collections.abc import Mapping
from typing import Final

from notifications.email.inbound.webhooks.dialect import Dialect
from notifications.email.inbound.webhooks.mailgun import Mailgun
from notifications.email.inbound.webhooks.postmark import Postmark
from notifications.email.inbound.webhooks.sendgrid import SendGrid

DIALECTS: Final[Mapping[str, Dialect]] = {
    dialect.name: dialect for dialect in (Mailgun(), Postmark(), SendGrid())
}
