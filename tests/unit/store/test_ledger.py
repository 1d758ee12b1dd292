"""What has happened is written once, in one form, without anybody's name."""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mechanism.lifecycle import NeedEvent, NoticeEvent, NoticeState
from mechanism.vocabulary import Channel, NeedCause
from store import ledger
from store.act import Act, Actor, by_engine
from store.events import Moved, Noted
from store.ledger import Because, Entry, Json, StrangeEventError, Subject
from store.tables import LedgerDisclosure, LedgerEntry, LedgerPending, Need, Notice, Reply
from tests.support.situations import NOW, notified

OFFICER = Actor("person", "7", role="co_chair", government="AU")
SUBJECT = Subject("BP-X-2026-001", "notice", "3")


def last(session: Session) -> dict[str, Any]:
    body = session.scalars(select(LedgerEntry.body).order_by(LedgerEntry.id.desc())).first()
    event: dict[str, Any] = json.loads(body or "{}")
    return event


class TestTheEvent:
    def test_it_is_a_cloud_event_that_says_who_did_what_to_what_when_and_why(
        self, session: Session
    ) -> None:
        cause = ledger.append(session, by_engine(NOW), Noted.CALL_RECORDED, subject=SUBJECT)

        event_id = ledger.append(
            session,
            Act(OFFICER, NOW),
            Noted.CALL_ENDED,
            subject=SUBJECT,
            cause=cause,
            evidence=["sha256:00"],
            data={"attempt": [1, 2]},
            happened_at=NOW - timedelta(minutes=5),
        )

        assert last(session) == {
            "specversion": "1.0",
            "id": event_id,
            "source": "/consultation-mechanism",
            "type": "cm.call.ended.v1",
            "subject": "notice/3",
            "time": "2026-11-23T05:55:00.000Z",
            "recordedtime": "2026-11-23T06:00:00.000Z",
            "correlationid": "BP-X-2026-001",
            "causationid": cause,
            "authtype": "person",
            "authid": "7",
            "datacontenttype": "application/json",
            "data": {
                "actor": {"type": "person", "role": "co_chair", "government": "AU"},
                "evidence": ["sha256:00"],
                "attempt": [1, 2],
            },
        }

    def test_its_leaf_is_the_hash_of_its_text_and_it_waits_to_be_sealed(
        self, session: Session
    ) -> None:
        ledger.append(session, Act(OFFICER, NOW), Noted.CALL_ENDED, subject=SUBJECT)

        entry = session.scalars(select(LedgerEntry)).one()
        assert entry.leaf == hashlib.sha256(b"\0" + entry.body.encode()).digest()
        assert session.scalars(select(LedgerPending)).one().entry is entry

    @pytest.mark.parametrize(
        "stranger", ["cm.test.made.v1", "cm.call.ended.v1", Moved.NOTICE_ANSWERED, None]
    )
    def test_what_is_no_event_that_can_be_noted_is_refused(
        self, session: Session, stranger: Any
    ) -> None:
        with pytest.raises(StrangeEventError, match="nothing that anybody can note"):
            ledger.append(session, Act(OFFICER, NOW), stranger, subject=SUBJECT)

        assert session.scalars(select(LedgerEntry)).all() == []

    @pytest.mark.parametrize(
        ("said", "complaint"),
        [
            ({"data": {"member": "BD", "mood": "calm", "weather": "fine"}}, "['mood', 'weather']"),
            ({"data": {"change": {"before": "a", "after": "b"}}}, "['change']"),
            ({"data": {"reason": "lost"}}, "['reason']"),
            ({"private": {"reason": "lost", "member": "BD"}}, "private called ['member']"),
            ({"subject": Subject("system", "member", "BD")}, "'member'"),
        ],
    )
    def test_a_word_or_a_subject_that_the_catalogue_does_not_name_is_refused(
        self, session: Session, said: dict[str, Any], complaint: str
    ) -> None:
        given = {"subject": SUBJECT, **said}

        with pytest.raises(StrangeEventError, match=re.escape(complaint)):
            ledger.append(session, Act(OFFICER, NOW), Noted.LINKS_TAKEN_BACK, **given)

        assert session.scalars(select(LedgerEntry)).all() == []

    def test_a_personal_value_can_be_disclosed_and_proven_and_then_forgotten(
        self, session: Session
    ) -> None:
        ledger.append(
            session,
            Act(OFFICER, NOW),
            Noted.CALL_RECORDED,
            subject=SUBJECT,
            private={"number": "desk@mfa.bd.example"},
        )
        session.flush()

        kept = session.scalars(select(LedgerDisclosure)).one()
        salt, name, value = json.loads(urlsafe_b64decode(kept.disclosure + "=="))
        digest = hashlib.sha256(kept.disclosure.encode()).digest()
        assert (name, value) == ("number", "desk@mfa.bd.example")
        assert len(salt) >= 22  # 128 bits: a short list of numbers cannot be tried through
        assert urlsafe_b64encode(digest).rstrip(b"=").decode() == kept.digest
        assert last(session)["data"]["number"] == {"...": kept.digest}

    def test_the_same_value_twice_has_two_digests(self, session: Session) -> None:
        for _ in range(2):
            ledger.append(
                session,
                Act(OFFICER, NOW),
                Noted.CALL_RECORDED,
                subject=SUBJECT,
                private={"number": "desk@mfa.bd.example"},
            )

        assert len(set(session.scalars(select(LedgerDisclosure.digest)))) == 2


