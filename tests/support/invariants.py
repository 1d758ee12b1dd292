"""What must hold after every journey, judged from the ledger, the tables and the wire alone?"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.lifecycle import (
    ACTIVATION_ENDS,
    NOTICE_ENDS,
    TRANSITIONS,
    ActivationState,
    MessageState,
    NeedState,
    NoticeState,
    ReplyState,
    next_state,
)
from mechanism.vocabulary import LADDER_PURPOSES, AttemptOutcome, Channel, Kind, MessagePurpose
from notifications.content.templates import fill
from notifications.outbox.envelope import link_of
from settings import Settings
from simulator import Received
from store.installation import Installation
from store.tables import Activation, LedgerEntry, Message, Need, Notice, Reply

BEGINS: Final[dict[str, tuple[type[Any], frozenset[StrEnum]]]] = {
    "activation": (
        Activation,
        frozenset({ActivationState.ACTIVE, ActivationState.AWAITING_CONCURRENCE}),
    ),
    "notice": (Notice, frozenset({NoticeState.WAITING})),
    "message": (Message, frozenset({MessageState.QUEUED})),
    "reply": (Reply, frozenset({ReplyState.KEPT})),
    "need": (Need, frozenset({NeedState.OPEN})),
}


Wire = tuple[str, str]  # the address, and what tells one message from another there


@dataclass(frozen=True)
class Change:
    """One change of state, as the ledger tells it."""

    entry: int
    event: str
    before: str
    after: str


@dataclass
class Witness:
    """What is looked at: the installation, what reached the world outside, whom the journey named.

    `mentioned` is None where any address may get something.
    """

    installation: Installation
    arrived: tuple[Received, ...]
    mentioned: frozenset[str] | None = None
    changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))


def check(witness: Witness) -> None:
    """Every invariant; AssertionError names what does not hold."""
    with witness.installation.database.reading() as session:
        _read_ledger(session, witness)
        broken = [
            *_untold_states(session, witness),
            *_ends(session, witness),
            *_attempts_after_an_answer(session, witness),
            *_unread_replies(session),
            *_off_the_list(session, witness),
            *_sent_twice(session, witness),
            *_unexpected(session, witness),
        ]
    assert not broken, "\n".join(broken)


def _read_ledger(session: Session, witness: Witness) -> None:
    for entry in session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)):
        assert entry.leaf == hashlib.sha256(b"\0" + entry.body.encode()).digest()
        body = json.loads(entry.body)
        change = body["data"].get("change")
        if change is not None:
            event = entry.type.split(".")[2]
            found = Change(entry.id, event, change["before"], change["after"])
            witness.changes[body["subject"]].append(found)


def _untold_states(session: Session, witness: Witness) -> Iterator[str]:
    """Every state is the replay of its ledger entries, from a lawful beginning."""
    for noun, (table, begins) in BEGINS.items():
        for row in session.scalars(select(table)):
            changes = witness.changes[f"{noun}/{row.id}"]
            if not changes:
                if row.state not in begins:
                    yield f"{noun} {row.id} is {row.state} without a word in the ledger"
                continue
            yield from _not_a_replay(noun, row, changes, begins)


def _not_a_replay(
    noun: str, row: Any, changes: list[Change], begins: frozenset[StrEnum]
) -> Iterator[str]:
    states, state = type(row.state), changes[0].before
    events = {event.value: event for event in _events_of(states)}
    if state not in begins:
        yield f"{noun} {row.id} begins as {state}"
    for change in changes:
        lawful = next_state(states(state), events[change.event])
        if change.before != state or change.after != lawful:
            yield f"{noun} {row.id} went from {state} to {change.after} by {change.event}"
        state = change.after
    if state != row.state:
        yield f"{noun} {row.id} is {row.state}, but its ledger ends with {state}"


def _events_of(states: type[StrEnum]) -> set[StrEnum]:
    return {event for _, event in TRANSITIONS[states]}


def _ends(session: Session, witness: Witness) -> Iterator[str]:
    """Each notice of an ended activation has one end; unreached may still be acknowledged late."""
    for notice in session.scalars(select(Notice)):
        ends = [c.after for c in witness.changes[f"notice/{notice.id}"] if c.after in NOTICE_ENDS]
        if ends not in ([], [notice.state], ["unreached", "acknowledged"]):
            yield f"notice {notice.id} ended as {ends}"
        if notice.activation.state in ACTIVATION_ENDS and not ends:
            yield f"notice {notice.id} of an ended activation is {notice.state}"


def _attempts_after_an_answer(session: Session, witness: Witness) -> Iterator[str]:
    """Nobody of a member that has answered is reminded, nor the next office asked."""
    for notice in session.scalars(select(Notice)):
        changes = witness.changes[f"notice/{notice.id}"]
        answered = next((c.entry for c in changes if c.event == "answered"), None)
        for message in notice.messages:
            claims = [c.entry for c in witness.changes[f"message/{message.id}"]
                      if c.event == "claimed"]  # fmt: skip
            if (
                answered
                and message.purpose in LADDER_PURPOSES
                and max(claims, default=0) > answered
            ):
                yield f"message {message.id} was attempted after its member's answer"


def _unread_replies(session: Session) -> Iterator[str]:
    for reply in session.scalars(select(Reply).where(Reply.state == ReplyState.KEPT)):
        yield f"reply {reply.id} was kept and never read"


def _off_the_list(session: Session, witness: Witness) -> Iterator[str]:
    """An exercise reaches nobody but those of its frozen plan."""
    for activation in session.scalars(select(Activation).where(Activation.kind == Kind.EXERCISE)):
        allowed = set(activation.plan["addresses"])
        for got in witness.arrived:
            if activation.log in f"{got.subject} {got.text}" and got.to not in allowed:
                yield f"an exercise reached {got.to}"


def _sent_twice(session: Session, witness: Witness) -> Iterator[str]:
    """What was surely taken is not sent again, unless the fate of one try was unknown."""
    arrivals = Counter(wire_of(got) for got in witness.arrived if got.arrived)
    written: dict[Wire, list[Message]] = defaultdict(list)
    for message in session.scalars(select(Message)):
        written[wire_of_message(message, witness.installation.settings)].append(message)
    for wire, messages in written.items():
        if arrivals[wire] > len(messages) and not any(map(was_uncertain, messages)):
            yield f"message {messages[0].id} came {arrivals[wire]} times, and every try was known"


def wire_of(got: Received) -> Wire:
    """By what a message is known again outside: a mail by its id, a text by its words.

    Calls are counted: what is heard in one depends on who takes it.
    """
    if got.channel is Channel.VOICE:
        return got.to, "a call"
    return got.to, got.message_id or got.text


def wire_of_message(message: Message, settings: Settings) -> Wire:
    """The same of a message of ours."""
    if message.channel is Channel.EMAIL:
        return message.address, message.mail_id
    if message.channel is Channel.VOICE:
        return message.address, "a call"
    return message.address, fill(message.body, {"link": link_of(message, settings)})


def was_uncertain(message: Message) -> bool:
    """Whether it may have been taken without our knowing.

    A try that a look did not find was not taken; where that proves wrong, the message is marked.
    """
    outcomes = {attempt.outcome for attempt in message.attempts}
    return AttemptOutcome.UNKNOWN in outcomes or message.repeat


def _unexpected(session: Session, witness: Witness) -> Iterator[str]:
    """Nobody hears anything but those of whom the journey tells.

    The co-chairs are told of every activation; a journey need not say so each time.
    """
    if witness.mentioned is None:
        return
    told = MessagePurpose.CONCURRENCE
    as_co_chair = set(session.scalars(select(Message.address).where(Message.purpose == told)))
    for got in witness.arrived:
        words = f"{got.subject} {got.text}"
        news = got.to in as_co_chair and ("has triggered" in words or "riggered by" in words)
        if got.arrived and got.to not in witness.mentioned and not news:
            yield f"nobody expected that {got.to} got {words[:90]!r}"
