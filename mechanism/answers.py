"""What does a reply mean, and may it count as an acknowledgement?

A machine's message never does: that would stop the reminders. A person's that is not understood
costs somebody one click, so in doubt it goes to a person.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from mechanism import answer_words as words
from mechanism.codes import codes_in, without_codes
from mechanism.phrases import Phrases, folded
from mechanism.quotes import cut_quotes, unmarked, without_ours
from mechanism.vocabulary import AcknowledgementResponse


class MailSign(StrEnum):
    """What the headers and parts of a mail say about its writer; all but the last two decide."""

    COMPLAINT = "complaint"  # a feedback report
    READ_RECEIPT = "read_receipt"  # a disposition notification, or a subject of one
    DELIVERY_REPORT = "delivery_report"  # a delivery status that tells of a failure
    DELAY_REPORT = "delay_report"  # a delivery status that tells of waiting only
    SUCCESS_REPORT = "success_report"  # a delivery status that tells of success only
    DAEMON_SENDER = "daemon_sender"  # mailer-daemon, postmaster
    FAILURE_SUBJECT = "failure_subject"  # words of failure from nobody, or as only machines write
    CHALLENGE = "challenge"  # a system that wants proof of a person
    CALENDAR_REPLY = "calendar_reply"  # an answer to an invitation
    AUTO_SUBMITTED = "auto_submitted"  # RFC 3834, any value but "no"
    VACATION_HEADER = "vacation_header"  # what responders wrote before that standard
    AUTOMATIC_SUBJECT = "automatic_subject"  # "Automatic reply: …" in the members' languages
    ROBOT_SENDER = "robot_sender"  # no-reply and its like: an address that nobody writes from
    ROOM = "room"  # a calendar reply for a room or a vehicle
    UNREADABLE = "unreadable"  # sealed, broken or too large: no text was found
    RENAMED = "renamed"  # our subject behind words that are no known "Re:"
    DOUBTFUL = "doubtful"  # machines' mail bears it, and some people's: bulk, no return path


class ReplyKind(StrEnum):
    """Who or what speaks."""

    HUMAN = "human"  # `answer` says what is meant
    CALENDAR_REPLY = "calendar_reply"  # attendance; an acknowledgement too if a person's
    OPT_OUT = "opt_out"  # wants no more texts: other channel, alternate, and a person is told
    AUTO_REPLY = "auto_reply"  # nobody has read it: the alternate is told at once
    BOUNCE = "bounce"  # it did not arrive: other channel and alternate at once
    DELAY = "delay"  # it has not arrived yet: nothing changes
    READ_RECEIPT = "read_receipt"  # it arrived at a machine or was displayed: nothing changes
    CHALLENGE = "challenge"  # a person of ours must prove to be one
    COMPLAINT = "complaint"  # it was reported as unwanted: a person is told
    UNREADABLE = "unreadable"  # no words: a person looks at the original


class Meaning(StrEnum):
    """What a person's reply says; whether it acknowledges is `acknowledges()`."""

    RECEIVED = "received"  # it was received, and nothing else
    NEEDS_INSTRUCTIONS = "needs_instructions"  # received; their capital must be asked
    WRONG_ADDRESSEE = "wrong_addressee"  # not their task: the alternate is told at once
    DECLINES = "declines"  # received; they take no part
    WILL_ATTEND = "will_attend"  # received; they come to the meeting
    REGRETS = "regrets"  # received; they do not come
    DELEGATES = "delegates"  # received; somebody else comes for them
    UNCLEAR = "unclear"  # a person wrote, and a person must read it


class Proof(StrEnum):
    """How sure it is which message is answered."""

    STRONG = "strong"  # by its code, token, link or Message-ID, which only its addressee held
    WEAK = "weak"  # only one notice is open for this sender; a mail's subject is not even that


@dataclass(frozen=True)
class MailToRead:
    """A mail as far as reading it needs.

    `ours` is the text that it may quote without marks; `partstat` is what a calendar reply says,
    and `comment` what its writer put beside it; `note` says why a text could not be read.
    """

    text: str
    signs: frozenset[MailSign] = frozenset()
    partstat: str = ""
    ours: str = ""
    note: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Answer:
    """The reading of one reply; `text` is the writer's own words, `reason` is for a person.

    `withheld` is True where there is a no in it that a person must read, and where nothing shows
    that a person wrote it: such an answer never acknowledges, however strong the proof.
    """

    kind: ReplyKind
    automatic: bool
    answer: Meaning | None
    text: str
    reason: str
    withheld: bool = False


