"""In which words is a journey told?

Co-chairs act, phones and mailboxes receive and answer, links are opened, the clock is set on; and
then ledger and board are asked. Behind the words stand the real engine, the real web application,
the real doors for texts and mail, and a simulated world on loopback.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from re import sub
from typing import Any, Final, Self, TypeVar

import aiohttp
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import accounts, activate, concur, meeting, notify, record, stand_down, timeline
from convening.messages import alerts
from convening.replies import handle, quarantine
from convening.replies.by_call import Call, CallOutcome, How, record_call
from convening.replies.quarantine import Disposition
from dashboard.app import create_app, web_server
from dashboard.web import sessions
from flows.engine import Engine
from mechanism.lifecycle import MessageState
from mechanism.vocabulary import Channel, Door, Role, TextKind
from notifications.outbox import claim, settle
from playbooks.situation import SituationKind
from settings import Settings
from simulator import Attends, Does, Gateway, OnCall, Persona, Received, SimulatedCall
from simulator.forms import PostedForm, filled_form
from simulator.outgoing_mail import OutgoingMail, answer, automatic_answer, bounce, calendar_answer
from store.act import Act, Actor
from store.clock import SharedClock, set_clock
from store.installation import Installation
from store.needs import open_needs
from store.needs import settle as settle_need
from store.session import Database
from store.tables import Account, Activation, Convening, Message, Notice
from tests.support import cast
from tests.support.invariants import Witness, check
from tests.support.patience import PATIENCE
from tests.support.ports import free_port

T = TypeVar("T")

PACE: Final = 1000.0  # told seconds in a real one, in the world outside
STRANGER: Final = "+999900000009"


class Loop:
    """An event loop in a thread of its own, so that a journey reads from top to bottom."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T], *, seconds: float = PATIENCE * 2) -> T:
        """Run it there, and wait for what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def close(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Web:
    """The web application under its real server, in a thread."""

    def __init__(self, installation: Installation) -> None:
        self._server = web_server(create_app(installation))
        sock = socket.create_server(
            (installation.settings.web_host, installation.settings.web_port)
        )
        self._thread = threading.Thread(target=self._server.run, args=([sock],), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join()


class Staff:
    """The engine at work in the loop; it can be sent home and called back."""

    def __init__(self, installation: Installation, loop: Loop) -> None:
        self._installation, self._loop = installation, loop
        self._stop: asyncio.Event | None = None
        self._work: asyncio.Task[None] | None = None

    def come(self) -> None:
        """Start an engine."""
        self._loop.do(self._start())

    def go(self) -> None:
        """Stop it; what is in hand is finished."""
        self._loop.do(self._end())

    async def _start(self) -> None:
        self._stop = asyncio.Event()
        self._work = asyncio.create_task(Engine(self._installation).run(self._stop))

    async def _end(self) -> None:
        if self._stop is not None and self._work is not None:
            self._stop.set()
            await self._work
        self._stop = self._work = None


class Scene:
    """A house with everything that runs in it, the world outside, and the words to tell of both."""

    def __init__(
        self,
        home: Path,
        database_url: str,
        *,
        outside: Gateway | None = None,
        work: bool = True,
        **changed: Any,
    ) -> None:
        """`work` is False where an engine of another process is to do it.

        What `changed` holds are settings that differ from those of every other journey.
        """
        self.loop = Loop()
        self.gateway = outside or Gateway(rate=PACE, clock=self._now)
        self.loop.do(self.gateway.start())
        self.settings = _settings(home, database_url, self.gateway).model_copy(update=changed)
        database = Database(self.settings.database)
        cast.furnish(database)
        set_clock(database, now=cast.NOW, rate=1.0)
        self.installation = Installation(self.settings, database, SharedClock(database))
        self.gateway.connect(
            inbound_sms_url=f"{self.settings.public_url}/twilio/sms",
            inbound_mail=("127.0.0.1", self.settings.inbox_port),
        )
        self._web = Web(self.installation)
        self.staff = Staff(self.installation, self.loop)
        if work:
            self.staff.come()
        self.mentioned: set[str] = set()
        self.seen: dict[str, int] = {}
        self.activation_id = 0

    def _now(self) -> datetime:
        """The gateway is older than the installation, whose clock it goes by."""
        return self.installation.now()

    def close(self) -> None:
        """Let everything end, in order."""
        self.staff.go()
        self.loop.do(self.gateway.close())
        self._web.close()
        self.installation.close()
        self.loop.close()

    # --- who and where -----------------------------------------------------------------------

    def co_chair(self, name: str) -> "CoChair":
        """One of the two governments that may act."""
        return CoChair(self, name)

    def phone(self, office: str) -> "Phone":
        """The phone of an office: "the secretariat", "a stranger", "alternate of Mu"."""
        return Phone(self, office, self._address(office, Channel.SMS))

    def mailbox(self, office: str) -> "Mailbox":
        """The mailbox of an office."""
        return Mailbox(self, office, self._address(office, Channel.EMAIL))

    def telephone(self, office: str) -> "Telephone":
        """The telephone of an office: one that is called, and not written to."""
        return Telephone(self, office, self._address(office, Channel.VOICE))

    def link(self, office: str, *, by: Channel = Channel.SMS) -> "Link":
        """The one-time link that the office got last by this channel."""
        place = self.phone(office) if by is Channel.SMS else self.mailbox(office)
        links = [url for m in place.messages for url in m.links if self.is_ours(url)]
        assert links, f"{office} got no link"
        return Link(self, links[-1])

    def is_ours(self, url: str) -> bool:
        """Whether it is a page behind a one-time link."""
        return url.startswith((f"{self.settings.public_url}/a/", f"{self.settings.public_url}/c/"))

    def _address(self, office: str, channel: Channel) -> str:
        duty = {Channel.SMS: self.settings.duty_phone, Channel.EMAIL: self.settings.duty_mailbox}
        if office == "a stranger":
            return STRANGER
        if office == "the secretariat":
            self.mentioned |= set(duty.values())
            return duty[channel]
        addresses = cast.addresses_of(self.installation.database, office)
        self.mentioned |= set(addresses.values())
        return addresses[channel]

    @property
    def ledger(self) -> "Ledger":
        """What has happened, in sentences."""
        return Ledger(self)

    @property
    def board(self) -> "Board":
        """What the co-chair sees."""
        return Board(self)

    def activation(self, session: Session) -> Activation:
        """The activation that the journey is about."""
        return session.get_one(Activation, self.activation_id)

    # --- time --------------------------------------------------------------------------------

    def forward(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Set the clock on, once nothing is under way; then let happen what falls due."""
        self.settle()
        self.jump(timedelta(minutes=minutes, seconds=seconds))
        self.settle()

    def jump(self, span: timedelta) -> None:
        """Set the clock on, whatever is under way."""
        set_clock(self.installation.database, now=self.installation.now() + span, rate=1.0)
        clock = self.installation.clock
        assert isinstance(clock, SharedClock)
        clock.refresh()

    def settle(self) -> None:
        """Wait until the world outside is quiet and nothing is due in the installation."""
        self.loop.do(self._settled())

    async def _settled(self) -> None:
        listener = self.installation.database.bell.listen()
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._is_quiet():
                    await listener.wait(0.05)
        except TimeoutError:
            raise AssertionError(f"still not quiet: {self._restless()}") from None
        finally:
            await listener.close()

    async def _is_quiet(self) -> bool:
        await self.gateway.background_tasks.idle()
        return not self._restless()

    def _restless(self) -> list[str]:
        now = self.installation.now()
        with self.installation.database.reading() as session:
            sending = select(Message.id).where(Message.state == MessageState.SENDING)
            looks = {
                "rungs": notify.due_activations(session, now=now),
                "time-outs": concur.due_time_outs(session, now=now),
                "messages": claim.due_for(session, now=now),
                "alarms": alerts.has_due(session, now=now),
                "replies": handle.waiting_to_be_heard(session),
                "sends": session.scalars(sending).all(),
                "lost": settle.has_lost(session, now=now),
            }
        return [name for name, found in looks.items() if found]

    # --- the end -----------------------------------------------------------------------------

    def witness(self) -> Witness:
        """What the invariants are checked against."""
        return Witness(self.installation, tuple(self.gateway.arrivals), frozenset(self.mentioned))

    def witness_of_anybody(self) -> Witness:
        """The same where anybody may have got something."""
        return Witness(self.installation, tuple(self.gateway.arrivals))

    def ends(self) -> None:
        """Every journey ends so: quiet, no trouble in the world outside, every invariant held."""
        self.settle()
        check(self.witness())
        assert not self.gateway.troubles, self.gateway.troubles


