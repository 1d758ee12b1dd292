"""What has been agreed beforehand, in words that anybody at a desk can read?

Nothing is changed here: a playbook is a file that two governments have agreed on.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from convening.messages import preflight
from convening.messages.compose import WayIn
from dashboard.web import labels
from dashboard.web.errors import RefusedError
from dashboard.web.layout import page
from dashboard.web.page import READERS, MenuEntry, Page, PageRequest
from mechanism import wording
from mechanism.durations import span
from notifications.content import gsm_segments
from notifications.content.gsm_segments import Alphabet
from playbooks import lint, schema
from playbooks.schema import Playbook, SituationRole, StandingRole
from validation import Fault

ROLE: Final = {
    SituationRole.ORIGIN: "countries of origin",
    SituationRole.TRANSIT: "countries of transit",
    SituationRole.DESTINATION: "countries of destination",
    SituationRole.RESCUE: "whose search and rescue region it is",
    SituationRole.CONSULAR: "whose nationals are among the persons",
    SituationRole.HOLDING: "in whose hands the persons are",
}
STANDING: Final = {
    StandingRole.CO_CHAIRS: "both Co-Chairs",
    StandingRole.STEERING_GROUP: "the Steering Group",
}
ALPHABET: Final = {Alphabet.GSM7: "plain letters (GSM-7)", Alphabet.UCS2: "any script (UCS-2)"}
ANSWERED_BY: Final = {
    WayIn.REPLY: "Where a reply arrives",
    WayIn.LINK: "Where only a link may be sent",
    WayIn.MAIL: "Where neither works and there is an e-mail",
    WayIn.CALL: "Where only the telephone is left",
}


HOLE: Final = re.compile(r"\{\{ *(\w+) *\}\}")


@dataclass(frozen=True)
class LadderStep:
    """One rung of the ladder in words."""

    after: str
    who: str
    by: str


@dataclass(frozen=True)
class Text:
    """The longest text to a telephone, for one way to answer."""

    where: str
    body: str
    characters: int
    parts: int
    alphabet: str


@dataclass(frozen=True)
class Agreed:
    """A playbook with what is wrong with it."""

    playbook: Playbook
    fingerprint: str
    faults: tuple[Fault, ...]


def show_playbooks(request: PageRequest) -> Response:
    """Every playbook in a line."""
    agreed = [_agreed(request, name) for name in schema.playbook_names()]
    return page(request, "playbooks/list.html", agreed=agreed)


def show_playbook(request: PageRequest) -> Response:
    """One playbook: whom it asks, when, in which words."""
    agreed = _agreed(request, request.part("name"))
    playbook = agreed.playbook
    return page(
        request,
        "playbooks/playbook.html",
        agreed=agreed,
        playbook=playbook,
        concurrence=_concurrence(playbook),
        steps=[*_steps(playbook)],
        ends=span_of(playbook.ladder.ends),
        deadline=span_of(playbook.deadline),
        always=_listed([STANDING[role] for role in playbook.ask.always]),
        by_role=[(ROLE[r], ", ".join(playbook.ask.suggested.get(r, ()))) for r in _roles(playbook)],
        intro=_with_holes(playbook.wording.email_intro),
        requested=_with_holes(playbook.wording.requested_of_you),
        texts=list(_texts(request, playbook)),
        lead=span_of(playbook.meeting.lead),
        length=span_of(playbook.meeting.length),
    )


def _agreed(request: PageRequest, name: str) -> Agreed:
    if name not in schema.playbook_names():
        raise RefusedError(404, "There is no playbook of this name.")
    text, playbook = schema.load(name)
    faults = (*lint.lint(playbook), *preflight.sms_faults(playbook, settings=request.settings))
    return Agreed(playbook, schema.fingerprint(text), faults)


def _roles(playbook: Playbook) -> Sequence[SituationRole]:
    return playbook.ask.by_role


def _steps(playbook: Playbook) -> Iterator[LadderStep]:
    for rung in playbook.ladder.rungs:
        who = _listed([labels.RANK[rank].lower() for rank in rung.tell])
        by = _listed([wording.CHANNEL[channel] for channel in rung.by])
        yield LadderStep(f"+{span_of(rung.after)}" if rung.after else "At once", who, by)


def _texts(request: PageRequest, playbook: Playbook) -> Iterator[Text]:
    for way, body in preflight.longest_texts(playbook, settings=request.settings):
        counted = gsm_segments.count(body)
        yield Text(ANSWERED_BY[way], body, counted.units, counted.parts, ALPHABET[counted.alphabet])


def _with_holes(text: str) -> str:
    """A sentence with what stands in it later in brackets."""
    return HOLE.sub(lambda found: f"[{found[1].replace('_', ' ')}]", text)


def _concurrence(playbook: Playbook) -> str:
    """Whose word it takes, as a sentence."""
    agreed = playbook.concurrence
    if agreed.time_out is None or agreed.then is None:
        return "Either Co-Chair acts; the other is told at once and may agree or object."
    then = "it is sent all the same" if agreed.then.value == "send" else "it is withdrawn"
    waited = span_of(agreed.time_out)
    return f"Both Co-Chairs must agree. Without an answer in {waited}, {then}."


def _listed(parts: Sequence[str]) -> str:
    """A list as it is spoken."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def span_of(length: timedelta) -> str:
    """A planned length, without the seconds that are none."""
    return span(length).removesuffix(" 00 s").removesuffix(" 00 min").removesuffix(" 0 h")


PLAYBOOKS: Final = Page("/playbooks", show_playbooks, lets=READERS, menu=MenuEntry("Playbooks"))
PLAYBOOK: Final = Page("/playbooks/{name}", show_playbook, lets=READERS)
