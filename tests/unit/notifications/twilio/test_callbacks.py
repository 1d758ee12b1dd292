"""What Twilio brings is told in our own words, and believed only with its signature."""

from dataclasses import replace

import pytest

from mechanism.receipts import DeliveryStatus
from mechanism.vocabulary import Door
from notifications.hook import HookRequest, MalformedError, UnverifiedError
from notifications.provider import Refusal
from notifications.twilio.callbacks import TwilioTexts, status_path
from notifications.twilio.signature import SIGNATURE
from settings import Settings
from simulator.webhooks import signature

SETTINGS = Settings()
TEXTS = TwilioTexts()


def called(form: dict[str, str], path: str = "/twilio/sms", *, query: str = "") -> HookRequest:
    """As Twilio would."""
    parts = dict(zip(("attempt", "mac"), path.split("/")[3:5], strict=False))
    unsigned = HookRequest(path, SETTINGS, parts, query, list(form.items()))
    signed = signature(SETTINGS.sms_tokens[0], unsigned.url, form)
    return replace(unsigned, headers={SIGNATURE: signed})


def reported(status: str, **more: str) -> HookRequest:
    form = {"MessageSid": "SM1", "MessageStatus": status, **more}
    return called(form, status_path(7, SETTINGS.key))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        *((said, DeliveryStatus.TAKEN) for said in ("accepted", "queued", "sending", "sent")),
        *((said, DeliveryStatus.ARRIVED) for said in ("delivered", "read")),
        *((said, DeliveryStatus.LOST) for said in ("undelivered", "failed", "canceled")),
        ("partially_delivered", DeliveryStatus.LOST),
        ("receiving", None),
        ("", None),
    ],
)
def test_each_status_of_a_text_comes_to_one_of_ours(
    said: str, status: DeliveryStatus | None
) -> None:
    report = TEXTS.status(reported(said))

    assert (report.attempt, report.provider_id) == (7, "SM1")
    assert (report.said, report.status, report.refused) == (said, status, None)


def test_an_error_code_tells_whose_matter_it_is() -> None:
    report = TEXTS.status(reported("undelivered", ErrorCode="30003"))

    assert report.refused is not None
    assert (report.refused.refusal, report.refused.code) == (Refusal.ADDRESS, "30003")
    assert report.raw["ErrorCode"] == "30003"


def test_a_report_on_a_path_that_is_not_ours_is_no_report_though_signed() -> None:
    path = status_path(7, b"another key")

    with pytest.raises(UnverifiedError, match="not ours"):
        TEXTS.status(called({"MessageSid": "SM1"}, path))


def test_a_text_says_who_wrote_what() -> None:
    form = {"MessageSid": "SM1", "From": "+9991", "To": "+1", "Body": "OK 12345"}

    heard = TEXTS.inbound(called(form, query="edge=1"))

    assert heard.known_by == (Door.SMS, "twilio", "SM1")
    assert (heard.sender, heard.recipient, heard.text) == ("+9991", "+1", "OK 12345")


def test_a_form_that_names_no_message_cannot_be_kept() -> None:
    with pytest.raises(MalformedError):
        TEXTS.inbound(called({"Body": "OK"}))


@pytest.mark.parametrize("headers", [{}, {SIGNATURE: "guessed"}])
def test_nothing_is_believed_without_the_signature(headers: dict[str, str]) -> None:
    form = [("MessageSid", "SM1"), ("Body", "OK")]
    stranger = HookRequest("/twilio/sms", SETTINGS, form=form, headers=headers)

    for reads in (TEXTS.verify, TEXTS.inbound, TEXTS.status):
        with pytest.raises(UnverifiedError):
            reads(stranger)
