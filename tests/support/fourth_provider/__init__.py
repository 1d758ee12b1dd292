"""A made-up provider of texts, Pigeon: everything that a further provider is."""

from mechanism.vocabulary import Channel
from notifications.registry import Row

ROW = Row(
    name="pigeon",
    channel=Channel.SMS,
    provider="tests.support.fourth_provider.provider.Pigeon",
    hook="tests.support.fourth_provider.hook.PigeonTexts",
)
