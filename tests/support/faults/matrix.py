"""What is one case of the fault matrix, and what must be so at its end?

A small consultation is played whole, in jumps of told time: two members are asked, one answers by
text, one by mail and too late, and the government that asked never does. Meanwhile providers break
and an engine dies.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from mechanism.lifecycle import NOTICE_ENDS, MessageState
from mechanism.vocabulary import TextKind
from notifications.kannel import callbacks
from simulator import Api, Gateway, PlannedFault, Trouble
from store.tables import Attempt, Message, Reply
from tests.support.cast import NOW
from tests.support.faults.doomed import Engines, Fate
from tests.support.faults.pairwise import Factors, every, pairwise
from tests.support.faults.points import (
    ELSEWHERE,
    FINDING,
    KEEPING,
    LEAVING_IT_OPEN,
    SENDING,
    Point,
)
from tests.support.faults.tally import Tally
from tests.support.invariants import check
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.scene import PACE, Scene


class Kind(StrEnum):
    """Which database."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Texts(StrEnum):
    """What befalls the provider of texts."""

    WELL = "texts well"
    REFUSED = "texts refused"
    BUSY = "texts answered by 429"
    ERROR = "texts answered by 503"
    TAKEN_THEN_ERROR = "texts taken, then 503"
    TAKEN_THEN_TIME_OUT = "texts taken, then silence"
    TAKEN_THEN_CUT = "texts taken, then cut"
    OUTAGE = "an outage of one of two providers of texts"


class Mails(StrEnum):
    """What befalls the mail server, or the first of two."""

    WELL = "mails well"
    REFUSED = "mails refused"
    LATER = "mails answered by 451"
    LATER_AFTER_DATA = "mails answered by 451 after DATA"
    TAKEN_THEN_TIME_OUT = "mails taken, then silence"
    TAKEN_THEN_CUT = "mails cut after DATA"
    OUTAGE = "an outage of the mail server"
    OUTAGE_OF_ONE = "an outage of one of two mail servers"


class Reports(StrEnum):
    """What befalls the reports about texts."""

    WELL = "reports well"
    LOST = "reports lost"
    DOUBLED = "reports doubled"
    REORDERED = "reports reordered"
    EARLY = "reports early"
    LATE = "reports late"
    UNDELIVERED = "texts undelivered"


DEATHS: Final[Factors] = {
    "sending": (Point.NEVER, *SENDING),
    "finding": (Point.NEVER, *FINDING),
    "elsewhere": (Point.NEVER, *ELSEWHERE),
}
PLACES: Final[Factors] = {"database": tuple(Kind), "engines": (1, 2, 4)}
BREAKS: Final[Factors] = {
    "texts": tuple(Texts), "mails": tuple(Mails), "reports": tuple(Reports),
}  # fmt: skip
FACTORS: Final[Factors] = {**DEATHS, **PLACES, **BREAKS}

UNREACHED_PHONE: Final = "+99910041*"  # of a member that is not to answer by text
UNREACHED_MAILBOX: Final = "desk@atlantis.example"  # of one that is not to answer by mail
TOGETHER: Final = 2  # one death beside one fault: both must come
TOO_LATE: Final = 2.5  # real seconds: nobody here waits so long for an answer
OUTAGES: Final = frozenset({Trouble.SMS_OUTAGE, Trouble.MAIL_OUTAGE})  # they end some time

