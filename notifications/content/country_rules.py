"""What may an SMS to a country say, and what may be believed of it?

The table beside this file is a seed from public sources; the directory's own rows win over it. A
text promises only what is known: where nothing is known, a reply cannot be relied on until a drill
proves otherwise, and what one provider can do says nothing about another.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import phonenumbers
import yaml
from pydantic import ValidationError

from mechanism.vocabulary import Channel
from notifications.content.gsm_segments import Alphabet, Segments
from notifications.registry import ROWS
from store.capabilities import (
    ANY_PROVIDER,
    Alpha,
    CapabilityFacts,
    Known,
    Overrides,
    Receipts,
    SenderKind,
)

TABLE: Final = Path(__file__).with_name("country_rules.yaml")
DEFAULT_PROVIDER: Final = next(row.name for row in ROWS if row.channel is Channel.SMS)
NO_OVERRIDES: Final[Overrides] = MappingProxyType({})

Table = Mapping[tuple[str, str], CapabilityFacts]


@dataclass(frozen=True)
class Source:
    """Who says so, and as of when; `own` where it is the directory's own row."""

    name: str
    as_of: date
    own: bool


@dataclass(frozen=True)
class Capability:
    """What may be promised and believed about SMS to one country by one provider."""

    two_way: bool  # a reply arrives
    links: bool  # a link is not known to be forbidden
    receipts: bool  # "delivered" means that the handset has it
    unicode_ok: bool  # other alphabets are not known to be refused
    shortener: bool  # shortened links are not known to be refused; we send none in any case
    alpha_allowed: Alpha | None
    registration: str
    registered_until: date | None
    max_segments: int
    septets: int  # room in one segment of GSM-7
    forbidden_content: tuple[str, ...]
    forbidden_words: tuple[str, ...]
    note: str
    sources: tuple[Source, ...]  # the nearest first
    proved_by_drill_at: date | None

    def lets_say(self, title: str) -> bool:
        """Whether a text may hold this title; else it says that a consultation is urgent."""
        lower = title.lower()
        return not self.forbidden_content and not any(w in lower for w in self.forbidden_words)

    def has_room(self, cost: Segments) -> bool:
        """Whether a text of this cost arrives as one SMS."""
        if cost.alphabet is Alphabet.UCS2:
            return self.unicode_ok and cost.parts == 1
        return cost.parts == 1 and cost.units <= self.septets


class BadTable(ValueError):  # noqa: N818 - what it is, not where it came from
    """The table of countries cannot be trusted; says which country and which field."""


def capability(
    country: str, *, provider: str = DEFAULT_PROVIDER, overrides: Overrides = NO_OVERRIDES
) -> Capability:
    """What an SMS to this country (ISO 3166-1, two letters) can do by this provider."""
    return _capability(list(_layers(country.upper(), provider, overrides)))


def read_table(path: Path) -> Table:
    """The table in a file, checked."""
    countries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(countries, dict):
        raise BadTable(f"{path.name}: not a table of countries")
    return {
        (_code(country, path), str(provider)): _facts(f"{country}: {provider}", facts, path)
        for country, rows in countries.items()
        for provider, facts in _rows(country, rows, path)
    }


@cache
def _shipped() -> Table:
    return read_table(TABLE)


def _layers(
    country: str, provider: str, overrides: Overrides
) -> Iterator[tuple[CapabilityFacts, bool]]:
    """Every row that speaks of it, the nearest first, and whether it is the directory's own."""
    for table, own in ((overrides, True), (_shipped(), False)):
        for name in (provider, ANY_PROVIDER):
            facts = table.get((country, name))
            if facts is not None:
                yield facts, own


def _capability(layers: list[tuple[CapabilityFacts, bool]]) -> Capability:
    said = _nearest(facts for facts, _ in layers)
    is_name = said["sender_kind"] is SenderKind.ALPHA
    return Capability(
        two_way=said["two_way"] is Known.YES and not is_name,
        links=said["links_allowed"] is not Known.NO,
        receipts=said["receipts"] is Receipts.FULL,
        unicode_ok=said["unicode_ok"] is not Known.NO,
        shortener=said["shortener_allowed"] is not Known.NO,
        alpha_allowed=said["alpha_allowed"],
        registration=said["registration"] or "",
        registered_until=said["registered_until"],
        max_segments=said["max_segments"] or 1,
        septets=said["max_septets"] or 160,
        forbidden_content=said["forbidden_content"] or (),
        forbidden_words=said["forbidden_words"] or (),
        note=said["note"] or "",
        sources=tuple(Source(facts.source, facts.as_of, own) for facts, own in layers),
        proved_by_drill_at=said["proved_by_drill_at"],
    )


def _nearest(layers: Iterable[CapabilityFacts]) -> dict[str, Any]:
    """Each field as the nearest row says it; None where none does."""
    rows = list(layers)
    return {
        name: next((said for row in rows if (said := getattr(row, name)) is not None), None)
        for name in CapabilityFacts.model_fields
    }


def _code(key: object, path: Path) -> str:
    if not isinstance(key, str) or key not in phonenumbers.SUPPORTED_REGIONS:
        raise BadTable(f"{path.name}: {key!r} is not a quoted ISO 3166 code of a country")
    return key


def _rows(country: object, rows: object, path: Path) -> Iterable[tuple[object, object]]:
    if not isinstance(rows, dict) or not rows:
        raise BadTable(f"{path.name}: {country}: not a list of providers")
    return rows.items()


def _facts(name: str, row: object, path: Path) -> CapabilityFacts:
    try:
        return CapabilityFacts.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "row"
        raise BadTable(f"{path.name}: {name}: {field}: {first['msg']}") from error
