"""What has been agreed beforehand for one kind of situation, and how is it read from its file?

A playbook is pinned in an activation by its text and fingerprint: a later edit changes nothing
that runs.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

from mechanism.ladder import Ladder, Rung
from mechanism.quorum import Quorum, quorum
from mechanism.vocabulary import Channel, Rank
from playbooks.neutral import ShortTitle, Title
from validation import (
    Fault,
    Form,
    InvalidFileError,
    MendableError,
    NotEmpty,
    Once,
    PlainLine,
    PlainText,
    compose,
    line_of,
    published,
    read_yaml,
)

OWN_DIRECTORY: Final = Path(__file__).parent
_NAME: Final = r"[a-z0-9]+(-[a-z0-9]+)*"


class UnknownPlaybookError(LookupError):
    """There is no playbook of this name."""


class SituationRole(StrEnum):
    """What a member has to do with a situation; it says nothing about responsibility."""

    ORIGIN = "origin"
    TRANSIT = "transit"
    DESTINATION = "destination"
    RESCUE = "rescue"  # the search-and-rescue region is theirs
    CONSULAR = "consular"  # their nationals are among the persons
    HOLDING = "holding"  # the persons are in their hands


class StandingRole(StrEnum):
    """Whom a playbook asks whatever the situation; the directory says who they are."""

    CO_CHAIRS = "co_chairs"
    STEERING_GROUP = "steering_group"


IN_DIRECTORY: Final = {
    StandingRole.CO_CHAIRS: "co_chair",
    StandingRole.STEERING_GROUP: "steering_group",
}
"""The directory's word for each standing role."""


class ConcurrenceMode(StrEnum):
    """Whose word it takes to dispatch."""

    EITHER = "either"  # one co-chair acts; the other is told at once, and may agree or object
    BOTH = "both"  # nothing is sent before the other agrees, or the time-out passes


class AfterTimeOut(StrEnum):
    """What happens when the other co-chair has not been reached in time."""

    SEND = "send"
    WITHDRAW = "withdraw"


class Tlp(StrEnum):
    """A sharing mark of the Traffic Light Protocol 2.0; no national classification is possible."""

    RED = "TLP:RED"  # participants only
    AMBER_STRICT = "TLP:AMBER+STRICT"  # the recipient's organisation
    AMBER = "TLP:AMBER"  # that, and its clients who need to know
    GREEN = "TLP:GREEN"  # the community
    CLEAR = "TLP:CLEAR"  # anyone


def _iso_duration(value: object) -> object:
    """Refuse a bare number: 30 would be seconds to one reader and minutes to another."""
    written = r"P(?=.)(\d+W|(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?)"
    if isinstance(value, timedelta) or (
        isinstance(value, str) and re.fullmatch(written, value, re.ASCII)
    ):
        return value
    wrong = f"{value!r} is not a duration"
    raise MendableError(wrong, "Write it as PT30M, PT2H or P1D.")


def _share(value: object) -> object:
    """Refuse a share that is no share: 3/2, 1/0."""
    parts = (
        re.fullmatch(r"(\d{1,3})/(\d{1,3})", value, re.ASCII) if isinstance(value, str) else None
    )
    if parts and 0 < int(parts[1]) <= int(parts[2]):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    mend = "Write a number of members, such as 4, or a share of those asked, such as 2/3."
    raise MendableError(f"{value!r} is neither a number of members nor a share", mend)


Duration = Annotated[
    timedelta, BeforeValidator(_iso_duration), Field(ge=timedelta(0), le=timedelta(days=30))
]
MemberCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,15}$")]