FAULTS: Final[Mapping[StrEnum, tuple[PlannedFault, ...]]] = {
    Texts.REFUSED: (
        PlannedFault(Trouble.SMS_REFUSED, match=UNREACHED_PHONE, times=None, code=21211),
    ),
    Texts.BUSY: (PlannedFault(Trouble.SMS_BUSY, times=4, seconds=2),),
    Texts.ERROR: (PlannedFault(Trouble.SMS_ERROR, times=4),),
    Texts.TAKEN_THEN_ERROR: (PlannedFault(Trouble.SMS_TAKEN_THEN_ERROR, times=4),),
    Texts.TAKEN_THEN_TIME_OUT: (PlannedFault(Trouble.SMS_HANG, times=2, seconds=TOO_LATE),),
    Texts.TAKEN_THEN_CUT: (PlannedFault(Trouble.SMS_TAKEN_THEN_CUT, times=4),),
    Texts.OUTAGE: (PlannedFault(Trouble.SMS_OUTAGE, times=None, api=Api.TWILIO),),
    Mails.REFUSED: (
        PlannedFault(Trouble.MAIL_REFUSED, match=UNREACHED_MAILBOX, times=None, code=550),
    ),
    Mails.LATER: (PlannedFault(Trouble.MAIL_REFUSED, times=4, code=451),),
    Mails.LATER_AFTER_DATA: (PlannedFault(Trouble.MAIL_REFUSED_AFTER_DATA, times=3, code=451),),
    Mails.TAKEN_THEN_TIME_OUT: (PlannedFault(Trouble.MAIL_HANG, times=2, seconds=TOO_LATE),),
    Mails.TAKEN_THEN_CUT: (PlannedFault(Trouble.MAIL_TAKEN_THEN_CUT, times=3),),
    Mails.OUTAGE: (PlannedFault(Trouble.MAIL_OUTAGE, times=None),),
    Mails.OUTAGE_OF_ONE: (PlannedFault(Trouble.MAIL_OUTAGE, times=None, api=Api.SMTP),),
    Reports.LOST: (PlannedFault(Trouble.CALLBACK_LOST, times=None),),
    Reports.DOUBLED: (PlannedFault(Trouble.CALLBACK_DOUBLED, times=None),),
    Reports.REORDERED: (PlannedFault(Trouble.CALLBACK_REORDERED, times=None),),
    Reports.EARLY: (PlannedFault(Trouble.CALLBACK_EARLY, times=None),),
    Reports.LATE: (PlannedFault(Trouble.CALLBACK_LATE, times=None, seconds=300),),
    Reports.UNDELIVERED: (
        PlannedFault(Trouble.UNDELIVERED, match=UNREACHED_PHONE, times=None, code=30003),
    ),
}


@dataclass(frozen=True)
class Case:
    """One choice of every factor: who dies where, how large the installation is, what breaks."""

    sending: Point = Point.NEVER
    finding: Point = Point.NEVER
    elsewhere: Point = Point.NEVER
    database: Kind = Kind.SQLITE
    engines: int = 1
    texts: Texts = Texts.WELL
    mails: Mails = Mails.WELL
    reports: Reports = Reports.WELL

    def __str__(self) -> str:
        """As a test is called: whatever is not as it should be."""
        usual = {Point.NEVER, Texts.WELL, Mails.WELL, Reports.WELL}
        values = (getattr(self, field.name) for field in fields(self))
        return ", ".join(str(value) for value in values if value not in usual)

    @property
    def faults(self) -> tuple[PlannedFault, ...]:
        """What breaks at the providers."""
        broken = (self.texts, self.mails, self.reports)
        return tuple(fault for what in broken for fault in FAULTS.get(what, ()))

    @property
    def has_silence(self) -> bool:
        """Whether a provider takes something and does not answer."""
        silent = {Texts.TAKEN_THEN_TIME_OUT, Mails.TAKEN_THEN_TIME_OUT}
        return bool(silent & {self.texts, self.mails})

    @property
    def deaths(self) -> tuple[Point, ...]:
        """At which points somebody dies; nothing is to be found where nothing was lost sight of."""
        wanted = (self.sending, self.finding, self.elsewhere)
        deaths = tuple(point for point in wanted if point is not Point.NEVER)
        if self.finding is not Point.NEVER and self.sending not in LEAVING_IT_OPEN:
            return (Point.ANSWER_READ, *deaths)
        return deaths

    def fates(self, home: Path) -> list[Fate]:
        """In one case the first that gets there dies, in another a later one."""
        turn = self.engines + list(Texts).index(self.texts) + list(Mails).index(self.mails)
        return [
            Fate(point, 1 + turn % TIMES_SURE.get(point, 1), home / f"death-{number}")
            for number, point in enumerate(self.deaths)
        ]


def pairs() -> list[Case]:
    """Cases that hold every pair, of deaths and of faults too."""
    return [Case(**choice) for choice in pairwise(FACTORS)]


