"""Activate: a co-chair calls the affected members.

First it is drawn up: every text for every recipient is rendered, and nothing is written. Then, for
exactly what was shown, situation, frozen plan, notices, first messages and ledger are one
transaction. Whatever cannot be rendered refuses the whole activation.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from convening import acknowledge, notify
from convening.acknowledge import MemberAnswer
from convening.messages import compose
from convening.messages.compose import About, Line
from mechanism.assurance import Evidence, Way, assurance
from mechanism.ladder import Climb, Ladder, Purpose, foreseen, next_step
from mechanism.lifecycle import ActivationState, Health, NoticeState
from mechanism.reference import reference
from mechanism.vocabulary import (
    AcknowledgementResponse,
    Channel,
    Door,
    Kind,
    TextKind,
)
from notifications.content import gsm_segments, passphrase, templates
from notifications.content.templates import CannotRenderError, Words
from playbooks import schema
from playbooks.schema import ConcurrenceMode, Playbook, fingerprint, load
from playbooks.situation import SituationFacts
from settings import Settings
from store import capabilities, contacts, directory, ledger
from store.act import Act
from store.events import Noted
from store.tables import Activation, Figure, Member, Notice, NoticeText, Situation
from validation import Fault

NUMBERING_LOCK: Final = 7_313_001  # PostgreSQL's advisory lock around the numbering of situations


class CannotDrawUpError(Exception):
    """The activation is refused before anything is written; each fault says how to mend it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))


class StalePlanError(Exception):
    """What would be sent now is not what was confirmed."""


@dataclass(frozen=True)
class Wish:
    """What a co-chair wants: the facts, who is asked, and how long they have."""

    facts: SituationFacts
    members: tuple[str, ...]
    deadline: timedelta | None = None
    situation: str | None = None  # the reference of an earlier situation that is activated again


@dataclass(frozen=True)
class Warned:
    """Something that a co-chair should know before sending; it stops nothing."""

    member: str
    sentence: str


