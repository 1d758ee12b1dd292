"""What does a person do with the message that has just arrived?

Pure, and drawn from a seed: the same seed and the same message give the same deeds.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mechanism.vocabulary import Channel
from simulator.invitations import Attends, meeting
from simulator.received import Received
from validation import InvalidFileError, compose, construct, faults_of

_REFERENCE = re.compile(r"\bBP-(?:X-)?\d{4}-\d{3}\b")


class Does(StrEnum):
    """How an office behaves."""

    PROMPT = "prompt"  # answers the way it was asked, within minutes
    SLOW = "slow"  # the same, after one or two reminders
    ANSWERS_LATE = "answers_late"  # the same, when the ladder has ended
    ANSWERS_BY_EMAIL = "answers_by_email"  # reads mail only
    ANSWERS_BY_SMS = "answers_by_sms"  # reads SMS only
    ANSWERS_TWICE = "answers_twice"  # says the same again some minutes later
    USES_LINK = "uses_link"  # opens the link and sends the page's form
    WRONG_CODE = "wrong_code"  # mistypes first, then answers rightly
    SILENT = "silent"  # never answers
    BOUNCES = "bounces"  # the mailbox or number does not exist
    OUT_OF_OFFICE = "out_of_office"  # a machine answers each mail; an SMS stays unanswered
    OPTS_OUT = "opts_out"  # answers STOP


class OnCall(StrEnum):
    """What happens at a telephone that is called."""

    PRESSES_1 = "presses_1"  # listens, and presses 1 where that is offered
    PRESSES_9 = "presses_9"  # where that is offered: it is the wrong number
    PRESSES_ANOTHER = "presses_another"  # presses a key that nobody named
    PRESSES_ANOTHER_FIRST = "presses_another_first"  # mistypes once, then as PRESSES_1
    LISTENS = "listens"  # presses nothing
    HANGS_UP = "hangs_up"  # after the first sentence
    MACHINE = "machine"  # an answering machine records what is said after its beep
    NO_ANSWER = "no_answer"  # it rings in an empty room
    BUSY = "busy"  # somebody else is on the line
    OUT_OF_SERVICE = "out_of_service"  # the number does not exist


_ON_CALL = {
    **dict.fromkeys((Does.PROMPT, Does.ANSWERS_TWICE, Does.USES_LINK), OnCall.PRESSES_1),
    Does.WRONG_CODE: OnCall.PRESSES_ANOTHER_FIRST,
    Does.OUT_OF_OFFICE: OnCall.MACHINE,
    Does.OPTS_OUT: OnCall.HANGS_UP,
    Does.BOUNCES: OnCall.OUT_OF_SERVICE,
}
_ONE = re.compile(r"\b(?:1|one)\b", re.IGNORECASE)
_NINE = re.compile(r"\bpress (?:9|nine)\b", re.IGNORECASE)
_NOT_NAMED = "7"
AGREES = "AGREE {code}"  # what a co-chair's office says that is asked whether it agrees
_STAYS_AWAY = {Does.SILENT, Does.BOUNCES, Does.OUT_OF_OFFICE, Does.OPTS_OUT, Does.ANSWERS_BY_SMS}
_MINUTES = {Does.SLOW: (20.0, 60.0), Does.ANSWERS_LATE: (150.0, 240.0)}
_SOON = (1.0, 8.0)
_AWAY = "I am out of the office. In urgent cases please write to my colleagues."


@dataclass(frozen=True)
class Persona:
    """One office at its phone and mailbox; `after` is a range in told minutes."""

    addresses: tuple[str, ...]
    does: Does
    after: tuple[float, float] | None = None
    says: str = "OK {code}"  # an SMS; in a mail the code is left out
    attends: Attends = Attends.ACCEPTED  # the meetings that an answering person is invited to
    subject: str = "Re: {subject}"  # of a mail; an out-of-office message has its own words
    on_call: OnCall | None = None  # None: as it `does`, and whoever does not answer lets it ring

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    @property
    def minutes(self) -> tuple[float, float]:
        """The range from which the delay is drawn."""
        return self.after or _MINUTES.get(self.does, _SOON)


_PERSONAS = TypeAdapter(list[Persona])


def read_personas(data: object) -> list[Persona]:
    """Personas from YAML or JSON; pydantic's ValidationError names what is wrong."""
    return _PERSONAS.validate_python(data)


def read_persona_file(text: str, *, source: str) -> list[Persona]:
    """Personas from YAML; RefusedError names line, fault and remedy of each mistake."""
    node = compose(text, source=source)
    try:
        return read_personas(construct(node, source=source) or [])
    except ValidationError as error:
        raise InvalidFileError(source, faults_of(error, node)) from error


