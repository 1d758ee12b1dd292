"""Who gets which text?

The preview that a co-chair confirms, the first messages and every later rung are made here, by the
same code from the same values: what was shown is what is sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from sqlalchemy.orm import Session

from convening.messages.reply_codes import code_for, concurrence_code
from mechanism.ladder import Purpose, Tell
from mechanism.reference import reference
from mechanism.vocabulary import WRITTEN, Channel, Kind, MessagePurpose, Rank
from notifications import route_order, tokens
from notifications.content import gsm_segments, templates, translations
from notifications.content.country_rules import (
    DEFAULT_PROVIDER,
    NO_OVERRIDES,
    Capability,
    capability,
)
from notifications.content.templates import CannotRenderError, Words
from notifications.content.translations import Language
from notifications.outbox import queue
from notifications.outbox.queue import To
from notifications.tokens import TokenPurpose
from playbooks.schema import Playbook, pinned
from playbooks.situation import FigureFacts, FigureKind, Place, SituationFacts
from settings import Settings
from store.capabilities import Overrides
from store.contacts import addresses, offices
from store.tables import (
    Activation,
    ContactPoint,
    FocalPoint,
    Member,
    Message,
    Notice,
)

SENDABLE: Final = WRITTEN
"""By what anybody is written to; the ladder alone may telephone, where the playbook says so."""
DUTY_MAILBOX: Final = "Secretariat, duty mailbox"  # as an addressee
NO_TITLE: Final = "urgent consultation"
"""What a text to a telephone says where the title may not be said, or has no room."""
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


class WayIn(StrEnum):
    """The one way to answer that a text to a telephone promises."""

    REPLY = "reply"  # a reply arrives, and the text asks for one
    LINK = "link"  # the text holds a one-time link
    MAIL = "mail"  # neither: our e-mail can be answered, or a person called
    CALL = "call"  # neither, and no e-mail is on file: only the telephone is left


CANNOT_ANSWER_BY_TEXT: Final = frozenset({WayIn.MAIL, WayIn.CALL})
"""A person telephones at once: the text itself leads to no answer."""


@dataclass(frozen=True)
class About:
    """What every text of one activation is about."""

    facts: SituationFacts
    playbook: Playbook
    co_chairs: tuple[str, ...]
    issuer: str
    settings: Settings
    drawn_up_at: datetime
    overrides: Overrides = field(
        default_factory=dict
    )  # what the directory itself says of countries

    def can(self, office: FocalPoint) -> Capability:
        """What a text to this office can do, by the provider that it leaves by first."""
        provider = carrier_of(office, self.settings)
        return capability(office.country, provider=provider, overrides=self.overrides)

    @cached_property
    def words(self) -> dict[str, Any]:
        """The values that do not depend on the recipient."""
        facts = self.facts
        return {
            "kind": facts.kind.value,
            "reference": templates.hole("reference"),
            "title": facts.title,
            "short_title": facts.short_title,
            "what_happened": facts.what_happened,
            "details": tuple(details_of(facts)),
            "marking": self.playbook.wording.marking.value,
            "co_chairs": " and ".join(self.co_chairs),
            "issuer": self.issuer,
            "leaves_installation": self.settings.leaves_installation,
            "phone": self.settings.duty_phone,
        }

    @property
    def wording_words(self) -> dict[str, str]:
        """What a playbook's own sentences may use."""
        return {
            "reference": templates.hole("reference"),
            "title": self.facts.title,
            "where": self.facts.where.name,
            "as_of": templates.clock_time(self.facts.as_of),
            "deadline": f"{templates.hole('deadline')} ({templates.hole('deadline_local')})",
            "issuer": self.issuer,
        }


def about(
    activation: Activation,
    co_chairs: Sequence[Member],
    *,
    now: datetime,
    settings: Settings,
    overrides: Overrides = NO_OVERRIDES,
) -> About:
    """What a running activation is about: its pinned playbook and its frozen facts."""
    return About(
        facts=SituationFacts.model_validate(activation.plan["facts"]),
        playbook=pinned(activation.playbook_text, source=activation.playbook_name),
        co_chairs=tuple(m.display_name for m in co_chairs),
        issuer=activation.plan["issuer"],
        settings=settings,
        drawn_up_at=now,
        overrides=overrides,
    )


def details_of(facts: SituationFacts) -> Iterator[tuple[str, str]]:
    """What is known beyond the sentence, each figure with its date, source and status."""
    yield "Where", _place(facts.where)
    yield "As of", templates.clock_time(facts.as_of)
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
    as_of = templates.clock_time(figure.as_of)
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
    way: WayIn | None = None  # None: not a text that asks a member to answer


def carrier_of(office: FocalPoint, settings: Settings) -> str:
    """The provider that is asked first to carry a text to this office."""
    phone = next(addresses(office, (Channel.SMS,)), None)
    if phone is None:
        return DEFAULT_PROVIDER
    return route_order.order_for(
        Channel.SMS, phone.address, settings, preferred=phone.provider or ""
    )[0]


