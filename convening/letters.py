"""Who gets which text?

The preview that a co-chair confirms, the first messages and every later rung are made here, by the
same code from the same values: what was shown is what is sent.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import Fault, RefusedError
from mechanism import codes
from mechanism.ladder import WRITTEN, Channel, Ladder, Purpose, Rank, Tell
from notifications import languages, links, orders, outbox, segments, wording
from notifications.countries import DEFAULT_PROVIDER, NO_OVERRIDES, Capability, capability
from notifications.languages import Language
from notifications.links import TokenPurpose
from notifications.outbox import To
from notifications.wording import CannotRenderError, Words
from playbooks.neutral import SHORT_TITLE_LIMIT
from playbooks.schema import Playbook, pinned
from playbooks.situation import FigureFacts, FigureKind, Place, SituationFacts
from settings import Settings
from store.capabilities import Overrides
from store.kinds import Health, MessagePurpose
from store.tables import (
    Activation,
    ConcurrenceCode,
    ContactPoint,
    FocalPoint,
    Member,
    Message,
    Notice,
    ReplyCode,
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
            "reference": wording.hole("reference"),
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
            "reference": wording.hole("reference"),
            "title": self.facts.title,
            "where": self.facts.where.name,
            "as_of": wording.clock_time(self.facts.as_of),
            "deadline": f"{wording.hole('deadline')} ({wording.hole('deadline_local')})",
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
    way: WayIn | None = None  # None: not a text that asks a member to answer


def offices(member: Member, rank: Rank) -> Iterator[FocalPoint]:
    """The member's offices of a rank that stand today."""
    return (o for o in member.focal_points if o.rank is rank and o.retired_at is None)


def in_touch(notice: Notice) -> Iterator[FocalPoint]:
    """Who is written to of what follows a notice: the primary, and the office that answered it."""
    answered = notice.acknowledgement.focal_point if notice.acknowledgement is not None else None
    primary = next(offices(notice.member, Rank.PRIMARY), None)
    both = {office.id: office for office in (primary, answered) if office is not None}
    yield from both.values()


def addresses(office: FocalPoint, channels: Iterable[Channel]) -> Iterator[ContactPoint]:
    """The office's addresses by these channels that can be used at all."""
    wanted = set(channels)
    return (
        c
        for c in office.contact_points
        if c.channel in wanted and c.retired_at is None and c.health is not Health.OPTED_OUT
    )


def acting_duty(
    session: Session, activation: Activation | None, channels: Iterable[Channel]
) -> Iterator[ContactPoint]:
    """The addresses of the duty offices of the government that triggered."""
    member = session.get(Member, activation.triggered_for) if activation is not None else None
    if member is not None:
        for office in offices(member, Rank.DUTY_OFFICER):
            yield from addresses(office, channels)


def carrier_of(office: FocalPoint, settings: Settings) -> str:
    """The provider that is asked first to carry a text to this office."""
    phone = next(addresses(office, (Channel.SMS,)), None)
    if phone is None:
        return DEFAULT_PROVIDER
    return orders.order_for(Channel.SMS, phone.address, settings, preferred=phone.provider or "")[0]


def reachable(member: Member, ladder: Ladder) -> frozenset[Rank]:
    """The ranks of the member that have any address by which the ladder tells them."""
    told = {(rank, channel) for rung in ladder.rungs for rank in rung.tell for channel in rung.by}
    told |= {(rank, channel) for rank in Rank for channel in WRITTEN}
    return frozenset(
        office.rank
        for rank in Rank
        for office in offices(member, rank)
        if any((rank, contact.channel) in told for contact in addresses(office, Channel))
    )


def unwritten(member: Member) -> frozenset[tuple[Rank, Channel]]:
    """The channels in writing by which a rank of the member has no address."""
    return frozenset(
        (rank, channel)
        for rank in Rank
        for channel in WRITTEN
        if not any(any(addresses(office, (channel,))) for office in offices(member, rank))
    )


def lines(about: About, member: Member, tells: Iterable[Tell]) -> Iterator[Line]:
    """The texts for these tellings; CannotRenderError names recipient and template."""
    for tell, office, contact in _told(member, tells):
        yield _ladder_line(about, office, contact, tell)


def lines_at_night(
    about: About, member: Member, tells: Iterable[Tell]
) -> Iterator["Line | Unwritten"]:
    """The same where nobody looks on: a text that breaks keeps no other back."""
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
        language = languages.courtesy(office.languages or (), contact.channel)
        if contact.channel is Channel.SMS:
            return sms_words(values, about.can(office), language, about.settings)
        return wording.write("first_notice", contact.channel, values, language=language)
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
        "intro": wording.write_sentence(wordings.email_intro, own),
        "requested_of_you": wording.write_sentence(asked or wordings.requested_of_you, own),
    }


