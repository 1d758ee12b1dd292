"""Who gets which text?

The preview that a co-chair confirms, the first messages and every later rung are made here, by the
same code from the same values: what was shown is what is sent.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism import codes
from mechanism.ladder import Channel, Purpose, Rank, Tell
from notifications import links, outbox, wording
from notifications.countries import capability
from notifications.links import TokenPurpose
from notifications.outbox import To
from notifications.wording import CannotRenderError, Words
from playbooks.schema import Playbook, pinned
from playbooks.situation import FigureFacts, FigureKind, Place, SituationFacts
from settings import Settings
from store.tables import (
    Activation,
    ContactPoint,
    FocalPoint,
    Health,
    Member,
    Message,
    MessagePurpose,
    Notice,
    ReplyCode,
)

SENDABLE: Final = (Channel.EMAIL, Channel.SMS)
PRIORITY: Final = {
    Purpose.FIRST_NOTICE: 1,
    Purpose.ESCALATION: 2,
    Purpose.OTHER_CHANNEL: 2,
    Purpose.REMINDER: 4,
}
LEAD_WORD: Final = {
    Purpose.FIRST_NOTICE: "",
    Purpose.REMINDER: "Reminder. ",
    Purpose.ESCALATION: "You are asked next. ",
    Purpose.OTHER_CHANNEL: "",
}
OPENING: Final = {
    Purpose.FIRST_NOTICE: "You are asked as the focal point.",
    Purpose.REMINDER: "This is a reminder: no acknowledgement has been received yet.",
    Purpose.ESCALATION: "You are asked next, because no acknowledgement has been received yet "
    "from the office that was asked before you.",
    Purpose.OTHER_CHANNEL: "You are asked by this way too, because another way to you has failed.",
}


@dataclass(frozen=True)
class About:
    """What every text of one activation is about."""

    facts: SituationFacts
    playbook: Playbook
    co_chairs: tuple[str, ...]
    issuer: str
    settings: Settings
    drawn_up_at: datetime

    @cached_property
    def words(self) -> dict[str, Any]:
        """The values that do not depend on the recipient."""
        facts = self.facts
        return {
            "kind": facts.kind.value,
            "reference": wording.hole("reference"),
            "title": facts.title,
            "short_title": facts.short_title,
            "what_happened": facts.what_happened,
            "details": tuple(details_of(facts)),
            "marking": self.playbook.wording.marking.value,
            "co_chairs": " and ".join(self.co_chairs),
            "issuer": self.issuer,
            "leaves_installation": self.settings.leaves_installation,
        }

    @property
    def wording_words(self) -> dict[str, str]:
        """What a playbook's own sentences may use."""
        return {
            "reference": wording.hole("reference"),
            "title": self.facts.title,
            "where": self.facts.where.name,
            "as_of": wording.clock_time(self.facts.as_of),
            "deadline": f"{wording.hole('deadline')} ({wording.hole('deadline_local')})",
            "issuer": self.issuer,
        }


def about(
    activation: Activation, co_chairs: Sequence[Member], *, now: datetime, settings: Settings
) -> About:
    """What a running activation is about: its pinned playbook and its frozen facts."""
    return About(
        facts=SituationFacts.model_validate(activation.plan["facts"]),
        playbook=pinned(activation.playbook_text, source=activation.playbook_name),
        co_chairs=tuple(m.display_name for m in co_chairs),
        issuer=activation.plan["issuer"],
        settings=settings,
        drawn_up_at=now,
    )


def details_of(facts: SituationFacts) -> Iterator[tuple[str, str]]:
    """What is known beyond the sentence, each figure with its date, source and status."""
    yield "Where", _place(facts.where)
    yield "As of", wording.clock_time(facts.as_of)
    for figure in facts.figures:
        yield figure.label, _figure(figure)
    if facts.mrcc_informed:
        yield "Rescue coordination centre informed", facts.mrcc_informed
    for action in facts.actions_taken:
        yield "Already done", action
    if facts.not_known:
        yield "Not known", facts.not_known