class ConcurrenceForm(Form):
    """Whether a co-chair may act alone, and what happens while the other sleeps."""

    mode: ConcurrenceMode = Field(description="Who must agree before anything is sent.")
    time_out: Duration | None = Field(
        default=None, description="With `both` only: how long the other co-chair is waited for."
    )
    then: AfterTimeOut | None = Field(
        default=None, description="With `both` only: what happens when that time has passed."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = self.mode is ConcurrenceMode.BOTH
        if needed and not (self.time_out and self.then):
            mend = "Add time_out, such as PT30M, and then: send or withdraw."
            raise MendableError("'both' without a time-out and what happens then", mend)
        if not needed and (self.time_out is not None or self.then is not None):
            mend = "Remove time_out and then, or write mode: both."
            raise MendableError("'either' waits for nobody", mend)
        return self


class RungForm(Form):
    """`after` this long since dispatch began, tell these offices of a member by these channels."""

    after: Duration = Field(description="Time since the activation began.")
    tell: Annotated[tuple[Rank, ...], Once, NotEmpty] = Field(description="Whom to tell.")
    by: Annotated[tuple[Channel, ...], Once, NotEmpty] = Field(
        default=(Channel.EMAIL, Channel.SMS), description="By which channels."
    )


class LadderForm(Form):
    """The rungs in the order of their times."""

    rungs: Annotated[tuple[RungForm, ...], NotEmpty] = Field(max_length=20)
    ends: Duration = Field(description="When an unanswered member is handed to a person.")


class Ask(Form):
    """Which members are asked."""

    always: Annotated[tuple[StandingRole, ...], Once] = Field(
        default=(), description="Members who are asked whatever the situation."
    )
    by_role: Annotated[tuple[SituationRole, ...], Once] = Field(
        default=(), description="Roles in the situation whose members are asked."
    )
    suggested: dict[SituationRole, Annotated[tuple[MemberCode, ...], Once]] = Field(
        default_factory=dict,
        description="Members to begin with for each role; a co-chair changes them freely.",
    )


class QuorumForm(Form):
    """When a meeting may be proposed without waiting for more."""

    acknowledged: Annotated[
        int | str, BeforeValidator(_share, json_schema_input_type=int | str)
    ] = Field(description="How many of those asked must have acknowledged: 4, or 2/3.")
    must_include: Annotated[tuple[StandingRole, ...], Once] = Field(
        default=(), description="Who must be among them."
    )

    def of(self, asked: Mapping[str, Collection[str]]) -> Quorum:
        """What it takes when these members are asked, given their roles in the directory."""
        needed = {IN_DIRECTORY[role] for role in self.must_include}
        return quorum(asked, acknowledged=self.acknowledged, must_include=needed)


class MeetingForm(Form):
    """What is proposed to those who answered; a co-chair may change all of it."""

    level: PlainLine = Field(max_length=60, description="Such as: senior officials.")
    modality: PlainLine = Field(max_length=60, description="Such as: video conference.")
    lead: Duration = Field(description="Least time between the invitation and the start.")
    length: Annotated[Duration, Field(gt=timedelta(0))] = Field(description="How long it lasts.")
    agenda: Annotated[tuple[Annotated[PlainLine, Field(max_length=200)], ...], NotEmpty] = Field(
        default=(
            "Exchange of the latest information",
            "Coordination of support",
            "National, bilateral and regional responses",
        ),
        max_length=12,
        description="The items; the three standing ones unless changed.",
    )


class Wording(Form):
    """What this playbook adds to the texts; the texts themselves are the installation's."""

    title: Title = Field(description="Suggested title of the situation; neutral.")
    short_title: ShortTitle = Field(description="Suggested title for SMS: 41 plain characters.")
    email_intro: PlainText = Field(
        max_length=600, description="First paragraph of the e-mail; `{{ title }}` and the like."
    )
    requested_of_you: PlainText = Field(
        max_length=600, description="What the member is asked to do; `{{ deadline }}` and the like."
    )
    questions: tuple[Annotated[PlainLine, Field(max_length=160)], ...] = Field(
        default=(), max_length=16, description="What members are asked to tell, if they can."
    )
    marking: Tlp = Field(default=Tlp.AMBER_STRICT, description="How far the notice may go.")


class ProofForm(Form):
    """How sure it must be who answered; an answer that brings less counts, and is called back."""

    minimum: Annotated[StrictInt, Field(ge=1, le=3)] = Field(
        default=1, description="Least assurance: 1 any proof, 2 a link or a call, 3 both words."
    )
    second_listener: StrictBool = Field(
        default=False, description="Whether a second officer must listen to a call that counts."
    )


class Playbook(Form):
    """What has been agreed for one kind of situation."""

    name: Annotated[str, StringConstraints(pattern=f"^{_NAME}$", max_length=64)] = Field(
        description="Lower-case words joined by hyphens; the file's name without its ending."
    )
    title: Title = Field(description="What the list of playbooks shows.")
    version: Annotated[StrictInt, Field(ge=1)] = Field(description="One more with each change.")
    summary: PlainText = Field(max_length=600, description="When to use it.")
    life_at_risk: StrictBool = Field(
        description="Whether lives are at risk now: duty offices are then told at once."
    )
    concurrence: ConcurrenceForm
    ladder_form: LadderForm = Field(alias="ladder")
    deadline: Annotated[Duration, Field(gt=timedelta(0))] = Field(
        description="Within which time a member is asked to acknowledge."
    )
    ask: Ask
    proof: ProofForm = Field(
        default=ProofForm(), description="How sure it must be who answered; any proof if left out."
    )
    quorum: QuorumForm
    meeting: MeetingForm
    wording: Wording

    @property
    def ladder(self) -> Ladder:
        """The ladder as the rules know it."""
        form = self.ladder_form
        return Ladder(tuple(Rung(r.after, r.tell, r.by) for r in form.rungs), form.ends)

    def members_asked(
        self,
        directory_roles: Mapping[str, Collection[str]],
        states_by_role: Mapping[str, Collection[str]],
    ) -> tuple[str, ...]:
        """The codes of all who are asked, each once, in the order of their codes.

        A code that the directory does not know stays in: whoever calls must name it to a person.
        """
        standing = {IN_DIRECTORY[role] for role in self.ask.always}
        always = {code for code, roles in directory_roles.items() if standing & set(roles)}
        return tuple(sorted(always.union(*(states_by_role.get(r, ()) for r in self.ask.by_role))))


def read_playbook(text: str, *, source: str) -> Playbook:
    """The playbook as written; RefusedError with line, field and remedy where it does not fit."""
    return read_yaml(text, Playbook, source=source)


@lru_cache(maxsize=64)
def pinned(text: str, *, source: str) -> Playbook:
    """The playbook of a text; read once, for what is read of one text never changes."""
    return read_playbook(text, source=source)


def fingerprint(text: str) -> str:
    """SHA-256 of the text, the same whatever editor or checkout gave it its line ends."""
    lines = unicodedata.normalize("NFC", text.removeprefix("\ufeff")).splitlines()
    return sha256("\n".join(line.rstrip() for line in lines).strip("\n").encode()).hexdigest()


def playbook_names(directory: Path = OWN_DIRECTORY) -> tuple[str, ...]:
    """The names of the playbooks in a directory, in alphabetical order."""
    return tuple(sorted(path.stem for path in directory.glob("*.yaml")))


def load(name: str, directory: Path = OWN_DIRECTORY) -> tuple[str, Playbook]:
    """The text of a playbook, to be pinned, and its reading."""
    path = directory / f"{name}.yaml"
    if not re.fullmatch(_NAME, name) or not path.is_file():
        known = ", ".join(playbook_names(directory)) or "none"
        raise UnknownPlaybookError(f"no playbook is called {name!r}; known: {known}")
    text = path.read_text(encoding="utf-8")
    playbook = pinned(text, source=path.name)
    _refuse_other_name(playbook, text, path)
    return text, playbook


def _refuse_other_name(playbook: Playbook, text: str, path: Path) -> None:
    if playbook.name != path.stem:
        line = line_of(compose(text, source=path.name), ["name"])
        wrong = f"the playbook calls itself {playbook.name!r}, its file {path.stem!r}"
        raise InvalidFileError(path.name, [Fault(line, "name", wrong, "Give both the same name.")])


def schemas() -> dict[str, str]:
    """The published JSON Schema by its file's name."""
    return {"playbook.schema.json": published(Playbook)}
