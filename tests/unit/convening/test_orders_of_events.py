"""Rungs, answers, failures and ends come in any order: what was promised holds after each of them.

Everything but the wire is real: each example plays on a fresh database, through the same calls that
doors, flows and pages make.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import acknowledge, activate, concur, notify, stand_down
from convening.acknowledge import MemberAnswer
from convening.activate import Wish
from convening.replies import handle
from convening.stand_down import Saying
from mechanism.assurance import Assurance
from mechanism.lifecycle import (
    ACTIVATION_ENDS,
    NOTICE_ENDS,
    ActivationState,
    NeedState,
    NoticeState,
)
from mechanism.receipts import DeliveryStatus
from mechanism.vocabulary import (
    LADDER_PURPOSES,
    AcknowledgementResponse,
    Channel,
    Door,
    NeedCause,
    SetbackKind,
    TextKind,
)
from notifications.hook import DeliveryReport
from notifications.inbox import keep
from notifications.outbox import claim, settle
from notifications.provider import Accepted, NotFound, Outcome, Refusal, Rejected, Unknown
from notifications.twilio.callbacks import text_message
from playbooks.schema import load, read_playbook
from playbooks.situation import SituationFacts
from settings import Settings
from store import setbacks
from store.act import ENGINE, Act, Actor
from store.directory import import_roster
from store.roster import ContactRow, Roster, RosterMember, read_roster
from store.session import Database
from store.setbacks import STILL_CLIMBING
from store.tables import (
    Activation,
    Attempt,
    ContactPoint,
    LedgerEntry,
    Message,
    Need,
    Notice,
    ReplyCode,
    RungTaken,
)
from tests.support.properties import examples

EXAMPLE = Path(__file__).parents[3] / "examples" / "roster.yaml"
NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
OFFICER = Actor("person", "1", "co_chair", "AU")
MEMBERS = ("AU", "BD", "ID", "LK")
FACTS = SituationFacts.model_validate(
    {
        "kind": "exercise",
        "title": "Boats in distress",
        "short_title": "Boats in distress",
        "what_happened": "Six wooden boats drift without power.",
        "where": {"name": "Northern Andaman Sea"},
        "as_of": NOW - timedelta(hours=1),
        "playbook": "maritime-distress",
    }
)
OUTCOMES = st.sampled_from(
    [
        Accepted("SM1"),
        Accepted("SM2"),
        Rejected(Refusal.ADDRESS, "30006", "landline"),
        Rejected(Refusal.OPTED_OUT, "21610", "opted out"),
        Rejected(Refusal.TEMPORARY, "20429", "too many requests"),
        Unknown("time-out"),
    ]
)
ARRIVED, LOST = DeliveryStatus.ARRIVED, DeliveryStatus.LOST
SETBACKS = st.sampled_from(
    [SetbackKind.OUT_OF_OFFICE, SetbackKind.WRONG_ADDRESSEE, SetbackKind.NOT_KNOWN]
)


def _without_alternates(member: RosterMember) -> RosterMember:
    """The member, with nothing but a telephone at the offices between primary and duty office."""
    first, *between, last = member.focal_points
    contact = ContactRow(channel=Channel.VOICE, address="+999144990000")
    offices = [office.model_copy(update={"contacts": (contact,)}) for office in between]
    return member.model_copy(update={"focal_points": (first, *offices, last)})


def _roster() -> Roster:
    every = read_roster(EXAMPLE.read_text(encoding="utf-8"), source=EXAMPLE.name).members
    members = [member for member in every if member.code in MEMBERS]
    return Roster(tuple(_without_alternates(m) if m.code == "LK" else m for m in members))


ROSTER = _roster()


class Installation(RuleBasedStateMachine):
    """One activation of four members, and everything that can come to it."""

    pattern: Path  # a migrated database

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "house.sqlite3"
        shutil.copy(self.pattern, path)
        self.settings = Settings(home=Path(self.folder.name))
        self.database = Database(f"sqlite:///{path}")
        self.now = NOW
        self.replies = 0

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @contextmanager
    def writing(self) -> Iterator[tuple[Session, Activation]]:
        with self.database.transaction() as session:
            yield session, session.get_one(Activation, self.activation_id)

    @initialize()
    def activate(self) -> None:
        wish = Wish(FACTS, MEMBERS)
        with self.database.transaction() as session:
            import_roster(session, ROSTER, now=NOW)
            plan = activate.draw_up(
                session, Act(ENGINE, NOW, government="AU"), wish, settings=self.settings
            )
            activation = activate.activate(
                session,
                Act(OFFICER, NOW, signature="Duty officer", government="AU"),
                wish,
                confirmed=plan.hash,
                settings=self.settings,
            )
            self.activation_id = activation.id

    # --- what can come --------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([0, 1, 5, 16, 31, 61, 80]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def the_engine_looks(self) -> None:
        with self.writing() as (session, activation):
            before = set(session.scalars(select(Message.id)))
            notify.take_due_rungs(
                session, now=self.now, settings=self.settings, activation=activation
            )
            query = select(Message.contact_point_id).where(Message.id.not_in(before))
            told = Counter(session.scalars(query))
            assert max(told.values(), default=1) == 1, "an office was told twice at once"

    @rule()
    def the_night_passes(self) -> None:
        self.time_passes(80)
        self.the_engine_looks()

    @rule(outcome=OUTCOMES)
    def the_engine_sends(self, outcome: Outcome) -> None:
        with self.writing() as (session, activation):
            due = claim.due(session, now=self.now, limit=3, activation_id=activation.id)
            ids = list(chain.from_iterable(due.values()))
            lease = timedelta(minutes=1)
            claimed = claim.claim(session, ids, now=self.now, lease=lease, settings=self.settings)
        with self.writing() as (session, _):
            for one in claimed:
                settle.settle(
                    session, one.attempt_id, outcome, now=self.now, settings=self.settings
                )

    @rule(found=st.sampled_from([Accepted("SM3"), NotFound(), Unknown("time-out")]))
    def the_engine_reconciles(self, found: Accepted | NotFound | Unknown) -> None:
        with self.writing() as (session, _):
            lost = settle.to_reconcile(
                session, now=self.now, lease=timedelta(minutes=1), settings=self.settings
            )
            for one in lost:
                settle.reconciled(
                    session, one.attempt_id, found, now=self.now, settings=self.settings
                )

    @rule(pick=st.randoms(use_true_random=False), status=st.sampled_from([ARRIVED, LOST]))
    def a_receipt_comes(self, pick: Any, status: DeliveryStatus) -> None:
        with self.writing() as (session, _):
            if attempts := list(session.scalars(select(Attempt))):
                attempt = pick.choice(attempts)
                report = DeliveryReport(
                    attempt.provider, f"SM{attempt.id}", attempt.id, status.value, status,
                    Rejected(Refusal.ADDRESS, "30003", "unreachable"), {},
                )  # fmt: skip
                settle.take_report(session, report, now=self.now)

    @rule(pick=st.randoms(use_true_random=False))
    def a_mail_bounces(self, pick: Any) -> None:
        with self.writing() as (session, _):
            mails = select(Attempt).join(Message).where(Message.channel == Channel.EMAIL)
            if attempts := list(session.scalars(mails)):
                settle.bounce(session, pick.choice(attempts), note="5.1.1", now=self.now)

    @rule(code=st.sampled_from(MEMBERS), kind=SETBACKS, pick=st.randoms(use_true_random=False))
    def an_office_will_not_answer(self, code: str, kind: SetbackKind, pick: Any) -> None:
        with self.writing() as (session, activation):
            notice = _notice(activation, code)
            points = select(ContactPoint).where(ContactPoint.focal_point.has(member_code=code))
            point = pick.choice(list(session.scalars(points)))
            setbacks.record(session, notice, point, kind, now=self.now)

    @rule(pick=st.randoms(use_true_random=False), twice=st.booleans(), word=st.sampled_from(
        ["OK {code}", "ack {code} tks", "{code}", "no {code}", "wrong number {code}"]
    ))  # fmt: skip
    def a_text_comes(self, pick: Any, word: str, *, twice: bool) -> None:
        with self.writing() as (session, activation):
            codes = list(session.scalars(select(ReplyCode)))
            if codes:
                code = pick.choice(codes)
                whose = session.get_one(Notice, code.notice_id).member_code
                body = word.format(code=code.code)
                with self.others_untouched(activation, whose):
                    for _ in range(1 + twice):
                        self.handle(session, code.address, body)

    def handle(self, session: Session, sender: str, body: str) -> None:
        self.replies += 1
        form = [("MessageSid", f"SM{self.replies}"), ("From", sender), ("Body", body)]
        reply = keep.keep(session, text_message(form), now=self.now)
        assert reply is not None
        handle.handle(session, reply, now=self.now, settings=self.settings)

    @rule(code=st.sampled_from(MEMBERS))
    def somebody_answers_by_telephone(self, code: str) -> None:
        word = MemberAnswer(
            door=Door.CALL,
            response=AcknowledgementResponse.RECEIVED,
            proof=Assurance(3, "called on a directory number, both words given"),
            happened_at=self.now,
        )
        with self.writing() as (session, activation):
            notice = _notice(activation, code)
            was_unreached = notice.state is NoticeState.UNREACHED
            with self.others_untouched(activation, code):
                kept = acknowledge.acknowledge(session, Act(OFFICER, self.now), notice, word)
            if was_unreached and activation.state not in ACTIVATION_ENDS:
                assert kept is not None
                assert kept.late, "an answer after the ladder's end counts, as late"

    @contextmanager
    def others_untouched(self, activation: Activation, code: str) -> Iterator[None]:
        """One member's answer silences nobody else."""
        before = _standing(activation, but=code)
        yield
        assert _standing(activation, but=code) == before

    @rule()
    def the_other_co_chair_objects(self) -> None:
        with self.writing() as (session, activation):
            concur.object_to(
                session,
                Act(OFFICER, self.now, signature="Duty officer", government="ID"),
                activation,
                reason="Not yet.",
            )

    @rule()
    def a_co_chair_resumes(self) -> None:
        with self.writing() as (session, activation):
            concur.resume(
                session,
                Act(OFFICER, self.now, signature="Duty officer", government="AU"),
                activation,
                reason="Settled.",
                settings=self.settings,
            )

    @rule(kind=st.sampled_from([TextKind.UPDATE, TextKind.CORRECTION]))
    def more_is_said(self, kind: TextKind) -> None:
        self.say(kind)

    @precondition(lambda self: self.now > NOW + timedelta(minutes=40))
    @rule(kind=st.sampled_from([TextKind.WITHDRAWAL, TextKind.STAND_DOWN]))
    def it_is_called_off(self, kind: TextKind) -> None:
        self.say(kind)

    def say(self, kind: TextKind) -> None:
        def said(session: Session, activation: Activation) -> None:
            stand_down.say(
                session,
                Act(OFFICER, self.now, signature="Duty officer"),
                activation,
                Saying(kind, "Boats in distress", "More is known."),
                settings=self.settings,
            )

        self.perhaps_too_late(said)

    @precondition(lambda self: self.now > NOW + timedelta(minutes=40))
    @rule()
    def it_is_closed(self) -> None:
        self.perhaps_too_late(
            lambda session, activation: stand_down.close(
                session, Act(OFFICER, self.now), activation
            )
        )

    def perhaps_too_late(self, act: Callable[[Session, Activation], None]) -> None:
        try:
            with self.writing() as (session, activation):
                act(session, activation)
        except stand_down.TooLateError:
            with self.database.reading() as session:
                state = session.get_one(Activation, self.activation_id).state
                assert state in {*ACTIVATION_ENDS, ActivationState.PAUSED}

    # --- what was promised ----------------------------------------------------------------------

    @invariant()
    def nobody_of_a_member_that_has_acknowledged_is_reminded_or_asked_next(self) -> None:
        with self.database.reading() as session:
            answered: set[int] = set()
            messages = {m.id: m for m in session.scalars(select(Message))}
            for entry in session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)):
                noun, _, key = json.loads(entry.body)["subject"].partition("/")
                if entry.type == "cm.notice.answered.v1":
                    answered.add(int(key))
                elif noun == "message" and _speaks_again(entry.type):
                    message = messages[int(key)]
                    if message.purpose in LADDER_PURPOSES:
                        assert message.notice_id not in answered, entry.type

    @invariant()
    def whoever_has_not_answered_is_looked_at_again(self) -> None:
        with self.reading() as activation:
            for notice in activation.notices:
                climbing = notice.state in STILL_CLIMBING
                assert climbing == (notice.due_at is not None)

    @invariant()
    def a_rung_is_taken_once_and_told_of_once(self) -> None:
        with self.database.reading() as session:
            told: Counter[tuple[str, int]] = Counter()
            for body in _bodies(session, "cm.notice.rung_taken.v1"):
                told.update((body["subject"], rung) for rung in body["data"]["rungs"])
            rows = [(f"notice/{r.notice_id}", r.rung) for r in session.scalars(select(RungTaken))]
            assert dict(told) == dict.fromkeys(rows, 1)

    @invariant()
    def when_it_has_ended_every_notice_has_exactly_one_end(self) -> None:
        with self.database.reading() as session:
            activation = session.get_one(Activation, self.activation_id)
            ends: dict[str, list[str]] = {f"notice/{n.id}": [] for n in activation.notices}
            for entry in session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)):
                body = json.loads(entry.body)
                after = body["data"].get("change", {}).get("after")
                if body["subject"] in ends and after in NOTICE_ENDS:
                    ends[body["subject"]].append(after)
            for one in ends.values():
                assert one in ([], one[-1:], ["unreached", "acknowledged"])
                assert one or activation.state not in ACTIVATION_ENDS

    @invariant()
    def an_acknowledgement_is_late_where_the_ladder_or_the_deadline_had_ended(self) -> None:
        with self.reading() as activation:
            for notice in activation.notices:
                kept = notice.acknowledgement
                assert (kept is not None) == (notice.state is NoticeState.ACKNOWLEDGED)
                if kept is not None and activation.deadline_at is not None:
                    assert kept.late or kept.at <= activation.deadline_at

    @invariant()
    def a_person_is_told_of_every_member_that_was_not_reached(self) -> None:
        with self.database.reading() as session:
            activation = session.get_one(Activation, self.activation_id)
            query = select(Need).where(Need.cause == NeedCause.UNREACHED)
            lines = {need.notice_id: need for need in session.scalars(query)}
            for notice in activation.notices:
                if notice.state is NoticeState.UNREACHED and activation.ended_at is None:
                    assert lines[notice.id].state is NeedState.OPEN
                if notice.state is NoticeState.ACKNOWLEDGED and notice.id in lines:
                    assert lines[notice.id].state is NeedState.SETTLED

    @contextmanager
    def reading(self) -> Iterator[Activation]:
        with self.database.reading() as session:
            yield session.get_one(Activation, self.activation_id)


