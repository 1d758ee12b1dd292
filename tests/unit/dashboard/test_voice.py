"""What a call of ours says to whoever takes it, and what a key does."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from convening import acknowledge, stand_down
from convening.acknowledge import MemberAnswer
from convening.replies import handle
from mechanism.assurance import Assurance
from mechanism.lifecycle import MessageEvent, MessageState, NoticeState, ReplyState
from mechanism.vocabulary import (
    AcknowledgementResponse,
    Channel,
    Door,
    MessagePurpose,
    NeedCause,
    Rank,
    SetbackKind,
)
from notifications.twilio import twiml
from simulator.twiml import Gather, Say, read_twiml
from simulator.webhooks import signature
from store import ledger
from store.act import Act, Actor, by_engine
from store.installation import Installation
from store.tables import (
    Acknowledgement,
    Activation,
    Attempt,
    LedgerEntry,
    Message,
    Need,
    Notice,
    Reply,
)
from tests.support.consultation import activated, contact_of, notice_of
from tests.support.five_members import NOW
from tests.support.web import Browser, NewBrowser

AUTH_TOKEN = "loopback-token"  # noqa: S105 - the default of the simulated gateway
HERE = "http://localhost:8080"
SCRIPT = "A call for you.\nTo acknowledge, press 1."


class Line:
    """One call that was placed, as the provider sees it."""

    def __init__(self, installation: Installation, provider: Browser) -> None:
        self._installation, self._provider = installation, provider
        self.activation = activated(installation)
        self.attempt = self._placed()

    def _placed(self) -> int:
        with self._installation.database.transaction() as session:
            contact = contact_of(session, "BD", Channel.VOICE, Rank.PRIMARY)
            notice = notice_of(session, self.activation, "BD")
            message = Message(
                dedupe_key="a call", activation_id=self.activation, notice_id=notice.id,
                contact_point_id=contact.id, channel=Channel.VOICE, address=contact.address,
                addressee="Duty desk 1, Bangladesh", purpose=MessagePurpose.REMINDER, rung=2,
                subject="", body=SCRIPT, html="", calendar="", body_hash="", priority=4,
                queued_at=NOW, due_at=NOW,
            )  # fmt: skip
            session.add(message)
            session.flush()
            ledger.move(
                session,
                by_engine(NOW),
                message,
                MessageEvent.CLAIMED,
                lease_until=NOW + timedelta(minutes=1),
            )
            attempt = Attempt(
                message_id=message.id, number=1, provider="twilio-voice", began_at=NOW
            )
            session.add(attempt)
            session.flush()
            return attempt.id

    def posts(
        self, to: str, fields: Mapping[str, str], *, status: int = 200, signed: str = AUTH_TOKEN
    ) -> list[str]:
        """What is said then; "?" in front of what waits for a key."""
        path = {
            "": twiml.path,
            "answer": twiml.answer_path,
            "status": twiml.status_path,
        }[to]
        form = {"CallSid": "CA1", "To": "+9992", "From": "+9990", **fields}
        own = path(self.attempt, self._installation.settings.key)
        headers = {"X-Twilio-Signature": signature(signed, HERE + own, form)}
        got = self._provider.client.post(own, data=form, headers=headers)
        assert got.status_code == status
        if status != 200:
            return []
        assert got.headers["content-type"].startswith("text/xml")
        return list(words_of(got.text))

    def taken_by(self, who: str) -> list[str]:
        return self.posts("", {"CallStatus": "in-progress", "AnsweredBy": who})

    def key(self, digits: str, **more: str) -> list[str]:
        return self.posts("answer", {"CallStatus": "in-progress", "Digits": digits, **more})

    def ends(self, status: str, **more: str) -> None:
        self.posts("status", {"CallStatus": status, **more})

    @property
    def state(self) -> NoticeState:
        with self._installation.database.reading() as session:
            return notice_of(session, self.activation, "BD").state

    @property
    def message(self) -> MessageState:
        with self._installation.database.reading() as session:
            return session.get_one(Attempt, self.attempt).message.state

    @property
    def setbacks(self) -> list[SetbackKind]:
        with self._installation.database.reading() as session:
            return [one.kind for one in notice_of(session, self.activation, "BD").setbacks]

    @property
    def ended(self) -> list[str]:
        with self._installation.database.reading() as session:
            query = select(LedgerEntry.body).where(LedgerEntry.type == "cm.call.ended.v1")
            return [
                body.partition('"end":"')[2].partition('"')[0] for body in session.scalars(query)
            ]


def words_of(document: str) -> Iterator[str]:
    for verb in read_twiml(document):
        match verb:
            case Say(text):
                yield text
            case Gather():
                yield from (f"?{one.text}" for one in verb.spoken if isinstance(one, Say))
            case _:
                pass


@pytest.fixture
def line(browser: NewBrowser, installation: Installation) -> Line:
    return Line(installation, browser())


def test_a_person_hears_the_message_and_the_menu(line: Line) -> None:
    said = line.taken_by("human")

    assert said[:2] == ["?A call for you.", "?To acknowledge, press 1."]
    assert said[-1].startswith("No key was pressed")
    assert line.message is MessageState.SENDING


def test_the_key_1_acknowledges_with_two_dots(line: Line, installation: Installation) -> None:
    line.taken_by("human")

    said = line.key("1", AnsweredBy="human")

    assert said[0] == "Thank you. Receipt is acknowledged for Bangladesh."
    assert line.state is NoticeState.ACKNOWLEDGED
    with installation.database.reading() as session:
        told = session.scalars(
            select(Acknowledgement).where(Acknowledgement.door == Door.VOICE)
        ).one()
        assert (told.assurance, told.assurance_text) == (
            2, "key pressed on a call to a directory number",
        )  # fmt: skip


def test_a_doubled_key_is_one_answer_and_is_answered_alike(
    line: Line, installation: Installation
) -> None:
    first = line.key("1")

    assert line.key("1") == first
    with installation.database.reading() as session:
        query = select(func.count()).where(Reply.door == Door.VOICE)
        assert session.scalar(query) == 1
        added = select(func.count()).where(LedgerEntry.type == "cm.answer.added.v1")
        assert session.scalar(added) == 0


def test_the_key_2_says_it_again_and_answers_nothing(line: Line) -> None:
    assert line.key("2") == line.taken_by("human")
    assert line.state is NoticeState.NOTIFIED


@pytest.mark.parametrize("digits", ["5", "*", "", "11"])
def test_a_key_that_is_not_on_the_menu_is_told_so(line: Line, digits: str) -> None:
    said = line.key(digits)

    assert said[0] == "?The menu has changed, or has no such key. Please listen to it."
    assert "?To acknowledge, press 1." in said
    assert line.state is NoticeState.NOTIFIED


def test_every_key_is_kept_raw(line: Line, installation: Installation) -> None:
    for digits in ("5", "2", "1"):
        line.key(digits)

    with installation.database.reading() as session:
        kept = session.scalars(select(Reply).where(Reply.door == Door.VOICE).order_by(Reply.id))
        assert [(reply.provider_id, reply.state) for reply in kept] == [
            ("CA1/5", ReplyState.SET_ASIDE),
            ("CA1/2", ReplyState.SET_ASIDE),
            ("CA1/1", ReplyState.MATCHED),
        ]


def test_the_key_9_asks_the_next_office_and_has_the_directory_mended(
    line: Line, installation: Installation
) -> None:
    said = line.key("9")

    assert said == [
        "Thank you. The next office is asked, and the directory will be mended. Goodbye."
    ]
    assert line.state is NoticeState.NOTIFIED
    assert line.setbacks == [SetbackKind.WRONG_ADDRESSEE]
    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).where(Need.cause == NeedCause.DIRECTORY)) == 1


def test_a_machine_hears_how_to_call_back_and_nothing_else(line: Line) -> None:
    said = line.taken_by("machine_end_beep")

    assert said[0].startswith("This is an urgent message from the duty line")
    everything = " ".join(said)
    assert not {"?", "Bangladesh", "press", "reference", "B P"} & set(everything.split())
    assert "plus, 9 9 9" in everything
    assert line.setbacks == [SetbackKind.OUT_OF_OFFICE]
    assert line.state is NoticeState.NOTIFIED


def test_a_machine_that_seems_to_press_1_has_not_acknowledged(line: Line) -> None:
    said = line.key("1", AnsweredBy="machine_start")

    assert said[0].startswith("This is an urgent message from the duty line")
    assert line.state is NoticeState.NOTIFIED


@pytest.mark.parametrize("who", ["unknown", ""])
def test_where_nobody_knows_who_listens_the_message_comes_at_a_key(line: Line, who: str) -> None:
    said = line.taken_by(who)

    assert said[0].startswith("?This is an urgent message from the duty line")
    assert "?To hear the message now, press 2." in said
    assert "?A call for you." not in said
    assert line.key("2")[0] == "?A call for you."


def test_who_takes_a_call_after_another_answer_is_told_so(
    line: Line, installation: Installation
) -> None:
    word = MemberAnswer(
        Door.CALL, AcknowledgementResponse.RECEIVED, Assurance(2, "telephone"), installation.now()
    )
    with installation.database.transaction() as session:
        notice = notice_of(session, line.activation, "BD")
        acknowledge.acknowledge(session, Act(_officer(), installation.now()), notice, word)

    assert line.taken_by("human")[0] == "Receipt has been acknowledged already for Bangladesh."
    assert line.key("1")[0] == "Receipt has been acknowledged already for Bangladesh."
    with installation.database.reading() as session:
        notices = session.scalars(select(Notice).where(Notice.member_code == "BD")).one()
        assert notices.acknowledgement is not None
        assert notices.acknowledgement.door is Door.CALL


def test_after_the_end_a_key_changes_nothing(line: Line, installation: Installation) -> None:
    with installation.database.transaction() as session:
        activation = session.get_one(Activation, line.activation)
        stand_down.close(session, Act(_officer(), installation.now()), activation)

    ended = ["This consultation has ended. Nothing is asked of you any more. Goodbye."]
    assert line.taken_by("human") == ended
    assert line.key("1") == ended
    assert line.state is NoticeState.CANCELLED


def _officer() -> Actor:
    return Actor("person", "officer", "co_chair", "AU")


def test_a_key_that_cannot_be_read_at_once_is_kept_and_read_later(
    line: Line, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(handle, "interpret", lambda *_, **__: 1 / 0)
        assert line.key("1") == ["Your answer has been received and will be read. Goodbye."]
    with installation.database.reading() as session:
        assert notice_of(session, line.activation, "BD").state is NoticeState.NOTIFIED
        waiting = handle.waiting_to_be_heard(session)
    for reply_id in waiting:
        handle.read_kept(installation, reply_id)

    assert line.state is NoticeState.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("status", "kind", "end"),
    [
        ("busy", SetbackKind.NOT_CARRIED, "busy"),
        ("no-answer", SetbackKind.NOT_CARRIED, "no_answer"),
        ("failed", SetbackKind.FAILED, "failed"),
    ],
)
def test_a_call_that_nobody_takes_is_a_setback_and_no_need_of_a_person(
    line: Line, installation: Installation, status: str, kind: SetbackKind, end: str
) -> None:
    line.ends("initiated")
    line.ends("ringing")
    line.ends(status)
    line.ends(status)

    assert line.message is MessageState.FAILED
    assert line.setbacks == [kind]
    assert line.ended == [end]
    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).where(Need.cause == NeedCause.NOT_SENT)) == 0


@pytest.mark.parametrize(
    ("who", "keys", "end"),
    [
        ("human", "", "reached_not_acknowledged"),
        ("human", "5", "reached_not_acknowledged"),
        ("human", "1", "acknowledged"),
        ("human", "9", "wrong_number"),
        ("machine_end_beep", "", "answering_machine"),
    ],
)
def test_the_ledger_says_how_a_call_ended(line: Line, who: str, keys: str, end: str) -> None:
    line.taken_by(who)
    for digits in keys:
        line.key(digits)
    line.ends("completed")

    assert line.ended == [end]
    assert line.message is MessageState.DELIVERED


@pytest.mark.parametrize("to", ["", "answer", "status"])
def test_a_request_that_the_provider_has_not_signed_is_refused(
    line: Line, installation: Installation, to: str
) -> None:
    form = {"Digits": "1", "CallStatus": "completed"}
    line.posts(to, form, status=403, signed="another-token")

    assert line.state is NoticeState.NOTIFIED
    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).where(Reply.door == Door.VOICE)) == 0


@pytest.mark.parametrize("to", ["", "answer", "status"])
def test_a_guessed_address_is_refused_though_signed(
    line: Line, installation: Installation, browser: NewBrowser, to: str
) -> None:
    right = twiml.path(line.attempt, installation.settings.key)
    own = right.replace(f"/{line.attempt}/", f"/{line.attempt + 1}/") + (f"/{to}" if to else "")
    form = {"CallSid": "CA1", "Digits": "1", "CallStatus": "completed"}
    headers = {"X-Twilio-Signature": signature(AUTH_TOKEN, HERE + own, form)}

    assert browser().client.post(own, data=form, headers=headers).status_code == 403


def test_an_attempt_that_nobody_knows_any_more_says_nothing(line: Line) -> None:
    line.attempt = 4711

    assert line.taken_by("human") == []
    assert line.key("2") == []
    line.ends("completed")