@dataclass(frozen=True)
class Plan:
    """Everything that sending would do; `hash` covers all but codes, links and instants."""

    wish: Wish
    government: str
    about: About
    playbook_text: str
    members: tuple[Member, ...]
    co_chairs: tuple[Member, ...]
    lines: tuple[Line, ...]  # the first wave
    later: tuple[Line, ...]  # what every further rung would send
    to_co_chairs: tuple[Line, ...]
    warnings: tuple[Warned, ...]

    @property
    def playbook(self) -> Playbook:
        """The playbook as it will be pinned, with the deadline that was chosen."""
        return self.about.playbook

    @property
    def calls(self) -> tuple[Line, ...]:
        """The first call to each number, whenever the ladder comes to it."""
        first: dict[int, Line] = {}
        for line in (*self.lines, *self.later):
            if line.contact.channel is Channel.VOICE:
                first.setdefault(line.contact.id, line)
        return tuple(first.values())

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what is confirmed: every text to every address, and the playbook."""
        every = (*self.lines, *self.later, *self.to_co_chairs)
        return hashlib.sha256(
            ledger.canonical(
                [
                    self.government,
                    self.wish.facts.model_dump_json(),
                    self.playbook_text,
                    str(self.playbook.deadline),
                    [_fixed(line) for line in every],
                ]
            ).encode()
        ).hexdigest()

    @property
    def addresses(self) -> list[str]:
        """Every address that this activation may ever write to."""
        settings = self.about.settings
        every = {
            contact.address
            for member in (*self.members, *self.co_chairs)
            for office in member.focal_points
            if office.retired_at is None
            for contact in contacts.addresses(office, self.playbook.ladder.channels)
        }
        return sorted(every | {settings.duty_phone, settings.duty_mailbox})

    def shown(self, line: Line, *, now: datetime) -> Words:
        """A line as its recipient would read it if it were sent now."""
        kind = Kind(self.wish.facts.kind.value)
        named = self.wish.situation or reference(kind, now.year, 0)
        values = compose.values_if_sent(self.about, line.office.zone, now=now, reference=named)
        return line.words.filled(values)


def _fixed(line: Line) -> Any:
    words = line.words
    return [
        line.member.code,
        line.office.id,
        line.contact.address,
        line.purpose.value,
        line.rung,
        words.subject,
        words.body,
        words.html,
    ]


def draw_up(session: Session, act: Act, wish: Wish, *, settings: Settings) -> Plan:
    """Render everything that sending would send; CannotDrawUpError with every reason it cannot."""
    playbook_text, playbook = load(wish.facts.playbook)
    if wish.deadline is not None:
        playbook = playbook.model_copy(update={"deadline": wish.deadline})
    members, co_chairs = _members(session, wish.members), directory.co_chairs(session)
    about = About(
        facts=wish.facts,
        playbook=playbook,
        co_chairs=tuple(m.display_name for m in co_chairs),
        issuer=next(
            (m.display_name for m in co_chairs if m.code == act.government), "the Co-Chairs"
        ),
        settings=settings,
        drawn_up_at=act.at,
        overrides=capabilities.overrides(session),
    )
    asked = [m for m in members if m.code != act.government]
    try:
        first = tuple(line for m in asked for line in _first_lines(about, m))
        later = tuple(line for m in asked for line in _later_lines(about, m))
        to_co_chairs = tuple(compose.co_chair_lines(about, co_chairs, government=act.government))
    except CannotRenderError as error:
        fault = Fault(None, error.template, f"{error.recipient}: {error.why}", "Mend that text.")
        raise CannotDrawUpError([fault]) from error
    warnings = tuple(_warnings(asked, (*first, *to_co_chairs), about))
    return Plan(
        wish, act.government, about, playbook_text, tuple(members), tuple(co_chairs),
        first, later, to_co_chairs, warnings,
    )  # fmt: skip


def _members(session: Session, wanted: Sequence[str]) -> list[Member]:
    known = {member.code: member for member in directory.members(session)}
    faults = [
        Fault(None, "members", f"{code} is not in the directory", "Import it, or leave it out.")
        for code in wanted
        if code not in known
    ]
    if not wanted:
        faults = [Fault(None, "members", "nobody is asked", "Choose at least one member.")]
    if faults:
        raise CannotDrawUpError(faults)
    return [known[code] for code in sorted(set(wanted))]


def asked_by_playbook(session: Session, facts: SituationFacts) -> tuple[str, ...]:
    """Whom the playbook would ask, given the roles of states in the situation."""
    _, playbook = load(facts.playbook)
    roles = {member.code: member.roles for member in directory.members(session)}
    by_role = {role.value: codes for role, codes in facts.states_by_role.items()}
    return playbook.members_asked(roles, by_role)


def _first_lines(about: About, member: Member) -> Iterator[Line]:
    """What the first look at the ladder tells: the same rule as when it is taken."""
    ladder = about.playbook.ladder
    climb = Climb(
        about.drawn_up_at,
        reachable=contacts.reachable(member, ladder),
        unwritten=contacts.unwritten(member),
    )
    step = next_step(ladder, climb, now=about.drawn_up_at)
    return compose.lines(about, member, step.tell)


def _later_lines(about: About, member: Member) -> Iterator[Line]:
    """Every further rung, so that a text that cannot be made is found now and not at night."""
    every = foreseen(about.playbook.ladder)
    later = (tell for tell in every if tell.purpose is not Purpose.FIRST_NOTICE)
    return compose.lines(about, member, later)


def _warnings(members: Sequence[Member], lines: Sequence[Line], about: About) -> Iterator[Warned]:
    for member in members:
        own = [line for line in lines if line.member.code == member.code]
        if not own:
            yield Warned(member.display_name, "nobody of it can be written to; use the call sheet")
        elif all(line.contact.channel is not Channel.SMS for line in own):
            yield Warned(member.display_name, "cannot be reached by SMS")
        elif all(line.contact.channel is not Channel.EMAIL for line in own):
            yield Warned(member.display_name, "cannot be reached by e-mail")
    yield from _stale(lines, about.drawn_up_at.date())
    yield from _too_long(lines, about.settings)


def _stale(lines: Sequence[Line], today: date) -> Iterator[Warned]:
    for line in lines:
        contact, office = line.contact, f"{line.member.display_name}, {line.office.office}"
        kind = "mailbox" if contact.channel is Channel.EMAIL else "number"
        if contact.health is Health.FAILED:
            yield Warned(office, f"the last message to its {kind} came back")
        elif contact.verified_on is None:
            yield Warned(office, f"its {kind} was never verified")
        elif directory.stale(contact, today=today):
            yield Warned(office, f"its {kind} was last verified on {contact.verified_on:%d %b %Y}")


def _too_long(lines: Sequence[Line], settings: Settings) -> Iterator[Warned]:
    """Texts of more than one part, and real ones whose title had to give way."""
    for line in lines:
        if line.contact.channel is Channel.SMS:
            longest = compose.longest_values(settings, kind="exercise")
            parts = gsm_segments.count(templates.fill(line.words.body, longest)).parts
            if parts > 1:
                yield Warned(line.member.display_name, f"its SMS takes {parts} parts")
            if compose.NO_TITLE in line.words.body:
                yield Warned(line.member.display_name, "its SMS goes without the title")


def activate(
    session: Session, act: Act, wish: Wish, *, confirmed: str, settings: Settings
) -> Activation:
    """Do what was confirmed, in the caller's one transaction; StalePlanError if it has changed."""
    plan = draw_up(session, act, wish, settings=settings)
    if plan.hash != confirmed:
        raise StalePlanError("the directory, the playbook or the text has changed since the check")
    situation = _situation(session, plan, act.at)
    activation = _activation(session, act, situation, plan)
    _first_text(session, act, activation, plan)
    evidence = (f"sha256:{activation.plan_hash}", f"sha256:{activation.playbook_fingerprint}")
    ledger.append(
        session,
        act,
        Noted.ACTIVATION_TRIGGERED,
        subject=ledger.subject_of(activation),
        evidence=evidence,
        data={
            "kind": activation.kind.value,
            "playbook": f"{plan.playbook.name} v{plan.playbook.version}",
            "members": [m.code for m in plan.members],
            "concurrence": plan.playbook.concurrence.mode.value,
            "state": activation.state.value,
        },
    )
    notices = [_notice(session, activation, member) for member in plan.members]
    compose.queue_lines(session, activation, None, plan.to_co_chairs, now=act.at, settings=settings)
    _own_receipt(session, act, notices)
    if activation.state is ActivationState.ACTIVE:
        notify.begin(session, activation, now=act.at, settings=settings, written=plan.lines)
    return activation