def lines(about: About, member: Member, tells: Iterable[Tell]) -> Iterator[Line]:
    """The texts for these tellings; CannotRenderError names recipient and template."""
    for tell, office, contact in _told(member, tells):
        yield _ladder_line(about, office, contact, tell)


def lines_at_night(
    about: About, member: Member, tells: Iterable[Tell]
) -> Iterator["Line | Unwritten"]:
    """The texts for these tellings where nobody looks on: one that breaks keeps no other back."""
    for tell, office, contact in _told(member, tells):
        try:
            yield _ladder_line(about, office, contact, tell)
        except CannotRenderError as error:
            yield Unwritten(office, contact, error.template)


@dataclass(frozen=True)
class Unwritten:
    """A text that cannot be made, and whose it would have been."""

    office: FocalPoint
    contact: ContactPoint
    template: str


def _told(member: Member, tells: Iterable[Tell]) -> Iterator[tuple[Tell, FocalPoint, ContactPoint]]:
    for tell in tells:
        for office in offices(member, tell.rank):
            for contact in addresses(office, tell.channels):
                yield tell, office, contact


def _ladder_line(about: About, office: FocalPoint, contact: ContactPoint, tell: Tell) -> Line:
    words = _ladder_words(about, office, contact, tell.purpose)
    return Line(
        office.member,
        office,
        contact,
        MessagePurpose(tell.purpose.value),
        tell.rung,
        words,
        PRIORITY[tell.purpose],
        way_in(office, about.can(office)) if contact.channel is Channel.SMS else None,
    )


def _ladder_words(
    about: About, office: FocalPoint, contact: ContactPoint, purpose: Purpose
) -> Words:
    try:
        values = {**about.words, **_own_words(about, office, purpose)}
        language = translations.courtesy(office.languages or (), contact.channel)
        if contact.channel is Channel.SMS:
            return sms_words(values, about.can(office), language, about.settings)
        return templates.write("first_notice", contact.channel, values, language=language)
    except CannotRenderError as error:
        recipient = f"{office.office}, {office.member.display_name}"
        raise CannotRenderError(error.template, error.why, recipient) from error


def _own_words(about: About, office: FocalPoint, purpose: Purpose) -> dict[str, Any]:
    """The values that are this office's own."""
    own = {**about.wording_words, "member": office.member.display_name}
    wordings, asked = about.playbook.wording, about.facts.requested_of_you
    return {
        "office": office.office,
        "member_name": office.member.display_name,
        "purpose": purpose.value,
        "way": way_in(office, about.can(office)).value,
        "lead_word": LEAD_WORD[purpose],
        "opening": OPENING[purpose],
        "questions": wordings.questions,
        "intro": templates.write_sentence(wordings.email_intro, own),
        "requested_of_you": templates.write_sentence(asked or wordings.requested_of_you, own),
    }


def sms_words(
    values: Mapping[str, Any], can: Capability, language: Language | None, settings: Settings
) -> Words:
    """With its title, in the office's language; what may not be said or does not fit gives way.

    A network that puts words of its own before ours may leave room for a brief text only.
    """

    def fits(text: str) -> bool:
        longest = longest_values(settings, kind=str(values["kind"]))
        return can.has_room(gsm_segments.at_most(templates.fill(text, longest)))

    for title in titles(str(values["short_title"]), can):
        titled = {**values, "short_title": title}
        words = templates.write("first_notice", Channel.SMS, titled, language=language, fits=fits)
        if fits(words.body):
            return words
    brief = {**values, "short_title": NO_TITLE}
    return templates.write("brief_notice", Channel.SMS, brief)


def titles(short_title: str, can: Capability) -> tuple[str, ...]:
    """What a text may be headed by in this country, the fullest first."""
    return (short_title, NO_TITLE) if can.lets_say(short_title) else (NO_TITLE,)


def longest_values(settings: Settings, *, kind: str) -> dict[str, str]:
    """The longest that can come to stand in the holes of a text to a telephone."""
    return {
        **templates.LONGEST,
        "reference": reference(Kind(kind), 2026, 0),
        "link": f"{settings.public_url}/a/{'x' * 16}",
    }


def way_to_answer(
    office: FocalPoint,
    *,
    provider: str = DEFAULT_PROVIDER,
    overrides: Overrides = NO_OVERRIDES,
) -> WayIn:
    """The one way in that a text to this office may promise, as its country allows."""
    return way_in(office, capability(office.country, provider=provider, overrides=overrides))


def way_in(office: FocalPoint, can: Capability) -> WayIn:
    """The one way in that a text may promise, of what the country and the network can do."""
    if can.two_way:
        return WayIn.REPLY
    if can.links:
        return WayIn.LINK
    return WayIn.MAIL if any(addresses(office, (Channel.EMAIL,))) else WayIn.CALL


def co_chair_lines(about: About, co_chairs: Iterable[Member], *, government: str) -> Iterator[Line]:
    """What each co-chair's primary and duty office are told: to agree or object, or to know."""
    for member in co_chairs:
        for office in (*offices(member, Rank.PRIMARY), *offices(member, Rank.DUTY_OFFICER)):
            for contact in addresses(office, SENDABLE):
                words = _concurrence_words(about, office, contact, own=member.code == government)
                yield Line(member, office, contact, MessagePurpose.CONCURRENCE, 0, words)