def _place(place: Place) -> str:
    if place.latitude is None or place.longitude is None:
        return place.name
    north = "N" if place.latitude >= 0 else "S"
    east = "E" if place.longitude >= 0 else "W"
    return f"{place.name}, {abs(place.latitude):.1f} {north} {abs(place.longitude):.1f} {east}"


def _figure(figure: FigureFacts) -> str:
    low, high = figure.value.minimum, figure.value.maximum
    number = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    planning = ", planning figure" if figure.kind is FigureKind.PLANNING else ""
    as_of = wording.clock_time(figure.as_of)
    unit = figure.unit.replace("_", " ")
    return f"{number} {unit}{planning} (as of {as_of}; {figure.source}; {figure.status})"


@dataclass(frozen=True)
class Line:
    """One text to one address of one office, before it is committed."""

    member: Member
    office: FocalPoint
    contact: ContactPoint
    purpose: MessagePurpose
    rung: int
    words: Words
    priority: int = 1


def offices(member: Member, rank: Rank) -> Iterator[FocalPoint]:
    """The member's offices of a rank that stand today."""
    return (o for o in member.focal_points if o.rank is rank and o.retired_at is None)


def addresses(office: FocalPoint, channels: Iterable[Channel]) -> Iterator[ContactPoint]:
    """The office's addresses by these channels that can be written to at all."""
    wanted = set(channels)
    return (
        c
        for c in office.contact_points
        if c.channel in wanted
        and c.channel in SENDABLE
        and c.retired_at is None
        and c.health is not Health.OPTED_OUT
    )


def reachable(member: Member) -> frozenset[Rank]:
    """The ranks of the member that have any address to write to."""
    return frozenset(
        o.rank for r in Rank for o in offices(member, r) if any(addresses(o, SENDABLE))
    )


def lines(about: About, member: Member, tells: Iterable[Tell]) -> Iterator[Line]:
    """The texts for these tellings; CannotRenderError names recipient and template."""
    for tell in tells:
        for office in offices(member, tell.rank):
            for contact in addresses(office, tell.channels):
                words = _ladder_words(about, member, office, contact, tell.purpose)
                purpose = MessagePurpose(tell.purpose.value)
                yield Line(
                    member, office, contact, purpose, tell.rung, words, PRIORITY[tell.purpose]
                )


def _ladder_words(
    about: About, member: Member, office: FocalPoint, contact: ContactPoint, purpose: Purpose
) -> Words:
    own = {**about.wording_words, "member": member.display_name}
    wordings, asked = about.playbook.wording, about.facts.requested_of_you
    values = {
        "office": office.office,
        "member_name": member.display_name,
        "way": way_to_answer(office),
        "lead_word": LEAD_WORD[purpose],
        "urgency": "REMINDER" if purpose is Purpose.REMINDER else "EMERGENCY",
        "opening": OPENING[purpose],
        "questions": wordings.questions,
    }
    try:
        values["intro"] = wording.write_sentence(wordings.email_intro, own)
        values["requested_of_you"] = wording.write_sentence(asked or wordings.requested_of_you, own)
        return wording.write("first_notice", contact.channel, {**about.words, **values})
    except CannotRenderError as error:
        recipient = f"{office.office}, {member.display_name}"
        raise CannotRenderError(error.template, error.why, recipient) from error


def way_to_answer(office: FocalPoint) -> str:
    """The one way in that a text to this office may promise, as its country allows."""
    can = capability(office.country)
    if can.two_way:
        return "reply"
    return "link" if can.links else "mail"


def co_chair_lines(about: About, co_chairs: Iterable[Member], *, government: str) -> Iterator[Line]:
    """What each co-chair's primary and duty office are told: to agree or object, or to know."""
    for member in co_chairs:
        for office in (*offices(member, Rank.PRIMARY), *offices(member, Rank.DUTY_OFFICER)):
            for contact in addresses(office, SENDABLE):
                values = {
                    **about.words,
                    "own": member.code == government,
                    "office": office.office,
                    "member_name": member.display_name,
                    "mode": about.playbook.concurrence.mode.value,
                    "then": about.playbook.concurrence.then,
                }
                words = wording.write("concurrence", contact.channel, values)
                yield Line(member, office, contact, MessagePurpose.CONCURRENCE, 0, words)


