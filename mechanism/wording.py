"""By which words do people know a channel, and the door by which an answer came?

They are the same on every page, in every document and in whatever the duty offices are told.
"""

from typing import Final

from mechanism.vocabulary import Channel, Door

CHANNEL: Final = {Channel.SMS: "SMS", Channel.EMAIL: "E-mail", Channel.VOICE: "Telephone"}
"""At the head of a column, and in a list."""

SPOKEN: Final = {
    Channel.SMS: "SMS",
    Channel.EMAIL: "e-mail",
    Channel.VOICE: "the telephone",
}
"""Within a sentence, for an address of this kind that the reader sees beside it."""

ADDRESS: Final = {
    Channel.SMS: "a number for texts",
    Channel.EMAIL: "an e-mail address",
    Channel.VOICE: "a telephone number",
}

MESSAGE: Final = {Channel.SMS: "text", Channel.EMAIL: "e-mail", Channel.VOICE: "call"}
"""One thing that goes by it; an "s" makes several of each."""

BY_DOOR: Final = {
    Door.SMS: "by SMS",
    Door.MAIL: "by e-mail",
    Door.LINK: "by one-time link",
    Door.CALL: "by telephone",
    Door.VOICE: "by a key on a call",
    Door.SIGNED_IN: "by signing in",
}

DOOR: Final = {
    Door.SMS: "SMS reply",
    Door.MAIL: "e-mail reply",
    Door.LINK: "one-time link",
    Door.CALL: "telephone",
    Door.VOICE: "key on a call",
    Door.SIGNED_IN: "signed in",
}
"""At the head of a column, and in a list."""

CHANNEL_OF_DOOR: Final = {
    Door.SMS: Channel.SMS,
    Door.MAIL: Channel.EMAIL,
    Door.CALL: Channel.VOICE,
    Door.VOICE: Channel.VOICE,
}
"""By which channel one answers who comes by this door; a page is none."""