class Deed(StrEnum):
    """One thing that is done."""

    SMS = "sms"  # send this text from the phone
    MAIL = "mail"  # answer the mail, to where it wants its answers
    WRONG_MAIL = "wrong_mail"  # answer it to a mistyped address, without its thread
    ATTEND = "attend"  # let the calendar answer an invitation
    LINK = "link"  # open the link, send the form
    AUTOMATIC = "automatic"  # a machine's answer
    BOUNCE = "bounce"  # a delivery report to the envelope sender


@dataclass(frozen=True)
class PersonaAct:
    """A deed, so much told time after the message before it."""

    after: timedelta
    deed: Deed
    text: str = ""


def is_bounced(persona: Persona | None) -> bool:
    """True where nothing is ever delivered to this office."""
    return persona is not None and persona.does is Does.BOUNCES


def on_call(persona: Persona | None) -> OnCall:
    """What happens when this office is called; nobody's telephone rings unanswered."""
    if persona is None:
        return OnCall.NO_ANSWER
    return persona.on_call or _ON_CALL.get(persona.does, OnCall.NO_ANSWER)


def key_pressed(habit: OnCall, words: str, *, before: int) -> str:
    """The key pressed after these words by someone who has pressed so many before; or none."""
    another = habit is OnCall.PRESSES_ANOTHER
    if another or (habit is OnCall.PRESSES_ANOTHER_FIRST and not before):
        return _NOT_NAMED
    if habit is OnCall.PRESSES_9:
        return "9" if _NINE.search(words) else ""
    presses = habit in {OnCall.PRESSES_1, OnCall.PRESSES_ANOTHER_FIRST}
    return "1" if presses and _ONE.search(words) else ""


def question(received: Received) -> str:
    """What the message asks about, so that a person answers it once; nothing if it asks nothing.

    A confirmation holds neither code nor link nor an address of its own for the answer.
    """
    if about := meeting(received.calendar):
        return about
    own_address = received.reply_to.partition("@")[0]
    if not (received.code or link_of(received) or "+" in own_address):
        return ""
    found = _REFERENCE.search(f"{received.subject} {received.text}")
    return found[0] if found else f"message {received.number}"


def link_of(received: Received) -> str:
    """The link to answer by: the one for acknowledgement, or else the first."""
    return next((link for link in received.links if "/a/" in link), "") or "".join(
        received.links[:1]
    )


def acts(persona: Persona, received: Received, *, seed: int, nth: int) -> tuple[PersonaAct, ...]:
    """What is done, in order, about the `nth` message at this address."""
    draw = random.Random(f"{seed}:{received.to}:{nth}")  # noqa: S311 - no secret
    low, high = persona.minutes
    return tuple(
        PersonaAct(timedelta(minutes=draw.uniform(low, high)), deed, text)
        for deed, text in _deeds(persona, received)
    )


def _deeds(persona: Persona, received: Received) -> Iterator[tuple[Deed, str]]:
    by_mail = received.channel is Channel.EMAIL
    if meeting(received.calendar) and persona.does not in _STAYS_AWAY:
        if persona.attends is not Attends.NEVER:
            yield Deed.ATTEND, ""
        return
    match persona.does:
        case Does.SILENT:
            return
        case Does.BOUNCES | Does.OUT_OF_OFFICE if not by_mail:
            return
        case Does.BOUNCES:
            yield Deed.BOUNCE, ""
        case Does.OUT_OF_OFFICE:
            yield Deed.AUTOMATIC, _AWAY if persona.says == Persona.says else persona.says
        case Does.OPTS_OUT:
            yield (Deed.MAIL if by_mail else Deed.SMS), "STOP"
        case Does.USES_LINK if link_of(received):
            yield Deed.LINK, ""
        case Does.ANSWERS_BY_EMAIL if not by_mail:
            return
        case Does.ANSWERS_BY_SMS if by_mail:
            return
        case Does.WRONG_CODE:
            yield from _mistyped(persona, received)
            yield from _answer(persona, received)
        case Does.ANSWERS_TWICE:
            yield from _answer(persona, received)
            yield from _answer(persona, received)
        case _:
            yield from _answer(persona, received)


def _answer(persona: Persona, received: Received) -> Iterator[tuple[Deed, str]]:
    """The answer by the way the message came, or by its link where there is no other."""
    if received.channel is Channel.EMAIL:
        yield Deed.MAIL, persona.says.format(code="").strip()
    elif received.code:
        says = AGREES if f"AGREE {received.code}" in received.text else persona.says
        yield Deed.SMS, says.format(code=received.code)
    elif link_of(received):
        yield Deed.LINK, ""


def _mistyped(persona: Persona, received: Received) -> Iterator[tuple[Deed, str]]:
    if received.channel is Channel.EMAIL:
        yield Deed.WRONG_MAIL, persona.says.format(code="").strip()
    elif received.code:
        last = (int(received.code[-1]) + 1) % 10
        yield Deed.SMS, persona.says.format(code=f"{received.code[:-1]}{last}")