_READ_AT_MOST: Final = 16_384  # characters of somebody's own words
_ABSENCE_WITHIN: Final = 5  # clauses; an absence told later is told by a person
_BARE_NO: Final = 3  # words that a plain refusal may have
_LINE_IS_FULL: Final = 50  # characters after which a mail program may have broken a line

_YES: Final = Phrases(words.YES)
_YES_ALONE: Final = Phrases(words.YES_ALONE + words.YES)
_PLAIN_YES: Final = Phrases(words.PLAIN_YES)
_NO: Final = Phrases(words.NO)
_SUPPOSED: Final = Phrases(words.SUPPOSED)
_HARMLESS: Final = Phrases(words.HARMLESS)
_TURNS: Final = Phrases(words.TURNS)
_POLITE: Final = Phrases(words.POLITE)
_OPT_OUT: Final = Phrases(words.OPT_OUT)
_MACHINE: Final = Phrases(words.MACHINE)
_ABSENCE: Final = Phrases(words.ABSENCE)
_CHALLENGE: Final = Phrases(words.CHALLENGE)
_ASKED: Final = Phrases(words.ASKED)
_CANNED: Final = Phrases(words.CANNED)
_DELIBERATE: Final = Phrases(words.DELIBERATE)
_FAILURE: Final = Phrases(words.FAILURE_TEXTS)
_RECEIPT: Final = Phrases(words.RECEIPT_TEXTS)
_ROOM: Final = Phrases(words.ROOM_TEXTS)
_SERVICE: Final = Phrases(words.SERVICE)
_PRESS: Final = Phrases(words.PRESS)

_MEANINGS: Final = (  # in this order: the first that is found is meant, unless taken back before
    (Meaning.WRONG_ADDRESSEE, Phrases(words.WRONG_ADDRESSEE), (_SUPPOSED,)),
    (Meaning.DECLINES, Phrases(words.DECLINES), (_NO, _SUPPOSED)),
    (Meaning.NEEDS_INSTRUCTIONS, Phrases(words.NEEDS_INSTRUCTIONS), (_NO, _SUPPOSED)),
    (Meaning.DELEGATES, Phrases(words.DELEGATES), (_NO, _SUPPOSED)),
    (Meaning.REGRETS, Phrases(words.REGRETS), (_SUPPOSED,)),
    (Meaning.WILL_ATTEND, Phrases(words.WILL_ATTEND), (_NO, _SUPPOSED)),
)
_MACHINES: Final = (
    (MailSign.COMPLAINT, ReplyKind.COMPLAINT, "a feedback report: it was marked as unwanted"),
    (
        MailSign.READ_RECEIPT,
        ReplyKind.READ_RECEIPT,
        "a read receipt: displayed is not acknowledged",
    ),
    (MailSign.DELIVERY_REPORT, ReplyKind.BOUNCE, "a delivery report of a failure"),
    (MailSign.DELAY_REPORT, ReplyKind.DELAY, "a delivery report of a delay"),
    (
        MailSign.SUCCESS_REPORT,
        ReplyKind.READ_RECEIPT,
        "a delivery report of success: it has not been read",
    ),
    (MailSign.DAEMON_SENDER, ReplyKind.BOUNCE, "sent by a mail system, not by a person"),
    (MailSign.FAILURE_SUBJECT, ReplyKind.BOUNCE, "the subject tells of a failed delivery"),
    (MailSign.CHALLENGE, ReplyKind.CHALLENGE, "a mail system asks for proof of a person"),
)
_RESPONDERS: Final = (
    (MailSign.AUTO_SUBMITTED, "the header Auto-Submitted says that a machine sent it"),
    (MailSign.VACATION_HEADER, "a header of an automatic responder"),
    (MailSign.AUTOMATIC_SUBJECT, "the subject is that of an automatic reply"),
    (MailSign.ROBOT_SENDER, "its sender is an address that nobody writes from"),
    (MailSign.ROOM, "a room or a vehicle answers by itself"),
)
_MACHINE_WORDS: Final = (  # what only a machine says, wherever it stands among the first clauses
    (_CHALLENGE, ReplyKind.CHALLENGE, "it asks for proof of a person"),
    (_FAILURE, ReplyKind.BOUNCE, "its words are those of a mail system that could not deliver"),
    (_RECEIPT, ReplyKind.READ_RECEIPT, "its words are a receipt's: displayed is not acknowledged"),
    (_MACHINE, ReplyKind.AUTO_REPLY, "its words are a machine's"),
)
_PARTSTATS: Final = {
    "ACCEPTED": Meaning.WILL_ATTEND,
    "DECLINED": Meaning.REGRETS,
    "DELEGATED": Meaning.DELEGATES,
    "TENTATIVE": Meaning.RECEIVED,
}
_RESPONSES: Final = {
    Meaning.RECEIVED: AcknowledgementResponse.RECEIVED,
    Meaning.NEEDS_INSTRUCTIONS: AcknowledgementResponse.NEEDS_INSTRUCTIONS,
    Meaning.DECLINES: AcknowledgementResponse.DECLINES,
    Meaning.WILL_ATTEND: AcknowledgementResponse.RECEIVED,
    Meaning.REGRETS: AcknowledgementResponse.RECEIVED,
    Meaning.DELEGATES: AcknowledgementResponse.RECEIVED,
    Meaning.UNCLEAR: AcknowledgementResponse.RECEIVED,
}
_END: Final = re.compile(
    r"([.!;:\u2026]+(?=\s|$)|[\u3002\uff01\uff1b\u0964\u06d4\u104b\u17d4]+|[?\uff1f\u061f]+|\n+)"
)
_QUESTION_MARKS: Final = frozenset("?\uff1f\u061f")
_AUTOMATIC: Final = re.compile(  # in folded words: whichever language, a machine says so of itself
    r"\b(?:auto(?:mat|gener|respon|repl|antw|svar)|otomat|avtomat|awtomat|αυτόματ|автомат)"
)
_NUMBER: Final = re.compile(r"\b[Nn][Oo][.:]?\s*(?=\d)")  # "Note Verbale No. 80" denies nothing