def full_product() -> list[Case]:
    """Each death beside each fault, on each database with each number of engines."""
    deaths = [{}, *_one_of(DEATHS, usual=(Point.NEVER,))]
    breaks = [{}, *_one_of(BREAKS, usual=(Texts.WELL, Mails.WELL, Reports.WELL))]
    return [
        Case(**death, **place, **broken)
        for death in deaths
        for place in every(PLACES)
        for broken in breaks
    ]


def _one_of(factors: Factors, *, usual: tuple[StrEnum, ...]) -> Iterator[dict[str, Any]]:
    for name, values in factors.items():
        yield from ({name: value} for value in values if value not in usual)


TIMES_SURE: Final = {
    Point.BEFORE_CLAIM: 4, Point.AFTER_CLAIM: 4, Point.BEFORE_CALL: 8, Point.REQUEST_WRITTEN: 6,
    Point.ANSWER_READ: 8, Point.BEFORE_SETTLING: 4, Point.AFTER_SETTLING: 4, Point.BEFORE_RUNG: 2,
    Point.AFTER_RUNG: 2, Point.BEFORE_READING: 2, Point.AFTER_READING: 2,
}  # fmt: skip
"""How often a consultation surely comes to a point; once, where nothing is said."""


class World(Scene):
    """A house of several engines that die, beside providers that break."""

    def __init__(self, case: Case, home: Path, url: str) -> None:
        port, smtp = free_port(), free_port()
        second: dict[str, Any] = {}
        if case.texts is Texts.OUTAGE:
            second |= {"kannel_api": f"http://127.0.0.1:{port}", "kannel_simulated": True}
        if case.mails is Mails.OUTAGE_OF_ONE:
            second |= {"smtp_second_host": "127.0.0.1", "smtp_second_port": smtp}
        super().__init__(
            home,
            url,
            outside=Gateway(rate=PACE, clock=self._now, http_port=port, smtp_second_port=smtp),
            work=False,
            **second,
        )
        self.case = case
        self._connect()
        self.gateway.faults.add(*case.faults)
        self.fates = case.fates(home)
        self.engines = Engines(
            self.settings, self.fates, number=case.engines, patient=not case.has_silence
        )

    def close(self) -> None:
        """End the engines first."""
        self.engines.end()
        super().close()

    def _connect(self) -> None:
        """The web reads no reply: the engine, which can die of it, does."""
        done: Future[None] = Future()
        done.set_result(None)
        self._web._server.config.app.state.doors.reader.read = lambda _ids: done  # type: ignore[union-attr]
        self.gateway.connect(
            kannel_inbound_url=callbacks.text_url(self.settings.public_url, self.settings.key)
        )
        if self.case.elsewhere in KEEPING:
            self.gateway.connect(inbound_sms_url=f"http://127.0.0.1:{free_port()}/nobody")

    # --- time ------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until nothing is due; whoever dies is replaced, and the leases of the dead end."""
        end = time.monotonic() + PATIENCE
        while restless := self._look():
            assert time.monotonic() < end, f"still not quiet: {restless}\n{self.engines.log}"
            if restless == ["sends"] and not self._sending() & self.engines.in_hand():
                self.jump(timedelta(seconds=61))
            time.sleep(0.05)

    def _look(self) -> list[str]:
        self.engines.tend()
        self.loop.do(self.gateway.background_tasks.idle())
        return self._restless()

    def _sending(self) -> set[int]:
        """The attempts of which no outcome is known."""
        latest = select(func.max(Attempt.id)).join(Message).group_by(Message.id)
        with self.installation.database.reading() as session:
            sending = latest.where(Message.state == MessageState.SENDING)
            return set(session.scalars(sending))

    def jump(self, span: timedelta) -> None:
        """Set the clock on, and let everybody look at it."""
        super().jump(span)
        with self.installation.database.transaction() as session:
            self.installation.database.bell.ring_in(session)
        self.installation.database.bell.ring_after()

    def reaches(self, *, minutes: float) -> None:
        """Let it become so many minutes after the trigger; nothing where it is later already."""
        then = NOW + timedelta(minutes=minutes)
        if then > self.installation.now():
            self.jump(then - self.installation.now())
        self.settle()

    # --- the story -------------------------------------------------------------------------------

    def answers(self, office: str, text: str, *, by_mail: bool = False) -> None:
        """An office answers, and it is kept, by the door or by whoever collects."""
        place = self.mailbox(office) if by_mail else self.phone(office)
        before = self._kept()
        self.loop.do(self.gateway.reply(place.address, text))
        end = time.monotonic() + PATIENCE
        while self._kept() == before:
            assert time.monotonic() < end, f"an answer was not kept\n{self.engines.log}"
            if self.case.elsewhere in KEEPING:
                self.jump(timedelta(seconds=31))  # whoever collects does so each half minute
            self.settle()
            time.sleep(0.3)
        self.settle()

    def _kept(self) -> int:
        with self.installation.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Reply)) or 0

    def every_outage_ends(self) -> None:
        """What does not end by itself stays."""
        faults = self.case.faults
        self.gateway.faults.clear()
        stay = [fault for fault in faults if fault.times is None and fault.trouble not in OUTAGES]
        self.gateway.faults.add(*stay)

    def _next_try(self) -> datetime | None:
        """When something that is still to be sent, or to be found out about, is due."""
        waiting = (MessageState.QUEUED, MessageState.SENDING, MessageState.UNKNOWN)
        with self.installation.database.reading() as session:
            return session.scalar(
                select(func.min(Message.due_at)).where(Message.state.in_(waiting))
            )

    def plays_out(self) -> None:
        """Until nothing waits to be sent any more."""
        for _ in range(ROUNDS):
            if (due := self._next_try()) is None:
                return
            self.jump(max(due - self.installation.now(), timedelta(seconds=1)))
            self.settle()


