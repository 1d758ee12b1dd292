"""Every text can be made, says whether it is an exercise, and an SMS of it is one part."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from convening import acknowledge, activate, contacts, meeting, stand_down, time_poll
from convening.acknowledge import MemberAnswer
from convening.activate import Wish
from convening.messages import access_notice, break_glass_notice, compose, confirmations
from convening.messages import alerts as telling
from convening.messages.compose import About
from convening.replies import by_keypad, quarantine
from convening.replies.by_keypad import Says
from convening.stand_down import suggested
from mechanism.assurance import Assurance
from mechanism.ladder import Purpose, Tell
from mechanism.lifecycle import Health
from mechanism.vocabulary import (
    AcknowledgementResponse,
    Channel,
    Door,
    NeedCause,
    Rank,
    Role,
    TextKind,
)
from notifications.content import gsm_segments, templates
from notifications.content.templates import HOLE
from notifications.content.translations import FOLDER
from playbooks.schema import load, playbook_names
from playbooks.situation import SituationFacts
from settings import Settings
from store import needs
from store.act import ENGINE, Act, Actor, by_engine
from store.directory import import_roster
from store.roster import Roster, read_roster
from store.tables import (
    Account,
    Activation,
    AnswerRead,
    Base,
    ContactPoint,
    FocalPoint,
    Member,
    Message,
    Notice,
    Reply,
    ReplyCode,
)
from tests.support.rooms import ROOT

NOW = datetime(2026, 12, 31, 21, 58, tzinfo=UTC)
OFFICER = Actor("person", "1", "co_chair", "AU")
KINDS = ("real", "exercise")
SETTINGS = Settings(public_url="https://b.example.org")  # 21 characters: a link leaves no more room
LONGEST = {
    "reference": "BP-2026-000",
    "deadline": "31 Dec 2359 UTC",
    "code": "00000",
    "link": f"{SETTINGS.public_url}/a/{'x' * 16}",
}
WAYS = {"AU": "reply", "BD": "link", "CN": "mail"}


def facts(kind: str, playbook: str) -> SituationFacts:
    """With the longest titles that are legal."""
    return SituationFacts.model_validate(
        {
            "kind": kind,
            "title": "Persons in distress at sea".ljust(60, "m"),
            "short_title": "Persons in distress at sea".ljust(41, "m"),
            "what_happened": "Six wooden boats drift without power.",
            "where": {"name": "Northern Andaman Sea"},
            "as_of": NOW - timedelta(hours=1),
            "playbook": playbook,
        }
    )


def member_in(country: str) -> Member:
    office = FocalPoint(
        rank=Rank.PRIMARY, rank_order=0, office="m" * 120, zone="Asia/Ho_Chi_Minh", country=country,
        contact_points=[
            ContactPoint(channel=channel, address="x", health=Health.WORKING)
            for channel in (Channel.SMS, Channel.EMAIL)
        ],
    )  # fmt: skip
    return Member(code=country, display_name="m" * 80, focal_points=[office])


def test_the_three_countries_stand_for_the_three_ways_to_answer() -> None:
    found = {c: compose.way_to_answer(member_in(c).focal_points[0]) for c in WAYS}

    assert found == WAYS


@pytest.mark.parametrize("country", WAYS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("playbook", playbook_names())
def test_every_text_of_every_ladder_is_one_part_at_its_longest(
    playbook: str, kind: str, country: str
) -> None:
    about = About(facts(kind, playbook), load(playbook)[1], ("A", "B"), "A", SETTINGS, NOW)
    tells = [Tell(0, Rank.PRIMARY, (Channel.SMS,), purpose) for purpose in Purpose]
    prefix = {"reference": "BP-X-2026-000"} if kind == "exercise" else {}

    lines = list(compose.lines(about, member_in(country), tells))

    assert len(lines) == len(Purpose)
    for line in lines:
        text = templates.fill(line.words.body, {**LONGEST, **prefix})
        assert not HOLE.search(text)
        assert gsm_segments.count(text).parts == 1, (len(text), text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_co_chair_that_can_answer_a_text_is_told_both_words_and_the_link_in_one_part(
    kind: str,
) -> None:
    playbook = load("maritime-distress")[1]
    about = About(facts(kind, "maritime-distress"), playbook, (), "Indonesia", SETTINGS, NOW)

    lines = list(compose.co_chair_lines(about, [member_in("AU")], government="ID"))

    text = next(line.words.body for line in lines if line.contact.channel is Channel.SMS)
    said = templates.fill(text, {**LONGEST, "reference": templates.LONGEST["reference"]})
    assert "AGREE 00000 or OBJECT 00000" in said
    assert f"{SETTINGS.public_url}/a/" in said
    assert gsm_segments.count(said).parts == 1, len(said)


def test_where_a_text_has_no_room_for_both_ways_the_code_stays() -> None:
    about = About(
        facts("exercise", "maritime-distress"), load("maritime-distress")[1], (),
        "m" * 60, SETTINGS, NOW,
    )  # fmt: skip

    lines = compose.co_chair_lines(about, [member_in("AU")], government="ID")

    text = next(line.words.body for line in lines if line.contact.channel is Channel.SMS)
    assert "Reply AGREE [[code]] or OBJECT [[code]]" in text
    assert "[[link]]" not in text


def roster() -> Roster:
    text = (ROOT / "examples" / "roster.yaml").read_text(encoding="utf-8")
    members = read_roster(text, source="roster.yaml").members
    return Roster(tuple(m for m in members if m.code in {"AU", "BD", "ID"}))


SUSPENSION = {"suspended.mail.j2", "suspended.sms.j2", "suspended.subject.j2"}


class Play:
    """One activation in which everything is said that can be said."""

    def __init__(self, session: Session, kind: str, ending: TextKind) -> None:
        self.session, self.kind, self.ending = session, kind, ending

    def run(self) -> None:
        import_roster(self.session, roster(), now=NOW)
        self.activation = self.activated()
        self.telephones()
        self.little_room()
        self.answers()
        for kind in (TextKind.UPDATE, TextKind.CORRECTION):
            self.say(kind)
        self.meet()
        self.need_a_person()
        self.directory_and_doors()
        if self.kind == "exercise" and self.ending is TextKind.WITHDRAWAL:
            stand_down.suspend(
                self.session,
                Act(OFFICER, NOW, signature="Duty officer"),
                self.activation,
                settings=SETTINGS,
            )
        else:
            self.say(self.ending)
        self.confirm(self.notice("ID"), "after the end")

    def activated(self) -> Activation:
        wish = Wish(facts(self.kind, "maritime-distress"), ("AU", "BD", "ID"))
        plan = activate.draw_up(
            self.session, Act(ENGINE, NOW, government="AU"), wish, settings=SETTINGS
        )
        return activate.activate(
            self.session,
            Act(OFFICER, NOW, signature="Duty officer", government="AU"),
            wish,
            confirmed=plan.hash,
            settings=SETTINGS,
        )

    def telephones(self) -> None:
        """Everything that a call can say."""
        message = next(m for m in self.notice("BD").messages if m.channel is Channel.SMS)
        for says in Says:
            lines = by_keypad.speech(message, says, SETTINGS).lines
            assert lines
            is_opening = says not in {Says.OTHER_KEY, Says.NO_KEY, Says.MENU}
            is_exercise = "Exercise, exercise" in lines[0]
            assert is_exercise == (self.kind == "exercise" and is_opening), lines
            assert not [mark for mark in ("{{", "{%", "None") if mark in str(lines)]

    def little_room(self) -> None:
        """A network that puts words of its own before ours."""
        playbook = load("maritime-distress")[1]
        about = About(facts(self.kind, playbook.name), playbook, (), "A", SETTINGS, NOW)
        tell = Tell(0, Rank.PRIMARY, (Channel.SMS,), Purpose.FIRST_NOTICE)
        (line,) = compose.lines(about, member_in("KR"), [tell])
        assert ("EXERCISE" in line.words.body) == (self.kind == "exercise")

    def notice(self, code: str) -> Notice:
        return next(n for n in self.activation.notices if n.member_code == code)

    def answers(self) -> None:
        """Not understood, then understood, then once more by another office."""
        notice = self.notice("BD")
        self.confirm(notice, "what?")
        reply = self.reply("OK")
        word = MemberAnswer(
            Door.SMS, AcknowledgementResponse.RECEIVED, Assurance(1, "SMS"),
            NOW + timedelta(hours=9), contact_point=self.phone(notice), reply=reply,
        )  # fmt: skip
        acknowledge.acknowledge(self.session, Act(OFFICER, NOW), notice, word)
        confirmations.confirm(self.session, notice, self.phone(notice), reply, now=NOW)
        self.confirm(notice, "OK again")
        self.ask_which(notice)
        for came in ("agreed", "objected", "again", "ended", "contradicts", "unclear"):
            confirmations.of_concurrence(
                self.session, self.activation, self.phone(notice), self.reply("AGREE"), came=came,
                code="00000", now=NOW + timedelta(days=2 + len(came)),
            )  # fmt: skip
        for office in (None, notice.member.focal_points[0]):
            quarantine.pass_on(
                self.session,
                Act(OFFICER, NOW, signature="Duty officer"),
                self.unclear(notice),
                office,
                settings=SETTINGS,
            )

    def ask_which(self, notice: Notice) -> None:
        """As many as are ever named, and one more."""
        phone = self.phone(notice)
        choices = [
            ReplyCode(
                address=phone.address, code="00000", notice_id=notice.id, contact_point_id=phone.id,
                issued_at=NOW,
            )
            for _ in range(4)
        ]  # fmt: skip
        confirmations.ask_which(self.session, choices, self.reply("OK"), now=NOW)

    def unclear(self, notice: Notice) -> Reply:
        reply = self.reply("what?")
        reply.activation = self.activation
        reply.answer = AnswerRead(
            notice_id=notice.id, kind="human", automatic=False, proof="none", text="what?",
            read_at=NOW,
        )  # fmt: skip
        self.session.flush()
        return reply

    def confirm(self, notice: Notice, said: str) -> None:
        for contact in notice.member.focal_points[0].contact_points:
            confirmations.confirm(self.session, notice, contact, self.reply(said), now=NOW)

    def phone(self, notice: Notice) -> ContactPoint:
        points = notice.member.focal_points[0].contact_points
        return next(point for point in points if point.channel is Channel.SMS)

    def reply(self, said: str) -> Reply:
        reply = Reply(
            door=Door.SMS, provider_id=f"{self.session.query(Reply).count()}", sender="x",
            raw=said.encode(), sha256="", received_at=NOW,
        )  # fmt: skip
        self.session.add(reply)
        self.session.flush()
        return reply

    def say(self, kind: TextKind) -> None:
        saying = replace(suggested(self.activation, kind), body="The position has changed.")
        stand_down.say(
            self.session,
            Act(OFFICER, NOW, signature="Duty officer"),
            self.activation,
            saying,
            settings=SETTINGS,
        )

    def directory_and_doors(self) -> None:
        """What staff and offices are told apart from any situation."""
        phone = self.phone(self.notice("BD"))
        for contact in phone.focal_point.contact_points:
            if contact.channel is not Channel.VOICE:
                contacts.ask_to_answer(self.session, Act(OFFICER, NOW), contact)
        contacts.retire(self.session, Act(OFFICER, NOW), phone)
        account = Account(
            name="Canberra duty desk", role=Role.CO_CHAIR, member_code="AU", created_at=NOW
        )
        self.session.add(account)
        self.session.flush()
        for way in access_notice.NewWay:
            access_notice.tell(self.session, account, way, now=NOW, settings=SETTINGS)
        break_glass_notice.tell(
            self.session, Act(OFFICER, NOW, government="AU"), reason="A test", settings=SETTINGS
        )

    def meet(self) -> None:
        occasion = meeting.suggested(self.activation, now=NOW)
        time_poll.ask(
            self.session,
            Act(OFFICER, NOW, signature="Duty officer"),
            self.activation,
            occasion,
            [occasion.starts_at],
            closes_at=NOW + timedelta(hours=1),
            settings=SETTINGS,
        )
        meeting.fix(
            self.session,
            Act(OFFICER, NOW, signature="Duty officer"),
            self.activation,
            occasion,
            settings=SETTINGS,
        )

    def need_a_person(self) -> None:
        for activation in (self.activation, None):
            needs.raise_need(
                self.session,
                by_engine(NOW),
                NeedCause.ENGINE,
                "m" * 300,
                key=f"{activation}",
                activation=activation,
            )
        telling.tell_due(self.session, now=NOW, settings=SETTINGS)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the templates that are used from here on."""
    names: set[str] = set()  # the binding texts alone: others are a language's, in its folder
    loader = templates._environment().loader
    assert loader is not None

    def noted(environment: Any, name: str) -> Any:
        if "/" not in name:
            names.add(name)
        return source(environment, name)

    source = loader.get_source
    monkeypatch.setattr(loader, "get_source", noted)
    templates._environment().cache.clear()  # type: ignore[union-attr]
    return names


