"""Activating: what was shown is what is sent, and what cannot be sent is refused before."""

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from convening import activate
from convening.activate import CannotDrawUpError, StalePlanError, Wish
from convening.messages import compose
from mechanism.ladder import Purpose
from mechanism.lifecycle import ActivationState, NoticeState
from mechanism.vocabulary import Channel, MessagePurpose
from notifications.content import templates
from notifications.content.templates import CannotRenderError, Words
from store.act import ENGINE, Act
from store.tables import Activation, ContactPoint, LedgerEntry, Message, Situation
from tests.support import cast
from tests.support.desk import Desk
from tests.support.patience import PATIENCE

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.readline()
"""


def nothing_was_written(desk: Desk) -> bool:
    with desk.database.reading() as session:
        every = (Situation, Activation, Message, LedgerEntry)
        return not any(session.scalar(select(func.count()).select_from(t)) for t in every)


def refusal(desk: Desk, wish: Wish) -> str:
    with desk.database.reading() as session, pytest.raises(CannotDrawUpError) as refused:
        activate.draw_up(
            session, Act(ENGINE, desk.now, government="THULE"), wish, settings=desk.settings
        )  # fmt: skip
    return str(refused.value)


def test_a_text_that_cannot_be_made_refuses_the_activation_and_names_recipient_and_template(
    desk: Desk,
) -> None:
    facts = cast.facts().model_copy(update={"requested_of_you": "Call {{ nobody }}."})

    said = refusal(desk, Wish(facts, ("THULE", "ATLANTIS")))

    assert "the playbook's own wording" in said
    assert "Migration desk, Atlantis" in said
    assert "'nobody' is undefined" in said
    assert nothing_was_written(desk)


def test_a_text_of_a_later_rung_that_cannot_be_made_is_found_before_the_first_is_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, escalation = templates.write, compose.OPENING[Purpose.ESCALATION]

    def breaks(
        name: str, channel: Channel, words: Mapping[str, Any], **how: Any
    ) -> templates.Words:
        if words.get("opening") == escalation:
            raise CannotRenderError(f"{name}.mail.j2", "it broke")
        return write(name, channel, words, **how)

    monkeypatch.setattr(templates, "write", breaks)

    said = refusal(desk, desk.wish("ATLANTIS"))

    assert "first_notice.mail.j2: Consular department, Atlantis: it broke" in said
    assert nothing_was_written(desk)


def test_nobody_asked_is_refused(desk: Desk) -> None:
    assert "nobody is asked" in refusal(desk, Wish(cast.facts(), ()))


def test_an_unknown_member_is_refused_by_its_code(desk: Desk) -> None:
    assert "HYPERBOREA is not in the directory" in refusal(desk, desk.wish("HYPERBOREA"))


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "elsewhere@atlantis.example"},
        {"retired_at": cast.NOW},
    ],
    ids=["an address", "an address that was retired"],
)
@pytest.mark.check(8)
def test_what_has_changed_since_it_was_shown_is_not_sent(
    desk: Desk, changes: dict[str, object]
) -> None:
    confirmed = desk.confirmed(desk.wish("ATLANTIS"))
    with desk.database.transaction() as session:
        for contact in session.scalars(select(ContactPoint).where(
            ContactPoint.address == "desk@atlantis.example"
        )):  # fmt: skip
            for name, value in changes.items():
                setattr(contact, name, value)

    with pytest.raises(StalePlanError):
        desk.activates("ATLANTIS", confirmed=confirmed)

    assert nothing_was_written(desk)


def test_the_hash_does_not_depend_on_the_instant(desk: Desk) -> None:
    before = desk.confirmed(desk.wish("ATLANTIS"))

    desk.clock.passes(minutes=7)

    assert desk.confirmed(desk.wish("ATLANTIS")) == before


def test_what_is_queued_is_what_was_shown_but_for_codes_and_instants(either_desk: Desk) -> None:
    desk = either_desk
    with desk.database.reading() as session:
        plan = activate.draw_up(
            session,
            Act(ENGINE, desk.now, government="THULE"),
            desk.wish("ATLANTIS"),
            settings=desk.settings,
        )
        shown = {line.contact.address: line.words for line in plan.lines}

    desk.activates("ATLANTIS")

    with desk.database.reading() as session:
        activation = desk.activation(session)
        queued = desk.queued(session, MessagePurpose.FIRST_NOTICE)
        assert {m.address for m in queued} == set(shown)
        for message in queued:
            parts = shown[message.address].body.split("[[")
            assert message.body.startswith(parts[0].replace("[[", ""))
        assert activation.state is ActivationState.ACTIVE
        assert desk.notice(session, "ATLANTIS").state is NoticeState.NOTIFIED


def test_what_is_sent_at_once_is_what_was_confirmed_and_is_not_rendered_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered, render = list[Words](), templates.write

    def write(*of_what: Any, **how: Any) -> Words:
        rendered.append(render(*of_what, **how))
        return rendered[-1]

    monkeypatch.setattr(templates, "write", write)
    confirmed = desk.confirmed(desk.wish("ATLANTIS", "MU", playbook="maritime-distress"))
    for_the_plan = len(rendered)

    desk.activates("ATLANTIS", "MU", playbook="maritime-distress", confirmed=confirmed)

    assert len(rendered) == 2 * for_the_plan
    with desk.database.reading() as session:
        assert desk.queued(session, MessagePurpose.FIRST_NOTICE)


def test_who_triggers_has_received_and_is_not_written_to_as_a_member(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    with desk.database.reading() as session:
        own = desk.notice(session, "THULE")
        assert own.state is NoticeState.ACKNOWLEDGED
        assert own.acknowledgement is not None
        assert own.acknowledgement.assurance == 3
        assert own.messages == []


def test_a_stored_text_never_holds_its_link(desk: Desk) -> None:
    desk.activates("ATLANTIS", "MU")

    with desk.database.reading() as session:
        bodies = [f"{m.body}{m.html}" for m in session.scalars(select(Message))]
    assert sum("[[link]]" in body for body in bodies) >= 3
    assert not any("/a/" in body or "/c/" in body for body in bodies)


def test_situations_are_numbered_one_after_the_other_and_exercises_apart(desk: Desk) -> None:
    references = []
    for _ in range(2):
        desk.activates("ATLANTIS")
        with desk.database.reading() as session:
            references.append(desk.activation(session).log)
    assert references == ["BP-2026-001", "BP-2026-002"]


@pytest.mark.check(10)
def test_two_co_chairs_who_act_at_once_get_two_numbers(either_desk: Desk) -> None:
    desk = either_desk
    confirmed = desk.confirmed(desk.wish("ATLANTIS"))

    with ThreadPoolExecutor(2) as pool:
        ids = list(pool.map(lambda _: desk.activates("ATLANTIS", confirmed=confirmed), range(2)))

    with desk.database.reading() as session:
        references = {session.get_one(Activation, i).log for i in ids}
    assert references == {"BP-2026-001", "BP-2026-002"}


def test_an_act_waits_while_another_process_writes_and_then_succeeds(
    desk: Desk, tmp_path: Path
) -> None:
    lock = tmp_path / "house.sqlite3.lock"
    with subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other, ThreadPoolExecutor(1) as pool:  # fmt: skip
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        act = pool.submit(desk.activates, "ATLANTIS")
        assert wait([act], timeout=0.3).not_done

        other.stdin.write("\n")
        other.stdin.flush()

        assert act.result(timeout=PATIENCE)