ROUNDS: Final = 30


def play(case: Case, home: Path, url: str) -> Tally:
    """Play it whole, check every invariant, and count."""
    with _world(case, home, url) as world:
        _story(world)
        _must_hold(world)
        return Tally.of(world)


@contextmanager
def _world(case: Case, home: Path, url: str) -> Iterator[World]:
    world = World(case, home, url)
    try:
        yield world
    finally:
        world.close()


def _story(world: World) -> None:
    thule = world.co_chair("Thule")
    thule.activates("generic", affecting=["Atlantis", "Mu"])
    for minutes in (0.1, 0.5, 2.5):
        world.reaches(minutes=minutes)
    world.answers("focal point of Atlantis", "OK")
    for minutes in (30, 31):
        world.reaches(minutes=minutes)
    world.every_outage_ends()
    for minutes in (33, 37, 38, 121, 123):  # by 37 a provider is tried again, by 38 all use it
        world.reaches(minutes=minutes)
    world.answers("focal point of Mu", "OK", by_mail=True)
    thule.says(TextKind.STAND_DOWN)
    world.plays_out()


def _must_hold(world: World) -> None:
    """What the journeys ask, and that everything that was to go wrong did."""
    check(world.witness_of_anybody())
    with world.installation.database.reading() as session:
        notices = world.activation(session).notices
        ends = {notice.member_code: notice.state for notice in notices}
    assert all(state in NOTICE_ENDS for state in ends.values()), ends
    assert ends["ATLANTIS"] == ends["MU"] == "acknowledged", ends
    _must_have_gone_wrong(world)


def _must_have_gone_wrong(world: World) -> None:
    """Whatever was planned; of several things, one may have kept another away.

    A number that the provider refuses never has a text reported undelivered; a provider that is
    out cannot be asked for the reply before which an engine was to die.
    """
    struck = {one.trouble for one in world.gateway.faults.history}
    missed = [fate.point.value for fate in world.fates if not fate.has_come]
    missed += [fault.trouble.value for fault in world.case.faults if fault.trouble not in struck]
    planned = len(world.fates) + len(world.case.faults)
    nothing_to_keep = world.case.texts is Texts.OUTAGE and {*missed} <= {
        point.value for point in KEEPING
    }
    spared = nothing_to_keep or (planned > TOGETHER and len(missed) < planned)
    assert spared or not missed, f"nobody met {missed}"