def acknowledges(answer: Answer, proof: Proof) -> bool:
    """Whether receipt is acknowledged by it; a machine and a wrong addressee never do that."""
    if answer.answer is Meaning.UNCLEAR and proof is Proof.WEAK:
        return False
    return response_of(answer) is not None


def response_of(answer: Answer) -> AcknowledgementResponse | None:
    """What its acknowledgement would say; None where it cannot be one.

    Whether it is one also depends on the proof: ask `acknowledges()` first.
    """
    if answer.automatic or answer.withheld or answer.answer is None:
        return None
    return _RESPONSES.get(answer.answer)


def read_text_message(text: str) -> Answer:
    """The reading of an SMS; any no in it, in any language, keeps it from acknowledging."""
    said = _said(text, without_codes(text[:_READ_AT_MOST]))
    if not said.whole and codes_in(text):
        return _human(Meaning.RECEIVED, text, "the code alone")
    reading = _read_words(said, alone=said.whole)
    vague = reading.answer in {Meaning.RECEIVED, Meaning.UNCLEAR}
    return _withheld(text) if vague and _holds_no(said.whole) else reading


def read_mail(heard: MailToRead) -> Answer:
    """The reading of a mail: first what its headers say, then its writer's own words."""
    text = without_ours(cut_quotes(heard.text), heard.ours)
    for sign, kind, reason in _MACHINES:
        if sign in heard.signs:
            return Answer(kind, True, None, text, reason)
    responder = next((reason for sign, reason in _RESPONDERS if sign in heard.signs), "")
    if MailSign.CALENDAR_REPLY in heard.signs:
        return _calendar_reply(heard, text, responder)
    if responder:
        return _responder(text, responder)
    if MailSign.UNREADABLE in heard.signs:
        return Answer(ReplyKind.UNREADABLE, False, None, text, heard.note or "it cannot be read")
    answer = _read_mail_text(text)
    if MailSign.DOUBTFUL in heard.signs and answer.answer is Meaning.UNCLEAR:
        return _doubted(text, "not understood, and its headers may be a machine's")
    if MailSign.RENAMED in heard.signs and answer.answer in {Meaning.UNCLEAR, Meaning.RECEIVED}:
        return _doubted(text, "its subject was put together in a way that machines do")
    if answer.answer is not None and _machine_stands_below(heard):
        return _doubted(text, "a machine's words stand beside it, as in a signature")
    if answer.answer is Meaning.UNCLEAR and not _answers_a_mail(heard, text):
        return replace(answer, withheld=True)
    return answer