@pytest.mark.parametrize("ending", [TextKind.WITHDRAWAL, TextKind.STAND_DOWN])
@pytest.mark.parametrize("kind", KINDS)
def test_every_template_is_used_and_every_text_says_what_it_is(
    session: Session, rendered: set[str], kind: str, ending: TextKind
) -> None:
    Play(session, kind, ending).run()

    every = {path.name for path in FOLDER.glob("*.j2")}
    suspended = kind == "exercise" and ending is TextKind.WITHDRAWAL
    assert every - rendered == (set() if suspended else SUSPENSION)
    assert rendered <= every
    for message in session.scalars(select(Message)):
        first = message.subject if message.channel is Channel.EMAIL else message.body
        about_it = message.activation is not None
        assert ("EXERCISE" in first) == (kind == "exercise" and about_it), first
        assert not [mark for mark in ("{{", "{%", "None", "Undefined") if mark in message.body]


@pytest.mark.parametrize("ending", [TextKind.WITHDRAWAL, TextKind.STAND_DOWN])
@pytest.mark.parametrize("kind", KINDS)
def test_every_other_text_to_a_telephone_is_one_part_too(
    session: Session, kind: str, ending: TextKind
) -> None:
    Play(session, kind, ending).run()

    texts = select(Message).where(Message.channel == Channel.SMS)
    for message in session.scalars(texts):
        text = templates.fill(message.body, LONGEST)
        assert gsm_segments.count(text).parts == 1, (message.purpose, len(text), text)
