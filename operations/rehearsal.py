"""Rehearse: one whole consultation, unattended, through the real code.

The gateway, the web and the engine are started as processes of their own; messages leave by HTTP
and SMTP, answers come back by signed webhooks, mail and links; only the clock is told, and the
people are personas. A rehearsal is an exercise, and its record says that its times are simulated.
"""

import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import activate, meeting, record, stand_down, timeline
from mechanism.lifecycle import NOTICE_ENDS, MessageState, NoticeState
from mechanism.vocabulary import AttendanceAnswer, MessagePurpose, PointKind
from operations import parts
from operations.examples import ROSTER, SITUATION
from operations.furnish import furnish
from operations.supervisor import Together
from playbooks.situation import SituationFacts, SituationKind, read_situation
from settings import ONLY_SIMULATED, Settings
from store import directory
from store.act import ENGINE, Act, Actor
from store.clock import set_clock
from store.installation import Installation
from store.tables import Activation, Convening, Heartbeat, Message

RATE: Final = 180.0  # told seconds in a real one: an hour and a quarter in 25 seconds
PATIENCE: Final = 120.0  # real seconds for any one stage; then the rehearsal has failed
CALENDARS_TAKE: Final = timedelta(minutes=20)
MINUTES: Final = (1.0, 6.0)  # within which a persona that answers does so


class RehearsalFailedError(Exception):
    """A stage did not come about; the words say which."""


@dataclass(frozen=True)
class RehearsalRequest:
    """What to rehearse; everything has a default."""

    out: Path
    playbook: str | None = None
    roster: Path = ROSTER
    situation: Path = SITUATION
    seed: int = 1
    faults: Path | None = None
    database: str = ""


@dataclass(frozen=True)
class RehearsalOutcome:
    """What came of it, as `convene rehearse --json` prints it.

    `seconds_to_first_message` are real, `seconds_to_quorum` told; None where it was not reached.
    """

    reference: str
    members: int
    acknowledged: int
    unreached: int
    messages: int
    by_channel: dict[str, int]
    seconds_to_first_message: float | None
    seconds_to_quorum: int | None
    files: list[str]

    @property
    def complete(self) -> bool:
        """Whether every member is acknowledged or named unreached."""
        return self.acknowledged + self.unreached == self.members

    def as_json(self) -> str:
        """One JSON document."""
        return json.dumps(asdict(self))


Say = Callable[[str], None]


def rehearse(asked: RehearsalRequest, *, ports: Sequence[int], say: Say) -> RehearsalOutcome:
    """The whole way, from an empty installation to record and evidence in `out`."""
    asked.out.mkdir(parents=True, exist_ok=True)
    with _stage(asked, ports, say) as installation:
        activation_id = _trigger(installation, asked, say)
        _wait(installation, lambda s: _all_ended(s, activation_id), "every notice has its end", say)
        convening_id = _invite(installation, activation_id, say)
        _hold(installation, convening_id, say)
        return _hand_over(installation, activation_id, asked.out, say)