def _answers_a_mail(heard: MailToRead, text: str) -> bool:
    """Whether more than its own words was found: what persons quote, and few responders do."""
    return len(text.split()) < len(heard.text.split())


def _machine_stands_below(heard: MailToRead) -> bool:
    """Whether a machine speaks in what was cut away unmarked: the cut alone decides nothing."""
    rest = folded(without_ours(unmarked(heard.text), heard.ours)[:_READ_AT_MOST])
    return any(phrases.found_in(rest) for phrases in (_CHALLENGE, _MACHINE))


def _responder(text: str, responder: str) -> Answer:
    if _CHALLENGE.found_in(folded(text[:_READ_AT_MOST])):
        return Answer(ReplyKind.CHALLENGE, True, None, text, "it asks for proof of a person")
    return Answer(ReplyKind.AUTO_REPLY, True, None, text, responder)


def _calendar_reply(heard: MailToRead, text: str, responder: str) -> Answer:
    meaning = _PARTSTATS.get(heard.partstat.upper(), Meaning.UNCLEAR)
    machine = responder or (_ROOM.found_in(folded(text[:_READ_AT_MOST])) and "a room's words")
    said = f"a calendar reply: {heard.partstat.lower() or 'without a word on attendance'}"
    if machine:
        return Answer(ReplyKind.CALENDAR_REPLY, True, meaning, text, f"{said}; {machine}")
    withheld = meaning is Meaning.UNCLEAR
    comment = _read_mail_text(heard.comment)
    if comment.answer is Meaning.WRONG_ADDRESSEE or comment.withheld:
        said, withheld = f"{said}; beside it: {comment.reason}", True
        meaning = comment.answer or Meaning.UNCLEAR
    shown = heard.comment or text
    return Answer(ReplyKind.CALENDAR_REPLY, False, meaning, shown, said, withheld)


def _read_mail_text(text: str) -> Answer:
    own = _NUMBER.sub("number ", text[:_READ_AT_MOST])
    return _read_words(_said(text, own), alone=folded(own.partition("\n")[0]))


@dataclass(frozen=True)
class _Said:
    """Somebody's own words: as they are shown, folded as a whole, and clause by clause."""

    text: str
    whole: str
    clauses: list[str]


def _said(text: str, own: str) -> _Said:
    return _Said(text, folded(own), _clauses(own))


def _read_words(said: _Said, *, alone: str) -> Answer:
    """What the words say; `alone` is the text or the line that may be a bare yes."""
    if not said.whole:
        return Answer(ReplyKind.UNREADABLE, False, None, said.text, "no words of its own")
    if said.whole in _OPT_OUT:
        return Answer(ReplyKind.OPT_OUT, False, None, said.text, "the word for: send no more")
    return _by_machine_words(said) or _absence(said) or _read_person(said, alone)


def _by_machine_words(said: _Said) -> Answer | None:
    """What a machine's sentences tell; below an answer they may be a person's footer."""
    for phrases, kind, reason in _MACHINE_WORDS:
        if phrases.found_in(said.whole):
            if _answers_before(said, phrases):
                return _doubted(said.text, f"{reason}; but a person may have answered above them")
            return Answer(kind, True, None, said.text, reason)
    return None


def _answers_before(said: _Said, phrases: Phrases) -> bool:
    """Whether an answer is given in a clause before the first that holds one of the phrases."""
    for clause in said.clauses:
        if phrases.found_in(clause):
            return False
        if _answers([clause]):
            return True
    return False


def _absence(said: _Said) -> Answer | None:
    """A note of absence; one that holds an answer too is read by a person."""
    if not _is_absence(said):
        return None
    if _answers(said.clauses):
        return _doubted(said.text, "a note of absence, and perhaps a person's answer")
    return Answer(ReplyKind.AUTO_REPLY, True, None, said.text, "it reads like a note of absence")


def _is_absence(said: _Said) -> bool:
    """Whether it opens as a note of absence does, and not with a plain yes."""
    opening = said.clauses[:_ABSENCE_WITHIN]
    return any(map(_ABSENCE.found_in, opening)) and not _PLAIN_YES.opens(said.whole)


def _answers(clauses: list[str]) -> bool:
    """Whether any clause says yes, or something else that a person would."""
    return any(map(_affirms, clauses)) or _meaning_of(clauses) is not None