def _situation(session: Session, plan: Plan, now: datetime) -> Situation:
    if plan.wish.situation is not None:
        query = select(Situation).where(Situation.reference == plan.wish.situation)
        return session.scalars(query).one()
    kind = Kind(plan.wish.facts.kind.value)
    number = _next_number(session, kind, now.year)
    situation = Situation(
        kind=kind,
        year=now.year,
        number=number,
        reference=reference(kind, now.year, number),
        title=plan.wish.facts.title,
        opened_at=now,
        figures=[_figure(facts) for facts in plan.wish.facts.figures],
    )
    session.add(situation)
    session.flush()
    return situation


def _next_number(session: Session, kind: Kind, year: int) -> int:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": NUMBERING_LOCK})
    query = select(func.max(Situation.number)).where(Situation.kind == kind, Situation.year == year)
    return (session.scalar(query) or 0) + 1


def _figure(facts: Any) -> Figure:
    return Figure(
        label=facts.label,
        sort=facts.kind.value,
        minimum=facts.value.minimum,
        maximum=facts.value.maximum,
        unit=facts.unit,
        as_of=facts.as_of,
        source=facts.source,
        status=facts.status.value,
        note=facts.note or "",
    )


def _activation(session: Session, act: Act, situation: Situation, plan: Plan) -> Activation:
    concurrence = plan.playbook.concurrence
    waits = concurrence.mode is ConcurrenceMode.BOTH
    activation = Activation(
        situation=situation,
        number=len(situation.activations) + 1,
        kind=situation.kind,
        state=ActivationState.AWAITING_CONCURRENCE if waits else ActivationState.ACTIVE,
        playbook_name=plan.playbook.name,
        playbook_text=plan.playbook_text,
        playbook_fingerprint=fingerprint(plan.playbook_text),
        plan=_frozen(plan),
        plan_hash=plan.hash,
        short_title=plan.wish.facts.short_title,
        triggered_by=act.signature,
        triggered_for=plan.government,
        triggered_at=act.at,
        began_at=None if waits else act.at,
        concurrence_due_at=act.at + concurrence.time_out
        if waits and concurrence.time_out
        else None,
        deadline_at=None if waits else act.at + plan.playbook.deadline,
    )
    session.add(activation)
    session.flush()
    return activation


def _frozen(plan: Plan) -> dict[str, Any]:
    return {
        "facts": plan.wish.facts.model_dump(mode="json"),
        "issuer": plan.about.issuer,
        "deadline_seconds": int(plan.playbook.deadline.total_seconds()),
        "members": [member.code for member in plan.members],
        "addresses": plan.addresses,
        "warnings": [f"{w.member}: {w.sentence}" for w in plan.warnings],
    }


def _first_text(session: Session, act: Act, activation: Activation, plan: Plan) -> None:
    facts = plan.wish.facts
    session.add(
        NoticeText(
            activation_id=activation.id,
            kind=TextKind.FIRST_NOTICE,
            revision=1,
            title=facts.title,
            body=facts.what_happened,
            issued_by=act.signature,
            issued_at=act.at,
        )
    )


def _notice(session: Session, activation: Activation, member: Member) -> Notice:
    notice = Notice(
        activation=activation,
        member=member,
        state=NoticeState.WAITING,
        words=passphrase.two_words(),
    )
    session.add(notice)
    session.flush()
    return notice


def _own_receipt(session: Session, act: Act, notices: Sequence[Notice]) -> None:
    """Who triggers has received; its own ladder does not climb."""
    for notice in notices:
        if notice.member_code == act.government:
            word = MemberAnswer(
                door=Door.SIGNED_IN,
                response=AcknowledgementResponse.RECEIVED,
                proof=assurance(Evidence(Way.SIGNED_IN, "and triggered it")),
                happened_at=act.at,
            )
            acknowledge.acknowledge(session, act, notice, word)


def pinned(activation: Activation) -> Playbook:
    """The playbook as it was when the activation began."""
    return schema.pinned(activation.playbook_text, source=activation.playbook_name)


def pinned_ladder(activation: Activation) -> Ladder:
    """The ladder as it was when the activation began."""
    return pinned(activation).ladder