@contextmanager
def _stage(asked: RehearsalRequest, ports: Sequence[int], say: Say) -> Iterator[Installation]:
    """An empty installation with everything running; afterwards nothing is left of it."""
    home = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    settings = _settings(asked, home, ports)
    try:
        say("an empty installation is being prepared")
        played = furnish(settings, asked.roster, seed=asked.seed, minutes=MINUTES, rate=RATE)
        processes = [
            parts.gateway(settings, played, rate=RATE, seed=asked.seed, faults=asked.faults),
            parts.web(settings),
            parts.engine(),
        ]
        surroundings, logs = parts.environment(settings), home / "log"
        with Together(processes, environ=surroundings, logs=logs) as together:
            together.wait_ready(seconds=30)
            installation = Installation.open(settings)
            _wait(installation, _engine_is_seen, "the engine is at work", say)
            try:
                yield installation
            finally:
                installation.close()
                shutil.copytree(logs, asked.out / "log", dirs_exist_ok=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _settings(asked: RehearsalRequest, home: Path, ports: Sequence[int]) -> Settings:
    web, gateway, smtp, inbox = ports
    return Settings(
        home=home,
        database_url=asked.database,
        public_url=f"http://localhost:{web}",
        web_port=web,
        sms_api=f"http://127.0.0.1:{gateway}",
        smtp_host="127.0.0.1",
        smtp_port=smtp,
        inbox_port=inbox,
        inbox_lmtp=False,
        prefect_api="",
        **ONLY_SIMULATED,
    )


def _trigger(installation: Installation, asked: RehearsalRequest, say: Say) -> int:
    facts = _facts(asked)
    with installation.database.transaction() as session:
        now = installation.now()
        co_chair = directory.co_chairs(session)[0]
        everybody = tuple(member.code for member in directory.members(session))
        members = activate.asked_by_playbook(session, facts) or everybody
        wish = activate.Wish(facts, members)
        government = co_chair.code
        plan = activate.draw_up(
            session, Act(ENGINE, now, government=government), wish, settings=installation.settings
        )
        activation = activate.activate(
            session,
            Act(
                _as_director(government),
                now,
                signature=f"Rehearsal, {co_chair.display_name}",
                government=government,
            ),
            wish,
            confirmed=plan.hash,
            settings=installation.settings,
        )
        say(f"{activation.situation.reference}: {len(members)} members are asked")
        return activation.id


def _facts(asked: RehearsalRequest) -> SituationFacts:
    text = asked.situation.read_text("utf-8")
    facts = read_situation(text, source=asked.situation.name)
    changes: dict[str, Any] = {"kind": SituationKind.EXERCISE}
    if asked.playbook is not None:
        changes["playbook"] = asked.playbook
    return facts.model_copy(update=changes)


def _all_ended(session: Session, activation_id: int) -> bool:
    activation = session.get_one(Activation, activation_id)
    return all(notice.state in NOTICE_ENDS for notice in activation.notices)


def _engine_is_seen(session: Session) -> bool:
    return session.get(Heartbeat, "engine") is not None


def _wait(
    installation: Installation, until: Callable[[Session], bool], what: str, say: Say
) -> None:
    """Look at the database, as any auditor could, until it is so."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with installation.database.reading() as session:
            if until(session):
                say(what)
                return
        time.sleep(0.1)
    raise RehearsalFailedError(f"in {PATIENCE:.0f} seconds it did not come about that {what}")


def _director(activation: Activation) -> Actor:
    return _as_director(activation.triggered_for)


def _as_director(government: str) -> Actor:
    return Actor("operator", "rehearsal", role="co_chair", government=government)


def _invite(installation: Installation, activation_id: int, say: Say) -> int:
    with installation.database.transaction() as session:
        activation, now = session.get_one(Activation, activation_id), installation.now()
        convening = meeting.fix(
            session,
            Act(_director(activation), now, signature="Rehearsal"),
            activation,
            meeting.suggested(activation, now=now),
            settings=installation.settings,
        )
        convening_id, answered_by = convening.id, now + CALENDARS_TAKE
    _wait(installation, lambda s: _all_left(s, activation_id), "the invitations have left", say)
    _wait(
        installation,
        lambda _: installation.now() >= answered_by,
        "calendars have had their time",
        say,
    )
    return convening_id


def _all_left(session: Session, activation_id: int) -> bool:
    query = select(Message.state).where(
        Message.activation_id == activation_id, Message.purpose == MessagePurpose.INVITATION
    )
    waiting = {MessageState.QUEUED, MessageState.SENDING}
    return all(state not in waiting for state in session.scalars(query))


def _hold(installation: Installation, convening_id: int, say: Say) -> None:
    """Who said that they come, come; each agenda item gets a point, and there is one decision."""
    with installation.database.reading() as session:
        convening = session.get_one(Convening, convening_id)
        starts_at, ends_at = convening.starts_at, convening.ends_at
    set_clock(installation.database, now=starts_at, rate=RATE)
    _wait(installation, lambda _: installation.now() >= starts_at, "the meeting begins", say)
    with installation.database.transaction() as session:
        _take_notes(session, session.get_one(Convening, convening_id), installation.now())
    set_clock(installation.database, now=ends_at, rate=RATE)
    _wait(installation, lambda _: installation.now() >= ends_at, "the meeting ends", say)
    with installation.database.transaction() as session:
        convening = session.get_one(Convening, convening_id)
        meeting.close(session, Act(_director(convening.activation), installation.now()), convening)


def _take_notes(session: Session, convening: Convening, now: datetime) -> None:
    director = _director(convening.activation)
    for attendance in convening.attendances:
        if attendance.answer is AttendanceAnswer.CONFIRMED:
            meeting.take_attendance(
                session,
                Act(director, now),
                convening,
                attendance.member_code,
                AttendanceAnswer.ATTENDED,
            )
    for item in range(1, len(convening.agenda) + 1):
        meeting.note_point(
            session,
            Act(director, now),
            convening,
            item=item,
            kind=PointKind.POINT,
            text="Rehearsed: the participants went through this item.",
        )
    meeting.note_point(
        session,
        Act(director, now),
        convening,
        item=1,
        kind=PointKind.DECISION,
        text="Rehearsed: the participants agreed to share information daily.",
    )
    meeting.note_follow_up(
        session,
        Act(director, now),
        convening,
        action="Circulate the record for comments",
        owner="Secretariat",
        due_on=(now + timedelta(days=1)).date(),
    )


def _hand_over(
    installation: Installation, activation_id: int, out: Path, say: Say
) -> RehearsalOutcome:
    with installation.database.transaction() as session:
        activation, now = session.get_one(Activation, activation_id), installation.now()
        director = _director(activation)
        stand_down.close(session, Act(director, now), activation)
        written = record.write_record(
            session,
            Act(director, now, signature="Rehearsal"),
            activation,
            simulated=installation.clock.simulated,
            settings=installation.settings,
        )
        record.adopt(session, Act(director, now, signature="Rehearsal"), written)
        bundle, _ = record.export_evidence(
            session,
            Act(director, now, signature="Rehearsal"),
            activation.situation,
            reason="rehearsal",
        )
        files = {"record.pdf": written.pdf, "record.docx": written.docx, "evidence.zip": bundle}
        for name, content in files.items():
            (out / name).write_bytes(content)
        say("record and evidence are written")
        return _outcome(session, activation, [str(out / name) for name in files])


def _outcome(session: Session, activation: Activation, files: list[str]) -> RehearsalOutcome:
    states = Counter(notice.state for notice in activation.notices)
    sent = Counter(
        message.channel.value
        for message in session.scalars(
            select(Message).where(Message.activation_id == activation.id)
        )
        if message.attempts
    )
    first = timeline.first_out(session, activation)
    return RehearsalOutcome(
        reference=activation.situation.reference,
        members=len(activation.notices),
        acknowledged=states[NoticeState.ACKNOWLEDGED],
        unreached=states[NoticeState.UNREACHED],
        messages=sent.total(),
        by_channel=dict(sent),
        seconds_to_first_message=_real_seconds(activation, first),
        seconds_to_quorum=_seconds_to_quorum(activation),
        files=files,
    )


def _real_seconds(activation: Activation, first: datetime | None) -> float | None:
    if first is None:
        return None
    return round((first - activation.triggered_at).total_seconds() / RATE, 3)


def _seconds_to_quorum(activation: Activation) -> int | None:
    at = meeting.quorum_of(activation).reached_at(meeting.counting(activation))
    return None if at is None else round((at - activation.triggered_at).total_seconds())
