"""An engine that is killed at any moment loses nothing, and doubles only what nobody could know."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mechanism.lifecycle import NOTICE_ENDS
from mechanism.vocabulary import TextKind
from notifications.inbox import keep
from notifications.twilio.callbacks import text_message
from simulator import PlannedFault, Trouble
from store.tables import LedgerEntry
from tests.support.cast import NOW
from tests.support.faults.doomed import Engines, prepare
from tests.support.faults.tally import Tally
from tests.support.invariants import check
from tests.support.patience import PATIENCE
from tests.support.scene import Scene

SLOWLY = (
    PlannedFault(Trouble.SMS_HANG, times=None, seconds=0.5),
    PlannedFault(Trouble.MAIL_HANG, times=None, seconds=0.5),
)
"""Everything is taken, and answered only later: a kill then meets many sends on the wire."""


@dataclass
class Mortal:
    """A house whose engine is another process, and how often that was killed."""

    scene: Scene
    deaths: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.starts()

    def starts(self) -> None:
        """An engine begins."""
        self.engine = Engines(self.scene.settings, (), number=1, patient=True)

    def dies(self) -> None:
        """SIGKILL: nothing that it has in hand is finished."""
        self.engine.end()

    def dies_when(self, moment: str, seen: Callable[[], bool]) -> None:
        """Wait until this is seen, kill, and let a new engine clear up."""
        self.scene.loop.do(self._until(seen))
        self.dies()
        self.deaths.append(moment)
        self.recovers()

    async def _until(self, seen: Callable[[], bool]) -> None:
        listener = self.scene.installation.database.bell.listen()
        try:
            async with asyncio.timeout(PATIENCE):
                while not seen():
                    await listener.wait(0.01)
        finally:
            await listener.close()

    def recovers(self) -> None:
        """A new engine starts; leases run out, and what became of lost sends is found out."""
        self.scene.gateway.faults.clear()
        self.starts()
        for seconds in (61, 5, 16):
            self.scene.jump(timedelta(seconds=seconds))
            self.scene.settle()

    def minutes(self, since_the_beginning: float) -> None:
        """Set the clock to so many minutes after the trigger, without waiting."""
        self.scene.settle()
        self.scene.jump(
            NOW + timedelta(minutes=since_the_beginning) - self.scene.installation.now()
        )

    def arrived(self, containing: str, *, number: int = 1) -> Callable[[], bool]:
        """Whether so many messages with this text have reached the world outside."""
        before = len(list(self.scene.gateway.arrivals))

        def seen() -> bool:
            new = list(self.scene.gateway.arrivals)[before:]
            fitting = [m for m in new if containing in f"{m.subject} {m.text}"]
            return len(fitting) >= number

        return seen

    def written(self, kind: str, *, number: int = 1) -> Callable[[], bool]:
        """Whether so many further events of this type stand in the ledger."""
        before = self._number(kind)
        return lambda: self._number(kind) >= before + number

    def _number(self, kind: str) -> int:
        with self.scene.installation.database.reading() as session:
            query = select(func.count()).where(LedgerEntry.type == kind)
            return session.scalar(query) or 0


@pytest.fixture
def mortal(sqlite_url: str, tmp_path: Path) -> Iterator[Mortal]:
    prepare()
    scene = Scene(tmp_path, sqlite_url, work=False)
    mortal = Mortal(scene)
    yield mortal
    mortal.dies()
    scene.close()


def test_ten_kills_in_one_consultation_lose_no_message_and_no_answer(
    mortal: Mortal, tally: Callable[[Tally], None]
) -> None:
    scene, slowly = mortal.scene, mortal.scene.gateway.faults.add

    # the first wave
    slowly(*SLOWLY)
    first, more = mortal.arrived("reply OK"), mortal.arrived("", number=8)
    scene.co_chair("Thule").activates_unseen("generic", affecting=["Atlantis", "Mu", "Ys"])
    mortal.dies_when("the first message has arrived", first)
    assert more()

    # a message is claimed and not yet sent
    slowly(*SLOWLY)
    claimed = mortal.written("cm.message.claimed.v1")
    mortal.minutes(30)
    mortal.dies_when("the first reminder is claimed", claimed)

    # an answer is being heard
    answered = mortal.written("cm.notice.answered.v1")
    scene.loop.do(scene.gateway.reply(scene.phone("focal point of Atlantis").address, "yes"))
    mortal.dies_when("an answer is recorded", answered)
    scene.phone("focal point of Atlantis").expects_sms("received for Atlantis")

    # an answer is kept by a door that died before reading it
    mortal.dies()
    keep_unread(scene, scene.phone("focal point of Ys").address, "Thank you for the information")
    mortal.deaths.append("an answer is kept and unread")
    mortal.recovers()

    # the next office
    slowly(*SLOWLY)
    mortal.minutes(60)
    mortal.dies_when("the next office is asked", mortal.arrived("You are asked next"))

    # the same, a little later in the protocol
    slowly(*SLOWLY)
    accepted = mortal.written("cm.message.accepted.v1")
    mortal.minutes(90)
    scene.co_chair("Thule").says_unseen(TextKind.UPDATE, "Two boats.")
    mortal.dies_when("the first of many is accepted", accepted)

    # the ladder's end
    opened = mortal.written("cm.need.opened.v1")
    mortal.minutes(120)
    mortal.dies_when("a person is needed", opened)
    slowly(*SLOWLY)
    mortal.minutes(132)
    mortal.dies_when("a person is being told again", mortal.arrived("has not been reached"))

    # a late answer, and the end
    late = mortal.written("cm.reply.kept.v1")
    scene.loop.do(scene.gateway.reply(scene.mailbox("focal point of Mu").address, "OK"))
    mortal.dies_when("a late answer is kept", late)
    slowly(*SLOWLY)
    down = mortal.arrived("Stood down", number=2)
    scene.co_chair("Thule").says_unseen(TextKind.STAND_DOWN)
    mortal.dies_when("everybody is being told of the end", down)
    mortal.scene.forward(minutes=3)

    assert len(set(mortal.deaths)) == 10
    check(scene.witness_of_anybody())
    with scene.installation.database.reading() as session:
        activation = scene.activation(session)
        assert all(notice.state in NOTICE_ENDS for notice in activation.notices)
        ends = {notice.member_code: notice.state.value for notice in activation.notices}
    assert ends["ATLANTIS"] == "acknowledged"
    assert ends["MU"] == "acknowledged"
    assert ends["YS"] == "unreached"
    counted = Tally.of(scene)
    assert (counted.lost, counted.doubled_though_known, counted.unknown) == (0, 0, 0)
    assert (counted.answers, counted.answers_lost) == (2, 0)
    counted.cases = len(mortal.deaths)
    tally(counted)


def keep_unread(scene: Scene, number: str, text: str) -> None:
    """What the door commits before it reads."""
    form = [("MessageSid", "SM" + "0" * 32), ("From", number), ("To", "+1"), ("Body", text)]
    with scene.installation.database.transaction() as session:
        assert keep.keep(session, text_message(form), now=scene.installation.now()) is not None
