"""The outbox: what was committed leaves as often as it should, whatever becomes of a try."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import concur, stand_down
from mechanism.lifecycle import MessageState
from mechanism.receipts import DeliveryStatus
from mechanism.vocabulary import AttemptOutcome, Channel, MessagePurpose, NeedCause
from notifications.content.templates import Words
from notifications.hook import DeliveryReport
from notifications.outbox import circuit_breaker, envelope, queue, settle
from notifications.outbox import claim as claiming
from notifications.outbox.queue import Claimed, To
from notifications.provider import (
    Accepted,
    NotFound,
    Outcome,
    Outgoing,
    Refusal,
    Rejected,
    Unknown,
)
from store.act import Act, Actor
from store.needs import open_needs
from store.tables import Attempt, LedgerEntry, Message, SetbackSeen
from tests.support.desk import OFFICER, Desk
from tests.support.outbox import claimed, of

TEMPORARY = Rejected(Refusal.TEMPORARY, "451", "later")
LEMURIA = Actor("person", "2", "co_chair", "LEMURIA")


def settled(desk: Desk, claim: Claimed, outcome: Outcome) -> MessageState:
    with desk.database.transaction() as session:
        settle.settle(session, claim.attempt_id, outcome, now=desk.now, settings=desk.settings)
    return state(desk, claim)


def state(desk: Desk, claim: Claimed) -> MessageState:
    with desk.database.reading() as session:
        return session.get_one(Attempt, claim.attempt_id).message.state


def sentences(session: Session) -> str:
    return " ".join(need.sentence for need in open_needs(session))


@pytest.fixture
def claim(desk: Desk) -> Claimed:
    """A text to the focal point of Atlantis, on the wire."""
    desk.activates("ATLANTIS")
    return of(claimed(desk), "+999100310001")


def test_the_same_key_is_queued_once(desk: Desk) -> None:
    to = To("key", MessagePurpose.PERSON_NEEDED, Channel.SMS, "+999902000", "Secretariat")
    with desk.database.transaction() as session:
        first = queue.queue(session, to, Words("", "A person is needed", ""), now=desk.now)
        again = queue.queue(session, to, Words("", "A person is needed", ""), now=desk.now)

    assert first is not None
    assert again is None


def test_what_is_claimed_is_claimed_by_nobody_else(either_desk: Desk) -> None:
    either_desk.activates("ATLANTIS", "MU")

    first, second = claimed(either_desk, limit=3), claimed(either_desk)

    ids = [c.attempt_id for c in (*first, *second)]
    assert len(first) == 3
    assert len(set(ids)) == len(ids)
    assert claimed(either_desk) == []


def test_an_attempt_is_committed_before_anybody_outside_hears_of_it(
    desk: Desk, claim: Claimed
) -> None:
    with desk.database.reading() as session:
        attempt = session.get_one(Attempt, claim.attempt_id)
        assert attempt.outcome is None
        assert attempt.message.state is MessageState.SENDING


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        (Accepted("SM1"), MessageState.SENT),
        (TEMPORARY, MessageState.QUEUED),
        (Rejected(Refusal.ADDRESS, "21211", "no such number"), MessageState.FAILED),
        (Unknown("cut"), MessageState.UNKNOWN),
    ],
    ids=["accepted", "refused for now", "refused for good", "unknown"],
)
def test_a_send_ends_in_one_of_three_ways(
    desk: Desk, claim: Claimed, outcome: Outcome, after: MessageState
) -> None:
    assert settled(desk, claim, outcome) is after


def test_what_the_provider_asks_to_wait_is_waited(desk: Desk, claim: Claimed) -> None:
    busy = Rejected(Refusal.CAPACITY, "20429", "busy", retry_after=timedelta(seconds=42))
    settled(desk, claim, busy)

    desk.clock.passes(seconds=41)
    assert claimed(desk) == []
    desk.clock.passes(seconds=1)
    assert len(claimed(desk)) == 1


def test_a_provider_that_refuses_for_now_again_and_again_is_told_to_people_and_given_up(
    desk: Desk, claim: Claimed
) -> None:
    states = []
    for tries in range(1, 9):
        states.append(settled(desk, claim, TEMPORARY))
        with desk.database.reading() as session:
            assert ("Texts are not being taken" in sentences(session)) is (tries > 1)
        if states[-1] is MessageState.FAILED:
            break
        desk.clock.passes(minutes=6)
        claim = of(claimed(desk), "+999100310001")

    assert states == [MessageState.QUEUED] * 6 + [MessageState.FAILED]
    with desk.database.reading() as session:
        assert len(session.scalars(select(SetbackSeen)).all()) == 1


def test_a_fault_of_our_own_account_is_told_to_people(desk: Desk, claim: Claimed) -> None:
    settled(desk, claim, Rejected(Refusal.CONFIGURATION, "20003", "authenticate"))

    with desk.database.reading() as session:
        assert "could not be sent: refused, code 20003" in sentences(session)


def test_an_opt_out_that_the_provider_tells_of_is_told_to_people(
    desk: Desk, claim: Claimed
) -> None:
    settled(desk, claim, Rejected(Refusal.OPTED_OUT, "21610", "unsubscribed"))

    with desk.database.reading() as session:
        assert [need.cause for need in open_needs(session)] == [NeedCause.OPTED_OUT]


def test_an_attempt_whose_engine_died_is_lost_sight_of_after_its_lease(
    desk: Desk, claim: Claimed
) -> None:
    desk.clock.passes(seconds=59)
    with desk.database.transaction() as session:
        assert settle.lose_sight_of_dead(session, now=desk.now) == 0
    desk.clock.passes(seconds=1)
    with desk.database.transaction() as session:
        assert settle.lose_sight_of_dead(session, now=desk.now) == 8

    assert state(desk, claim) is MessageState.UNKNOWN


def reconciled(desk: Desk, claim: Claimed, found: Accepted | NotFound | Unknown) -> MessageState:
    with desk.database.transaction() as session:
        settle.reconciled(session, claim.attempt_id, found, now=desk.now, settings=desk.settings)
    return state(desk, claim)


def test_what_is_found_at_the_provider_is_adopted(desk: Desk, claim: Claimed) -> None:
    settled(desk, claim, Unknown("cut"))

    assert reconciled(desk, claim, Accepted("SM9")) is MessageState.SENT

    with desk.database.reading() as session:
        attempt = session.get_one(Attempt, claim.attempt_id)
        assert (attempt.outcome, attempt.provider_id) == (AttemptOutcome.ACCEPTED, "SM9")


def test_what_was_never_taken_goes_out_again_at_once_and_then_less_and_less_often(
    desk: Desk, claim: Claimed
) -> None:
    waits = []
    for _ in range(3):
        settled(desk, claim, Unknown("cut"))
        assert reconciled(desk, claim, NotFound()) is MessageState.QUEUED
        with desk.database.reading() as session:
            due_at = session.get_one(Attempt, claim.attempt_id).message.due_at
            assert due_at is not None
            waits.append(due_at - desk.now)
        desk.clock.passes(minutes=1)
        claim = of(claimed(desk), "+999100310001")

    assert waits == [timedelta(0), timedelta(seconds=15), timedelta(seconds=30)]
    with desk.database.reading() as session:
        assert "Texts are not being taken" in sentences(session)


def test_a_text_of_which_nobody_can_tell_is_not_repeated_but_another_way_is_begun(
    desk: Desk, claim: Claimed
) -> None:
    settled(desk, claim, Unknown("cut"))
    desk.clock.passes(seconds=10)

    assert reconciled(desk, claim, Unknown("the list is down")) is MessageState.UNKNOWN

    with desk.database.reading() as session:
        assert "nobody can tell whether it was sent" in sentences(session)
        assert len(session.scalars(select(SetbackSeen)).all()) == 1


def test_a_mail_of_which_nobody_can_tell_is_repeated_under_the_same_id_and_marked(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    first = of(claimed(desk), "desk@atlantis.example")
    settled(desk, first, Unknown("cut"))

    assert reconciled(desk, first, Unknown("no list")) is MessageState.QUEUED

    desk.clock.passes(seconds=5)
    again = of(claimed(desk), "desk@atlantis.example")
    assert again.outgoing.message_id == first.outgoing.message_id
    with desk.database.reading() as session:
        assert session.get_one(Attempt, again.attempt_id).message.repeat


@pytest.mark.parametrize(
    ("status", "after"), [("sent", MessageState.SENT), ("delivered", MessageState.DELIVERED)]
)
def test_a_late_receipt_for_what_the_provider_did_not_know_keeps_a_second_copy_back(
    desk: Desk, claim: Claimed, status: str, after: MessageState
) -> None:
    settled(desk, claim, Unknown("cut"))
    assert reconciled(desk, claim, NotFound()) is MessageState.QUEUED

    with desk.database.transaction() as session:
        settle.take_report(session, report(claim, status, provider_id="SM9"), now=desk.now)

    assert state(desk, claim) is after
    assert claimed(desk) == []


@pytest.fixture
def second_try(desk: Desk, claim: Claimed) -> Claimed:
    """The first try was given up, and the next is on the wire; the first engine was only slow."""
    desk.clock.passes(seconds=60)
    with desk.database.transaction() as session:
        settle.lose_sight_of_dead(session, now=desk.now)
    reconciled(desk, claim, NotFound())
    return of(claimed(desk), "+999100310001")


@pytest.mark.parametrize(
    "late",
    [Rejected(Refusal.ADDRESS, "21211", "no such number"), TEMPORARY, Unknown("cut")],
    ids=["refused for good", "refused for now", "unknown"],
)
def test_what_is_said_late_of_a_try_that_was_given_up_does_not_end_the_next(
    desk: Desk, claim: Claimed, second_try: Claimed, late: Outcome
) -> None:
    assert settled(desk, claim, late) is MessageState.SENDING

    with desk.database.reading() as session:
        assert session.scalars(select(SetbackSeen)).all() == []
        assert session.get_one(Attempt, claim.attempt_id).outcome is not AttemptOutcome.NOT_FOUND
    assert settled(desk, second_try, Accepted("SM2")) is MessageState.SENT


@pytest.mark.parametrize("late", [NotFound(), Unknown("the list is down")])
def test_a_slow_look_for_a_try_that_was_given_up_sends_no_third(
    desk: Desk, claim: Claimed, second_try: Claimed, late: NotFound | Unknown
) -> None:
    assert reconciled(desk, claim, late) is MessageState.SENDING

    desk.clock.passes(minutes=1)
    ids = [one.attempt_id for one in claimed(desk)]
    with desk.database.reading() as session:
        assert all(i > second_try.attempt_id for i in ids)
        assert sentences(session) == ""
        assert session.scalars(select(SetbackSeen)).all() == []


def test_a_look_in_vain_says_nothing_of_what_has_arrived_meanwhile(
    desk: Desk, claim: Claimed
) -> None:
    settled(desk, claim, Unknown("cut"))
    with desk.database.transaction() as session:
        settle.take_report(session, report(claim, "delivered", provider_id="SM9"), now=desk.now)
    desk.clock.passes(seconds=10)

    assert reconciled(desk, claim, Unknown("the list is down")) is MessageState.DELIVERED

    with desk.database.reading() as session:
        assert sentences(session) == ""
        assert session.scalars(select(SetbackSeen)).all() == []


def test_where_a_try_that_was_given_up_was_taken_after_all_a_second_copy_is_marked(
    desk: Desk, claim: Claimed, second_try: Claimed
) -> None:
    assert settled(desk, claim, Accepted("SM1")) is MessageState.SENT
    assert settled(desk, second_try, Accepted("SM2")) is MessageState.SENT

    with desk.database.reading() as session:
        assert session.get_one(Attempt, claim.attempt_id).message.repeat


def test_a_send_that_is_found_after_all_speaks_for_its_provider(desk: Desk, claim: Claimed) -> None:
    settled(desk, claim, Unknown("cut"))
    with desk.database.reading() as session:
        assert circuit_breaker.standings(session)["twilio"].faults == 1

    reconciled(desk, claim, Accepted("SM9"))

    with desk.database.reading() as session:
        standing = circuit_breaker.standings(session)["twilio"]
        assert (standing.faults, standing.successes) == (1, 1)


@pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent")])
def test_receipts_move_a_message_upwards_only(
    desk: Desk, claim: Claimed, order: tuple[str, ...]
) -> None:
    settled(desk, claim, Accepted("SM1"))
    for status in order:
        received(desk, claim, status)

    assert state(desk, claim) is MessageState.DELIVERED


def received(desk: Desk, claim: Claimed, status: str, *, refused: Rejected | None = None) -> None:
    with desk.database.transaction() as session:
        settle.take_report(session, report(claim, status, refused=refused), now=desk.now)


STATUSES = {
    "sent": DeliveryStatus.TAKEN,
    "delivered": DeliveryStatus.ARRIVED,
    "undelivered": DeliveryStatus.LOST,
}


def report(
    claim: Claimed, status: str, *, provider_id: str = "SM1", refused: Rejected | None = None
) -> DeliveryReport:
    return DeliveryReport(
        claim.provider, provider_id, claim.attempt_id, status, STATUSES.get(status), refused, {}
    )


def test_a_receipt_can_be_faster_than_the_answer_to_the_call(desk: Desk, claim: Claimed) -> None:
    received(desk, claim, "delivered")

    assert settled(desk, claim, Accepted("SM1")) is MessageState.DELIVERED


@pytest.mark.parametrize("status", ["something new", ""])
def test_a_status_that_nobody_knows_changes_nothing(
    desk: Desk, claim: Claimed, status: str
) -> None:
    received(desk, claim, status)

    assert state(desk, claim) is MessageState.SENDING


def test_undelivered_is_a_setback(desk: Desk, claim: Claimed) -> None:
    settled(desk, claim, Accepted("SM1"))

    gone = Rejected(Refusal.ADDRESS, "30003", "unreachable")
    received(desk, claim, "undelivered", refused=gone)

    assert state(desk, claim) is MessageState.FAILED
    with desk.database.reading() as session:
        assert [s.note for s in session.scalars(select(SetbackSeen))] == ["refused, code 30003"]


def test_what_is_later_than_it_may_arrive_is_called_off(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    desk.clock.passes(hours=2, seconds=1)

    assert {c.outgoing.address for c in claimed(desk)}.isdisjoint(
        {"+999100310001", "desk@atlantis.example"}
    )

    with desk.database.reading() as session:
        first = desk.queued(session, MessagePurpose.FIRST_NOTICE)
        assert {m.state for m in first} == {MessageState.CANCELLED}


def test_while_it_is_paused_nothing_of_the_ladder_leaves_and_everything_else_does(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    with desk.database.transaction() as session:
        concur.object_to(
            session,
            Act(LEMURIA, desk.now, signature="Duty officer", government="LEMURIA"),
            desk.activation(session),
            reason="It is over.",
        )

    left = claimed(desk)

    assert {c.outgoing.address for c in left}.isdisjoint({"desk@atlantis.example"})
    assert "duty@lemuria.example" in {c.outgoing.address for c in left}


def test_what_was_put_off_is_called_off_when_its_activation_has_ended(
    desk: Desk, claim: Claimed
) -> None:
    with desk.database.transaction() as session:
        stand_down.close(session, Act(OFFICER, desk.now), desk.activation(session))
    settled(desk, claim, TEMPORARY)
    desk.clock.passes(seconds=5)

    assert claimed(desk) == []

    assert state(desk, claim) is MessageState.CANCELLED


def test_messages_of_no_activation_leave_too(desk: Desk) -> None:
    to = To("key", MessagePurpose.PERSON_NEEDED, Channel.SMS, "+999902000", "Secretariat")
    with desk.database.transaction() as session:
        queue.queue(session, to, Words("", "A person is needed", ""), now=desk.now)

    with desk.database.reading() as session:
        assert claiming.due_for(session, now=desk.now) == {None}
        due = claiming.due(session, now=desk.now, limit=9, activation_id=None)
        assert list(due) == [Channel.SMS]
        assert session.scalars(select(Message)).one().log == "system"


def test_outcomes_that_come_together_are_committed_together(either_desk: Desk) -> None:
    either_desk.activates("ATLANTIS")
    accepted, refused, lost, *_ = claims = claimed(either_desk)
    outcomes: dict[int, Outcome] = {claim.attempt_id: Accepted("SM0") for claim in claims}
    outcomes[refused.attempt_id], outcomes[lost.attempt_id] = TEMPORARY, Unknown("cut")

    with either_desk.database.transaction() as session:
        settle.settle_all(session, outcomes, now=either_desk.now, settings=either_desk.settings)

    states = [state(either_desk, claim) for claim in (accepted, refused, lost)]
    assert states == [MessageState.SENT, MessageState.QUEUED, MessageState.UNKNOWN]
    with either_desk.database.reading() as session:
        ended = session.scalars(select(Attempt).where(Attempt.outcome.is_not(None))).all()
        assert {attempt.id for attempt in ended} == set(outcomes)
        entries = Counter(session.scalars(select(LedgerEntry.type)))
        assert entries["cm.attempt.accepted.v1"] == len(claims) - 2
        assert entries["cm.message.accepted.v1"] == len(claims) - 2


def test_a_second_try_has_the_next_number(desk: Desk, claim: Claimed) -> None:
    settled(desk, claim, TEMPORARY)
    desk.clock.passes(seconds=5)

    again = of(claimed(desk), "+999100310001")

    with desk.database.reading() as session:
        attempts = session.get_one(Attempt, again.attempt_id).message.attempts
        assert [attempt.number for attempt in attempts] == [1, 2]


def test_one_that_cannot_be_put_on_the_wire_keeps_no_other_back_and_a_person_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.activates("ATLANTIS")
    outgoing = envelope.outgoing

    def breaks_for_a_mailbox(message: Message, *rest: Any, **more: Any) -> Outgoing:
        if message.address == "desk@atlantis.example":
            raise KeyError("a fault of ours")
        return outgoing(message, *rest, **more)

    monkeypatch.setattr(envelope, "outgoing", breaks_for_a_mailbox)
    left = {claim.outgoing.address for claim in claimed(desk)}

    assert "+999100310001" in left
    assert "desk@atlantis.example" not in left
    with desk.database.reading() as session:
        (message,) = session.scalars(
            select(Message).where(Message.address == "desk@atlantis.example")
        )
        assert message.state is MessageState.FAILED
        assert "could not be sent: refused, code unwritable" in sentences(session)
        assert len(session.scalars(select(SetbackSeen)).all()) == 1
