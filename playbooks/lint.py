"""What must a playbook not say, though it is well formed?

Each finding names the field and the remedy; `check()` adds the line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment

from mechanism.ladder import Rung
from mechanism.vocabulary import WRITTEN, Rank
from playbooks.neutral import unneutral_words
from playbooks.schema import Playbook, read_playbook
from validation import Fault, InvalidFileError, compose, line_of

VARIABLES: Final = {
    "reference": "BP-2026-003, or BP-X-2026-003 in an exercise",
    "title": "the situation's title",
    "where": "the name of the place",
    "as_of": "the instant that the facts are of, in UTC",
    "member": "the display name of the member who is written to",
    "deadline": "until when to acknowledge, in UTC and in the recipient's zone",
    "issuer": "the co-chair in whose name the notice goes out",
}
"""Every word that a playbook's text may leave to be filled in, and what stands there."""

TIME_TO_READ: Final = timedelta(minutes=5)
"""Within this a text arrives nearly always, and whoever is awake has read it."""

_FALL_BACKS: Final = {Rank.ALTERNATE_1, Rank.ALTERNATE_2, Rank.DUTY_OFFICER}
_PLAIN_NODES: Final = (nodes.Output, nodes.TemplateData, nodes.Name)


def check(text: str, *, source: str) -> Playbook:
    """The playbook, well formed and fit for use; RefusedError with every fault and its line."""
    playbook = read_playbook(text, source=source)
    findings = lint(playbook)
    if findings:
        node = compose(text, source=source)
        raise InvalidFileError(source, [replace(f, line=line_of(node, _path(f))) for f in findings])
    return playbook


def _path(finding: Fault) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in finding.field.split(".")]


def lint(playbook: Playbook) -> tuple[Fault, ...]:
    """Everything that is wrong with a well-formed playbook; the lines are not known here."""
    return (*_ladder(playbook), *_asked(playbook), *_templates(playbook), *_words(playbook))


def _found(field: str, wrong: str, mend: str) -> Fault:
    return Fault(None, field, wrong, mend)


def _ladder(playbook: Playbook) -> Iterator[Fault]:
    yield from _beginning(playbook)
    yield from _order(playbook)
    yield from _unreachable(playbook)
    yield from _fall_backs(playbook)
    yield from _calls(playbook)
    if playbook.deadline > playbook.ladder.ends:
        mend = "Shorten the deadline, or let the ladder end later."
        yield _found("deadline", "it lies after the ladder's end", mend)


def _beginning(playbook: Playbook) -> Iterator[Fault]:
    first = playbook.ladder.rungs[0]
    if first.after:
        mend = "Let the first rung come after PT0M."
        yield _found("ladder.rungs.0.after", "nobody is told at the beginning", mend)
    if playbook.life_at_risk and not {Rank.PRIMARY, Rank.DUTY_OFFICER} <= set(first.tell):
        wrong = "lives are at risk, and the primary and the duty officer are not both told at once"
        yield _found("ladder.rungs.0.tell", wrong, "Name primary and duty_officer in this rung.")


def _order(playbook: Playbook) -> Iterator[Fault]:
    for i, (before, rung) in enumerate(pairwise(playbook.ladder.rungs), start=1):
        if rung.after < before.after:
            mend = "Put the rungs in the order of their times."
            yield _found(f"ladder.rungs.{i}.after", "it comes before the rung above it", mend)


def _unreachable(playbook: Playbook) -> Iterator[Fault]:
    for i, rung in enumerate(playbook.ladder.rungs):
        if rung.after >= playbook.ladder.ends:
            mend = "Let it come earlier, or let the ladder end later."
            yield _found(f"ladder.rungs.{i}.after", "the ladder has ended before it", mend)
        at_once = [r for r in playbook.ladder.rungs[:i] if r.after == rung.after]
        if at_once and set(rung.tell) <= {rank for r in at_once for rank in r.tell}:
            wrong = "it tells nobody whom a rung at the same time does not tell already"
            mend = "Remove it, or let it come later, as a reminder."
            yield _found(f"ladder.rungs.{i}.after", wrong, mend)