def _meaning_of(clauses: list[str]) -> Meaning | None:
    for meaning, phrases, hindrances in _MEANINGS:
        if any(_says(clause, phrases, hindrances) for clause in clauses):
            return meaning
    return None


def _read_person(said: _Said, alone: str) -> Answer:
    meaning = _meaning_of(said.clauses)
    if meaning is not None:
        return _human(meaning, said.text, f"its words say: {meaning.replace('_', ' ')}")
    if any(map(_is_bare_no, said.clauses)):
        return _withheld(said.text)
    if _is_plain_yes(alone) or any(map(_affirms, said.clauses)):
        return _yes_unless_canned(said)
    of_machines = _CANNED.found_in(said.whole) or _PRESS.found_in(said.whole)
    if of_machines or _AUTOMATIC.search(said.whole):
        return _doubted(said.text, "its words may be a machine's")
    if any(map(_holds_no, said.clauses)):
        return _withheld(said.text)
    return _human(Meaning.UNCLEAR, said.text, "a person's words, not understood")


def _yes_unless_canned(said: _Said) -> Answer:
    canned = _CANNED.found_in(said.whole) and not any(map(_DELIBERATE.found_in, said.clauses))
    if canned or _SERVICE.found_in(said.whole) or _AUTOMATIC.search(said.whole):
        return _doubted(said.text, "its words may be a machine's")
    return _human(Meaning.RECEIVED, said.text, "its words confirm receipt")


def _is_plain_yes(alone: str) -> bool:
    return _POLITE.taken_from(alone) in _YES_ALONE and not _ASKED.found_in(alone)


def _human(meaning: Meaning, text: str, reason: str) -> Answer:
    return Answer(ReplyKind.HUMAN, False, meaning, text, reason)


def _doubted(text: str, reason: str) -> Answer:
    """Without a meaning: it acknowledges nothing, and a person reads it."""
    return Answer(ReplyKind.HUMAN, False, None, text, reason, withheld=True)


def _withheld(text: str) -> Answer:
    reason = "there is a no in it that a person must read"
    return Answer(ReplyKind.HUMAN, False, Meaning.UNCLEAR, text, reason, withheld=True)


def _clauses(text: str) -> list[str]:
    """The folded statements of a text, parted at sentence ends and at every "but"."""
    pieces = [*_END.split(_unwrapped(text)), ""]
    sentences = zip(pieces[::2], pieces[1::2], strict=True)
    stated = (folded(said) for said, end in sentences if not _QUESTION_MARKS.intersection(end))
    parts = (part for sentence in stated for part in _TURNS.parts_of(sentence))
    return [clause for clause in map(_HARMLESS.taken_from, parts) if clause]


def _unwrapped(text: str) -> str:
    """The text with the lines joined that a mail program has broken."""
    joined: list[str] = []
    before = ""
    for line in text.splitlines():
        goes_on = len(before) >= _LINE_IS_FULL or line[:1].islower()
        joined += [" " if before and goes_on else "\n", line]
        before = line.strip()
    return "".join(joined)


def _says(clause: str, phrases: Phrases, hindrances: tuple[Phrases, ...]) -> bool:
    """Whether a phrase stands in the clause with nothing before it that takes it back."""
    taken_back = _first(clause, hindrances)
    return any(start <= taken_back for start, _ in phrases.spans(clause))


def _affirms(clause: str) -> bool:
    """Whether there is a yes in the clause, and neither a no before it nor one close after."""
    taken_back = _first(clause, (_NO, _SUPPOSED, _ASKED))
    ends = [end for start, end in _YES.spans(clause) if start < taken_back]
    return bool(ends) and not _no_after(clause, ends[0])


def _no_after(clause: str, end: int) -> bool:
    """Whether a yes is denied after it: at once in languages that do so, else anywhere."""
    after = clause[end:]
    soon = " ".join(after.split(maxsplit=2)[:2])
    return _NO.found_in(soon) or any(
        not after[start:stop].isascii() for start, stop in _NO.spans(after)
    )


def _first(clause: str, hindrances: Iterable[Phrases]) -> int:
    """Where the first of some phrases begins; behind the clause where there is none."""
    return min((start for h in hindrances for start, _ in h.spans(clause)), default=len(clause))


def _holds_no(clause: str) -> bool:
    return _NO.found_in(_HARMLESS.taken_from(clause))


def _is_bare_no(clause: str) -> bool:
    return clause.count(" ") < _BARE_NO and _NO.opens(clause)