def sms_words(
    values: Mapping[str, Any], can: Capability, language: Language | None, settings: Settings
) -> Words:
    """With its title, in the office's language; what may not be said or does not fit gives way.

    A network that puts words of its own before ours may leave room for a brief text only.
    """

    def fits(text: str) -> bool:
        longest = longest_values(settings, kind=str(values["kind"]))
        return can.has_room(segments.at_most(wording.fill(text, longest)))

    for title in titles(str(values["short_title"]), can):
        titled = {**values, "short_title": title}
        words = wording.write("first_notice", Channel.SMS, titled, language=language, fits=fits)
        if fits(words.body):
            return words
    brief = {**values, "short_title": NO_TITLE}
    return wording.write("brief_notice", Channel.SMS, brief)


def titles(short_title: str, can: Capability) -> tuple[str, ...]:
    """What a text may be headed by in this country, the fullest first."""
    return (short_title, NO_TITLE) if can.lets_say(short_title) else (NO_TITLE,)


def longest_values(settings: Settings, *, kind: str) -> dict[str, str]:
    """The longest that can come to stand in the holes of a text to a telephone."""
    reference = wording.LONGEST["reference"]
    return {
        **wording.LONGEST,
        "reference": reference if kind == "exercise" else reference.replace("-X", ""),
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
    if can.two_way:
        return WayIn.REPLY
    if can.links:
        return WayIn.LINK
    return WayIn.MAIL if any(addresses(office, (Channel.EMAIL,))) else WayIn.CALL


# --- before anything is sent ---------------------------------------------------------------------


def sms_at_its_longest(
    office: FocalPoint, *, settings: Settings, overrides: Overrides, provider: str
) -> Words:
    """The longest first notice that a telephone of this office can get, its holes filled."""
    can = capability(office.country, provider=provider, overrides=overrides)
    values = {**_PLAIN, "way": way_in(office, can).value, "phone": settings.duty_phone}
    language = languages.courtesy(office.languages or (), Channel.SMS)
    words = sms_words(values, can, language, settings)
    return words.filled(longest_values(settings, kind=_PLAIN["kind"]))


_PLAIN: Final = {
    "kind": "real", "reference": wording.hole("reference"), "purpose": Purpose.FIRST_NOTICE.value,
    "short_title": "m" * SHORT_TITLE_LIMIT,
}  # fmt: skip


def longest_texts(playbook: Playbook, *, settings: Settings) -> Iterator[tuple[WayIn, str]]:
    """The longest first notice to a telephone by each way to answer, as it is sent."""
    for way in WayIn:
        fits = _too_long(playbook.wording.short_title, way, settings) <= 0
        title = playbook.wording.short_title if fits else NO_TITLE
        yield way, _at_its_longest(title, way, settings)


def check_sms(playbook: Playbook, *, source: str, settings: Settings) -> None:
    """RefusedError where a text to a telephone cannot say this playbook's title in one part."""
    faults = tuple(sms_faults(playbook, settings=settings))
    if faults:
        raise RefusedError(source, faults)


def sms_faults(playbook: Playbook, *, settings: Settings) -> Iterator[Fault]:
    """Why a text to a telephone cannot say this playbook's title in one part, and how to mend it.

    Where it cannot, it would say that a consultation is urgent; even that has its limit.
    """
    title = playbook.wording.short_title
    for way in WayIn:
        over = min(_too_long(title, way, settings), _too_long(NO_TITLE, way, settings))
        if over > 0:
            wrong = f"a text that says how to answer by {way.value} is {over} characters too long"
            yield Fault(None, _CAUSE[way], wrong, f"Shorten {_CAUSE[way]} by {over}.")
        elif (over := _too_long(title, way, settings)) > 0:
            wrong = (
                f"a text that says how to answer by {way.value} has no room for it: it would say "
                f"'{NO_TITLE}' instead"
            )
            mend = f"Shorten it by {over} characters, or {_CAUSE[way]} by as many."
            yield Fault(None, "wording.short_title", wrong, mend)


_CAUSE: Final = {
    WayIn.REPLY: "the reference",
    WayIn.LINK: "CM_PUBLIC_URL",
    WayIn.MAIL: "CM_DUTY_PHONE",
    WayIn.CALL: "CM_DUTY_PHONE",
}


def _too_long(title: str, way: WayIn, settings: Settings) -> int:
    """By how many characters a text with this title is longer than one part; below 1 it fits."""
    return segments.count(_at_its_longest(title, way, settings)).units - segments.ONE_PART


def _at_its_longest(title: str, way: WayIn, settings: Settings) -> str:
    values = {**_PLAIN, "short_title": title, "way": way.value, "phone": settings.duty_phone}
    words = wording.write("first_notice", Channel.SMS, values)
    return wording.fill(words.body, longest_values(settings, kind=_PLAIN["kind"]))


# --- the co-chairs -------------------------------------------------------------------------------


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
    words = wording.write("concurrence", contact.channel, values)
    if contact.channel is Channel.SMS and can.two_way and not _is_one_part(words, about):
        return wording.write("concurrence", contact.channel, {**values, "links": False})
    return words


def _is_one_part(words: Words, about: About) -> bool:
    longest = longest_values(about.settings, kind=about.facts.kind.value)
    return segments.at_most(wording.fill(words.body, longest)).parts == 1


# --- at commit -----------------------------------------------------------------------------------


def values_if_sent(about: About, zone: str, *, now: datetime, reference: str) -> dict[str, str]:
    """The holes' values for a preview: the times mean "if sent now"."""
    deadline = now + about.playbook.deadline
    return {
        "reference": reference,
        "reference_spoken": wording.spelled(reference),
        "deadline": wording.clock_time(deadline),
        "deadline_local": wording.clock_time(deadline, zone),
        "code": "48213",
        "words": "HARBOUR LANTERN",
        "link": f"{about.settings.public_url}/a/{'x' * 16}",
    }


def queue_line(
    session: Session, activation: Activation, notice: Notice | None, line: Line, *,
    now: datetime, settings: Settings, key: str = "",
) -> Message | None:  # fmt: skip
    """As `queue_lines`, for one line; under a key of its own, where one is given."""
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
    return outbox.queue_all(session, texts, now=now)


def _values(
    session: Session, activation: Activation, notice: Notice | None, now: datetime
) -> Callable[[Line], Mapping[str, str]]:
    """What stands in the holes of a line."""
    reference = activation.situation.reference
    of_all = {"reference": reference, "reference_spoken": wording.spelled(reference)}
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
    lines: Iterable[Line],
    settings: Settings,
) -> None:
    until: dict[links.Seed, datetime | None] = {}
    for line in lines:
        is_co_chair = line.purpose is MessagePurpose.CONCURRENCE
        page = TokenPurpose.CONCUR if is_co_chair else TokenPurpose.LINK
        good = None if is_co_chair else links.good_until(activation)
        until[links.seed_for(page, activation, line.contact)] = good
        until[links.seed_for(TokenPurpose.MAIL, activation, line.contact)] = None
    links.issue_all(session, until, key=settings.key, notice=notice)