class TestMoving:
    def test_columns_beside_the_state_change_in_the_same_statement(self, session: Session) -> None:
        notice = notified(session)

        assert ledger.move(
            session,
            Act(OFFICER, NOW),
            notice,
            NoticeEvent.ANSWERED,
            because=Because(data={"member": "BD"}),
            acknowledged_at=NOW,
            due_at=None,
        )

        assert (notice.state.value, notice.acknowledged_at) == ("acknowledged", NOW)
        assert last(session)["type"] == "cm.notice.answered.v1"
        assert last(session)["correlationid"] == "BP-X-2026-001"
        assert last(session)["data"]["change"] == {"before": "notified", "after": "acknowledged"}

    def test_whoever_finds_the_row_moved_by_another_is_told_and_writes_nothing(
        self, session: Session
    ) -> None:
        notice = notified(session)
        session.execute(text("UPDATE notice SET state = 'unreached'"))

        assert not ledger.move(session, Act(OFFICER, NOW), notice, NoticeEvent.LADDER_ENDED)

        assert notice.state.value == "unreached"
        assert session.scalars(select(LedgerEntry)).all() == []

    def test_whoever_writes_an_event_rings_the_bell_at_commit(self, session: Session) -> None:
        need = Need(dedupe_key="x", cause=NeedCause.ENGINE, sentence="A test.", opened_at=NOW)
        session.add(need)
        session.flush()
        assert "ledger_appended" not in session.info

        ledger.move(session, Act(OFFICER, NOW), need, NeedEvent.SETTLED)

        assert session.info["ledger_appended"] is True


class TestManyAtOnce:
    def test_rows_in_several_states_are_moved_and_each_has_its_entry(
        self, session: Session
    ) -> None:
        first, second = two_notices(session, NoticeState.WAITING)

        moved = ledger.move_all(
            session,
            by_engine(NOW),
            [first, second],
            NoticeEvent.RUNG_TAKEN,
            because=Because(data={"rungs": [0]}),
            due_at=NOW,
        )

        assert moved == [first, second]
        for notice in (first, second):
            session.refresh(notice)
            assert (notice.state, notice.due_at) == (NoticeState.NOTIFIED, NOW)
        assert changes(session) == {
            f"notice/{first.id}": {"before": "notified", "after": "notified"},
            f"notice/{second.id}": {"before": "waiting", "after": "notified"},
        }

    def test_those_that_another_has_moved_are_left_out_and_shown_as_they_are(
        self, session: Session
    ) -> None:
        first, second = two_notices(session, NoticeState.NOTIFIED)
        taken = text("UPDATE notice SET state = 'unreached' WHERE id = :id")
        session.execute(taken, {"id": first.id})

        moved = ledger.move_all(
            session, Act(OFFICER, NOW), [first, second], NoticeEvent.ANSWERED, acknowledged_at=NOW
        )

        assert moved == [second]
        assert (first.state, second.state) == (NoticeState.UNREACHED, NoticeState.ACKNOWLEDGED)
        assert list(changes(session)) == [f"notice/{second.id}"]

    def test_events_are_written_in_the_order_in_which_they_are_told(self, session: Session) -> None:
        told = [
            Entry(event, SUBJECT, OFFICER, Because(private={private: f"+999{n}"}))
            for n in range(4)
            for event, private in (
                (Noted.LINKS_TAKEN_BACK, "reason"),
                (Noted.MEETING_WISH_NOTED, "delegate"),
                (Noted.CALL_RECORDED, "number"),
            )
        ]

        ids = ledger.append_all(session, told, now=NOW)

        entries = session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)).all()
        assert [entry.event_id for entry in entries] == ids
        assert [entry.type for entry in entries] == [one.event for one in told]
        assert session.scalars(select(LedgerPending.entry_id)).all() == [e.id for e in entries]
        for entry in entries:
            query = select(LedgerDisclosure).where(LedgerDisclosure.entry_id == entry.id)
            assert session.scalars(query).one().digest in entry.body

    def test_nothing_to_write_writes_nothing(self, session: Session) -> None:
        assert ledger.append_all(session, [], now=NOW) == []
        assert ledger.move_all(session, Act(OFFICER, NOW), [], NoticeEvent.ANSWERED) == []

        assert "ledger_appended" not in session.info