def _settings(home: Path, database_url: str, gateway: Gateway) -> Settings:
    web = free_port()
    return Settings(
        home=home,
        database_url=database_url,
        public_url=f"http://127.0.0.1:{web}",
        web_port=web,
        sms_api=gateway.http_url,
        sms_account=gateway.account_sid,
        sms_token=SecretStr(gateway.auth_token),
        sms_sender=gateway.number,
        smtp_port=gateway.smtp_port,
        inbox_port=free_port(),
        prefect_api="",
    )


@dataclass
class CoChair:
    """A government that acts, as its duty officer would at the desk."""

    scene: Scene
    name: str

    @property
    def code(self) -> str:
        """The government's code in the directory."""
        return self.name.upper()

    @property
    def act(self) -> Act:
        """How it acts now."""
        actor = Actor("person", f"officer of {self.name}", "co_chair", self.code)
        now = self.scene.installation.now()
        return Act(actor, now, signature=f"Duty officer, {self.name}", government=self.code)

    def activates(
        self,
        playbook: str = "maritime-distress",
        *,
        affecting: list[str],
        kind: str = "real",
    ) -> Self:
        """Draw it up, confirm what was drawn up, and send; the government itself is asked too."""
        self.activates_unseen(playbook, affecting=affecting, kind=kind)
        self.scene.settle()
        return self

    def activates_unseen(self, playbook: str, *, affecting: list[str], kind: str = "real") -> None:
        """The same, where no engine is at work yet."""
        scene = self.scene
        facts = cast.facts(playbook=playbook, kind=SituationKind(kind))
        wish = activate.Wish(facts, (self.code, *(name.upper() for name in affecting)))
        with scene.installation.database.reading() as session:
            plan = activate.draw_up(session, self.act, wish, settings=scene.settings)
            confirmed = plan.hash
        with scene.installation.database.transaction() as session:
            activation = activate.activate(
                session, self.act, wish, confirmed=confirmed, settings=scene.settings
            )
        scene.activation_id = activation.id

    def agrees(self) -> bool:
        """Agree on the board."""
        with self.scene.installation.database.transaction() as session:
            done = concur.agree(
                session,
                self.act,
                self.scene.activation(session),
                door=Door.SIGNED_IN,
                settings=self.scene.settings,
            )
        self.scene.settle()
        return done

    def objects(self, reason: str) -> bool:
        """Object on the board."""
        with self.scene.installation.database.transaction() as session:
            done = concur.object_to(
                session, self.act, self.scene.activation(session), reason=reason,
            )  # fmt: skip
        self.scene.settle()
        return done

    def resumes(self, reason: str) -> bool:
        """Resume on the board."""
        with self.scene.installation.database.transaction() as session:
            done = concur.resume(
                session,
                self.act,
                self.scene.activation(session),
                reason=reason,
                settings=self.scene.settings,
            )
        self.scene.settle()
        return done

    def says(self, kind: TextKind, body: str = "") -> None:
        """Say it to everybody: an update, a correction, a withdrawal, a stand-down."""
        self.says_unseen(kind, body)
        self.scene.settle()

    def says_unseen(self, kind: TextKind, body: str = "") -> None:
        """The same, without waiting for what comes of it."""
        with self.scene.installation.database.transaction() as session:
            activation = self.scene.activation(session)
            ready = stand_down.suggested(activation, kind)
            saying = stand_down.Saying(kind, ready.title, body or ready.body)
            stand_down.say(session, self.act, activation, saying, settings=self.scene.settings)

    def withdraws(self) -> None:
        """It should not have been."""
        self.says(TextKind.WITHDRAWAL)

    def closes(self) -> None:
        """It is done."""
        with self.scene.installation.database.transaction() as session:
            stand_down.close(session, self.act, self.scene.activation(session))
        self.scene.settle()

    def settles_the_alarm(self, containing: str) -> None:
        """Say that a person has seen to it."""
        with self.scene.installation.database.transaction() as session:
            need = next(n for n in open_needs(session) if containing in n.sentence)
            settle_need(session, self.act, need)
        self.scene.settle()

    def says_of_the_reply(
        self, containing: str, disposition: Disposition, *, member: str = ""
    ) -> None:
        """Decide what a reply is that waits for a person."""
        with self.scene.installation.database.transaction() as session:
            reply = next(
                r for r in quarantine.waiting(session) if r.answer and containing in r.answer.text
            )
            notice = self._notice(session, member) if member else None
            quarantine.settle(session, self.act, reply, disposition, notice=notice)
        self.scene.settle()

    def calls(self, member: str, **said: Any) -> None:
        """Telephone its first directory number and write down that it acknowledges."""
        with self.scene.installation.database.transaction() as session:
            notice = self._notice(session, member)
            office = notice.member.focal_points[0]
            number = next(c for c in office.contact_points if c.channel is Channel.SMS)
            call = {"form": f"{self.scene.installation.now()}", "outcome": CallOutcome.ACKNOWLEDGED,
                    "how": How.PHONE, "happened_at": self.scene.installation.now(),
                    "office": office, "number": number}  # fmt: skip
            record_call(session, self.act, notice, Call(**{**call, **said}))
        self.scene.settle()

    def asks_for_proof(self, minimum: int) -> None:
        """Let the pinned playbook ask for more proof than it did."""
        with self.scene.installation.database.transaction() as session:
            activation = self.scene.activation(session)
            activation.playbook_text += f"\nproof: {{minimum: {minimum}}}\n"

    def _notice(self, session: Session, member: str) -> Notice:
        notices = self.scene.activation(session).notices
        return next(n for n in notices if n.member.display_name == member)

    def fixes_the_meeting(self) -> "Meeting":
        """Fix the meeting that the playbook proposes."""
        with self.scene.installation.database.transaction() as session:
            activation = self.scene.activation(session)
            occasion = meeting.suggested(activation, now=self.scene.installation.now())
            convening = meeting.fix(
                session, self.act, activation, occasion, settings=self.scene.settings
            )
        self.scene.settle()
        return Meeting(self, convening.id)

    def writes_the_record(self) -> int:
        """Write the record's next revision; its id."""
        with self.scene.installation.database.transaction() as session:
            written = record.write_record(
                session,
                self.act,
                self.scene.activation(session),
                simulated=True,
                settings=self.scene.settings,
            )
            return written.id

    def exports_the_evidence(self) -> bytes:
        """Take the bundle of the whole situation."""
        with self.scene.installation.database.transaction() as session:
            situation = self.scene.activation(session).situation
            bundle, _ = record.export_evidence(
                session, self.act, situation, reason="a journey's end"
            )
        return bundle


