"""Which exercises were held, and how did each come out?

Scored is what was answered within the window by an office on file; whatever came later, or from
elsewhere, is shown apart and never added.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from starlette.responses import Response

from convening import meeting
from dashboard.web import labels
from dashboard.web.errors import RefusedError
from dashboard.web.labels import Sign
from dashboard.web.layout import band_for, page
from dashboard.web.page import DESK, READERS, MenuEntry, Page, PageRequest
from mechanism import wording
from mechanism.lifecycle import ACTIVATION_ENDS
from mechanism.vocabulary import Kind
from playbooks.situation import ExerciseFacts, SituationFacts
from store.tables import Activation, Attempt, Message, Notice, Situation

SHARES: Final = ((50, "Half"), (90, "Nine in ten"))


@dataclass(frozen=True)
class Answered:
    """One member in an exercise."""

    code: str
    name: str
    after: timedelta | None  # None: never
    how: str
    scored: bool


@dataclass(frozen=True)
class ExerciseFigure:
    """One figure of an exercise; None where it was not reached within the window."""

    name: str
    after: timedelta | None


@dataclass(frozen=True)
class Held:
    """One exercise as it came out."""

    activation: Activation
    sign: Sign
    sort: str
    announced: str
    window: timedelta
    answered: tuple[Answered, ...]
    figures: tuple[ExerciseFigure, ...]

    @property
    def asked(self) -> int:
        """How many members were asked."""
        return len(self.answered)

    @property
    def scored(self) -> list[Answered]:
        """Within the window, by an office on file."""
        return [one for one in self.answered if one.scored]

    @property
    def apart(self) -> list[Answered]:
        """What does not count: too late, or not from details on file."""
        return [one for one in self.answered if one.after is not None and not one.scored]

    @property
    def silent(self) -> list[Answered]:
        """Whoever never answered."""
        return [one for one in self.answered if one.after is None]

    @property
    def half_after(self) -> timedelta | None:
        """When half of those asked had answered."""
        return next(one.after for one in self.figures if one.name == "Half had acknowledged")


def show_exercises(request: PageRequest) -> Response:
    """Every exercise, the newest first, with what it showed."""
    with request.installation.database.reading() as session:
        return page(
            request,
            "exercises/list.html",
            exercises=[held(session, one) for one in session.scalars(_exercises())],
            may_begin=request.who.role in DESK,
        )


def show_exercise(request: PageRequest) -> Response:
    """One exercise, figure by figure and member by member."""
    with request.installation.database.reading() as session:
        named = Situation.reference == request.part("reference")
        activation = session.scalars(_exercises().join(Activation.situation).where(named)).first()
        if activation is None:
            raise RefusedError(404, "There is no exercise with this reference.")
        ended = activation.state in ACTIVATION_ENDS
        return page(
            request,
            "exercises/exercise.html",
            band=band_for(activation),
            held=held(session, activation),
            ended=ended,
        )


def _exercises() -> Select[Activation]:
    return (
        select(Activation)
        .where(Activation.kind == Kind.EXERCISE)
        .order_by(Activation.triggered_at.desc())
        .options(
            joinedload(Activation.situation),
            selectinload(Activation.notices).options(
                joinedload(Notice.acknowledgement), joinedload(Notice.member)
            ),
        )
    )


def held(session: Session, activation: Activation) -> Held:
    """How an exercise came out, or stands."""
    facts = SituationFacts.model_validate(activation.plan["facts"]).exercise or ExerciseFacts()
    began = activation.began_at or activation.triggered_at
    window = facts.window or (activation.deadline_at or began) - began
    answered = tuple(
        _answered(notice, began, window)
        for notice in sorted(activation.notices, key=lambda n: n.member.display_name)
    )
    return Held(
        activation,
        labels.ACTIVATION[activation.state],
        labels.SORT[facts.sort],
        "Announced" if facts.announced else "No notice",
        window,
        answered,
        tuple(_figures(session, activation, began, answered)),
    )


def _answered(notice: Notice, began: datetime, window: timedelta) -> Answered:
    """What was answered, and whether it counts."""
    told = notice.acknowledgement
    if told is None:
        return Answered(notice.member_code, notice.member.display_name, None, "", scored=False)
    after = max(told.at - began, timedelta(0))
    on_file = told.focal_point_id is not None or notice.member_code == _issuer(notice)
    how = wording.BY_DOOR[told.door] + ("" if on_file else ", not from details on file")
    scored = on_file and after <= window
    return Answered(notice.member_code, notice.member.display_name, after, how, scored=scored)


def _issuer(notice: Notice) -> str:
    """Who triggers has received: its own desk is on file."""
    return notice.activation.triggered_for


def _figures(
    session: Session, activation: Activation, began: datetime, answered: Sequence[Answered]
) -> Iterator[ExerciseFigure]:
    first = _first_message(session, activation)
    yield ExerciseFigure("First message left", first - began if first else None)
    scored = {one.code: one.after for one in answered if one.scored and one.after is not None}
    times = sorted(scored.values())
    for share, name in SHARES:
        yield ExerciseFigure(
            f"{name} had acknowledged", _when(times, -(-share * len(answered) // 100))
        )
    quorum, counting = meeting.quorum_of(activation), meeting.counting(activation)
    counted = {code: after for code, after in scored.items() if code in counting}
    yield ExerciseFigure(f"Quorum of {quorum.number}", quorum.reached_at(counted))


def _when(times: Sequence[timedelta], number: int) -> timedelta | None:
    return times[number - 1] if 0 < number <= len(times) else None


def _first_message(session: Session, activation: Activation) -> datetime | None:
    query = (
        select(func.min(Attempt.began_at))
        .join(Attempt.message)
        .where(Message.activation_id == activation.id)
    )
    return session.scalar(query)


EXERCISES: Final = Page("/exercises", show_exercises, lets=READERS, menu=MenuEntry("Exercises"))
EXERCISE: Final = Page("/exercises/{reference}", show_exercise, lets=READERS)
