"""What does Pigeon bring?"""

import json
from hmac import compare_digest

from mechanism.receipts import DeliveryStatus
from mechanism.vocabulary import Door
from notifications.hook import (
    DeliveryReport,
    Document,
    Heard,
    HookRequest,
    MalformedError,
    UnverifiedError,
)
from notifications.provider import Refusal, Rejected
from notifications.tokens import marked_attempt
from settings import Settings
from tests.support.fourth_provider.provider import PURPOSE, PigeonSettings

STATUSES = {"landed": DeliveryStatus.ARRIVED, "lost at sea": DeliveryStatus.LOST}


class PigeonTexts:
    """It shows our secret in a header, and posts forms."""

    provider = "pigeon"
    received = Document("coo", "text/plain")
    check = "Pigeons that are not ours arrive; look at the secret."

    def verify(self, request: HookRequest) -> None:
        shown = request.headers.get("x-pigeon-secret", "")
        if not compare_digest(shown.encode(), PigeonSettings().secret.encode()):
            raise UnverifiedError("another secret")

    def status(self, request: HookRequest) -> DeliveryReport:
        self.verify(request)
        parts, form = request.parts, dict(request.form)
        key = request.settings.key
        attempt = marked_attempt(parts["attempt"], parts["mac"], purpose=PURPOSE, key=key)
        if attempt is None:
            raise UnverifiedError("a report on an address that is not ours")
        said = form.get("fate", "")
        lost = Rejected(Refusal.ADDRESS, "sea", said) if said == "lost at sea" else None
        return DeliveryReport(
            "pigeon", form.get("ring", ""), attempt, said, STATUSES.get(said), lost, form
        )

    def inbound(self, request: HookRequest) -> Heard:
        self.verify(request)
        form = dict(request.form)
        if "ring" not in form:
            raise MalformedError("A pigeon without a ring.")
        return Heard(
            door=Door.SMS,
            provider="pigeon",
            provider_id=form["ring"],
            sender=form.get("home", ""),
            recipient="",
            text=form.get("words", ""),
            raw=json.dumps(form).encode(),
            envelope={"way": "webhook"},
        )

    def inbound_url(self, settings: Settings) -> str:
        return f"{settings.public_url}/hook/pigeon/text/in"