@dataclass
class Meeting:
    """The meeting that was fixed, from the chair."""

    chair: CoChair
    convening_id: int

    def attendance(self) -> dict[str, str]:
        """What each member has said, or done."""
        with self.chair.scene.installation.database.reading() as session:
            convening = session.get_one(Convening, self.convening_id)
            return {a.member_code: a.answer.value for a in convening.attendances}

    def closes(self) -> None:
        """It was held."""
        with self.chair.scene.installation.database.transaction() as session:
            convening = session.get_one(Convening, self.convening_id)
            meeting.close(session, self.chair.act, convening)


@dataclass
class Got:
    """One message that arrived, from the point of view of whoever holds it."""

    place: "Phone | Mailbox"
    received: Received

    @property
    def text(self) -> str:
        """What it says."""
        return self.received.text

    def replies(self, text: str) -> None:
        """Answer it; `{code}` stands for the code that it asked for."""
        scene = self.place.scene
        said = text.format(code=self.received.code)
        scene.loop.do(scene.gateway.reply(self.place.address, said))
        scene.settle()

    def is_forwarded_and_answered(self, text: str, *, by: str) -> None:
        """Somebody else, to whom it was passed on, answers to its reply address."""
        letter = answer(self.received, text, subject="Fwd: {subject}", now=self._now)
        raw = letter.raw.replace(self.place.address.encode(), by.encode())
        self._post(OutgoingMail(by, letter.to, raw))

    def comes_back(self, action: str) -> None:
        """A mail system reports on it: "failed", or only "delayed"."""
        letter = bounce(self.received, now=self._now)
        raw = letter.raw.replace(b"Action: failed", f"Action: {action}".encode())
        self._post(OutgoingMail("", letter.to, raw))

    def gets_a_note_of_absence(self, text: str) -> None:
        """A machine answers it."""
        self._post(automatic_answer(self.received, text, subject=None, now=self._now))

    @property
    def _now(self) -> datetime:
        return self.place.scene.installation.now()

    def _post(self, letter: OutgoingMail) -> None:
        scene = self.place.scene
        scene.loop.do(scene.gateway._post(letter, self.place.address))
        scene.settle()

    def answers_its_invitation(self, attends: Attends) -> None:
        """Let the calendar program answer."""
        scene = self.place.scene
        letter = calendar_answer(self.received, attends, now=scene.installation.now())
        scene.loop.do(scene.gateway._post(letter, self.place.address))
        scene.settle()