def _fall_backs(playbook: Playbook) -> Iterator[Fault]:
    told = {rank for rung in playbook.ladder.rungs for rank in rung.tell}
    if not told & _FALL_BACKS:
        mend = "Add a rung that tells alternate_1 or duty_officer."
        yield _found("ladder.rungs", "nobody is told when the primary does not answer", mend)


def _calls(playbook: Playbook) -> Iterator[Fault]:
    """A call asks for an answer to what can be read: nobody is called who was not written to.

    Where nothing is written beside the call, what was written before has had its time.
    """
    written: dict[Rank, timedelta] = {}
    for i, rung in enumerate(playbook.ladder.rungs):
        if set(rung.by).isdisjoint(WRITTEN):
            yield from _bare_call(i, rung, written)
        else:
            written = dict.fromkeys(rung.tell, rung.after) | written


def _bare_call(i: int, rung: Rung, written: Mapping[Rank, timedelta]) -> Iterator[Fault]:
    """What is wrong with a rung that only calls."""
    unread = [rank.value for rank in rung.tell if rank not in written]
    if unread:
        wrong = f"{' and '.join(unread)}: called without having been written to"
        yield _found(f"ladder.rungs.{i}.by", wrong, "Add email and sms, or write to them before.")
    elif any(rung.after - written[rank] < TIME_TO_READ for rank in rung.tell):
        minutes = TIME_TO_READ // timedelta(minutes=1)
        wrong = f"a call less than {minutes} minutes after the text that it is about"
        yield _found(f"ladder.rungs.{i}.after", wrong, "Let it come later, or add email and sms.")


def _asked(playbook: Playbook) -> Iterator[Fault]:
    for role in playbook.ask.suggested:
        if role not in playbook.ask.by_role:
            mend = f"Add {role} to ask.by_role, or remove the suggestion."
            yield _found(f"ask.suggested.{role}", "members of this role are not asked", mend)


def _templates(playbook: Playbook) -> Iterator[Fault]:
    for name in ("email_intro", "requested_of_you"):
        text: str = getattr(playbook.wording, name)
        for wrong, mend in template_faults(text):
            yield _found(f"wording.{name}", wrong, mend)


def template_faults(text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a text that leaves words to be filled in, and how to mend it."""
    try:
        tree = SandboxedEnvironment(autoescape=True).parse(text)
    except TemplateSyntaxError as error:
        yield f"not readable as a template ({error.message})", "Check the braces."
        return
    if any(not isinstance(node, _PLAIN_NODES) for node in tree.find_all(nodes.Node)):
        yield "it computes something", "Use plain words in double braces, such as {{ title }}."
    for unknown in sorted(find_undeclared_variables(tree) - set(VARIABLES)):
        yield f"nothing is known as {unknown!r}", f"Use one of: {', '.join(VARIABLES)}."


def _words(playbook: Playbook) -> Iterator[Fault]:
    for field, text in _texts(playbook):
        for unneutral in unneutral_words(text):
            yield _found(field, unneutral.wrong, unneutral.mend)


def _texts(playbook: Playbook) -> Iterator[tuple[str, str]]:
    """Every text that may be read by a member; titles are checked where they are read."""
    wording = playbook.wording
    yield "summary", playbook.summary
    yield "wording.email_intro", wording.email_intro
    yield "wording.requested_of_you", wording.requested_of_you
    yield from ((f"wording.questions.{i}", text) for i, text in enumerate(wording.questions))
    yield from ((f"meeting.agenda.{i}", text) for i, text in enumerate(playbook.meeting.agenda))
    yield "meeting.level", playbook.meeting.level
    yield "meeting.modality", playbook.meeting.modality
