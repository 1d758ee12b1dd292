"""What is written down of SMS to a country by one provider?

The same form serves the table that is shipped and the directory's own rows, which win over it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.tables import CountryCapability
from validation import Form, Plain, PlainLine

ANY_PROVIDER: Final = "any"
"""The provider of a row that is true of all of them, such as a country's own law."""


class Known(StrEnum):
    """What a source says; what nobody has said is unknown, and is not relied on."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # a directory's row may take a shipped "yes" back


class SenderKind(StrEnum):
    """What the telephone shows as the sender."""

    LONG = "long"  # a telephone number
    SHORT = "short"  # a short code
    ALPHA = "alpha"  # a name: it can never be replied to
    OVERWRITTEN = "overwritten"  # whatever the network puts there instead


class Alpha(StrEnum):
    """Whether a name may be the sender."""

    OPEN = "open"
    REGISTERED = "registered"  # after registration only
    NO = "no"


class Receipts(StrEnum):
    """What "delivered" means."""

    FULL = "full"  # the handset has it
    CARRIER = "carrier"  # the carrier has it; nothing is known of the handset


def _unquoted(value: object) -> object:
    """An unquoted yes or no is a truth value to YAML, and as clear to us as a quoted one."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


Answer = Annotated[Known, BeforeValidator(_unquoted)]
ProviderName = Annotated[Plain, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Word = Annotated[PlainLine, StringConstraints(max_length=40), AfterValidator(str.lower)]


class CapabilityFacts(Form):
    """What one source says; what is left out, it does not say."""

    two_way: Answer | None = Field(default=None, description="Whether a reply arrives.")
    sender_kind: SenderKind | None = None
    alpha_allowed: Annotated[Alpha | None, BeforeValidator(_unquoted)] = None
    registration: Annotated[Plain, StringConstraints(max_length=300)] | None = Field(
        default=None, description="What has to be registered, and how long it takes."
    )
    registered_until: date | None = None
    links_allowed: Answer | None = None
    shortener_allowed: Answer | None = None
    unicode_ok: Answer | None = Field(
        default=None, description="Whether other alphabets than GSM-7 arrive."
    )
    receipts: Receipts | None = None
    max_segments: Annotated[int, Field(ge=1, le=10)] | None = None
    max_septets: Annotated[int, Field(ge=70, le=160)] | None = Field(
        default=None, description="Where one segment has less room than 160."
    )
    forbidden_content: tuple[Word, ...] | None = Field(
        default=None, description="Subjects; where any is named, the SMS goes without the title."
    )
    forbidden_words: tuple[Word, ...] | None = Field(
        default=None, description="Words; a title that holds one is left out of the SMS."
    )
    note: Annotated[Plain, StringConstraints(max_length=300)] | None = None
    source: Annotated[PlainLine, StringConstraints(max_length=120)]
    as_of: date = Field(description="The source's day, or, where it has none, when it was read.")
    proved_by_drill_at: date | None = Field(
        default=None, description="When an exercise last showed that it is so."
    )


class CapabilityRow(CapabilityFacts):
    """The directory's own word about a country, in a roster file."""

    country: Annotated[PlainLine, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(
        description="ISO 3166, in quotation marks."
    )
    provider: ProviderName = Field(
        default=ANY_PROVIDER, description="Such as twilio; `any` is true of all."
    )


Overrides = Mapping[tuple[str, str], CapabilityFacts]
"""The directory's own rows, by country and provider."""


def overrides(session: Session) -> Overrides:
    """What the directory says itself, checked again as it is read."""
    rows = session.scalars(select(CountryCapability))
    return {(row.country, row.provider): CapabilityFacts.model_validate(row.says) for row in rows}


def replace(session: Session, rows: Sequence[CapabilityRow]) -> tuple[list[str], list[str]]:
    """Make the directory say this and nothing else; what is new or changed, and what is gone."""
    standing = {_key(row): row for row in session.scalars(select(CountryCapability))}
    wanted = {_key(row): _said(row) for row in rows}
    changed = [key for key, says in wanted.items() if not _stands(standing.get(key), says)]
    for country, provider in changed:
        says = wanted[country, provider]
        session.merge(CountryCapability(country=country, provider=provider, says=says))
    gone = [key for key in standing if key not in wanted]
    for key in gone:
        session.delete(standing[key])
    session.flush()
    return [_name(key) for key in changed], [_name(key) for key in gone]


def _key(row: CountryCapability | CapabilityRow) -> tuple[str, str]:
    return row.country, row.provider


def _stands(row: CountryCapability | None, says: Mapping[str, object]) -> bool:
    return row is not None and row.says == says


def _name(key: tuple[str, str]) -> str:
    return f"SMS to {key[0]} by {key[1]}"


def exported(session: Session) -> list[dict[str, object]]:
    """The directory's own rows as a roster file says them."""
    by_country = select(CountryCapability).order_by(
        CountryCapability.country, CountryCapability.provider
    )
    return [
        {"country": row.country, "provider": row.provider, **row.says}
        for row in session.scalars(by_country)
    ]


def _said(row: CapabilityRow) -> dict[str, object]:
    return row.model_dump(mode="json", exclude={"country", "provider"}, exclude_none=True)