@dataclass
class Phone:
    """One phone."""

    scene: Scene
    office: str
    address: str

    @property
    def messages(self) -> tuple[Received, ...]:
        """Everything that has arrived."""
        return self.scene.gateway.arrivals.at(self.address)

    @property
    def unread(self) -> list[Received]:
        """What has arrived since the last message that the journey looked at."""
        seen = self.scene.seen.get(self.address, 0)
        return [m for m in self.messages if m.number > seen]

    def expects_sms(self, containing: str = "") -> Got:
        """Wait for the next text that says this, and look at it."""
        return self._expects(containing)

    def _expects(self, containing: str) -> Got:
        after = self.scene.seen.get(self.address, 0)
        waited = self.scene.gateway.expect(self.address, containing=containing, after=after)
        received = self.scene.loop.do(waited)
        self.scene.seen[self.address] = received.number
        return Got(self, received)

    def expects_nothing(self) -> None:
        """Nothing has come since the journey looked last, and nothing is on its way."""
        self.scene.settle()
        self.expects_nothing_yet()

    def expects_nothing_yet(self) -> None:
        """Nothing has come since the journey looked last."""
        got = [f"{m.subject} {m.text}"[:90] for m in self.unread]
        assert not got, f"{self.office} got {got}"

    def says(self, text: str) -> None:
        """Send a text of its own accord."""
        self.scene.loop.do(self.scene.gateway.reply(self.address, text))
        self.scene.settle()

    def is_dead(self) -> None:
        """From now on the network cannot reach it."""
        self._plays(Does.BOUNCES)

    def _plays(self, does: Does) -> None:
        persona = Persona((self.address,), does, after=(0.0, 0.0))
        self.scene.gateway.install([persona])