def _concurrence_words(
    about: About, office: FocalPoint, contact: ContactPoint, *, own: bool
) -> Words:
    """A text holds both ways to answer where it has room for them, and the surer of them else."""
    can = about.can(office)
    values = {
        **about.words,
        "own": own,
        "office": office.office,
        "member_name": office.member.display_name,
        "replies": can.two_way,
        "links": can.links,
        "mode": about.playbook.concurrence.mode.value,
        "then": about.playbook.concurrence.then,
    }
    words = templates.write("concurrence", contact.channel, values)
    if contact.channel is Channel.SMS and can.two_way and not _is_one_part(words, about):
        return templates.write("concurrence", contact.channel, {**values, "links": False})
    return words


def _is_one_part(words: Words, about: About) -> bool:
    longest = longest_values(about.settings, kind=about.facts.kind.value)
    return gsm_segments.at_most(templates.fill(words.body, longest)).parts == 1


def values_if_sent(about: About, zone: str, *, now: datetime, reference: str) -> dict[str, str]:
    """The holes' values for a preview: the times mean "if sent now"."""
    deadline = now + about.playbook.deadline
    return {
        "reference": reference,
        "reference_spoken": templates.spelled(reference),
        "deadline": templates.clock_time(deadline),
        "deadline_local": templates.clock_time(deadline, zone),
        "code": "48213",
        "words": "HARBOUR LANTERN",
        "link": f"{about.settings.public_url}/a/{'x' * 16}",
    }


def queue_line(
    session: Session, activation: Activation, notice: Notice | None, line: Line, *,
    now: datetime, settings: Settings, key: str = "",
) -> Message | None:  # fmt: skip
    """Put one line into the outbox, under a key of its own where one is given."""
    made = queue_lines(
        session, activation, notice, [line], now=now, settings=settings, keys=[key] if key else ()
    )
    return made[0] if made else None


def queue_lines(
    session: Session, activation: Activation, notice: Notice | None, lines: Sequence[Line], *,
    now: datetime, settings: Settings, keys: Sequence[str] = (),
) -> list[Message]:  # fmt: skip
    """Fill the holes that are known now, let the tokens be found, and put them into the outbox."""
    _issue(session, activation, notice, lines, settings)
    values = _values(session, activation, notice, now)
    keys = keys or [_key(activation, notice, line) for line in lines]
    texts = [
        (_to(activation, notice, line, key), line.words.filled(values(line)))
        for line, key in zip(lines, keys, strict=True)
    ]
    return queue.queue_all(session, texts, now=now)


def _values(
    session: Session, activation: Activation, notice: Notice | None, now: datetime
) -> Callable[[Line], Mapping[str, str]]:
    """What stands in the holes of a line."""
    reference = activation.situation.reference
    of_all = {"reference": reference, "reference_spoken": templates.spelled(reference)}
    if notice is not None:
        of_all["words"] = notice.words

    def of_one(line: Line) -> Mapping[str, str]:
        code = _code(session, activation, notice, line, now)
        own = {"code": code} if code else {}
        return {**of_all, **_instants(activation, line.office.zone), **own}

    return of_one


def _to(activation: Activation, notice: Notice | None, line: Line, key: str) -> To:
    return To(
        dedupe_key=key,
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


def _key(activation: Activation, notice: Notice | None, line: Line) -> str:
    whose = f"notice/{notice.id}" if notice is not None else f"activation/{activation.id}"
    return f"{whose}/{line.contact.id}/{line.purpose.value}/{line.rung}"


def _instants(activation: Activation, zone: str) -> Mapping[str, str]:
    at = activation.deadline_at
    if at is None:
        return {}
    return {"deadline": templates.clock_time(at), "deadline_local": templates.clock_time(at, zone)}


def _not_after(activation: Activation, notice: Notice | None) -> datetime | None:
    if notice is None or activation.began_at is None:
        return None
    playbook = pinned(activation.playbook_text, source=activation.playbook_name)
    return activation.began_at + playbook.ladder.ends


def _issue(
    session: Session,
    activation: Activation,
    notice: Notice | None,
    lines: Iterable[Line],
    settings: Settings,
) -> None:
    until: dict[tokens.Seed, datetime | None] = {}
    for line in lines:
        is_co_chair = line.purpose is MessagePurpose.CONCURRENCE
        page = TokenPurpose.CONCUR if is_co_chair else TokenPurpose.LINK
        good = None if is_co_chair else tokens.good_until(activation)
        until[tokens.seed_for(page, activation, line.contact)] = good
        until[tokens.seed_for(TokenPurpose.MAIL, activation, line.contact)] = None
    tokens.issue_all(session, until, key=settings.key, notice=notice)


def _code(
    session: Session, activation: Activation, notice: Notice | None, line: Line, now: datetime
) -> str:
    """What stands in the hole for a code; nothing where the text has no such hole."""
    if notice is not None:
        return code_for(session, notice, line.contact, now=now)
    asks = templates.hole("code") in line.words.body
    return concurrence_code(session, activation, line.contact, now) if asks else ""
