"""Notify: take the rungs of the ladder that are due.

A reminder and an escalation are the same act. Taking a rung, queueing its messages and setting the
next look are one transaction: a timer that fired while everything was down fires at the next start.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from convening.messages import compose
from convening.messages.compose import CANNOT_ANSWER_BY_TEXT, About, Line, Unwritten, WayIn
from mechanism.ladder import Climb, Ladder, Setback, Step, next_step
from mechanism.lifecycle import ActivationState, Health, NeedState, NoticeEvent, NoticeState
from mechanism.vocabulary import Channel, NeedCause, SetbackKind
from settings import Settings
from store import capabilities, contacts, directory, ledger, needs, setbacks
from store.act import ENGINE, Act, by_engine
from store.ledger import Because
from store.setbacks import STILL_CLIMBING
from store.tables import Activation, Need, Notice, RungTaken


def begin(
    session: Session, activation: Activation, *, now: datetime, settings: Settings,
    written: Sequence[Line] = (),
) -> None:  # fmt: skip
    """The activation has begun: take the first rung of every notice, in the same transaction.

    `written` are its lines as they have been confirmed in this transaction; they are sent as they
    stand.
    """
    for notice in activation.notices:
        if notice.state is NoticeState.WAITING:
            notice.due_at = now
    session.flush()
    take_due_rungs(session, now=now, settings=settings, activation=activation, written=written)


def due_activations(session: Session, *, now: datetime) -> list[int]:
    """Ids of activations of which some notice is due for a look."""
    query = (
        select(Notice.activation_id)
        .join(Activation)
        .where(
            Notice.due_at <= now,
            Notice.state.in_(STILL_CLIMBING),
            Activation.state == ActivationState.ACTIVE,
        )
        .distinct()
    )
    return list(session.scalars(query))


def take_due_rungs(
    session: Session, *, now: datetime, settings: Settings, activation: Activation,
    written: Sequence[Line] = (),
) -> int:  # fmt: skip
    """Take every due rung of an activation; how many notices were looked at."""
    if activation.state is not ActivationState.ACTIVE:
        return 0
    query = (
        select(Notice)
        .where(
            Notice.activation_id == activation.id,
            Notice.due_at <= now,
            Notice.state.in_(STILL_CLIMBING),
        )
        .order_by(Notice.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    due = list(session.scalars(query))
    if due:
        about = compose.about(
            activation, directory.co_chairs(session), now=now, settings=settings,
            overrides=capabilities.overrides(session),
        )  # fmt: skip
        for notice in due:
            own = [line for line in written if line.member.code == notice.member_code]
            _climb(session, notice, about, own, now, settings)
    return len(due)


def _climb(
    session: Session,
    notice: Notice,
    about: About,
    written: Sequence[Line | Unwritten],
    now: datetime,
    settings: Settings,
) -> None:
    began_at = notice.activation.began_at
    if began_at is None:
        return
    ladder = about.playbook.ladder
    climb = Climb(
        began_at=began_at,
        taken=frozenset(taken.rung for taken in notice.rungs),
        setbacks=frozenset(
            Setback(s.contact_point.focal_point.rank, s.contact_point.channel)
            for s in notice.setbacks
        ),
        reachable=contacts.reachable(notice.member, ladder),
        unwritten=contacts.unwritten(notice.member),
    )
    step = next_step(ladder, climb, now=now)
    written = written or list(compose.lines_at_night(about, notice.member, step.tell))
    lines = [one for one in written if isinstance(one, Line)]
    broken = [one for one in written if isinstance(one, Unwritten)]
    told = _tell(session, notice, lines, now, settings)
    if step.take:
        _take(session, notice, step, told, now)
    if step.ended:
        _ended(session, notice, now)
    else:
        notice.due_at = step.look_again_at
        _need_a_call(session, notice, lines, now)
        _could_not_write(session, notice, broken, now)
        _nobody_left(session, notice, ladder, now)


def _tell(
    session: Session, notice: Notice, lines: Sequence[Line], now: datetime, settings: Settings
) -> int:
    queued = compose.queue_lines(
        session, notice.activation, notice, lines, now=now, settings=settings
    )
    return len(queued)


def _need_a_call(session: Session, notice: Notice, lines: Sequence[Line], now: datetime) -> None:
    """The text itself leads to no answer: a person telephones.

    Where an e-mail can still be answered, nobody is woken before the ladder looks again.
    """
    if any(line.way in CANNOT_ANSWER_BY_TEXT for line in lines):
        by_mail = any(line.way is WayIn.MAIL for line in lines) and _can_be_mailed(notice)
        needs.raise_need(
            session,
            by_engine(now),
            NeedCause.UNREACHED,
            f"{notice.member.display_name} cannot answer a text, neither by reply nor by link: "
            "telephone.",
            key=_call_line(notice),
            activation=notice.activation,
            notice=notice,
            tell_at=notice.due_at if by_mail else None,
        )
    standing = session.scalar(_open_line(_call_line(notice)))
    if standing is not None and standing.times_told == 0 and not _can_be_mailed(notice):
        standing.due_at = now


def _can_be_mailed(notice: Notice) -> bool:
    """Whether any office of the member has an e-mail address that nothing speaks against."""
    failed = {setback.contact_point_id for setback in notice.setbacks}
    return any(
        contact.id not in failed and contact.health is not Health.FAILED
        for office in notice.member.focal_points
        if office.retired_at is None
        for contact in contacts.addresses(office, (Channel.EMAIL,))
    )


def _take(session: Session, notice: Notice, step: Step, told: int, now: datetime) -> None:
    session.add_all(RungTaken(notice_id=notice.id, rung=rung, at=now) for rung in step.take)
    because = Because(
        data={
            "member": notice.member_code,
            "rungs": list(step.take),
            "purposes": sorted({tell.purpose.value for tell in step.tell}),
            "messages": told,
        }
    )
    ledger.move(session, by_engine(now), notice, NoticeEvent.RUNG_TAKEN, because=because)
    session.flush()
    session.expire(notice, ["rungs"])


def _ended(session: Session, notice: Notice, now: datetime) -> None:
    """The ladder has ended: from here on a person works on it, and is told so."""
    because = Because(data={"member": notice.member_code})
    ledger.move(
        session, by_engine(now), notice, NoticeEvent.LADDER_ENDED, because=because, due_at=None
    )
    _need_a_person(session, notice, now)


def _could_not_write(
    session: Session, notice: Notice, broken: Sequence[Unwritten], now: datetime
) -> None:
    """The other channel and the alternate are next, at once; and a person is told of each."""
    for one in broken:
        session.flush()  # the next look is set; the setback brings it forward
        setbacks.record(
            session, notice, one.contact, SetbackKind.NOT_CARRIED, now=now, note="unwritable"
        )
        needs.raise_need(
            session,
            by_engine(now),
            NeedCause.NOT_SENT,
            f"The text to {one.office.office}, {notice.member.display_name}, could not be written: "
            f"{one.template} is broken. Telephone.",
            key=f"unwritable/{notice.id}/{one.contact.id}",
            activation=notice.activation,
            notice=notice,
        )


def _nobody_left(session: Session, notice: Notice, ladder: Ladder, now: datetime) -> None:
    """Every address of the member has failed: waiting for the ladder's end would be silence."""
    points = {
        c.id
        for office in notice.member.focal_points
        if office.retired_at is None
        for c in contacts.addresses(office, ladder.channels)
    }
    if points <= {s.contact_point_id for s in notice.setbacks}:
        _need_a_person(session, notice, now)


def _need_a_person(session: Session, notice: Notice, now: datetime) -> None:
    """One line a member; where it stands already, it is told again at the ladder's end."""
    weaker = session.scalar(_open_line(_call_line(notice)))
    if weaker is not None:
        needs.settle(session, Act(ENGINE, now, signature="no automatic step is left"), weaker)
    key = f"unreached/{notice.id}"
    standing = session.scalar(_open_line(key))
    if standing is None:
        needs.raise_need(
            session,
            by_engine(now),
            NeedCause.UNREACHED,
            f"{notice.member.display_name} has not been reached. No automatic step is left: "
            "telephone.",
            key=key,
            activation=notice.activation,
            notice=notice,
        )
    elif notice.state is NoticeState.UNREACHED:
        standing.due_at = now


def _call_line(notice: Notice) -> str:
    """The key of the line that a text to this member leads to no answer."""
    return f"call/{notice.id}"


def _open_line(key: str) -> Select[Need]:
    return select(Need).where(Need.dedupe_key == key, Need.state == NeedState.OPEN)