@dataclass
class Telephone(Phone):
    """One telephone, and what whoever sits beside it does when it rings."""

    def is_answered_by(self, habit: OnCall) -> None:
        """From now on this happens when it is called."""
        persona = Persona((self.address,), Does.SILENT, on_call=habit)
        self.scene.gateway.install([persona])

    def expects_a_call(self, status: str = "completed", *, saying: str = "") -> SimulatedCall:
        """Wait for the next call that ends so and in which this is said."""
        waited = self.scene.gateway.phone(self.address).expect_call(status, saying=saying)
        call = self.scene.loop.do(waited)
        self.scene.settle()
        return call

    def expects_no_call(self) -> None:
        """It has not been called."""
        self.scene.settle()
        assert not self.scene.gateway.phone(self.address).calls


@dataclass
class Mailbox(Phone):
    """One mailbox."""

    def expects_mail(self, containing: str = "") -> Got:
        """Wait for the next mail that says this, and look at it."""
        return self._expects(containing)

    def bounces(self) -> None:
        """From now on there is no such mailbox."""
        self._plays(Does.BOUNCES)

    def is_out_of_office(self) -> None:
        """From now on a machine answers."""
        self._plays(Does.OUT_OF_OFFICE)


@dataclass
class Link:
    """A one-time link in the hands of whoever got it."""

    scene: Scene
    url: str
    form: PostedForm | None = field(default=None)

    def opens(self) -> str:
        """Open the page; what it says."""
        return self.scene.loop.do(self._get())

    def acknowledges(self, **choices: str) -> str:
        """Open the page and send its form; what the page says then."""
        self.opens()
        return self.sends(**choices)

    def sends(self, **choices: str) -> str:
        """Send the form of the page that was opened, perhaps again; what the page says then."""
        page = self.scene.loop.do(self._post(choices))
        self.scene.settle()
        return page

    async def _get(self) -> str:
        async with aiohttp.ClientSession() as browser, browser.get(self.url) as answer:
            page = await answer.text()
            self.form = filled_form(page, str(answer.url))
            return words_of(page)

    async def _post(self, choices: dict[str, str]) -> str:
        assert self.form is not None, "the page has no form"
        fields = {**dict(self.form.fields), **choices}
        async with (
            aiohttp.ClientSession() as browser,
            browser.post(self.form.action, data=fields) as answer,
        ):
            return words_of(await answer.text())


