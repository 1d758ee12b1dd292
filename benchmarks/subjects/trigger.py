"""How soon after the commit of a trigger does the first byte leave, and the last of 150 messages?

The engine is a real process, resident and warm, on SQLite and without Prefect's server. The limit
is a process that does nothing but wait to be rung and send.
"""

import socket
import time
from collections import Counter
from functools import cache, partial
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import func, select

from benchmarks.measuring import Benchmark, Measured, percentile
from benchmarks.places import (
    Arrived,
    bare,
    committed_at,
    draw_up,
    engine,
    everybody,
    forget,
    new_installation,
    running,
    trigger,
    wait_for_arrivals,
    wait_for_engine,
    wait_until,
    world,
)
from mechanism.lifecycle import MessageState
from operations.supervisor import Part
from store.installation import Installation
from store.tables import Message

WAVE: Final = 150
ROUNDS: Final = 10
MEMBERS: Final = 4  # of the small trigger that warms everything


def trigger_to_first_byte(percent: int) -> Measured:
    """Milliseconds from the commit to the first byte at the gateway, in a wave of 150."""
    ours, limit, _ = _waves()
    first = [percentile([seen.first for seen in all_of], percent) for all_of in (ours, limit)]
    name = f"a local doorbell, TCP connect and one POST; each the {percent}th percentile"
    return Measured(first[0], "ms", name, first[1], len(ours))


def trigger_to_last_150() -> Measured:
    """Milliseconds from the commit until the last message of the wave is taken.

    The ratio is also the share that is spent waiting for the providers: the limit does only that.
    """
    ours, _, limit = _waves()
    last = median(seen.last for seen in ours), median(seen.last for seen in limit)
    name = f"as many, rung and sent by aiohttp and aiosmtplib; {ours[0].count} messages"
    return Measured(last[0], "ms", name, last[1], len(ours))


class _Seen:
    """What came in, in milliseconds since an instant."""

    def __init__(self, since_ns: int, came: Arrived) -> None:
        self.first = (came.first_ns - since_ns) / 1e6
        self.last = (came.last_ns - since_ns) / 1e6
        self.count = came.count


Seen = list[_Seen]


@cache
def _waves() -> tuple[Seen, Seen, Seen]:
    """Of our wave, of one bare text, and of a bare wave: each round has one of each."""
    with new_installation() as installation:
        bell = installation.settings.home / "bare.sock"
        with (
            running(installation, world(installation)),
            running(installation, engine(), _sender(installation, bell)),
        ):
            wait_for_engine(installation)
            wait_until(bell.exists, "the bare sender listens")
            members = _members(installation)
            _ours(installation, members[:MEMBERS])
            rounds = [_round(installation, members, bell) for _ in range(ROUNDS)]
    ours, one, wave = zip(*rounds, strict=True)
    return list(ours), list(one), list(wave)


def _sender(installation: Installation, bell: Path) -> Part:
    port = installation.settings.sms_api.rpartition(":")[2]
    return Part("sender", bare("sender", bell, port, installation.settings.smtp_port))


def _members(installation: Installation) -> tuple[str, ...]:
    """As few members as make a wave of 150 messages, with those to the co-chairs."""
    with installation.database.reading() as session:
        plan = draw_up(session, installation, everybody(session))
    lines = Counter(line.member.code for line in plan.lines)
    wave = accumulate(lines.values(), initial=len(plan.to_co_chairs))
    return tuple(code for code, before in zip(lines, wave, strict=False) if before < WAVE)


def _round(
    installation: Installation, members: tuple[str, ...], bell: Path
) -> tuple[_Seen, _Seen, _Seen]:
    wave, texts = _ours(installation, members)
    one = _rung(installation, bell, texts=1, mails=0)
    return wave, one, _rung(installation, bell, texts=texts, mails=wave.count - texts)


def _ours(installation: Installation, members: tuple[str, ...]) -> tuple[_Seen, int]:
    """One activation by us, and how many of its messages were texts."""
    made: list[int] = []
    forget(installation)
    at = committed_at(installation, lambda s: made.append(trigger(s, installation, members).id))
    with installation.database.reading() as session:
        mine = select(func.count()).where(Message.activation_id == made[0])
        count = session.scalars(mine).one()
        texts = session.scalars(mine.where(Message.channel == "sms")).one()
    came = wait_for_arrivals(installation, count)
    wait_until(lambda: _is_settled(installation, made[0]), "every message is settled")
    return _Seen(at, came), texts


def _is_settled(installation: Installation, activation_id: int) -> bool:
    with installation.database.reading() as session:
        query = select(func.count()).where(
            Message.activation_id == activation_id,
            Message.state.in_([MessageState.QUEUED, MessageState.SENDING]),
        )
        return session.scalars(query).one() == 0


def _rung(installation: Installation, bell: Path, *, texts: int, mails: int) -> _Seen:
    forget(installation)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ring:
        at = time.monotonic_ns()
        ring.sendto(f"{texts} {mails}".encode(), str(bell))
    return _Seen(at, wait_for_arrivals(installation, texts + mails))


BENCHMARKS: Final = (
    Benchmark("trigger_to_first_byte", partial(trigger_to_first_byte, 50)),
    Benchmark("trigger_to_first_byte_p95", partial(trigger_to_first_byte, 95)),
    Benchmark("trigger_to_last_150", trigger_to_last_150),
)