def two_notices(session: Session, state: NoticeState) -> tuple[Notice, Notice]:
    """One that is notified, and another of the same activation in this state."""
    first = notified(session)
    second = Notice(activation_id=first.activation_id, member_code="AU", words="", state=state)
    session.add(second)
    session.flush()
    return first, second


def changes(session: Session) -> dict[str, Any]:
    """What each entry says of its subject, in the order of writing."""
    bodies = map(json.loads, session.scalars(select(LedgerEntry.body).order_by(LedgerEntry.id)))
    return {body["subject"]: body["data"]["change"] for body in bodies}


class TestTheSubject:
    def test_it_is_the_log_the_noun_and_the_key_of_a_row(self, session: Session) -> None:
        notice = notified(session)

        assert ledger.subject_of(notice) == Subject("BP-X-2026-001", "notice", str(notice.id))

    def test_a_row_without_a_key_is_called_new(self) -> None:
        need = Need(dedupe_key="x", cause=NeedCause.ENGINE, sentence="A test.", opened_at=NOW)

        assert ledger.subject_of(need) == Subject("system", "need", "new")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(st.characters(codec="ascii")), parts),
    max_leaves=20,
)


class TestTheForm:
    @given(JSON)
    def test_it_is_the_canonical_json_of_rfc_8785(self, value: Json) -> None:
        assert ledger.canonical(value) == rfc8785.dumps(value).decode()

    @pytest.mark.parametrize("value", [1.5, {"a": 0.1}, [b"x"], NOW, {1, 2}, [(1, [object()])]])
    def test_what_has_no_one_canonical_form_is_refused(self, value: Any) -> None:
        with pytest.raises(TypeError, match="cannot stand in the ledger"):
            ledger.canonical(value)

    @pytest.mark.parametrize(
        ("value", "complaint"),
        [
            (2**53, "too large"),
            (-(2**53), "too large"),
            ({"é": 1}, "cannot be a key"),
            ({1: 1}, "cannot be a key"),
            (["\ud800"], "surrogates not allowed"),
        ],
    )
    def test_what_other_readers_would_read_otherwise_is_refused(
        self, value: Any, complaint: str
    ) -> None:
        with pytest.raises(ValueError, match=complaint):
            ledger.canonical(value)

    def test_a_tuple_is_written_as_a_list(self) -> None:
        assert ledger.canonical({"a": (1, (2, "b"))}) == '{"a":[1,[2,"b"]]}'


class TestInstants:
    def test_an_instant_is_written_in_utc_with_milliseconds(self) -> None:
        jakarta = timezone(timedelta(hours=7))

        assert ledger.instant(datetime(2026, 11, 23, 13, 0, 0, 123_999, jakarta)) == (
            "2026-11-23T06:00:00.123Z"
        )

    def test_a_time_without_its_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="must carry its zone"):
            ledger.instant(datetime(2026, 11, 23))  # noqa: DTZ001 - the point of the test

    @given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)))  # noqa: DTZ001
    def test_instants_sort_as_their_texts(self, at: datetime) -> None:
        later = ledger.instant(at.replace(year=at.year) + timedelta(milliseconds=1))

        assert ledger.instant(at) < later


def test_a_word_of_an_enumeration_is_written_as_its_text() -> None:
    assert ledger.canonical({"channel": Channel.SMS}) == '{"channel":"sms"}'


def test_a_reply_is_evidence_by_the_hash_of_what_came_in() -> None:
    assert ledger.evidence_of(Reply(sha256="ab" * 32)) == (f"sha256:{'ab' * 32}",)
    assert ledger.evidence_of(None) == ()