def words_of(page: str) -> str:
    """What a reader sees of a page."""
    return " ".join(unescape(sub(r"(?s)<style.*?</style>|<[^>]+>", " ", page)).split())


@dataclass
class Ledger:
    """The ledger's sentences."""

    scene: Scene

    @property
    def sentences(self) -> list[str]:
        """What has happened, the oldest first."""
        with self.scene.installation.database.reading() as session:
            events = timeline.timeline(session, self.scene.activation(session))
        return [event.sentence for event in events]

    def all_of(self, sentence: str) -> list[str]:
        """Every event whose sentence says this."""
        return [said for said in self.sentences if sentence in said]

    def says(self, sentence: str) -> bool:
        """Whether this has happened; the sentences are shown where it has not."""
        assert any(sentence in said for said in self.sentences), self.sentences
        return True


@dataclass
class Board:
    """The board, as a co-chair who is signed in sees it."""

    scene: Scene

    def shows(self, words: str) -> bool:
        """Whether these words stand on it; the board is shown where they do not."""
        page = self.scene.loop.do(self._page())
        assert words in page, page
        return True

    async def _page(self) -> str:
        installation = self.scene.installation
        real_now = datetime.now(UTC)
        with installation.database.transaction() as session:
            reference = self.scene.activation(session).log
            account = session.scalar(select(Account).where(Account.name == "watcher"))
            if account is None:
                account = accounts.create_account(
                    session,
                    "watcher",
                    Role.CO_CHAIR,
                    member_code="THULE",
                    zone="UTC",
                    now=installation.now(),
                )
            cookie = sessions.open_session(
                session, account, method="test", real_now=real_now, now=installation.now(),
                address="127.0.0.1",
            )  # fmt: skip
        async with aiohttp.ClientSession(
            cookies={"cm": cookie}, cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as browser:
            url = f"{installation.settings.public_url}/situation/{reference}"
            async with browser.get(url) as answer:
                assert answer.status == 200, await answer.text()
                return words_of(await answer.text())
