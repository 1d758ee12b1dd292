"""What has happened is told in the catalogue's sentences, filled with what the entries say."""

import pytest

from convening import timeline
from mechanism.vocabulary import Channel, Door
from store.events import LedgerEvent, Moved, Noted

NAMES = {"AU": "Australia", "BD": "Bangladesh"}


@pytest.mark.parametrize(
    ("event", "data", "member", "channel", "told"),
    [
        (Moved.MESSAGE_BOUNCED, {}, "Bangladesh", Channel.EMAIL, "Bangladesh: e-mail bounced"),
        (Moved.MESSAGE_BOUNCED, {}, "", Channel.EMAIL, "E-mail bounced"),
        (Moved.MESSAGE_BOUNCED, {}, "", None, "Message bounced"),
        (Moved.NEED_SETTLED, {}, "", None, "No person is needed any more"),
        (Noted.ACTIVATION_TRIGGERED, {}, "", None, "Australia triggered the situation"),
        (
            Moved.NOTICE_ANSWERED, {"door": Door.LINK.value}, "Bangladesh", None,
            "Bangladesh acknowledged by one-time link",
        ),
        (Moved.NOTICE_ANSWERED, {}, "Bangladesh", None, "Bangladesh acknowledged"),
        (
            Moved.NOTICE_RUNG_TAKEN, {"purposes": ["reminder"]}, "Bangladesh", None,
            "Reminder to Bangladesh",
        ),
        (
            Noted.CALL_ENDED, {"end": "nobody_answered"}, "Bangladesh", None,
            "Bangladesh: called, nobody answered",
        ),
    ],
)  # fmt: skip
def test_a_sentence_says_who_by_what_and_how_as_far_as_that_is_known(
    event: LedgerEvent, data: dict[str, object], member: str, channel: Channel | None, told: str
) -> None:
    of_australia = {"actor": {"government": "AU"}, **data}

    said = timeline.sentence(event, of_australia, NAMES, member=member, channel=channel)

    assert said == told


def test_whoever_acts_for_no_government_is_the_system() -> None:
    of_nobody = {"actor": {"government": ""}}

    said = timeline.sentence(Moved.ACTIVATION_CLOSED, of_nobody, NAMES, member="", channel=None)

    assert said == "The system closed the activation"