def code_for(session: Session, notice: Notice, contact: ContactPoint, *, now: datetime) -> str:
    """The five digits of this notice at this number: new ones once, the same ever after."""
    if contact.channel is not Channel.SMS:
        return ""
    own = session.scalar(
        select(ReplyCode.code)
        .where(ReplyCode.address == contact.address, ReplyCode.notice_id == notice.id)
        .order_by(ReplyCode.id)
    )
    if own is not None:
        return own
    code = _new_code(session, contact.address)
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


def _code(
    session: Session, activation: Activation, notice: Notice | None, line: Line, now: datetime
) -> str:
    """What stands in the hole for a code; nothing where the text has no such hole."""
    if notice is not None:
        return code_for(session, notice, line.contact, now=now)
    asks = wording.hole("code") in line.words.body
    return concurrence_code(session, activation, line.contact, now) if asks else ""


def concurrence_code(
    session: Session, activation: Activation, contact: ContactPoint, now: datetime
) -> str:
    """The five digits by which this number agrees or objects: new ones once, as for a notice."""
    own = session.scalar(
        select(ConcurrenceCode.code)
        .where(
            ConcurrenceCode.address == contact.address,
            ConcurrenceCode.activation_id == activation.id,
        )
        .order_by(ConcurrenceCode.id)
    )
    if own is not None:
        return own
    code = _new_code(session, contact.address)
    session.add(
        ConcurrenceCode(
            address=contact.address,
            code=code,
            activation_id=activation.id,
            contact_point_id=contact.id,
            issued_at=now,
        )
    )
    session.flush()
    return code


def _new_code(session: Session, address: str) -> str:
    """Five digits that have no meaning yet at this number, neither as a receipt nor as a word."""
    of_notices = select(ReplyCode.code).where(ReplyCode.address == address)
    of_co_chairs = select(ConcurrenceCode.code).where(ConcurrenceCode.address == address)
    taken = set(session.scalars(of_notices.union_all(of_co_chairs)))
    return next(code for code in _random_codes() if code not in taken)


def _random_codes() -> Iterator[str]:
    while True:
        yield codes.with_check_digit(secrets.randbelow(10_000))
