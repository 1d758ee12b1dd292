"""What is known of one situation, and how is it read from a file or a form?

A figure is never a bare number: it carries its date, its source, and whether it was observed or is
a planning value.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)

from playbooks.neutral import ShortTitle, Title
from playbooks.schema import Duration, MemberCode, SituationRole
from validation import Form, MendableError, Once, PlainLine, PlainText, published, read_yaml


class SituationKind(StrEnum):
    """Whether it is real; fixed for ever when the situation is opened."""

    REAL = "real"
    EXERCISE = "exercise"


class FigureKind(StrEnum):
    """Two different things that must never be added or compared."""

    OBSERVED = "observed"  # counted or estimated of what is
    PLANNING = "planning"  # assumed of what may come


class FigureStatus(StrEnum):
    """How far a figure is to be trusted."""

    REPORTED = "reported"
    ESTIMATED = "estimated"
    VERIFIED = "verified"
    DISPUTED = "disputed"


def _with_zone(value: object) -> object:
    """Refuse a bare date, a time without its zone, and a number that would be seconds of 1970."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        instant = None
    if not isinstance(instant, datetime) or instant.tzinfo is None:
        mend = "Write date, time and zone, such as 2026-11-23T06:00:00Z."
        raise MendableError("it is not an instant with its zone", mend)
    return instant


Instant = Annotated[AwareDatetime, BeforeValidator(_with_zone)]
Count = Annotated[StrictInt, Field(ge=0, le=1_000_000_000)]


class Range(Form):
    """Between two counts, both included."""

    minimum: Count
    maximum: Count

    @model_validator(mode="after")
    def _upward(self) -> Self:
        if self.minimum > self.maximum:
            raise MendableError("the minimum is above the maximum", "Exchange the two.")
        return self


def _as_range(value: object) -> object:
    """A single count is a range of one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {"minimum": value, "maximum": value}
    return value


class FigureFacts(Form):
    """One number about a situation, with what it takes to believe it."""

    label: Annotated[PlainLine, Field(max_length=120, description="What is counted.")]
    kind: FigureKind
    value: Annotated[Range, BeforeValidator(_as_range, json_schema_input_type=Count | Range)] = (
        Field(description="A whole number, or its minimum and maximum.")
    )
    unit: Annotated[PlainLine, Field(max_length=40, description="Such as: persons, boats.")]
    as_of: Instant = Field(description="The instant that the number is of, with its zone.")
    source: Annotated[PlainLine, Field(max_length=200, description="Who says so, and when.")]
    status: FigureStatus
    note: Annotated[PlainLine, Field(max_length=300)] | None = Field(
        default=None, description="Scope and method, where they matter."
    )

    @model_validator(mode="before")
    @classmethod
    def _no_bare_number(cls, value: Any) -> Any:
        if isinstance(value, int | float | str):
            mend = "Give label, kind, value, unit, as_of, source and status."
            raise MendableError("a number without date and source", mend)
        return value


class Place(Form):
    """Where it is."""

    name: Annotated[PlainLine, Field(max_length=120)]
    latitude: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    search_and_rescue_region: Annotated[PlainLine, Field(max_length=120)] | None = Field(
        default=None, description="Whose region it is, as the centres themselves say."
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            mend = "Give latitude and longitude, or neither."
            raise MendableError("half a position", mend)
        return self


class ExerciseSort(StrEnum):
    """What an exercise tries."""

    COMMS_CHECK = "comms_check"  # whether every address answers
    DRILL = "drill"  # the whole way, up to the meeting and its record
    TABLETOP = "tabletop"  # people around a table; messages only as far as they wish


class ExerciseFacts(Form):
    """What is agreed of an exercise before it begins, and by what it is scored."""

    sort: ExerciseSort = ExerciseSort.DRILL
    announced: StrictBool = Field(
        default=False, description="Whether the members were told of it beforehand."
    )
    window: Duration | None = Field(
        default=None, description="Within which an answer is scored; the deadline if left out."
    )


ROLE_IN_WORDS: Final = {
    SituationRole.ORIGIN: "Origin",
    SituationRole.TRANSIT: "Transit",
    SituationRole.DESTINATION: "Destination",
    SituationRole.RESCUE: "State of the search and rescue region",
    SituationRole.CONSULAR: "Nationality of the persons",
    SituationRole.HOLDING: "Where the persons are held",
}


class SituationFacts(Form):
    """What is known of a situation when the members are asked; the first four facts suffice."""

    kind: SituationKind
    title: Title = Field(description="Neutral, at most 60 characters; reviewed, never generated.")
    short_title: ShortTitle = Field(description="For SMS: at most 41 plain characters.")
    what_happened: PlainText = Field(max_length=2000, description="Plain text for any reader.")
    where: Place
    as_of: Instant = Field(description="The instant that the facts are of, with its zone.")
    figures: tuple[FigureFacts, ...] = Field(default=(), max_length=40)
    states_by_role: dict[SituationRole, Annotated[tuple[MemberCode, ...], Once]] = Field(
        default_factory=dict, description="Codes of the roster, for each role in the situation."
    )
    mrcc_informed: Annotated[PlainText, Field(max_length=500)] | None = Field(
        default=None, description="Whether and which rescue coordination centre was informed."
    )
    actions_taken: tuple[Annotated[PlainText, Field(max_length=300)], ...] = Field(
        default=(), max_length=20, description="What has been done, and by whom."
    )
    not_known: Annotated[PlainText, Field(max_length=1000)] | None = Field(
        default=None, description="What is not known yet."
    )
    exercise: ExerciseFacts | None = Field(
        default=None, description="Of an exercise: its sort, whether announced, its window."
    )
    playbook: str = Field(default="generic", max_length=64, description="Name of the playbook.")
    requested_of_you: Annotated[PlainText, Field(max_length=600)] | None = Field(
        default=None,
        description="What is asked of members, as plain text; else the playbook's own words.",
    )


def read_situation(text: str, *, source: str) -> SituationFacts:
    """The facts as written; RefusedError with line, field and remedy where they do not fit."""
    return read_yaml(text, SituationFacts, source=source)


def schemas() -> dict[str, str]:
    """The published JSON Schema by its file's name."""
    return {"situation.schema.json": published(SituationFacts)}
