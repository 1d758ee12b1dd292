"""How sure is it who answered, on a scale of one to three, and in which words is that said?

●●● signed in, or called on a directory number with both words given; ●●○ a one-time link and
something that its holder had to name; ●○○ a text from the number on file, a mail to the personal
address. A playbook may ask for more than an answer brings: then somebody calls back.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """What an answer came with."""

    SIGNED_IN = "signed_in"  # a co-chair's own act
    LINK_OFFICE = "link_office"  # a mail's link, and the office chosen from a list
    LINK_CODE = "link_code"  # a mail's link, and the code of the text
    LINK_TEXT = "link_text"  # the link in a text; nothing more was asked
    SMS_CODE = "sms_code"  # the code that went to this number, from this number
    SMS_YES = "sms_yes"  # no code, from a number with one open notice
    MAIL = "mail"  # the reply address or the Message-ID that only its addressee held
    CALL_WITH_WORDS = "call_with_words"  # called on a directory number, both words given
    CALL = "call"  # called on a directory number
    CALL_KEY = "call_key"  # a key pressed on our own call to a directory number
    CALL_ELSEWHERE = "call_elsewhere"  # called on some other number
    IN_PERSON = "in_person"  # at an embassy, or face to face
    NOTE_VERBALE = "note_verbale"  # `detail` is its number
    READ_BY_PERSON = "read_by_person"  # an unclear reply that a person has decided upon


class SentFrom(StrEnum):
    """Where a mail says that it came from."""

    ITS_ADDRESS = "its_address"  # the address that we had written to
    ITS_MEMBER = "its_member"  # another address on file of the same member
    ELSEWHERE = "elsewhere"  # an address that the directory does not know: perhaps forwarded


class SenderCheck(StrEnum):
    """What DKIM, SPF and DMARC say of the address that a mail says it came from."""

    PASSED = "passed"  # its domain stands by the mail
    FAILED = "failed"  # its domain says that it does not
    NOTHING_PUBLISHED = "nothing_published"  # its domain says nothing either way
    NOT_CHECKED = "not_checked"  # nobody looked, or the look was not answered


@dataclass(frozen=True)
class Evidence:
    """What is known of an answer; the last two are about mail alone."""

    way: Way
    detail: str = ""
    sent_from: SentFrom = SentFrom.ITS_ADDRESS
    check: SenderCheck = SenderCheck.NOT_CHECKED


@dataclass(frozen=True)
class Assurance:
    """One to three, and the words that stand beside it; they name nobody."""

    level: int
    words: str


_BY_WAY: Final = {
    Way.SIGNED_IN: Assurance(3, "signed in"),
    Way.LINK_OFFICE: Assurance(2, "one-time link, office named"),
    Way.LINK_CODE: Assurance(2, "one-time link, and the code of the SMS"),
    Way.LINK_TEXT: Assurance(1, "one-time link in an SMS to the number on file"),
    Way.SMS_CODE: Assurance(1, "SMS from the number on file, with its code"),
    Way.SMS_YES: Assurance(1, "SMS from the number on file, without the code"),
    Way.MAIL: Assurance(1, "e-mail reply to the personal reply address"),
    Way.CALL_WITH_WORDS: Assurance(3, "called on a directory number, both words given"),
    Way.CALL: Assurance(2, "called on a directory number, words not given"),
    Way.CALL_KEY: Assurance(2, "key pressed on a call to a directory number"),
    Way.CALL_ELSEWHERE: Assurance(1, "telephone, not on a directory number"),
    Way.IN_PERSON: Assurance(1, "in person, recorded by an officer"),
    Way.NOTE_VERBALE: Assurance(1, "note verbale, recorded by an officer"),
    Way.READ_BY_PERSON: Assurance(1, "unclear reply, read by an officer"),
}
_SENT_FROM: Final = {
    SentFrom.ITS_ADDRESS: "",
    SentFrom.ITS_MEMBER: "sent from another address of the member",
    SentFrom.ELSEWHERE: "sent from an address that is not on file",
}
_CHECK: Final = {
    SenderCheck.PASSED: "sender authenticated",
    SenderCheck.FAILED: "unauthenticated: the sender's domain disowns it",
    SenderCheck.NOTHING_PUBLISHED: "the sender's domain proves nothing",
    SenderCheck.NOT_CHECKED: "sender not checked",
}


def assurance(evidence: Evidence) -> Assurance:
    """How sure it is; what is wrong with a mail is said, and never makes it surer."""
    found = _BY_WAY[evidence.way]
    said = [found.words, evidence.detail]
    if evidence.way is Way.MAIL:
        said += [_SENT_FROM[evidence.sent_from], _CHECK[evidence.check]]
    return Assurance(found.level, ", ".join(filter(None, said)))


def suffices(level: int, *, minimum: int) -> bool:
    """Whether nobody need call back for the sake of proof."""
    return level >= minimum