# --- at commit -----------------------------------------------------------------------------------


def values_if_sent(about: About, zone: str, *, now: datetime, reference: str) -> dict[str, str]:
    """The holes' values for a preview: the times mean "if sent now"."""
    deadline = now + about.playbook.deadline
    return {
        "reference": reference,
        "deadline": wording.clock_time(deadline),
        "deadline_local": wording.clock_time(deadline, zone),
        "code": "48213",
        "words": "HARBOUR LANTERN",
        "link": f"{about.settings.public_url}/a/{'x' * 16}",
    }


def queue(
    session: Session, activation: Activation, notice: Notice | None, line: Line, *,
    now: datetime, settings: Settings, key: str = "",
) -> Message | None:  # fmt: skip
    """Fill the holes that are known now, let the tokens be found, and put it into the outbox."""
    reference = activation.situation.reference
    values = {"reference": reference, **_instants(activation, line.office.zone)}
    if notice is not None:
        values |= {"words": notice.words}
        values |= {"code": code_for(session, notice, line.contact, now=now)}
    _issue(session, activation, notice, line, settings)
    to = To(
        dedupe_key=key or _key(activation, notice, line),
        purpose=line.purpose,
        channel=line.contact.channel,
        address=line.contact.address,
        addressee=f"{line.office.office}, {line.member.display_name}",
        activation=activation,
        notice=notice,
        contact_point=line.contact,
        rung=line.rung,
        priority=line.priority,
        not_after=_not_after(activation, notice),
    )
    return outbox.queue(session, to, line.words.filled(values), now=now)


def _key(activation: Activation, notice: Notice | None, line: Line) -> str:
    whose = f"notice/{notice.id}" if notice is not None else f"activation/{activation.id}"
    return f"{whose}/{line.contact.id}/{line.purpose.value}/{line.rung}"


def _instants(activation: Activation, zone: str) -> Mapping[str, str]:
    at = activation.deadline_at
    if at is None:
        return {}
    return {"deadline": wording.clock_time(at), "deadline_local": wording.clock_time(at, zone)}


def _not_after(activation: Activation, notice: Notice | None) -> datetime | None:
    if notice is None or activation.began_at is None:
        return None
    playbook = pinned(activation.playbook_text, source=activation.playbook_name)
    return activation.began_at + playbook.ladder.ends


def _issue(
    session: Session,
    activation: Activation,
    notice: Notice | None,
    line: Line,
    settings: Settings,
) -> None:
    page = TokenPurpose.CONCUR if line.purpose is MessagePurpose.CONCURRENCE else TokenPurpose.LINK
    for purpose in (page, TokenPurpose.MAIL):
        seed = links.seed_for(purpose, activation, line.contact)
        links.issue(
            session, seed, key=settings.key, notice=notice,
            expires_at=links.good_until(activation) if purpose is TokenPurpose.LINK else None,
        )  # fmt: skip


def code_for(session: Session, notice: Notice, contact: ContactPoint, *, now: datetime) -> str:
    """The five digits of this notice at this number: new ones once, the same ever after."""
    if contact.channel is not Channel.SMS:
        return ""
    used = list(session.scalars(select(ReplyCode).where(ReplyCode.address == contact.address)))
    own = next((row.code for row in used if row.notice_id == notice.id), None)
    if own is not None:
        return own
    taken = {row.code for row in used}
    code = next(c for c in _random_codes() if c not in taken)
    session.add(
        ReplyCode(
            address=contact.address,
            code=code,
            notice_id=notice.id,
            contact_point_id=contact.id,
            issued_at=now,
        )
    )
    session.flush()
    return code


def _random_codes() -> Iterator[str]:
    while True:
        yield codes.with_check_digit(secrets.randbelow(10_000))