def _notice(activation: Activation, code: str) -> Notice:
    return next(notice for notice in activation.notices if notice.member_code == code)


def _standing(activation: Activation, *, but: str) -> list[Any]:
    return [
        (n.member_code, n.state, n.due_at, sorted((m.id, m.state) for m in n.messages))
        for n in activation.notices
        if n.member_code != but
    ]


def _speaks_again(kind: str) -> bool:
    return kind in {"cm.message.queued.v1", "cm.message.claimed.v1"}


def _bodies(session: Session, kind: str) -> Iterator[Any]:
    query = select(LedgerEntry.body).where(LedgerEntry.type == kind)
    yield from map(json.loads, session.scalars(query))


@pytest.mark.hypothesis
def test_what_was_promised_holds_in_every_order_of_events(
    sqlite_pattern: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Installation, "pattern", sqlite_pattern, raising=False)

    run_state_machine_as_test(
        Installation,
        settings=settings(
            max_examples=examples(6),
            stateful_step_count=25,
            phases=[Phase.generate],  # to shorten a failing example takes minutes: take it as it is
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def installation(sqlite_pattern: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.setattr(Installation, "pattern", sqlite_pattern, raising=False)
    installation = Installation()
    yield installation
    installation.teardown()


@pytest.mark.parametrize(
    ("then", "state", "notices"),
    [
        ("send", ActivationState.ACTIVE, {NoticeState.NOTIFIED, NoticeState.ACKNOWLEDGED}),
        ("withdraw", ActivationState.WITHDRAWN, {NoticeState.CANCELLED, NoticeState.ACKNOWLEDGED}),
    ],
)
def test_where_the_other_co_chair_sleeps_the_playbook_decides_and_no_notice_is_left_waiting(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    then: str,
    state: ActivationState,
    notices: set[NoticeState],
) -> None:
    text, _ = load(FACTS.playbook)
    text = text.replace("mode: either", f"mode: both\n  time_out: PT30M\n  then: {then}")
    playbook = read_playbook(text, source="both.yaml")
    monkeypatch.setattr(activate, "load", lambda _name: (text, playbook))
    installation.activate()
    installation.time_passes(30)

    with installation.writing() as (session, activation):
        assert concur.time_out(
            session, activation, now=installation.now, settings=installation.settings
        )
    with installation.writing() as (session, activation):
        assert not concur.time_out(
            session, activation, now=installation.now, settings=installation.settings
        )

    with installation.reading() as activation:
        assert activation.state is state
        assert {notice.state for notice in activation.notices} == notices
    installation.when_it_has_ended_every_notice_has_exactly_one_end()
