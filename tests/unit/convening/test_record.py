"""The record: compiled from what is remembered, in revisions, and handed over with its proof."""

import io
import json

from convening import record
from mechanism.lifecycle import RecordState
from records import verify
from store.act import Act
from store.tables import Record
from tests.support.desk import OFFICER, Desk


def written(desk: Desk) -> int:
    with desk.database.transaction() as session:
        return record.write_record(
            session,
            Act(OFFICER, desk.now, signature="Secretariat"),
            desk.activation(session),
            simulated=False,
            settings=desk.settings,
        ).id


def adopted(desk: Desk, record_id: int) -> bool:
    with desk.database.transaction() as session:
        return record.adopt(
            session,
            Act(OFFICER, desk.now, signature="Secretariat"),
            session.get_one(Record, record_id),
        )


def test_it_names_every_member_that_was_asked_and_no_address(either_desk: Desk) -> None:
    desk = either_desk
    desk.activates("ATLANTIS", "MU")

    record_id = written(desk)

    with desk.database.reading() as session:
        model = session.get_one(Record, record_id).model
    assert [m["code"] for m in json.loads(model)["members"]] == ["ATLANTIS", "MU", "THULE"]
    assert "@" not in model
    assert "+999" not in model


def test_it_tells_which_state_had_which_role_as_it_was_known_at_the_trigger(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.transaction() as session:
        activation = desk.activation(session)
        facts = {**activation.plan["facts"], "states_by_role": {"rescue": ["ATLANTIS", "MU"]}}
        activation.plan = {**activation.plan, "facts": facts}

    record_id = written(desk)

    with desk.database.reading() as session:
        situation = json.loads(session.get_one(Record, record_id).model)["situation"]
    assert "which say nothing about responsibility" in situation
    assert "State of the search and rescue region: Atlantis, Mu." in situation


def test_a_new_draft_supersedes_the_one_before(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    first, second = written(desk), written(desk)

    with desk.database.reading() as session:
        assert session.get_one(Record, first).state is RecordState.SUPERSEDED
        assert session.get_one(Record, second).revision == 2


def test_it_is_adopted_once(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    record_id = written(desk)

    assert [adopted(desk, record_id), adopted(desk, record_id)] == [True, False]


def test_the_export_is_itself_in_the_evidence_and_the_bundle_verifies(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    written(desk)

    with desk.database.transaction() as session:
        bundle, made = record.export_evidence(
            session,
            Act(OFFICER, desk.now, signature="Auditor"),
            desk.activation(session).situation,
            reason="yearly audit",
        )

    report = verify.verify(io.BytesIO(bundle))
    assert report.sound, report.reason
    assert (report.events, report.root) == (made.size, made.root)
    assert b"cm.export.created.v1" in _events(bundle)


def _events(bundle: bytes) -> bytes:
    import zipfile  # noqa: PLC0415 - beside its one use

    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return archive.read("events.jsonl")
