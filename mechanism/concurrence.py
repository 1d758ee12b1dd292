"""Does a co-chair agree or object in a text message, and may it still do so?

Agreed is what says so and nothing else; an objection stands at the beginning, and the rest is its
reason. Whatever is put in another way, asks something, or may be a machine's goes to a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mechanism.answers import Answer, ReplyKind, read_text_message
from mechanism.codes import without_codes
from mechanism.lifecycle import ACTIVATION_ENDS, ActivationEvent, ActivationState, can_happen
from mechanism.phrases import Phrases, folded
from mechanism.vocabulary import ConcurrenceAnswer

_AGREE: Final = Phrases(
    ("agree", "agreed", "agrees", "agreement", "concur", "concurs", "concurred", "setuju",
     "menyetujui", "sepakat")
)  # fmt: skip
_OBJECT: Final = Phrases(
    ("object", "objects", "objected", "objecting", "objection", "disagree", "disagrees",
     "disagreed", "keberatan", "menolak", "tidak setuju")
)  # fmt: skip
_BESIDE: Final = Phrases(  # what may stand beside either word without saying anything
    ("i", "we", "yes", "ok", "okay", "ya", "kami", "saya", "thanks", "thank you", "terima kasih",
     "please", "hereby", "to", "this", "it", "an", "our", "my", "the", "sir", "madam")
)  # fmt: skip
_DENIED: Final = Phrases(("no", "not", "none", "never", "nothing", "bukan", "tidak"))
_QUESTION_MARKS: Final = frozenset("?\uff1f\u061f")


class Verdict(StrEnum):
    """What a co-chair says of an activation of the other's."""

    AGREES = "agrees"
    OBJECTS = "objects"


@dataclass(frozen=True)
class Reading:
    """What a text says; without a verdict, `why` tells a person what is the matter with it."""

    verdict: Verdict | None
    reason: str = ""  # of an objection, in its writer's words
    why: str = ""
    automatic: bool = False  # a machine's: it is not answered


def read_verdict(text: str) -> Reading:
    """The reading of a text that answers the question of concurrence; its codes say nothing."""
    said = without_codes(text)
    whole = folded(said)
    heard = read_text_message(text)
    if heard.automatic or _may_be_a_machines(heard):
        return Reading(None, why="it may be a machine's", automatic=heard.automatic)
    if _QUESTION_MARKS & set(said):
        return Reading(None, why="it asks something")
    agrees, objects = _agrees(whole), _objects(whole)
    if agrees:
        return Reading(Verdict.AGREES)
    if objects:
        return Reading(Verdict.OBJECTS, _reason(said))
    return Reading(None, why="it is neither a plain AGREE nor a plain OBJECT")


def _may_be_a_machines(heard: Answer) -> bool:
    """Whether nothing shows that a person wrote it, or it is an opt-out."""
    return heard.kind is ReplyKind.OPT_OUT or (
        heard.kind is ReplyKind.HUMAN and heard.answer is None
    )


def _agrees(whole: str) -> bool:
    rest = _BESIDE.taken_from(_AGREE.taken_from(whole))
    return not rest and _AGREE.found_in(whole) and not _OBJECT.found_in(whole)


def _objects(whole: str) -> bool:
    """The word stands first, nothing agrees beside it, and it is not taken back at once."""
    opening = _after_beside(whole)
    if not _OBJECT.opens(opening):
        return False
    rest = _OBJECT.taken_from(opening)
    return not _AGREE.found_in(rest) and _BESIDE.taken_from(rest) not in _DENIED


def _after_beside(whole: str) -> str:
    """The folded text from its first word that says something."""
    words = whole.split()
    while words and words[0] in _BESIDE:
        words.pop(0)
    return " ".join(words)


def _reason(said: str) -> str:
    """What stands after the word that objects, as it was written; all of it where two words do."""
    words = said.split()
    after = next((n for n, word in enumerate(words, start=1) if folded(word) in _OBJECT), 0)
    return " ".join(words[after:]).lstrip("-:;,. ")


_WAITS: Final = frozenset({ActivationState.AWAITING_CONCURRENCE, ActivationState.ACTIVE})


def may(verdict: Verdict, state: ActivationState, said: Sequence[ConcurrenceAnswer]) -> bool:
    """Whether the other co-chair's word still changes anything; `said` is what it said, in order.

    An agreement is said once and takes no objection back: that is done by resuming, with a reason.
    An objection may follow an agreement.
    """
    if verdict is Verdict.AGREES:
        return state in _WAITS and not said
    return can_happen(state, ActivationEvent.OBJECTED)


_ANSWER: Final = {
    Verdict.AGREES: ConcurrenceAnswer.AGREED,
    Verdict.OBJECTS: ConcurrenceAnswer.OBJECTED,
}


class Comes(StrEnum):
    """What a clear word comes to."""

    COUNTS = "counts"  # it is the concurrence, or the objection
    AGAIN = "again"  # the same was said before: nothing is done twice
    ENDED = "ended"  # the activation is over
    CONTRADICTS = "contradicts"  # it would take back what the same government said: a person looks


def comes_to(verdict: Verdict, state: ActivationState, said: Sequence[ConcurrenceAnswer]) -> Comes:
    """What follows from a clear word by a way on which nothing can be asked back at once."""
    if state in ACTIVATION_ENDS:
        return Comes.ENDED
    if said and said[-1] is _ANSWER[verdict]:
        return Comes.AGAIN
    return Comes.COUNTS if may(verdict, state, said) else Comes.CONTRADICTS
