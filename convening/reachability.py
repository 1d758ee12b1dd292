"""What will work today: how is each office reached, and how can it answer?

Read off the directory, the countries' table and what traffic has shown; nothing is sent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from convening.messages import compose, preflight
from convening.messages.compose import WayIn
from mechanism.lifecycle import Health
from mechanism.vocabulary import Channel, Rank
from notifications.content import gsm_segments, translations
from notifications.content.country_rules import Capability, capability
from notifications.content.gsm_segments import Alphabet, Segments
from notifications.content.templates import Words
from settings import Settings
from store import capabilities, contacts, directory
from store.capabilities import Overrides
from store.tables import AnswerRead, ContactPoint, FocalPoint, Member, Reply


class Reachability(StrEnum):
    """Whether an address will work; the worse comes first on the page."""

    FAILED = "failed"  # it came back, is opted out, or there is none
    UNPROVEN = "unproven"  # nobody has ever answered from it, or the office's word is too old
    OK = "ok"  # an answer came from it, and the office has confirmed it


WORST_FIRST: Final = tuple(Reachability)


@dataclass(frozen=True)
class Reach:
    """One address of an office, or that it has none by a channel."""

    member: Member
    office: FocalPoint
    channel: Channel
    contact: ContactPoint | None
    verdict: Reachability
    why: str
    answers_by: str
    language: str
    parts: int  # of the longest text, 0 for an e-mail
    units: int
    room: int  # in one part, by the text's alphabet and the network
    fits: bool
    last_proof: datetime | None
    can: Capability | None  # None for an e-mail

    @property
    def needs_a_call(self) -> bool:
        """Whether its text leads to no answer, so that a person telephones at once."""
        if self.channel is not Channel.SMS or self.can is None:
            return False
        return not self.can.two_way and not self.can.links

    @property
    def sentence(self) -> str:
        """One line for a terminal; no address stands in it."""
        who = f"{self.member.code} {self.office.rank} {self.channel}: {self.verdict.value}"
        why = f" ({self.why})" if self.why else ""
        length = f"; longest text {self.units} of {self.room}" if self.parts else ""
        answers = f"; can answer by {self.answers_by}; {self.language}" if self.answers_by else ""
        return f"{who}{why}{answers}{length}"

    def as_line(self) -> dict[str, object]:
        """What a program reads of it."""
        proof = self.last_proof.isoformat() if self.last_proof is not None else None
        return {
            "member": self.member.code,
            "office": self.office.rank.value,
            "country": self.office.country,
            "channel": self.channel.value,
            "verdict": self.verdict.value,
            "why": self.why,
            "answers_by": self.answers_by,
            "language": self.language,
            "parts": self.parts,
            "units": self.units,
            "last_answer": proof,
        }


ANSWERS_BY: Final[Mapping[WayIn, str]] = {
    WayIn.REPLY: "an SMS",
    WayIn.LINK: "the link in the SMS",
    WayIn.MAIL: "our e-mail, or a call: no reply, no link",
    WayIn.CALL: "a call only: no reply, no link, no e-mail",
}


def today(session: Session, *, now: datetime, settings: Settings) -> list[Reach]:
    """Every office by e-mail and by SMS, what does not work first."""
    look = _Look(
        capabilities.overrides(session), _last_proofs(session), now.date(), settings,
    )  # fmt: skip
    found = [
        reach
        for member in directory.members(session)
        for rank in Rank
        for office in contacts.offices(member, rank)
        for reach in look.office(office)
    ]
    return sorted(found, key=_problems_first)


def _problems_first(reach: Reach) -> tuple[int, int, str, int]:
    return (
        WORST_FIRST.index(reach.verdict),
        0 if not reach.fits or reach.needs_a_call else 1,
        reach.member.display_name,
        reach.office.rank_order,
    )


@dataclass(frozen=True)
class _Look:
    overrides: Overrides
    proofs: Mapping[int, datetime]
    today: date
    settings: Settings

    def office(self, office: FocalPoint) -> Iterator[Reach]:
        for channel in compose.SENDABLE:
            standing = [
                c for c in office.contact_points if c.channel is channel and c.retired_at is None
            ]
            for contact in standing:
                yield self._address(office, contact)
            if not standing:
                yield self._none(office, channel)

    def _address(self, office: FocalPoint, contact: ContactPoint) -> Reach:
        by_sms = contact.channel is Channel.SMS
        words = self._longest(office) if by_sms else None
        cost = gsm_segments.count(words.body) if words is not None else None
        verdict, why = self._judged(contact)
        return Reach(
            member=office.member,
            office=office,
            channel=contact.channel,
            contact=contact,
            verdict=verdict,
            why=why,
            answers_by=ANSWERS_BY[self._way(office)] if by_sms else "e-mail, or the link in it",
            language=_spoken(office, contact.channel, words.language if words else None),
            parts=cost.parts if cost is not None else 0,
            units=cost.units if cost is not None else 0,
            room=_room(cost, self._can(office)) if cost is not None else 0,
            fits=cost is None or self._can(office).has_room(cost),
            last_proof=self.proofs.get(contact.id),
            can=self._can(office) if by_sms else None,
        )

    def _none(self, office: FocalPoint, channel: Channel) -> Reach:
        return Reach(
            office.member, office, channel, None,
            Reachability.FAILED, "no address is on file", "", "", 0, 0, 0, True, None, None,
        )  # fmt: skip

    def _judged(self, contact: ContactPoint) -> tuple[Reachability, str]:
        if contact.health is Health.OPTED_OUT:
            return Reachability.FAILED, "opted out: only the office itself can undo it"
        if contact.health is Health.FAILED:
            return Reachability.FAILED, contact.health_note or "the last message came back"
        if contact.health is Health.UNPROVEN:
            return Reachability.UNPROVEN, "nobody has answered from it yet"
        if directory.stale(contact, today=self.today):
            return Reachability.UNPROVEN, "the office has not confirmed it for 90 days"
        return Reachability.OK, ""

    def _way(self, office: FocalPoint) -> WayIn:
        return compose.way_to_answer(
            office, provider=self._carrier(office), overrides=self.overrides
        )

    def _can(self, office: FocalPoint) -> Capability:
        provider = self._carrier(office)
        return capability(office.country, provider=provider, overrides=self.overrides)

    def _longest(self, office: FocalPoint) -> Words:
        return preflight.sms_at_its_longest(
            office,
            settings=self.settings,
            overrides=self.overrides,
            provider=self._carrier(office),
        )

    def _carrier(self, office: FocalPoint) -> str:
        return compose.carrier_of(office, self.settings)


def _room(cost: Segments, can: Capability) -> int:
    return can.septets if cost.alphabet is Alphabet.GSM7 else gsm_segments.ONE_PART_UCS2


def _spoken(office: FocalPoint, channel: Channel, of_sms: str | None) -> str:
    """The language in English, with the courtesy below it where there is one."""
    if channel is Channel.SMS:
        known = translations.language_of(of_sms or "")
        return known.english_name if known is not None else "English"
    below = translations.courtesy(office.languages, channel)
    return f"English, with {below.english_name} below" if below is not None else "English"


def _last_proofs(session: Session) -> dict[int, datetime]:
    """When somebody last answered from an address: by a reply, by its link, or when called."""
    replied = (
        select(AnswerRead.contact_point_id, func.max(Reply.received_at))
        .join(Reply, Reply.id == AnswerRead.reply_id)
        .where(AnswerRead.contact_point_id.is_not(None), AnswerRead.automatic.is_(False))
        .group_by(AnswerRead.contact_point_id)
    )
    return {contact: at for contact, at in session.execute(replied) if contact is not None}


def lacking_languages(session: Session) -> Iterator[tuple[Member, str]]:
    """What each member's offices want and no text is in, one sentence a member."""
    for member in directory.members(session):
        wanted = {
            tag for rank in Rank for o in contacts.offices(member, rank) for tag in o.languages
        }
        lacking = translations.lacking(sorted(wanted))
        if lacking:
            names = ", ".join(lacking)
            yield member, f"{member.display_name}: there is no courtesy text in {names}."
